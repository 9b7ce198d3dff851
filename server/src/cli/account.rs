//! `highwater account`: the way in for whoever may read the database, when the pages let nobody in.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use super::{AccountCommand, RoleWord, open, say, say_aside, trail};
use crate::app::links;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::account::{Account, AccountSource};
use crate::model::audit::{Action, Deed, Subject};
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::store::accounts::{self, Decided};
use crate::store::{self, Db, Tx, api_keys, audit, second_factors};

pub(super) async fn run(file: Option<&Path>, command: AccountCommand) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let db = open(&config).await?;
    let done = match command {
        AccountCommand::List => list(&db).await,
        AccountCommand::Link { whose, name } => link(&db, &config, whose.or(name)).await,
        AccountCommand::Enable { name } => enable(&db, &name).await,
        AccountCommand::Role { name, role } => set_role(&db, &name, role.into()).await,
        AccountCommand::Confine { name, groups, all_hosts } => confine(&db, &config, &name, (&groups, all_hosts)).await,
        AccountCommand::TotpOff { name } => totp_off(&db, &name).await,
    };
    db.close().await;
    done
}

async fn list(db: &Db) -> anyhow::Result<()> {
    for account in accounts::list(db).await? {
        let sight = account.sees();
        let Account { name, role, source, disabled_at, signed_in_at, .. } = account;
        let seen = signed_in_at.and_then(|at| Timestamp::from_millisecond(at).ok());
        let seen = seen.map_or("never signed in".to_owned(), |at| format!("signed in {at:.0}"));
        let state = if disabled_at.is_some() { ", disabled" } else { "" };
        let groups = if sight.is_confined() { format!(", sees only {}", sight.words()) } else { String::new() };
        // Names from elsewhere may hold what a terminal obeys.
        let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        say(format_args!("{name}: {}, {}, {seen}{state}{groups}", role.word(), source.word()))?;
    }
    Ok(())
}

/// Prints a link for the first administrator while there is no account, else for a new password.
async fn link(db: &Db, config: &Config, name: Option<String>) -> anyhow::Result<()> {
    let trail = trail(&Clock::system());
    let path = match links::first_account(db, &trail).await? {
        Some(path) => path,
        None => {
            let account = find(db, &whose(db, name).await?).await?;
            if account.is_disabled() {
                say_aside("The account is disabled: the link works once it is enabled (highwater account enable).");
            }
            links::new_password(db, &trail, &account).await?
        }
    };
    say_aside("This link works once, within 24 hours:");
    say(format_args!("{}{path}", config.public_url(config.listen.port())))
}

async fn whose(db: &Db, name: Option<String>) -> anyhow::Result<String> {
    if let Some(name) = name {
        return Ok(name);
    }
    let mut names: Vec<String> = accounts::list(db).await?.into_iter().map(|account| account.name).collect();
    match names.len() {
        1 => Ok(names.remove(0)),
        _ => anyhow::bail!("say whose password; there are {}", names.join(", ")),
    }
}

async fn enable(db: &Db, name: &str) -> anyhow::Result<()> {
    let (mut tx, account) = hold(db, name).await?;
    let decided = accounts::enable(&mut tx, account.id).await?;
    decided_well(decided, name)?;
    let deed = of(Action::AccountSwitched, &account).change("on", !account.is_disabled(), true);
    finish(tx, &deed).await?;
    say("People may sign in to it.")
}

async fn set_role(db: &Db, name: &str, role: Role) -> anyhow::Result<()> {
    let (mut tx, account) = hold(db, name).await?;
    let decided = accounts::set_role(&mut tx, account.id, role).await?;
    decided_well(decided, name)?;
    let deed = of(Action::AccountRoleChanged, &account).change("role", account.role.word(), role.word());
    let left = api_keys::count_of(&mut tx, account.id, Clock::system().now_at()).await?;
    let is_lower = role != Role::Administrator && left > 0;
    finish(tx, &if is_lower { deed.after("keys_left", left) } else { deed }).await?;
    if is_lower {
        say_aside(format_args!(
            "API keys that it made and that go on working: {left}. Revoke under Settings, API keys those that nobody is to use any more."
        ));
    }
    say(format_args!("Its role is {} from now on.", role.word()))
}

async fn confine(db: &Db, config: &Config, name: &str, (groups, all_hosts): (&[String], bool)) -> anyhow::Result<()> {
    let sight = if all_hosts { Sight::All } else { Sight::of(groups.iter().map(String::as_str))? };
    let (mut tx, account) = hold(db, name).await?;
    if let Some(section) = sees_by(config, account.source) {
        anyhow::bail!(
            "its groups elsewhere say at each sign-in which hosts it sees: see {section}.sees and {section}.everybody_sees in the settings"
        );
    }
    let decided = accounts::confine(&mut tx, account.id, &sight).await?;
    decided_well(decided, name)?;
    finish(tx, &of(Action::AccountConfined, &account).change("groups", account.sight.words(), sight.words())).await?;
    match sight.words().as_str() {
        "" => say("It sees all hosts from now on."),
        groups => say(format_args!("It sees only the hosts of {groups} from now on.")),
    }
}

/// The section of the settings that says which hosts accounts of this source see; none if administrators do.
fn sees_by(config: &Config, source: AccountSource) -> Option<&'static str> {
    match source {
        AccountSource::Oidc if config.oidc.as_ref().is_some_and(|oidc| oidc.sees.is_some()) => Some("oidc"),
        AccountSource::Ldap if config.ldap.as_ref().is_some_and(|ldap| ldap.sees.is_some()) => Some("ldap"),
        _ => None,
    }
}

async fn totp_off(db: &Db, name: &str) -> anyhow::Result<()> {
    let account = find(db, name).await?;
    let mut tx = db.begin().await?;
    if !second_factors::remove(&mut tx, account.id).await? {
        return say("It had no second factor.");
    }
    finish(tx, &of(Action::FactorOff, &account)).await?;
    say("It is asked for its password alone from now on.")
}

/// The account as it is before what is decided in the transaction.
async fn hold(db: &Db, name: &str) -> anyhow::Result<(Tx, Account)> {
    let id = find(db, name).await?.id;
    let mut tx = db.begin().await?;
    let account = accounts::hold(&mut tx, id).await?.with_context(|| no_account(name))?;
    Ok((tx, account))
}

fn of(action: Action, account: &Account) -> Deed {
    Deed::new(action, Subject::account(account.id, &account.name))
}

/// Writes down what was done, and makes it durable.
async fn finish(mut tx: Tx, deed: &Deed) -> store::Result<()> {
    audit::record(&mut tx, &trail(&Clock::system()), deed).await?;
    tx.commit().await
}

async fn find(db: &Db, name: &str) -> anyhow::Result<Account> {
    let found = accounts::find_by_name(db, name).await?;
    found.map(|(account, _)| account).with_context(|| no_account(name))
}

fn no_account(name: &str) -> String {
    format!("there is no account of the name {name:?}")
}

fn decided_well(decided: Decided, name: &str) -> anyhow::Result<()> {
    match decided {
        Decided::Done => Ok(()),
        Decided::LastAdministrator => anyhow::bail!("it is the last administrator who may sign in"),
        Decided::Confined => anyhow::bail!("it is confined to groups of hosts: let it see all hosts first"),
        Decided::Administrator => anyhow::bail!("an administrator sees all hosts: give it another role first"),
        Decided::Missing => anyhow::bail!(no_account(name)),
    }
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Viewer => Self::Viewer,
            RoleWord::Operator => Self::Operator,
            RoleWord::Administrator => Self::Administrator,
        }
    }
}
