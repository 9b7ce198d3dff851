//! What a person has to say about an agent's key: that it is to make itself another one, or that two machines with one key are seen to.

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::locale::Message;
use crate::model::AgentId;
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::store::{agents, audit, intake};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::auth;
use crate::web::error::{Error, Result};

#[derive(Debug, Deserialize)]
pub struct Said {
    #[serde(rename = "do")]
    what: What,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    /// It is to make itself another key.
    Ask,
    /// The two machines are told apart, or are one.
    Seen,
}

/// `POST /settings/agents/{id}/key`
pub async fn key(State(site): State<Site>, Path(id): Path<AgentId>, form: auth::Form<Said>) -> Result<Redirect> {
    let agent = agents::find(&site.db, id).await?.ok_or(Error::NotFound("agent"))?;
    let now_at = site.clock.now_at();
    let mut tx = site.db.begin().await?;
    let about = (SubjectKind::Agent, id.0, agent.name.as_str());
    let deed = match form.fields.what {
        What::Ask => {
            if !agents::ask_for_key(&mut tx, id, now_at).await? {
                let said = Message::for_anybody("settings-key-asked-before");
                return Err(Error::Conflict(said.with("name", &agent.name)));
            }
            Deed::on(Action::AgentKeyAsked, about)
        }
        What::Seen => {
            intake::forget_twin(&mut tx, agent.host).await?;
            Deed::on(Action::AgentDecided, about).after("decision", "two_machines_seen_to")
        }
    };
    audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    site.agents.forget_orders().await;
    tracing::info!(agent = id.0, account = form.by.account.id.0, what = ?form.fields.what, "an agent's key was decided about");
    Ok(Redirect::to("/settings/agents"))
}
