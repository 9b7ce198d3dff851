//! Saved views: filters of a page that an account keeps under a name.

use super::ViewId;

/// Views of an account at most.
pub const MOST_VIEWS: usize = 50;
/// Characters of a view's name at most.
pub const LONGEST_NAME: usize = 100;
/// Bytes of a view's query at most.
pub const LONGEST_QUERY: usize = 2_000;

/// A page whose filters can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SavedPage {
    Fleet,
    Clients,
    Users,
    Events,
    Findings,
    Incidents,
}

/// Filters under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub id: ViewId,
    pub page: SavedPage,
    pub name: String,
    /// `?a=b&c=d`, every value escaped; `?` alone for all there is.
    pub query: String,
    pub created_at: i64,
}

impl SavedPage {
    pub const ALL: [Self; 6] = [Self::Fleet, Self::Clients, Self::Users, Self::Events, Self::Findings, Self::Incidents];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Clients => "clients",
            Self::Users => "users",
            Self::Events => "events",
            Self::Findings => "findings",
            Self::Incidents => "incidents",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.word() == word)
    }

    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Fleet => "/",
            Self::Clients => "/clients",
            Self::Users => "/users",
            Self::Events => "/events",
            Self::Findings => "/findings",
            Self::Incidents => "/incidents",
        }
    }

    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == path)
    }
}

impl View {
    /// Where it is: always a page of ours.
    #[must_use]
    pub fn href(&self) -> String {
        let query = self.query.strip_prefix('?').unwrap_or_default();
        format!("{}?{query}", self.page.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_stored_a_view_leads_to_its_page() {
        for (query, leads_to) in [
            ("?q=a%20b&range=7d", "/?q=a%20b&range=7d"),
            ("?", "/?"),
            ("/evil.example", "/?"),
            ("//evil.example", "/?"),
            ("\\evil", "/?"),
        ] {
            let (page, name) = (SavedPage::Fleet, "Paris".to_owned());
            let view = View { id: ViewId(1), page, name, query: query.to_owned(), created_at: 0 };
            assert_eq!(view.href(), leads_to);
        }
    }

    #[test]
    fn each_page_is_found_by_its_word_and_by_its_path() {
        for page in SavedPage::ALL {
            assert_eq!(
                (SavedPage::from_word(page.word()), SavedPage::from_path(page.path())),
                (Some(page), Some(page))
            );
        }
        assert_eq!((SavedPage::from_path("//"), SavedPage::from_path("/clients/1")), (None, None));
    }
}
