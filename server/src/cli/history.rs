//! `highwater doctor history`.

use std::path::Path;

use jiff::Timestamp;

use super::{open, say, say_aside, trail};
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::audit::{Action, Deed, Outcome, Subject, SubjectKind};
use crate::model::time::DAY_MS;
use crate::model::unit::Unit;
use crate::store::{self, Db, audit};
use crate::tasks::compact::{Compact, Look, Verified, Wrong};

/// Parts that are told one by one.
const MOST_TOLD: usize = 50;

/// Compares every record with what it is made of, and fails if something is wrong in the end.
pub(super) async fn look(file: Option<&Path>, repair: bool, days: Option<u32>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let db = open(&config).await?;
    let now_at = Clock::system().now_at();
    let since_at = days.map_or(i64::MIN, |days| now_at - i64::from(days) * DAY_MS);
    let look = Look { now_at, keep: app::kept(&config), since_at };
    let compact = Compact::new(db.clone());
    let mut found = compact.verify(look, |day_at| say_aside(format_args!("{} is looked at", day(day_at)))).await?;
    tell(&found)?;
    let outdated = found.outdated();
    if repair && !outdated.is_empty() {
        let deed = Deed::new(Action::HistoryRepaired, Subject::new(SubjectKind::History, None, ""));
        note(&db, &deed.clone().with(Outcome::Begun).after("parts", outdated.len())).await?;
        let made = compact.repair(&outdated, now_at).await?;
        note(&db, &deed.after("parts", made)).await?;
        say(format_args!("{made} parts of the history were put together again. Looking once more:"))?;
        found = compact.verify(look, |_| ()).await?;
        tell(&found)?;
    }
    db.close().await;
    let left = found.wrong.len();
    let hint = if found.outdated().is_empty() { "" } else { "; `highwater doctor history --repair` makes them again" };
    anyhow::ensure!(left == 0, "{left} parts of the history are not as they should be{hint}");
    Ok(())
}

/// Writes it down in the audit log.
async fn note(db: &Db, deed: &Deed) -> store::Result<()> {
    let mut tx = db.begin().await?;
    audit::record(&mut tx, &trail(&Clock::system()), deed).await?;
    tx.commit().await
}

fn tell(found: &Verified) -> anyhow::Result<()> {
    for (unit, wrong) in found.wrong.iter().take(MOST_TOLD) {
        say(format_args!("FAIL {}: {}", part(*unit), said(wrong)))?;
    }
    if found.wrong.len() > MOST_TOLD {
        say(format_args!("FAIL and {} more", found.wrong.len() - MOST_TOLD))?;
    }
    let word = if found.wrong.is_empty() { "PASS" } else { "FAIL" };
    let wait = match found.waiting {
        0 => String::new(),
        n => format!("; {n} that wait to be put together were not compared"),
    };
    say(format_args!(
        "{word} history: {} parts were looked at, {} are not as they should be{wait}",
        found.units,
        found.wrong.len()
    ))
}

fn said(wrong: &Wrong) -> String {
    match wrong {
        Wrong::Lost(what) => {
            format!("{what}. What was derived of them before stays; restore a backup to have them again")
        }
        Wrong::Outdated(what) => format!("{what}: not what the records below it say. It can be made again"),
        Wrong::Unreadable(what) => {
            format!(
                "{what} cannot be read, and retention has removed what it was made of. Restore a backup to have it again"
            )
        }
    }
}

fn part(unit: Unit) -> String {
    match unit {
        Unit::HostHour { hour_at, host } => format!("host {host}, the hour from {}", instant(hour_at)),
        Unit::HostDay { day_at, host } => format!("host {host}, the day {}", day(day_at)),
        Unit::FleetHour { hour_at } => format!("fleet, the hour from {}", instant(hour_at)),
        Unit::FleetDay { day_at } => format!("fleet, the day {}", day(day_at)),
        Unit::FleetWeek { week_at } => format!("fleet, the week from {}", day(week_at)),
    }
}

/// UTC, as it is said to people who read logs.
fn instant(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string())
}

fn day(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d").to_string())
}
