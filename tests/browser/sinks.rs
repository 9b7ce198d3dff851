//! Where names end up that anybody may choose, and what becomes of each of them there: every sink with every hostile name. The table
//! is printed (`tests/run no_sink_makes --no-capture`).

mod syslog;
mod tickets;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use calamine::Data;
use highwater::alerts::commands::Form;
use highwater::cli::log;
use highwater::config::{Log, LogFormat};
use highwater::locale::Locale;
use highwater::model::HostId;
use highwater::model::api_key::Scope;
use highwater::model::token::Approve;
use highwater::web::incident::free;
use highwater_wire::EnrolRequest;
use serde_json::Value;
use tracing::dispatcher::with_default;

use super::{FOREIGN, HOSTILE_HOST, hostile_records, number, server_for_browsers, sign_in};
use crate::charts::only_a_picture;
use crate::exports::read::{cells, rows};
use crate::harness::browser::{Browser, Look};
use crate::harness::caller::Caller;
use crate::harness::hostile;
use crate::harness::person::Person;
use crate::harness::server::{TestServer, batch, machine};
use crate::harness::store::Store;
use crate::incident_commands::{OURS, constants, evidence, undoubled};
use crate::metrics::{as_label, fleet, told_hosts};

/// What becomes of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is there, letter by letter.
    Kept,
    /// It is there with other signs beside its own or in the place of some.
    Changed,
    /// It is not shown: no commands are made of it, or there is no room.
    Absent,
    /// It became more than text.
    Escaped,
}

use Fate::{Absent, Changed, Escaped, Kept};

/// As wide as the lines below it.
const HEAD: &str = "sink                                       names  kept changed not shown escapes";

/// A line of the table.
#[derive(Debug)]
struct Row {
    sink: String,
    fates: Vec<Fate>,
}

/// Of a name that is not there as it is.
fn if_so(is_changed: bool) -> Fate {
    if is_changed { Changed } else { Absent }
}

impl Row {
    fn of(sink: impl Into<String>, fates: impl IntoIterator<Item = Fate>) -> Self {
        Self { sink: sink.into(), fates: fates.into_iter().collect() }
    }

    fn count(&self, fate: Fate) -> usize {
        self.fates.iter().filter(|one| **one == fate).count()
    }

    fn line(&self) -> String {
        let [kept, changed, absent, escaped] = [Kept, Changed, Absent, Escaped].map(|fate| self.count(fate));
        format!("{:<42} {:>5} {kept:>5} {changed:>7} {absent:>9} {escaped:>7}", self.sink, self.fates.len())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sink_makes_more_than_text_of_any_hostile_name() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let names = hostile::names();
    let hosts = fleet(&store, &names, server.clock.now_at()).await;
    let full = full_host(&server, &names).await;
    let person = Person::signed_in_as(&server, "reader").await;
    let mut table = in_browser((&server, url.as_str()), full, &names).await;
    table.push(in_csv(&person, full, &names).await);
    table.push(in_workbook(&person, full, &names).await);
    table.push(in_json(&server, full, &names).await);
    table.push(in_pictures(&person, &hosts, &names).await);
    table.push(in_metrics(&server, &names).await);
    table.push(in_commands(&names));
    table.extend(in_logs(&names));
    table.extend(syslog::messages(&names));
    table.extend(tickets::bodies(&names));
    table.push(tickets::mails(&names).await);
    println!("{HEAD}");
    table.iter().for_each(|row| println!("{}", row.line()));
    for row in &table {
        assert!(row.fates.len() >= 200, "{}: only {} names", row.sink, row.fates.len());
        assert_eq!(row.count(Escaped), 0, "{}", row.line());
        assert!(row.count(Kept) > 10, "names are there, or this would prove nothing: {}", row.line());
    }
    server.stop().await;
}

/// A host whose clients and users are called like this, and all else that it tells.
async fn full_host(server: &TestServer, names: &[String]) -> HostId {
    let (token, now_at) = (server.token(Approve::Auto).await, server.clock.now_at());
    let request = EnrolRequest { machine_id: "0badc0de".to_owned(), ..machine(&token, HOSTILE_HOST, 1) };
    let enrolled = server.enrol(&request).await.unwrap();
    server.push(&enrolled.key, &batch(now_at, 1, hostile_records(now_at, names))).await.unwrap();
    HostId(enrolled.host_id)
}

async fn in_browser((server, url): (&TestServer, &str), host: HostId, names: &[String]) -> Vec<Row> {
    let browser = Browser::start(Look::DESK).await;
    sign_in(&browser, server, url).await;
    let mut table = Vec::new();
    for (sink, page) in [("HTML: a host", format!("/hosts/{host}?range=1h")), ("HTML: the fleet", "/".to_owned())] {
        browser.driver.goto(format!("{url}{page}")).await.unwrap();
        let script =
            format!("return document.querySelectorAll(\"{FOREIGN}\").length + (window.owned === undefined ? 0 : 1)");
        let escapes = usize::try_from(number(&browser.driver, &script).await).unwrap();
        let text = browser.driver.execute("return document.body.textContent", vec![]).await.unwrap();
        let text = text.json().as_str().unwrap().to_owned();
        // The parser of HTML makes one of several kinds of line ends.
        let as_read = |name: &str| name.replace("\r\n", "\n").replace(['\r', '\0'], "\u{fffd}");
        let fate = |name: &String| {
            if text.contains(name.as_str()) { Kept } else { if_so(text.contains(&as_read(name))) }
        };
        table.push(Row::of(sink, names.iter().map(fate).chain(std::iter::repeat_n(Escaped, escapes))));
    }
    browser.stop().await;
    table
}

/// Without what makes a text harmless: apostrophes, and what stands for control characters.
fn bare(text: &str) -> String {
    text.chars().filter(|c| *c != '\'').map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// By the texts that a reader finds.
fn found_among(texts: &BTreeSet<String>, names: &[String]) -> Vec<Fate> {
    let bared: BTreeSet<String> = texts.iter().map(|text| bare(text)).collect();
    let fate = |name: &String| if texts.contains(name) { Kept } else { if_so(bared.contains(&bare(name))) };
    names.iter().map(fate).collect()
}

async fn in_csv(person: &Person, host: HostId, names: &[String]) -> Row {
    let file = person.get(&format!("/hosts/{host}?range=1h&format=csv")).await;
    assert_eq!(file.status, 200, "{}", file.text);
    let is_formula = |cell: &String| {
        let begins = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
        begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
            && cell.replace(',', ".").parse::<f64>().is_err()
    };
    let read = |separator: u8| rows(&file.text, separator).into_iter().flatten();
    let escapes = b",;\t".iter().flat_map(|separator| read(*separator)).filter(is_formula).count();
    let fates = found_among(&read(b',').collect(), names);
    assert!(!fates.contains(&Absent), "every name is in the file");
    Row::of("CSV, for three separators", fates.into_iter().chain(std::iter::repeat_n(Escaped, escapes)))
}

async fn in_workbook(person: &Person, host: HostId, names: &[String]) -> Row {
    // Fails on a formula.
    let read = cells(&person.get(&format!("/hosts/{host}?range=1h&format=xlsx")).await);
    let text = |cell: Data| if let Data::String(text) = cell { Some(text) } else { None };
    Row::of("XLSX", found_among(&read.into_iter().flatten().filter_map(text).collect(), names))
}

async fn in_json(server: &TestServer, host: HostId, names: &[String]) -> Row {
    let answer = Caller::with(server, Scope::Read).await.json(&format!("/api/v1/hosts/{host}/sessions")).await;
    let sessions = answer["snapshot"]["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), names.len());
    let clients = sessions.iter().map(|session| session["client"].as_str().unwrap().to_owned()).collect();
    Row::of("JSON", found_among(&clients, names))
}

async fn in_pictures(person: &Person, hosts: &[HostId], names: &[String]) -> Row {
    let mut fates = Vec::new();
    for (host, name) in hosts.iter().zip(names) {
        // Fails unless it is a picture and nothing else.
        let picture = person.get(&format!("/hosts/{host}?range=1h&format=svg&chart=sessions")).await;
        let text = only_a_picture(&picture, name);
        let is_writable = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
        let shown = if text.contains(name.as_str()) { Kept } else { Changed };
        fates.push(if text.chars().all(is_writable) { shown } else { Escaped });
    }
    Row::of("SVG", fates)
}

async fn in_metrics(server: &TestServer, names: &[String]) -> Row {
    let told = told_hosts(server).await;
    let fate = |name: &String| if told.contains(name) { Kept } else { if_so(told.contains(&as_label(name))) };
    Row::of("Prometheus", names.iter().map(fate))
}

/// PowerShell by its grammar.
fn in_commands(names: &[String]) -> Row {
    let fate = |name: &String| {
        let script = free(&evidence("FS02", std::slice::from_ref(name)), &Locale::machine(), Form::File).unwrap();
        let Ok(found) = constants(&script) else { return Escaped };
        let is_of_client = |constant: &&String| {
            !OURS.contains(&constant.as_str()) && !constant.starts_with("These commands") && *constant != "FS02"
        };
        let of_client: Vec<String> = found.iter().filter(is_of_client).map(|constant| undoubled(constant)).collect();
        match of_client.as_slice() {
            [] => Absent,
            all if all.iter().all(|one| one == name) => Kept,
            _ => Escaped,
        }
    };
    Row::of("PowerShell", names.iter().map(fate))
}

/// What is written there comes together here.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the program's own log writes of an event that has the name in each place where ours have some: a field as it is, a field as
/// it is shown, and the message.
fn logged(name: &str, format: LogFormat) -> String {
    let written = Written::default();
    let place = written.clone();
    let log = log::to(&Log { format, filter: "info".to_owned() }, move || place.clone());
    with_default(&log, || tracing::warn!(client = name, shown = %name, "it cannot be stored: {name}"));
    let bytes = written.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn in_logs(names: &[String]) -> [Row; 2] {
    let is_seen = |c: char| {
        let turns =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        !turns && !c.is_control()
    };
    let one_line = |line: &str| line.strip_suffix('\n').is_some_and(|line| line.chars().all(is_seen));
    let in_text = |name: &String| {
        let line = logged(name, LogFormat::Text);
        let shown = if line.contains(name.as_str()) { Kept } else { Changed };
        if one_line(&line) && line.contains(" WARN ") && line.contains("it cannot be stored: ") {
            shown
        } else {
            Escaped
        }
    };
    let in_json = |name: &String| {
        let line = logged(name, LogFormat::Json);
        let Ok(read) = serde_json::from_str::<Value>(&line) else { return Escaped };
        let fields = &read["fields"];
        let is_said = fields["client"] == name.as_str() && fields["message"] == format!("it cannot be stored: {name}");
        let is_whole = is_said && fields["shown"] == name.as_str() && read["level"] == "WARN";
        if one_line(&line) && is_whole { Kept } else { Escaped }
    };
    [Row::of("log, text", names.iter().map(in_text)), Row::of("log, JSON", names.iter().map(in_json))]
}
