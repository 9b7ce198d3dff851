//! Rules of incidents: by what each kind opens and closes, for all hosts and for groups that have a rule of their own.

mod fields;
mod file;
mod words;

use std::collections::BTreeSet;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

pub use self::fields::Fields;
use self::words::{sentence, tells};
use super::groups;
use crate::locale::Message;
use crate::model::AlertRuleId;
use crate::model::alert::{HIGHEST_PERCENT, LONGEST_CLOSE_MS, LONGEST_OPEN_MS, Levels, MOST_LOOKS, Rule, Rules};
use crate::model::group::LONGEST;
use crate::model::incident::Kind;
use crate::model::time::MINUTE_MS;
use crate::store;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::audit::told;
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet;

const PATH: &str = "/settings/alerts";

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/alerts.html")]
pub struct AlertsPage {
    page: Page,
    sentence: Message,
    rules: Vec<Rule>,
    form: Option<Form>,
    /// Groups that a field offers.
    names: BTreeSet<String>,
}

/// The form, which is of one kind.
#[derive(Debug)]
struct Form {
    kind: Kind,
    fields: Fields,
    refused: Option<Message>,
}

/// The question in the URL: the rule in the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    /// Empty for the rule of all hosts.
    group: String,
    /// Not empty: for a group that is not named yet.
    new: String,
    format: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Changed {
    #[serde(rename = "do")]
    what: Change,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    On,
    Off,
    /// The group has the rule of all hosts again.
    Delete,
}

/// `GET /settings/alerts?kind&group&new&format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let rules = store::alerts::rules(&site.db).await?;
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        return Ok(file::sheet(&rules.0).into_answer("highwater-alert-rules", wanted));
    }
    let form = Kind::from_word(&asked.kind).map(|kind| {
        let fields = Fields::of(&base(&rules, kind, &asked.group), (&asked.group, !asked.new.is_empty()));
        Form { kind, fields, refused: None }
    });
    Ok(page(&site, (&by, viewer), rules, form).await?.into_response())
}

/// `POST /settings/alerts`: in place of the rule of this kind and group.
pub async fn save(State(site): State<Site>, viewer: Viewer, form: auth::Form<Fields>) -> Result<Response> {
    let auth::Form { by, fields, trail } = form;
    let kind =
        Kind::from_word(&fields.kind).ok_or_else(|| Error::BadRequest(Message::for_anybody("alerts-no-kind")))?;
    let rules = store::alerts::rules(&site.db).await?;
    let read =
        fields.group(kind).and_then(|group| Ok((fields.levels(kind, &base(&rules, kind, &group).levels)?, group)));
    let (levels, group) = match read {
        Ok(read) => read,
        Err(refused) => {
            let (viewer, form) = (viewer.on(PATH.to_owned()), Form { kind, fields, refused: Some(refused) });
            let page = page(&site, (&by, viewer), rules, Some(form)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut tx = site.db.begin().await?;
    let who = (by.account.name.as_str(), viewer.now_at);
    store::alerts::save_rule(&mut tx, (kind, &group), fields.is_on(), &levels, who).await?;
    let deed = told::alert_rule(&base(&rules, kind, &group), (kind, &group), fields.is_on(), &levels);
    store::audit::record(&mut tx, &trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(kind = kind.word(), account = by.account.id.0, "a rule of incidents was kept");
    Ok(Redirect::to(&format!("{PATH}#rules")).into_response())
}

/// `POST /settings/alerts/{id}`
pub async fn change(
    State(site): State<Site>,
    Path(id): Path<AlertRuleId>,
    form: auth::Form<Changed>,
) -> Result<Redirect> {
    let (account, what) = (&form.by.account, form.fields.what);
    let gone = || Error::Conflict(Message::for_anybody("alerts-gone"));
    let rules = store::alerts::rules(&site.db).await?;
    let rule = rules.0.into_iter().find(|rule| rule.id == id).ok_or_else(gone)?;
    let mut tx = site.db.begin().await?;
    let of = (rule.kind, rule.group_name.as_str());
    let deed = match what {
        Change::On | Change::Off => {
            let (is_on, who) = (matches!(what, Change::On), (account.name.as_str(), site.clock.now_at()));
            store::alerts::save_rule(&mut tx, of, is_on, &rule.levels, who).await?;
            told::alert_rule(&rule, of, is_on, &rule.levels)
        }
        Change::Delete if store::alerts::delete_rule(&mut tx, id).await? => told::alert_rule_deleted(&rule),
        Change::Delete => return Err(gone()),
    };
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = account.id.0, ?what, "a rule of incidents was changed");
    Ok(Redirect::to(&format!("{PATH}#rules")))
}

/// The rule of a kind and a group; where there is none, what the group has until then.
fn base(rules: &Rules, kind: Kind, group: &str) -> Rule {
    let of = |group: &str| rules.0.iter().find(|rule| rule.kind == kind && rule.group_name == group).cloned();
    of(group.trim()).or_else(|| of("")).unwrap_or_else(|| Rule {
        id: AlertRuleId(0),
        kind,
        group_name: String::new(),
        is_on: true,
        levels: Levels::first(kind),
        updated_at: 0,
        updated_by: String::new(),
    })
}

async fn page(site: &Site, (by, viewer): (&SignedIn, Viewer), rules: Rules, form: Option<Form>) -> Result<AlertsPage> {
    Ok(AlertsPage {
        sentence: sentence(&viewer.locale, &rules.0),
        page: viewer.page(Nav::Settings, viewer.locale.say("alerts-title")).of(&by.account.name, &by.csrf_token),
        rules: rules.0,
        form,
        names: groups::names(&store::groups::counts(&site.db).await?),
    })
}

/// The form with a rule in it.
fn href_of(rule: &Rule) -> String {
    format!("{PATH}{}#form", query(&[("kind", rule.kind.word()), ("group", &rule.group_name)]))
}

/// The form for a group that has no rule of this kind yet.
fn href_of_new(kind: Kind) -> String {
    format!("{PATH}{}#form", query(&[("kind", kind.word()), ("new", "1")]))
}
