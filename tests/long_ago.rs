//! Charts of long ago, of which not everything is kept any more, and of much at once.

use highwater::clock::Clock;
use highwater::history::matrix::{Cell, Saturation};
use highwater::model::HostId;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::holder::Holders;
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::time::{CELL_MS, CELLS_PER_DAY, DAY_MS, HOUR_MS, MINUTE_MS, day_start};
use highwater::model::usage::{Peak, Usage};
use highwater::store::{fleet, holders, usage};

use crate::harness::holdings::{clients, event, host, record, session_hours, sessions, users};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const LIMIT: Limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };

/// Cells of a whole day, with as many sessions as the cell's place in it says.
fn day(day_at: i64, sessions: impl Fn(usize) -> u32) -> Vec<Usage> {
    let cell = |i: usize| {
        let at = day_at + i64::try_from(i).unwrap() * CELL_MS + 7_000;
        Usage {
            snapshots: 5,
            covered_ms: CELL_MS,
            session_ms: i64::from(sessions(i)) * CELL_MS,
            peak: Some(Peak { sessions: sessions(i), at, limit: LIMIT }),
            max_saturation: LIMIT.saturation(sessions(i)),
            max_clients: 3,
            ..Usage::default()
        }
    };
    (0..CELLS_PER_DAY).map(cell).collect()
}

/// Keeps days of a host, each so many days before the one of `now_at`, without the snapshots that they were made of.
async fn keep(store: &Store, host: HostId, now_at: i64, days_ago: impl Iterator<Item = i64>) {
    let pc = clients(store, &["PC-1"]).await[0];
    let days: Vec<i64> = days_ago.map(|ago| day_start(now_at) - ago * DAY_MS).collect();
    store
        .write(async |tx| {
            for day_at in days {
                usage::save_day(tx, host, day_at, &day(day_at, |i| u32::try_from(i % 12).unwrap() + 1)).await?;
                let by_client = vec![(pc, session_hours(9, day_at + DAY_MS))];
                holders::save_day(tx, host, day_at, &Holders { by_client, by_user: Vec::new() }).await?;
            }
            Ok(())
        })
        .await;
}

/// A server at noon of today: shortly after midnight there would be nothing yet of a day that these tests say nothing of.
async fn at_noon(store: &Store) -> TestServer {
    let noon = day_start(Clock::system().now_at()) + DAY_MS / 2;
    TestServer::start_at(store, Clock::manual(noon), |_| {}).await
}

fn plain(texts: Vec<String>) -> String {
    texts.join(" | ").replace(['\u{a0}', '\u{202f}'], " ")
}

#[tokio::test]
async fn a_hole_before_the_first_snapshot_that_is_kept_is_a_hole_and_what_is_before_the_host_is_none() {
    both(async |store| {
        let server = at_noon(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let (old, new) = (host(store, "FS01", 1).await, host(store, "FS02", 2).await);
        keep(store, old, now_at, (1..80).chain(95..200)).await;
        keep(store, new, now_at, 1..80).await;
        for (host, has_hole) in [(old, true), (new, false)] {
            let page = person.page(&format!("/hosts/{host}?range=90d")).await;
            let chart = texts(&page, "#chart svg.plot").remove(0);
            assert_eq!(chart.contains("watched since"), !has_hole, "{chart}");
            assert_eq!(attributes(&page, "#chart .plot > .gapfill", "x").first().is_some_and(|x| x == "0%"), has_hole);
            let quality = plain(texts(&page, "#quality"));
            // Nothing was observed today.
            assert!(quality.contains(if has_hole { "Gaps 2" } else { "Gaps 1" }), "{quality}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_moment_of_which_no_snapshot_is_kept_is_told_by_its_five_minutes() {
    both(async |store| {
        let server = at_noon(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let host = host(store, "FS01", 1).await;
        keep(store, host, now_at, (1..120).filter(|ago| *ago != 90)).await;
        let at = day_start(now_at) - 110 * DAY_MS + 7 * CELL_MS + 7_000;
        let page = person.page(&format!("/hosts/{host}?range=1y&at={at}")).await;
        let said = plain(texts(&page, "#sessions .warn"));
        assert!(said.contains("8 of 20 at most, of 3 clients at most, 8.0 on average"), "{said}");
        assert!(said.contains("Snapshots are kept for 35 days."), "{said}");
        assert!(texts(&page, "#sessions .empty").is_empty());
        assert!(texts(&page, "#chart .onflag")[0].ends_with("· 8"), "{:?}", texts(&page, "#chart .onflag"));
        let there = attributes(&page, "#sessions .warn a", "href").remove(0);
        let there = person.page(there.split('#').next().unwrap()).await;
        assert_eq!(texts(&there, "#holders .bars .name"), ["PC-1"], "who held sessions on that day");
        let in_hole = day_start(now_at) - 90 * DAY_MS + HOUR_MS;
        let hole = person.page(&format!("/hosts/{host}?range=1y&at={in_hole}")).await;
        assert!(plain(texts(&hole, "#sessions .warn")).contains("nothing was observed in the five minutes"));
        let before = person.page(&format!("/hosts/{host}?at={}", now_at - 300 * DAY_MS)).await;
        assert_eq!(texts(&before, "#sessions .empty"), ["Nothing was observed at that moment or before it."]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_short_stretch_of_long_ago_lies_where_it_was() {
    both(async |store| {
        let server = at_noon(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let host = host(store, "FS01", 1).await;
        keep(store, host, now_at, 150..160).await;
        let from_at = day_start(now_at) - 155 * DAY_MS + 10 * HOUR_MS + 2 * MINUTE_MS;
        let stretch = format!("from={from_at}&to={}", from_at + 28 * MINUTE_MS);
        let page = person.page(&format!("/hosts/{host}?{stretch}")).await;
        let cell_at = from_at - 2 * MINUTE_MS;
        assert_eq!(attributes(&page, "svg.plot", "data-from")[0], cell_at.to_string());
        let rows = texts(&page, "#chart > .astable:nth-of-type(1) tbody tr");
        assert_eq!(rows.len(), 6, "{rows:?}");
        assert!(rows[0].contains(", 10:00 1 of 20") && rows[1].contains(", 10:05 2 of 20"), "{rows:?}");
        let links = attributes(&page, "#chart .plot a", "href");
        assert!(links[0].ends_with(&format!("at={}", cell_at + 7_000)), "{links:?}");
        let held = plain(texts(&page, "#holders .empty"));
        assert!(held.contains("kept by the day"), "{held}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_week_before_is_told_too_and_not_only_drawn() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let host = host(&store, "FS01", 1).await;
    keep(&store, host, now_at, 1..20).await;
    let page = person.page(&format!("/hosts/{host}?range=7d&before=7d")).await;
    let heads = texts(&page, "#chart > .astable:nth-of-type(1) th");
    assert_eq!(heads.last().unwrap(), "Peak, week before");
    let rows = texts(&page, "#chart > .astable:nth-of-type(1) tbody tr");
    assert!(rows[0].ends_with("12 of 20"), "{rows:?}");
    assert!(attributes(&page, "#chart .plot", "aria-label")[0].ends_with("; the week before at most 12."));
    assert!(texts(&page, "#chart .legend span").contains(&"the week before".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn the_fleet_is_shown_by_the_hour_where_five_minutes_are_not_kept_any_more() {
    both(async |store| {
        let server = at_noon(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let host = host(store, "FS01", 1).await;
        let old_at = day_start(now_at) - 200 * DAY_MS;
        let save = async |step: Step, start_at: i64| {
            let usage = FleetUsage {
                start_at,
                step_ms: step.length_ms(),
                max_saturation: Some(0.9),
                p95_saturation: Some(0.8),
                median_saturation: Some(0.25),
                ..FleetUsage::default()
            };
            let cell = Cell { saturation: Saturation::of(0.9), peak_sessions: Some(18), ..Cell::default() };
            store.write(async |tx| fleet::save_step(tx, step, &usage, &[(host, cell)]).await).await;
        };
        for hour in 0..24 {
            save(Step::Hour, old_at + hour * HOUR_MS).await;
        }
        save(Step::Hour, day_start(now_at)).await;
        save(Step::FiveMinutes, day_start(now_at)).await;
        let stretch = |from_at: i64| format!("/?from={from_at}&to={}", from_at + 3 * HOUR_MS);
        let page = person.page(&stretch(old_at + 4 * HOUR_MS)).await;
        let rows =
            texts(&page, "#bands .astable tbody tr").iter().map(|r| r.replace('\u{a0}', " ")).collect::<Vec<_>>();
        assert_eq!(rows.iter().filter(|row| row.contains("90 % 80 % 25 %")).count(), 3, "{rows:?}");
        assert!(attributes(&page, "#bands .plot > .gapfill", "x").is_empty());
        assert_eq!(texts(&page, ".heat tbody .h-name a"), ["FS01"]);
        let told = plain(texts(&page, "#heat .astable tbody tr"));
        assert!(
            told.starts_with("FS01 90 % ") && told.ends_with(" – 0 of 3"),
            "what the strip shows, as a table: {told}"
        );
        // A day later nothing is known, from the first minute on: that is a hole, and nothing before the fleet is.
        let hole = person.page(&stretch(old_at + DAY_MS + 4 * HOUR_MS)).await;
        assert_eq!(attributes(&hole, "#bands .plot > .gapfill", "width"), ["100%"]);
        let before = person.page(&stretch(old_at - DAY_MS)).await;
        assert!(attributes(&before, "#bands .plot > .gapfill", "x").is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_tells_of_the_limit_is_drawn_however_much_else_happened_since() {
    both(async |store| {
        let server = at_noon(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let host = host(store, "FS01", 1).await;
        let at = |n: i64| now_at - HOUR_MS - n * 1_000;
        let mut all = vec![event("Srv", 2022, at(900), 1)];
        all.extend((2..400).map(|n| event("Service Control Manager", 7036, at(n), n.cast_unsigned())));
        all.extend((400..800).map(|n| event("PerfNet", 2003, at(n), n.cast_unsigned())));
        record(store, host, &all).await;
        for (path, list) in [(format!("/hosts/{host}"), "#events"), ("/".to_owned(), "#events")] {
            let page = person.page(&path).await;
            assert_eq!(attributes(&page, ".plot use[href='#m-cap']", "x").len(), 1, "{path}");
            assert!(attributes(&page, &format!("{list} .feed > li use"), "href").contains(&"#m-cap".to_owned()));
            let said = plain(texts(&page, "p.muted"));
            assert!(said.contains("only the newest 300"), "{path}: {said}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_has_the_same_parts_whether_there_is_anything_in_them_or_not() {
    both(async |store| {
        let server = at_noon(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let host = host(store, "FS01", 1).await;
        let parts = async |path: &str| attributes(&person.page(path).await, "[data-live]", "id");
        let page = format!("/hosts/{host}");
        let before = [parts(&page).await, parts("/").await, parts("/?wall=1").await];
        let (pc, who) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
        sessions(store, host, now_at - 1_000, &[(pc, who, 1)]).await;
        record(store, host, &[event("Srv", 2022, now_at - 1_000, 1)]).await;
        assert_eq!([parts(&page).await, parts("/").await, parts("/?wall=1").await], before);
        assert!(before[0].contains(&"ages".to_owned()) && before[1].contains(&"heat".to_owned()));
        let none = person.page("/?q=nobody").await;
        assert_eq!(attributes(&none, "[data-live]", "id"), before[1], "a table without rows is a part all the same");
        assert!(!texts(&none, "#rows .empty").is_empty());
        assert!(attributes(&none, "[data-live] [data-pause], [data-live][tabindex]", "class").is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_moment_keeps_its_seconds_and_a_far_page_is_the_last_one() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let host = host(&store, "FS01", 1).await;
    let (pc, who) = (clients(&store, &["PC-1"]).await[0], users(&store, &["ann"]).await[0]);
    let taken_at = now_at.div_euclid(MINUTE_MS) * MINUTE_MS - 3 * MINUTE_MS + 7_250;
    sessions(&store, host, taken_at, &[(pc, who, 1)]).await;
    let page = person.page(&format!("/hosts/{host}?at={taken_at}")).await;
    let field = |name| attributes(&page, "#moment", name).remove(0);
    assert_eq!((field("step").as_str(), field("value").ends_with(":08")), ("1", true), "{}", field("value"));
    let again = person.page(&format!("/hosts/{host}?moment={}", field("value"))).await;
    assert_eq!(texts(&again, "#sessions td .name"), ["PC-1"], "the same snapshot is the newest");
    let for_good = attributes(&person.page(&format!("/hosts/{host}")).await, "[data-copy]", "href").remove(0);
    assert!(for_good.contains(&format!("at={taken_at}")), "{for_good}");
    let far = person.page(&format!("/?page={}", usize::MAX)).await;
    assert_eq!(texts(&far, "#rows a.name"), ["FS01"]);
    server.stop().await;
}
