//! What is written down of those who look at people and take what is kept of them. A look is written down with what it was at, by number, or with
//! what was looked for, as it was typed: never with whom it found. Whoever saw pseudonyms only, of him that is said, too.

use axum::http::request::Parts;

use super::noise::Sort;
use super::{alone, of_actor, of_time, once, pairs, route};
use crate::model::account::is_seen;
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, ActorKind, Deed, LONGEST_VALUE, Subject, SubjectKind, Trail};
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::store::audit;
use crate::web::Site;
use crate::web::error::{Error, Result};

/// Whom, or what that names somebody, one looks at: route and kind.
const LOOKS: [(&str, SubjectKind); 10] = [
    ("/clients/{id}", SubjectKind::Client),
    ("/users/{id}", SubjectKind::User),
    ("/hosts/{id}", SubjectKind::Host),
    ("/events/{id}", SubjectKind::Event),
    ("/incidents/{id}", SubjectKind::Incident),
    ("/api/v1/clients/{id}", SubjectKind::Client),
    ("/api/v1/users/{id}", SubjectKind::User),
    ("/api/v1/hosts/{id}/sessions", SubjectKind::Host),
    ("/api/v1/events/{id}", SubjectKind::Event),
    ("/api/v1/incidents/{id}", SubjectKind::Incident),
];
/// Pages that name many.
const LISTS: [&str; 2] = ["/clients", "/users"];
/// Names nobody before somebody is looked for.
const SEARCH: &str = "/search";
/// Lists that name people, or tell of them, as programs take them.
const PARTS_OF_ALL: [&str; 4] = ["/api/v1/clients", "/api/v1/users", "/api/v1/events", "/api/v1/incidents"];

/// What of somebody's name is looked for, in addresses.
const TEXT: &str = "q";

/// What somebody saw of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    At(SubjectKind),
    /// A list on a page.
    List,
    /// A list of the API, which is no file and is taken all the same.
    Part,
}

impl Look {
    /// What was read, if it was about people.
    pub(super) fn of(asked: &Parts) -> Option<Self> {
        let route = route(asked);
        if LISTS.contains(&route) || (route == SEARCH && !text(asked).is_empty()) {
            return Some(Self::List);
        }
        if PARTS_OF_ALL.contains(&route) {
            return Some(Self::Part);
        }
        LOOKS.iter().find(|(of, _)| *of == route).map(|(_, kind)| Self::At(*kind))
    }

    /// In its mark.
    fn word(self) -> &'static str {
        match self {
            Self::At(_) => "looked",
            Self::List => "listed",
            Self::Part => "part",
        }
    }
}

/// Writes down a look: once in a while for who looks, and what at or what for.
///
/// # Errors
/// The database's.
pub(super) async fn looked(site: &Site, asked: &Parts, trail: &Trail, (look, sees_names): (Look, bool)) -> Result<()> {
    let (deed, of, sort) = match look {
        Look::At(kind) => at(asked, kind),
        Look::List => list(asked),
        Look::Part => part(asked),
    };
    let deed = if sees_names { deed } else { deed.after("saw", "pseudonyms") };
    let ([by, id], time) = (of_actor(&trail.actor), of_time(trail.at, unit_ms(trail)));
    let mut parts: Vec<&str> = vec![look.word(), &by, &id];
    parts.extend(of.iter().map(String::as_str));
    parts.push(&time);
    once_of_known(site, trail, (deed, sort), &mark(&parts)).await
}

/// A file that was taken: of a person each time, of a key once for its address and an hour. Of what cannot be told any more in this hour
/// nothing is given.
///
/// # Errors
/// The database's, or there were too many in this hour.
pub(super) async fn exported(site: &Site, asked: &Parts, trail: &Trail) -> Result<()> {
    let deed = taken(asked);
    if trail.actor.kind == ActorKind::Person {
        let turn = site.noise.of_known(&trail.actor, Sort::File, trail.at).ok_or_else(|| later(trail))?;
        return alone(site, trail, &turn.tell(deed)).await;
    }
    let [kind, id] = of_actor(&trail.actor);
    let address = asked.uri.path_and_query().map_or(asked.uri.path(), |address| address.as_str());
    let mark = mark(&["exported", &kind, &id, address, &of_time(trail.at, HOUR_MS)]);
    once_of_known(site, trail, (deed, Sort::File), &mark).await
}

/// Programs look all day.
fn unit_ms(trail: &Trail) -> i64 {
    if trail.actor.kind == ActorKind::Key { DAY_MS } else { HOUR_MS }
}

/// The entry, what its mark says of it, and its sort.
type Told = (Deed, Vec<String>, Sort);

fn at(asked: &Parts, kind: SubjectKind) -> Told {
    let id = route(asked).split('/').zip(asked.uri.path().split('/')).find(|(part, _)| *part == "{id}");
    let id: Option<i64> = id.and_then(|(_, id)| id.parse().ok());
    let mut deed = Deed::new(Action::Looked, Subject::new(kind, id, ""));
    if let Some((_, at)) = pairs(asked).into_iter().find(|(name, _)| name == "at") {
        deed = deed.after("at", at);
    }
    (deed, vec![kind.word().to_owned(), id.unwrap_or_default().to_string()], Sort::Thing)
}

fn list(asked: &Parts) -> Told {
    let (route, text) = (route(asked), text(asked));
    let of = vec![route.to_owned(), text.to_lowercase()];
    let deed = Deed::new(Action::Looked, Subject::new(SubjectKind::Page, None, route));
    (if text.is_empty() { deed } else { deed.after(TEXT, text) }, of, Sort::Text)
}

/// Parts of one list are one: whoever takes all of it asks many times.
fn part(asked: &Parts) -> Told {
    let text = text(asked);
    let of = vec![route(asked).to_owned(), text.to_lowercase()];
    let deed = taken(asked);
    (if text.is_empty() { deed } else { deed.after(TEXT, text) }, of, Sort::Text)
}

/// With what it was asked for.
fn taken(asked: &Parts) -> Deed {
    let deed = Deed::new(Action::Exported, Subject::new(SubjectKind::Page, None, asked.uri.path()));
    pairs(asked).into_iter().fold(deed, |deed, (name, value)| deed.after(&name, value))
}

/// Whose name is looked for, as it was typed; empty if nobody's is.
fn text(asked: &Parts) -> String {
    let found = pairs(asked).into_iter().find(|(name, _)| name == TEXT);
    found.map(|(_, text)| plain(&text).trim().to_owned()).unwrap_or_default()
}

/// What somebody typed, on one line, in the direction in which it is read, and no longer than a field.
fn plain(text: &str) -> String {
    // One more, so that whoever keeps it sees that it went on.
    text.chars().take(LONGEST_VALUE + 1).map(|c| if is_seen(c) { c } else { ' ' }).collect()
}

/// Writes something down once under a mark, as far as who did it has not filled his hour.
/// From the next hour on it is told again.
fn later(trail: &Trail) -> Error {
    let left_secs = (HOUR_MS - trail.at.rem_euclid(HOUR_MS)) / 1_000 + 1;
    Error::TooMany { retry_after_secs: left_secs.unsigned_abs() }
}

async fn once_of_known(site: &Site, trail: &Trail, (deed, sort): (Deed, Sort), mark: &[u8; 32]) -> Result<()> {
    // What is written already is not counted.
    if audit::is_recorded(&site.db, mark).await? {
        return Ok(());
    }
    let Some(turn) = site.noise.of_known(&trail.actor, sort, trail.at) else {
        return if sort == Sort::File { Err(later(trail)) } else { Ok(()) };
    };
    once(site, trail, &turn.tell(deed), mark).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_one_line_that_is_seen_and_bounded() {
        assert_eq!(plain("a\r\nb\0\u{202e}c\u{200b}\u{1b}[2J"), "a  b  c  [2J");
        assert_eq!(plain(&"é".repeat(5_000)).chars().count(), LONGEST_VALUE + 1);
    }
}
