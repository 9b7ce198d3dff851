//! Matrices as they are read: column by column, remembered, and joined to longer steps.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::each;
use crate::history::DecodeError;
use crate::history::matrix::columns::Columns;
use crate::model::HostId;
use crate::model::fleet::Step;
use crate::store::hot::{Kept, Key};
use crate::store::values::corrupt;
use crate::store::{Db, Result, fleet, keys};

/// Bodies in one statement.
const CHUNK: usize = 32;
/// More records than these are not remembered: they would push everything else out.
const MOST_KEPT: usize = 600;

/// All hosts in one step, column by column.
#[derive(Debug, Default)]
pub(in crate::store) struct Cells {
    pub(super) start_at: i64,
    /// In ascending order.
    pub(super) hosts: Box<[u32]>,
    /// [`Saturation`](crate::history::matrix::Saturation) as bytes: the greatest.
    pub(super) saturations: Box<[u8]>,
    /// Empty if no host was full.
    pub(super) full_secs: Box<[u32]>,
    /// When the peaks were, from the start. Empty in steps of five minutes, within which it does not matter.
    pub(super) after_secs: Box<[u32]>,
    /// The most sessions. Only in steps of an hour.
    pub(super) sessions: Box<[u32]>,
}

impl Cells {
    pub(in crate::store) fn bytes(&self) -> usize {
        let numbers = self.hosts.len() + self.full_secs.len() + self.after_secs.len() + self.sessions.len();
        numbers * 4 + self.saturations.len()
    }

    /// Where the host stands.
    pub(super) fn place_of(&self, host: HostId) -> Option<usize> {
        self.hosts.binary_search(&u32::try_from(host.0).ok()?).ok()
    }

    fn read(start_at: i64, step: Step, body: &[u8]) -> Result<Self, DecodeError> {
        let columns = Columns::open(body)?;
        let hosts = columns.hosts()?;
        let is_host = |host: &HostId| (0..keys::HOSTS_END).contains(&host.0);
        if !hosts.iter().all(is_host) {
            return Err(DecodeError::Invalid("host"));
        }
        let hosts: Box<[u32]> = hosts.iter().filter_map(|host| u32::try_from(host.0).ok()).collect();
        let mut full_secs = vec![0; hosts.len()];
        let is_any_full = columns.full_secs(&mut full_secs)?;
        Ok(Self {
            start_at,
            saturations: columns.saturations()?.into_owned().into_boxed_slice(),
            full_secs: if is_any_full { full_secs.into_boxed_slice() } else { Box::default() },
            after_secs: if step == Step::FiveMinutes { Box::default() } else { columns.peak_after_secs()?.into() },
            sessions: if step == Step::Hour { columns.peak_sessions()?.into() } else { Box::default() },
            hosts,
        })
    }

    /// Several steps as one that begins at `start_at`: of each host the greatest saturation, the first one of equals.
    fn join(start_at: i64, parts: &[Self]) -> Self {
        #[derive(Default)]
        struct Joined {
            saturation: u8,
            full_secs: u32,
            after_secs: u32,
        }
        let mut hosts: BTreeMap<u32, Joined> = BTreeMap::new();
        for part in parts {
            let later_secs = u32::try_from((part.start_at - start_at) / 1_000).unwrap_or_default();
            for (place, (host, saturation)) in part.hosts.iter().zip(&part.saturations).enumerate() {
                let joined = hosts.entry(*host).or_default();
                joined.full_secs += part.full_secs.get(place).copied().unwrap_or(0);
                if *saturation > joined.saturation {
                    joined.saturation = *saturation;
                    joined.after_secs = later_secs + part.after_secs.get(place).copied().unwrap_or(0);
                }
            }
        }
        Self {
            start_at,
            hosts: hosts.keys().copied().collect(),
            saturations: hosts.values().map(|joined| joined.saturation).collect(),
            full_secs: hosts.values().map(|joined| joined.full_secs).collect(),
            after_secs: hosts.values().map(|joined| joined.after_secs).collect(),
            sessions: Box::default(),
        }
    }
}

/// A stretch of time, and the records that tell of it.
struct Slot {
    start_at: i64,
    length_ms: i64,
    step: Step,
    buckets: Vec<i64>,
    /// Of all of them together.
    revision: FxHasher,
}

/// The cells of each stretch of `length_ms` that has a record of the step beginning within the instants, in order. Of steps of six
/// hours, hours stand for those after `young_from`.
pub(super) async fn read(
    db: &Db,
    (step, length_ms): (Step, i64),
    instants: Range<i64>,
    young: Range<i64>,
) -> Result<Vec<Arc<Cells>>> {
    let mut slots: BTreeMap<i64, Slot> = BTreeMap::new();
    let hours = if young.is_empty() { Vec::new() } else { revisions(db, Step::Hour, young).await? };
    let found = revisions(db, step, instants).await?;
    for (of, (bucket, revision)) in
        found.into_iter().map(|found| (step, found)).chain(hours.into_iter().map(|found| (Step::Hour, found)))
    {
        let start_at = keys::matrix_bucket_at(bucket).div_euclid(length_ms) * length_ms;
        let fresh = || Slot { start_at, length_ms, step: of, buckets: Vec::new(), revision: FxHasher::default() };
        let slot = slots.entry(start_at).or_insert_with(fresh);
        slot.buckets.push(bucket);
        slot.revision.write_i64(bucket);
        slot.revision.write_i64(revision);
    }
    let is_kept = slots.len() <= MOST_KEPT;
    let mut all = Vec::with_capacity(slots.len());
    let mut missing = Vec::new();
    for slot in slots.into_values() {
        match db.hot().get(slot.key(), slot.revision.finish().cast_signed()) {
            Some(Kept::Cells(cells)) => all.push(cells),
            _ => missing.push(slot),
        }
    }
    all.extend(load(db, missing, is_kept).await?);
    all.sort_unstable_by_key(|cells| cells.start_at);
    Ok(all)
}

impl Slot {
    fn key(&self) -> Key {
        Key::Cells(self.buckets.first().copied().unwrap_or_default(), self.length_ms)
    }
}

async fn revisions(db: &Db, step: Step, instants: Range<i64>) -> Result<Vec<(i64, i64)>> {
    const SQL: &str = "select bucket, revision from matrix where bucket >= $1 and bucket < $2 order by bucket";
    let (start, end) = fleet::steps(step, instants)?;
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(start).bind(end).fetch_all(pool).await)
}

async fn load(db: &Db, slots: Vec<Slot>, is_kept: bool) -> Result<Vec<Arc<Cells>>> {
    let mut loaded = Vec::with_capacity(slots.len());
    for some in slots.chunks(CHUNK) {
        let buckets: Vec<i64> = some.iter().flat_map(|slot| slot.buckets.iter().copied()).collect();
        let bodies = bodies(db, &buckets).await?;
        for slot in some {
            let mut parts = Vec::with_capacity(slot.buckets.len());
            for bucket in &slot.buckets {
                // One that went meanwhile is left out.
                if let Some(body) = bodies.get(bucket) {
                    let start_at = keys::matrix_bucket_at(*bucket);
                    parts.push(Cells::read(start_at, slot.step, body).map_err(|e| damaged(start_at, &e))?);
                }
            }
            let is_one = parts.len() == 1 && parts[0].start_at == slot.start_at;
            let cells = match parts.pop() {
                Some(one) if is_one => Arc::new(one),
                last => {
                    parts.extend(last);
                    Arc::new(Cells::join(slot.start_at, &parts))
                }
            };
            if is_kept {
                // What was read may be newer than the revision says: then the next one reads it again.
                let revision = slot.revision.finish().cast_signed();
                db.hot().keep(slot.key(), revision, Kept::Cells(Arc::clone(&cells)));
            }
            loaded.push(cells);
        }
    }
    Ok(loaded)
}

async fn bodies(db: &Db, buckets: &[i64]) -> Result<FxHashMap<i64, Vec<u8>>> {
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => {
        let mut select = sqlx::QueryBuilder::new("select bucket, body from matrix where bucket in (");
        let mut list = select.separated(", ");
        buckets.iter().for_each(|bucket| { list.push_bind(*bucket); });
        select.push(")");
        select.build_query_as().persistent(buckets.len() == CHUNK).fetch_all(pool).await?
    });
    Ok(rows.into_iter().collect())
}

fn damaged(start_at: i64, why: &DecodeError) -> sqlx::Error {
    corrupt(format!("the fleet's matrix from {start_at} on cannot be read: {why}"))
}
