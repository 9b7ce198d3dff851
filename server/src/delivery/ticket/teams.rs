//! Messages in Microsoft Teams, by the secret address of a workflow. A message cannot be asked for later, nor changed.
//!
//! Sources: Microsoft's public documentation of the trigger "When a Teams webhook request is received" (a message with attachments, 202
//! accepted) and of Adaptive Cards 1.4, whose text blocks render a subset of Markdown and `{{DATE(…)}}`.
//!
//! Names in a text come from outside: all that Markdown would make something of is escaped, and nothing of it becomes a link. The only
//! link is the button, which leads to the incident.

use std::fmt;

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::desk::{Desk, JOINER, text};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

/// Bytes of text in a card at most: a whole message may have 28 KB.
const MOST_TEXT: usize = 20_000;

pub(super) struct Teams {
    /// Its address is the secret.
    desk: Desk,
    settings: Settings,
}

impl Teams {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        Self { desk: Desk::new(http, settings.get("hook")), settings }
    }

    async fn post(&self, message: &Value) -> Result<(), Failure> {
        self.desk.call(Method::POST, "", Some(message)).await?.good(said).map(|_| ())
    }

    /// Says something more about an incident.
    async fn tell(&self, remote: &Remote, heading: Value, text: &str, id: &str) -> Result<(), Failure> {
        let mut items = Vec::new();
        if !heading.is_null() {
            items.push(heading);
        }
        items.extend(lines(text));
        let body = json!([{ "type": "Container", "id": remote.id, "items": [{ "type": "Container", "id": id, "items": items }] }]);
        self.post(&message(&body, &json!([]))).await
    }
}

/// Without the address, which is the secret.
impl fmt::Debug for Teams {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Teams").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// An address cut to its host.
fn shown(hook: &str) -> String {
    let url = Url::parse(hook).ok();
    let host = url.as_ref().and_then(|url| Some((url.scheme(), url.host_str()?)));
    host.map_or_else(String::new, |(scheme, host)| format!("{scheme}://{host}/…"))
}

/// `{"error":{"code":"…","message":"…"}}`
pub(super) fn said(json: &Value) -> Option<String> {
    Some(text(&json["error"]["message"]))
}

fn message(body: &Value, actions: &Value) -> Value {
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
        "actions": actions,
    });
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": card,
    });
    json!({ "type": "message", "attachments": [attachment] })
}

/// The first message of an incident. The container has the key as its id: people do not see it, and programs can tell messages apart.
fn first(card: &Card) -> Value {
    let color = if card.is_grave { "Attention" } else { "Warning" };
    let mut items = vec![heading(&escaped(&card.title), color)];
    if !card.host.is_empty() {
        let fact = json!({ "title": card.labels.host, "value": escaped(&card.host) });
        items.push(json!({ "type": "FactSet", "facts": [fact] }));
    }
    items.extend(lines(&card.text));
    let body = json!([{ "type": "Container", "id": card.key, "items": items }]);
    message(&body, &json!([{ "type": "Action.OpenUrl", "title": card.labels.page, "url": card.url }]))
}

fn heading(text: &str, color: &str) -> Value {
    json!({ "type": "TextBlock", "text": text, "weight": "Bolder", "size": "Medium", "color": color, "wrap": true })
}

/// A block for each line: whether a single line end shows is up to the app.
fn lines(text: &str) -> Vec<Value> {
    let (mut blocks, mut bytes, mut spacing) = (Vec::new(), 0, "Medium");
    for line in text.lines() {
        if line.trim().is_empty() {
            spacing = "Medium";
            continue;
        }
        let block = json!({ "type": "TextBlock", "text": escaped(line), "wrap": true, "spacing": spacing });
        bytes += block.to_string().len();
        if bytes > MOST_TEXT {
            blocks.push(json!({ "type": "TextBlock", "text": "…", "spacing": "None" }));
            break;
        }
        blocks.push(block);
        spacing = "None";
    }
    blocks
}

/// One line, as Markdown that shows it as it is.
fn escaped(line: &str) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let bare = line.trim_start();
    // Four spaces would begin a piece of code.
    let mut shown = "\u{a0}".repeat(line.chars().take_while(|c| c.is_whitespace()).count());
    let digits = bare.len() - bare.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    for (at, c) in bare.char_indices() {
        // At its beginning, a line may be told to be a point of a list.
        let is_point = (at == 0 && matches!(c, '-' | '+' | '=')) || (at == digits && at > 0 && c == '.');
        if is_point || "\\*_[](){}`#>~<&!|".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
        // What looks like an address is made a link without any Markdown.
        let is_address = (c == ':' && bare[at..].starts_with("://")) || c == '@' || is_www(&bare[at..]);
        if is_address {
            shown.push(JOINER);
        }
    }
    shown
}

/// Whether a text begins with `www.`, however it is written.
fn is_www(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

impl TicketSystem for Teams {
    fn find<'a>(&'a self, _key: &'a str) -> Asked<'a, Vec<Remote>> {
        // A workflow takes messages, and answers nothing of them.
        Box::pin(async { Ok(Vec::new()) })
    }

    fn create<'a>(&'a self, card: &'a Card, _follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        // Nothing is followed: a message is never closed.
        Box::pin(async move {
            self.post(&first(card)).await?;
            let (id, name) = (card.key.clone(), "Teams".to_owned());
            Ok(Remote { id, name, url: String::new(), state: TicketState::Open })
        })
    }

    fn read<'a>(&'a self, _id: &'a str) -> Asked<'a, Option<Remote>> {
        // Is not called: the system does not answer, as `System::answers` says.
        Box::pin(async { Ok(None) })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { self.tell(remote, Value::Null, text, id).await })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, id: &'a str) -> Asked<'a, TicketState> {
        let heading = heading(&note.heading, "Good");
        Box::pin(async move { self.tell(remote, heading, &note.text, id).await.map(|()| TicketState::Resolved) })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, id: &'a str) -> Asked<'a, TicketState> {
        let heading = heading(&note.heading, "Attention");
        Box::pin(async move { self.tell(remote, heading, &note.text, id).await.map(|()| TicketState::Open) })
    }

    fn probe(&self) -> Asked<'_, ()> {
        // A workflow can only be told something: whatever it would accept is a message in the channel, and anything else is an error
        // whether the address is right or not.
        Box::pin(async { Ok(()) })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&first(card)).unwrap_or_default();
        Preview { to: format!("POST {}", shown(self.settings.get("hook"))), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_shown_as_they_are() {
        assert_eq!(escaped("*a* _b_ `c` ~d~"), "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~");
        assert_eq!(escaped("[x](y)"), "\\[x\\]\\(y\\)");
        assert_eq!(escaped("\\"), "\\\\");
        assert_eq!(escaped("# a\n> b"), "\\# a \\> b");
        assert_eq!(escaped("- a - b"), "\\- a - b");
        assert_eq!(escaped("12. a. 3."), "12\\. a. 3.");
        assert_eq!(escaped("10.0.0.5"), "10\\.0.0.5");
        assert_eq!(escaped("    a"), "\u{a0}\u{a0}\u{a0}\u{a0}a");
        assert_eq!(escaped("{{DATE(x)}}"), "\\{\\{DATE\\(x\\)\\}\\}");
        assert_eq!(escaped("<at>&amp;"), "\\<at\\>\\&amp;");
    }

    #[test]
    fn nothing_in_a_text_becomes_a_link() {
        assert_eq!(escaped("https://evil.example"), "https:\u{2060}//evil.example");
        assert_eq!(escaped("WwW.evil.example"), "W\u{2060}wW.evil.example");
        assert_eq!(escaped("a@evil.example"), "a@\u{2060}evil.example");
        assert_eq!(escaped("14:05: Übel"), "14:05: Übel");
    }

    #[test]
    fn a_long_text_is_cut() {
        let blocks = lines(&vec!["*".repeat(100); 500].join("\n"));
        assert!(Value::from(blocks.clone()).to_string().len() < 24_000);
        assert_eq!(blocks.last().map(|block| text(&block["text"])).as_deref(), Some("…"));
    }

    #[test]
    fn the_address_is_cut_to_its_host() {
        assert_eq!(shown("https://x.example:443/workflows/a?sig=secret"), "https://x.example/…");
        assert_eq!(shown("secret"), "");
    }
}
