use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// What kind of browser a request says it comes from: enough for its person, and nothing that follows him around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Browser {
    family: &'static str,
    system: &'static str,
}

/// What stands in what a browser says of itself, and what it is then. The first one that is there decides: most claim
/// to be others, too.
const FAMILIES: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

impl Browser {
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let find = |known: &[(&'static str, &'static str)]| {
            known.iter().find(|(part, _)| said.contains(part)).map_or("", |(_, name)| *name)
        };
        Self { family: find(&FAMILIES), system: find(&SYSTEMS) }
    }

    /// Such as `Firefox, Linux`; empty if nobody can tell.
    #[must_use]
    pub fn words(self) -> String {
        match (self.family, self.system) {
            ("", _) => String::new(),
            (family, "") => family.to_owned(),
            (family, system) => format!("{family}, {system}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(said: &str) -> String {
        Browser::of(&HeaderMap::from_iter([(USER_AGENT, said.parse().unwrap())])).words()
    }

    #[test]
    fn a_browser_is_told_by_its_family_and_system_and_nothing_that_it_says_is_kept() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        assert_eq!(words(&format!("{windows} {chrome}")), "Chrome, Windows");
        assert_eq!(words(&format!("{windows} {chrome} Edg/142.0")), "Edge, Windows");
        assert_eq!(words("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox, Linux");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0";
        assert_eq!(words(&format!("{phone} Safari/604.1")), "Safari, iOS");
        assert_eq!(words(&format!("Mozilla/5.0 (Linux; Android 15) {chrome}")), "Chrome, Android");
        assert_eq!(words("Firefox/1"), "Firefox");
        for nothing in ["", "curl/8.0 Linux", "<script>"] {
            assert_eq!(words(nothing), "");
        }
        assert_eq!(Browser::of(&HeaderMap::new()).words(), "");
    }
}
