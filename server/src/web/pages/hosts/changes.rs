//! What changed about the host within the range, in words.

use crate::chart::range::Span;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::change::{self, Change, What};
use crate::store::{self, Db};

/// Changes in the list.
const MOST: usize = 12;

/// One change as the page tells it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) seen_at: i64,
    /// The last time that it was known to be otherwise, if that is not just before.
    pub(super) after_at: i64,
    pub(super) words: String,
}

#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Newest first.
    pub(super) newest: Vec<Told>,
    pub(super) left_out: usize,
    /// For the chart: when, and in words.
    pub(super) marks: Vec<(i64, String)>,
}

/// # Errors
/// The database's.
pub(super) async fn over(db: &Db, host: HostId, span: Span, locale: &Locale) -> store::Result<Changes> {
    let versions = store::changes::of_host(db, host, span.from_at, span.to_at).await?;
    let changes = change::changes(&versions);
    let all: Vec<Told> = changes.iter().filter(|c| span.holds(c.seen_at)).map(|c| told(c, locale)).collect();
    let marks = all.iter().map(|told| (told.seen_at, told.words.clone())).collect();
    let left_out = all.len().saturating_sub(MOST);
    Ok(Changes { newest: all.into_iter().rev().take(MOST).collect(), left_out, marks })
}

fn told(change: &Change, locale: &Locale) -> Told {
    Told { seen_at: change.seen_at, after_at: change.after_at, words: words(change, locale) }
}

pub(in crate::web) fn words(change: &Change, locale: &Locale) -> String {
    let what = match &change.what {
        What::Start => return locale.say("host-started-again").into(),
        What::Name => "host-name",
        What::FullName => "host-full-name",
        What::Domain => "host-domain",
        What::Cluster => "host-cluster",
        What::Addresses => "host-addresses",
        What::System => "host-system",
        What::Build => "host-build",
        What::TimeZone => "host-time-zone",
        What::AgentVersion => "host-agent",
        What::Setting(name) => return from_to(name, change, locale),
    };
    from_to(&String::from(locale.say(what)), change, locale)
}

fn from_to(what: &str, change: &Change, locale: &Locale) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| locale.say("host-not-set").into());
    let said = locale.say("host-from-to").with("what", what);
    said.with("before", text(&change.before)).with("after", text(&change.after)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_gone_was_not_just_emptied() {
        let change = Change {
            seen_at: 2,
            after_at: 1,
            what: What::Setting("Users".to_owned()),
            before: Some("20".to_owned()),
            after: None,
        };
        let locale = Locale::machine();
        assert_eq!(words(&change, &locale), "Users: 20 → not set");
        let start = Change { what: What::Start, after: Some("boot 8".to_owned()), ..change };
        assert_eq!(words(&start, &locale), "The system was started again");
    }
}
