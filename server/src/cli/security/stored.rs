//! What people made and forgot: tokens, keys, destinations, accounts, and what is kept for longer than was asked for.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::super::ca::behind;
use super::keys::{self, good};
use super::{Finding, named};
use crate::app;
use crate::config::{Config, SightWord, UserNames};
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, folded};
use crate::model::agent::{Agent, AgentState};
use crate::model::api_key::ApiKey;
use crate::model::approval;
use crate::model::connector::{Connector, System};
use crate::model::pseudonym::is_pseudonym;
use crate::model::retention::Kind;
use crate::model::role::Role;
use crate::model::time::DAY_MS;
use crate::model::token::{Approve, Token};
use crate::model::webhook::Webhook;
use crate::sealed::{KeyError, Keys};
use crate::store::rank::By;
use crate::store::{
    self, Db, accounts, agents, api_keys, approvals, beginning, connectors, erasure, groups, second_factors, tokens,
    webhooks,
};
use crate::tasks::sealing;
use crate::tls::own;

/// What nobody used for longer than this may not be needed any more.
const UNUSED_DAYS: i64 = 90;
/// Removal takes its time.
const LATE_MS: i64 = DAY_MS;
/// Names read at once.
const NAMES: u32 = 1_000;

pub(super) async fn look(db: &Db, config: &Config, now_at: i64) -> store::Result<Vec<Finding>> {
    let keys = api_keys::list(db).await?;
    let mut findings = vec![of_tokens(&tokens::list(db).await?, now_at)];
    findings.push(of_approval_rules(&approvals::list(db).await?));
    let accounts = accounts::list(db).await?;
    findings.extend(keys::look(&keys, &accounts, now_at));
    findings.push(of_agents(&agents::list(db).await?));
    findings.push(next_authority(db, config).await?);
    findings.push(of_webhooks(&webhooks::list(db).await?));
    findings.push(of_connectors(&connectors::list(db).await?));
    findings.push(sealed_secrets(db, config).await?);
    findings.push(alike(&accounts));
    findings.push(of_groups(groups::rules(db).await?.len(), &accounts, &keys, now_at));
    findings.push(administrators(&accounts, now_at));
    findings.push(sight_at_sign_in(&accounts, config));
    findings.push(of_second_factors((&accounts, config), &second_factors::with_one(db).await?));
    findings.push(retention(db, config, now_at).await?);
    findings.push(user_names(db, config).await?);
    Ok(findings)
}

fn of_tokens(tokens: &[Token], now_at: i64) -> Finding {
    let check = "enrolment-tokens";
    let those = |wrong: &dyn Fn(&Token) -> bool| {
        let usable = tokens.iter().filter(|token| token.is_usable(now_at));
        named(usable.filter(|token| wrong(token)).map(|token| format!("{} {}", token.hint, token.label)))
    };
    let has_no_end = |token: &Token| token.expires_at.is_none() && token.max_uses.is_none();
    let is_open = |token: &Token| has_no_end(token) && token.ranges.is_empty() && token.approve == Approve::Auto;
    let remedy =
        "Revoke them on the page of tokens, and make others: `highwater token new --expires-days 30 --range …`";
    if let Some((count, names)) = those(&is_open) {
        let said = format!("{count} let in whoever has them, at once, from everywhere and for ever: {names}");
        return Finding::fail(check, said, remedy);
    }
    if let Some((count, names)) = those(&has_no_end) {
        return Finding::warn(check, format!("{count} have no end, in time or in uses: {names}"), remedy);
    }
    Finding::pass(check, "each that can be used ends by itself")
}

/// Whether a rule lets in whoever has a token that is approved by rule.
fn of_approval_rules(rules: &[approval::Rule]) -> Finding {
    let check = "approval-rules";
    let words = |rule: &approval::Rule| rule.states.parts().map(|(_, states)| states).collect::<Vec<_>>().join(", ");
    match named(rules.iter().filter(|rule| rule.states.lets_everybody_in()).map(words)) {
        None => Finding::pass(check, "none holds for every machine"),
        Some((count, names)) => Finding::warn(
            check,
            format!(
                "{count} hold for every machine, so that tokens which are approved by rule let in everybody who has them: {names}"
            ),
            "Delete them on the page of tokens, and state a domain and a range of addresses in others",
        ),
    }
}

fn of_agents(agents: &[Agent]) -> Finding {
    let check = "agents";
    let waits = |agent: &&Agent| matches!(agent.state, AgentState::Pending | AgentState::Conflict);
    match named(agents.iter().filter(waits).map(|agent| agent.name.clone())) {
        None => Finding::pass(check, "none waits for a person"),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} wait for a person, or say that they are another one: {names}"),
            "Approve, or ban, on the page of agents",
        ),
    }
}

/// Whether somebody would not believe the server any more when its other authority takes over.
async fn next_authority(db: &Db, config: &Config) -> store::Result<Finding> {
    let check = "next-authority";
    let next = if config.given_tls.is_some() { None } else { own::status(config).ok().and_then(|(_, _, next)| next) };
    let Some(next) = next else { return Ok(Finding::pass(check, "none is to take over")) };
    Ok(match named(behind(db, &next).await?.into_iter()) {
        None => Finding::pass(check, "every agent was heard since the one was made that takes over"),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} agents were not heard since it was made, and are lost on {}: {names}", day(next.until_at)),
            "Let them push before, or give them its fingerprint (`highwater ca status`)",
        ),
    })
}

fn of_webhooks(webhooks: &[Webhook]) -> Finding {
    let check = "webhooks";
    let is_plain = |webhook: &&Webhook| webhook.is_on() && webhook.is_plain();
    match named(webhooks.iter().filter(is_plain).map(|webhook| webhook.name.clone())) {
        None => Finding::pass(check, "what is sent to them cannot be read on the way"),
        Some((count, names)) => Finding::warn(
            check,
            format!(
                "{count} are told over http, names of clients and users among it, which others can read on the way: {names}"
            ),
            "Give them an address with https",
        ),
    }
}

/// How a password travels to a ticket system, as far as its settings say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Travels {
    Hidden,
    /// No password does, but names.
    InTheClear,
    WithPassword,
}

fn travels(connector: &Connector) -> Travels {
    let get = |name: &str| connector.settings.get(name).map_or("", String::as_str);
    if connector.system == System::Email {
        return match (get("security"), get("user")) {
            ("none", "") => Travels::InTheClear,
            ("none", _) => Travels::WithPassword,
            _ => Travels::Hidden,
        };
    }
    if get("url").starts_with("http:") { Travels::WithPassword } else { Travels::Hidden }
}

fn of_connectors(connectors: &[Connector]) -> Finding {
    let check = "ticket-systems";
    let those = |how: Travels| {
        let on = connectors.iter().filter(|connector| connector.is_on());
        named(on.filter(|connector| travels(connector) == how).map(|connector| connector.name.clone()))
    };
    if let Some((count, names)) = those(Travels::WithPassword) {
        let said = format!("{count} get a password that can be read on the way: {names}");
        return Finding::fail(
            check,
            said,
            "Give them an address with https, or for mail starttls or tls; then change the password",
        );
    }
    if let Some((count, names)) = those(Travels::InTheClear) {
        let said = format!("{count} get mails that can be read on the way: {names}");
        return Finding::warn(check, said, "Choose starttls or tls");
    }
    Finding::pass(check, "passwords and tickets cannot be read on the way")
}

/// What names the keys of secrets, without making any.
fn keys(config: &Config) -> Result<Vec<String>, KeyError> {
    let keys = match &config.secrets_key {
        Some(keys) => Keys::read(&keys.0, "the setting secrets_key")?,
        None => Keys::load(&config.secrets_key_file())?,
    };
    Ok(keys.ids())
}

/// Whether a key was changed to the end, and none is missing.
async fn sealed_secrets(db: &Db, config: &Config) -> store::Result<Finding> {
    let check = "sealed-secrets";
    let counts = sealing::by_key(db).await?;
    let known = match keys(config) {
        Ok(known) => known,
        Err(_) if counts.is_empty() => return Ok(Finding::pass(check, "nothing is sealed yet")),
        Err(error) => return Ok(Finding::warn(check, error.to_string(), "Restore the keys from their backup")),
    };
    let sum = |those: &dyn Fn(&String) -> bool| -> usize {
        counts.iter().filter(|(id, _)| those(id)).map(|(_, count)| count).sum()
    };
    let (lost, older) = (sum(&|id| !known.contains(id)), sum(&|id| known.iter().skip(1).any(|old| old == id)));
    Ok(if lost > 0 {
        let said = format!("{lost} secrets were sealed with a key that is not here: nobody can use them");
        Finding::warn(
            check,
            said,
            "Add the key that sealed them as a line of the file of keys, or enter the secrets anew",
        )
    } else if older > 0 {
        let said = format!("{older} secrets are sealed with an older key yet");
        Finding::warn(check, said, "Run `highwater secrets rotate --resume`")
    } else if known.len() > 1 {
        let said = format!("{} older keys are still there, and nothing is sealed with them", known.len() - 1);
        Finding::warn(check, said, "Run `highwater secrets rotate --retire`")
    } else {
        Finding::pass(check, "everything is sealed with one key")
    })
}

/// Whether groups say who sees which hosts, while hosts decide by what they say of themselves in which group they are.
fn of_groups(rules: usize, accounts: &[Account], keys: &[ApiKey], now_at: i64) -> Finding {
    let check = "groups-by-rule";
    let people = accounts.iter().filter(|account| !account.is_disabled() && account.sees().is_confined());
    let programs = good(keys, now_at).filter(|key| key.sight.is_confined());
    let names = people.map(|account| account.name.clone()).chain(programs.map(ApiKey::signature));
    match named(names).filter(|_| rules > 0) {
        None => Finding::pass(check, "nobody is confined to groups that hosts choose by what they say of themselves"),
        Some((count, names)) => Finding::warn(
            check,
            format!(
                "{count} accounts and keys see some groups only, and {rules} rules place hosts by name, addresses, domain and system as they say \
                 them of themselves: who controls a host can move it, out of their sight or into it: {names}"
            ),
            "Put the hosts of these groups there by hand under Settings, Groups, which no rule and no host undoes, or give each group a token \
             and no rule; the audit log has each move (host.moved)",
        ),
    }
}

/// Whether names of accounts are told apart by nobody: such as were made before that was looked at.
fn alike(accounts: &[Account]) -> Finding {
    let check = "alike-names";
    let mut counts = HashMap::new();
    for account in accounts {
        *counts.entry(folded(&account.name)).or_insert(0) += 1;
    }
    let are_alike = accounts.iter().filter(|account| counts.get(&folded(&account.name)) > Some(&1));
    match named(are_alike.map(|account| account.name.clone())) {
        None => Finding::pass(check, "no two accounts have names that differ in capitals or unseen characters only"),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} accounts have names that others have too, but for capitals or unseen characters: {names}"),
            "Delete, under Settings, Accounts, those that nobody needs; accounts from elsewhere get a number at their next sign-in",
        ),
    }
}

/// Those who may sign in and change everything.
fn who_may_all(accounts: &[Account]) -> impl Iterator<Item = &Account> {
    accounts.iter().filter(|account| account.role == Role::Administrator && !account.is_disabled())
}

fn administrators(accounts: &[Account], now_at: i64) -> Finding {
    let check = "administrators";
    let is_away = |account: &&Account| {
        let seen_at = account.signed_in_at.map_or(account.created_at, |at| account.created_at.max(at));
        now_at - seen_at > UNUSED_DAYS * DAY_MS
    };
    match named(who_may_all(accounts).filter(is_away).map(|account| account.name.clone())) {
        None => Finding::pass(check, format!("each signed in within {UNUSED_DAYS} days")),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} did not sign in for {UNUSED_DAYS} days: {names}"),
            "Disable or delete the account of who left, under Settings, Accounts; an unused password is guessed unseen",
        ),
    }
}

/// Whether a password alone opens everything. Of accounts from elsewhere that is decided there.
fn of_second_factors((accounts, config): (&[Account], &Config), with_one: &HashSet<AccountId>) -> Finding {
    let check = "second-factors";
    let has_none = |account: &&Account| account.source == AccountSource::Local && !with_one.contains(&account.id);
    match named(who_may_all(accounts).filter(has_none).map(|account| account.name.clone())) {
        Some((count, names)) if config.second_factor_from.is_some() => Finding::warn(
            check,
            format!("{count} administrators have none yet, and whoever knows such a password sets it up: {names}"),
            "Each signs in now and sets the second factor up, which is asked of him",
        ),
        None => Finding::pass(check, "no administrator whose password is kept here signs in with it alone"),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} administrators sign in with a password alone: {names}"),
            "Each switches the second factor on, on the page of the own account; sign_in.second_factor_from_role demands it",
        ),
    }
}

/// Whether somebody sees all hosts because nobody has said otherwise yet.
fn sight_at_sign_in(accounts: &[Account], config: &Config) -> Finding {
    let check = "sight-at-sign-in";
    let sections =
        [("oidc", config.oidc.as_ref().map(|oidc| &oidc.sees)), ("ldap", config.ldap.as_ref().map(|ldap| &ldap.sees))];
    let are_some_confined = accounts.iter().any(|account| account.sees().is_confined());
    for (section, sees) in sections.into_iter().filter_map(|(section, sees)| Some((section, sees?))) {
        match sees {
            Some(sees) if sees.everybody == SightWord::All && !sees.by_group.is_empty() => {
                let said = format!("who signs in and is in none of the groups of {section}.sees sees all hosts");
                let remedy = format!("Set {section}.everybody_sees to none, or to groups of hosts");
                return Finding::warn(check, said, remedy);
            }
            None if are_some_confined => {
                let said = format!(
                    "accounts are confined to groups of hosts, and who signs in by [{section}] for the first time sees all hosts until \
                     somebody confines him"
                );
                return Finding::warn(check, said, format!("Set {section}.sees and {section}.everybody_sees"));
            }
            _ => {}
        }
    }
    Finding::pass(check, "nobody sees more at the first sign-in than the settings say, or nobody is confined")
}

/// Whether something is still there that the settings want removed.
async fn retention(db: &Db, config: &Config, now_at: i64) -> store::Result<Finding> {
    let (check, keep) = ("retention", app::kept(config));
    let mut late = Vec::new();
    for kind in Kind::ALL {
        let oldest = beginning::oldest(db, kind).await?;
        if let Some(at) = oldest.filter(|at| *at < keep.removed_before(kind, now_at) - LATE_MS) {
            late.push(format!("{} since {}", kind.word(), day(at)));
        }
    }
    if late.is_empty() {
        return Ok(Finding::pass(check, "nothing is kept for longer than the settings say"));
    }
    let said = format!("records are there that the settings want removed: {}", late.join(", "));
    Ok(Finding::warn(check, said, "Start the server with these settings, and look again in an hour"))
}

/// Whether names of users stand in the store that the settings do not want there.
async fn user_names(db: &Db, config: &Config) -> store::Result<Finding> {
    let check = "user-names";
    if config.user_names == UserNames::Shown {
        return Ok(Finding::pass(check, "they are kept as they are, as the settings say (privacy.user_names)"));
    }
    let mut after = i64::MIN;
    loop {
        let some = erasure::names(db, By::User, after, NAMES).await?;
        let Some((last, _)) = some.last() else { break };
        after = *last;
        if some.iter().any(|(_, name)| !name.is_empty() && !is_pseudonym(name)) {
            let said = "names of users from before still stand in the database, though the settings do not want any";
            return Ok(Finding::warn(check, said, "Run `highwater erase users`"));
        }
    }
    let looked = erasure::look_for_own_words(db).await?;
    if looked.with_own_words > 0 {
        let said = "records of events, or words of agents, from before still stand in the database, in which names of users may stand, though the settings do not want any";
        return Ok(Finding::warn(check, said, "Run `highwater erase users`"));
    }
    let said = format!(
        "no user has a name in the database, and none of {} events and gaps that were looked at has a text in which one may stand",
        looked.rows
    );
    Ok(Finding::pass(check, said))
}

fn day(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::cli::security::keys::tests::key;
    use crate::model::sight::Sight;

    const NOW_AT: i64 = 1_795_512_660_000;

    #[test]
    fn groups_that_hosts_choose_themselves_confine_nobody() {
        let confined = ApiKey { sight: Sight::of(["Paris"]).unwrap(), ..key(1, None) };
        let of = |rules, key: &ApiKey| of_groups(rules, &[], std::slice::from_ref(key), NOW_AT).verdict;
        assert_eq!(of(1, &confined), Verdict::Warn);
        assert_eq!(of(0, &confined), Verdict::Pass, "by hand and by token alone");
        assert_eq!(of(1, &key(1, None)), Verdict::Pass, "nobody is confined");
        assert_eq!(of(1, &ApiKey { revoked_at: Some(1), ..confined.clone() }), Verdict::Pass);
    }

    #[test]
    fn names_that_differ_in_what_nobody_sees_are_named() {
        let account = |id, name: &str| Account {
            id: AccountId(id),
            name: name.to_owned(),
            role: Role::Viewer,
            source: AccountSource::Local,
            sight: Sight::All,
            created_at: 0,
            disabled_at: None,
            signed_in_at: None,
        };
        assert_eq!(alike(&[account(1, "ann"), account(2, "anne")]).verdict, Verdict::Pass);
        let found = alike(&[account(1, "ann"), account(2, "bob"), account(3, "An\u{200b}N")]);
        assert_eq!(found.verdict, Verdict::Warn);
        assert!(found.found.starts_with("2 accounts") && !found.found.contains("bob"), "{}", found.found);
    }
}
