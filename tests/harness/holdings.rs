//! Hosts with sessions, holders and events, put straight into a store: for pages and the API.

use highwater::history::frame;
use highwater::model::agent::AgentState;
use highwater::model::event::NewEvent;
use highwater::model::event_family;
use highwater::model::holder::{Held, Holders};
use highwater::model::host::{Heard, Now};
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{CELLS_PER_HOUR, HOUR_MS, LATEST_AT, hour_start};
use highwater::model::unit::{Level, Unit};
use highwater::model::usage::{Usage, UsageHour};
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::{events, frames, holders, hosts, names, usage, work};
use highwater::tasks::compact::Compact;

use super::store::{Store, snapshot};
use super::wait::eventually;

/// A host with an approved agent.
pub async fn host(store: &Store, name: &str, key: u8) -> HostId {
    let host = store.host(name).await;
    store.agent(host, AgentState::Approved, key).await;
    host
}

/// When names were last met: later than any server's clock, whose retention removes at its start what was not met for long.
pub const MET_AT: i64 = LATEST_AT - 1;

pub async fn clients(store: &Store, names: &[&str]) -> Vec<ClientId> {
    let ids = store.write(async |tx| names::intern_clients(tx, names, MET_AT).await).await;
    names.iter().map(|name| ids[*name]).collect()
}

pub async fn users(store: &Store, names: &[&str]) -> Vec<UserId> {
    let ids = store.write(async |tx| names::intern_users(tx, names, MET_AT).await).await;
    names.iter().map(|name| ids[*name]).collect()
}

/// Sessions of a host at an instant, as its newest snapshot too.
pub async fn sessions(store: &Store, host: HostId, taken_at: i64, sessions: &[(ClientId, UserId, u32)]) {
    let snapshot = snapshot(taken_at, sessions);
    let (body, now) = (frame::encode(&snapshot, None), now_of(&snapshot));
    let heard = Heard {
        seen_at: taken_at,
        agent_version: "0.1.0".to_owned(),
        boot_id: String::new(),
        queued_records: 0,
        clock_skew_ms: 0,
    };
    store
        .write(async |tx| {
            frames::insert(tx, &NewFrame { host, taken_at, body: body.clone() }).await?;
            hosts::save_states(tx, &[(host, &heard, Some(&now))]).await
        })
        .await;
}

/// A snapshot among others: what is known of the host now stays.
pub async fn observe(store: &Store, host: HostId, snapshot: &Snapshot) {
    let frame = NewFrame { host, taken_at: snapshot.taken_at, body: frame::encode(snapshot, None) };
    store.write(async |tx| frames::insert(tx, &frame).await).await;
}

fn now_of(snapshot: &Snapshot) -> Now {
    Now {
        taken_at: snapshot.taken_at,
        source: snapshot.source.clone(),
        sampling_secs: snapshot.sampling_secs,
        partial: snapshot.partial,
        totals: snapshot.totals(),
        limit: snapshot.limit,
    }
}

/// What holders held on a host in the hour that began `hours_ago` whole hours before now.
pub async fn held(store: &Store, host: HostId, now_at: i64, hours_ago: i64, by_client: &[(ClientId, Held)]) {
    held_by(store, host, now_at, hours_ago, Holders { by_client: by_client.to_vec(), by_user: Vec::new() }).await;
}

pub async fn held_by(store: &Store, host: HostId, now_at: i64, hours_ago: i64, mut holders: Holders) {
    let hour_at = hour_start(now_at) - hours_ago * HOUR_MS;
    holders.by_client.sort_by_key(|(id, _)| *id);
    holders.by_user.sort_by_key(|(id, _)| *id);
    let usage = UsageHour { host, hour_at, cells: [Usage::default(); CELLS_PER_HOUR] };
    store
        .write(async |tx| {
            usage::save_hours(tx, &[&usage]).await?;
            holders::save_hours(tx, &[(host, hour_at, &holders)]).await?;
            work::touch(tx, &[(Unit::FleetHour { hour_at }, 0)]).await
        })
        .await;
    // The server's own task may do it first.
    eventually("the fleet's hour is put together", async || {
        Compact::new((**store).clone()).tick(now_at).await.unwrap();
        match work::waiting(store, Level::FleetHour).await.unwrap().0 {
            0 => Ok(()),
            waiting => Err(format!("{waiting} wait")),
        }
    })
    .await;
}

/// So many session-hours within one hour, a quarter of it idle.
pub fn session_hours(hours: i64, now_at: i64) -> Held {
    let session_ms = hours * HOUR_MS;
    Held {
        session_ms,
        peak_sessions: u32::try_from(hours).unwrap(),
        peak_at: now_at - HOUR_MS,
        peak_opens: u32::try_from(hours * 2).unwrap(),
        idle_ms: session_ms / 4,
        zero_open_ms: session_ms / 2,
        full_ms: 0,
        first_seen_at: now_at - HOUR_MS,
        last_seen_at: now_at,
    }
}

pub fn event(provider: &str, code: u32, recorded_at: i64, record_id: u64) -> NewEvent {
    NewEvent {
        channel: "System".to_owned(),
        provider: provider.to_owned(),
        record_id,
        log_epoch: 0,
        recorded_at,
        code,
        level: 3,
        class: event_family::classify(provider, code),
        computer: "fs01.corp.example".to_owned(),
        xml: format!("<Event><System><EventID>{code}</EventID></System></Event>"),
        message: Some(format!("message of {code}")),
        decoded: "{}".to_owned(),
    }
}

pub async fn record(store: &Store, host: HostId, events: &[NewEvent]) {
    store.write(async |tx| events::insert(tx, host, events, 0).await).await;
}
