//! Where people are known beside the accounts of this server, as the settings say it.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::StartError;
use crate::clock::Clock;
use crate::config::{self, Config, GroupRoles, GroupSights, LdapKind, LdapName, LdapSafety, RoleWord, SightWord};
use crate::delivery::http::Http;
use crate::delivery::{names, trust};
use crate::identity::ldap::{self, Kind, Ldap, Naming, Safety};
use crate::identity::oidc::{self, Demands, Oidc};
use crate::identity::{Identity, Roles, Sights};
use crate::model::destination::Policy;
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::web::pages::sign_in::provider::RETURN_PATH;

/// Where a provider sends people when they have signed out there.
const SIGNED_OUT_PATH: &str = "/sign-in";

/// `policy`: where may be sent to. `public_url`: as browsers reach this server.
///
/// # Errors
/// Says what to do.
pub(crate) fn identity(
    config: &Config,
    policy: &Arc<Policy>,
    public_url: &str,
    clock: &Clock,
) -> Result<Identity, StartError> {
    let oidc = config.oidc.as_ref().map(|settings| provider(settings, policy, public_url, clock)).transpose()?;
    let ldap = config.ldap.as_ref().map(directory).transpose()?;
    Ok(Identity { oidc, ldap })
}

/// The same for a server that does not run, to look at what it would need.
///
/// # Errors
/// Says what to do.
pub(crate) fn identity_of(config: &Config, clock: &Clock) -> Result<Identity, StartError> {
    let public_url = config.public_url(config.listen.port());
    let doors = std::iter::once(config.listen).chain(config.plain_listen).collect();
    let policy = Arc::new(Policy::new(doors, Some(&public_url), names::is_ours));
    identity(config, &policy, &public_url, clock)
}

fn provider(
    settings: &config::Oidc,
    policy: &Arc<Policy>,
    public_url: &str,
    clock: &Clock,
) -> Result<Oidc, StartError> {
    let pem = read("oidc.ca_file", settings.ca_file.as_ref())?;
    let http = Http::new(Arc::clone(policy), pem.as_deref()).map_err(|error| wrong("oidc.ca_file", &error))?;
    let settings = oidc::Settings {
        issuer: settings.issuer.clone(),
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret.0.clone(),
        label: settings.label.clone(),
        scopes: settings.scopes.clone(),
        groups_claim: settings.groups_claim.clone(),
        roles: roles(&settings.roles),
        sights: sights("oidc.sees", settings.sees.as_ref())?,
        acr_values: settings.acr_values.clone(),
        demands: Demands { acr: settings.required_acr.clone(), amr: settings.required_amr.clone() },
        return_url: format!("{public_url}{RETURN_PATH}"),
        signed_out_url: format!("{public_url}{SIGNED_OUT_PATH}"),
    };
    Ok(Oidc::new(settings, (http, policy.as_ref()), clock.clone()))
}

fn directory(settings: &config::Ldap) -> Result<Ldap, StartError> {
    let pem = read("ldap.ca_file", settings.ca_file.as_ref())?;
    let authorities = pem.as_deref().map(trust::certificates).transpose();
    let tls = authorities.and_then(|given| trust::tls(&given.unwrap_or_default()));
    let tls = tls.map_err(|error| wrong("ldap.ca_file", &error))?;
    let settings = ldap::Settings {
        host: settings.host.clone(),
        port: settings.port,
        safety: match settings.safety {
            LdapSafety::Tls => Safety::Tls,
            LdapSafety::StartTls => Safety::StartTls,
            LdapSafety::Loopback => Safety::Loopback,
        },
        kind: match settings.kind {
            LdapKind::ActiveDirectory => Kind::ActiveDirectory,
            LdapKind::OpenLdap => Kind::OpenLdap,
        },
        naming: match &settings.name {
            LdapName::Search { dn, password } => Naming::Search { dn: dn.clone(), password: password.0.clone() },
            LdapName::Dn(template) => Naming::Dn(template.clone()),
            LdapName::Suffix(suffix) => Naming::Suffix(suffix.clone()),
        },
        base_dn: settings.base_dn.clone(),
        user_filter: settings.user_filter.clone(),
        group_base_dn: settings.group_base_dn.clone(),
        roles: roles(&settings.roles),
        sights: sights("ldap.sees", settings.sees.as_ref())?,
    };
    Ldap::new(settings, tls).map_err(|what| wrong("[ldap]", &what))
}

fn roles(given: &GroupRoles) -> Roles {
    let lists = [
        (Role::Administrator, &given.administrators),
        (Role::Operator, &given.operators),
        (Role::Viewer, &given.viewers),
    ];
    let of_list =
        |(role, groups): (Role, &Vec<String>)| groups.iter().map(|group| (group.clone(), role)).collect::<Vec<_>>();
    Roles { by_group: lists.into_iter().flat_map(of_list).collect(), everybody: given.everybody.map(role) }
}

fn sights(key: &'static str, given: Option<&GroupSights>) -> Result<Option<Sights>, StartError> {
    let Some(given) = given else { return Ok(None) };
    let sight = |word: &SightWord| match word {
        SightWord::All => Ok(Sight::All),
        SightWord::Groups(names) if names.is_empty() => Ok(Sight::Groups(BTreeSet::new())),
        SightWord::Groups(names) => Sight::of(names.iter().map(String::as_str)).map_err(|error| wrong(key, &error)),
    };
    let of_group = |(group, word): &(String, SightWord)| Ok((group.clone(), sight(word)?));
    let by_group = given.by_group.iter().map(of_group).collect::<Result<Vec<_>, StartError>>()?;
    Ok(Some(Sights { by_group, everybody: sight(&given.everybody)? }))
}

/// The role that the settings mean by a word.
pub(super) fn role(word: RoleWord) -> Role {
    match word {
        RoleWord::Viewer => Role::Viewer,
        RoleWord::Operator => Role::Operator,
        RoleWord::Administrator => Role::Administrator,
    }
}

fn read(key: &'static str, path: Option<&PathBuf>) -> Result<Option<Vec<u8>>, StartError> {
    let read = path.map(|path| fs::read(path).map_err(|error| wrong(key, &format!("{}: {error}", path.display()))));
    read.transpose()
}

fn wrong(key: &'static str, what: &dyn Display) -> StartError {
    StartError::Identity { key, what: what.to_string() }
}
