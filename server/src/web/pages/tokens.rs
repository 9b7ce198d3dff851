//! Enrolment tokens: what lets agents ask for an identity.

mod file;
pub mod rules;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use ipnet::IpNet;
use serde::Deserialize;

use super::agents::rule_words;
use super::package::{self, Package};
use crate::locale::Message;
use crate::model::approval::Rule;
use crate::model::time::DAY_MS;
use crate::model::token::{Approve, NewToken, Token};
use crate::model::{TokenId, typed};
use crate::web::address::{Path, Query};
use crate::web::audit::told;
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::sheet;
use crate::web::{Public, Site};
use crate::{secret, store};

const LONGEST_LABEL: usize = 100;

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/tokens.html")]
pub struct TokensPage {
    page: Page,
    tokens: Vec<Token>,
    usable: usize,
    fields: Fields,
    refusal: String,
    rules: Vec<RuleRow>,
    rule: rules::Typed,
    rule_refusal: String,
    package: Package,
}

/// A rule of approval, in words.
#[derive(Debug)]
struct RuleRow {
    rule: Rule,
    words: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "settings/token.html")]
struct TokenPage {
    page: Page,
    label: String,
    secret: String,
    server_url: String,
    /// Empty with given certificates, which the agent checks by the system's authorities.
    fingerprint: String,
    command: String,
    windows_command: String,
    windows_script: String,
    package: Package,
    approve: Approve,
    expires_at: Option<i64>,
    /// How many agents it is for; none for any number.
    max_uses: Option<u64>,
}

/// The form as it was typed.
#[derive(Debug, Clone, Deserialize)]
pub struct Fields {
    #[serde(default)]
    label: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    approve: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    expires_days: String,
    #[serde(default)]
    ranges: String,
}

impl Default for Fields {
    fn default() -> Self {
        let text = String::new;
        Self {
            label: text(),
            group: text(),
            approve: "hand".to_owned(),
            uses: text(),
            expires_days: "30".to_owned(),
            ranges: text(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Asked {
    /// A file of the rules of approval (`rules`), or else of the tokens.
    #[serde(default)]
    table: String,
    format: Option<String>,
}

/// `GET /settings/tokens?table&format`
pub async fn index(
    signed_in: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        if asked.table == "rules" {
            let rules = store::approvals::list(&site.db).await?;
            return Ok(file::sheet_of_rules(&rules).into_answer("highwater-approval-rules", wanted));
        }
        let tokens = in_order(store::tokens::list(&site.db).await?, viewer.now_at);
        return Ok(file::sheet(&tokens, viewer.now_at).into_answer("highwater-tokens", wanted));
    }
    Ok(page(&site, viewer, &signed_in, Refused::default()).await?.into_response())
}

/// Those that still work first; the order within stays.
fn in_order(mut tokens: Vec<Token>, now_at: i64) -> Vec<Token> {
    tokens.sort_by_key(|token| !token.is_usable(now_at));
    tokens
}

/// `POST /settings/tokens`: the answer shows the secret, this once.
pub async fn create(State(site): State<Site>, viewer: Viewer, form: auth::Form<Fields>) -> Result<Response> {
    let secret = secret::fresh(secret::TOKEN_PREFIX).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let token = match form.fields.read(&secret, viewer.now_at) {
        Ok(token) => token,
        Err(refusal) => {
            let refused = Refused { fields: form.fields, token: Some(refusal), ..Refused::default() };
            let page = page(&site, viewer, &form.by, refused).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut tx = site.db.begin().await?;
    let id = store::tokens::insert(&mut tx, &token, viewer.now_at).await?;
    store::audit::record(&mut tx, &form.trail, &told::token(id, &token)).await?;
    tx.commit().await?;
    tracing::info!(token = id.0, account = form.by.account.id.0, "an enrolment token was made");
    let page = TokenPage {
        page: viewer
            .page(Nav::Settings, viewer.locale.say("settings-token-new"))
            .of(&form.by.account.name, &form.by.csrf_token),
        label: token.label,
        command: command(&site.public, &secret),
        windows_command: package::command(&site.public, &secret),
        windows_script: package::script(&site.public, &secret),
        package: Package::of(&site.public, &viewer.locale).await,
        secret,
        server_url: site.public.server_url.clone(),
        fingerprint: site.public.authorities.fingerprint().unwrap_or_default(),
        approve: token.approve,
        expires_at: token.expires_at,
        max_uses: token.max_uses,
    };
    Ok(page.into_response())
}

/// `POST /settings/tokens/{id}/revoke`
pub async fn revoke(State(site): State<Site>, Path(id): Path<TokenId>, form: auth::Form<Nothing>) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    let token = store::tokens::revoke(&mut tx, id, site.clock.now_at()).await?;
    let token = token.ok_or_else(|| Error::Conflict(Message::for_anybody("settings-token-revoked-before")))?;
    store::audit::record(&mut tx, &form.trail, &told::token_revoked(&token)).await?;
    tx.commit().await?;
    tracing::info!(token = id.0, account = form.by.account.id.0, "an enrolment token was revoked");
    Ok(Redirect::to("/settings/tokens"))
}

/// What was typed into the forms, and why it was not taken.
#[derive(Debug, Default)]
struct Refused {
    fields: Fields,
    token: Option<Message>,
    typed: rules::Typed,
    rule: Option<Message>,
}

async fn page(site: &Site, viewer: Viewer, signed_in: &SignedIn, refused: Refused) -> Result<TokensPage> {
    let rules = store::approvals::list(&site.db).await?;
    let row = |rule: Rule| RuleRow { words: rule_words(&viewer.locale, &rule.states), rule };
    let said = |refusal: Option<Message>| refusal.map(|said| said.in_words_of(&viewer.locale)).unwrap_or_default();
    let tokens = in_order(store::tokens::list(&site.db).await?, viewer.now_at);
    Ok(TokensPage {
        usable: tokens.iter().filter(|t| t.is_usable(viewer.now_at)).count(),
        page: viewer
            .page(Nav::Settings, viewer.locale.say("settings-tab-tokens"))
            .of(&signed_in.account.name, &signed_in.csrf_token),
        tokens,
        fields: refused.fields,
        refusal: said(refused.token),
        rules: rules.into_iter().map(row).collect(),
        rule: refused.typed,
        rule_refusal: said(refused.rule),
        package: Package::of(&site.public, &viewer.locale).await,
    })
}

impl Fields {
    /// The token that the form describes; else the sentence for the form.
    fn read(&self, secret: &str, now_at: i64) -> std::result::Result<NewToken, Message> {
        let text = |refusal: &'static str, text: &str| {
            typed::line(text, LONGEST_LABEL)
                .map(str::to_owned)
                .ok_or_else(|| Message::for_anybody(refusal).with("most", LONGEST_LABEL))
        };
        let count = |refusal: &'static str, text: &str, most: u64| match text.trim() {
            "" => Ok(None),
            text => match text.parse() {
                Ok(n) if (1..=most).contains(&n) => Ok(Some(n)),
                _ => Err(Message::for_anybody(refusal).with("text", text).with("most", most)),
            },
        };
        let days = count("settings-token-wrong-days", &self.expires_days, 3_650)?;
        Ok(NewToken {
            label: text("settings-token-long-label", &self.label)?,
            secret_sha256: secret::sha256(secret),
            hint: secret::hint(secret),
            group_name: text("settings-token-long-group", &self.group)?,
            approve: Approve::from_word(&self.approve),
            max_uses: count("settings-token-wrong-uses", &self.uses, 1_000_000)?,
            expires_at: days.and_then(|d| i64::try_from(d).ok()).map(|d| now_at + d * DAY_MS),
            ranges: ranges(&self.ranges)?,
        })
    }
}

/// Address ranges, however people separate them. A single address is a range of one.
fn ranges(text: &str) -> std::result::Result<Vec<String>, Message> {
    let words = text.split([',', ';', ' ', '\t', '\r', '\n']).filter(|w| !w.is_empty());
    let read = |word: &str| {
        let range = word.parse::<IpNet>().or_else(|_| word.parse::<std::net::IpAddr>().map(IpNet::from));
        range
            .map(|r| r.trunc().to_string())
            .map_err(|_| Message::for_anybody("settings-token-no-range").with("word", word))
    };
    words.map(read).collect()
}

/// What to type on a Linux host. The token goes to standard input: in an argument, everybody on the host could read it for as long as
/// the agent runs.
fn command(public: &Public, secret: &str) -> String {
    let pin = public.pin().map(|pin| format!(" \\\n  --pin {pin}")).unwrap_or_default();
    format!(
        "sudo highwater-agent run --token-file - <<'END' \\\n  --server {}{pin}\n{secret}\nEND",
        quoted(&public.server_url)
    )
}

/// As one word for a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/[]".contains(&b));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::authority::Authority;
    use crate::web::authorities::Authorities;

    fn fields(change: impl FnOnce(&mut Fields)) -> std::result::Result<NewToken, String> {
        let mut fields = Fields::default();
        change(&mut fields);
        fields.read("hwe_secret", 0).map_err(String::from)
    }

    #[test]
    fn a_form_left_as_it_is_makes_a_token_for_thirty_days_that_asks_a_person() {
        let token = fields(|_| ()).unwrap();
        assert_eq!((token.approve, token.max_uses, token.expires_at), (Approve::Hand, None, Some(30 * DAY_MS)));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert!(fields(|f| f.uses = "0".into()).unwrap_err().contains("Uses is “0”"));
        assert!(fields(|f| f.expires_days = "soon".into()).unwrap_err().contains("Expires after is “soon”"));
        assert!(fields(|f| f.ranges = "10.0.0.0/8, paris".into()).unwrap_err().contains("“paris” is no range"));
        assert!(fields(|f| f.label = "x".repeat(101)).unwrap_err().contains("label"));
    }

    #[test]
    fn ranges_may_be_separated_as_people_do_and_single_addresses_count() {
        let token = fields(|f| f.ranges = "10.20.3.4/16; 192.0.2.7\r\n2001:db8::1/32".into()).unwrap();
        assert_eq!(token.ranges, ["10.20.0.0/16", "192.0.2.7/32", "2001:db8::/32"]);
    }

    #[test]
    fn the_command_stays_one_command_whatever_the_address_is() {
        let public = Public {
            server_url: "https://h:8443/';reboot;'".into(),
            authorities: Authorities::new(vec![Authority { pem: String::new(), fingerprint: "9F:41".into() }]),
            ..Public::default()
        };
        let line = command(&public, "hwe_a");
        assert!(line.contains(r"--server 'https://h:8443/'\'';reboot;'\'''"), "{line}");
        assert!(line.starts_with("sudo highwater-agent run --token-file - <<'END' \\\n"), "{line}");
        assert!(line.ends_with("--pin 9F41\nhwe_a\nEND"), "{line}");
    }
}
