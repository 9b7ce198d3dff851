//! Sessions over successive snapshots; the bytes are described in `chunk.rs`.

use std::cmp::Ordering;

use super::MAX_OBSERVATIONS;
use crate::history::bytes::{DecodeError, Reader, put_count, put_i64, put_u64};
use crate::history::columns::{instant, put_instant};
use crate::model::snapshot::{Session, Snapshot};
use crate::model::{ClientId, UserId};

/// One session in successive snapshots.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    pub(super) client: ClientId,
    pub(super) user: UserId,
    pub(super) started_at: Option<i64>,
    /// Place of the first snapshot that has it.
    pub(super) first: usize,
    /// None: to the last snapshot.
    snapshots: Option<usize>,
    /// When it was active, and its opens, in each of them; empty when read back.
    pub(super) values: Vec<(Option<i64>, Option<u32>)>,
}

impl Stay {
    /// In how many of `all` snapshots it is.
    pub(super) fn count(&self, all: usize) -> usize {
        self.snapshots.unwrap_or(all - self.first)
    }

    fn key(&self) -> (ClientId, UserId, Option<i64>, usize) {
        (self.client, self.user, self.started_at, self.first)
    }
}

/// The stays of these snapshots, in the order in which they are kept.
pub(super) fn of(snapshots: &[&Snapshot]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    // Places (in `stays`) of the sessions of the snapshot before, in its order.
    let mut open: Vec<usize> = Vec::new();
    for (i, snapshot) in snapshots.iter().enumerate() {
        let before = std::mem::take(&mut open);
        let mut before = before.into_iter().peekable();
        for session in &snapshot.sessions {
            while before.next_if(|place| compare(&stays[*place], session) == Ordering::Less).is_some() {}
            let place =
                before.next_if(|place| compare(&stays[*place], session) == Ordering::Equal).unwrap_or_else(|| {
                    stays.push(Stay::new(session, i, snapshots.len() - i));
                    stays.len() - 1
                });
            stays[place].values.push((session.active_at, session.opens));
            open.push(place);
        }
    }
    let all = snapshots.len();
    for stay in &mut stays {
        let count = stay.values.len();
        stay.snapshots = (stay.first + count < all).then_some(count);
    }
    // Stable: those that share a key stay in the order in which they were met.
    stays.sort_by_key(Stay::key);
    stays
}

fn compare(stay: &Stay, session: &Session) -> Ordering {
    (stay.client, stay.user, stay.started_at).cmp(&(session.client, session.user, session.started_at))
}

impl Stay {
    fn new(session: &Session, first: usize, most: usize) -> Self {
        let Session { client, user, started_at, .. } = *session;
        Self { client, user, started_at, first, snapshots: None, values: Vec::with_capacity(most.min(64)) }
    }
}

/// The columns, each to be packed by itself: what they hold is of different kinds.
pub(super) const COLUMNS: usize = 5;

/// `references`: of each snapshot, what instants are counted back from.
pub(super) fn encode(references: &[i64], stays: &[Stay]) -> [Vec<u8>; COLUMNS] {
    let [mut clients, mut users, mut firsts, mut started, mut lefts] = [const { Vec::new() }; COLUMNS];
    put_count(&mut clients, stays.len());
    let (mut last_client, mut last_user) = (0_i64, 0_i64);
    for stay in stays {
        debug_assert_eq!(stay.values.len(), stay.count(references.len()));
        put_u64(&mut clients, stay.client.0.wrapping_sub(last_client).cast_unsigned());
        put_i64(&mut users, stay.user.0.wrapping_sub(last_user));
        put_count(&mut firsts, stay.first);
        put_instant(&mut started, references[stay.first], stay.started_at);
        put_count(&mut lefts, stay.snapshots.map_or(0, |n| n + 1));
        (last_client, last_user) = (stay.client.0, stay.user.0);
    }
    [clients, users, firsts, started, lefts]
}

/// Every stay lies within the snapshots.
pub(super) fn decode(references: &[i64], columns: [&[u8]; COLUMNS]) -> Result<Vec<Stay>, DecodeError> {
    let [mut clients, mut users, mut firsts, mut started, mut lefts] = columns.map(Reader::new);
    let count = clients.count(1, MAX_OBSERVATIONS)?;
    let mut stays: Vec<Stay> = Vec::with_capacity(count);
    let (mut client, mut user) = (0_i64, 0_i64);
    for _ in 0..count {
        client = client.wrapping_add(clients.u64()?.cast_signed());
        user = user.wrapping_add(users.i64()?);
        let first = place(firsts.u64()?)?;
        let reference = *references.get(first).ok_or(DecodeError::Invalid("place of a stay"))?;
        stays.push(Stay {
            client: ClientId(client),
            user: UserId(user),
            started_at: instant(&mut started, reference)?,
            first,
            snapshots: lefts.u64()?.checked_sub(1).map(place).transpose()?,
            values: Vec::new(),
        });
    }
    [clients, users, firsts, started, lefts].into_iter().try_for_each(Reader::end)?;
    if stays.is_sorted_by_key(Stay::key) { Ok(stays) } else { Err(DecodeError::Invalid("order of stays")) }
}

fn place(number: u64) -> Result<usize, DecodeError> {
    usize::try_from(number).map_err(|_| DecodeError::Invalid("place of a snapshot"))
}

/// Sees to it that every stay lies within the snapshots. Answers how many sessions they have together.
pub(super) fn check(stays: &[Stay], all: usize) -> Result<usize, DecodeError> {
    let mut observations = 0_usize;
    for stay in stays {
        let count = stay.snapshots.unwrap_or_else(|| all.saturating_sub(stay.first));
        if count == 0 || stay.first.checked_add(count).is_none_or(|end| end > all) {
            return Err(DecodeError::Invalid("place of a stay"));
        }
        observations = observations.saturating_add(count);
    }
    Ok(observations)
}
