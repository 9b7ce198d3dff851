//! Keys by which programs ask the API.

mod file;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::locale::Message;
use crate::model::api_key::{ApiKey, Maker, NewApiKey, Scope, Standing};
use crate::model::sight::Sight;
use crate::model::time::DAY_MS;
use crate::model::{ApiKeyId, typed};
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::audit::told;
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::{sheet, sight};
use crate::{secret, store};

const LONGEST_LABEL: usize = 100;
const LONGEST_DAYS: u64 = 3_650;

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/keys.html")]
pub struct KeysPage {
    page: Page,
    keys: Vec<(ApiKey, Maker)>,
    good: usize,
    /// Those of them whose maker could not make them any more.
    left: usize,
    fields: Fields,
    refusal: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "settings/key.html")]
struct KeyPage {
    page: Page,
    label: String,
    secret: String,
    scope: Scope,
    sight: Sight,
    is_told_names: bool,
    expires_at: Option<i64>,
    /// What to type to try it.
    curl: String,
    powershell: String,
}

/// The form as it was typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Fields {
    label: String,
    scope: String,
    expires_days: String,
    /// One a line; empty for all hosts.
    groups: String,
    /// `yes`, as a box that is ticked sends it; nothing for no.
    names: String,
}

impl Default for Fields {
    fn default() -> Self {
        let scope = Scope::Read.word().to_owned();
        let (label, expires_days) = (String::new(), "365".to_owned());
        Self { label, scope, expires_days, groups: String::new(), names: String::new() }
    }
}

/// `GET /settings/keys?format`
pub async fn index(
    signed_in: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<sheet::Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        let keys = list(&site, viewer.now_at).await?;
        return Ok(file::sheet(&keys, viewer.now_at).into_answer("highwater-api-keys", wanted));
    }
    // A key that reads is offered what a viewer has.
    let fields = Fields::seeing(site.eyes.sees_names(Scope::Read.role()));
    Ok(page(&site, viewer, &signed_in, (fields, None)).await?.into_response())
}

/// Those that still work first; the order within stays.
async fn list(site: &Site, now_at: i64) -> Result<Vec<(ApiKey, Maker)>> {
    let mut keys = store::api_keys::list(&site.db).await?;
    keys.sort_by_key(|key| key.standing(now_at) != Standing::Good);
    let accounts = store::accounts::list(&site.db).await?;
    let with_maker = |key: ApiKey| {
        let maker = Maker::of(&key, &accounts);
        (key, maker)
    };
    Ok(keys.into_iter().map(with_maker).collect())
}

/// How many keys work whose maker could not make them any more: an account that is disabled, deleted or given a lower role takes
/// none of its keys with it.
pub(super) async fn left(site: &Site, now_at: i64) -> Result<usize> {
    Ok(list(site, now_at).await?.iter().filter(|(key, maker)| is_left(key, maker, now_at)).count())
}

fn is_left(key: &ApiKey, maker: &Maker, now_at: i64) -> bool {
    key.standing(now_at) == Standing::Good && !maker.may()
}

/// `POST /settings/keys`: the answer shows the secret, this once.
pub async fn create(State(site): State<Site>, viewer: Viewer, form: auth::Form<Fields>) -> Result<Response> {
    let secret = secret::fresh(secret::API_KEY_PREFIX).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let (key, scope) = match form.fields.read(&secret, viewer.now_at) {
        Ok(key) => key,
        Err(refusal) => {
            let page = page(&site, viewer, &form.by, (form.fields, Some(refusal))).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let by = &form.by.account;
    let mut tx = site.db.begin().await?;
    let id = store::api_keys::insert(&mut tx, &key, &by.name, viewer.now_at).await?;
    store::audit::record(&mut tx, &form.trail, &told::api_key(id, &key)).await?;
    tx.commit().await?;
    tracing::info!(key = id.0, account = by.id.0, scope = scope.word(), "an API key was made");
    let url = format!("{}/api/v1/incidents?state=unresolved", site.public.server_url);
    let page = KeyPage {
        page: viewer.page(Nav::Settings, viewer.locale.say("keys-new")).of(&by.name, &form.by.csrf_token),
        is_told_names: key.is_told_names(),
        label: key.label,
        // In an argument, everybody on the machine could read it.
        curl: format!("curl --header @- \\\n  '{url}' <<'END'\nAuthorization: Bearer {secret}\nEND"),
        powershell: format!(
            "$Headers = @{{ Authorization = 'Bearer {secret}' }}\nInvoke-RestMethod -Headers $Headers -Uri '{url}'"
        ),
        secret,
        scope,
        sight: key.sight,
        expires_at: key.expires_at,
    };
    Ok(page.into_response())
}

/// `POST /settings/keys/{id}/revoke`
pub async fn revoke(State(site): State<Site>, Path(id): Path<ApiKeyId>, form: auth::Form<Nothing>) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    let key = store::api_keys::revoke(&mut tx, id, site.clock.now_at()).await?;
    let key = key.ok_or_else(|| Error::Conflict(Message::for_anybody("keys-revoked-before")))?;
    store::audit::record(&mut tx, &form.trail, &told::api_key_revoked(&key)).await?;
    tx.commit().await?;
    tracing::info!(key = id.0, account = form.by.account.id.0, "an API key was revoked");
    Ok(Redirect::to("/settings/keys"))
}

async fn page(
    site: &Site,
    viewer: Viewer,
    signed_in: &SignedIn,
    (fields, refusal): (Fields, Option<Message>),
) -> Result<KeysPage> {
    let keys = list(site, viewer.now_at).await?;
    Ok(KeysPage {
        good: keys.iter().filter(|(key, _)| key.standing(viewer.now_at) == Standing::Good).count(),
        left: keys.iter().filter(|(key, maker)| is_left(key, maker, viewer.now_at)).count(),
        page: viewer
            .page(Nav::Settings, viewer.locale.say("keys-tab"))
            .of(&signed_in.account.name, &signed_in.csrf_token),
        keys,
        fields,
        refusal: refusal.map(|said| said.in_words_of(&viewer.locale)).unwrap_or_default(),
    })
}

impl Fields {
    fn seeing(names: bool) -> Self {
        Self { names: if names { "yes".to_owned() } else { String::new() }, ..Self::default() }
    }

    fn sees_names(&self) -> bool {
        self.names == "yes"
    }

    /// The key that the form describes; else the sentence for the form.
    fn read(&self, secret: &str, now_at: i64) -> std::result::Result<(NewApiKey, Scope), Message> {
        let label = typed::line(&self.label, LONGEST_LABEL).filter(|label| !label.is_empty());
        let label = label.ok_or_else(|| Message::for_anybody("keys-wrong-label").with("most", LONGEST_LABEL))?;
        let scope = Scope::from_word(&self.scope).ok_or_else(|| Message::for_anybody("keys-wrong-scope"))?;
        let sight = Sight::typed(&self.groups).map_err(sight::mistake_words)?;
        if scope == Scope::Admin && sight.is_confined() {
            return Err(Message::for_anybody("keys-groups-admin"));
        }
        let days = match self.expires_days.trim() {
            "" => None,
            text => match text.parse::<u64>() {
                Ok(n) if (1..=LONGEST_DAYS).contains(&n) => i64::try_from(n).ok(),
                _ => return Err(Message::for_anybody("keys-wrong-days").with("text", text).with("most", LONGEST_DAYS)),
            },
        };
        let key = NewApiKey {
            label: label.to_owned(),
            secret_sha256: secret::sha256(secret),
            hint: secret::hint(secret),
            scopes: vec![scope],
            sight,
            sees_names: self.sees_names(),
            expires_at: days.map(|days| now_at + days * DAY_MS),
        };
        Ok((key, scope))
    }

    fn is_scope(&self, scope: &Scope) -> bool {
        self.scope == scope.word()
    }
}

/// The id of the words for it.
fn scope_id(scope: &Scope) -> &'static str {
    match scope {
        Scope::Read => "keys-may-read",
        Scope::WriteIncidents => "keys-may-write-incidents",
        Scope::Admin => "keys-may-admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(change: impl FnOnce(&mut Fields)) -> std::result::Result<NewApiKey, String> {
        let mut fields = Fields { label: "ServiceNow".into(), ..Fields::default() };
        change(&mut fields);
        fields.read("hwk_secret", 0).map(|(key, _)| key).map_err(String::from)
    }

    #[test]
    fn a_form_with_a_name_alone_makes_a_key_that_reads_for_a_year() {
        let key = fields(|_| ()).unwrap();
        assert_eq!((key.scopes, key.expires_at), (vec![Scope::Read], Some(365 * DAY_MS)));
        assert_eq!(fields(|f| f.expires_days = " ".into()).unwrap().expires_at, None);
        assert!(!key.sees_names, "a box that is not ticked sends nothing");
        assert!(fields(|f| f.names = "yes".into()).unwrap().sees_names);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert!(fields(|f| f.label = " ".into()).unwrap_err().contains("name"));
        assert!(fields(|f| f.label = "x".repeat(101)).unwrap_err().contains("100"));
        assert!(fields(|f| f.expires_days = "soon".into()).unwrap_err().contains("“soon”"));
        assert!(fields(|f| f.scope = "all".into()).unwrap_err().contains("may do"));
        assert!(fields(|f| f.groups = ",".into()).unwrap_err().contains("50"));
        assert!(fields(|f| f.groups = "x".repeat(101)).unwrap_err().contains("100"));
    }

    #[test]
    fn a_key_sees_the_groups_that_are_named_and_one_that_may_all_is_not_confined() {
        assert_eq!(fields(|f| f.groups = " ".into()).unwrap().sight, Sight::All);
        assert_eq!(fields(|f| f.groups = "Paris\r\nLyon".into()).unwrap().sight, Sight::of(["Lyon", "Paris"]).unwrap());
        let admin = |f: &mut Fields| (f.scope, f.groups) = ("admin".into(), "Paris".into());
        assert!(fields(admin).unwrap_err().contains("all hosts"));
    }
}
