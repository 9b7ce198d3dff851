//! Checking a name and a password with a directory that speaks LDAP: Active Directory, OpenLDAP. Promises:
//!
//! 1. **Never in the clear**: TLS from the start, or StartTLS before anything else is said, and nothing is said to who refuses it. Without
//!    either, only on this machine.
//! 2. **Never without a password**: many directories answer a bind with an empty one by success, which proves nothing (RFC 4513, 5.1.2).
//! 3. **What is typed stays a value**: it is escaped within filters (RFC 4515) and within DNs (RFC 4514).
//! 4. **One entry, and its own password**: exactly one entry has to match, and the password is checked by a bind as that entry, however it
//!    was found. The account belongs to what stays when the entry is renamed or moved: `objectGUID` or `entryUUID`.
//! 5. **Bounded**: everything together has its time, a few ask at once, and groups within groups end somewhere. Referrals are not followed:
//!    they are told.

mod dn;
mod groups;
mod session;
mod start_tls;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ldap3::{Scope, SearchEntry, dn_escape, ldap_escape, parse_filter};
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use self::session::{Query, Session};
use super::{Check, Person, Refusal, Roles, Sights, Why, shown_name};
use crate::model::role::Role;
use crate::model::sight::Sight;

/// What the name that somebody typed is put in place of.
const NAME: &str = "{name}";
/// Bytes of a name at most.
const LONGEST_NAME: usize = 256;
/// Sign-ins that ask the directory at once.
const AT_ONCE: usize = 8;
/// Who has waited this long for a turn is told to come back.
const WAIT: Duration = Duration::from_secs(5);
/// For all that one sign-in asks.
const WHOLE: Duration = Duration::from_secs(12);
/// A filter that every entry matches.
const ANY: &str = "(objectClass=*)";

/// What is known of the directory beforehand.
#[derive(Clone)]
pub struct Settings {
    /// A name, or an address of IPv4.
    pub host: String,
    pub port: u16,
    pub safety: Safety,
    pub kind: Kind,
    pub naming: Naming,
    pub base_dn: String,
    /// With `{name}` in it.
    pub user_filter: String,
    pub group_base_dn: String,
    /// By DNs of groups.
    pub roles: Roles,
    /// The same; none: administrators say which hosts each account sees.
    pub sights: Option<Sights>,
}

/// Why nobody on the way reads the passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    Tls,
    StartTls,
    /// They do not leave this machine.
    Loopback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ActiveDirectory,
    OpenLdap,
}

/// How the name that somebody typed becomes one by which the directory checks a password.
#[derive(Clone)]
pub enum Naming {
    /// An account for it searches.
    Search { dn: String, password: String },
    /// In place of `{name}` in a DN.
    Dn(String),
    /// Before an `@` and this.
    Suffix(String),
}

/// A directory that checks passwords. Clones share the bound on how many ask at once.
#[derive(Clone)]
pub struct Ldap {
    settings: Arc<Settings>,
    tls: Arc<ClientConfig>,
    turns: Arc<Semaphore>,
    /// What the subjects of this directory are of.
    issuer: Arc<str>,
}

impl Ldap {
    /// # Errors
    /// Says which setting is wrong.
    pub fn new(mut settings: Settings, tls: ClientConfig) -> Result<Self, String> {
        if parse_filter(settings.user_filter.replace(NAME, "name")).is_err() {
            return Err("ldap.user_filter is no filter: are all its brackets closed?".to_owned());
        }
        let base = dn::normal(&settings.base_dn).ok_or("ldap.base_dn is no DN")?;
        let Settings { kind, roles, sights, .. } = &mut settings;
        let of_roles = roles.by_group.iter_mut().map(|(group, _)| group);
        for group in of_roles.chain(sights.iter_mut().flat_map(|s| &mut s.by_group).map(|(group, _)| group)) {
            let normal = dn::normal(group).ok_or_else(|| format!("{group:?} is no DN of a group"))?;
            if *kind == Kind::OpenLdap {
                *group = normal;
            }
        }
        let issuer = format!("{}/{base}", settings.host).into();
        let (settings, turns) = (Arc::new(settings), Arc::new(Semaphore::new(AT_ONCE)));
        Ok(Self { settings, tls: Arc::new(tls), turns, issuer })
    }

    pub(super) fn says_sight(&self) -> bool {
        self.settings.sights.is_some()
    }

    /// Who has this name and this password.
    ///
    /// # Errors
    /// Why he is not let in.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<Person, Refusal> {
        if password.is_empty() || !self.is_name(name) {
            return Err(Refusal::new(
                Why::Credentials,
                "no password, or no name that a directory has; it was not asked",
            ));
        }
        let turn = tokio::time::timeout(WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Refusal::new(Why::Busy, format!("{AT_ONCE} sign-ins wait for the directory already")));
        };
        let (this, name, password) = (self.clone(), name.to_owned(), password.to_owned());
        let asked = async move {
            let _turn = turn;
            this.ask(&name, &password).await
        };
        self.within_time(asked).await?
    }

    /// Looks at what sign-in needs of the directory.
    pub async fn check(&self) -> Vec<Check> {
        let this = self.clone();
        match self.within_time(async move { this.look().await }).await {
            Ok(checks) => checks,
            Err(refusal) => vec![Check { what: "directory", found: Err(refusal.detail) }],
        }
    }

    /// On a task of its own, and not for long: what the library for the protocol cannot read, it panics on.
    async fn within_time<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let work = AbortOnDropHandle::new(tokio::spawn(work));
        match tokio::time::timeout(WHOLE, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(Refusal::new(Why::Unreachable, "the directory answers what cannot be read")),
            Err(_) => {
                let detail = format!("the directory did not answer within {} s", WHOLE.as_secs());
                Err(Refusal::new(Why::Unreachable, detail))
            }
        }
    }

    async fn ask(&self, name: &str, password: &str) -> Result<Person, Refusal> {
        let settings = &*self.settings;
        let mut session = Session::open(settings, &self.tls).await?;
        let filter = settings.user_filter.replace(NAME, &ldap_escape(name));
        let entry = match &settings.naming {
            Naming::Search { dn, password } => {
                session.bind_service(dn, password).await?;
                self.only(&mut session, &settings.base_dn, Scope::Subtree, &filter).await?
            }
            Naming::Dn(template) => {
                let dn = template.replace(NAME, &dn_escape(name));
                session.bind_person(&dn, password).await?;
                self.only(&mut session, &dn, Scope::Base, ANY).await?
            }
            Naming::Suffix(suffix) => {
                session.bind_person(&format!("{name}@{suffix}"), password).await?;
                self.only(&mut session, &settings.base_dn, Scope::Subtree, &filter).await?
            }
        };
        // Whatever led here: it is this entry's password, and not that of another one.
        session.bind_person(&entry.dn, password).await?;
        if let Naming::Search { dn, password } = &settings.naming {
            session.bind_service(dn, password).await?;
        }
        let rights = groups::rights(&mut session, settings, &entry).await?;
        self.person(&entry, name, rights)
    }

    /// The one entry that matches.
    async fn only(
        &self,
        session: &mut Session,
        base: &str,
        scope: Scope,
        filter: &str,
    ) -> Result<SearchEntry, Refusal> {
        let attributes = match self.settings.kind {
            Kind::ActiveDirectory => vec!["objectGUID", "sAMAccountName", "cn"],
            Kind::OpenLdap => vec!["entryUUID", "uid", "cn", "memberOf"],
        };
        let mut found = session.search(Query { base, scope, filter, attributes, most: 2 }).await?;
        match (found.entries.len(), found.is_cut) {
            (1, false) => Ok(found.entries.remove(0)),
            (0, false) if found.referrals.is_empty() => {
                Err(Refusal::new(Why::Credentials, "nothing in the directory has this name"))
            }
            (0, false) => {
                let detail = format!(
                    "nothing in the directory has this name; it refers to {}, which is not asked: let ldap.url be a directory \
                     that knows everybody (a global catalog has port 3269)",
                    found.referrals.join(", ")
                );
                Err(Refusal::new(Why::Credentials, detail))
            }
            _ => {
                let detail = format!("more than one entry matches {filter}: make ldap.user_filter stricter");
                Err(Refusal::new(Why::Several, detail))
            }
        }
    }

    fn person(
        &self,
        entry: &SearchEntry,
        typed: &str,
        (role, sight): (Role, Option<Sight>),
    ) -> Result<Person, Refusal> {
        let (id, names) = match self.settings.kind {
            Kind::ActiveDirectory => {
                let bytes = value(entry, "objectGUID");
                (bytes.and_then(|bytes| Uuid::from_slice_le(&bytes).ok()), ["sAMAccountName", "cn"])
            }
            Kind::OpenLdap => {
                let text = value(entry, "entryUUID").and_then(|bytes| String::from_utf8(bytes).ok());
                (text.and_then(|text| Uuid::parse_str(&text).ok()), ["uid", "cn"])
            }
        };
        let id = id.ok_or_else(|| {
            let wanted = "objectGUID (Active Directory) or entryUUID (OpenLDAP)";
            Refusal::new(Why::Unnamed, format!("the entry shows no {wanted}: check ldap.kind, and what may be read"))
        })?;
        let names: Vec<String> = names
            .iter()
            .filter_map(|name| value(entry, name).and_then(|bytes| String::from_utf8(bytes).ok()))
            .chain([typed.to_owned()])
            .collect();
        let name = shown_name(names.iter().map(String::as_str));
        Ok(Person { issuer: self.issuer.to_string(), subject: id.hyphenated().to_string(), name, role, sight })
    }

    fn is_name(&self, name: &str) -> bool {
        let is_plain = (1..=LONGEST_NAME).contains(&name.len()) && !name.chars().any(char::is_control);
        // Behind an @ of his own, or before a backslash, somebody would name another domain.
        let is_whole = matches!(self.settings.naming, Naming::Suffix(_)) && name.contains(['@', '\\', '/']);
        is_plain && !is_whole
    }

    async fn look(&self) -> Vec<Check> {
        let settings = &*self.settings;
        let mut session = match Session::open(settings, &self.tls).await {
            Ok(session) => session,
            Err(refusal) => return vec![Check { what: "directory", found: Err(refusal.detail) }],
        };
        let how = match settings.safety {
            Safety::Tls => "with TLS, and its certificate is trusted",
            Safety::StartTls => "with StartTLS, and its certificate is trusted",
            Safety::Loopback => "without TLS, on this machine",
        };
        let found = Ok(format!("{}:{} answers {how}", settings.host, settings.port));
        let mut checks = vec![Check { what: "directory", found }];
        let Naming::Search { dn, password } = &settings.naming else {
            let found = "nobody searches: what people may see is known when one of them signs in".to_owned();
            checks.push(Check { what: "directory's bind", found: Ok(found) });
            return checks;
        };
        let bound = session.bind_service(dn, password).await;
        let is_bound = bound.is_ok();
        let found = bound.map(|()| format!("{dn} may sign in")).map_err(|refusal| refusal.detail);
        checks.push(Check { what: "directory's bind", found });
        if is_bound {
            let found = session.is_there(&settings.base_dn).await.map_err(|refusal| refusal.detail);
            let found = found.and_then(|is_there| match is_there {
                true => Ok(format!("{} is there", settings.base_dn)),
                false => Err(format!("{} is not there, or {dn} may not see it", settings.base_dn)),
            });
            checks.push(Check { what: "directory's base", found });
            checks.push(Check { what: "directory's groups", found: missing_groups(&mut session, settings).await });
        }
        checks
    }
}

/// Groups of the settings that are not there would let nobody in, or show nobody anything, without a word.
async fn missing_groups(session: &mut Session, settings: &Settings) -> Result<String, String> {
    let (mut missing, groups) = (Vec::new(), settings.groups());
    for group in &groups {
        if !session.is_there(group).await.map_err(|refusal| refusal.detail)? {
            missing.push(*group);
        }
    }
    if missing.is_empty() {
        Ok(format!("{} groups of the settings are there", groups.len()))
    } else {
        Err(format!("these groups of the settings are not there: {}", missing.join("; ")))
    }
}

impl Settings {
    /// All groups that something depends on, each once.
    fn groups(&self) -> BTreeSet<&str> {
        let of_sights = self.sights.iter().flat_map(|sights| &sights.by_group).map(|(group, _)| group.as_str());
        self.roles.by_group.iter().map(|(group, _)| group.as_str()).chain(of_sights).collect()
    }
}

/// The first value of an attribute, however its name is written.
fn value(entry: &SearchEntry, name: &str) -> Option<Vec<u8>> {
    let binary = entry.bin_attrs.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    if let Some((_, values)) = binary {
        return values.first().cloned();
    }
    let text = entry.attrs.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    text.and_then(|(_, values)| values.first()).map(|value| value.clone().into_bytes())
}

/// Without the password of the account that searches.
impl fmt::Debug for Naming {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Search { dn, .. } => f.debug_struct("Search").field("dn", dn).finish_non_exhaustive(),
            Self::Dn(template) => f.debug_tuple("Dn").field(template).finish(),
            Self::Suffix(suffix) => f.debug_tuple("Suffix").field(suffix).finish(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Settings").field("host", &self.host).field("naming", &self.naming).finish_non_exhaustive()
    }
}

impl fmt::Debug for Ldap {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Ldap").field("settings", &self.settings).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
