//! What becomes of a name in tickets and mails, judged as each system shows what it is given: as text, HTML, Markdown or wiki markup.

use std::net::SocketAddr;
use std::sync::Arc;

use highwater::app::TicketWords;
use highwater::delivery::http::Http;
use highwater::delivery::ticket::{self, Settings, TicketSystem};
use highwater::model::connector::{Card, System};
use highwater::model::destination::Policy;
use highwater::model::incident::{Incident, Kind, State};
use highwater::model::{HostId, IncidentId};
use highwater::tasks::tickets::{About, Words as _};
use scraper::{Html, Selector};
use serde_json::Value;

use super::Fate::{self, Changed, Escaped, Kept};
use super::Row;
use crate::harness::mail::{Mail, MailServer};
use crate::harness::ticketing::said;
use crate::incident_bundle::named;

const URL: &str = "https://highwater.example/incidents/7";
/// Has no width, and keeps what stands around it from being taken for markup.
const JOINER: char = '\u{2060}';
/// Headers of a mail that are shown before it is sent.
const SHOWN: [&str; 5] = ["From", "To", "Subject", "Message-ID", "X-Highwater-Key"];

/// An incident of a host of this name, at a share of this name, with clients and users of this name.
fn card(name: &str) -> Card {
    let incident = Incident {
        id: IncidentId(7),
        host: Some(HostId(2)),
        host_name: name.to_owned(),
        group_name: name.to_owned(),
        kind: Kind::Share,
        state: State::Open,
        from_at: 0,
        opened_at: 0,
        until_at: None,
        resolved_at: None,
        unknown_since: None,
        stretches: 1,
        owner: None,
        owner_name: String::new(),
        is_silenced: false,
        subject: name.to_owned(),
        version: 1,
        updated_at: 0,
    };
    let about = About { incident: &incident, evidence: &named(name), key: "highwater:store:7", url: URL };
    TicketWords.card(&about, "en")
}

fn system(system: System, addr: SocketAddr) -> Box<dyn TicketSystem> {
    let http = Http::new(Arc::new(Policy::default().allowing(&[addr])), None).unwrap();
    let (settings, secrets) = said(system, addr, "");
    ticket::connect(&http, Settings::new(system, &settings, &secrets))
}

/// A row for each system: what would be sent.
pub(super) fn bodies(names: &[String]) -> Vec<Row> {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let row = |of: System| {
        let desk = system(of, nowhere);
        let fate = |name: &String| judged(of, name, &desk.preview(&card(name)).body);
        Row::of(format!("ticket: {}", of.name()), names.iter().map(fate))
    };
    System::ALL.into_iter().map(row).collect()
}

fn judged(system: System, name: &str, body: &str) -> Fate {
    if system == System::Email {
        return shown_mail(name, body);
    }
    let json: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{system:?}, {name:?}: {error}"));
    let text = |place: &str| json.pointer(place).and_then(Value::as_str).unwrap_or_else(|| panic!("{place}: {body}"));
    match system {
        System::ServiceNow => as_text(name, text("/description")),
        System::ServiceNowEvents => as_text(name, text("/records/0/description")),
        System::JiraCloud => document(&json["fields"]["description"]).map_or(Escaped, |text| as_text(name, &text)),
        System::JiraDataCenter => unescaped(&text("/fields/description").replace(URL, ""), "{}[]!|*_-+^~?#")
            .map_or(Escaped, |t| as_text(name, &t)),
        System::JsmOperations => {
            let tags = [text("/message"), text("/description")].into_iter().any(has_tag);
            if tags { Escaped } else { as_text(name, text("/description")) }
        }
        System::GlpiV1 => as_html(name, text("/input/content")),
        System::GlpiV2 => as_html(name, text("/content")),
        System::Zendesk => as_html(name, text("/ticket/comment/html_body")),
        System::Teams => {
            let mut blocks = Vec::new();
            texts(&json, &mut blocks);
            let shown: Option<Vec<String>> = blocks.iter().map(|text| unescaped(text, "*_[](){}`#>~<&!|")).collect();
            shown.map_or(Escaped, |shown| as_text(name, &shown.join("\n")))
        }
        System::Email => unreachable!("it is judged above"),
    }
}

fn as_text(name: &str, text: &str) -> Fate {
    if text.contains(name) { Kept } else { Changed }
}

/// Line breaks alone may be elements.
fn as_html(name: &str, html: &str) -> Fate {
    let read = Html::parse_fragment(html);
    let all = Selector::parse("*").unwrap();
    let is_ours =
        read.select(&all).all(|one| ["html", "br"].contains(&one.value().name()) && one.value().attrs().count() == 0);
    if is_ours { as_text(name, &read.root_element().text().collect::<String>()) } else { Escaped }
}

/// The text of a document of Atlassian; none if it has more than paragraphs of plain text.
fn document(node: &Value) -> Option<String> {
    let members = node.as_object()?;
    let is_plain = members.keys().all(|member| ["type", "version", "content", "text"].contains(&member.as_str()));
    match node["type"].as_str().filter(|_| is_plain)? {
        "text" => node["text"].as_str().map(str::to_owned),
        "hardBreak" => Some("\n".to_owned()),
        "doc" | "paragraph" => node["content"].as_array()?.iter().map(document).collect(),
        _ => None,
    }
}

/// A text without its backslashes and signs of no width; none if one of the signs, or an address, has lost none of its meaning.
fn unescaped(text: &str, signs: &str) -> Option<String> {
    let (mut plain, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(chars.next()?),
            c if signs.contains(c) => return None,
            JOINER => {}
            c => plain.push(c),
        }
    }
    (!text.contains("://")).then_some(plain)
}

/// Whether a browser would take something for an element or a comment.
fn has_tag(html: &str) -> bool {
    html.split('<').skip(1).any(|behind| behind.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)))
}

/// What a card of Teams shows as Markdown.
fn texts<'a>(node: &'a Value, found: &mut Vec<&'a str>) {
    match node {
        Value::Array(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(members) => {
            for (member, value) in members {
                match value.as_str() {
                    Some(text) if ["text", "value"].contains(&member.as_str()) => found.push(text),
                    _ => texts(value, found),
                }
            }
        }
        _ => {}
    }
}

/// Five headers, an empty line, the text.
fn shown_mail(name: &str, mail: &str) -> Fate {
    let Some((head, body)) = mail.split_once("\n\n") else { return Escaped };
    let name_of = |line: &str| line.split_once(": ").map_or(line, |(name, _)| name).to_owned();
    let headers: Vec<String> = head.split('\n').map(name_of).collect();
    let is_plain = !mail.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    if headers == SHOWN && is_plain { as_text(name, body) } else { Escaped }
}

/// Mails as they arrive at a server: their subjects.
pub(super) async fn mails(names: &[String]) -> Row {
    let server = MailServer::start().await;
    let mail = system(System::Email, server.addr);
    mail.create(&card("FS01"), None).await.unwrap();
    let usual = headers(&server.mails().pop().unwrap());
    let mut fates = Vec::new();
    for name in names {
        mail.create(&card(name), None).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let arrived = server.mails().pop().unwrap();
        let is_one = headers(&arrived) == usual && arrived.to == ["desk@example.com"];
        fates.push(if is_one { as_text(name, &arrived.subject) } else { Escaped });
    }
    assert_eq!(server.mails().len(), names.len() + 1, "one mail each");
    Row::of("mail: subject, as it arrives", fates)
}

/// The names of its headers.
fn headers(mail: &Mail) -> Vec<String> {
    let head = mail.raw.split_once("\r\n\r\n").map_or(mail.raw.as_str(), |(head, _)| head);
    let begins = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    begins.map(|line| line.split_once(':').map_or(line, |(name, _)| name).to_ascii_lowercase()).collect()
}
