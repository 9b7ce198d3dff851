//! What the pages of clients and of users have in common: the question in the URL, the ranking, its first sentence.

mod file;
mod index;
mod names;
mod one;
mod past;
mod rank;
mod window;

use std::collections::HashMap;

use serde::Deserialize;

pub use index::{blame, hours, index};
pub use one::{show, shown_name};
pub use rank::{Ranked, Row, Trend, at_most};
pub use window::{Stretch, Window};

use crate::model::HostId;
use crate::model::class::Class;
use crate::model::holder::Measure;
use crate::model::host::HostInShort;
use crate::store::rank::By;
use crate::web::layout::Nav;
use crate::web::query::query;

/// Which of the two kinds of holder a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Client,
    User,
}

impl Kind {
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Client => "/clients",
            Self::User => "/users",
        }
    }

    /// The word by which messages know it.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
        }
    }

    #[must_use]
    pub fn many(self) -> &'static str {
        match self {
            Self::Client => "clients",
            Self::User => "users",
        }
    }

    /// The column of a file.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::User => "User",
        }
    }

    /// The id of their word in the navigation, which is the pages' title.
    #[must_use]
    pub fn titles(self) -> &'static str {
        match self {
            Self::Client => "nav-clients",
            Self::User => "nav-users",
        }
    }

    /// As the store names it.
    #[must_use]
    pub fn by(self) -> By {
        match self {
            Self::Client => By::Client,
            Self::User => By::User,
        }
    }

    #[must_use]
    pub fn nav(self) -> Nav {
        match self {
            Self::Client => Nav::Clients,
            Self::User => Nav::Users,
        }
    }
}

/// The question in the URL. Words that mean nothing fall back, so that an old link still shows something.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub range: String,
    /// A stretch instead of the range.
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub by: String,
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub host: String,
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub class: String,
    #[serde(default)]
    pub page: String,
    pub format: Option<String>,
    /// On the page of one holder, of a file: the readings of its chart, or one of its tables.
    #[serde(default)]
    pub chart: String,
    #[serde(default)]
    pub table: String,
}

impl Asked {
    #[must_use]
    pub fn window(&self) -> Window {
        Window::from_word(&self.range)
    }

    #[must_use]
    pub fn measure(&self) -> Measure {
        Measure::from_word(&self.by).unwrap_or_default()
    }

    #[must_use]
    pub fn host(&self) -> Option<HostId> {
        self.host.parse().ok()
    }

    #[must_use]
    pub fn class(&self) -> Option<Class> {
        Class::from_word(&self.class)
    }

    /// Which of the hosts that are seen are asked for together: those of the group, if one is; else all of them if somebody is
    /// confined to them. None for the whole fleet.
    #[must_use]
    pub fn several(&self, hosts: &[HostInShort], is_confined: bool) -> Option<Vec<HostId>> {
        let is_whole = self.group.is_empty();
        let is_in = |host: &&HostInShort| is_whole || host.group_name == self.group;
        (is_confined || !is_whole).then(|| hosts.iter().filter(is_in).map(|host| host.id).collect())
    }

    /// Counted from 0; in addresses from 1.
    #[must_use]
    pub fn page(&self) -> usize {
        self.page.parse().unwrap_or(1_usize).saturating_sub(1)
    }

    /// When alone, for a link to another page: `?…`.
    #[must_use]
    pub fn when(&self) -> String {
        query(&[("range", self.window().word()), ("from", &self.from), ("to", &self.to)])
    }

    /// The question to the page of one holder: `?…`.
    #[must_use]
    pub fn again(&self) -> String {
        query(&[("range", &self.range), ("from", &self.from), ("to", &self.to), ("q", &self.q)])
    }

    /// The same question with one answer changed and from the first page: `?…` for a link. A range comes in place of a stretch.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let window = self.window();
        let mut parts = HashMap::from([
            ("range", if window == Window::default() { "" } else { window.word() }),
            ("from", self.from.as_str()),
            ("to", self.to.as_str()),
            ("by", if self.measure() == Measure::default() { "" } else { self.measure().word() }),
            ("q", self.q.as_str()),
            ("host", self.host.as_str()),
            ("group", self.group.as_str()),
            ("class", self.class().map_or("", Class::word)),
        ]);
        if name == "range" {
            parts.extend([("from", ""), ("to", "")]);
        }
        parts.insert(name, value);
        let named = ["range", "from", "to", "by", "q", "host", "group", "class", "page", "format"];
        query(&named.map(|n| (n, parts.get(n).copied().unwrap_or_default())))
    }

    #[must_use]
    pub fn on_page(&self, page: usize) -> String {
        self.with("page", &if page == 0 { String::new() } else { (page + 1).to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_changes_one_answer_and_keeps_the_others() {
        let asked = Asked { q: "a&b=ç".into(), by: "blame".into(), page: "7".into(), ..Asked::default() };
        assert_eq!(asked.with("range", "30d"), "?range=30d&by=blame&q=a%26b%3D%C3%A7");
        assert_eq!(asked.with("by", "session-hours"), "?by=session-hours&q=a%26b%3D%C3%A7");
        let backups = Asked { class: "backup".into(), ..asked.clone() };
        assert_eq!(backups.with("by", ""), "?q=a%26b%3D%C3%A7&class=backup");
        assert_eq!(asked.on_page(2), "?by=blame&q=a%26b%3D%C3%A7&page=3");
        let chosen = Asked { from: "1000".into(), to: "2000".into(), ..asked };
        assert_eq!(chosen.with("by", ""), "?from=1000&to=2000&q=a%26b%3D%C3%A7");
        assert_eq!(chosen.with("range", "30d"), "?range=30d&by=blame&q=a%26b%3D%C3%A7");
        assert_eq!(chosen.when(), "?range=7d&from=1000&to=2000");
        assert_eq!(Asked::default().on_page(0), "?");
    }

    #[test]
    fn words_that_mean_nothing_fall_back() {
        let (range, by, host, page) = ("soon".into(), "luck".into(), "x".into(), "-1".into());
        let asked = Asked { range, by, host, page, ..Asked::default() };
        assert_eq!((asked.window(), asked.measure(), asked.host()), (Window::Week, Measure::SessionHours, None));
        assert_eq!(asked.page(), 0);
    }

    #[test]
    fn who_is_confined_asks_for_the_hosts_that_are_seen_and_never_for_the_fleet() {
        let host = |id: i64, group: &str| {
            let (name, group_name) = (format!("FS{id}"), group.to_owned());
            HostInShort { id: HostId(id), name, group_name, seen_at: None, now: None }
        };
        let seen = [host(1, "Paris"), host(2, "Lyon")];
        let asked = |group: &str| Asked { group: group.into(), ..Asked::default() };
        assert_eq!(asked("").several(&seen, false), None);
        assert_eq!(asked("").several(&seen, true), Some(vec![HostId(1), HostId(2)]));
        for is_confined in [true, false] {
            assert_eq!(asked("Lyon").several(&seen, is_confined), Some(vec![HostId(2)]));
            assert_eq!(asked("Rome").several(&seen, is_confined), Some(Vec::new()));
        }
        assert_eq!(asked("").several(&[], true), Some(Vec::new()), "no hosts are not all");
    }
}
