//! Tables as files: CSV and XLSX of what the pages show, with names that stay text.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use highwater::model::event::NewEvent;
use highwater::model::finding::{Detail, Found, Severity};
use highwater::model::holder::Holders;
use highwater::store::findings;

use crate::harness::holdings::{clients, event, held_by, host, record, session_hours, sessions, users};
use crate::harness::person::{Answer, Person};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

/// What spreadsheets could take for more than text.
const EVIL: &str = "=HYPERLINK(\"http://evil\",\"x\")";

/// The cells of the only sheet, the head first; fails if one is a formula.
fn cells(answer: &Answer) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).unwrap();
    let sheet = book.worksheets().remove(0).0;
    let formulas = book.worksheet_formula(&sheet).unwrap();
    assert!(formulas.used_cells().next().is_none(), "a formula is in {sheet}");
    book.worksheet_range(&sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

fn text(cell: &Data) -> &str {
    if let Data::String(text) = cell { text } else { panic!("{cell:?} is no text") }
}

async fn fill(store: &Store, now_at: i64) {
    let fs = host(store, EVIL, 1).await;
    let (pcs, who) = (clients(store, &[EVIL, "PC-1"]).await, users(store, &["+cmd", "ann\u{1}\u{1b}[2J"]).await);
    sessions(store, fs, now_at - 1_000, &[(pcs[0], who[0], 3), (pcs[1], who[1], 0)]).await;
    let hold = session_hours(2, now_at);
    held_by(store, fs, now_at, 1, Holders { by_client: vec![(pcs[0], hold)], by_user: vec![(who[0], hold)] }).await;
    let bad = NewEvent { message: Some("@SUM(A1)".to_owned()), ..event("srv", 2022, now_at - 500, 7) };
    record(store, fs, &[bad]).await;
    let found = [Found { rule: "CFG-16", severity: Severity::Medium, detail: Detail::Words(EVIL.to_owned()) }];
    store.write(async |tx| findings::save(tx, fs, &found, now_at).await).await;
}

#[tokio::test]
async fn every_table_is_a_workbook_whose_names_are_text() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        fill(store, now_at).await;
        for (path, file, head) in [
            ("/?format=xlsx", "highwater-hosts", "Host"),
            ("/hosts/1?format=xlsx", "highwater-sessions-1", "ClientComputerName"),
            ("/clients?format=xlsx", "highwater-clients", "Client"),
            ("/users?format=xlsx", "highwater-users", "User"),
            ("/events?format=xlsx", "highwater-events", "TimeCreated"),
            ("/findings?format=xlsx", "highwater-findings", "Host"),
        ] {
            let answer = person.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{file}.xlsx\""));
            let rows = cells(&answer);
            assert_eq!(text(&rows[0][0]), head, "{path}");
            assert!(rows.len() > 1, "{path} has no row");
        }
        let hosts = cells(&person.get("/?format=xlsx").await);
        assert_eq!((text(&hosts[1][0]), &hosts[1][5], &hosts[1][6]), (EVIL, &Data::Float(2.0), &Data::Float(20.0)));
        let all = cells(&person.get("/hosts/1?format=xlsx").await);
        let named: Vec<(&str, &str)> = all[1..].iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
        assert!(named.contains(&(EVIL, "+cmd")) && named.contains(&("PC-1", "ann\u{fffd}\u{fffd}[2J")), "{named:?}");
        assert!(matches!(all[1][5], Data::DateTime(_)), "instants are instants: {:?}", all[1]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn files_hold_what_the_filters_of_the_page_say_and_a_program_gets_bare_csv() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        fill(store, now_at).await;
        host(store, "FS02", 2).await;
        let lines = async |path: &str| {
            let text = person.get_as(path, "text/csv").await.text;
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines("/").await.len(), 3);
        let some = lines("/?q=fs02").await;
        assert!(some.len() == 2 && some[1].starts_with("FS02,,"), "{some:?}");
        assert_eq!(lines("/?level=full").await.len(), 1, "only the head");
        let sessions = lines("/hosts/1").await;
        assert!(sessions.iter().any(|line| line.starts_with("\"'=HYPERLINK(")), "{sessions:?}");
        assert!(lines("/hosts/2").await.len() == 1, "nothing was ever observed there");
        let found = lines("/findings?severity=medium").await;
        assert!(found.len() == 2 && found[1].contains("CFG-16,medium,A share is near its own limit"), "{found:?}");
        assert_eq!(lines("/findings?severity=high").await.len(), 1);
        server.stop().await;
    })
    .await;
}
