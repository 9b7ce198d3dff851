//! Names that are written from right to left, or that hold marks which turn the text around them: within a sentence such a name
//! stands by itself, and leaves the words beside it in their order.

use std::borrow::Cow;

/// First strong isolate, and its end.
const ISOLATE: char = '\u{2068}';
const END: char = '\u{2069}';

/// Marks that are not seen and change in which direction text runs.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Letters and digits of the scripts that run from right to left.
fn is_leftward(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// Whether the text can turn what stands beside it.
#[must_use]
pub fn turns(text: &str) -> bool {
    text.chars().any(|c| is_mark(c) || is_leftward(c))
}

/// The text as it may stand within a sentence. Marks within it could end its isolation: each is shown as a character that is not
/// known, as the name is not what it seems.
pub(super) fn isolated(text: &str) -> Cow<'_, str> {
    if !turns(text) {
        return text.into();
    }
    let shown = text.chars().map(|c| if is_mark(c) { char::REPLACEMENT_CHARACTER } else { c });
    let is_leftward = text.chars().any(is_leftward);
    let ends = |mark| is_leftward.then_some(mark).into_iter();
    ends(ISOLATE).chain(shown).chain(ends(END)).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leaves_the_words_beside_it_in_their_order_and_usual_names_are_as_they_were() {
        for usual in ["", "FS02", "Zoë’s PC", "日本語のホスト", "🧨", "a\u{301}"] {
            assert!(matches!(isolated(usual), Cow::Borrowed(same) if same == usual), "{usual}");
        }
        assert_eq!(isolated("FS02\u{202e}"), "FS02\u{fffd}");
        assert_eq!(isolated("עברית"), "\u{2068}עברית\u{2069}");
        assert_eq!(isolated("א\u{2069}\u{202e}b"), "\u{2068}א\u{fffd}\u{fffd}b\u{2069}");
    }
}
