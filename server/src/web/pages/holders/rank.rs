//! The ranking itself.

use crate::chart::steps::Steps;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::class::Class;
use crate::model::eyes::Eyes;
use crate::model::holder::{Held, Least};
use crate::model::host::HostInShort;
use crate::model::time::HOUR_MS;
use crate::store::rank::{self, Complete, LEADERS, Ranking, Scope, Whose};
use crate::web::Site;
use crate::web::beside::Beside;
use crate::web::error::Result;
use crate::web::knowledge::Knowledge;
use crate::web::pages::zoom;
use crate::web::sight::Sees;

use super::past::Past;
use super::{Asked, Kind, Stretch};

/// Rows of a page.
const ROWS: usize = 25;
/// Against the window before: from here on a rise is worth a colour.
const STEEP: f64 = 0.2;

/// A ranking, or the part of it that a page shows.
#[derive(Debug)]
pub struct Ranked {
    pub sentence: String,
    pub rows: Vec<Row>,
    /// How many there are in the scope, and how many of them match the search.
    pub all: usize,
    pub matching: usize,
    pub skipped: usize,
    /// Hosts of the scope: of the fleet, those that were observed.
    pub hosts: usize,
    pub is_fleet: bool,
    pub from_at: i64,
    /// Until when it is complete; none for one host, whose newest hour is always counted.
    pub complete: Option<Complete>,
}

#[derive(Debug)]
pub struct Row {
    pub rank: usize,
    pub id: i64,
    pub name: String,
    /// Other names of the same client.
    pub others: Vec<String>,
    pub class: Option<Class>,
    pub held: Held,
    /// What is certain of it.
    pub least: Least,
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
    pub fn words(self, locale: &Locale) -> String {
        match self {
            Self::Unknown => "–".to_owned(),
            Self::New => locale.say("holders-trend-new").into(),
            Self::Same => locale.say("holders-trend-same").into(),
            Self::By(share) if share > 10.0 => format!("↑ {}×", locale.number(ratio(share))),
            Self::By(share) if share > 0.0 => format!("↑ {}", locale.percent(share)),
            Self::By(share) => format!("↓ {}", locale.percent(-share)),
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

    /// Nothing before is new.
    pub(super) fn of(before_ms: i64, now_ms: i64) -> Self {
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

/// Answers the question of the hosts that are seen. Without `most`, the page's rows; with it, so many from the top and without charts
/// (for CSV).
pub(super) async fn rank(
    (site, eyes): (&Site, &Eyes),
    (kind, locale): (Kind, &Locale),
    (asked, stretch): (&Asked, Stretch),
    most: Option<usize>,
    (hosts, sees): (&[HostInShort], &Sees),
) -> Result<Ranked> {
    let (db, now_at, span) = (&site.db, site.clock.now_at(), stretch.span);
    let several = asked.several(hosts, sees.is_confined());
    let whose = match (asked.host(), &several) {
        (Some(host), _) if hosts.iter().any(|known| known.id == host) => Whose::Host(host),
        // What is no host has held nothing, and may be a number that no record's key could have.
        (Some(_), _) => Whose::Hosts(&[]),
        (None, Some(several)) => Whose::Hosts(several),
        (None, None) => Whose::Fleet,
    };
    let scope = Scope { whose, from_at: span.from_at, to_at: span.to_at };
    let skip = if most.is_some() { 0 } else { asked.page().saturating_mul(ROWS) };
    let name_contains = asked.q.trim().to_owned();
    let ranking =
        Ranking { measure: asked.measure(), skip, most: most.unwrap_or(ROWS), name_contains, class: asked.class() };
    let ranked = rank::top(db, kind.by(), scope, &ranking, eyes).await?;
    let complete = rank::complete_seen(db, now_at, sees.sight()).await?;
    let ids: Vec<i64> = ranked.rows.iter().map(|row| row.top.id).collect();
    let known = Known { by: Knowledge::of(hosts), of: Beside::of(db, kind.by(), &ids).await? };
    let past = match most {
        None => Past::of(db, kind.by(), scope, (stretch.window, complete.until_at), &ids).await?,
        Some(_) => Past::default(),
    };
    let over = zoom::over(stretch.zoom(), (now_at, locale));
    Ok(Ranked {
        sentence: sentence((kind, locale), (asked, over), &ranked, (hosts, sees.is_confined())),
        rows: ranked.rows.into_iter().map(|of| row(of, ranked.most_ms, &known, &past)).collect(),
        all: ranked.all,
        matching: ranked.matching,
        skipped: skip.min(ranked.matching),
        hosts: match whose {
            Whose::Fleet => rank::observed(db, scope.from_at, scope.to_at).await? as usize,
            Whose::Host(_) => 1,
            Whose::Hosts(all) => all.len(),
        },
        is_fleet: matches!(whose, Whose::Fleet),
        from_at: scope.from_at,
        complete: (!matches!(whose, Whose::Host(_))).then_some(complete),
    })
}

/// What is known beside the figures.
struct Known {
    by: Knowledge,
    of: Beside,
}

fn row(rank::Row { rank, top: holder }: rank::Row, leader_ms: i64, known: &Known, past: &Past) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "the width of a bar needs two digits")]
    let bar = holder.held.session_ms as f64 * 100.0 / leader_ms.max(1) as f64;
    Row {
        rank,
        bar: format!("{bar:.1}%"),
        knows_idle: holder.held.idle_ms > 0 || known.by.of_idle(&holder.hosts),
        knows_opens: holder.held.peak_opens > 0 || known.by.of_opens(&holder.hosts),
        trend: past.trend(holder.id),
        spark: past.spark(holder.id, 21),
        id: holder.id,
        name: holder.name,
        others: known.of.others.get(&holder.id).cloned().unwrap_or_default(),
        class: known.of.classes.get(&holder.id).copied(),
        held: holder.held,
        least: holder.least,
        hosts: holder.hosts,
    }
}

/// A figure; marked where it is only the most that can be true.
pub fn at_most(words: String, is_exact: bool) -> String {
    if is_exact { words } else { format!("≤\u{a0}{words}") }
}

/// The first line: who holds how much of it.
fn sentence(
    (kind, locale): (Kind, &Locale),
    (asked, over): (&Asked, String),
    ranked: &rank::Ranked,
    (hosts, is_confined): (&[HostInShort], bool),
) -> String {
    let host = asked.host().and_then(|id| hosts.iter().find(|h| h.id == id)).map(|h| ("host", h.name.as_str()));
    let group = (asked.host().is_none() && !asked.group.is_empty()).then_some(("group", asked.group.as_str()));
    let (scope, place) = host.or(group).unwrap_or((if is_confined { "seen" } else { "fleet" }, ""));
    let said = match ranked.all {
        0 => locale.say("holders-none"),
        1..=LEADERS => locale.say("holders-few"),
        _ => locale.say("holders-many"),
    };
    #[expect(clippy::cast_precision_loss, reason = "a share in percent needs two digits")]
    let share = locale.percent(ranked.leaders_ms as f64 / ranked.session_ms.max(1) as f64);
    said.with("kind", kind.one())
        .with("scope", scope)
        .with("place", place)
        .with("over", over)
        .with("all", ranked.all)
        .with("hours", ranked.session_ms / HOUR_MS)
        .with("leaders", LEADERS)
        .with("share", share)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Zone};

    #[test]
    fn the_first_line_says_how_much_the_largest_hold() {
        let of = |all, session_ms, leaders_ms| rank::Ranked { all, session_ms, leaders_ms, ..rank::Ranked::default() };
        let week = |locale: &Locale| locale.say_of("over", "7d").to_string();
        let english = Locale::machine();
        let said = |kind, ranked| {
            sentence((kind, &english), (&Asked::default(), week(&english)), &ranked, (&[], false))
                .replace('\u{a0}', " ")
        };
        let many = of(10, 50 * HOUR_MS, 40 * HOUR_MS);
        assert_eq!(
            said(Kind::Client, many.clone()),
            "5 of 10 clients hold 80 % of all session-hours in the last 7 days."
        );
        assert_eq!(
            said(Kind::User, of(1, 8 * HOUR_MS, 8 * HOUR_MS)),
            "1 user held 8 session-hours in the last 7 days."
        );
        assert_eq!(said(Kind::User, of(0, 0, 0)), "No user held a session in the last 7 days.");
        let asked = Asked { group: "Paris".into(), ..Asked::default() };
        let paris = sentence((Kind::Client, &english), (&asked, week(&english)), &many, (&[], true));
        let paris = paris.replace('\u{a0}', " ");
        assert_eq!(paris, "5 of 10 clients hold 80 % of all session-hours in Paris in the last 7 days.");
        let seen = sentence((Kind::User, &english), (&Asked::default(), week(&english)), &of(0, 0, 0), (&[], true));
        assert_eq!(seen.replace('\u{a0}', " "), "No user held a session on the hosts that you see in the last 7 days.");
        let french = Locale::new(Lang::French, Zone::utc());
        assert_eq!(
            sentence((Kind::User, &french), (&asked, week(&french)), &many, (&[], false)).replace('\u{a0}', " "),
            "5 utilisateurs sur 10 détiennent 80 % des heures de session dans le groupe Paris pendant les 7 derniers jours."
        );
    }

    #[test]
    fn a_rise_is_coloured_only_when_it_is_steep() {
        let said = |before, now| {
            let trend = Trend::of(before, now);
            (trend.words(&Locale::machine()).replace('\u{a0}', " "), trend.class())
        };
        assert_eq!(said(100, 111), ("↑ 11 %".to_owned(), ""));
        assert_eq!(said(100, 161), ("↑ 61 %".to_owned(), "up"));
        assert_eq!(said(100, 78), ("↓ 22 %".to_owned(), "down"));
        assert_eq!(said(1_000, 1_001), ("same".to_owned(), ""));
        assert_eq!(said(0, 5), ("new".to_owned(), ""));
        assert_eq!(said(1, 40), ("↑ 40×".to_owned(), "up"));
    }
}
