//! What people type into fields.

/// A line without blanks around it, if it is one and not longer than so many characters. May be empty.
#[must_use]
pub fn line(typed: &str, longest: usize) -> Option<&str> {
    let typed = typed.trim();
    (typed.chars().count() <= longest && !typed.chars().any(char::is_control)).then_some(typed)
}

/// A text of any number of lines without blanks around it, if it has no other control characters and is not longer than so many characters.
/// May be empty.
#[must_use]
pub fn lines(typed: &str, longest: usize) -> Option<&str> {
    let typed = typed.trim();
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    (typed.chars().count() <= longest && typed.chars().all(is_plain)).then_some(typed)
}

/// An address that a browser may follow on a click: of the web, and nothing else. May be empty.
#[must_use]
pub fn web_address(typed: &str, longest: usize) -> Option<&str> {
    let typed = typed.trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| typed.to_ascii_lowercase().starts_with(scheme));
    let is_one = typed.len() <= longest && !typed.chars().any(|c| c.is_control() || c == ' ');
    ((typed.is_empty() || is_web) && is_one).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_have_lines_and_nothing_that_a_terminal_obeys() {
        assert_eq!(lines(" a\r\n\tb\n", 5), Some("a\r\n\tb"));
        assert_eq!((lines("abc", 2), lines("a\u{1b}[2J", 9), lines("a\0b", 9)), (None, None, None));
    }

    #[test]
    fn only_addresses_of_the_web_are_followed() {
        for good in ["", "https://a/?b=c#d", "HTTP://a"] {
            assert_eq!(web_address(good, 20), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "//a",
            "https://a b",
            "https://a\nb",
            "data:text/html,x",
            "https://too.long.for.this",
        ] {
            assert_eq!(web_address(bad, 20), None, "{bad:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_within_its_length() {
        assert_eq!(line("  Paris é ", 7), Some("Paris é"));
        assert_eq!(line(" \t", 7), Some(""));
        for no in ["12345678", "a\nb", "a\0b", "a\u{1b}[2J"] {
            assert_eq!(line(no, 7), None, "{no:?}");
        }
    }
}
