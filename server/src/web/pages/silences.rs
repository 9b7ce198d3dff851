//! Silences and maintenance windows: when nobody is told of new incidents, of whom, and until when.

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
use self::fields::Whom;
pub(super) use self::words::in_force_words;
use self::words::{kind_words, sentence, weekly, whom};
use super::groups;
use crate::alerts::silence::Stretch;
use crate::locale::Message;
use crate::model::alert::{LONGEST_REASON, MOST_SILENCES, Silence};
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::group::LONGEST;
use crate::model::incident::{Incident, Kind};
use crate::model::{HostId, SilenceId};
use crate::store::{self, Db};
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::audit::told;
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet;
use crate::web::sight::{Sees, Visible};

const PATH: &str = "/settings/silences";
/// Of those that are over, on the page.
const PAST_ROWS: u32 = 50;
/// Of those that are over, in a file.
const PAST_FILE_ROWS: u32 = 10_000;

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/silences.html")]
pub struct SilencesPage {
    page: Page,
    sentence: Message,
    rows: Vec<Row>,
    /// There are more that are over.
    is_cut: bool,
    fields: Fields,
    /// The host that the form is for, by its id.
    chosen: Option<(HostId, String)>,
    refused: Option<Message>,
    /// Groups that a field offers.
    names: BTreeSet<String>,
    /// The groups, if who looks sees and makes silences of these and their hosts only.
    only: Option<String>,
}

#[derive(Debug)]
struct Row {
    silence: Silence,
    state: Standing,
    /// In force now, else the next one; none if it is over.
    stretch: Option<Stretch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Now,
    Coming,
    Past,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Coming => "coming",
            Self::Past => "past",
        }
    }
}

/// The question in the URL: what the form starts with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    host: String,
    kind: String,
    format: Option<String>,
}

/// `GET /settings/silences?host&kind&format`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        let (rows, _) = rows(&site, &sees, viewer.now_at, PAST_FILE_ROWS).await?;
        return Ok(file::sheet(&rows).into_answer("highwater-silences", wanted));
    }
    let fields = Fields::fresh(&viewer.locale.zone, viewer.now_at, (&asked.host, &asked.kind));
    Ok(page(&site, (&by, &sees, viewer), fields, None).await?.into_response())
}

/// `POST /settings/silences`
pub async fn create(
    State(site): State<Site>,
    viewer: Viewer,
    sees: Sees,
    form: auth::Form<Fields>,
) -> Result<Response> {
    let auth::Form { by, fields, trail } = form;
    let now_at = viewer.now_at;
    let silence = match read(&site, &sees, &fields, (&by.account.name, now_at)).await? {
        Ok(silence) => silence,
        Err(refused) => {
            let page = page(&site, (&by, &sees, viewer.on(PATH.to_owned())), fields, Some(refused)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut tx = site.db.begin().await?;
    let id = store::alerts::insert_silence(&mut tx, &silence).await?;
    store::audit::record(&mut tx, &trail, &told::silence(id, &silence)).await?;
    tx.commit().await?;
    tracing::info!(silence = id.0, account = by.account.id.0, "a silence was made");
    Ok(Redirect::to(&format!("{PATH}#silences")).into_response())
}

/// `POST /settings/silences/{id}/end`: one that is in force is over from now on; one that is coming, or comes every week, goes.
pub async fn end(
    State(site): State<Site>,
    sees: Sees,
    Path(id): Path<SilenceId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let now_at = site.clock.now_at();
    let all = seen(&site, &sees, now_at).await?;
    let gone = || Error::Conflict(Message::for_anybody("silences-gone"));
    // What is over stays: who asks later why nobody was told finds it.
    let silence = all.iter().find(|silence| silence.id == id).ok_or_else(gone)?;
    let mut tx = site.db.begin().await?;
    let is_done =
        store::alerts::end_silence(&mut tx, id, now_at).await? || store::alerts::delete_silence(&mut tx, id).await?;
    if !is_done {
        return Err(gone());
    }
    let deed = Deed::on(Action::SilenceEnded, (SubjectKind::Silence, id.0, "")).before("reason", &silence.reason);
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(silence = id.0, account = form.by.account.id.0, "a silence was ended");
    Ok(Redirect::to(&format!("{PATH}#silences")))
}

/// The silence that the form describes; else the sentence for the form. Whoever is confined makes those of his groups and of
/// hosts that he sees.
async fn read(
    site: &Site,
    sees: &Sees,
    fields: &Fields,
    who: (&str, i64),
) -> Result<std::result::Result<Silence, Message>> {
    let whom = match fields.whom() {
        Ok(whom) => whom,
        Err(refused) => return Ok(Err(refused)),
    };
    let host = match whom {
        Whom::Id(id) => Some(sees.host(site, id).await?.id),
        Whom::Named(name) => match named(site, sees, name).await?.as_slice() {
            [one] => Some(*one),
            [] => return Ok(Err(Message::for_anybody("silences-wrong-host").with("host", name))),
            _ => return Ok(Err(Message::for_anybody("silences-several-hosts").with("host", name))),
        },
        Whom::Many if !sees.sight().sees_group(fields.group.trim()) => {
            return Ok(Err(Message::for_anybody("silences-wrong-only").with("groups", sees.sight().words())));
        }
        Whom::Many => None,
    };
    if store::alerts::silences(&site.db, who.1).await?.len() >= MOST_SILENCES {
        return Ok(Err(Message::for_anybody("silences-too-many").with("most", MOST_SILENCES)));
    }
    Ok(fields.silence(host, who))
}

async fn named(site: &Site, sees: &Sees, name: &str) -> Result<Vec<HostId>> {
    let wanted = name.to_lowercase();
    let all = sees.hosts(store::hosts::in_short(&site.db).await?);
    Ok(all.into_iter().filter(|host| host.name.to_lowercase() == wanted).map(|host| host.id).collect())
}

async fn page(
    site: &Site,
    (by, sees, viewer): (&SignedIn, &Sees, Viewer),
    fields: Fields,
    refused: Option<Message>,
) -> Result<SilencesPage> {
    let (rows, is_cut) = rows(site, sees, viewer.now_at, PAST_ROWS).await?;
    let chosen = match fields.host.parse() {
        Ok(id) => store::hosts::find(&site.db, id).await?.filter(|host| sees.sight().sees(host)),
        Err(_) => None,
    };
    let count = |state| rows.iter().filter(|row| row.state == state).count();
    Ok(SilencesPage {
        sentence: sentence(&viewer.locale, (count(Standing::Now), count(Standing::Coming)), sees.is_confined()),
        page: viewer.page(Nav::Settings, viewer.locale.say("silences-title")).of(&by.account.name, &by.csrf_token),
        rows,
        is_cut,
        fields,
        chosen: chosen.map(|host| (host.id, host.name)),
        refused,
        names: match sees.is_confined() {
            true => sees.sight().groups().map(str::to_owned).collect(),
            false => groups::names(&store::groups::counts(&site.db).await?),
        },
        only: sees.is_confined().then(|| sees.sight().words()),
    })
}

/// Those that are not over, of groups and hosts that are seen. Who is confined sees none of those of all hosts.
async fn seen(site: &Site, sees: &Sees, now_at: i64) -> Result<Vec<Silence>> {
    let mut all = store::alerts::silences(&site.db, now_at).await?;
    if let Visible::These(hosts) = sees.visible(site).await? {
        all.retain(|silence| match silence.host {
            Some(host) => hosts.contains(&host),
            None => sees.sight().sees_group(&silence.group_name),
        });
    }
    Ok(all)
}

/// Those in force, those that come next, those that are over; and whether there are more of the last.
async fn rows(site: &Site, sees: &Sees, now_at: i64, most: u32) -> Result<(Vec<Row>, bool)> {
    let all = seen(site, sees, now_at).await?;
    let mut past = store::alerts::past_silences(&site.db, now_at, sees.sight(), most + 1).await?;
    let is_cut = past.len() > most as usize;
    past.truncate(most as usize);
    let mut rows: Vec<Row> = all.into_iter().map(|silence| Row::of(silence, now_at)).collect();
    rows.sort_by_key(|row| (row.state, row.stretch.map_or(i64::MAX, |stretch| stretch.from_at), row.silence.id));
    rows.extend(past.into_iter().map(|silence| Row { silence, state: Standing::Past, stretch: None }));
    Ok((rows, is_cut))
}

impl Row {
    fn of(silence: Silence, now_at: i64) -> Self {
        let stretch = silence.stretch(now_at);
        let state = if silence.covers(now_at) { Standing::Now } else { Standing::Coming };
        Self { silence, state, stretch }
    }

    /// Whether there is something to end, rather than to delete.
    fn ends(&self) -> bool {
        self.state == Standing::Now && !self.silence.is_weekly
    }
}

/// Those in force for a host, by id and group. One of what is about the fleet alone is none of them.
///
/// # Errors
/// The database's.
pub(super) async fn of_host(db: &Db, host: (HostId, &str), now_at: i64) -> store::Result<Vec<Silence>> {
    let is_of_hosts = |silence: &Silence| silence.kind.is_none_or(Kind::is_of_hosts);
    let is_of = |silence: &Silence| silence.is_for(Some(host)) && is_of_hosts(silence) && silence.covers(now_at);
    Ok(store::alerts::silences(db, now_at).await?.into_iter().filter(is_of).collect())
}

/// Those in force for what an incident is about.
///
/// # Errors
/// The database's.
pub(super) async fn of_incident(db: &Db, incident: &Incident, now_at: i64) -> store::Result<Vec<Silence>> {
    let host = incident.host.map(|host| (host, incident.group_name.as_str()));
    let is_of = |silence: &Silence| silence.is_for(host) && silence.is_of(incident.kind) && silence.covers(now_at);
    Ok(store::alerts::silences(db, now_at).await?.into_iter().filter(is_of).collect())
}

/// The form for a host.
pub(super) fn href_for_host(host: HostId) -> String {
    format!("{PATH}{}#new", query(&[("host", &host.to_string())]))
}

/// The form for a kind of incident.
pub(super) fn href_for_kind(kind: Kind) -> String {
    format!("{PATH}{}#new", query(&[("kind", kind.word())]))
}
