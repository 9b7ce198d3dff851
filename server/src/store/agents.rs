//! Enrolments: who may push for which host.

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::{one_row, sha256, text, word};
use super::{Db, Result, Tx, groups, keys};
use crate::each;
use crate::model::agent::{Agent, AgentState, NewAgent};
use crate::model::group::Member;
use crate::model::{AgentId, ApprovalRuleId, HostId, TokenId};

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Keyholder {
    pub key_sha256: [u8; 32],
    pub agent: AgentId,
    pub host: HostId,
    pub state: AgentState,
}

#[derive(sqlx::FromRow)]
struct Row {
    agent_id: AgentId,
    host_id: HostId,
    state: String,
    attempt_sha256: Vec<u8>,
    machine_id: String,
    name: String,
    os: String,
    version: String,
    address: String,
    token_id: Option<TokenId>,
    domain: String,
    approval_rule: Option<ApprovalRuleId>,
    key_at: i64,
    key_asked_at: Option<i64>,
    enrolled_at: i64,
    decided_at: Option<i64>,
    seen_at: Option<i64>,
}

/// Who this key belongs to, whatever its state.
///
/// # Errors
/// The database's.
pub async fn find_by_key(db: &Db, key_sha256: &[u8; 32]) -> Result<Option<Keyholder>> {
    const SQL: &str = "select agent_id, host_id, state from agents where key_sha256 = $1";
    let row: Option<(AgentId, HostId, String)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(key_sha256.as_slice()).fetch_optional(pool).await?);
    let read = |(agent, host, state): (_, _, String)| {
        Ok(Keyholder { key_sha256: *key_sha256, agent, host, state: read_state(&state)? })
    };
    row.map(read).transpose()
}

/// Those of these that may push now: whose keys still stand for the same agent and host, and whose agents are approved.
///
/// # Errors
/// The database's.
pub async fn approved(tx: &mut Tx, holders: &[Keyholder]) -> Result<HashSet<Keyholder>> {
    let mut approved = HashSet::with_capacity(holders.len());
    for holders in in_parts(holders) {
        let rows: Vec<(AgentId, HostId, Vec<u8>)> = each!(&mut *tx, tx => {
            let mut select = QueryBuilder::new("select agent_id, host_id, key_sha256 from agents where state = ");
            select.push_bind(AgentState::Approved.word()).push(" and agent_id in (");
            let mut ids = select.separated(", ");
            for holder in holders {
                ids.push_bind(holder.agent);
            }
            ids.push_unseparated(")");
            select.build_query_as().fetch_all(&mut **tx).await?
        });
        for (agent, host, key_sha256) in rows {
            let is_same = |h: &&Keyholder| h.agent == agent && h.host == host && h.key_sha256.as_slice() == key_sha256;
            approved.extend(holders.iter().filter(is_same).copied());
        }
    }
    Ok(approved)
}

/// One enrolment.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: AgentId) -> Result<Option<Agent>> {
    const SQL: &str = "
        select a.agent_id, a.host_id, a.state, a.attempt_sha256, a.machine_id, a.name, a.os, a.version, a.address,
            a.token_id, a.domain, a.approval_rule, a.key_at, a.key_asked_at, a.enrolled_at, a.decided_at, s.seen_at
        from agents a left join host_state s on s.host_id = a.host_id
        where a.agent_id = $1";
    let row: Option<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// Every enrolment, those that wait for a person first (pending, conflict), then by name (without regard to case) and id.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<Agent>> {
    const SQL: &str = "
        select a.agent_id, a.host_id, a.state, a.attempt_sha256, a.machine_id, a.name, a.os, a.version, a.address,
            a.token_id, a.domain, a.approval_rule, a.key_at, a.key_asked_at, a.enrolled_at, a.decided_at, s.seen_at
        from agents a left join host_state s on s.host_id = a.host_id";
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let mut agents = rows.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    // Here, since the two databases order text differently.
    agents.sort_by_cached_key(|agent| {
        let waits = matches!(agent.state, AgentState::Pending | AgentState::Conflict);
        (!waits, agent.name.to_lowercase(), agent.id)
    });
    Ok(agents)
}

/// Hosts with an agent that may send: the others are nobody's any more.
///
/// # Errors
/// The database's.
pub async fn watched_hosts(db: &Db) -> Result<Vec<HostId>> {
    const SQL: &str = "select distinct host_id from agents where state = 'approved'";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// Enrolments of this machine identity, newest first. Locks the identity until the transaction ends, so that two enrolments
/// cannot both be the first.
///
/// # Errors
/// The database's.
pub async fn of_machine(tx: &mut Tx, machine_id: &str) -> Result<Vec<Agent>> {
    // The update is what locks the row on PostgreSQL, whether it is new or not.
    const LOCK: &str = "
        insert into machines (machine_id) values ($1)
        on conflict (machine_id) do update set machine_id = excluded.machine_id";
    const SQL: &str = "
        select a.agent_id, a.host_id, a.state, a.attempt_sha256, a.machine_id, a.name, a.os, a.version, a.address,
            a.token_id, a.domain, a.approval_rule, a.key_at, a.key_asked_at, a.enrolled_at, a.decided_at, s.seen_at
        from agents a left join host_state s on s.host_id = a.host_id
        where a.machine_id = $1
        order by a.enrolled_at desc, a.agent_id desc";
    let machine_id = text(machine_id);
    let rows: Vec<Row> = each!(tx, tx => {
        sqlx::query(LOCK).bind(machine_id.as_ref()).execute(&mut **tx).await?;
        sqlx::query_as(SQL).bind(machine_id.as_ref()).fetch_all(&mut **tx).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// The host of this identity; made, with this name and the group of its token, if there is none.
///
/// # Errors
/// The database's, or there are more hosts than the keys of history records can tell apart.
pub async fn host_of_identity(tx: &mut Tx, identity: &str, name: &str, group: &str, now_at: i64) -> Result<HostId> {
    const FIND: &str = "select host_id from hosts where identity = $1";
    // `do update` rather than `do nothing`, so that the host another process made a moment ago is answered too.
    const MAKE: &str = "
        insert into hosts
            (identity, name, fqdn, domain, addresses, os, os_build, time_zone, settings, group_name, token_group, group_rule,
            created_at)
        values ($1, $2, '', '', '', '', '', '', '{}', $3, $4, $5, $6)
        on conflict (identity) do update set identity = excluded.identity
        returning host_id";
    let (identity, name, group) = (text(identity), text(name), text(group));
    let found: Option<HostId> = each!(&mut *tx, tx =>
        sqlx::query_scalar(FIND).bind(identity.as_ref()).fetch_optional(&mut **tx).await?);
    if let Some(host) = found {
        return keys::checked(host).map(|_| host);
    }
    let is = groups::hold(tx).await?.place(&Member::named(&name, &group));
    let host: HostId = each!(tx, tx => sqlx::query_scalar(MAKE)
        .bind(identity.as_ref())
        .bind(name)
        .bind(is.group_name)
        .bind(group)
        .bind(is.rule)
        .bind(now_at)
        .fetch_one(&mut **tx)
        .await?);
    keys::checked(host).map(|_| host)
}

/// Keeps a new enrolment.
///
/// # Errors
/// [`super::is_duplicate`] if the key exists.
pub async fn insert(tx: &mut Tx, agent: &NewAgent, now_at: i64) -> Result<AgentId> {
    const SQL: &str = "
        insert into agents
            (host_id, state, key_sha256, attempt_sha256, machine_id, name, os, version, address, token_id, enrolled_at,
            key_at, domain, approval_rule)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)
        returning agent_id";
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(agent.host)
        .bind(agent.state.word())
        .bind(agent.key_sha256.as_slice())
        .bind(agent.attempt_sha256.as_slice())
        .bind(text(&agent.machine_id))
        .bind(text(&agent.name))
        .bind(text(&agent.os))
        .bind(text(&agent.version))
        .bind(text(&agent.address))
        .bind(agent.token)
        .bind(now_at)
        .bind(text(&agent.domain))
        .bind(agent.rule)
        .fetch_one(&mut **tx)
        .await)
}

/// Gives an enrolment whose first answer was lost another key.
///
/// # Errors
/// `RowNotFound` if there is no such enrolment; [`super::is_duplicate`] if the key exists.
pub async fn replace_key(tx: &mut Tx, id: AgentId, key_sha256: &[u8; 32]) -> Result<()> {
    const SQL: &str = "update agents set key_sha256 = $2, next_key_sha256 = null where agent_id = $1";
    one_row(each!(tx, tx =>
        sqlx::query(SQL).bind(id).bind(key_sha256.as_slice()).execute(&mut **tx).await?.rows_affected()))
}

/// How many that came with this token wait for a person.
///
/// # Errors
/// The database's.
pub async fn waiting_of(tx: &mut Tx, token: TokenId) -> Result<u64> {
    const SQL: &str = "select count(*) from agents where token_id = $1 and state in ('pending', 'conflict')";
    let waiting: i64 = each!(tx, tx => sqlx::query_scalar(SQL).bind(token).fetch_one(&mut **tx).await?);
    Ok(waiting.unsigned_abs())
}

/// How many came with this token after an instant and did not have to wait; who was sent away since counts, too. Whom a person let in does not:
/// only people decide.
///
/// # Errors
/// The database's.
pub async fn new_of(tx: &mut Tx, token: TokenId, since: i64) -> Result<u64> {
    const SQL: &str = "
        select count(*) from agents
        where token_id = $1 and enrolled_at > $2
            and (state in ('revoked', 'banned') or (state = 'approved' and decided_at is null))";
    let new: i64 = each!(tx, tx => sqlx::query_scalar(SQL).bind(token).bind(since).fetch_one(&mut **tx).await?);
    Ok(new.unsigned_abs())
}

/// Asks an agent that may push to make itself another key. False if it may not, or is asked already.
///
/// # Errors
/// The database's.
pub async fn ask_for_key(tx: &mut Tx, id: AgentId, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update agents set key_asked_at = $2 where agent_id = $1 and state = 'approved' and key_asked_at is null";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(id).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Agents that are to make themselves another key: those that a person asks, and those whose key is from before `older_than` and whose host was
/// heard since `heard_since`. At most `most` of the latter, so that a fleet does not do it all at once; in another `turn` others, so that those
/// which cannot do it keep nobody from it.
///
/// # Errors
/// The database's.
pub async fn asked_for_keys(
    db: &Db,
    (older_than, heard_since): (i64, i64),
    (turn, most): (i64, u32),
) -> Result<Vec<AgentId>> {
    const ASKED: &str = "
        select agent_id from agents where state = 'approved' and key_asked_at is not null order by agent_id";
    const OLD: &str = "
        select a.agent_id from agents a join host_state s on s.host_id = a.host_id
        where a.state = 'approved' and a.key_asked_at is null and a.key_at < $1 and s.seen_at >= $2
        order by (a.agent_id * 7919 + $3 * 104729) % 1000003, a.agent_id limit $4";
    let (mut asked, old): (Vec<AgentId>, Vec<AgentId>) = each!(db.reader(), pool => (
        sqlx::query_scalar(ASKED).fetch_all(pool).await?,
        sqlx::query_scalar(OLD)
            .bind(older_than)
            .bind(heard_since)
            .bind(turn)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await?,
    ));
    asked.extend(old);
    Ok(asked)
}

/// Takes the key by which an agent goes on, beside the one that it has, in place of one that it offered before. False if it is its key
/// already, or the agent may not push.
///
/// # Errors
/// [`super::is_duplicate`] if another agent offered the same.
pub async fn offer_key(tx: &mut Tx, id: AgentId, key_sha256: &[u8; 32]) -> Result<bool> {
    const SQL: &str = "
        update agents set next_key_sha256 = $2
        where agent_id = $1 and state = 'approved' and key_sha256 <> $2";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(id).bind(key_sha256.as_slice()).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// The agent that offered this key, if it has not used it yet.
///
/// # Errors
/// The database's.
pub async fn find_by_next_key(db: &Db, key_sha256: &[u8; 32]) -> Result<Option<AgentId>> {
    const SQL: &str = "select agent_id from agents where next_key_sha256 = $1";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(key_sha256.as_slice()).fetch_optional(pool).await)
}

/// The offered key was used: it is the agent's key from here on, and the old one is nobody's. False if it is not what was offered: another
/// process was faster, or another key was offered. What it enrolled with gets nobody a key of it any more: whoever has the old key may have
/// that, too, and a token is no secret.
///
/// # Errors
/// [`super::is_duplicate`] if it is another agent's key.
pub async fn change_key(tx: &mut Tx, id: AgentId, key_sha256: &[u8; 32], now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update agents
        set key_sha256 = $2, next_key_sha256 = null, key_at = $3, key_asked_at = null, attempt_sha256 = $2
        where agent_id = $1 and next_key_sha256 = $2";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(id).bind(key_sha256.as_slice()).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// The keys of all agents, also those that are offered: to tell a wrong one without asking again.
///
/// # Errors
/// The database's.
pub async fn all_keys(db: &Db) -> Result<Vec<Vec<u8>>> {
    const SQL: &str = "
        select key_sha256 from agents union all select next_key_sha256 from agents where next_key_sha256 is not null";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// Sets the state, if it is `from` now. False if it is not: somebody else decided meanwhile.
///
/// # Errors
/// The database's.
pub async fn decide(tx: &mut Tx, id: AgentId, from: AgentState, to: AgentState, now_at: i64) -> Result<bool> {
    const SQL: &str = "update agents set state = $3, decided_at = $4 where agent_id = $1 and state = $2";
    let rows = each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(from.word())
        .bind(to.word())
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Moves an enrolment to another host (a clone that a person keeps apart).
///
/// # Errors
/// `RowNotFound` if there is no such enrolment.
pub async fn move_to_host(tx: &mut Tx, id: AgentId, host: HostId) -> Result<()> {
    const SQL: &str = "update agents set host_id = $2 where agent_id = $1";
    one_row(each!(tx, tx => sqlx::query(SQL).bind(id).bind(host).execute(&mut **tx).await?.rows_affected()))
}

pub(super) fn read_state(state: &str) -> Result<AgentState> {
    word("agents.state", state, AgentState::from_word)
}

impl Row {
    fn read(self) -> Result<Agent> {
        Ok(Agent {
            id: self.agent_id,
            host: self.host_id,
            state: read_state(&self.state)?,
            attempt_sha256: sha256("agents.attempt_sha256", self.attempt_sha256)?,
            machine_id: self.machine_id,
            name: self.name,
            os: self.os,
            version: self.version,
            address: self.address,
            token: self.token_id,
            domain: self.domain,
            rule: self.approval_rule,
            key_at: self.key_at,
            key_asked_at: self.key_asked_at,
            enrolled_at: self.enrolled_at,
            decided_at: self.decided_at,
            seen_at: self.seen_at,
        })
    }
}
