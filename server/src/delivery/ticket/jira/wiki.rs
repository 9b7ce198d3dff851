//! Text as wiki markup that shows it as it is: Data Center takes descriptions and comments for markup.
//!
//! Source: Jira's public help on text formatting. A backslash before a sign takes its meaning away; addresses become links by themselves.

use crate::delivery::ticket::desk::JOINER;

/// What becomes something else, wherever it stands.
const SIGNS: [char; 15] = ['\\', '{', '}', '[', ']', '!', '|', '*', '_', '-', '+', '^', '~', '?', '#'];
/// What makes a heading or a quotation of the line that begins with it.
const BEGINNINGS: [&str; 7] = ["h1.", "h2.", "h3.", "h4.", "h5.", "h6.", "bq."];

/// Names in a text come from outside: they stay text. `own`: the one address that stays a link; empty for none.
pub(super) fn wiki(text: &str, own: &str) -> String {
    if own.is_empty() { shown(text) } else { text.split(own).map(shown).collect::<Vec<_>>().join(own) }
}

fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            shown.push('\n');
        }
        if BEGINNINGS.iter().any(|beginning| line.trim_start().starts_with(beginning)) {
            shown.push(JOINER);
        }
        for (at, c) in line.char_indices().filter(|(_, c)| *c != '\r') {
            if SIGNS.contains(&c) {
                shown.push('\\');
            }
            shown.push(if c.is_control() { ' ' } else { c });
            if line[at..].starts_with("://") {
                shown.push(JOINER);
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_becomes_markup() {
        for (text, written) in [
            ("[click|http://evil]", "\\[click\\|http:\u{2060}//evil\\]"),
            ("!http://evil/x.png!", "\\!http:\u{2060}//evil/x.png\\!"),
            ("{html}<b>", "\\{html\\}<b>"),
            ("[~ann] *a* _b_ -c-", "\\[\\~ann\\] \\*a\\* \\_b\\_ \\-c\\-"),
            ("h1. a\r\n bq. b\nh7. c", "\u{2060}h1. a\n\u{2060} bq. b\nh7. c"),
            ("\\\\ a\u{7}", "\\\\\\\\ a "),
            ("10.0.0.5, 12 of 20", "10.0.0.5, 12 of 20"),
            ("", ""),
        ] {
            assert_eq!(wiki(text, ""), written, "{text:?}");
        }
    }

    #[test]
    fn the_incident_s_own_address_stays_a_link() {
        let own = "https://high-water.example/incidents/7";
        let text = format!("a-b\n\n{own}\nhttps://evil");
        assert_eq!(wiki(&text, own), format!("a\\-b\n\n{own}\nhttps:\u{2060}//evil"));
    }
}
