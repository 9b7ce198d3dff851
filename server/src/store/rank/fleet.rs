//! The fleet's own records: which of them answer for some hours, their columns, and a ranking of them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

use super::pick::pick;
use super::tally::{Join, Tally};
use super::{Acc, By, Ranked, Ranking, Who, Whole, add_stretch};
use crate::each;
use crate::history::fleet::Record;
use crate::model::holder::{Bounded, FleetHolder, Measure};
use crate::model::time::HOUR_MS;
use crate::store::fleet::Length;
use crate::store::hot::{Column, Kept, Key};
use crate::store::tiers::{Stretch, cover};
use crate::store::values::corrupt;
use crate::store::{Db, Result, keys};

/// Holders whose rows are remembered when their hosts are counted.
const MOST_KEPT: usize = 1_000;
/// So many holders' hosts are counted first; four times as many each time that this does not decide a page.
const FIRST_BATCH: usize = 250;

/// A record and which state of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    bucket: i64,
    revision: i64,
}

impl Source {
    /// The instants that it answers for.
    pub(super) fn instants(&self) -> Range<i64> {
        let start_at = keys::fleet_bucket_at(self.bucket);
        let hours = match self.bucket / keys::LEVEL {
            0 => 1,
            1 => 24,
            _ => 7 * 24,
        };
        start_at..start_at + hours * HOUR_MS
    }
}

/// The records that answer for these hours, in order. Weeks are left out if `longest` says so.
pub(super) async fn sources(db: &Db, hours: Range<i64>, longest: Length) -> Result<Vec<Source>> {
    let days = if longest >= Length::Day { settled(db, Length::Day, &hours).await? } else { Vec::new() };
    let weeks = if longest >= Length::Week { settled(db, Length::Week, &hours).await? } else { Vec::new() };
    let hour_of = |source: &Source| source.bucket % keys::LEVEL;
    let starts = |of: &[Source]| -> BTreeSet<i64> { of.iter().map(hour_of).collect() };
    let mut found = Vec::new();
    for Stretch { length, hours } in cover(hours, &starts(&days), &starts(&weeks)) {
        let within = |source: &&Source| hours.contains(&hour_of(source));
        match length {
            Length::Hour => found.extend(in_buckets(db, hours.clone()).await?),
            Length::Day => found.extend(days.iter().filter(within)),
            Length::Week => found.extend(weeks.iter().filter(within)),
        }
    }
    Ok(found)
}

/// The first hour (counted since 1970) of which there is a record of any length.
pub(super) async fn first_hour(db: &Db) -> Result<Option<i64>> {
    const SQL: &str = "select min(bucket) from fleet_holders where bucket >= $1 and bucket < $2";
    let mut first: Option<i64> = None;
    for length in [Length::Hour, Length::Day, Length::Week] {
        let start = length.level() * keys::LEVEL;
        let bucket: Option<i64> = each!(db.reader(), pool =>
            sqlx::query_scalar(SQL).bind(start).bind(start + keys::LEVEL).fetch_one(pool).await?);
        first = first.into_iter().chain(bucket.map(|bucket| bucket - start)).min();
    }
    Ok(first)
}

async fn in_buckets(db: &Db, buckets: Range<i64>) -> Result<Vec<Source>> {
    const SQL: &str = "select bucket, revision from fleet_holders where bucket >= $1 and bucket < $2 order by bucket";
    let rows: Vec<(i64, i64)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(buckets.start).bind(buckets.end).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(bucket, revision)| Source { bucket, revision }).collect())
}

/// Days or weeks that lie within the hours and say what their hours do: neither they nor a day of theirs waits to be put together.
async fn settled(db: &Db, length: Length, hours: &Range<i64>) -> Result<Vec<Source>> {
    const SQL: &str = "
        select f.bucket, f.revision from fleet_holders f
        where f.bucket >= $1 and f.bucket < $2
            and not exists (select 1 from touched t where t.unit = $3 + (f.bucket - $4) / 24)
            and not exists (
                select 1 from touched t
                where t.unit >= $5 + (f.bucket - $4) / 24 and t.unit < $5 + $6 + (f.bucket - $4) / 24)
        order by f.bucket";
    // The units of days and weeks are two levels above their records': see store::work.
    let first = length.level() * keys::LEVEL;
    let days = (Length::Day.level() + 2) * keys::LEVEL;
    let rows: Vec<(i64, i64)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(first + hours.start)
        .bind(first + hours.end)
        .bind(first + 2 * keys::LEVEL)
        .bind(first)
        .bind(days)
        .bind(if length == Length::Week { 7_i64 } else { 1 })
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().map(|(bucket, revision)| Source { bucket, revision }).collect())
}

/// The packed record, with its revision as it is now; none if it went meanwhile.
async fn record(db: &Db, by: By, source: Source) -> Result<Option<(i64, Vec<u8>)>> {
    let column = match by {
        By::Client => "by_client",
        By::User => "by_user",
    };
    let sql = format!("select revision, {column} from fleet_holders where bucket = $1");
    each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql)).bind(source.bucket).fetch_optional(pool).await)
}

/// The ids of a record and the figures by some measures; none if it went meanwhile.
pub(super) async fn columns(
    db: &Db,
    by: By,
    source: Source,
    measures: &[Measure],
) -> Result<Option<(Arc<Column>, Vec<Arc<Column>>)>> {
    let figures = measures.iter().map(|measure| Key::Figures(source.bucket, by, *measure));
    let wanted: Vec<Key> = std::iter::once(Key::Ids(source.bucket, by)).chain(figures).collect();
    let kept = |key: &Key| match db.hot().get(*key, source.revision) {
        Some(Kept::Column(column)) => Some(column),
        _ => None,
    };
    let mut columns: Vec<Option<Arc<Column>>> = wanted.iter().map(kept).collect();
    if columns.iter().any(Option::is_none) {
        let Some((revision, packed)) = record(db, by, source).await? else { return Ok(None) };
        let record = Record::open(&packed).map_err(|e| damaged(source, &e))?;
        for (column, key) in columns.iter_mut().zip(&wanted) {
            // Columns of two states of a record do not belong together.
            if column.is_some() && revision == source.revision {
                continue;
            }
            let values = match key {
                Key::Figures(.., measure) => record.figures(*measure),
                _ => record.ids(),
            };
            let fresh = Arc::new(Column::of(values.map_err(|e| damaged(source, &e))?));
            db.hot().keep(*key, revision, Kept::Column(Arc::clone(&fresh)));
            *column = Some(fresh);
        }
    }
    let mut columns = columns.into_iter().flatten();
    Ok(columns.next().map(|ids| (ids, columns.collect())))
}

fn damaged(source: Source, why: &dyn std::fmt::Display) -> sqlx::Error {
    corrupt(format!("the fleet's holders from {} on cannot be read: {why}", source.instants().start))
}

/// What these holders held and on which hosts, over the records: under all their names.
pub(super) async fn entries(
    db: &Db,
    Who { by, aliases, .. }: Who<'_>,
    sources: &[Source],
    ids: &[i64],
) -> Result<HashMap<i64, Acc>> {
    let mut sorted: Vec<i64> = ids.iter().flat_map(|id| aliases.names(*id)).collect();
    sorted.sort_unstable();
    let mut found: HashMap<i64, Acc> = HashMap::new();
    for source in sources {
        let rows = rows_of(db, by, *source, &sorted).await?;
        add_stretch(&mut found, aliases, rows.iter().map(|row| (row.id, &row.held, row.hosts.as_slice())));
    }
    Ok(found)
}

/// Those of these holders (in ascending order of id) that are in the record.
async fn rows_of(db: &Db, by: By, source: Source, ids: &[i64]) -> Result<Vec<Arc<FleetHolder>>> {
    let Some((all, _)) = columns(db, by, source, &[]).await? else { return Ok(Vec::new()) };
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for (id, place) in ids.iter().filter_map(|id| Some((*id, all.place_of(*id)?))) {
        match db.hot().get(Key::Row(source.bucket, by, id), source.revision) {
            Some(Kept::Row(row)) => rows.push(row),
            _ => missing.push((id, place)),
        }
    }
    if missing.is_empty() {
        return Ok(rows);
    }
    let Some((revision, packed)) = record(db, by, source).await? else { return Ok(Vec::new()) };
    if revision != source.revision {
        // The places are those of another state: all anew, from this one.
        return Box::pin(rows_of(db, by, Source { revision, ..source }, ids)).await;
    }
    let record = Record::open(&packed).map_err(|e| damaged(source, &e))?;
    let (ids, places): (Vec<i64>, Vec<usize>) = missing.into_iter().unzip();
    let held = record.held_at(&places).map_err(|e| damaged(source, &e))?;
    let hosts = record.hosts_at(&places).map_err(|e| damaged(source, &e))?;
    for ((id, held), hosts) in ids.into_iter().zip(held).zip(hosts) {
        let row = Arc::new(FleetHolder { id, held, hosts });
        db.hot().keep(Key::Row(source.bucket, by, id), revision, Kept::Row(Arc::clone(&row)));
        rows.push(row);
    }
    Ok(rows)
}

pub(super) async fn top(db: &Db, who: Who<'_>, hours: Range<i64>, ranking: &Ranking) -> Result<Ranked> {
    let sources = sources(db, hours, Length::Week).await?;
    let (mut sessions, mut figures, mut joint) = (Tally::default(), Tally::default(), Tally::default());
    let (measure, join) = (ranking.measure, join(ranking.measure));
    for source in &sources {
        if measure == Measure::SessionHours {
            let Some((ids, columns)) = columns(db, who.by, *source, &[measure]).await? else { continue };
            sessions.add(&ids, &columns[0], Join::Sum)?;
        } else {
            let wanted = [Measure::SessionHours, measure];
            let Some((ids, columns)) = columns(db, who.by, *source, &wanted).await? else { continue };
            sessions.add(&ids, &columns[0], Join::Sum)?;
            figures.add(&ids, &columns[1], join)?;
            if matches!(measure, Measure::PeakSessions | Measure::PeakOpens) {
                joint.add_joint(&ids, &columns[1], who.aliases);
            }
        }
    }
    sessions.fold(who.aliases, Join::Sum);
    figures.fold(who.aliases, join);
    joint.all().for_each(|(figure, main)| figures.set(main, figure));
    let whole = Whole::of(sessions.all().map(|(ms, _)| ms));
    let ranked: Vec<(i64, i64)> = match measure {
        Measure::SessionHours => sessions.all().collect(),
        Measure::Hosts => hosts(db, who, &sources, (figures, ranking)).await?,
        _ => figures.all().collect(),
    };
    let picked = pick(db, who, ranked, ranking).await?;
    let ids: Vec<i64> = picked.shown.iter().map(|s| s.id).collect();
    Ok(whole.answer(&picked, &mut entries(db, who, &sources, &ids).await?))
}

fn join(measure: Measure) -> Join {
    match measure {
        Measure::SessionHours | Measure::Idle | Measure::ZeroOpen | Measure::Blame => Join::Sum,
        Measure::PeakSessions | Measure::PeakOpens | Measure::Hosts => Join::Most,
    }
}

/// On how many hosts each holder was. Of one record and one name that is a column; of several it is at least the greatest and at most
/// the sum. Lists of hosts are read of those only of whom the two differ, the greatest sums first, and as long as one may come up to
/// the end of the page; what they came to is remembered until one of the records changes.
async fn hosts(
    db: &Db,
    who: Who<'_>,
    sources: &[Source],
    (least, ranking): (Tally, &Ranking),
) -> Result<Vec<(i64, i64)>> {
    let mut figures: Vec<(i64, i64)> = least.all().collect();
    if (sources.len() < 2 && who.aliases.is_empty()) || figures.is_empty() {
        return Ok(figures);
    }
    let key = Key::OnHosts(who.by, fingerprint(who, sources));
    let mut known = match db.hot().get(key, 0) {
        Some(Kept::Counts(counts)) => counts,
        _ => Arc::default(),
    };
    let mut unsure = unsure(db, who, sources, &figures).await?;
    unsure.retain(|unsure| {
        let (count, id) = &mut figures[unsure.place];
        let Some(exact) = known.get(id) else { return true };
        *count = *exact;
        false
    });
    // A search may leave out anybody, so that it needs the number of all.
    let is_whole = ranking.name_contains.is_empty() && ranking.class.is_none();
    let end = if is_whole { ranking.skip.saturating_add(ranking.most) } else { usize::MAX };
    let last = end.min(figures.len()).max(1) - 1;
    let (mut rest, mut batch) = (unsure.as_slice(), FIRST_BATCH);
    loop {
        let mut counts: Vec<i64> = figures.iter().map(|(count, _)| *count).collect();
        let needed = *counts.select_nth_unstable_by(last, |a, b| b.cmp(a)).1;
        // As many as it takes may tie with the last one of the page: its name decides.
        let some = rest.iter().take(batch).take_while(|unsure| unsure.most >= needed).count();
        if some == 0 {
            return Ok(figures);
        }
        let ids: Vec<i64> = rest[..some].iter().map(|unsure| figures[unsure.place].1).collect();
        let exact = counted(db, who, sources, &ids).await?;
        Arc::make_mut(&mut known).extend(&exact);
        db.hot().keep(key, 0, Kept::Counts(Arc::clone(&known)));
        for unsure in &rest[..some] {
            let (count, id) = &mut figures[unsure.place];
            *count = exact.get(id).copied().unwrap_or(*count);
        }
        (rest, batch) = (&rest[some..], batch * 4);
    }
}

/// Tells questions apart: the records, their states, and which names are one.
fn fingerprint(Who { aliases, .. }: Who<'_>, sources: &[Source]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for source in sources {
        (source.bucket, source.revision).hash(&mut hasher);
    }
    for main in aliases.mains() {
        (main, aliases.others(main)).hash(&mut hasher);
    }
    hasher.finish()
}

/// A holder of whom records tell only bounds.
struct Unsure {
    /// Among all figures.
    place: usize,
    most: i64,
}

/// Those of whom the most and the least differ; the greatest most first. `figures` are the least.
async fn unsure(db: &Db, who: Who<'_>, sources: &[Source], figures: &[(i64, i64)]) -> Result<Vec<Unsure>> {
    let mut most = Tally::default();
    for source in sources {
        let Some((ids, counts)) = columns(db, who.by, *source, &[Measure::Hosts]).await? else { continue };
        most.add(&ids, &counts[0], Join::Sum)?;
    }
    most.fold(who.aliases, Join::Sum);
    let both = figures.iter().enumerate().filter_map(|(place, (least, id))| Some((place, *least, most.get(*id)?)));
    let mut unsure: Vec<Unsure> =
        both.filter(|(_, least, most)| most > least).map(|(place, _, most)| Unsure { place, most }).collect();
    unsure.sort_unstable_by_key(|unsure| Reverse(unsure.most));
    Ok(unsure)
}

/// On how many hosts these holders were. The rows of a few are remembered: those are the ones that a page shows.
async fn counted(db: &Db, who: Who<'_>, sources: &[Source], ids: &[i64]) -> Result<HashMap<i64, i64>> {
    let found = if ids.len() <= MOST_KEPT {
        entries(db, who, sources, ids).await?
    } else {
        on_hosts(db, who, sources, ids).await?
    };
    Ok(found.into_iter().map(|(id, acc)| (id, number(acc.hosts.len()))).collect())
}

/// Only the hosts that these holders were on.
async fn on_hosts(
    db: &Db,
    Who { by, aliases, .. }: Who<'_>,
    sources: &[Source],
    ids: &[i64],
) -> Result<HashMap<i64, Acc>> {
    let ids: HashSet<i64> = ids.iter().copied().collect();
    let mut found: HashMap<i64, Acc> = HashMap::new();
    for source in sources {
        let Some((all, _)) = columns(db, by, *source, &[]).await? else { continue };
        let is_wanted = |place: &usize| ids.contains(&aliases.main(all.get(*place)));
        let places: Vec<usize> = (0..all.len()).filter(is_wanted).collect();
        let Some((_, packed)) = record(db, by, *source).await?.filter(|(revision, _)| *revision == source.revision)
        else {
            continue;
        };
        let record = Record::open(&packed).map_err(|e| damaged(*source, &e))?;
        let hosts = record.hosts_at(&places).map_err(|e| damaged(*source, &e))?;
        for (place, hosts) in places.into_iter().zip(hosts) {
            found.entry(aliases.main(all.get(place))).or_default().add(&Bounded::default(), &hosts);
        }
    }
    Ok(found)
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
