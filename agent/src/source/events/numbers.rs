//! Numbers in texts that people read: digits may be grouped as the host's language does it.

/// A whole text that is one number, whatever separates its groups.
pub(super) fn whole(text: &str) -> Option<u64> {
    let digits: String = text.trim().chars().filter(|c| !is_separator(*c) && *c != ' ').collect();
    if digits.chars().all(|c| c.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The numbers inside a sentence with the byte where each begins.
pub(super) fn within(text: &str) -> Vec<(usize, u64)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let begin = text.len() - rest.len() + start;
        let (digits, after) = take_number(&rest[start..]);
        if let Ok(number) = digits.parse() {
            found.push((begin, number));
        }
        rest = after;
    }
    found
}

/// Digits from the start of `text`, over separators that are followed by exactly three digits.
fn take_number(text: &str) -> (String, &str) {
    let run = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = run(text);
    let mut digits = text[..end].to_owned();
    while let Some(separator) = text[end..].chars().next().filter(|c| is_separator(*c)) {
        let group = &text[end + separator.len_utf8()..];
        if run(group) != 3 {
            break;
        }
        digits.push_str(&group[..3]);
        end += separator.len_utf8() + 3;
    }
    (digits, &text[end..])
}

/// What languages put between thousands, without the plain space, which also separates words.
fn is_separator(c: char) -> bool {
    matches!(c, ',' | '.' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_grouped() {
        for text in ["1234", "1,234", "1.234", "1 234", "1\u{202f}234", " 1'234 "] {
            assert_eq!(whole(text), Some(1_234), "{text:?}");
        }
        for text in ["", "seven", "-7", "7 times", "99999999999999999999999"] {
            assert_eq!(whole(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_in_a_sentence_keep_their_order() {
        let numbers = |text| within(text).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(numbers("7 times in the last 60 seconds."), [7, 60]);
        assert_eq!(numbers("1,234 fois au cours des 60, puis 5"), [1_234, 60, 5]);
        assert_eq!(numbers("é9é1\u{a0}000.12"), [9, 1_000, 12]);
        assert_eq!(numbers("none"), [0_u64; 0]);
    }
}
