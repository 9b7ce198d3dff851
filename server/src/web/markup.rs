//! Messages with tags in them.

use std::fmt::{self, Write as _};

use askama::filters::{Html, HtmlSafe, escape};

use crate::locale::{self, Argument, Message};

/// Around what is filled in and can turn the text beside it, until it is known whether that stands in an attribute. Unicode keeps these
/// for the inside of programs.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// A message whose own text is HTML, for links and emphasis within a sentence. What is filled in is escaped, unless it is
/// markup of ours already.
#[derive(Debug)]
pub struct Markup(Message);

impl Markup {
    #[must_use]
    pub fn of(message: Message) -> Self {
        Self(message)
    }

    /// Fills in text, which is escaped, also within attributes, and leaves the text beside it in its order; or a number.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Filling) -> Self {
        Self(value.fill(self.0, name))
    }

    /// Fills in markup that is safe already: an instant, another such message.
    #[must_use]
    pub fn with_html(self, name: &'static str, value: impl HtmlSafe) -> Self {
        Self(self.0.with_ready(name, value.to_string()))
    }

    /// The same sentence, leading nowhere.
    #[must_use]
    pub fn without_links(&self) -> Unlinked {
        let said = self.to_string();
        let mut parts = said.split('<');
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once('>') {
                Some((tag, text)) if tag == "/a" || tag.starts_with("a ") => kept.push_str(text),
                _ => {
                    kept.push('<');
                    kept.push_str(part);
                }
            }
        }
        Unlinked(kept)
    }
}

/// A message with tags, but without links.
#[derive(Debug)]
pub struct Unlinked(String);

impl fmt::Display for Unlinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// What is left of a message whose words are ours and in which all else was escaped.
impl HtmlSafe for Unlinked {}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_in_tag = false;
        for c in self.0.to_string().chars() {
            match c {
                OPEN | CLOSE if is_in_tag => {}
                OPEN => f.write_str("<bdi>")?,
                CLOSE => f.write_str("</bdi>")?,
                _ => {
                    is_in_tag = c == '<' || is_in_tag && c != '>';
                    f.write_char(c)?;
                }
            }
        }
        Ok(())
    }
}

// The words are ours, and what is filled in was escaped.
impl HtmlSafe for Markup {}

/// What can be filled in after escaping.
pub trait Filling {
    fn fill(&self, message: Message, name: &'static str) -> Message;
}

impl<T: Filling + ?Sized> Filling for &T {
    fn fill(&self, message: Message, name: &'static str) -> Message {
        (**self).fill(message, name)
    }
}

impl Filling for str {
    fn fill(&self, message: Message, name: &'static str) -> Message {
        // Writing to a string does not fail.
        let escaped = escape(self, Html).map(|safe| safe.to_string()).unwrap_or_default();
        let escaped = escaped.replace([OPEN, CLOSE], "\u{fffd}");
        let turns = locale::turns(self);
        message.with_ready(name, if turns { format!("{OPEN}{escaped}{CLOSE}") } else { escaped })
    }
}

impl Filling for String {
    fn fill(&self, message: Message, name: &'static str) -> Message {
        self.as_str().fill(message, name)
    }
}

impl Filling for Message {
    fn fill(&self, message: Message, name: &'static str) -> Message {
        self.to_string().fill(message, name)
    }
}

macro_rules! numbers {
    ($($kind:ty)*) => {
        $(impl Filling for $kind {
            fn fill(&self, message: Message, name: &'static str) -> Message {
                message.with(name, Argument::value(self))
            }
        })*
    };
}

numbers! { u8 u16 u32 u64 usize i32 i64 }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn what_is_filled_into_markup_is_escaped() {
        let said = Markup::of(Locale::machine().say("chart-up-to")).with("share", "<b>\"'&").to_string();
        assert_eq!(said, "up to &#60;b&#62;&#34;&#39;&#38;");
        let safe = Markup::of(Locale::machine().say("chart-full"));
        let said = Markup::of(Locale::machine().say("chart-up-to")).with_html("share", safe);
        assert_eq!(said.to_string(), "up to full");
        let said = Markup::of(Locale::machine().say("chart-sessions")).with("sessions", 1_200_u32);
        assert_eq!(said.to_string(), "1,200 sessions");
    }

    #[test]
    fn a_sentence_without_links_has_all_its_other_tags_and_words() {
        let said = Markup::of(Locale::machine().say("holders-look-further")).with("href", "/?q=<a>").without_links();
        assert_eq!(said.to_string(), "Look at 30 days.");
        let time = Markup::of(Locale::machine().say("keys-how")).without_links().to_string();
        assert!(time.contains("<code>Authorization: Bearer …</code>"), "{time}");
    }

    #[test]
    fn what_is_filled_in_leaves_the_words_beside_it_in_their_order() {
        let said = |share: &str| Markup::of(Locale::machine().say("chart-up-to")).with("share", share).to_string();
        assert_eq!(said("a\u{202e}\u{2069}<"), "up to <bdi>a\u{202e}\u{2069}&#60;</bdi>");
        assert_eq!(said("\u{fdd1}א\u{fdd0}"), "up to <bdi>\u{fffd}א\u{fffd}</bdi>");
        let inner = Markup::of(Locale::machine().say("chart-up-to")).with("share", "א");
        let outer = Markup::of(Locale::machine().say("chart-up-to")).with_html("share", inner);
        assert_eq!(outer.to_string(), "up to up to <bdi>א</bdi>");
        let link = Markup::of(Locale::machine().say("holders-look-further")).with("href", "/?q=א");
        assert_eq!(link.to_string(), "Look at <a href=\"/?q=א\">30 days</a>.", "there is no markup within a tag");
    }
}
