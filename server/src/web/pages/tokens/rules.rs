//! Rules by which agents are let in at once, for tokens that are approved by rule.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::Refused;
use crate::locale::Message;
use crate::model::ApprovalRuleId;
use crate::model::approval::{MOST_RULES, Mistake, NewRule};
use crate::store::{approvals, audit};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::audit::told;
use crate::web::auth::{self, Nothing};
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::pages::groups::mistake_words;

/// The form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) subnet: String,
}

/// `POST /settings/tokens/rules`
pub async fn create(State(site): State<Site>, viewer: Viewer, form: auth::Form<Typed>) -> Result<Response> {
    let Typed { name, domain, subnet } = &form.fields;
    let kept = match NewRule::read(name, domain, subnet) {
        Ok(rule) => keep(&site, &form, &rule, viewer.now_at).await?,
        Err(mistake) => Err(words(&mistake)),
    };
    let Err(refusal) = kept else { return Ok(Redirect::to("/settings/tokens#rules").into_response()) };
    let refused = Refused { typed: form.fields, rule: Some(refusal), ..Refused::default() };
    let page = super::page(&site, viewer, &form.by, refused).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn keep(
    site: &Site,
    form: &auth::Form<Typed>,
    rule: &NewRule,
    now_at: i64,
) -> Result<std::result::Result<(), Message>> {
    let mut tx = site.db.begin().await?;
    let Some(id) = approvals::insert(&mut tx, rule, &form.by.account.name, now_at).await? else {
        return Ok(Err(Message::for_anybody("settings-rules-most").with("most", MOST_RULES)));
    };
    audit::record(&mut tx, &form.trail, &told::approval_rule(id, rule)).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = form.by.account.id.0, "a rule of approval was made");
    Ok(Ok(()))
}

/// `POST /settings/tokens/rules/{id}/delete`
pub async fn delete(
    State(site): State<Site>,
    Path(id): Path<ApprovalRuleId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    let was = approvals::delete(&mut tx, id).await?.ok_or(Error::NotFound("rule"))?;
    audit::record(&mut tx, &form.trail, &told::approval_rule_deleted(&was)).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = form.by.account.id.0, "a rule of approval was deleted");
    Ok(Redirect::to("/settings/tokens#rules"))
}

/// What to write instead.
fn words(mistake: &Mistake) -> Message {
    match mistake {
        Mistake::Nothing => Message::for_anybody("settings-rule-nothing"),
        Mistake::Part(mistake) => mistake_words(mistake),
    }
}
