//! What changed about the host within the range, in words.

use crate::chart::range::Span;
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
pub(super) async fn over(db: &Db, host: HostId, span: Span) -> store::Result<Changes> {
    let versions = store::changes::of_host(db, host, span.from_at, span.to_at).await?;
    let all: Vec<Told> = change::changes(&versions).iter().filter(|c| span.holds(c.seen_at)).map(told).collect();
    let marks = all.iter().map(|told| (told.seen_at, told.words.clone())).collect();
    let left_out = all.len().saturating_sub(MOST);
    Ok(Changes { newest: all.into_iter().rev().take(MOST).collect(), left_out, marks })
}

fn told(change: &Change) -> Told {
    Told { seen_at: change.seen_at, after_at: change.after_at, words: words(change) }
}

fn words(change: &Change) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "not set".to_owned());
    let from_to = |what: &str| format!("{what}: {} → {}", text(&change.before), text(&change.after));
    match &change.what {
        What::Start => "The system was started again".to_owned(),
        What::Name => from_to("Name"),
        What::FullName => from_to("Full name"),
        What::Domain => from_to("Domain"),
        What::Cluster => from_to("Cluster"),
        What::Addresses => from_to("Addresses"),
        What::System => from_to("System"),
        What::Build => from_to("Build"),
        What::TimeZone => from_to("Time zone"),
        What::AgentVersion => from_to("Agent"),
        What::Setting(name) => from_to(name),
    }
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
        assert_eq!(words(&change), "Users: 20 → not set");
        let start = Change { what: What::Start, after: Some("boot 8".to_owned()), ..change };
        assert_eq!(words(&start), "The system was started again");
    }
}
