//! The languages.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    #[default]
    English,
    French,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Its BCP 47 tag, as in `<html lang>` and in the cookie.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// In itself: `Français`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// By its tag, with or without a region.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The best for a header `Accept-Language` (RFC 9110, 12.5.4); English if it names none of ours.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::English);
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let lang = parts.next().and_then(Self::from_tag);
            let weight = parts.next().and_then(|q| q.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0_f32);
            if let Some(lang) = lang
                && weight > best.0
            {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The one that the header's button leads to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::English => Self::French,
            Self::French => Self::English,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_language_that_we_speak_wins() {
        for (header, lang) in [
            ("", Lang::English),
            ("fr", Lang::French),
            ("fr-CA,fr;q=0.9,en;q=0.8", Lang::French),
            ("de-DE,de;q=0.9,en;q=0.7,fr;q=0.3", Lang::English),
            ("de,fr;q=0.3,en;q=0.2", Lang::French),
            ("fr;q=0, en;q=0.1", Lang::English),
            ("*;;;,,fr;q=nonsense", Lang::French),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header:?}");
        }
    }
}
