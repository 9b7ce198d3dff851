//! Names within PowerShell.

use std::fmt::Write as _;

/// What PowerShell takes for the end of a constant in single quotes. Each is doubled to stand for itself.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];
/// Characters of a name that are shown; a longer one is no computer's.
const LONGEST: usize = 60;
/// Code points that are told of one name.
const MOST_SIGNS: usize = 4;

/// The name as one string constant; none if it is empty or holds what no constant can carry, or what cannot be seen.
#[must_use]
pub fn quoted(name: &str) -> Option<String> {
    if name.is_empty() || !name.chars().all(is_visible) {
        return None;
    }
    let mut constant = String::with_capacity(name.len() + 2);
    constant.push('\'');
    for c in name.chars() {
        constant.push(c);
        if QUOTES.contains(&c) {
            constant.push(c);
        }
    }
    constant.push('\'');
    Some(constant)
}

/// The name for people, on one line.
#[must_use]
pub fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(LONGEST).map(visible).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// The code points for which a name is left out: `U+000A, U+0000`. Of an empty name none.
#[must_use]
pub fn signs(name: &str) -> String {
    let mut all: Vec<char> = name.chars().filter(|c| !is_visible(*c)).collect();
    all.sort_unstable();
    all.dedup();
    let mut told = String::new();
    for (place, c) in all.iter().take(MOST_SIGNS).enumerate() {
        let comma = if place > 0 { ", " } else { "" };
        // Writing to a string does not fail.
        let _ = write!(told, "{comma}U+{:04X}", u32::from(*c));
    }
    told
}

/// The character, or one that says that there was another.
pub(super) fn visible(c: char) -> char {
    if is_visible(c) { c } else { '\u{fffd}' }
}

/// Not what ends a line or a text, turns the order of what follows, or is not there for the eye. U+FFFD stands for a character that was
/// lost: the true name is another one.
fn is_visible(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}'))
}
