use highwater::history::frame;
use highwater::model::eyes::Eyes;
use highwater::model::holder::{Held, Holders, Measure, TopHolder};
use highwater::model::time::{CELLS_PER_HOUR, HOUR_MS, MINUTE_MS, hour_start};
use highwater::model::unit::Unit;
use highwater::model::usage::{Usage, UsageHour};
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::rank::{self, By, Finest, Ranking, Scope, Whose};
use highwater::store::{frames, holders, names, usage, work};
use highwater::tasks::compact::Compact;

use crate::harness::store::{Store, T0, both, snapshot};

fn held(session_ms: i64, peak_sessions: u32, hour_at: i64) -> Held {
    Held {
        session_ms,
        peak_sessions,
        peak_at: hour_at + 1,
        peak_opens: peak_sessions * 2,
        idle_ms: session_ms / 2,
        zero_open_ms: session_ms / 4,
        full_ms: 0,
        first_seen_at: hour_at,
        last_seen_at: hour_at + 2,
    }
}

struct Names {
    clients: Vec<ClientId>,
    users: Vec<UserId>,
}

async fn intern(db: &Store, clients: &[&str], users: &[&str]) -> Names {
    let by_client = db.write(async |tx| names::intern_clients(tx, clients, T0).await).await;
    let by_user = db.write(async |tx| names::intern_users(tx, users, T0).await).await;
    Names {
        clients: clients.iter().map(|name| by_client[*name]).collect(),
        users: users.iter().map(|name| by_user[*name]).collect(),
    }
}

/// Stores one hour's holders, given by client and by user.
async fn roll_up(db: &Store, host: HostId, hour_at: i64, by_client: &[(ClientId, Held)], by_user: &[(UserId, Held)]) {
    let mut holders = Holders { by_client: by_client.to_vec(), by_user: by_user.to_vec() };
    holders.by_client.sort_by_key(|(id, _)| *id);
    holders.by_user.sort_by_key(|(id, _)| *id);
    let usage = UsageHour { host, hour_at, cells: [Usage::default(); CELLS_PER_HOUR] };
    db.write(async |tx| {
        usage::save_hours(tx, &[&usage]).await?;
        holders::save_hours(tx, &[(host, hour_at, &holders)]).await?;
        work::touch(tx, &[(Unit::FleetHour { hour_at }, T0)]).await
    })
    .await;
    while Compact::new((**db).clone()).tick(T0).await.unwrap().units > 0 {}
}

fn fleet(hours: i64) -> Scope<'static> {
    Scope { whose: Whose::Fleet, from_at: T0, to_at: T0 + hours * HOUR_MS }
}

/// The shown clients, and how many there are that match.
async fn top_clients(db: &Store, scope: Scope<'_>, ranking: &Ranking) -> (Vec<TopHolder<i64>>, usize) {
    ranked(db, By::Client, scope, ranking).await
}

async fn ranked(db: &Store, by: By, scope: Scope<'_>, ranking: &Ranking) -> (Vec<TopHolder<i64>>, usize) {
    let all = rank::top(db, by, scope, ranking, &Eyes::Names).await.unwrap();
    (all.rows.into_iter().map(|row| row.top).collect(), all.matching)
}

fn by(measure: Measure) -> Ranking {
    Ranking { measure, skip: 0, most: 100, ..Ranking::default() }
}

fn names_of(top: &(Vec<TopHolder<i64>>, usize)) -> Vec<&str> {
    top.0.iter().map(|holder| holder.name.as_str()).collect()
}

#[tokio::test]
async fn a_holder_is_the_sum_of_its_hours_with_the_hosts_it_was_on() {
    both(async |db| {
        let (one, two) = (db.host("FS01").await, db.host("FS02").await);
        let names = intern(db, &["PC-1", "PC-2"], &["alice"]).await;
        let (pc1, pc2, alice) = (names.clients[0], names.clients[1], names.users[0]);
        roll_up(db, two, T0, &[(pc1, held(100, 3, T0))], &[(alice, held(100, 3, T0))]).await;
        roll_up(db, one, T0 + HOUR_MS, &[(pc1, held(50, 5, T0 + HOUR_MS))], &[]).await;
        roll_up(db, one, T0, &[(pc1, held(10, 1, T0)), (pc2, held(120, 2, T0))], &[(alice, held(7, 9, T0))]).await;

        let (top, count) = top_clients(db, fleet(2), &by(Measure::SessionHours)).await;
        assert_eq!((count, top.len()), (2, 2));
        assert_eq!((top[0].id, top[0].name.as_str(), &top[0].hosts), (pc1.0, "PC-1", &vec![one, two]));
        let sum = &top[0].held;
        assert_eq!((sum.session_ms, sum.idle_ms, sum.zero_open_ms), (160, 80, 39));
        assert_eq!((sum.peak_sessions, sum.peak_at, sum.peak_opens), (5, T0 + HOUR_MS + 1, 10));
        assert_eq!((sum.first_seen_at, sum.last_seen_at), (T0, T0 + HOUR_MS + 2));
        assert_eq!((top[1].id, &top[1].hosts), (pc2.0, &vec![one]));

        let (users, count) = ranked(db, By::User, fleet(2), &by(Measure::PeakSessions)).await;
        assert_eq!((count, users[0].id, users[0].name.as_str()), (1, alice.0, "alice"));
        assert_eq!((users[0].held.session_ms, users[0].held.peak_sessions), (107, 9));

        let scope = Scope { whose: Whose::Host(one), ..fleet(1) };
        let (top, _) = top_clients(db, scope, &by(Measure::SessionHours)).await;
        assert_eq!(top.iter().map(|h| (h.id, h.held.session_ms)).collect::<Vec<_>>(), [(pc2.0, 120), (pc1.0, 10)]);
        let none = Scope { whose: Whose::Host(one), from_at: T0 - 5 * HOUR_MS, to_at: T0 };
        assert_eq!(top_clients(db, none, &by(Measure::Idle)).await, (Vec::new(), 0));
    })
    .await;
}

#[tokio::test]
async fn each_measure_ranks_by_its_own_figure() {
    both(async |db| {
        let (one, two) = (db.host("FS01").await, db.host("FS02").await);
        let clients = ["hours", "peak", "opens", "idle", "zero", "blame", "hosts"];
        let ids = intern(db, &clients, &[]).await.clients;
        let base = held(100, 2, T0);
        let best = [
            Held { session_ms: 999, ..base },
            Held { peak_sessions: 99, ..base },
            Held { peak_opens: 99, ..base },
            Held { idle_ms: 99, ..base },
            Held { zero_open_ms: 99, ..base },
            Held { full_ms: 99, ..base },
            base,
        ];
        let entries: Vec<_> = ids.iter().copied().zip(best).collect();
        roll_up(db, one, T0, &entries, &[]).await;
        roll_up(db, two, T0, &[(ids[6], Held { session_ms: 1, idle_ms: 0, zero_open_ms: 0, ..base })], &[]).await;
        for (measure, expected) in Measure::ALL.into_iter().zip(clients) {
            let top = top_clients(db, fleet(1), &Ranking { most: 1, ..by(measure) }).await;
            assert_eq!((names_of(&top), top.1), (vec![expected], 7), "{measure:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn ties_go_by_name_and_pages_leave_nobody_out() {
    both(async |db| {
        let host = db.host("FS01").await;
        let clients = ["delta", "alpha", "top", "charlie", "bravo", "last"];
        let ids = intern(db, &clients, &[]).await.clients;
        let figures = [5, 5, 9, 5, 5, 1];
        let entries: Vec<_> = ids.iter().zip(figures).map(|(id, ms)| (*id, held(ms, 1, T0))).collect();
        roll_up(db, host, T0, &entries, &[]).await;
        let expected = ["top", "alpha", "bravo", "charlie", "delta", "last"];
        for most in 1..8 {
            let mut seen = Vec::new();
            for skip in (0..8).step_by(most) {
                let ranking = Ranking { skip, most, ..by(Measure::SessionHours) };
                let top = top_clients(db, fleet(1), &ranking).await;
                assert_eq!(top.1, 6);
                seen.extend(names_of(&top).into_iter().map(str::to_owned));
            }
            assert_eq!(seen, expected, "pages of {most}");
        }
        let ranking = Ranking { skip: usize::MAX, most: usize::MAX, ..by(Measure::SessionHours) };
        assert_eq!(top_clients(db, fleet(1), &ranking).await, (Vec::new(), 6));
    })
    .await;
}

#[tokio::test]
async fn a_name_filter_looks_past_case_in_every_script_and_counts_what_it_left() {
    both(async |db| {
        let host = db.host("FS01").await;
        let clients = ["PC-ÉTUDE-1", "pc-étude-2", "PRINTER%1", "100_kiosk"];
        let ids = intern(db, &clients, &[]).await.clients;
        let entries: Vec<_> = ids.iter().zip(1..).map(|(id, ms)| (*id, held(ms, 1, T0))).collect();
        roll_up(db, host, T0, &entries, &[]).await;
        for (text, expected) in [
            ("étude", vec!["pc-étude-2", "PC-ÉTUDE-1"]),
            ("%", vec!["PRINTER%1"]),
            ("_", vec!["100_kiosk"]),
            ("x", vec![]),
        ] {
            let ranking = Ranking { name_contains: text.to_owned(), ..by(Measure::SessionHours) };
            let top = top_clients(db, fleet(1), &ranking).await;
            assert_eq!((names_of(&top), top.1), (expected.clone(), expected.len()), "{text}");
        }
        let ranking = Ranking { name_contains: "étude".to_owned(), skip: 1, most: 1, ..by(Measure::SessionHours) };
        let top = top_clients(db, fleet(1), &ranking).await;
        assert_eq!((names_of(&top), top.1), (vec!["PC-ÉTUDE-1"], 2));
    })
    .await;
}

#[tokio::test]
async fn one_holder_is_followed_over_hosts_and_hours() {
    both(async |db| {
        let (one, two) = (db.host("FS01").await, db.host("FS02").await);
        let names = intern(db, &["PC-1", "PC-2"], &["alice"]).await;
        let (pc1, pc2, alice) = (names.clients[0], names.clients[1], names.users[0]);
        roll_up(db, one, T0 + HOUR_MS, &[(pc1, held(3, 1, T0))], &[(alice, held(30, 1, T0))]).await;
        roll_up(db, two, T0, &[(pc1, held(2, 1, T0)), (pc2, held(9, 1, T0))], &[]).await;
        roll_up(db, one, T0, &[(pc1, held(1, 1, T0))], &[(alice, held(10, 1, T0))]).await;
        roll_up(db, two, T0 + HOUR_MS, &[(pc2, held(9, 1, T0))], &[]).await;
        let hour = |n: i64| T0 + n * HOUR_MS..T0 + (n + 1) * HOUR_MS;
        let found = rank::one(db, By::Client, pc1.0, T0, T0 + 2 * HOUR_MS).await.unwrap();
        assert_eq!((found.held.session_ms, &found.hosts), (6, &vec![one, two]));
        let steps: Vec<_> = found.on_hosts.into_iter().map(|on| (on.host, on.steps)).collect();
        assert_eq!(steps, [(one, vec![(hour(0), 1), (hour(1), 3)]), (two, vec![(hour(0), 2), (hour(1), 0)])]);
        assert_eq!((found.series.steps, &found.series.of[&pc1.0]), (vec![hour(0), hour(1)], &vec![3, 3]));
        let found = rank::one(db, By::User, alice.0, T0 + HOUR_MS, T0 + 2 * HOUR_MS).await.unwrap();
        assert_eq!((found.held, found.hosts), (held(30, 1, T0), vec![one]));
        let nobody = rank::one(db, By::Client, 99, T0, T0 + 2 * HOUR_MS).await.unwrap();
        assert!(nobody.hosts.is_empty() && nobody.on_hosts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_steps_of_some_holders_add_up_over_the_hosts_of_the_scope() {
    both(async |db| {
        let (one, two) = (db.host("FS01").await, db.host("FS02").await);
        let names = intern(db, &["PC-1", "PC-2", "PC-3"], &["alice"]).await;
        let ([pc1, pc2, pc3], [alice]) = (names.clients[..].try_into().unwrap(), names.users[..].try_into().unwrap());
        roll_up(db, one, T0, &[(pc1, held(1, 1, T0)), (pc2, held(5, 1, T0))], &[(alice, held(7, 1, T0))]).await;
        roll_up(db, two, T0, &[(pc1, held(2, 1, T0)), (pc3, held(9, 1, T0))], &[]).await;
        roll_up(db, one, T0 + HOUR_MS, &[(pc1, held(4, 1, T0))], &[]).await;
        let series = async |by, scope, ids: &[i64]| rank::series(db, by, scope, ids, Finest::Hours).await.unwrap();
        let fleet_s = series(By::Client, fleet(2), &[pc3.0, pc1.0]).await;
        assert_eq!(fleet_s.steps, [T0..T0 + HOUR_MS, T0 + HOUR_MS..T0 + 2 * HOUR_MS]);
        assert_eq!((&fleet_s.of[&pc1.0], &fleet_s.of[&pc3.0]), (&vec![3, 4], &vec![9, 0]));
        let of_host = Scope { whose: Whose::Host(one), ..fleet(2) };
        let host_s = series(By::Client, of_host, &[pc1.0, pc3.0]).await;
        assert_eq!((&host_s.of[&pc1.0], &host_s.of[&pc3.0]), (&vec![1, 4], &vec![0, 0]));
        let both = [two, one];
        let group = Scope { whose: Whose::Hosts(&both), ..fleet(2) };
        assert_eq!(series(By::User, group, &[alice.0]).await.of[&alice.0], [7, 0]);
        assert!(series(By::User, fleet(2), &[]).await.of.is_empty());
    })
    .await;
}

#[tokio::test]
async fn of_one_host_the_hours_not_rolled_up_yet_count_too() {
    both(async |db| {
        let host = db.host("FS01").await;
        let names = intern(db, &["PC-1"], &["alice"]).await;
        let (pc1, alice) = (names.clients[0], names.users[0]);
        roll_up(db, host, T0, &[(pc1, held(1_000, 1, T0))], &[(alice, held(1_000, 1, T0))]).await;
        db.write(async |tx| {
            for minute in 60..63 {
                let snapshot = snapshot(T0 + minute * MINUTE_MS, &[(pc1, alice, 0), (pc1, alice, 3)]);
                frames::insert(
                    tx,
                    &NewFrame { host, taken_at: snapshot.taken_at, body: frame::encode(&snapshot, None) },
                )
                .await?;
                let unit = Unit::HostHour { hour_at: hour_start(snapshot.taken_at), host };
                work::touch(tx, &[(unit, T0)]).await?;
            }
            Ok(())
        })
        .await;
        let now = Scope { whose: Whose::Host(host), from_at: T0, to_at: T0 + 62 * MINUTE_MS + 30_000 };
        let (top, _) = top_clients(db, now, &by(Measure::SessionHours)).await;
        let sum = top[0].held;
        assert_eq!(sum.session_ms, 1_000 + 2 * 150_000, "two sessions for two and a half minutes");
        assert_eq!((sum.peak_sessions, sum.zero_open_ms), (2, 250 + 150_000));
        let (top, _) = ranked(db, By::User, now, &by(Measure::SessionHours)).await;
        assert_eq!((top[0].id, top[0].held.session_ms), (alice.0, 301_000));

        let (top, _) = top_clients(db, fleet(2), &by(Measure::SessionHours)).await;
        assert_eq!(top[0].held.session_ms, 1_000, "the fleet follows once the hour is rolled up");
    })
    .await;
}

/// Peaks of one holder on several hosts come from minutes, so the fleet needs them of an hour that still grows, too.
#[tokio::test]
async fn in_an_hour_that_is_not_over_the_peak_of_a_client_on_two_hosts_is_known() {
    both(async |db| {
        let names = intern(db, &["PC-1"], &["alice"]).await;
        let (pc1, alice) = (names.clients[0], names.users[0]);
        for (name, minutes) in [("FS01", 0..3), ("FS02", 2..4)] {
            let host = db.host(name).await;
            db.write(async |tx| {
                for minute in minutes {
                    let snapshot = snapshot(T0 + minute * MINUTE_MS, &[(pc1, alice, 0), (pc1, alice, 3)]);
                    let body = frame::encode(&snapshot, None);
                    frames::insert(tx, &NewFrame { host, taken_at: snapshot.taken_at, body }).await?;
                }
                work::touch(tx, &[(Unit::HostHour { hour_at: hour_start(T0), host }, T0)]).await
            })
            .await;
        }
        let now_at = T0 + 20 * MINUTE_MS;
        Compact::new((**db).clone()).finish(now_at, false).await.unwrap();
        let now = Scope { whose: Whose::Fleet, from_at: T0, to_at: now_at };
        let (top, _) = top_clients(db, now, &by(Measure::PeakSessions)).await;
        assert_eq!((top[0].held.peak_sessions, top[0].held.peak_at), (4, T0 + 2 * MINUTE_MS));
    })
    .await;
}

#[tokio::test]
async fn thousands_of_equals_are_paged_without_leaving_anybody_out() {
    both(async |db| {
        let host = db.host("FS01").await;
        let names: Vec<String> = (0..2_100).map(|n| format!("PC-{}", 9_999 - n)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut ids = intern(db, &names, &[]).await.clients;
        let entries: Vec<_> = ids.iter().map(|id| (*id, held(7, 1, T0))).collect();
        roll_up(db, host, T0, &entries, &[]).await;
        let mut seen = Vec::new();
        for skip in (0..2_100).step_by(700) {
            let ranking = Ranking { skip, most: 700, ..by(Measure::Blame) };
            let (page, all) = top_clients(db, fleet(1), &ranking).await;
            assert!(all == 2_100 && page.iter().all(|top| top.name.starts_with("PC-")));
            seen.extend(page.into_iter().map(|top| ClientId(top.id)));
        }
        seen.sort_unstable();
        ids.sort_unstable();
        assert_eq!(seen, ids);
    })
    .await;
}
