//! The ranking itself.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::chart::steps::Steps;
use crate::model::holder::{Held, TopHolder};
use crate::model::host::HostNow;
use crate::model::time::{HOUR_MS, hour_start};
use crate::model::{ClientId, HostId, UserId};
use crate::store::holders::{self, Ranking, Scope};
use crate::web::Site;
use crate::web::error::Result;
use crate::web::knowledge::Knowledge;
use crate::web::layout::{counted, number, percent};

use super::{Asked, Kind, Window};

/// Rows of a page.
const ROWS: usize = 25;
/// So many are named in the first sentence.
const LEADERS: usize = 5;
/// Against the window before: from here on a rise is worth a colour.
const STEEP: f64 = 0.2;
/// Values of a small chart at most.
const STEPS: usize = 168;

/// A ranking, or the part of it that a page shows.
#[derive(Debug)]
pub struct Ranked {
    pub sentence: String,
    pub rows: Vec<Row>,
    /// How many there are in the scope, and how many of them match the search.
    pub all: usize,
    pub matching: usize,
    pub skipped: usize,
    pub hosts: usize,
}

#[derive(Debug)]
pub struct Row {
    pub rank: usize,
    pub id: i64,
    pub name: String,
    pub held: Held,
    pub hosts: Vec<HostId>,
    /// Session-hours against the leader's, in percent.
    pub bar: String,
    pub knows_idle: bool,
    pub knows_opens: bool,
    pub trend: Trend,
    pub spark: Steps,
}

/// Session-hours against the window before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trend {
    /// Nothing was observed in the window before.
    Unknown,
    New,
    Same,
    /// By this share, upwards or downwards.
    By(f64),
}

impl Trend {
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Unknown => "–".to_owned(),
            Self::New => "new".to_owned(),
            Self::Same => "same".to_owned(),
            Self::By(share) if share > 10.0 => format!("↑ {}×", number(ratio(share))),
            Self::By(share) if share > 0.0 => format!("↑ {}", percent(share)),
            Self::By(share) => format!("↓ {}", percent(-share)),
        }
    }

    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::By(share) if share > STEEP => "up",
            Self::By(share) if share < -STEEP => "down",
            _ => "",
        }
    }

    fn of(before_ms: i64, now_ms: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a trend needs two digits")]
        let share = now_ms as f64 / before_ms.max(1) as f64 - 1.0;
        match before_ms {
            0 => Self::New,
            _ if share.abs() < 0.01 => Self::Same,
            _ => Self::By(share),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
fn ratio(share: f64) -> i64 {
    (share + 1.0).round() as i64
}

/// Answers the question. Without `most`, the page's rows; with it, so many from the top and without charts (for CSV).
pub(super) async fn rank(
    site: &Site,
    kind: Kind,
    asked: &Asked,
    most: Option<usize>,
    hosts: &[HostNow],
) -> Result<Ranked> {
    let now_at = site.clock.now_at();
    let scope = Scope { host: asked.host(), from_at: now_at - asked.window().length_ms(), to_at: now_at };
    let all = everybody(site, kind, scope, asked).await?;
    let sentence = sentence(kind, asked, &all, hosts);
    let leader_ms = all.iter().map(|h| h.held.session_ms).max().unwrap_or_default();
    let (count, mut touched) = (all.len(), all.iter().flat_map(|h| h.hosts.iter().copied()).collect::<Vec<_>>());
    touched.sort_unstable();
    touched.dedup();
    let wanted = asked.q.trim().to_lowercase();
    let found: Vec<_> = (1..).zip(all).filter(|(_, h)| h.name.to_lowercase().contains(&wanted)).collect();
    let (matching, skipped) = (found.len(), if most.is_some() { 0 } else { asked.page.saturating_mul(ROWS) });
    let skipped = skipped.min(matching);
    let shown: Vec<_> = found.into_iter().skip(skipped).take(most.unwrap_or(ROWS)).collect();
    let past = match most {
        None => Past::of(site, kind, scope, asked.window(), &shown).await?,
        Some(_) => Past::default(),
    };
    let knowledge = Knowledge::of(hosts);
    let rows = shown.into_iter().map(|(rank, holder)| row((rank, holder), leader_ms, &knowledge, &past)).collect();
    Ok(Ranked { sentence, rows, all: count, matching, skipped, hosts: touched.len() })
}

async fn everybody(site: &Site, kind: Kind, scope: Scope, asked: &Asked) -> Result<Vec<TopHolder<i64>>> {
    // All of them: the sentence needs the whole, and one pass over the records is what costs.
    let ranking = Ranking { measure: asked.measure(), skip: 0, most: usize::MAX, name_contains: String::new() };
    Ok(match kind {
        Kind::Client => raw(holders::top_clients(&site.db, scope, &ranking).await?.0, |id: ClientId| id.0),
        Kind::User => raw(holders::top_users(&site.db, scope, &ranking).await?.0, |id: UserId| id.0),
    })
}

fn raw<Id>(holders: Vec<TopHolder<Id>>, id: impl Fn(Id) -> i64) -> Vec<TopHolder<i64>> {
    holders.into_iter().map(|h| TopHolder { id: id(h.id), name: h.name, held: h.held, hosts: h.hosts }).collect()
}

/// The shown holders' hours, in the window and in the one before.
#[derive(Debug, Default)]
struct Past {
    hours: HashMap<i64, BTreeMap<i64, i64>>,
    /// Whole hours of the window that are added up: those after them are on their way.
    window: Range<i64>,
    length_ms: i64,
    /// The first hour of which anything is known.
    first: i64,
}

impl Past {
    async fn of(
        site: &Site,
        kind: Kind,
        scope: Scope,
        window: Window,
        shown: &[(usize, TopHolder<i64>)],
    ) -> Result<Self> {
        let wide = Scope { from_at: scope.from_at - window.length_ms(), ..scope };
        let ids: Vec<i64> = shown.iter().map(|(_, h)| h.id).collect();
        let hours: HashMap<i64, _> = match kind {
            Kind::Client => {
                let ids: Vec<_> = ids.into_iter().map(ClientId).collect();
                let hours = holders::hours_of_clients(&site.db, wide, &ids).await?;
                hours.into_iter().map(|(id, hours)| (id.0, hours)).collect()
            }
            Kind::User => {
                let ids: Vec<_> = ids.into_iter().map(UserId).collect();
                let hours = holders::hours_of_users(&site.db, wide, &ids).await?;
                hours.into_iter().map(|(id, hours)| (id.0, hours)).collect()
            }
        };
        Ok(Self::new(hours, scope, window.length_ms()))
    }

    fn new(hours: HashMap<i64, BTreeMap<i64, i64>>, scope: Scope, length_ms: i64) -> Self {
        let first = hours.values().filter_map(|h| h.keys().next()).min().copied().unwrap_or(scope.to_at);
        let last = hours.values().filter_map(|h| h.keys().next_back()).max().copied().unwrap_or(scope.from_at);
        let start = hour_start(scope.from_at) + HOUR_MS;
        // The hour under way may be added up in part already.
        let end = (last + HOUR_MS).min(hour_start(scope.to_at)).max(start);
        Self { hours, window: start..end, length_ms, first }
    }

    /// Each hour against the same hour of the window before, as far as both are known.
    fn trend(&self, id: i64) -> Trend {
        let start = self.window.start.max(self.first + self.length_ms);
        let Some(hours) = self.hours.get(&id) else { return Trend::Unknown };
        // Less than half of the window says nothing about it.
        if (self.window.end - start) * 2 < self.length_ms {
            return Trend::Unknown;
        }
        let sum = |range: Range<i64>| hours.range(range).map(|(_, ms)| ms).sum();
        Trend::of(sum(start - self.length_ms..self.window.end - self.length_ms), sum(start..self.window.end))
    }

    /// Mean sessions of each step. An hour without a record of this holder is an hour without sessions, unless nothing is known
    /// of that hour at all.
    fn spark(&self, id: i64, height: u32) -> Steps {
        let Some(hours) = self.hours.get(&id) else { return Steps::of(&[], height) };
        let all: Vec<Option<i64>> = (0..self.length_ms / HOUR_MS)
            .map(|i| self.window.start + i * HOUR_MS)
            .map(|at| (at >= self.first && at < self.window.end).then(|| hours.get(&at).copied().unwrap_or(0)))
            .collect();
        // The greatest hour of a step: a peak stays a peak.
        #[expect(clippy::cast_precision_loss, reason = "a small chart needs two digits")]
        let greatest = |step: &[Option<i64>]| step.iter().flatten().max().map(|ms| *ms as f64);
        let values: Vec<_> = all.chunks(all.len().div_ceil(STEPS).max(1)).map(greatest).collect();
        Steps::of(&values, height)
    }
}

fn row((rank, holder): (usize, TopHolder<i64>), leader_ms: i64, knowledge: &Knowledge, past: &Past) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "the width of a bar needs two digits")]
    let bar = holder.held.session_ms as f64 * 100.0 / leader_ms.max(1) as f64;
    Row {
        rank,
        bar: format!("{bar:.1}%"),
        knows_idle: holder.held.idle_ms > 0 || knowledge.of_idle(&holder.hosts),
        knows_opens: holder.held.peak_opens > 0 || knowledge.of_opens(&holder.hosts),
        trend: past.trend(holder.id),
        spark: past.spark(holder.id, 21),
        id: holder.id,
        name: holder.name,
        held: holder.held,
        hosts: holder.hosts,
    }
}

/// The first line: who holds how much of it.
fn sentence(kind: Kind, asked: &Asked, all: &[TopHolder<i64>], hosts: &[HostNow]) -> String {
    let when = asked.window().phrase();
    let place = asked.host().and_then(|id| hosts.iter().find(|h| h.id == id)).map(|h| h.name.as_str());
    let on = place.map(|name| format!(" on {name}")).unwrap_or_default();
    let whole_ms: i64 = all.iter().map(|h| h.held.session_ms).sum();
    let mut largest: Vec<i64> = all.iter().map(|h| h.held.session_ms).collect();
    largest.sort_unstable_by_key(|ms| std::cmp::Reverse(*ms));
    let part_ms: i64 = largest.iter().take(LEADERS).sum();
    #[expect(clippy::cast_precision_loss, reason = "a share in percent needs two digits")]
    let share = percent(part_ms as f64 / whole_ms.max(1) as f64);
    match all.len() {
        0 => format!("No {} held a session{on} {when}.", kind.one()),
        1..=LEADERS => format!(
            "{} held {} session-hours{on} {when}.",
            counted(all.len(), kind.one(), kind.many()),
            number(whole_ms / HOUR_MS)
        ),
        many => format!("{LEADERS} of {} {} hold {share} of all session-hours{on} {when}.", number(many), kind.many()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::DAY_MS;

    fn holder(id: i64, session_ms: i64) -> TopHolder<i64> {
        TopHolder { id, name: format!("pc-{id}"), held: Held { session_ms, ..Held::default() }, hosts: vec![HostId(1)] }
    }

    #[test]
    fn the_first_line_says_how_much_the_largest_hold() {
        let all: Vec<_> = (1..=10).map(|n| holder(n, HOUR_MS * if n <= 5 { 8 } else { 2 })).collect();
        let said = sentence(Kind::Client, &Asked::default(), &all, &[]).replace('\u{a0}', " ");
        assert_eq!(said, "5 of 10 clients hold 80 % of all session-hours in the last 7 days.");
        let said = sentence(Kind::User, &Asked::default(), &all[..1], &[]);
        assert_eq!(said, "1 user held 8 session-hours in the last 7 days.");
        assert_eq!(sentence(Kind::User, &Asked::default(), &[], &[]), "No user held a session in the last 7 days.");
    }

    #[test]
    fn a_rise_is_coloured_only_when_it_is_steep() {
        let said =
            |before, now| (Trend::of(before, now).words().replace('\u{a0}', " "), Trend::of(before, now).class());
        assert_eq!(said(100, 111), ("↑ 11 %".to_owned(), ""));
        assert_eq!(said(100, 161), ("↑ 61 %".to_owned(), "up"));
        assert_eq!(said(100, 78), ("↓ 22 %".to_owned(), "down"));
        assert_eq!(said(1_000, 1_001), ("same".to_owned(), ""));
        assert_eq!(said(0, 5), ("new".to_owned(), ""));
        assert_eq!(said(1, 40), ("↑ 40×".to_owned(), "up"));
    }

    fn past(hours: impl IntoIterator<Item = (i64, i64)>) -> Past {
        let scope = Scope { host: None, from_at: 100 * DAY_MS + 1, to_at: 101 * DAY_MS + 1 };
        Past::new(HashMap::from([(1, hours.into_iter().collect())]), scope, DAY_MS)
    }

    #[test]
    fn without_a_window_before_there_is_no_trend() {
        assert_eq!(past([]).trend(1), Trend::Unknown);
        assert_eq!(past((0..23).map(|h| (100 * DAY_MS + h * HOUR_MS, 5))).trend(1), Trend::Unknown);
    }

    #[test]
    fn a_steady_holder_has_no_trend_though_the_last_hour_is_not_added_up_yet() {
        // From the day before until two hours before now.
        let steady = past((-24..22).map(|h| (100 * DAY_MS + h * HOUR_MS, 5)));
        assert_eq!(steady.trend(1), Trend::Same);
        let spark = steady.spark(1, 10);
        assert_eq!((spark.width, spark.line.as_str()), (24, "M0 0.0H21"));
    }
}
