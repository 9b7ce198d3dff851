use crate::locale::{Locale, Message};
use crate::model::group::{Kind, LONGEST, Mistake, Origin};

/// How many hosts are in how many groups.
pub(super) fn sentence(locale: &Locale, groups: usize, (hosts, in_none): (u64, u64)) -> Message {
    match (hosts, hosts - in_none) {
        (0, _) => locale.say("groups-no-host"),
        (_, 0) => locale.say("groups-none-grouped").with("hosts", hosts),
        (_, grouped) => {
            let id = if in_none == 0 { "groups-all-grouped" } else { "groups-some-grouped" };
            locale.say(id).with("grouped", grouped).with("groups", groups).with("rest", in_none)
        }
    }
}

/// What a rule looks for.
pub(in crate::web::pages) fn rule_words(locale: &Locale, kind: Kind, pattern: &str) -> Message {
    locale.say_of("groups-like", kind.word()).with("pattern", pattern)
}

/// What decided about a group; empty for those in none.
pub(in crate::web::pages) fn origin_words(locale: &Locale, origin: Option<Origin>) -> String {
    origin.map(|origin| locale.say_of("groups-by", origin.word()).into()).unwrap_or_default()
}

/// What to write instead.
pub(in crate::web::pages) fn mistake_words(mistake: &Mistake) -> Message {
    match mistake {
        Mistake::Group => Message::for_anybody("groups-mistake-group").with("longest", LONGEST),
        Mistake::Kind => Message::for_anybody("groups-mistake-kind"),
        Mistake::Pattern => Message::for_anybody("groups-mistake-pattern").with("longest", LONGEST),
        Mistake::Subnet(typed) => Message::for_anybody("groups-mistake-subnet").with("typed", typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_hosts_and_groups() {
        for (groups, hosts, in_none, words) in [
            (0, 0, 0, "No host has enrolled yet."),
            (0, 1, 1, "The one host is in no group."),
            (0, 1_200, 1_200, "None of the 1,200 hosts is in a group."),
            (1, 1, 0, "1 host is in 1 group."),
            (2, 12, 0, "12 hosts are in 2 groups."),
            (2, 12, 1, "11 hosts are in 2 groups; 1 is in none."),
            (2, 12, 5, "7 hosts are in 2 groups; 5 are in none."),
        ] {
            assert_eq!(sentence(&Locale::machine(), groups, (hosts, in_none)).to_string(), words);
        }
    }
}
