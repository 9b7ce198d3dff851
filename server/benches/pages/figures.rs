//! How long the store takes for the questions that pages ask.

use std::time::Duration;

use highwater::model::eyes::Eyes;
use highwater::model::fleet::Step;
use highwater::model::holder::Measure;
use highwater::model::sight::Sight;
use highwater::model::time::{DAY_MS, HOUR_MS, hour_start};
use highwater::store::rank::{self, By, Ranking, Scope, Whose};
use highwater::store::{Db, heat, past, usage};
use tokio::time::Instant;

use super::made::Made;
use super::{millis, say};

const REPEATS: usize = 20;

/// Asks again and again: the first time, with nothing remembered, and half of the times after it.
async fn time(what: &str, wanted: &str, ask: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut took: Vec<Duration> = Vec::with_capacity(REPEATS);
    for _ in 0..=REPEATS {
        let began = Instant::now();
        ask().await?;
        took.push(began.elapsed());
    }
    let first = took.remove(0);
    took.sort_unstable();
    say(&format!(
        "{what:<52} {} {} {}   {wanted}",
        millis(first),
        millis(took[REPEATS / 2]),
        millis(took[REPEATS - 1])
    ));
    Ok(())
}

/// # Errors
/// The store does not answer.
pub(crate) async fn print(db: &Db, made: &Made, now_at: i64) -> anyhow::Result<()> {
    say("store                                                    first      p50      max   target");
    rankings(db, now_at).await?;
    let host = made.hosts[0];
    for (what, days, wanted) in [("24 h", 1, "1 ms"), ("90 d", 90, "")] {
        let scope = Scope { whose: Whose::Host(host), from_at: now_at - days * DAY_MS, to_at: now_at };
        time(&format!("top clients of one host, {what}"), wanted, async || {
            rank::top(db, By::Client, scope, &page(Measure::SessionHours), &Eyes::Names).await?;
            Ok(())
        })
        .await?;
    }
    for (what, step, days, wanted) in [
        ("24 h at 5 min", Step::FiveMinutes, 1, "10 ms"),
        ("7 d at 1 h", Step::Hour, 7, ""),
        ("30 d at 6 h", Step::SixHours, 30, ""),
        ("90 d at 6 h", Step::SixHours, 90, "20 ms"),
        ("1 y at 6 h", Step::SixHours, 365, ""),
    ] {
        time(&format!("heat map of the worst 20 hosts, {what}"), wanted, async || {
            heat::worst(db, (step, 1), now_at - days * DAY_MS..now_at, (20, &Sight::All)).await?;
            Ok(())
        })
        .await?;
    }
    time("the fleet's spread, 90 d", "", async || {
        heat::usage(db, Step::SixHours, now_at - 90 * DAY_MS..now_at, &Sight::All).await?;
        Ok(())
    })
    .await?;
    time("every host's last 24 hours", "", async || {
        heat::lately(db, hour_start(now_at) - 23 * HOUR_MS..now_at).await?;
        Ok(())
    })
    .await?;
    time("sparklines of 50 hosts", "", async || {
        past::of_hosts(db, &made.hosts[..50], now_at - DAY_MS, now_at).await?;
        Ok(())
    })
    .await?;
    time("history of one host, 90 d", "", async || {
        usage::of_host(db, host, now_at - 90 * DAY_MS, now_at, now_at).await?;
        Ok(())
    })
    .await
}

fn page(measure: Measure) -> Ranking {
    Ranking { measure, skip: 0, most: 25, ..Ranking::default() }
}

async fn rankings(db: &Db, now_at: i64) -> anyhow::Result<()> {
    let hour_at = hour_start(now_at);
    for (what, days, wanted) in [("24 h", 1, "50 ms"), ("7 d", 7, ""), ("90 d", 90, "100 ms")] {
        for measure in [Measure::SessionHours, Measure::Blame, Measure::Hosts] {
            let from_at = hour_at - days * DAY_MS + HOUR_MS;
            let scope = Scope { whose: Whose::Fleet, from_at, to_at: now_at };
            time(&format!("top clients of the fleet by {}, {what}", measure.word()), wanted, async || {
                rank::top(db, By::Client, scope, &page(measure), &Eyes::Names).await?;
                Ok(())
            })
            .await?;
        }
    }
    let scope = Scope { whose: Whose::Fleet, from_at: hour_at - DAY_MS, to_at: now_at };
    time("top clients of the fleet by name, 24 h", "", async || {
        let some = Ranking { name_contains: "pc-0123".to_owned(), ..page(Measure::SessionHours) };
        rank::top(db, By::Client, scope, &some, &Eyes::Names).await?;
        Ok(())
    })
    .await?;
    time("one client across the fleet, 7 d", "", async || {
        rank::one(db, By::Client, 5_000, hour_at - 7 * DAY_MS, now_at).await?;
        Ok(())
    })
    .await
}
