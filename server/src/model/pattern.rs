//! Patterns of names as people write them: `*` stands for any text, none too, `?` for one character, `#` for one digit; case does
//! not matter.

/// A pattern that is ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    signs: Folded,
}

/// A text without its case, for many comparisons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded(Vec<char>);

impl Folded {
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(folded(text))
    }
}

impl Pattern {
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { signs: Folded::of(text) }
    }

    /// What begins like the text matches, unless the text says by a sign what else may stand where.
    #[must_use]
    pub fn of_beginning(text: &str) -> Self {
        if text.contains(['*', '?', '#']) { Self::of(text) } else { Self::of(&format!("{text}*")) }
    }

    /// Whether the pattern is the whole text. Costs at most the product of both lengths.
    #[must_use]
    pub fn matches(&self, Folded(text): &Folded) -> bool {
        let Folded(signs) = &self.signs;
        is_like(signs, text)
    }
}

/// Without its case.
pub(super) fn folded(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Whether the signs of a pattern are the whole text, both folded. Costs at most the product of both lengths.
pub(super) fn is_like(signs: &[char], text: &[char]) -> bool {
    let (mut sign, mut at) = (0, 0);
    // The last `*`, and where the text that it stands for ends.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match signs.get(sign) {
            Some('*') => {
                star = Some((sign, at));
                sign += 1;
            }
            Some(c) if fits(*c, text[at]) => (sign, at) = (sign + 1, at + 1),
            // It does not go on like that: the last `*` stands for one character more. An earlier one need not change.
            _ => match &mut star {
                Some((starred, end)) => {
                    *end += 1;
                    (sign, at) = (*starred + 1, *end);
                }
                None => return false,
            },
        }
    }
    signs[sign..].iter().all(|c| *c == '*')
}

/// Whether a sign other than `*` stands for the character.
pub(super) fn fits(sign: char, c: char) -> bool {
    match sign {
        '?' => true,
        '#' => c.is_ascii_digit(),
        _ => sign == c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_match(pattern: &str, text: &str) -> bool {
        Pattern::of(pattern).matches(&Folded::of(text))
    }

    #[test]
    fn a_star_is_any_text_a_question_mark_one_character_a_hash_one_digit_and_case_does_not_matter() {
        for (pattern, text) in [
            ("FS-PAR-*", "fs-par-01"),
            ("fs-par-*", "FS-PAR-"),
            ("*", ""),
            ("**", "x"),
            ("fs??", "FS01"),
            ("*-par-*", "fs-par-par-01"),
            ("*.corp.example", "fs01.corp.example"),
            ("a*b*c", "aXbXbc"),
            ("É?", "éñ"),
            ("dc##", "DC01"),
            ("", ""),
        ] {
            assert!(is_match(pattern, text), "{pattern:?} {text:?}");
        }
        for (pattern, text) in [
            ("FS-PAR-*", "fs-pa"),
            ("fs??", "fs1"),
            ("fs??", "fs001"),
            ("dc##", "dc0x"),
            ("", "x"),
            ("?", ""),
            ("a*b", "ab "),
            ("fs", "fs1"),
        ] {
            assert!(!is_match(pattern, text), "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn a_beginning_is_enough_unless_the_pattern_says_more() {
        let begins = |pattern: &str, text: &str| Pattern::of_beginning(pattern).matches(&Folded::of(text));
        assert!(begins("windows server 2019", "Windows Server 2019 Standard"));
        assert!(begins("*2019*", "Windows Server 2019 Standard"));
        assert!(!begins("Windows Server ????", "Windows Server 2019 Standard"));
        assert!(!begins("Server 2019", "Windows Server 2019 Standard"));
    }

    #[test]
    fn a_hostile_pattern_is_slow_for_nobody() {
        let pattern = format!("{}b", "a*".repeat(100));
        assert!(!is_match(&pattern, &"a".repeat(1_000)));
    }

    /// The definition, as slow as it is.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => by_definition(rest, text),
            (Some(('*', rest)), Some((_, others))) => by_definition(rest, text) || by_definition(pattern, others),
            (Some((p, rest)), Some((c, others))) => fits(*p, *c) && by_definition(rest, others),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn it_matches_what_the_definition_matches(pattern in "[ab*?#]{0,8}", text in "[abc1]{0,10}") {
            let [p, t] = [&pattern, &text].map(|s| s.chars().collect::<Vec<_>>());
            prop_assert_eq!(is_match(&pattern, &text), by_definition(&p, &t));
        }

        #[test]
        fn a_text_matches_itself_and_any_text_the_star(text in "[^*?#]{0,30}") {
            let (ending, before, behind) = (format!("*{text}"), format!("x{text}"), format!("{text}x"));
            prop_assert!(is_match(&text, &text) && is_match("*", &text));
            prop_assert!(is_match(&ending, &before));
            prop_assert!(Pattern::of_beginning(&text).matches(&Folded::of(&behind)));
        }
    }
}
