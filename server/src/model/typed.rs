//! What people type into fields.

/// A line without blanks around it, if it is one and not longer than so many characters. May be empty.
#[must_use]
pub fn line(typed: &str, longest: usize) -> Option<&str> {
    let typed = typed.trim();
    (typed.chars().count() <= longest && !typed.chars().any(char::is_control)).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_within_its_length() {
        assert_eq!(line("  Paris é ", 7), Some("Paris é"));
        assert_eq!(line(" \t", 7), Some(""));
        for no in ["12345678", "a\nb", "a\0b", "a\u{1b}[2J"] {
            assert_eq!(line(no, 7), None, "{no:?}");
        }
    }
}
