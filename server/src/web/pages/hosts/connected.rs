//! Who was connected at a moment, and what was different at another one.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::order::{Order, Sorting};
use crate::model::difference::Difference;
use crate::model::eyes::Eyes;
use crate::model::snapshot::{IDLE_AFTER_SECS, Session, Snapshot, Totals};
use crate::model::time::SECOND_MS;
use crate::model::{ClientId, UserId};
use crate::store::{self, Db, names};

/// Rows at the most; the API has all of them.
const MOST: usize = 500;

/// What became of a session between the two moments. In the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Went,
    Came,
    /// It stayed, with another number of open files; this many before.
    Opens(Option<u32>),
    Same,
}

/// One session.
#[derive(Debug)]
pub(super) struct Row {
    /// The main one of its names, and that name.
    pub(super) client: ClientId,
    pub(super) client_name: String,
    /// The name under which it came, if that is another one.
    pub(super) seen_as: Option<String>,
    /// The row above is the same client's.
    pub(super) is_again: bool,
    pub(super) user: UserId,
    pub(super) user_name: String,
    pub(super) opens: Option<u32>,
    pub(super) idle_ms: Option<i64>,
    pub(super) is_idle: bool,
    pub(super) age_ms: Option<i64>,
    pub(super) started_at: Option<i64>,
    /// None if there is no other moment.
    pub(super) change: Option<Change>,
}

/// A moment, and the newest snapshot taken at it or before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) at: i64,
    pub(super) snapshot: &'a Snapshot,
}

impl Moment<'_> {
    /// The snapshot held true at the moment; else nothing was observed then.
    #[must_use]
    pub(super) fn is_true(&self) -> bool {
        self.at - self.snapshot.taken_at <= crate::chart::range::on_its_way_ms(self.snapshot.sampling_secs)
    }
}

/// The snapshot of the moment, with names as somebody sees them.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) taken_at: i64,
    pub(super) totals: Totals,
    pub(super) is_partial: bool,
    /// It held true at the moment; else nothing was observed then and this is the newest one before.
    pub(super) is_true: bool,
    /// The first ones, and how many there are in all.
    pub(super) rows: Vec<Row>,
    pub(super) all: usize,
    pub(super) compared: Option<Compared>,
}

/// The other moment in figures.
#[derive(Debug)]
pub(super) struct Compared {
    /// The snapshots' instants, the earlier one first.
    pub(super) from_at: i64,
    pub(super) to_at: i64,
    /// The other snapshot, and whether it held true at the other moment.
    pub(super) taken_at: i64,
    pub(super) is_true: bool,
    pub(super) totals: Totals,
    pub(super) came: usize,
    pub(super) went: usize,
    pub(super) stayed: usize,
    pub(super) with_other_opens: usize,
}

impl Connected {
    /// As much of it as the page shows.
    pub(super) async fn at(
        db: &Db,
        moment: Moment<'_>,
        other: Option<Moment<'_>>,
        sorting: Sorting,
        eyes: &Eyes,
    ) -> store::Result<Self> {
        let mut connected = Self::whole(db, moment, other, sorting, eyes).await?;
        connected.rows.truncate(MOST);
        Ok(connected)
    }

    pub(super) async fn whole(
        db: &Db,
        moment: Moment<'_>,
        other: Option<Moment<'_>>,
        sorting: Sorting,
        eyes: &Eyes,
    ) -> store::Result<Self> {
        let snapshot = moment.snapshot;
        let aliases = store::aliases::all(db).await?;
        let main = |s: &Session| ClientId(aliases.main(s.client.0));
        let both = || other.iter().flat_map(|o| &o.snapshot.sessions).chain(&snapshot.sessions);
        let clients = names::clients(db, &distinct(both().flat_map(|s| [s.client, main(s)]))).await?;
        let users = eyes.users(names::users(db, &distinct(both().map(|s| s.user))).await?);
        let (rows, compared) = match other {
            None => (snapshot.sessions.iter().map(|s| (*s, snapshot.taken_at, None)).collect(), None),
            Some(other) => {
                let (rows, mut compared) = differences(moment, other);
                compared.totals = aliases.applied(other.snapshot).totals();
                (rows, Some(compared))
            }
        };
        let all = rows.len();
        let row = |(s, at, change): &Told| row(s, main(s), (*at, *change), (&clients, &users));
        let rows = rows.iter().map(row).collect();
        Ok(Self {
            taken_at: snapshot.taken_at,
            totals: aliases.applied(snapshot).totals(),
            is_partial: snapshot.partial,
            is_true: moment.is_true(),
            rows: sorted(rows, sorting),
            all,
            compared,
        })
    }

    #[must_use]
    pub(super) fn left_out(&self) -> usize {
        self.all.saturating_sub(self.rows.len())
    }
}

pub(super) fn distinct<Id: Ord>(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut ids: Vec<Id> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A session, the instant of the snapshot that it is told of, and what became of it.
type Told = (Session, i64, Option<Change>);

/// What went is told as the earlier snapshot saw it, the others as the later one did.
fn differences(moment: Moment, other: Moment) -> (Vec<Told>, Compared) {
    let is_later = moment.at >= other.at;
    let (earlier, later) = if is_later { (other.snapshot, moment.snapshot) } else { (moment.snapshot, other.snapshot) };
    let difference = Difference::between(earlier, later);
    let (from_at, to_at) = (earlier.taken_at, later.taken_at);
    let went = difference.went.iter().map(|s| (*s, from_at, Some(Change::Went)));
    let came = difference.came.iter().map(|s| (*s, to_at, Some(Change::Came)));
    let stayed = difference.stayed.iter().map(|s| {
        let change = if s.has_other_opens() { Change::Opens(s.before.opens) } else { Change::Same };
        (s.after, to_at, Some(change))
    });
    let compared = Compared {
        from_at,
        to_at,
        taken_at: other.snapshot.taken_at,
        is_true: other.is_true(),
        totals: other.snapshot.totals(),
        came: difference.came.len(),
        went: difference.went.len(),
        stayed: difference.stayed.len(),
        with_other_opens: difference.with_other_opens(),
    };
    (went.chain(came).chain(stayed).collect(), compared)
}

type Names<'a> = (&'a HashMap<ClientId, String>, &'a HashMap<UserId, String>);

fn sorted(mut rows: Vec<Row>, sorting: Sorting) -> Vec<Row> {
    let mut counts: HashMap<ClientId, usize> = HashMap::new();
    for row in &rows {
        *counts.entry(row.client).or_default() += 1;
    }
    let by_client =
        |r: &Row| (Reverse(counts.get(&r.client).copied()), r.client_name.to_lowercase(), r.client, Reverse(r.idle_ms));
    rows.sort_by_cached_key(by_client);
    match sorting.order {
        Order::Client => {}
        Order::User => rows.sort_by_cached_key(|r| r.user_name.to_lowercase()),
        Order::Opens => rows.sort_by_key(|r| Reverse(r.opens)),
        Order::Idle => rows.sort_by_key(|r| Reverse(r.idle_ms)),
        Order::Age => rows.sort_by_key(|r| Reverse(r.age_ms)),
        Order::Change => rows.sort_by_key(|r| r.change),
    }
    if sorting.is_reversed {
        rows.reverse();
    }
    for i in 1..rows.len() {
        rows[i].is_again = sorting.order == Order::Client && rows[i].client == rows[i - 1].client;
    }
    rows
}

fn row(session: &Session, main: ClientId, (taken_at, change): (i64, Option<Change>), (clients, users): Names) -> Row {
    let name = |id: ClientId| clients.get(&id).cloned().unwrap_or_default();
    let idle_ms = session.active_at.map(|at| (taken_at - at).max(0));
    Row {
        client: main,
        client_name: name(main),
        seen_as: (main != session.client).then(|| name(session.client)),
        is_again: false,
        user: session.user,
        user_name: users.get(&session.user).cloned().unwrap_or_default(),
        opens: session.opens,
        idle_ms,
        is_idle: idle_ms.is_some_and(|ms| ms >= IDLE_AFTER_SECS * SECOND_MS),
        age_ms: session.started_at.map(|at| (taken_at - at).max(0)),
        started_at: session.started_at,
        change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::Limit;

    fn session(client: i64, user: i64, opens: Option<u32>, active_at: Option<i64>) -> Session {
        Session { client: ClientId(client), user: UserId(user), started_at: Some(0), active_at, opens }
    }

    fn snapshot(taken_at: i64, sessions: &[Session]) -> Snapshot {
        Snapshot {
            taken_at,
            source: "test".into(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions: sessions.to_vec(),
        }
    }

    fn three() -> Snapshot {
        let sessions =
            [session(1, 1, Some(9), None), session(2, 1, Some(0), Some(0)), session(2, 2, None, Some(1_990_000))];
        snapshot(2_000_000, &sessions)
    }

    fn rows(order: Order, is_reversed: bool) -> Vec<Row> {
        let clients = HashMap::from([(ClientId(1), "A".to_owned()), (ClientId(2), "B".to_owned())]);
        let rows =
            three().sessions.iter().map(|s| row(s, s.client, (2_000_000, None), (&clients, &HashMap::new()))).collect();
        sorted(rows, Sorting { order, is_reversed })
    }

    #[test]
    fn the_client_with_most_sessions_comes_first_and_is_named_once() {
        let shown = rows(Order::Client, false);
        assert_eq!(shown.iter().map(|r| r.client_name.as_str()).collect::<Vec<_>>(), ["B", "B", "A"]);
        assert_eq!(shown.iter().map(|r| r.is_again).collect::<Vec<_>>(), [false, true, false]);
        assert!(shown[0].is_idle && !shown[1].is_idle);
        let turned = rows(Order::Client, true);
        assert_eq!(turned.iter().map(|r| r.is_again).collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn what_is_not_known_is_none_and_comes_last() {
        let opens = |rows: Vec<Row>| rows.iter().map(|r| r.opens).collect::<Vec<_>>();
        assert_eq!(opens(rows(Order::Opens, false)), [Some(9), Some(0), None]);
        assert_eq!(opens(rows(Order::Opens, true)), [None, Some(0), Some(9)]);
    }

    #[test]
    fn changes_run_from_the_earlier_moment_to_the_later_one_whichever_is_looked_at() {
        let (early, late) =
            (snapshot(1_000_000, &[session(1, 1, Some(4), None), session(3, 1, Some(1), None)]), three());
        let (early, late) = (Moment { at: 1_000_000, snapshot: &early }, Moment { at: 2_000_000, snapshot: &late });
        for (moment, other) in [(late, early), (early, late)] {
            let (told, compared) = differences(moment, other);
            let told: Vec<_> = told.iter().map(|(s, at, change)| (s.client.0, *at, change.unwrap())).collect();
            let expected = [
                (3, 1_000_000, Change::Went),
                (2, 2_000_000, Change::Came),
                (2, 2_000_000, Change::Came),
                (1, 2_000_000, Change::Opens(Some(4))),
            ];
            assert_eq!(told, expected);
            assert_eq!((compared.from_at, compared.to_at), (1_000_000, 2_000_000));
            assert_eq!((compared.came, compared.went, compared.stayed, compared.with_other_opens), (2, 1, 1, 1));
        }
    }
}
