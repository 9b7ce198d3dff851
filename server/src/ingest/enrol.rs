//! Enrolment: a machine asks for an identity with a token that the whole domain can read. Promises:
//!
//! 1. **Nobody is evicted**: a second machine with the same identity waits in `conflict`, the first goes on.
//! 2. **Repeating is harmless**: the same machine with the same attempt is the same enrolment; it gets a fresh key, because the
//!    answer with the first one may have been lost. It uses the token up no further. Once the agent has changed its key, whoever
//!    repeats it is a second machine.
//! 3. **A token lets in and nothing else**: its expiry and its count never touch who is enrolled already.
//! 4. **Revoked may enrol again, banned may not.**
//! 5. **A token fills no list**: no more than so many that came with it wait for a person.
//! 6. **A token makes no fleet**: one without a count lets no more than so many hosts in at once in a day, since each brings a quota of its own.

use std::net::IpAddr;

use highwater_wire::EnrolRequest;
use ipnet::IpNet;

use crate::model::agent::{Agent, AgentState, NewAgent};
use crate::model::approval::{self, Newcomer};
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, Deed, SubjectKind, Trail};
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::model::token::{Approve, Token};
use crate::model::{AgentId, ApprovalRuleId, HostId};
use crate::secret;
use crate::store::{self, Db, Tx, agents, approvals, audit, tokens};

/// Machines of one identity that may wait at the same time: more than any cloned image brings, and an end to a flood.
const MOST_WAITING: usize = 64;

/// Why a machine gets no identity.
#[derive(Debug, thiserror::Error)]
pub enum EnrolRefusal {
    #[error("{0}")]
    Malformed(String),
    #[error("{0}")]
    Token(TokenRefusal),
    #[error("This machine was banned. An administrator can lift that on the server's page of agents.")]
    Banned,
    #[error(
        "{0} machines with this identity wait already. An administrator decides about them on the server's page of agents."
    )]
    TooManyWaiting(usize),
    #[error(
        "{0} agents that came with this token wait for a person already, and no more are taken until some are decided about. An administrator decides on the server's page of agents; this agent asks again by itself."
    )]
    TokenFull(u64),
    #[error(
        "This token has let in {0} hosts in 24 hours, and no more are let in with it at once until that is over. This agent asks again by itself. For a rollout an administrator makes a token with as many uses as there are machines, or raises limits.new_hosts_per_token_and_day in the server's settings."
    )]
    TokenPaused(u64),
    #[error("The server could not store the enrolment: {0}")]
    Store(#[from] sqlx::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    #[error("The server does not know this token. Copy it again from the server's page of tokens, or make a new one.")]
    Unknown,
    #[error("This token was revoked. Make a new one on the server's page of tokens.")]
    Revoked,
    #[error("This token has expired. Make a new one on the server's page of tokens.")]
    Expired,
    #[error("This token was used as often as it may be. Make a new one on the server's page of tokens.")]
    UsedUp,
    #[error("This token is not for machines at this address. Its ranges are on the server's page of tokens.")]
    Range,
}

/// An identity that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub agent: AgentId,
    pub host: HostId,
    pub state: AgentState,
    /// The rule that let it in, if one did.
    pub rule: Option<ApprovalRuleId>,
}

/// What is to be done about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// The same enrolment: only its key is new.
    Again(Given),
    New(AgentState),
    /// A rule may let it in.
    ByRule,
}

/// What an enrolment is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// So many that came with one token may wait for a person.
    pub most_waiting: u64,
    /// So many are let in at once, in 24 hours, with one token that has no count of its own.
    pub most_new: u64,
    pub now_at: i64,
}

/// Enrols a machine, in one transaction. `key_sha256` is the hash of the key it will be told.
///
/// # Errors
/// Says why not, in a sentence for the administrator of that machine.
pub async fn enrol(
    db: &Db,
    asked: &EnrolRequest,
    peer: IpAddr,
    key_sha256: &[u8; 32],
    bounds: Bounds,
) -> Result<Given, EnrolRefusal> {
    let now_at = bounds.now_at;
    check_shape(asked)?;
    let mut tx = db.begin().await?;
    let token = tokens::find_by_secret(&mut tx, &secret::sha256(&asked.token)).await?;
    let token = token.ok_or(EnrolRefusal::Token(TokenRefusal::Unknown))?;
    let of_machine = agents::of_machine(&mut tx, &asked.machine_id).await?;
    let decided = decide(asked, &token, &of_machine, peer, now_at)?;
    let given = match decided {
        Decision::Again(given) => {
            agents::replace_key(&mut tx, given.agent, key_sha256).await?;
            given
        }
        Decision::New(_) | Decision::ByRule => {
            let (state, rule) = state_of(&mut tx, decided, asked, peer).await?;
            // Others may have used it up since it was read: this is what counts.
            if !tokens::count_use(&mut tx, token.id, now_at).await? {
                return Err(EnrolRefusal::Token(why_unusable(&token, now_at)));
            }
            has_place(&mut tx, &token, state, bounds).await?;
            insert(&mut tx, (asked, peer), (&token, state, rule), key_sha256, now_at).await?
        }
    };
    write_down(&mut tx, (asked, peer), (&token, &given), matches!(decided, Decision::Again(_)), now_at).await?;
    tx.commit().await?;
    Ok(given)
}

/// Whether one more may come with this token. Its row is locked by now, since its use was counted: nobody adds to these meanwhile.
async fn has_place(tx: &mut Tx, token: &Token, state: AgentState, bounds: Bounds) -> Result<(), EnrolRefusal> {
    if state != AgentState::Approved {
        let waiting = agents::waiting_of(tx, token.id).await?;
        return if waiting < bounds.most_waiting { Ok(()) } else { Err(EnrolRefusal::TokenFull(waiting)) };
    }
    // Who made a token with a count has said how many.
    if token.max_uses.is_some() {
        return Ok(());
    }
    let new = agents::new_of(tx, token.id, bounds.now_at - DAY_MS).await?;
    if new < bounds.most_new { Ok(()) } else { Err(EnrolRefusal::TokenPaused(new)) }
}

/// In which state a new agent begins, and by which rule, if one lets it in.
async fn state_of(
    tx: &mut Tx,
    decided: Decision,
    asked: &EnrolRequest,
    address: IpAddr,
) -> store::Result<(AgentState, Option<ApprovalRuleId>)> {
    Ok(match decided {
        Decision::Again(given) => (given.state, None),
        Decision::New(state) => (state, None),
        Decision::ByRule => {
            let rules = approvals::in_force(tx).await?;
            let newcomer = Newcomer { name: &asked.name, domain: &asked.domain, os: &asked.os, address };
            match approval::first(&rules, newcomer) {
                Some(rule) => (AgentState::Approved, Some(rule.id)),
                None => (AgentState::Pending, None),
            }
        }
    })
}

/// Writes the enrolment down. One that is repeated is written down once an hour: whoever has the token can repeat it without end.
async fn write_down(
    tx: &mut Tx,
    (asked, peer): (&EnrolRequest, IpAddr),
    (token, given): (&Token, &Given),
    is_again: bool,
    now_at: i64,
) -> store::Result<()> {
    let actor = Actor::agent(given.agent, &asked.name);
    let trail = Trail { actor, address: peer.to_canonical().to_string(), at: now_at };
    let deed = Deed::on(Action::AgentEnrolled, (SubjectKind::Agent, given.agent.0, &asked.name))
        .after("host", given.host)
        .after("state", given.state.word())
        .after("approve", token.approve.word())
        .after("token", token.id);
    let deed = if asked.domain.is_empty() { deed } else { deed.after("domain", &asked.domain) };
    let deed = match given.rule {
        Some(rule) => deed.after("rule", rule),
        None => deed,
    };
    if !is_again {
        audit::record(tx, &trail, &deed).await?;
        return Ok(());
    }
    let once = mark(&["enrolled", &given.agent.to_string(), &now_at.div_euclid(HOUR_MS).to_string()]);
    audit::record_once(tx, &trail, &deed.after("again", "yes"), &once).await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    (asked, peer): (&EnrolRequest, IpAddr),
    (token, state, rule): (&Token, AgentState, Option<ApprovalRuleId>),
    key_sha256: &[u8; 32],
    now_at: i64,
) -> store::Result<Given> {
    let host = agents::host_of_identity(tx, &asked.machine_id, &asked.name, &token.group_name, now_at).await?;
    let agent = NewAgent {
        host,
        state,
        key_sha256: *key_sha256,
        attempt_sha256: secret::sha256(&asked.attempt),
        machine_id: asked.machine_id.clone(),
        name: asked.name.clone(),
        os: asked.os.clone(),
        version: asked.agent_version.clone(),
        address: peer.to_string(),
        token: Some(token.id),
        domain: asked.domain.clone(),
        rule,
    };
    Ok(Given { agent: agents::insert(tx, &agent, now_at).await?, host, state, rule })
}

/// Pure: who is it, and may they? `of_machine` are the enrolments of this machine identity, newest first.
fn decide(
    asked: &EnrolRequest,
    token: &Token,
    of_machine: &[Agent],
    peer: IpAddr,
    now_at: i64,
) -> Result<Decision, EnrolRefusal> {
    if token.revoked_at.is_some() {
        return Err(EnrolRefusal::Token(TokenRefusal::Revoked));
    }
    if !is_in_range(&token.ranges, peer) {
        return Err(EnrolRefusal::Token(TokenRefusal::Range));
    }
    if of_machine.iter().any(|agent| agent.state == AgentState::Banned) {
        return Err(EnrolRefusal::Banned);
    }
    let attempt = secret::sha256(&asked.attempt);
    let lives = |agent: &&Agent| agent.state != AgentState::Revoked;
    let same = |agent: &&Agent| secret::is_same(&agent.attempt_sha256, &attempt);
    if let Some(agent) = of_machine.iter().filter(lives).find(same) {
        let given = Given { agent: agent.id, host: agent.host, state: agent.state, rule: agent.rule };
        return Ok(Decision::Again(given));
    }
    if !token.is_usable(now_at) {
        return Err(EnrolRefusal::Token(why_unusable(token, now_at)));
    }
    match (of_machine.iter().filter(lives).count(), token.approve) {
        (waiting, _) if waiting >= MOST_WAITING => Err(EnrolRefusal::TooManyWaiting(waiting)),
        (1.., _) => Ok(Decision::New(AgentState::Conflict)),
        (0, Approve::Auto) => Ok(Decision::New(AgentState::Approved)),
        (0, Approve::Rule) => Ok(Decision::ByRule),
        (0, Approve::Hand) => Ok(Decision::New(AgentState::Pending)),
    }
}

fn why_unusable(token: &Token, now_at: i64) -> TokenRefusal {
    if token.revoked_at.is_some() {
        TokenRefusal::Revoked
    } else if token.expires_at.is_some_and(|at| at <= now_at) {
        TokenRefusal::Expired
    } else {
        TokenRefusal::UsedUp
    }
}

/// A range that cannot be read lets nobody in.
fn is_in_range(ranges: &[String], peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    let contains = |range: &String| match (range.parse::<IpNet>(), range.parse::<IpAddr>()) {
        (Ok(net), _) => net.contains(&peer),
        (_, Ok(address)) => address == peer,
        _ => false,
    };
    ranges.is_empty() || ranges.iter().any(contains)
}

fn check_shape(asked: &EnrolRequest) -> Result<(), EnrolRefusal> {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_line = |text: &str, most: usize| text.len() <= most && !text.chars().any(char::is_control);
    let wrong = if !is_hex(&asked.machine_id) || asked.machine_id.len() > 64 {
        "machine_id must be 1 to 64 hexadecimal digits"
    } else if !is_hex(&asked.attempt) || asked.attempt.len() != 64 {
        "attempt must be 64 hexadecimal digits"
    } else if asked.name.trim().is_empty() || !is_line(&asked.name, 255) {
        "name must be 1 to 255 bytes without control characters"
    } else if !is_line(&asked.os, 255) || !is_line(&asked.domain, 255) || !is_line(&asked.agent_version, 64) {
        "os and domain may have 255 bytes and agent_version 64, without control characters"
    } else {
        return Ok(());
    };
    Err(EnrolRefusal::Malformed(format!("This enrolment is not understood: {wrong}.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TokenId;

    const NOW_AT: i64 = 1_795_512_660_000;

    fn asked(attempt: char) -> EnrolRequest {
        EnrolRequest {
            token: "hwe_x".into(),
            machine_id: "ab12".into(),
            attempt: attempt.to_string().repeat(64),
            name: "FS02".into(),
            agent_version: "0.1.0".into(),
            os: "Windows 11 Pro".into(),
            domain: String::new(),
        }
    }

    fn token() -> Token {
        Token {
            id: TokenId(1),
            label: String::new(),
            hint: String::new(),
            group_name: String::new(),
            approve: Approve::Auto,
            max_uses: None,
            uses: 0,
            expires_at: None,
            ranges: Vec::new(),
            created_at: 0,
            revoked_at: None,
        }
    }

    fn enrolled(attempt: char, state: AgentState) -> Agent {
        let asked = asked(attempt);
        Agent {
            id: AgentId(7),
            host: HostId(3),
            state,
            attempt_sha256: secret::sha256(&asked.attempt),
            machine_id: asked.machine_id,
            name: asked.name,
            os: asked.os,
            version: asked.agent_version,
            address: String::new(),
            token: None,
            domain: asked.domain,
            rule: None,
            key_at: 0,
            key_asked_at: None,
            enrolled_at: 0,
            decided_at: None,
            seen_at: None,
        }
    }

    fn peer() -> IpAddr {
        "10.20.31.7".parse().unwrap()
    }

    fn decision(attempt: char, token: &Token, of_machine: &[Agent]) -> Result<Decision, String> {
        decide(&asked(attempt), token, of_machine, peer(), NOW_AT).map_err(|e| e.to_string())
    }

    #[test]
    fn the_first_of_a_machine_is_let_in_or_waits_as_the_token_says() {
        assert_eq!(decision('a', &token(), &[]), Ok(Decision::New(AgentState::Approved)));
        let by_hand = Token { approve: Approve::Hand, ..token() };
        assert_eq!(decision('a', &by_hand, &[]), Ok(Decision::New(AgentState::Pending)));
        let by_rule = Token { approve: Approve::Rule, ..token() };
        assert_eq!(decision('a', &by_rule, &[]), Ok(Decision::ByRule));
        let clone = decision('b', &by_rule, &[enrolled('a', AgentState::Approved)]);
        assert_eq!(clone, Ok(Decision::New(AgentState::Conflict)), "no rule decides about that");
    }

    #[test]
    fn the_same_attempt_is_the_same_enrolment_even_when_the_token_is_used_up_or_has_expired() {
        let spent = Token { max_uses: Some(1), uses: 1, expires_at: Some(NOW_AT - 1), ..token() };
        for state in [AgentState::Approved, AgentState::Pending, AgentState::Conflict] {
            let given = Given { agent: AgentId(7), host: HostId(3), state, rule: None };
            assert_eq!(decision('a', &spent, &[enrolled('a', state)]), Ok(Decision::Again(given)));
        }
    }

    #[test]
    fn a_second_machine_of_the_same_identity_waits_and_evicts_nobody() {
        for state in [AgentState::Approved, AgentState::Pending, AgentState::Conflict] {
            let of_machine = [enrolled('b', AgentState::Revoked), enrolled('a', state)];
            assert_eq!(decision('c', &token(), &of_machine), Ok(Decision::New(AgentState::Conflict)));
        }
    }

    #[test]
    fn revoked_may_enrol_again_and_banned_may_not() {
        let revoked = [enrolled('a', AgentState::Revoked)];
        assert_eq!(decision('a', &token(), &revoked), Ok(Decision::New(AgentState::Approved)));
        let banned = [enrolled('b', AgentState::Revoked), enrolled('a', AgentState::Banned)];
        assert!(decision('c', &token(), &banned).unwrap_err().contains("banned"));
    }

    #[test]
    fn clones_without_end_are_cut_off() {
        let waiting = vec![enrolled('a', AgentState::Conflict); MOST_WAITING];
        assert!(decision('c', &token(), &waiting).unwrap_err().starts_with("64 machines"));
    }

    #[test]
    fn a_token_that_does_not_hold_says_why() {
        let why = |token: Token| decision('a', &token, &[]).unwrap_err();
        assert_eq!(why(Token { revoked_at: Some(1), ..token() }), TokenRefusal::Revoked.to_string());
        assert_eq!(why(Token { expires_at: Some(NOW_AT), ..token() }), TokenRefusal::Expired.to_string());
        assert_eq!(why(Token { max_uses: Some(2), uses: 2, ..token() }), TokenRefusal::UsedUp.to_string());
        assert_eq!(why(Token { ranges: vec!["10.20.32.0/24".into()], ..token() }), TokenRefusal::Range.to_string());
    }

    #[test]
    fn ranges_are_compared_with_the_true_address() {
        let is_in = |ranges: &[&str], peer: &str| {
            is_in_range(&ranges.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>(), peer.parse().unwrap())
        };
        assert!(is_in(&[], "203.0.113.9"));
        assert!(is_in(&["192.0.2.0/24", "10.0.0.0/8"], "10.9.8.7"));
        assert!(is_in(&["10.0.0.0/8"], "::ffff:10.9.8.7"), "an IPv4 peer of a socket that speaks both");
        assert!(is_in(&["2001:db8::/32"], "2001:db8::1"));
        assert!(is_in(&["192.0.2.7"], "192.0.2.7"));
        assert!(!is_in(&["10.0.0.0/8"], "11.0.0.1"));
        assert!(!is_in(&["everywhere"], "10.0.0.1"));
    }

    #[test]
    fn a_request_of_the_wrong_shape_is_named() {
        let wrong = |change: fn(&mut EnrolRequest)| {
            let mut asked = asked('a');
            change(&mut asked);
            check_shape(&asked).unwrap_err().to_string()
        };
        assert!(check_shape(&asked('a')).is_ok());
        assert!(wrong(|a| a.machine_id.clear()).contains("machine_id"));
        assert!(wrong(|a| a.machine_id = "FS02".into()).contains("machine_id"));
        assert!(wrong(|a| a.attempt.truncate(63)).contains("attempt"));
        assert!(wrong(|a| a.name = " ".into()).contains("name"));
        assert!(wrong(|a| a.name = "FS\u{1b}[31m".into()).contains("name"));
        assert!(wrong(|a| a.os = "x".repeat(256)).contains("os"));
        assert!(wrong(|a| a.domain = "corp\n".into()).contains("domain"));
    }
}
