//! Settings that are others than those by which a server started before on this database: they are written down in the audit log before anything
//! is served, as what changes them has no transaction of its own. Of secrets it is known only whether they are set: nothing is kept by which
//! one could be told from another, or guessed.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::model::audit::{Action, Deed, LONGEST_VALUE, Subject, SubjectKind, Trail, digits};
use crate::store::{self, Db, audit, settings};

/// Settings that one entry tells of.
const MOST: usize = 30;

/// By key.
type Said = BTreeMap<String, String>;

/// Writes down what is set otherwise. At the very first start there is nothing to compare with.
///
/// # Errors
/// The database's.
pub(super) async fn compare(config: &Config, db: &Db, now_at: i64) -> store::Result<()> {
    let now: Said = config.said.iter().map(|(key, text)| ((*key).to_owned(), text.clone())).collect();
    let said = serde_json::to_string(&now).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let mut tx = db.begin().await?;
    if let Some(before) = settings::swap(&mut tx, &said).await? {
        // What nobody can read said nothing.
        let before = serde_json::from_str(&before).unwrap_or_default();
        for deed in deeds(&before, &now, &config.host_name) {
            audit::record(&mut tx, &Trail::program("highwater", now_at), &deed).await?;
        }
    }
    tx.commit().await
}

/// `machine`: where the server starts.
fn deeds(before: &Said, now: &Said, machine: &str) -> Vec<Deed> {
    // What is too long for a field is told by its beginning: what differs behind that is seen by the digits before it.
    let of = |said: &Said, key: &str| match said.get(key) {
        Some(text) if text.chars().count() > LONGEST_VALUE - 20 => format!("({}) {text}", digits(text)),
        text => text.cloned().unwrap_or_default(),
    };
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let others: Vec<&String> = keys.into_iter().filter(|key| of(before, key) != of(now, key)).collect();
    let deed = |part: &[&String]| {
        let none = Deed::new(Action::SettingsChanged, Subject::new(SubjectKind::Settings, None, machine));
        part.iter().fold(none, |deed, key| deed.change(key, of(before, key), of(now, key)))
    };
    others.chunks(MOST).map(deed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &[(&str, &str)]) -> Said {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn only_what_is_set_otherwise_is_told_in_entries_that_hold_it() {
        let before = said(&[("a", "1"), ("b", "2"), ("gone", "x")]);
        assert!(deeds(&before, &before, "hw").is_empty());
        let all = deeds(&before, &said(&[("a", "1"), ("b", "3"), ("new", "set")]), "hw");
        let fields: Vec<_> = all[0].changes.fields().collect();
        assert_eq!(all.len(), 1);
        assert_eq!(
            fields,
            [("b", Some("2"), Some("3")), ("gone", Some("x"), Some("")), ("new", Some(""), Some("set"))]
        );
        let many: Said = (0..70).map(|n| (format!("key {n}"), "x".to_owned())).collect();
        let all = deeds(&Said::new(), &many, "hw");
        assert_eq!(all.iter().map(|deed| deed.changes.after.len()).collect::<Vec<_>>(), [30, 30, 10]);
    }
}
