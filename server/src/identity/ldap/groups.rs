//! Which groups somebody is in, those within groups included.

use std::collections::BTreeSet;

use ldap3::{Scope, SearchEntry, ldap_escape};

use super::session::{Query, Session};
use super::{Kind, Settings, dn};
use crate::identity::{Refusal, Why};
use crate::model::role::Role;
use crate::model::sight::Sight;

/// Active Directory follows groups within groups by this rule of comparison (LDAP_MATCHING_RULE_IN_CHAIN).
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
/// Groups of one person that are looked at; more are told as too many.
const MOST_GROUPS: usize = 500;
/// So deep are groups within groups followed.
const MOST_STEPS: usize = 10;
/// Names in one filter.
const AT_ONCE: usize = 20;

/// The greatest role of somebody, and which hosts he sees, if the settings say it.
///
/// # Errors
/// He has no role, or it cannot be said.
pub(super) async fn rights(
    session: &mut Session,
    settings: &Settings,
    entry: &SearchEntry,
) -> Result<(Role, Option<Sight>), Refusal> {
    let groups = match settings.kind {
        _ if settings.groups().is_empty() => BTreeSet::new(),
        Kind::ActiveDirectory => granting(session, settings, &entry.dn).await?,
        Kind::OpenLdap => all_groups(session, settings, entry).await?,
    };
    let role = settings.roles.greatest(|group| groups.contains(group));
    let role = role
        .ok_or_else(|| Refusal::new(Why::NoRole, format!("{} is in none of the groups of the settings", entry.dn)))?;
    let sight = settings.sights.as_ref().map(|sights| sights.together(|group| groups.contains(group)));
    Ok((role, sight))
}

/// Of the groups in the settings those that he is in: the directory itself follows groups within groups. Of roles the greatest is enough, and
/// who has none is not asked about further.
async fn granting(session: &mut Session, settings: &Settings, dn: &str) -> Result<BTreeSet<String>, Refusal> {
    let filter = format!("(member:{IN_CHAIN}:={})", ldap_escape(dn));
    let (roles, mut granting) = (&settings.roles, BTreeSet::new());
    let mut greatest_first: Vec<&(String, Role)> = roles.by_group.iter().collect();
    greatest_first.sort_by_key(|(_, role)| std::cmp::Reverse(*role));
    for (group, _) in greatest_first {
        if session.matches(group, &filter).await? {
            granting.insert(group.clone());
            break;
        }
    }
    if granting.is_empty() && roles.everybody.is_none() {
        return Ok(granting);
    }
    for (group, _) in settings.sights.iter().flat_map(|sights| &sights.by_group) {
        if !granting.contains(group) && session.matches(group, &filter).await? {
            granting.insert(group.clone());
        }
    }
    Ok(granting)
}

/// All groups that he is in, in their normal form: those that the directory notes with him, those that list him, and those that list such
/// groups, step by step.
async fn all_groups(
    session: &mut Session,
    settings: &Settings,
    entry: &SearchEntry,
) -> Result<BTreeSet<String>, Refusal> {
    let mut all = BTreeSet::new();
    let noted = entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case("memberOf"));
    let mut step: Vec<String> = noted.map(|(_, groups)| groups.clone()).unwrap_or_default();
    step.retain(|group| dn::normal(group).is_some_and(|normal| all.insert(normal)));
    step.push(entry.dn.clone());
    for _ in 0..MOST_STEPS {
        let mut next = Vec::new();
        for members in step.chunks(AT_ONCE) {
            for group in listing(session, settings, members).await? {
                if dn::normal(&group).is_some_and(|normal| all.insert(normal)) {
                    next.push(group);
                }
            }
            if all.len() > MOST_GROUPS {
                let detail = format!("{} is in more than {MOST_GROUPS} groups: see ldap.group_base_dn", entry.dn);
                return Err(Refusal::new(Why::Groups, detail));
            }
        }
        if next.is_empty() {
            return Ok(all);
        }
        step = next;
    }
    Err(Refusal::new(Why::Groups, format!("groups of {} are within each other more than {MOST_STEPS} times", entry.dn)))
}

/// The groups that list one of these.
async fn listing(session: &mut Session, settings: &Settings, members: &[String]) -> Result<Vec<String>, Refusal> {
    let listed: String = members
        .iter()
        .map(|member| {
            let member = ldap_escape(member.as_str());
            format!("(member={member})(uniqueMember={member})")
        })
        .collect();
    let filter = format!("(|{listed})");
    let most = i32::try_from(MOST_GROUPS + 1).unwrap_or(i32::MAX);
    let (base, scope) = (settings.group_base_dn.as_str(), Scope::Subtree);
    let found = session.search(Query { base, scope, filter: &filter, attributes: vec!["1.1"], most }).await?;
    if found.is_cut {
        return Err(Refusal::new(
            Why::Groups,
            "the directory shows no more groups: see ldap.group_base_dn, and its size limit",
        ));
    }
    Ok(found.entries.into_iter().map(|entry| entry.dn).collect())
}
