//! Who it is, and what history holds of it: sessions, hours and days, by its numbers.

use std::collections::{HashMap, HashSet};

use super::{Result, Teller};
use crate::model::eyes::Eyes;
use crate::model::holder::{Held, Holders};
use crate::model::host::HostInShort;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, day_start};
use crate::model::unit::Unit;
use crate::model::{ClientId, HostId, UserId};
use crate::store::rank::By;
use crate::store::{Db, aliases, frames, holders, hosts, names, records, work};

const HELD: &[&str] = &[
    "Name",
    "Host",
    "From",
    "SessionSeconds",
    "PeakSessions",
    "PeakAt",
    "PeakOpens",
    "IdleSeconds",
    "ZeroOpenSeconds",
    "MinutesPresentWhileFull",
    "FirstSeen",
    "LastSeen",
];

impl Teller {
    pub(super) async fn names(&mut self) -> Result<()> {
        self.out.table("names", &["Name", "Id", "MergedWith", "MergedAt", "MergedBy"]).await?;
        let own = self.names.clone();
        self.out
            .rows(own.len() as u64, |sheet| {
                for (id, name) in &own {
                    sheet.text(name).whole(*id).text("").known_instant(None).text("");
                }
            })
            .await?;
        if self.whom.by == By::User {
            return Ok(());
        }
        for (id, name) in own {
            let main = aliases::main_of(&self.db, ClientId(id)).await?;
            let main_name = names::client(&self.db, main).await?.unwrap_or_default();
            let all = aliases::of_client(&self.db, main).await?;
            let others: Vec<_> = all.into_iter().filter(|other| other.id.0 != id).collect();
            let is_main = main.0 == id;
            self.out
                .rows(others.len() as u64 + 1, |sheet| {
                    if !is_main {
                        sheet.text(&main_name).whole(main.0).text(&name).known_instant(None).text("");
                    }
                    for other in &others {
                        sheet.text(&other.name).whole(other.id.0).text(&name);
                        sheet.known_instant(Some(other.merged_at)).text(&other.merged_by);
                    }
                })
                .await?;
        }
        Ok(())
    }

    pub(super) async fn days(&mut self) -> Result<()> {
        self.out.table("days", HELD).await?;
        let all = hosts::in_short(&self.db).await?;
        for day_at in days_kept(&self.db, self.now_at).await? {
            for host in &all {
                let days = holders::days_of_host(&self.db, host.id, day_at, day_at + DAY_MS).await?;
                self.held(&host.name, &days).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn hours(&mut self) -> Result<()> {
        self.out.table("hours", HELD).await?;
        let all = hosts::in_short(&self.db).await?;
        for day_at in days_kept(&self.db, self.now_at).await? {
            for host in &all {
                let hours = holders::hours_of_host(&self.db, host.id, day_at, day_at + DAY_MS).await?;
                self.held(&host.name, &hours).await?;
            }
        }
        Ok(())
    }

    async fn held(&mut self, host: &str, stretches: &[(i64, Holders)]) -> Result<()> {
        let mut rows: Vec<(String, i64, Held)> = Vec::new();
        for (from_at, holders) in stretches {
            let ours = self.ours(holders).into_iter();
            rows.extend(ours.map(|(id, held)| (self.name_of(id).to_owned(), *from_at, held)));
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.out
            .rows(rows.len() as u64, |sheet| {
                for (name, from_at, held) in &rows {
                    sheet.text(name).text(host).instant(*from_at).whole(held.session_ms / SECOND_MS);
                    sheet.whole(held.peak_sessions).instant(held.peak_at).whole(held.peak_opens);
                    sheet.whole(held.idle_ms / SECOND_MS).whole(held.zero_open_ms / SECOND_MS);
                    sheet.whole(held.full_ms / MINUTE_MS).instant(held.first_seen_at).instant(held.last_seen_at);
                }
            })
            .await
    }

    /// What it held, by number.
    fn ours(&self, holders: &Holders) -> Vec<(i64, Held)> {
        match self.whom.by {
            By::Client => {
                holders.by_client.iter().map(|(id, held)| (id.0, *held)).filter(|(id, _)| self.is_ours(*id)).collect()
            }
            By::User => {
                holders.by_user.iter().map(|(id, held)| (id.0, *held)).filter(|(id, _)| self.is_ours(*id)).collect()
            }
        }
    }

    pub(super) async fn sessions(&mut self) -> Result<()> {
        let columns = &["Host", "TakenAt", "Client", "User", "Opens", "StartedAt", "ActiveAt"];
        self.out.table("sessions", columns).await?;
        let all = hosts::in_short(&self.db).await?;
        let Some(last) = all.iter().map(|host| host.id).max() else { return Ok(()) };
        for day_at in days_kept(&self.db, self.now_at).await? {
            let first = Unit::HostHour { hour_at: day_at, host: HostId(0) };
            let end = Unit::HostHour { hour_at: day_at + DAY_MS - HOUR_MS, host: last };
            // Before the records are read: what is put together in between is looked at once more than needed.
            let waiting = work::waiting_among(&self.db, first, end).await?;
            for host in &all {
                self.day(host, day_at, &waiting).await?;
            }
        }
        Ok(())
    }

    /// Hours in which it was there, by what they added up to; those that do not say so yet are all read.
    async fn day(&mut self, host: &HostInShort, day_at: i64, waiting: &HashSet<Unit>) -> Result<()> {
        let added: HashMap<i64, Holders> =
            holders::hours_of_host(&self.db, host.id, day_at, day_at + DAY_MS).await?.into_iter().collect();
        for hour_at in (0..24).map(|n| day_at + n * HOUR_MS) {
            let waits = waiting.contains(&Unit::HostHour { hour_at, host: host.id });
            let was_there = added.get(&hour_at).is_some_and(|holders| !self.ours(holders).is_empty());
            if waits || was_there {
                let snapshots = frames::range(&self.db, host.id, hour_at, hour_at + HOUR_MS).await?;
                self.hour(&host.name, &snapshots).await?;
            }
        }
        Ok(())
    }

    /// Its sessions, with when each was seen.
    fn its(&self, snapshots: &[Snapshot]) -> Vec<(i64, Session)> {
        let is_its = |session: &&Session| match self.whom.by {
            By::Client => self.is_ours(session.client.0),
            By::User => self.is_ours(session.user.0),
        };
        let mut its = Vec::new();
        for snapshot in snapshots {
            its.extend(snapshot.sessions.iter().filter(is_its).map(|session| (snapshot.taken_at, *session)));
        }
        its
    }

    async fn hour(&mut self, host: &str, snapshots: &[Snapshot]) -> Result<()> {
        let its = self.its(snapshots);
        if its.is_empty() {
            return Ok(());
        }
        let [clients, users] = both(&self.db, &its).await?;
        let name = |names: &HashMap<i64, String>, id: i64| names.get(&id).cloned().unwrap_or_default();
        self.told.sessions += its.len() as u64;
        self.out
            .rows(its.len() as u64, |sheet| {
                for (taken_at, session) in &its {
                    sheet.text(host).instant(*taken_at).text(&name(&clients, session.client.0));
                    sheet.text(&name(&users, session.user.0)).known(session.opens);
                    sheet.known_instant(session.started_at).known_instant(session.active_at);
                }
            })
            .await
    }
}

/// The UTC days from the first of which something is kept to beyond now: a host's clock may be ahead.
async fn days_kept(db: &Db, now_at: i64) -> Result<Vec<i64>> {
    let span = records::span(db).await?.unwrap_or(now_at..now_at);
    let waiting = work::oldest_hour(db).await?.unwrap_or(now_at);
    let (first, end) = (day_start(span.start.min(waiting)), span.end.max(now_at) + DAY_MS);
    Ok((0..).map(|n| first + n * DAY_MS).take_while(|day_at| *day_at < end).collect())
}

/// The names of the clients and of the users of these sessions.
async fn both(db: &Db, its: &[(i64, Session)]) -> Result<[HashMap<i64, String>; 2]> {
    let clients: HashSet<ClientId> = its.iter().map(|(_, session)| session.client).collect();
    let users: HashSet<UserId> = its.iter().map(|(_, session)| session.user).collect();
    let clients = names::clients(db, &clients.into_iter().collect::<Vec<_>>()).await?;
    // Who takes this has to see names.
    let users = Eyes::Names.users(names::users(db, &users.into_iter().collect::<Vec<_>>()).await?);
    let clients = clients.into_iter().map(|(id, name)| (id.0, name)).collect();
    Ok([clients, users.into_iter().map(|(id, name)| (id.0, name)).collect()])
}
