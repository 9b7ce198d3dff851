//! How routes are asked, and what of Paris is in an answer.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use highwater::model::api_key::Scope;
use highwater::model::time::{DAY_MS, MINUTE_MS};
use highwater::web::policy::Policy;
use highwater::web::sight::Reach;
use highwater::web::{self, Declared};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{LIMIT, MARK, NEVER, OPENS, PARIS_ESCAPED, PREFIX, Place, RANGE, World};
use crate::harness::caller::Caller;
use crate::harness::person::{Answer, Person};
use crate::incident_evidence::entries;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// Without its query.
    address: String,
    pub(crate) path: String,
    header: Option<(&'static str, &'static str)>,
}

#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    Person(&'a Person),
    Program(&'a Caller),
}

/// In how many ways something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Few,
    Every,
}

/// What every page is asked. One passes over what it does not know.
const FEW: &[&str] = &["range=24h", "format=csv", "q={prefix}", "state=all", "wall=1"];
/// What pages are asked as well. What is in braces is filled in.
const MORE: &[&str] = &[
    "range=1h",
    "range=7d&format=xlsx",
    "range=30d",
    "at={at}",
    "at={at}&compared_with={then}",
    "at={at}&compared_with={then}&format=csv",
    "before=7d",
    "group={group}",
    "group={group}&format=csv",
    "host={host}",
    "host={host}&format=csv",
    "by={host}",
    "by=peak",
    "by=opens",
    "class=capacity",
    "kind=full",
    "kind=share&state=all",
    "level=calm",
    "level=silent",
    "severity=medium",
    "state=gone",
    "state=resolved",
    "sort=name",
    "sort=-peak",
    "page=2",
    "wall=1&range=7d",
    "q={prefix}&format=xlsx",
    "chart=sessions&format=svg",
    "chart=holders&format=svg",
    "chart=saturation&format=svg",
    "chart=worst&format=svg",
    "chart=held&format=svg",
    "chart=sessions&format=csv",
    "chart=holders&format=csv",
    "chart=saturation&format=csv",
    "chart=worst&format=csv",
    "chart=held&format=csv",
    "table=sessions&format=csv",
    "table=names&format=csv",
    "table=hosts&format=xlsx",
    "table=shares&format=csv",
    "table=counters&format=csv",
    "table=changes&format=csv",
    "table=findings&format=csv",
];
/// What is not there is asked in these ways.
const HIDDEN: &[&str] = &["", "?format=csv", "?range=7d&format=xlsx", "?q={prefix}&chart=sessions&format=svg"];

const PARTS: (&str, &str) = ("x-parts", "1");
const CSV: (&str, &str) = ("accept", "text/csv");

impl Ask {
    fn of(address: &str, query: &str) -> Self {
        Self { address: address.to_owned(), path: format!("{address}{query}"), header: None }
    }

    fn with(address: &str, header: (&'static str, &'static str)) -> Self {
        Self { header: Some(header), ..Self::of(address, "") }
    }

    /// As an open page asks.
    pub(crate) fn parts(address: &str) -> Self {
        Self::with(address, PARTS)
    }

    /// An answer without what it repeats of where it is the answer from.
    pub(crate) fn without_address(&self, text: &str) -> String {
        text.replace(&self.address, "HERE").replace(&self.address.replace('/', "%2F"), "HERE")
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.header.map_or(Ok(()), |(name, value)| write!(f, " ({name}: {value})"))
    }
}

impl By<'_> {
    pub(crate) async fn get(self, ask: &Ask) -> Answer {
        match (self, ask.header) {
            (Self::Person(person), None) => person.get(&ask.path).await,
            (Self::Person(person), Some(header)) => person.get_with(&ask.path, header).await,
            (Self::Program(program), None) => program.get(&ask.path).await,
            (Self::Program(program), Some(header)) => program.get_with(&ask.path, header).await,
        }
    }
}

pub(crate) fn is_api(route: &Declared) -> bool {
    matches!(route.policy, Policy::Api(_))
}

/// What people who are no administrators and programs of the same rank read; but for streams, which do not end.
pub(crate) fn readable() -> Vec<Declared> {
    let is_theirs = |route: &Declared| match route.policy {
        Policy::Wall | Policy::Viewer | Policy::Operator => true,
        Policy::Api(scope) => scope != Scope::Admin,
        _ => false,
    };
    web::routes()
        .into_iter()
        .filter(|route| route.method == "GET" && route.path != "/live" && is_theirs(route))
        .collect()
}

/// What stands before a route's first parameter: `hosts`.
fn noun(path: &str) -> &str {
    let before = path.split("/{").next().unwrap_or_default();
    before.rsplit('/').next().unwrap_or_default()
}

/// A route's address, with this in place of its first parameter; there is no other that is anybody's.
fn address(path: &str, id: &str) -> String {
    let mut ids = [id].into_iter();
    let filled = path.split('/').map(|part| if part.starts_with('{') { ids.next().unwrap_or("1") } else { part });
    filled.collect::<Vec<_>>().join("/")
}

pub(crate) fn at_id(route: &Declared, id: &str) -> Ask {
    Ask::of(&address(&route.path, id), "")
}

/// Where the route is for what is in a place.
fn addresses(route: &Declared, place: &Place) -> Vec<String> {
    if !route.path.contains('{') {
        return vec![route.path.clone()];
    }
    let Some(ids) = place.ids.get(noun(&route.path)) else {
        assert_ne!(route.reach, Reach::Confined, "say what there is in each place for {}", route.path);
        return vec![address(&route.path, "none")];
    };
    ids.iter().map(|id| address(&route.path, id)).collect()
}

/// All requests to a route about what is in a place.
pub(crate) fn asks(route: &Declared, place: &Place, form: Form, world: &World) -> Vec<Ask> {
    let mut queries: Vec<String> = Vec::new();
    if is_api(route) {
        queries.extend(if form == Form::Every { api_queries(&route.path, world) } else { Vec::new() });
    } else {
        queries.extend(FEW.iter().map(|query| filled(query, world)));
        // A file of one thing has no such ways.
        let is_page = !route.path.contains("}/");
        queries.extend(MORE.iter().filter(|_| is_page && form == Form::Every).map(|query| filled(query, world)));
    }
    let of_one = |address: String| {
        let mut all = vec![Ask::of(&address, ""), Ask::with(&address, PARTS), Ask::with(&address, CSV)];
        all.extend(queries.iter().map(|query| Ask::of(&address, &format!("?{query}"))));
        all
    };
    addresses(route, place).into_iter().flat_map(of_one).collect()
}

fn filled(query: &str, world: &World) -> String {
    let now_at = world.clock.now_at();
    let values = [
        ("{prefix}", PREFIX.to_owned()),
        ("{group}", PARIS_ESCAPED.to_owned()),
        ("{host}", world.paris.host.to_string()),
        ("{at}", (now_at - MINUTE_MS).to_string()),
        ("{then}", (now_at - 30 * MINUTE_MS).to_string()),
    ];
    values.iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value))
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(web::document);

/// Every parameter that the document of the API has for this endpoint, with every value that means something here.
fn api_queries(path: &str, world: &World) -> Vec<String> {
    let parameters = DOCUMENT["paths"][path]["get"]["parameters"].as_array().cloned().unwrap_or_default();
    let of_one = |parameter: &Value| {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let words = parameter["schema"]["enum"].as_array().cloned().unwrap_or_default();
        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let values = if words.is_empty() { api_values(&name, world) } else { words };
        values.into_iter().map(move |value| format!("{name}={value}")).collect::<Vec<_>>()
    };
    parameters.iter().filter(|parameter| parameter["in"] == "query").flat_map(of_one).collect()
}

fn api_values(name: &str, world: &World) -> Vec<String> {
    let ago = |ms: i64| Timestamp::from_millisecond(world.clock.now_at() - ms).unwrap().to_string();
    match name {
        "host" => vec![world.paris.host.to_string(), world.lyon.host.to_string()],
        "group" => vec![PARIS_ESCAPED.to_owned()],
        "q" => vec![PREFIX.to_owned()],
        "from" | "since" | "updated_since" => vec![ago(DAY_MS)],
        "to" => vec![ago(0)],
        "at" => vec![ago(MINUTE_MS)],
        "compared_with" => vec![ago(30 * MINUTE_MS)],
        "limit" => vec!["1".to_owned()],
        "rule" => vec!["CFG-17".to_owned()],
        "code" => vec!["2022".to_owned()],
        "owner" => vec!["ann".to_owned()],
        _ => Vec::new(),
    }
}

/// Whether the ids of this noun are of one place. Rules of findings are there whatever they hold on.
fn is_of_one_place(place: &Place, noun: &str) -> bool {
    noun != "findings" && place.ids.contains_key(noun)
}

/// Requests to a route about what is of a place alone, each with the same one about what never was.
pub(crate) fn hidden(route: &Declared, place: &Place) -> Vec<(Ask, Ask)> {
    let noun = noun(&route.path);
    if route.method != "GET" || !route.path.contains('{') || !is_of_one_place(place, noun) || route.path == "/live" {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for id in &place.ids[noun] {
        let [here, never] = [id.as_str(), NEVER].map(|id| address(&route.path, id));
        for header in [PARTS, CSV] {
            pairs.push((Ask::with(&here, header), Ask::with(&never, header)));
        }
        // An endpoint refuses what it does not know, before or after it looks what is there.
        let queries = if is_api(route) { &HIDDEN[..1] } else { HIDDEN };
        for query in queries.iter().map(|query| query.replace("{prefix}", PREFIX)) {
            pairs.push((Ask::of(&here, &query), Ask::of(&never, &query)));
        }
    }
    pairs
}

/// Every deed of operators and their programs on what is of a place alone, with its id.
pub(crate) fn deeds(place: &Place) -> Vec<(Declared, String)> {
    let is_one = |route: &Declared| {
        let is_theirs = matches!(route.policy, Policy::Viewer | Policy::Operator | Policy::Api(_));
        let is_of_place = route.path.contains('{') && is_of_one_place(place, noun(&route.path));
        route.method != "GET" && route.reach == Reach::Confined && is_theirs && is_of_place
    };
    let mut deeds = Vec::new();
    for route in web::routes().into_iter().filter(is_one) {
        for id in &place.ids[noun(&route.path)] {
            deeds.push((route.clone(), id.clone()));
        }
    }
    deeds
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// What the form of a deed sends, beside its token.
pub(crate) fn fields(path: &str) -> Vec<(&'static str, &'static str)> {
    match last(path) {
        "comment" | "resolve" | "reopen" => vec![("text", "seen")],
        "assign" => vec![("to", "me")],
        "tickets" => vec![("name", "INC1"), ("url", "https://desk.example/1")],
        "unlink" => vec![("name", "INC1")],
        _ => Vec::new(),
    }
}

/// What a program sends for a deed.
pub(crate) fn body(path: &str) -> Value {
    match last(path) {
        "comment" | "resolve" | "reopen" => json!({ "text": "seen" }),
        "assign" => json!({ "owner": null }),
        "tickets" | "link" | "unlink" => json!({ "name": "INC1" }),
        _ => json!({}),
    }
}

/// Headers and body; of a workbook and a bundle the files in it.
pub(crate) fn page_of(answer: &Answer) -> String {
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    if answer.bytes.starts_with(b"PK") {
        lines.extend(entries(&answer.bytes).into_iter().flat_map(|(name, text)| [name, text]));
    } else {
        lines.push(answer.text.clone());
    }
    lines.join("\n")
}

/// What of Paris alone is in a text that is an answer to this: what follows the mark, and what has none. What was asked
/// may come back.
pub(crate) fn traces(asked: &str, text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let is_end = |c: char| !c.is_ascii_alphanumeric();
    let marked = text.match_indices(MARK).map(|(at, _)| {
        let rest = &text[at + MARK.len()..];
        rest.split(is_end).next().unwrap_or_default().to_owned()
    });
    let mut found: BTreeSet<String> =
        marked.filter(|word| word.is_empty() || !asked.contains(&format!("{MARK}{word}"))).collect();
    let number = |of: u32| written(of).iter().any(|number| text.contains(number));
    for (is_there, what) in
        [(text.contains(RANGE), "an address"), (number(LIMIT), "the limit"), (number(OPENS), "the opens")]
    {
        found.extend(is_there.then(|| what.to_owned()));
    }
    found
}

/// A number of seven digits in all ways of writing it.
fn written(number: u32) -> Vec<String> {
    let (high, middle, low) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    let separators = ["", ",", ".", " ", "\u{a0}", "\u{202f}", "&nbsp;", "&#160;"];
    separators.iter().map(|between| format!("{high}{between}{middle:03}{between}{low:03}")).collect()
}

/// What stands between these, wherever it does.
pub(crate) fn between(text: &str, start: &str, end: char) -> Vec<String> {
    let rests = text.split(start).skip(1);
    rests.filter_map(|rest| rest.split_once(end)).map(|(inner, _)| inner.to_owned()).filter(|i| !i.is_empty()).collect()
}

#[test]
fn what_is_of_paris_is_found_in_whatever_way_it_is_written() {
    let found = |asked: &str, text: &str| traces(asked, text).into_iter().collect::<Vec<_>>();
    assert_eq!(found("/", "<td>QXZVJWhost</td> 203.0.113.9 7,919,331"), ["an address", "host", "the limit"]);
    assert_eq!(found("/", "{\"opens\":7713131,\"q\":\"qxzv\"}"), ["the opens"]);
    assert_eq!(found("/?group=Paris%20qxzvjwgroup", "Paris qxzvjwgroup, qxzvjwclient"), ["client"]);
    assert_eq!(found("/", "7\u{202f}713\u{202f}131 de lyonhost 192.0.2.9"), ["the opens"]);
    assert_eq!(between("a data-topic=\"host:7\" data-topic=\"\"", "data-topic=\"", '"'), ["host:7"]);
}
