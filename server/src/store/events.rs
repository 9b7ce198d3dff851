//! Events.

use sqlx::QueryBuilder;

use super::packed::Packed;
use super::rows::push_seen;
use super::values::{corrupt, narrow, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::event::{Event, EventClass, NewEvent};
use crate::model::sight::Sight;
use crate::model::{EventId, HostId};

/// Events in one statement. One size, so that the databases' caches hold few texts; the rest of a list is not cached.
const CHUNK: usize = 50;

/// Which events; a field that is none or empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub host: Option<HostId>,
    /// Any of these.
    pub classes: Vec<EventClass>,
    pub code: Option<u32>,
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    /// Events before this one in the order of the list (newest first): the last row of the page before.
    pub after: Option<(i64, EventId)>,
    /// Only those of hosts that are seen.
    pub sight: Sight,
    pub most: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    event_id: EventId,
    host_id: HostId,
    host_name: String,
    channel: String,
    provider: String,
    record_id: i64,
    recorded_at: i64,
    received_at: i64,
    code: i64,
    level: i64,
    class: String,
    computer: String,
    xml: String,
    message: Option<String>,
    decoded: String,
}

/// Keeps events; one that is here already (same host, channel, log epoch, record id and instant) changes nothing. Answers how
/// many were new.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, host: HostId, events: &[NewEvent], received_at: i64) -> Result<u64> {
    const SQL: &str = "
        insert into events (host_id, channel, provider, record_id, log_epoch, recorded_at, received_at, code, level,
            class, computer, xml, message, decoded) ";
    let mut new = 0;
    for chunk in events.chunks(CHUNK) {
        new += each!(tx, tx => {
            let mut insert = QueryBuilder::new(SQL);
            insert.push_values(chunk, |mut row, event| {
                row.push_bind(host)
                    .push_bind(text(&event.channel))
                    .push_bind(text(&event.provider))
                    .push_bind(event.record_id.cast_signed())
                    .push_bind(event.log_epoch.cast_signed())
                    .push_bind(event.recorded_at)
                    .push_bind(received_at)
                    .push_bind(i64::from(event.code))
                    .push_bind(i64::from(event.level))
                    .push_bind(event.class.word())
                    .push_bind(text(&event.computer))
                    .push_bind(text(&event.xml))
                    .push_bind(event.message.as_deref().map(text))
                    .push_bind(text(&event.decoded));
            });
            insert.push(" on conflict (host_id, channel, log_epoch, record_id, recorded_at) do nothing");
            insert.build().persistent(chunk.len() == CHUNK).execute(&mut **tx).await?.rows_affected()
        });
    }
    Ok(new)
}

/// The conditions of a filter, its classes apart. Only those that are set: `$1 is null or …` would keep both planners from the
/// indexes. A macro, since builders of the two databases are two types.
macro_rules! where_is {
    ($select:ident, $filter:ident, $class:expr) => {
        if let Some(host) = $filter.host {
            $select.push(" and e.host_id = ").push_bind(host);
        }
        if let Some(class) = $class {
            $select.push(" and e.class = ").push_bind(class.word());
        }
        if let Some(code) = $filter.code {
            $select.push(" and e.code = ").push_bind(i64::from(code));
        }
        if let Some(from_at) = $filter.from_at {
            $select.push(" and e.recorded_at >= ").push_bind(from_at);
        }
        if let Some(to_at) = $filter.to_at {
            $select.push(" and e.recorded_at < ").push_bind(to_at);
        }
        if let Some((at, id)) = $filter.after {
            $select.push(" and (e.recorded_at, e.event_id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        push_seen(&mut $select, "e.host_id", &$filter.sight);
    };
}

macro_rules! newest {
    ($select:ident, $most:expr) => {
        $select.push(" order by e.recorded_at desc, e.event_id desc limit ").push_bind(i64::from($most))
    };
}

/// Newest first: by recorded_at, then id, both descending.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, filter: &EventFilter) -> Result<Vec<Event>> {
    const SQL: &str = "
        select e.event_id, e.host_id, h.name as host_name, e.channel, e.provider, e.record_id, e.recorded_at,
            e.received_at, e.code, e.level, e.class, e.computer, e.xml, e.message, e.decoded
        from events e join hosts h on h.host_id = e.host_id
        where 1 = 1";
    let rows: Vec<Row> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SQL);
        if filter.classes.len() < 2 {
            where_is!(select, filter, filter.classes.first());
        } else {
            // The newest of each class are found in order by an index; all classes at once would have to be sorted, and what is
            // rare would be looked for among all that is not.
            select.push(" and e.event_id in (");
            for (i, class) in filter.classes.iter().enumerate() {
                select.push(if i > 0 { " union all " } else { "" });
                select.push("select event_id from (select e.event_id from events e where 1 = 1");
                where_is!(select, filter, Some(class));
                newest!(select, filter.most);
                select.push(") c").push(i);
            }
            select.push(")");
        }
        newest!(select, filter.most);
        select.build_query_as().persistent(false).fetch_all(pool).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// One event.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: EventId) -> Result<Option<Event>> {
    const SQL: &str = "
        select e.event_id, e.host_id, h.name as host_name, e.channel, e.provider, e.record_id, e.recorded_at,
            e.received_at, e.code, e.level, e.class, e.computer, e.xml, e.message, e.decoded
        from events e join hosts h on h.host_id = e.host_id
        where e.event_id = $1";
    let row: Option<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// How many events of each class there are in the range; classes without any are left out.
///
/// # Errors
/// The database's.
pub async fn counts(db: &Db, host: Option<HostId>, from_at: i64, to_at: i64) -> Result<Vec<(EventClass, u64)>> {
    counts_seen(db, (host, &Sight::All), from_at, to_at).await
}

/// As [`counts`], of hosts that are seen.
///
/// # Errors
/// The database's.
pub async fn counts_seen(
    db: &Db,
    (host, sight): (Option<HostId>, &Sight),
    from_at: i64,
    to_at: i64,
) -> Result<Vec<(EventClass, u64)>> {
    let rows: Vec<(String, i64)> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new("select e.class, count(*) from events e where e.recorded_at >= ");
        select.push_bind(from_at).push(" and e.recorded_at < ").push_bind(to_at);
        if let Some(host) = host {
            select.push(" and e.host_id = ").push_bind(host);
        }
        push_seen(&mut select, "e.host_id", sight);
        select.push(" group by e.class");
        select.build_query_as().persistent(!sight.is_confined()).fetch_all(pool).await?
    });
    let mut counts = rows
        .into_iter()
        .map(|(class, count)| Ok((read_class(&class)?, narrow("count", count)?)))
        .collect::<Result<Vec<_>>>()?;
    counts.sort_by_key(|(class, _)| EventClass::ALL.iter().position(|c| c == class));
    Ok(counts)
}

/// The newest event of every host that has one and is not foreign or noise: (host, recorded_at, code), by host.
///
/// # Errors
/// The database's.
pub async fn newest_of_hosts(db: &Db) -> Result<Vec<(HostId, i64, u32)>> {
    // Two looks into events_by_host per host. A join would make PostgreSQL read all events.
    const SQL: &str = "
        select string_agg(n.host_id || ',' || n.recorded_at || ',' || n.code || ',', '') from (
            select h.host_id,
                (select e.recorded_at from events e where e.host_id = h.host_id and e.class not in ('foreign', 'noise')
                 order by e.recorded_at desc, e.event_id desc limit 1) as recorded_at,
                (select e.code from events e where e.host_id = h.host_id and e.class not in ('foreign', 'noise')
                 order by e.recorded_at desc, e.event_id desc limit 1) as code
            from hosts h order by h.host_id) n
        where n.recorded_at is not null";
    let text: Option<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    let text = text.unwrap_or_default();
    let (mut packed, mut newest) = (Packed::new(&text), Vec::new());
    let missing = || corrupt("a packed number is null");
    while !packed.is_empty() {
        let host = HostId(packed.number()?.ok_or_else(missing)?);
        let recorded_at = packed.number()?.ok_or_else(missing)?;
        newest.push((host, recorded_at, narrow("events.code", packed.number()?.ok_or_else(missing)?)?));
    }
    Ok(newest)
}

fn read_class(class: &str) -> Result<EventClass> {
    word("events.class", class, EventClass::from_word)
}

impl Row {
    fn read(self) -> Result<Event> {
        Ok(Event {
            id: self.event_id,
            host: self.host_id,
            host_name: self.host_name,
            channel: self.channel,
            provider: self.provider,
            record_id: self.record_id.cast_unsigned(),
            recorded_at: self.recorded_at,
            received_at: self.received_at,
            code: narrow("events.code", self.code)?,
            level: narrow("events.level", self.level)?,
            class: read_class(&self.class)?,
            computer: self.computer,
            xml: self.xml,
            message: self.message,
            decoded: self.decoded,
        })
    }
}
