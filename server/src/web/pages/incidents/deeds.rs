//! What people do about an incident.

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::locale::Message;
use crate::model::IncidentId;
use crate::model::audit::Trail;
use crate::model::incident::{LONGEST_COMMENT, LONGEST_TICKET, LONGEST_URL, What};
use crate::model::typed;
use crate::store::incidents::{self, Deed, Done};
use crate::store::{Tx, audit};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::audit::told;
use crate::web::auth::{Form, Nothing};
use crate::web::error::{Error, Result};

#[derive(Debug, Deserialize)]
pub struct Said {
    #[serde(default)]
    text: String,
}

#[derive(Debug, Deserialize)]
pub struct To {
    /// `me`, or anything else for nobody.
    #[serde(default)]
    to: String,
}

#[derive(Debug, Deserialize)]
pub struct Linked {
    #[serde(default)]
    name: String,
    #[serde(default)]
    url: String,
}

/// `POST /incidents/{id}/acknowledge`
pub async fn acknowledge(
    State(site): State<Site>,
    Path(id): Path<IncidentId>,
    form: Form<Nothing>,
) -> Result<Redirect> {
    let owner = Some(form.by.account.id);
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &form.by.account.name));
    let done = incidents::acknowledge(&mut tx, id, deed, owner).await?;
    finish((tx, &form.trail), (id, What::Acknowledged), done).await
}

/// `POST /incidents/{id}/assign`: to oneself, or to nobody.
pub async fn assign(State(site): State<Site>, Path(id): Path<IncidentId>, form: Form<To>) -> Result<Redirect> {
    let account = &form.by.account;
    let owner = (form.fields.to == "me").then_some((account.id, account.name.as_str()));
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &account.name));
    let done = incidents::assign(&mut tx, id, deed, owner).await?;
    finish((tx, &form.trail), (id, What::Assigned), done).await
}

/// `POST /incidents/{id}/comment`
pub async fn comment(State(site): State<Site>, Path(id): Path<IncidentId>, form: Form<Said>) -> Result<Redirect> {
    let text = said(&form.fields.text)?;
    if text.is_empty() {
        return Err(Error::BadRequest(Message::for_anybody("inc-no-comment")));
    }
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &form.by.account.name));
    let done = incidents::comment(&mut tx, id, deed, text).await?;
    finish((tx, &form.trail), (id, What::Commented), done).await
}

/// `POST /incidents/{id}/resolve`
pub async fn resolve(State(site): State<Site>, Path(id): Path<IncidentId>, form: Form<Said>) -> Result<Redirect> {
    let text = said(&form.fields.text)?;
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &form.by.account.name));
    let done = incidents::resolve(&mut tx, id, deed, text).await?;
    finish((tx, &form.trail), (id, What::Resolved), done).await
}

/// `POST /incidents/{id}/reopen`
pub async fn reopen(State(site): State<Site>, Path(id): Path<IncidentId>, form: Form<Said>) -> Result<Redirect> {
    let text = said(&form.fields.text)?;
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &form.by.account.name));
    let done = incidents::reopen(&mut tx, id, deed, text).await?;
    finish((tx, &form.trail), (id, What::Reopened), done).await
}

/// `POST /incidents/{id}/tickets`
pub async fn link(State(site): State<Site>, Path(id): Path<IncidentId>, form: Form<Linked>) -> Result<Redirect> {
    let name = typed::line(&form.fields.name, LONGEST_TICKET).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| refusal("inc-no-ticket", LONGEST_TICKET))?;
    let url = typed::web_address(&form.fields.url, LONGEST_URL);
    let url = url.ok_or_else(|| refusal("inc-no-url", LONGEST_URL))?;
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &form.by.account.name));
    let done = incidents::link(&mut tx, id, deed, (name, url)).await?;
    finish((tx, &form.trail), (id, What::Linked), done).await
}

/// `POST /incidents/{id}/tickets/unlink`
pub async fn unlink(State(site): State<Site>, Path(id): Path<IncidentId>, form: Form<Linked>) -> Result<Redirect> {
    let name = form.fields.name;
    let (mut tx, deed) = (site.db.begin().await?, deed(&site, &form.by.account.name));
    let done = incidents::unlink(&mut tx, id, deed, &name).await?;
    finish((tx, &form.trail), (id, What::Unlinked), done).await
}

/// What somebody typed into a text field, which may have lines.
fn said(text: &str) -> Result<&str> {
    typed::lines(text, LONGEST_COMMENT).ok_or_else(|| refusal("inc-long-comment", LONGEST_COMMENT))
}

fn refusal(id: &'static str, most: usize) -> Error {
    Error::BadRequest(Message::for_anybody(id).with("most", most))
}

fn deed<'a>(site: &Site, by: &'a str) -> Deed<'a> {
    Deed { by, now_at: site.clock.now_at(), seen_version: None }
}

async fn finish((mut tx, trail): (Tx, &Trail), (id, what): (IncidentId, What), done: Done) -> Result<Redirect> {
    match done {
        Done::Yes(_) => {}
        Done::Unknown => return Err(Error::NotFound("incident")),
        Done::Outdated(_) | Done::NotNow(_) => return Err(Error::Conflict(Message::for_anybody("inc-not-now"))),
        Done::Full => return Err(Error::Conflict(Message::for_anybody("inc-full-up"))),
    }
    audit::record(&mut tx, trail, &told::incident(id, what)).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/incidents/{id}#timeline")))
}
