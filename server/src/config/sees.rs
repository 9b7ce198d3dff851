//! Which hosts groups of a directory see.

use super::KEYS;
use super::read::Reader;

/// Groups of hosts that one group of a directory sees at most, and characters of a name of one: as for an account that is confined by hand.
const MOST_NAMES: usize = 50;
const LONGEST_NAME: usize = 100;
/// Groups of a directory at most: Active Directory is asked about each.
const MOST_GROUPS: usize = 200;

/// As the settings write which hosts are seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SightWord {
    All,
    /// Those of groups of these names; none at all if there is no name.
    Groups(Vec<String>),
}

/// Who sees which hosts. Of several groups all that one of them sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSights {
    pub by_group: Vec<(String, SightWord)>,
    /// What who is in none of these groups sees.
    pub everybody: SightWord,
}

/// None if neither key is set: then administrators say it. `is_group` tells whether something can be the name of a group there.
pub(super) fn read(read: &mut Reader, section: &str, is_group: fn(&str) -> bool) -> Option<GroupSights> {
    let (sees, everybody_sees) = (format!("{section}.sees"), format!("{section}.everybody_sees"));
    let allowed = "Write a group as the directory has it, and behind the equals sign all, none, or names of groups of hosts with commas \
                   between them, each in quotes: { \"it-paris\" = \"Paris, Lyon\", \"it\" = \"all\" }";
    let is_set = read.is_set(&sees) || read.is_set(&everybody_sees);
    let by_group = read.table(&sees, allowed, |group, text| {
        // In a file, what stands below [oidc.sees] is of it: a setting there would be taken for a group.
        let is_setting = group.contains('_') && KEYS.contains(&format!("{section}.{group}").as_str());
        sight(text).filter(|_| is_group(group) && !is_setting)
    });
    if by_group.len() > MOST_GROUPS {
        read.refuse(&sees, "these are too many groups", &format!("Name {MOST_GROUPS} groups of the directory at most"));
    }
    let everybody = "Write all, none, or names of groups of hosts with commas between them";
    let everybody = read.value(&everybody_sees, everybody, sight);
    if read.is_set(&sees) && !read.is_set(&everybody_sees) {
        // Neither all nor none is what everybody would expect, and all would undo what administrators decided.
        let what = "what people see who are in none of these groups is not said";
        read.refuse(&sees, what, &format!("Set {everybody_sees} too: all, none, or names of groups of hosts"));
    }
    is_set.then(|| GroupSights { by_group, everybody: everybody.unwrap_or(SightWord::All) })
}

fn sight(text: &str) -> Option<SightWord> {
    match text.trim() {
        "all" => return Some(SightWord::All),
        "none" => return Some(SightWord::Groups(Vec::new())),
        _ => {}
    }
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let is_name = |name: &String| {
        let is_line = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        // Somebody who meant all hosts is not to look for a group of that name.
        is_line && !["all", "none"].iter().any(|word| name.eq_ignore_ascii_case(word))
    };
    (names.len() <= MOST_NAMES && names.iter().all(is_name)).then_some(SightWord::Groups(names))
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Sources};
    use super::*;

    const OIDC: &str =
        "[oidc]\nissuer = 'https://id.example/a'\nclient_id = 'hw'\nclient_secret = 'x'\neverybody = 'viewer'\n";
    const LDAP: &str = "[ldap]\nurl = 'ldaps://dc1'\nupn_suffix = 'corp'\nbase_dn = 'dc=corp'\neverybody = 'viewer'\n";
    const REST: &str = "everybody_sees = 'none'\n";

    fn parse(file: &str, variable: Option<(&str, &str)>) -> Result<Config, String> {
        let environment = variable.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let file = Some(("hw.toml".to_owned(), file.to_owned()));
        let parsed = Config::parse(Sources { file, environment, ..Sources::default() });
        parsed.map(|(config, _)| config).map_err(|error| error.to_string())
    }

    fn oidc(lines: &str) -> Result<Option<GroupSights>, String> {
        parse(&format!("{OIDC}{lines}"), None).map(|config| config.oidc.unwrap().sees)
    }

    fn groups(names: &[&str]) -> SightWord {
        SightWord::Groups(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn who_sets_nothing_leaves_it_to_administrators() {
        assert_eq!(oidc(""), Ok(None));
        let everybody = |sight| Ok(Some(GroupSights { by_group: Vec::new(), everybody: sight }));
        assert_eq!(
            oidc("sees = {}\neverybody_sees = 'none'"),
            everybody(groups(&[])),
            "from then on the settings say it"
        );
        assert_eq!(oidc("everybody_sees = 'all'"), everybody(SightWord::All));
        assert_eq!(oidc("everybody_sees = 'none'"), everybody(groups(&[])));
        assert_eq!(oidc("everybody_sees = ' Paris,Lyon '"), everybody(groups(&["Paris", "Lyon"])));
    }

    #[test]
    fn a_group_may_have_any_name_and_is_written_in_a_line_a_section_or_a_variable() {
        let of = |group: &str, sight| (group.to_owned(), sight);
        let wanted = vec![
            of("CN=IT; \\\"Paris\\\": a\\, b,DC=corp", groups(&["Paris", "Lyon"])),
            of("cn=it", SightWord::All),
            of("cn=out", groups(&[])),
        ];
        let table = r#"{ 'CN=IT; \"Paris\": a\, b,DC=corp' = "Paris, Lyon", "cn=it" = "all", "cn=out" = "none" }"#;
        let section = "'CN=IT; \\\"Paris\\\": a\\, b,DC=corp' = 'Paris, Lyon'\n'cn=it' = 'all'\n\"cn=out\" = 'none'\n";
        let sees = |read: Result<Config, String>| read.map(|config| config.ldap.unwrap().sees.unwrap().by_group);
        assert_eq!(sees(parse(&format!("{LDAP}{REST}sees = {table}"), None)).as_ref(), Ok(&wanted));
        assert_eq!(sees(parse(&format!("{LDAP}{REST}[ldap.sees]\n{section}"), None)).as_ref(), Ok(&wanted));
        let file = format!("{LDAP}{REST}sees = {{ 'cn=other' = 'Rome' }}");
        assert_eq!(sees(parse(&file, Some(("HIGHWATER_LDAP_SEES", table)))).as_ref(), Ok(&wanted), "it wins");
        assert_eq!(sees(parse(&format!("{LDAP}{REST}"), Some(("HIGHWATER_LDAP_SEES", table)))).as_ref(), Ok(&wanted));
    }

    #[test]
    fn what_is_wrong_is_named_one_by_one_and_is_never_all_hosts() {
        for (lines, said) in [
            ("sees = 'it: Paris'", "oidc.sees: a value of the type string is not allowed. Write a group as"),
            ("sees = { it = 7 }", "oidc.sees: \"it\" = 7 is not allowed"),
            ("sees = { it = ['Paris'] }", "oidc.sees: \"it\" = [\"Paris\"] is not allowed"),
            ("sees = { it = '' }", "oidc.sees: \"it\" = \"\" is not allowed"),
            ("sees = { it = 'Paris,,Lyon' }", "is not allowed"),
            ("sees = { it = 'Paris, all' }", "\"Paris, all\" is not allowed"),
            ("sees = { it = 'All' }", "\"All\" is not allowed"),
            ("sees = { '' = 'Paris' }", "\"\" = \"Paris\" is not allowed"),
            ("sees = { it = 'Paris' }", "Set oidc.everybody_sees too: all, none, or names of groups of hosts"),
            ("sees = {}", "Set oidc.everybody_sees too"),
            ("everybody_sees = 'NONE'", "oidc.everybody_sees: \"NONE\" is not allowed. Write all, none, or names"),
            ("everybody_sees = ''", "oidc.everybody_sees: \"\" is not allowed"),
            (
                "[oidc.sees]\nit = 'Paris'\neverybody_sees = 'none'",
                "oidc.sees: \"everybody_sees\" = \"none\" is not allowed",
            ),
        ] {
            let refused = oidc(lines).unwrap_err();
            assert!(refused.contains(said), "{lines}: {refused}");
        }
        let long = "x".repeat(LONGEST_NAME + 1);
        assert!(oidc(&format!("everybody_sees = '{long}'")).is_err());
        let many = |count: usize| (0..count).map(|n| format!("g{n}")).collect::<Vec<_>>();
        assert!(oidc(&format!("everybody_sees = '{}'", many(MOST_NAMES).join(","))).is_ok());
        assert!(oidc(&format!("everybody_sees = '{}'", many(MOST_NAMES + 1).join(","))).is_err());
        let table = many(MOST_GROUPS + 1).join(" = 'Paris', ") + " = 'Paris'";
        assert!(oidc(&format!("sees = {{ {table} }}")).unwrap_err().contains("too many groups"));
        let said = parse(&format!("{LDAP}sees = {{ it = 'Paris' }}"), None).unwrap_err();
        assert!(said.contains("ldap.sees: \"it\" = \"Paris\" is not allowed"), "it is no DN: {said}");
        for text in ["it: Paris", "{ it = 'Paris' ", "{}\nlisten = '0.0.0.0:1'", "'Paris'"] {
            let said = parse(OIDC, Some(("HIGHWATER_OIDC_SEES", text))).unwrap_err();
            assert!(said.starts_with("HIGHWATER_OIDC_SEES: oidc.sees: "), "{text}: {said}");
        }
    }

    #[test]
    fn it_means_nothing_without_the_provider_or_the_directory() {
        assert!(parse("[oidc.sees]\nit = 'Paris'", None).unwrap_err().contains("Set oidc.issuer too"));
        assert!(parse("[ldap]\neverybody_sees = 'none'", None).unwrap_err().contains("Set ldap.url too"));
    }
}
