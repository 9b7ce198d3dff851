//! What changed about a host from one word of its agent to the next.

use super::host::Facts;

/// What a host said of itself, and how long it said the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub facts: Facts,
    /// The last time that it said so; not before `facts.observed_at`.
    pub until_at: i64,
}

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When the agent saw it first: it happened since the word before.
    pub seen_at: i64,
    /// The last time that it was still as before.
    pub after_at: i64,
    pub what: What,
    /// None if there was none.
    pub before: Option<String>,
    /// None if there is none any more.
    pub after: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Name,
    FullName,
    Domain,
    Cluster,
    Addresses,
    System,
    Build,
    TimeZone,
    /// The system was started again; `before` and `after` name the boots, and say nothing to people.
    Start,
    AgentVersion,
    /// A setting of the SMB server by its own name.
    Setting(String),
}

impl What {
    /// The word in the API.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::FullName => "full_name",
            Self::Domain => "domain",
            Self::Cluster => "cluster",
            Self::Addresses => "addresses",
            Self::System => "system",
            Self::Build => "build",
            Self::TimeZone => "time_zone",
            Self::Start => "start",
            Self::AgentVersion => "agent_version",
            Self::Setting(_) => "setting",
        }
    }
}

/// All changes from one version to the next, of versions in order.
#[must_use]
pub fn changes(versions: &[Version]) -> Vec<Change> {
    versions.windows(2).flat_map(|pair| between(&pair[0], &pair[1])).collect()
}

fn between(before: &Version, after: &Version) -> Vec<Change> {
    let change = |what, before_text: Option<&String>, after_text: Option<&String>| {
        let text = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let (was, is) = (text(before_text), text(after_text));
        (was != is).then_some(Change {
            seen_at: after.facts.observed_at,
            after_at: before.until_at,
            what,
            before: was,
            after: is,
        })
    };
    let (was, is) = (&before.facts, &after.facts);
    let addresses = [was, is].map(|facts| facts.addresses.join(", "));
    let mut found: Vec<Change> = [
        (What::Name, &was.name, &is.name),
        (What::FullName, &was.fqdn, &is.fqdn),
        (What::Domain, &was.domain, &is.domain),
        (What::Cluster, &was.cluster, &is.cluster),
        (What::Addresses, &addresses[0], &addresses[1]),
        (What::System, &was.os, &is.os),
        (What::Build, &was.os_build, &is.os_build),
        (What::TimeZone, &was.time_zone, &is.time_zone),
    ]
    .into_iter()
    .filter_map(|(what, was, is)| change(what, Some(was), Some(is)))
    .collect();
    // An older agent does not say it: its first word of it is no change.
    for (what, was, is) in
        [(What::Start, &was.boot_id, &is.boot_id), (What::AgentVersion, &was.agent_version, &is.agent_version)]
    {
        if !was.is_empty() && !is.is_empty() {
            found.extend(change(what, Some(was), Some(is)));
        }
    }
    let names: std::collections::BTreeSet<&String> = was.settings.keys().chain(is.settings.keys()).collect();
    found.extend(
        names
            .into_iter()
            .filter_map(|name| change(What::Setting(name.clone()), was.settings.get(name), is.settings.get(name))),
    );
    found
}

/// Puts a word of the agent among the versions of its host, wherever in time it belongs. Versions are in order, and each differs from
/// the one before.
pub fn learn(versions: &mut Vec<Version>, facts: Facts) {
    let at = facts.observed_at;
    let place = versions.partition_point(|version| version.facts.observed_at <= at);
    if let Some(version) = place.checked_sub(1).and_then(|before| versions.get_mut(before)) {
        if same(&version.facts, &facts) {
            version.until_at = version.until_at.max(at);
            return;
        }
        if [version.facts.observed_at, version.until_at].contains(&at) {
            // Two words of one instant: the first one stays.
            return;
        }
        if version.until_at > at {
            // It said something else in between, and then the same again.
            let again = Facts { observed_at: version.until_at, ..version.facts.clone() };
            let again = Version { facts: again, until_at: version.until_at };
            version.until_at = version.facts.observed_at;
            versions.insert(place, again);
        }
    }
    match versions.get_mut(place).filter(|next| same(&next.facts, &facts)) {
        // It was so earlier than was known.
        Some(next) => next.facts.observed_at = at,
        None => versions.insert(place, Version { facts, until_at: at }),
    }
}

fn same(a: &Facts, b: &Facts) -> bool {
    Facts { observed_at: 0, ..a.clone() } == Facts { observed_at: 0, ..b.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(observed_at: i64, users: &str) -> Facts {
        let settings = [("Users".to_owned(), users.to_owned())].into();
        Facts { observed_at, name: "FS01".to_owned(), settings, ..Facts::default() }
    }

    fn learned(words: &[(i64, &str)]) -> Vec<(i64, i64, String)> {
        let mut versions = Vec::new();
        words.iter().for_each(|(at, users)| learn(&mut versions, facts(*at, users)));
        versions.iter().map(|v| (v.facts.observed_at, v.until_at, v.facts.settings["Users"].clone())).collect()
    }

    #[test]
    fn what_is_said_again_is_no_change() {
        assert_eq!(learned(&[(1, "20"), (5, "20"), (9, "30")]), [(1, 5, "20".to_owned()), (9, 9, "30".to_owned())]);
    }

    #[test]
    fn a_word_that_comes_late_takes_its_place_in_time() {
        let (a, b) = ("20".to_owned(), "30".to_owned());
        assert_eq!(learned(&[(1, "20"), (9, "30"), (5, "30")]), [(1, 1, a.clone()), (5, 9, b.clone())]);
        assert_eq!(learned(&[(1, "20"), (9, "20"), (5, "30")]), [(1, 1, a.clone()), (5, 5, b), (9, 9, a)]);
    }

    #[test]
    fn changes_say_what_was_and_what_is() {
        let mut versions = Vec::new();
        learn(&mut versions, facts(1, "20"));
        learn(&mut versions, facts(4, "20"));
        let agent = Facts { agent_version: "0.2.0".to_owned(), boot_id: "boot 7".to_owned(), ..facts(9, "30") };
        learn(&mut versions, agent.clone());
        learn(&mut versions, Facts { boot_id: "boot 8".to_owned(), settings: [].into(), observed_at: 12, ..agent });
        let found: Vec<_> =
            changes(&versions).into_iter().map(|c| (c.after_at, c.seen_at, c.what, c.before, c.after)).collect();
        let text = |text: &str| Some(text.to_owned());
        let users = || What::Setting("Users".to_owned());
        assert_eq!(
            found,
            [
                (4, 9, users(), text("20"), text("30")),
                (9, 12, What::Start, text("boot 7"), text("boot 8")),
                (9, 12, users(), text("30"), None)
            ]
        );
    }

    proptest! {
        /// Whatever the order in which words come.
        #[test]
        fn versions_stay_in_order_and_none_is_like_the_one_before(words in prop::collection::vec((0_i64..30, 0_u8..3), 0..40)) {
            let mut versions = Vec::new();
            for (at, users) in &words {
                learn(&mut versions, facts(*at, &users.to_string()));
            }
            for pair in versions.windows(2) {
                prop_assert!(pair[0].until_at < pair[1].facts.observed_at, "{versions:?}");
                prop_assert!(!same(&pair[0].facts, &pair[1].facts), "{versions:?}");
            }
            prop_assert!(versions.iter().all(|v| v.until_at >= v.facts.observed_at));
            let newest = words.iter().map(|(at, _)| *at).max();
            prop_assert_eq!(versions.last().map(|v| v.until_at), newest);
        }
    }
}
