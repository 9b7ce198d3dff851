//! A fleet whose every name means something to a spreadsheet.

use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::alert::{Levels, Silence};
use highwater::model::api_key::{NewApiKey, Scope};
use highwater::model::approval;
use highwater::model::audit::{Action, Actor, Deed, SubjectKind, Trail};
use highwater::model::class::{Class, Subject};
use highwater::model::counter::{Counter, Reading, Share};
use highwater::model::event::NewEvent;
use highwater::model::finding::{Detail, Found, Severity};
use highwater::model::group::NewRule;
use highwater::model::holder::Holders;
use highwater::model::host::Facts;
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::model::time::MINUTE_MS;
use highwater::model::token::{Approve, NewToken};
use highwater::model::{ClassRuleId, ClientId, HostId, SilenceId, UserId};
use highwater::store::{
    accounts, agents, alerts, aliases, api_keys, approvals, audit, changes, classes, counters, findings, groups, hosts,
    shares, tokens,
};

use crate::harness::holdings::{clients, event, held_by, host, record, session_hours, sessions, users};
use crate::harness::store::{Store, new_agent};

/// What spreadsheets could take for more than text.
pub(crate) const EVIL: &str = "=HYPERLINK(\"http://evil\",\"x\")";
/// The same for who splits texts where we do not.
pub(crate) const INNER: &str = "x;\"=HYPERLINK(A1)\";+1\t@SUM(A1)\r\n-1,=2";

/// Whom the tables are of.
pub(crate) struct Made {
    pub(crate) host: HostId,
    pub(crate) client: ClientId,
    pub(crate) user: UserId,
    pub(crate) rule: ClassRuleId,
    /// When there was another snapshot than the newest.
    pub(crate) then_at: i64,
}

pub(crate) async fn evil_fleet(store: &Store, now_at: i64) -> Made {
    let fs = host(store, EVIL, 1).await;
    let pcs = clients(store, &[EVIL, INNER, "PC-1", "@alias"]).await;
    let who = users(store, &["+cmd", "ann\u{1}\u{1b}[2J"]).await;
    let then_at = now_at - 40 * MINUTE_MS;
    sessions(store, fs, then_at, &[(pcs[0], who[0], 5), (pcs[2], who[1], 1)]).await;
    sessions(store, fs, now_at - 1_000, &[(pcs[0], who[0], 3), (pcs[1], who[1], 0)]).await;
    let hold = session_hours(2, now_at);
    let by_client = vec![(pcs[0], hold), (pcs[1], hold)];
    held_by(store, fs, now_at, 1, Holders { by_client, by_user: vec![(who[0], hold), (who[1], hold)] }).await;
    store.write(async |tx| aliases::merge(tx, pcs[0], pcs[3], "=me", now_at).await.map(|_| ())).await;
    let bad = NewEvent { message: Some(INNER.to_owned()), ..event("=srv", 2022, now_at - 500, 7) };
    record(store, fs, &[NewEvent { computer: "@SUM(A1)".to_owned(), ..bad }]).await;
    let found = [Found { rule: "CFG-16", severity: Severity::Medium, detail: Detail::Words(INNER.to_owned()) }];
    store.write(async |tx| findings::save(tx, fs, &found, now_at).await).await;
    beside(store, fs, now_at).await;
    let rule = settings(store, fs, now_at).await;
    told(store, now_at).await;
    Made { host: fs, client: pcs[0], user: who[0], rule, then_at }
}

/// An entry of the audit log, which has names of its own.
async fn told(store: &Store, now_at: i64) {
    let trail = Trail { actor: Actor::program(EVIL), address: "@address".to_owned(), at: now_at };
    let deed = Deed::on(Action::WebhookChanged, (SubjectKind::Webhook, 1, INNER)).change("=field", INNER, "-1");
    store.write(async |tx| audit::record(tx, &trail, &deed).await).await;
}

/// What a host tells beside its sessions.
async fn beside(store: &Store, fs: HostId, now_at: i64) {
    let facts = |minutes: i64, value: &str| Facts {
        observed_at: now_at - minutes * MINUTE_MS,
        name: EVIL.to_owned(),
        fqdn: INNER.to_owned(),
        domain: "=domain".to_owned(),
        os: "@os".to_owned(),
        settings: [("=Setting".to_owned(), value.to_owned())].into(),
        ..Facts::default()
    };
    let reading = |minutes: i64, timed_out: i64| Reading {
        read_at: now_at - minutes * MINUTE_MS,
        since_at: Some(1),
        values: vec![(Counter::SessionsTimedOut, timed_out), (Counter::QueueLength, 3)],
    };
    let share = |name: &str, most_uses: Option<u32>| Share {
        name: name.to_owned(),
        uses: 3,
        most_uses,
        is_unlimited: most_uses.is_none(),
    };
    let list = [share(EVIL, Some(10)), share(INNER, None)];
    store
        .write(async |tx| {
            changes::learn(tx, fs, &facts(20, "+1")).await?;
            changes::learn(tx, fs, &facts(10, INNER)).await?;
            hosts::save_facts(tx, fs, &facts(10, INNER)).await?;
            counters::save(tx, fs, [reading(9, 100), reading(4, 107)]).await?;
            shares::save(tx, fs, now_at - 4 * MINUTE_MS, &list).await
        })
        .await;
}

/// What people and agents name in the settings.
async fn settings(store: &Store, fs: HostId, now_at: i64) -> ClassRuleId {
    let waiting = NewAgent {
        name: EVIL.to_owned(),
        os: INNER.to_owned(),
        version: "+1".to_owned(),
        address: "@address".to_owned(),
        machine_id: "=id".to_owned(),
        ..new_agent(fs, AgentState::Pending, 9)
    };
    let token = NewToken {
        label: EVIL.to_owned(),
        secret_sha256: [7; 32],
        hint: "hwe_secret".to_owned(),
        group_name: INNER.to_owned(),
        approve: Approve::Hand,
        max_uses: Some(3),
        expires_at: None,
        ranges: vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()],
    };
    let rule = NewRule::read("=group", "name", "=hyper*").unwrap();
    let approval = approval::NewRule::read("=hyper*", "@corp.example", "10.0.0.0/8").unwrap();
    let key = NewApiKey {
        label: EVIL.to_owned(),
        secret_sha256: [9; 32],
        hint: "hwk_abcdef".to_owned(),
        scopes: vec![Scope::Read],
        sight: Sight::All,
        sees_names: true,
        expires_at: None,
    };
    store
        .write(async |tx| {
            agents::insert(tx, &waiting, now_at).await?;
            tokens::insert(tx, &token, now_at).await?;
            approvals::insert(tx, &approval, "=me", now_at).await?;
            api_keys::insert(tx, &key, "+me", now_at).await?;
            accounts::insert(tx, EVIL, "", Role::Viewer, now_at).await?;
            groups::insert_rule(tx, &rule, "=me", now_at).await?;
            groups::put(tx, &[fs], "-group;=1", "=me", now_at).await?;
            let levels = Levels::first(Kind::Full);
            alerts::save_rule(tx, (Kind::Full, "=group"), true, &levels, ("+me", now_at)).await?;
            alerts::insert_silence(tx, &silence(fs, now_at)).await?;
            let of = (Class::Backup, Subject::Client, "=hyper*");
            Ok(classes::insert(tx, of, "+me", now_at).await?.unwrap())
        })
        .await
}

fn silence(fs: HostId, now_at: i64) -> Silence {
    Silence {
        id: SilenceId(0),
        is_maintenance: true,
        host: Some(fs),
        host_name: String::new(),
        group_name: String::new(),
        kind: None,
        from_at: now_at - MINUTE_MS,
        until_at: now_at + 60 * MINUTE_MS,
        is_weekly: true,
        time_zone: "UTC".to_owned(),
        reason: EVIL.to_owned(),
        created_by: "=me".to_owned(),
        created_at: now_at,
    }
}
