//! What groups of a directory may do.

use super::read::Reader;

/// As the settings write roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleWord {
    Viewer,
    Operator,
    Administrator,
}

/// Who has which role. Of several the greatest holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRoles {
    pub administrators: Vec<String>,
    pub operators: Vec<String>,
    pub viewers: Vec<String>,
    /// Of who is in none of these groups; none: he is not let in.
    pub everybody: Option<RoleWord>,
}

/// `beside`: what is set and needs roles. `is_group` tells whether something can be the name of a group there.
pub(super) fn read(read: &mut Reader, section: &str, beside: &str, is_group: fn(&str) -> bool) -> GroupRoles {
    let mut groups = |word: &str| {
        let allowed = "Write the names of groups as the directory has them, with a semicolon between two";
        let listed = read.value(&format!("{section}.{word}"), allowed, |text| {
            let names: Vec<String> = text.split(';').map(|name| name.trim().to_owned()).collect();
            names.iter().all(|name| is_group(name)).then_some(names)
        });
        listed.unwrap_or_default()
    };
    let (administrators, operators, viewers) = (groups("administrators"), groups("operators"), groups("viewers"));
    let everybody = read.value(&format!("{section}.everybody"), "Write none, viewer, operator or administrator", role);
    let roles = GroupRoles { administrators, operators, viewers, everybody: everybody.flatten() };
    let is_set =
        ["administrators", "operators", "viewers"].iter().any(|word| read.is_set(&format!("{section}.{word}")));
    if !is_set && roles.everybody.is_none() {
        let allowed = format!("Set {section}.administrators, .operators, .viewers or .everybody too");
        read.refuse(beside, "nobody would have a role", &allowed);
    }
    roles
}

/// The role of a word, none for the word of none; or it is no such word.
pub(super) fn role(word: &str) -> Option<Option<RoleWord>> {
    match word {
        "none" => Some(None),
        "viewer" => Some(Some(RoleWord::Viewer)),
        "operator" => Some(Some(RoleWord::Operator)),
        "administrator" => Some(Some(RoleWord::Administrator)),
        _ => None,
    }
}
