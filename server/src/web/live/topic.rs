use crate::model::HostId;

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Fleet,
    Host(HostId),
}

impl Topic {
    /// As pages name it: `fleet`, `host:7`.
    #[must_use]
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word.split_once(':') {
            None if word == "fleet" => Some(Self::Fleet),
            Some(("host", id)) => Some(Self::Host(HostId(id.parse().ok()?))),
            _ => None,
        }
    }

    /// Of the page at this path.
    #[must_use]
    pub(super) fn of_path(path: &str) -> Option<Self> {
        match path.strip_prefix("/hosts/") {
            None if path == "/" => Some(Self::Fleet),
            Some(id) => Some(Self::Host(HostId(id.parse().ok()?))),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_and_its_stream_have_one_topic() {
        let host = Some(Topic::Host(HostId(7)));
        assert_eq!((Topic::from_word("host:7"), Topic::of_path("/hosts/7")), (host, host));
        assert_eq!((Topic::from_word("fleet"), Topic::of_path("/")), (Some(Topic::Fleet), Some(Topic::Fleet)));
        for (word, path) in [("", "/events"), ("host:", "/hosts/"), ("host:x", "/hosts/x"), ("client:7", "/clients/7")]
        {
            assert_eq!((Topic::from_word(word), Topic::of_path(path)), (None, None), "{word}");
        }
    }
}
