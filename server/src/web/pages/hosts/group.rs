//! The group of one host: what decided it, and the form that sets it by hand.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::locale::Locale;
use crate::model::HostId;
use crate::model::group::{Origin, Rule};
use crate::model::host::Host;
use crate::store::{self, Db};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::auth;
use crate::web::error::{Error, Result};
use crate::web::pages::groups::{self, ByHand};

/// What is known of a host's group beside its name.
#[derive(Debug)]
pub(super) struct Group {
    /// The rule that decided, and which one it is, counted from 1.
    rule: Option<(usize, Rule)>,
    /// The groups there are.
    pub(super) names: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
pub struct Changed {
    #[serde(rename = "do")]
    what: ByHand,
    #[serde(default)]
    to: String,
}

impl Group {
    /// # Errors
    /// The database's.
    pub(super) async fn of(db: &Db, host: &Host) -> store::Result<Self> {
        let rules = if host.group_rule.is_some() { store::groups::rules(db).await? } else { Vec::new() };
        let rule = (1..).zip(rules).find(|(_, rule)| Some(rule.id) == host.group_rule);
        Ok(Self { rule, names: groups::names(&store::groups::counts(db).await?) })
    }

    /// What decided; when and by whom, is not part of it.
    pub(super) fn why(&self, host: &Host, locale: &Locale) -> String {
        match (&self.rule, host.group_origin) {
            (Some((place, rule)), Some(Origin::Rule)) => {
                let rule = groups::rule_words(locale, rule.kind, &rule.pattern);
                locale.say("groups-by-this-rule").with("place", *place).with("rule", rule).into()
            }
            (_, origin) => groups::origin_words(locale, origin),
        }
    }
}

/// `POST /hosts/{id}/group`
pub async fn change(State(site): State<Site>, Path(id): Path<HostId>, form: auth::Form<Changed>) -> Result<Redirect> {
    let Changed { what, to } = form.fields;
    if store::hosts::find(&site.db, id).await?.is_none() {
        return Err(Error::NotFound("host"));
    }
    groups::by_hand(&site, (&form.by, &form.trail), (what, &[id], &to)).await?;
    Ok(Redirect::to(&format!("/hosts/{id}#group")))
}
