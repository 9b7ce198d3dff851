//! Who was connected at a moment.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::model::snapshot::{IDLE_AFTER_SECS, Session, Snapshot, Totals};
use crate::model::time::SECOND_MS;
use crate::model::{ClientId, UserId};
use crate::store::{self, Db, names};

/// Rows at the most; the API has all of them.
const MOST: usize = 500;

/// Which column comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// Clients with most sessions first.
    #[default]
    Client,
    User,
    Opens,
    Idle,
    Age,
}

impl Order {
    pub(super) const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Client, "Client, by sessions", ""),
        (Self::User, "User", ""),
        (Self::Opens, "Opens", "r"),
        (Self::Idle, "Idle", "r"),
        (Self::Age, "Age", "r"),
    ];

    /// The word in addresses; none for the usual one.
    #[must_use]
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Client => "",
            Self::User => "user",
            Self::Opens => "opens",
            Self::Idle => "idle",
            Self::Age => "age",
        }
    }

    #[must_use]
    pub(super) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().map(|(order, ..)| order).find(|o| o.word() == word).unwrap_or_default()
    }
}

/// One session.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) client: ClientId,
    pub(super) client_name: String,
    /// The row above is the same client's.
    pub(super) is_again: bool,
    pub(super) user: UserId,
    pub(super) user_name: String,
    pub(super) opens: Option<u32>,
    pub(super) idle_ms: Option<i64>,
    pub(super) is_idle: bool,
    pub(super) age_ms: Option<i64>,
    pub(super) started_at: Option<i64>,
}

/// The snapshot of the moment, with names.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) taken_at: i64,
    pub(super) totals: Totals,
    pub(super) is_partial: bool,
    /// It held true at the moment; else nothing was observed then and this is the newest one before.
    pub(super) is_true: bool,
    pub(super) rows: Vec<Row>,
}

impl Connected {
    pub(super) async fn at(db: &Db, snapshot: &Snapshot, (at, order): (i64, Order)) -> store::Result<Self> {
        let distinct = |ids: Vec<i64>| {
            let mut ids = ids;
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let clients = distinct(snapshot.sessions.iter().map(|s| s.client.0).collect());
        let users = distinct(snapshot.sessions.iter().map(|s| s.user.0).collect());
        let clients = names::clients(db, &clients.into_iter().map(ClientId).collect::<Vec<_>>()).await?;
        let users = names::users(db, &users.into_iter().map(UserId).collect::<Vec<_>>()).await?;
        Ok(Self {
            taken_at: snapshot.taken_at,
            totals: snapshot.totals(),
            is_partial: snapshot.partial,
            is_true: at - snapshot.taken_at <= crate::chart::range::on_its_way_ms(snapshot.sampling_secs),
            rows: rows(snapshot, (&clients, &users), order),
        })
    }

    #[must_use]
    pub(super) fn left_out(&self) -> usize {
        usize::try_from(self.totals.sessions).unwrap_or(0).saturating_sub(self.rows.len())
    }
}

type Names<'a> = (&'a HashMap<ClientId, String>, &'a HashMap<UserId, String>);

fn rows(snapshot: &Snapshot, names: Names, order: Order) -> Vec<Row> {
    let mut counts: HashMap<ClientId, usize> = HashMap::new();
    for session in &snapshot.sessions {
        *counts.entry(session.client).or_default() += 1;
    }
    let mut rows: Vec<Row> = snapshot.sessions.iter().map(|s| row(s, snapshot.taken_at, names)).collect();
    let by_client =
        |r: &Row| (Reverse(counts.get(&r.client).copied()), r.client_name.to_lowercase(), r.client, Reverse(r.idle_ms));
    rows.sort_by_cached_key(by_client);
    match order {
        Order::Client => {}
        Order::User => rows.sort_by_cached_key(|r| r.user_name.to_lowercase()),
        Order::Opens => rows.sort_by_key(|r| Reverse(r.opens)),
        Order::Idle => rows.sort_by_key(|r| Reverse(r.idle_ms)),
        Order::Age => rows.sort_by_key(|r| Reverse(r.age_ms)),
    }
    rows.truncate(MOST);
    for i in 1..rows.len() {
        rows[i].is_again = order == Order::Client && rows[i].client == rows[i - 1].client;
    }
    rows
}

fn row(session: &Session, taken_at: i64, (clients, users): Names) -> Row {
    let idle_ms = session.active_at.map(|at| (taken_at - at).max(0));
    Row {
        client: session.client,
        client_name: clients.get(&session.client).cloned().unwrap_or_default(),
        is_again: false,
        user: session.user,
        user_name: users.get(&session.user).cloned().unwrap_or_default(),
        opens: session.opens,
        idle_ms,
        is_idle: idle_ms.is_some_and(|ms| ms >= IDLE_AFTER_SECS * SECOND_MS),
        age_ms: session.started_at.map(|at| (taken_at - at).max(0)),
        started_at: session.started_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::Limit;

    fn snapshot() -> Snapshot {
        let session = |client, user, opens, active_at| Session {
            client: ClientId(client),
            user: UserId(user),
            started_at: Some(0),
            active_at,
            opens,
        };
        Snapshot {
            taken_at: 2_000_000,
            source: "test".into(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions: vec![
                session(1, 1, Some(9), None),
                session(2, 1, Some(0), Some(0)),
                session(2, 2, None, Some(1_990_000)),
            ],
        }
    }

    #[test]
    fn the_client_with_most_sessions_comes_first_and_is_named_once() {
        let clients = HashMap::from([(ClientId(1), "A".to_owned()), (ClientId(2), "B".to_owned())]);
        let rows = rows(&snapshot(), (&clients, &HashMap::new()), Order::Client);
        assert_eq!(rows.iter().map(|r| r.client_name.as_str()).collect::<Vec<_>>(), ["B", "B", "A"]);
        assert_eq!(rows.iter().map(|r| r.is_again).collect::<Vec<_>>(), [false, true, false]);
        assert!(rows[0].is_idle && !rows[1].is_idle);
    }

    #[test]
    fn what_is_not_known_is_none_and_comes_last() {
        let none = HashMap::new();
        let rows = rows(&snapshot(), (&none, &HashMap::new()), Order::Opens);
        assert_eq!(rows.iter().map(|r| r.opens).collect::<Vec<_>>(), [Some(9), Some(0), None]);
    }
}
