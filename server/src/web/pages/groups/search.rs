use serde::Deserialize;

use crate::model::HostId;
use crate::model::host::HostInShort;
use crate::store::{self, Db};
use crate::web::error::Result;
use crate::web::query::query;

/// Hosts of a page.
pub(super) const PER_PAGE: usize = 50;

/// What the page is asked for: which hosts, and which rule is tried out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub(super) q: String,
    pub(super) group: String,
    /// Not empty: hosts in no group.
    pub(super) none: String,
    pub(super) page: String,
    pub(super) to: String,
    pub(super) kind: String,
    pub(super) pattern: String,
    /// A file of the rules or the groups, or else of the hosts.
    pub(super) table: String,
    pub(super) format: String,
}

impl Asked {
    /// Counted from 0; in addresses from 1.
    pub(super) fn page(&self) -> usize {
        self.page.parse().unwrap_or(1_usize).saturating_sub(1)
    }

    pub(super) fn is_filtered(&self) -> bool {
        !self.q.trim().is_empty() || !self.group.is_empty() || !self.none.is_empty()
    }

    /// Whether a rule is tried out.
    pub(super) fn tries_rule(&self) -> bool {
        [&self.to, &self.kind, &self.pattern].iter().any(|typed| !typed.is_empty())
    }

    /// The same search, at a page of it counted from 0.
    pub(super) fn on_page(&self, page: usize) -> String {
        let page = if page == 0 { String::new() } else { (page + 1).to_string() };
        query(&[("q", &self.q), ("group", &self.group), ("none", &self.none), ("page", &page)])
    }

    /// The hosts that are searched for as a file.
    pub(super) fn href_of_file(&self, format: &str) -> String {
        query(&[("q", &self.q), ("group", &self.group), ("none", &self.none), ("format", format)])
    }

    /// What the rule that is tried out would do, as a file.
    pub(super) fn href_of_preview(&self, format: &str) -> String {
        let typed = [("to", self.to.as_str()), ("kind", &self.kind), ("pattern", &self.pattern)];
        let mut pairs: Vec<(&str, &str)> = typed.to_vec();
        pairs.extend([("table", "preview"), ("format", format)]);
        query(&pairs)
    }

    /// The hosts that are searched for, in order of name.
    pub(super) async fn find(&self, db: &Db) -> Result<Vec<HostId>> {
        let named = match self.q.trim() {
            "" => None,
            q => Some(store::hosts::matching(db, q).await?),
        };
        let hosts = store::hosts::in_short(db).await?;
        let is_wanted = |host: &&HostInShort| {
            named.as_ref().is_none_or(|named| named.contains(&host.id))
                && (self.group.is_empty() || host.group_name == self.group)
                && (self.none.is_empty() || host.group_name.is_empty())
        };
        Ok(hosts.iter().filter(is_wanted).map(|host| host.id).collect())
    }

    /// Where the page that is shown begins in so many.
    pub(super) fn skipped(&self, all: usize) -> usize {
        (self.page().saturating_mul(PER_PAGE)).min(all.saturating_sub(1) / PER_PAGE * PER_PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_there_is_the_last_one() {
        let asked = |page: &str| Asked { page: page.into(), q: "a&b".into(), ..Asked::default() };
        assert_eq!(
            ["", "0", "1", "2", "3", "99999999999999999999", "x"].map(|p| asked(p).skipped(101)),
            [0, 0, 0, 50, 100, 0, 0]
        );
        assert_eq!((asked("7").skipped(100), asked("7").skipped(0)), (50, 0));
        assert_eq!((asked("2").on_page(0), asked("2").on_page(2)), ("?q=a%26b".into(), "?q=a%26b&page=3".into()));
    }
}
