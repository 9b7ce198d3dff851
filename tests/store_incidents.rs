//! Incidents, what happens to them and what people do about them: on both databases.

use std::collections::BTreeSet;

use highwater::model::incident::{Incident, Kind, MOST_ENTRIES, State, What};
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::model::{HostId, IncidentId};
use highwater::store::incidents::{self, Deed, Done, Ended, IncidentFilter, NewIncident};
use highwater::store::{Db, accounts, groups};

use crate::harness::store::{Store, T0, both};

async fn open(db: &Store, host: Option<HostId>, kind: Kind, at: i64) -> Option<IncidentId> {
    let new = NewIncident { host, kind, subject: "", from_at: T0 + at - 60, opened_at: T0 + at, is_silenced: false };
    db.write(async |tx| incidents::insert(tx, &new, T0 + at).await).await
}

async fn clear(db: &Store, id: IncidentId, at: i64) {
    let end = Ended { until_at: T0 + at - 100, cleared_at: T0 + at };
    db.write(async |tx| incidents::clear(tx, id, end, None, T0 + at).await).await;
}

fn deed(at: i64) -> Deed<'static> {
    Deed { by: "ann", now_at: T0 + at, seen_version: None }
}

/// As readers see it, and as the transaction of a write does.
async fn held(db: &Store, id: IncidentId) -> Option<Incident> {
    db.write(async |tx| incidents::find_in(tx, id).await).await
}

async fn found(db: &Db, id: IncidentId) -> Incident {
    incidents::find(db, id).await.unwrap().unwrap()
}

/// What happened, without the instants' beginning.
async fn told(db: &Db, id: IncidentId) -> Vec<(i64, What, String, String)> {
    let all = incidents::entries(db, id).await.unwrap();
    all.into_iter().map(|entry| (entry.at - T0, entry.what, entry.by, entry.text)).collect()
}

fn by_itself(at: i64, what: What) -> (i64, What, String, String) {
    (at, what, String::new(), String::new())
}

#[tokio::test]
async fn a_host_has_one_of_a_kind_until_it_is_over_and_resolved() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        let id = open(db, Some(host), Kind::Full, 1_000).await.unwrap();
        assert_eq!(open(db, Some(host), Kind::Full, 2_000).await, None);
        assert!(open(db, Some(host), Kind::Near, 2_000).await.is_some());
        assert!(open(db, Some(other), Kind::Full, 2_000).await.is_some());
        assert!(open(db, None, Kind::Pipeline, 2_000).await.is_some());
        assert_eq!(open(db, None, Kind::Pipeline, 3_000).await, None);
        // Resolved by somebody while it goes on: still the one.
        let done = db.write(async |tx| incidents::resolve(tx, id, deed(3_000), "ok").await).await;
        assert_eq!(done, Done::Yes(2));
        assert_eq!(open(db, Some(host), Kind::Full, 4_000).await, None);
        clear(db, id, 5_000).await;
        let over = found(db, id).await;
        assert_eq!(held(db, id).await.as_ref(), Some(&over));
        assert_eq!(held(db, IncidentId(99)).await, None);
        assert_eq!(
            (over.state, over.until_at, over.resolved_at),
            (State::Resolved, Some(T0 + 4_900), Some(T0 + 3_000))
        );
        let next = open(db, Some(host), Kind::Full, 6_000).await.unwrap();
        assert!(next > id);
        clear(db, next, 7_000).await;
        let over = found(db, next).await;
        assert_eq!(
            (over.state, over.until_at, over.resolved_at),
            (State::Resolved, Some(T0 + 6_900), Some(T0 + 7_000))
        );
        assert_eq!((over.host_name.as_str(), over.host, over.length_ms(0)), ("FS01", Some(host), 960));
        let standing = incidents::standing(db, Some(host), T0 + 6_900).await.unwrap();
        assert_eq!(
            standing.iter().map(|(one, by)| (one.id, *by)).collect::<Vec<_>>().len(),
            2,
            "near, and the last full"
        );
        assert!(standing.iter().any(|(one, by_itself)| one.id == next && *by_itself));
        let fleet = incidents::standing(db, None, 0).await.unwrap();
        assert!(fleet.len() == 1 && fleet[0].0.host.is_none() && fleet[0].0.host_name.is_empty());
        assert_eq!(incidents::going_on(db, Kind::Full).await.unwrap().len(), 1);
        let mut open = incidents::unresolved(db, &Sight::All).await.unwrap();
        open.sort();
        assert_eq!(open, [(Kind::Full, 1), (Kind::Near, 1), (Kind::Pipeline, 1)]);
        let mut by_host = incidents::unresolved_by_host(db).await.unwrap();
        by_host.sort_by_key(|(_, kind)| *kind);
        assert_eq!(by_host.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), [Kind::Full, Kind::Near, Kind::Pipeline]);
        assert_eq!((by_host[1].0, by_host[2].0), (Some(host), None));
    })
    .await;
}

#[tokio::test]
async fn what_is_seen_later_moves_beginning_and_end() {
    both(async |db| {
        let host = db.host("FS01").await;
        let id = open(db, Some(host), Kind::Full, 1_000).await.unwrap();
        db.write(async |tx| incidents::earlier(tx, id, T0 + 500, T0 + 600, T0 + 1_100).await).await;
        let within = async |again: &[i64], joined: &[i64]| {
            let at = |all: &[i64]| all.iter().map(|at| T0 + at).collect::<Vec<_>>();
            let (again, joined) = (at(again), at(joined));
            db.write(async |tx| incidents::within(tx, id, &again, &joined, T0 + 1_500).await).await
        };
        assert_eq!(within(&[1_200, 1_400], &[1_300]).await, 3);
        assert_eq!(within(&[1_400], &[1_300]).await, 0, "it is written down already");
        assert_eq!(within(&[1_450], &[]).await, 1);
        let now = found(db, id).await;
        assert_eq!((now.from_at, now.opened_at, now.stretches, now.version), (T0 + 500, T0 + 600, 4, 4));
        clear(db, id, 2_000).await;
        let end = Ended { until_at: T0 + 2_500, cleared_at: T0 + 3_000 };
        db.write(async |tx| incidents::ends_at(tx, id, end, T0 + 3_000).await).await;
        let now = found(db, id).await;
        assert_eq!((now.until_at, now.resolved_at), (Some(T0 + 2_500), Some(T0 + 3_000)));
        db.write(async |tx| incidents::goes_on(tx, id, T0 + 3_500).await).await;
        let now = found(db, id).await;
        assert_eq!((now.until_at, now.resolved_at, now.state), (None, None, State::Open));
        let unknown =
            async |since: Option<i64>| db.write(async |tx| incidents::unknown(tx, id, since, T0 + 4_000).await).await;
        assert!(unknown(Some(T0 + 3_600)).await && !unknown(Some(T0 + 3_600)).await);
        assert_eq!(found(db, id).await.unknown_since, Some(T0 + 3_600));
        assert!(unknown(None).await && !unknown(None).await);
        assert_eq!(
            told(db, id).await,
            [
                by_itself(600, What::Opened),
                by_itself(1_200, What::Again),
                by_itself(1_300, What::Joined),
                by_itself(1_400, What::Again),
                by_itself(1_450, What::Again),
                by_itself(3_000, What::Cleared),
                by_itself(3_500, What::Reopened)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn who_resolved_it_has_the_last_word_about_late_data() {
    both(async |db| {
        let id = open(db, Some(db.host("FS01").await), Kind::Full, 1_000).await.unwrap();
        db.write(async |tx| incidents::resolve(tx, id, deed(1_500), "").await).await;
        clear(db, id, 2_000).await;
        db.write(async |tx| incidents::goes_on(tx, id, T0 + 2_100).await).await;
        let now = found(db, id).await;
        assert_eq!((now.state, now.until_at, now.resolved_at), (State::Resolved, None, Some(T0 + 1_500)));
        assert!(told(db, id).await.iter().all(|(_, what, ..)| *what != What::Reopened));
    })
    .await;
}

#[tokio::test]
async fn what_people_do_is_written_down_with_their_names_and_done_once() {
    both(async |db| {
        let account = db.write(async |tx| accounts::insert(tx, "bob", "none", Role::Administrator, T0).await).await;
        let id = open(db, Some(db.host("FS01").await), Kind::Full, 1_000).await.unwrap();
        let mut versions = Vec::new();
        let mut done = |done: Done| match done {
            Done::Yes(version) => versions.push(version),
            other => panic!("{other:?}"),
        };
        done(db.write(async |tx| incidents::acknowledge(tx, id, deed(1_100), Some(account)).await).await);
        done(db.write(async |tx| incidents::acknowledge(tx, id, deed(1_200), None).await).await);
        done(db.write(async |tx| incidents::comment(tx, id, deed(1_300), "seen\0").await).await);
        let inc = ("INC1", "https://tickets.example/1");
        done(db.write(async |tx| incidents::link(tx, id, deed(1_400), inc).await).await);
        done(db.write(async |tx| incidents::link(tx, id, deed(1_450), inc).await).await);
        done(db.write(async |tx| incidents::assign(tx, id, deed(1_500), None).await).await);
        done(db.write(async |tx| incidents::assign(tx, id, deed(1_550), Some((account, "bob"))).await).await);
        done(db.write(async |tx| incidents::resolve(tx, id, deed(1_600), "restarted").await).await);
        done(db.write(async |tx| incidents::resolve(tx, id, deed(1_700), "again").await).await);
        done(db.write(async |tx| incidents::reopen(tx, id, deed(1_800), "not yet").await).await);
        done(db.write(async |tx| incidents::unlink(tx, id, deed(1_900), "INC1").await).await);
        done(db.write(async |tx| incidents::unlink(tx, id, deed(1_950), "INC1").await).await);
        assert_eq!(versions, [2, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 9]);
        let by = |at, what, text: &str| (at, what, "ann".to_owned(), text.to_owned());
        assert_eq!(
            told(db, id).await,
            [
                by_itself(1_000, What::Opened),
                by(1_100, What::Acknowledged, ""),
                by(1_300, What::Commented, "seen\u{fffd}"),
                by(1_400, What::Linked, "INC1"),
                by(1_500, What::Assigned, ""),
                by(1_550, What::Assigned, "bob"),
                by(1_600, What::Resolved, "restarted"),
                by(1_800, What::Reopened, "not yet"),
                by(1_900, What::Unlinked, "INC1")
            ]
        );
        let now = found(db, id).await;
        assert_eq!(
            (now.state, now.owner, now.owner_name.as_str(), now.version),
            (State::Open, Some(account), "bob", 9)
        );
        assert_eq!((now.resolved_at, now.updated_at), (None, T0 + 1_900));
        assert!(incidents::tickets(db, id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_deed_on_a_version_that_is_no_more_or_that_cannot_be_is_refused() {
    both(async |db| {
        let host = db.host("FS01").await;
        let id = open(db, Some(host), Kind::Full, 1_000).await.unwrap();
        let old = Deed { seen_version: Some(7), ..deed(1_100) };
        let comment = async |id, deed| db.write(async |tx| incidents::comment(tx, id, deed, "x").await).await;
        assert_eq!(comment(id, old).await, Done::Outdated(1));
        assert_eq!(comment(id, Deed { seen_version: Some(1), ..deed(1_100) }).await, Done::Yes(2));
        assert_eq!(comment(IncidentId(999), deed(1_100)).await, Done::Unknown);
        clear(db, id, 2_000).await;
        let acknowledged = db.write(async |tx| incidents::acknowledge(tx, id, deed(2_100), None).await).await;
        assert_eq!(acknowledged, Done::NotNow(State::Resolved));
        // Another one has come: two at once would be one too many.
        let next = open(db, Some(host), Kind::Full, 3_000).await.unwrap();
        let reopen = async || db.write(async |tx| incidents::reopen(tx, id, deed(3_100), "").await).await;
        assert_eq!(reopen().await, Done::NotNow(State::Resolved));
        clear(db, next, 4_000).await;
        assert!(matches!(reopen().await, Done::Yes(_)));
        assert_eq!(open(db, Some(host), Kind::Full, 5_000).await, None, "it was taken up again");
        for n in 0..i64::try_from(MOST_ENTRIES).unwrap() {
            if comment(id, deed(6_000 + n)).await == Done::Full {
                return assert!(n > 1_900);
            }
        }
        panic!("there is no end to comments");
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_paged_and_told_in_the_order_of_change() {
    both(async |db| {
        let (one, two) = (db.host("FS-Par_1").await, db.host("FS-LYON").await);
        db.write(async |tx| groups::put(tx, &[one], "Paris", "ann", T0).await).await;
        let mut ids = Vec::new();
        for (n, (host, kind)) in
            [(one, Kind::Full), (two, Kind::Full), (one, Kind::Silent), (two, Kind::Near)].into_iter().enumerate()
        {
            ids.push(open(db, Some(host), kind, 1_000 * (i64::try_from(n).unwrap() + 1)).await.unwrap());
        }
        clear(db, ids[1], 9_000).await;
        db.write(async |tx| incidents::acknowledge(tx, ids[2], deed(9_500), None).await).await;
        let list = async |filter: IncidentFilter| {
            let most = if filter.most == 0 { 100 } else { filter.most };
            let all = incidents::list(db, &IncidentFilter { most, ..filter }).await.unwrap();
            all.iter().map(|one| ids.iter().position(|id| *id == one.id).unwrap()).collect::<Vec<_>>()
        };
        let all = IncidentFilter::default;
        assert_eq!(list(all()).await, [3, 2, 1, 0], "newest first");
        assert_eq!(list(IncidentFilter { host: Some(one), ..all() }).await, [2, 0]);
        assert_eq!(list(IncidentFilter { kind: Some(Kind::Full), ..all() }).await, [1, 0]);
        assert_eq!(list(IncidentFilter { state: Some(State::Resolved), ..all() }).await, [1]);
        assert_eq!(list(IncidentFilter { is_unresolved: true, ..all() }).await, [3, 2, 0]);
        assert_eq!(list(IncidentFilter { group: Some("Paris".to_owned()), ..all() }).await, [2, 0]);
        assert_eq!(list(IncidentFilter { host_contains: "par_".to_owned(), ..all() }).await, [2, 0]);
        assert_eq!(list(IncidentFilter { host_contains: "%".to_owned(), ..all() }).await, [] as [usize; 0]);
        assert_eq!(list(IncidentFilter { from_at: Some(T0 + 8_901), ..all() }).await, [3, 2, 0]);
        assert_eq!(list(IncidentFilter { to_at: Some(T0 + 1_900), ..all() }).await, [0]);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = incidents::list(db, &IncidentFilter { most: 1, after, ..all() }).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.opened_at, last.id));
            seen.push(last.id);
        }
        assert_eq!(seen, ids.iter().rev().copied().collect::<Vec<_>>());
        let since = |since, after| IncidentFilter { updated_since: Some(T0 + since), after, ..all() };
        assert_eq!(list(since(0, None)).await, [0, 3, 1, 2]);
        assert_eq!(list(since(4_000, None)).await, [3, 1, 2]);
        assert_eq!(list(since(0, Some((T0 + 4_000, ids[3])))).await, [1, 2]);
        let account = db.write(async |tx| accounts::insert(tx, "bob", "none", Role::Administrator, T0).await).await;
        db.write(async |tx| incidents::assign(tx, ids[0], deed(9_900), Some((account, "bob"))).await).await;
        assert_eq!(list(IncidentFilter { owner: Some(account), ..all() }).await, [0]);
        assert!(db.write(async |tx| incidents::silence(tx, ids[0], true, T0 + 9_950).await).await);
        assert!(found(db, ids[0]).await.is_silenced);
        assert!(!db.write(async |tx| incidents::silence(tx, ids[0], true, T0 + 9_960).await).await);
    })
    .await;
}

/// Pages are cut and incidents are counted among those that are seen: nothing shows how many there are beside them.
#[tokio::test]
async fn who_is_confined_sees_the_incidents_of_his_hosts_as_they_are_grouped_now() {
    both(async |db| {
        let (paris, lyon, none) = (db.host("FS01").await, db.host("FS02").await, db.host("FS03").await);
        let put = async |host, group: &str| db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
        put(paris, "Paris").await;
        put(lyon, "Lyon's").await;
        let mut ids = Vec::new();
        for (n, host) in (0..).zip([Some(lyon), Some(paris), None, Some(none), Some(HostId(999_999)), Some(paris)]) {
            let kind = if n == 5 { Kind::Silent } else { Kind::Full };
            ids.push(open(db, host, kind, 1_000 * (n + 1)).await.unwrap());
        }
        let sights = ["Paris", "Lyon's", "Rome"].map(|group| Sight::of([group]).unwrap());
        let list = async |sight: &Sight, most| {
            let filter = IncidentFilter { sight: sight.clone(), most, ..IncidentFilter::default() };
            let all = incidents::list(db, &filter).await.unwrap();
            all.iter().map(|one| ids.iter().position(|id| *id == one.id).unwrap()).collect::<Vec<_>>()
        };
        let counts = async |sight: &Sight| {
            let mut counts = incidents::unresolved(db, sight).await.unwrap();
            counts.sort();
            counts
        };
        let seen = async |sight: &Sight| {
            let mut seen = Vec::new();
            for (n, id) in ids.iter().enumerate() {
                seen.extend(incidents::is_seen(db, *id, sight).await.unwrap().then_some(n));
            }
            seen
        };
        assert_eq!((list(&Sight::All, 9).await.len(), seen(&Sight::All).await.len()), (6, 6));
        assert_eq!(counts(&Sight::All).await, [(Kind::Full, 5), (Kind::Silent, 1)]);
        let [in_paris, in_lyon, in_rome] = &sights;
        assert_eq!((list(in_paris, 9).await, list(in_paris, 1).await), (vec![5, 1], vec![5]));
        assert_eq!((list(in_lyon, 1).await, seen(in_lyon).await), (vec![0], vec![0]), "a page is full of what is seen");
        assert_eq!(seen(in_paris).await, [1, 5]);
        assert_eq!(counts(in_paris).await, [(Kind::Full, 1), (Kind::Silent, 1)]);
        assert_eq!(counts(in_lyon).await, [(Kind::Full, 1)]);
        let nobodys = Sight::Groups(BTreeSet::new());
        for sight in [in_rome, &nobodys] {
            assert_eq!((list(sight, 9).await, seen(sight).await, counts(sight).await), (vec![], vec![], vec![]));
        }
        let others = IncidentFilter { host: Some(lyon), sight: in_paris.clone(), most: 9, ..IncidentFilter::default() };
        assert!(incidents::list(db, &others).await.unwrap().is_empty());
        let since = IncidentFilter { host: None, updated_since: Some(T0), ..others };
        let changed = incidents::list(db, &since).await.unwrap();
        assert_eq!(changed.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1], ids[5]]);
        assert!(!incidents::is_seen(db, IncidentId(999_999), &Sight::All).await.unwrap());

        put(lyon, "Paris").await;
        assert_eq!((list(in_paris, 9).await, seen(in_lyon).await), (vec![5, 1, 0], vec![]), "with all of its past");
    })
    .await;
}

#[tokio::test]
async fn a_transaction_sees_an_incident_and_the_entries_after_one() {
    both(async |db| {
        let host = Some(db.host("FS01").await);
        let new = NewIncident { host, kind: Kind::Full, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
        let id = db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        incidents::comment(&mut tx, id, deed(1), "x").await.unwrap();
        let all = incidents::entries_after(&mut tx, id, 0).await.unwrap();
        assert_eq!(all.iter().map(|entry| entry.what).collect::<Vec<_>>(), [What::Opened, What::Commented]);
        assert_eq!(incidents::entries_after(&mut tx, id, all[0].id).await.unwrap(), all[1..]);
        assert_eq!(incidents::find_in(&mut tx, id).await.unwrap().map(|one| one.version), Some(2));
        assert_eq!(incidents::find_in(&mut tx, IncidentId(999)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn evidence_is_kept_of_one_version_and_made_anew_only_while_that_is_fresh() {
    both(async |db| {
        let host = Some(db.host("FS01").await);
        let new = NewIncident { host, kind: Kind::Full, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
        let id = db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        let ends = Ended { until_at: T0 + 4_000, cleared_at: T0 + 5_000 };
        db.write(async |tx| incidents::clear(tx, id, ends, None, T0 + 5_000).await).await;
        let due = async |over_by, fresh_since| {
            let due = incidents::without_evidence(db, over_by, fresh_since, 9).await.unwrap();
            due.iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!((due(T0 + 3_999, 0).await, due(T0 + 4_000, T0 + 4_001).await), (vec![], vec![id]));
        let version = found(db, id).await.version;
        let save = async |version| {
            db.write(async |tx| incidents::save_evidence(tx, id, version, "{\"x\":\"a\0b\"}").await).await
        };
        assert!(!save(version - 1).await, "it has changed since");
        assert!(save(version).await);
        assert_eq!(due(T0 + 4_000, 0).await, []);
        db.write(async |tx| incidents::comment(tx, id, deed(6_000), "x").await).await;
        assert_eq!(
            (due(T0 + 4_000, 0).await, due(T0 + 4_000, T0 + 4_001).await),
            (vec![id], vec![]),
            "while it is fresh"
        );
        assert_eq!(incidents::evidence(db, id).await.unwrap().as_deref(), Some("{\"x\":\"a\u{fffd}b\"}"));
        assert_eq!(incidents::evidence(db, IncidentId(999)).await.unwrap(), None);
    })
    .await;
}
