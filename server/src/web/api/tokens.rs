//! Enrolment tokens, without their secrets.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::id::Id;
use super::list::{Table, cut};
use super::query::{Query, Result};
use crate::model::TokenId;
use crate::model::approval::Rule;
use crate::model::token::Token;
use crate::store;
use crate::web::Site;
use crate::web::auth::{Admin, May};
use crate::web::error::Error;

#[derive(Debug, Serialize, ToSchema)]
pub struct TokensBody {
    /// In order of id.
    tokens: Vec<TokenBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TokenBody {
    id: i64,
    label: String,
    /// The first characters of the secret, by which people tell tokens apart.
    hint: String,
    /// Hosts that enrol with it join this group; null for none.
    group: Option<String>,
    /// `auto`: agents are in at once; `rule`: those for which a rule of approval holds are, a person approves the others; `hand`: a person
    /// approves each.
    approve: &'static str,
    /// Null for any number.
    max_uses: Option<u64>,
    uses: u64,
    /// Address ranges that it works from; empty for any.
    ranges: Vec<String>,
    /// Whether it lets agents enrol now.
    usable: bool,
    created_at: Instant,
    /// Null for never.
    expires_at: Option<Instant>,
    revoked_at: Option<Instant>,
}

const TABLE: Table = Table {
    rows: "tokens",
    columns: &[
        "id",
        "label",
        "hint",
        "group",
        "approve",
        "max_uses",
        "uses",
        "ranges",
        "usable",
        "created_at",
        "expires_at",
        "revoked_at",
    ],
};

/// Enrolment tokens, in order of id. Their secrets were shown once and are not kept.
#[utoipa::path(
    get, path = "/api/v1/tokens", operation_id = "listTokens", tag = "tokens",
    params(
        ("limit" = Option<u32>, Query, description = "How many at most; 1000 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Tokens", content((TokensBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Admin>, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let (most, after) = (query.limit(1_000, 10_000)?, query.place()?);
    let how = query.done()?;
    let mut tokens = store::tokens::list(&site.db).await?;
    tokens.sort_by_key(|token| token.id);
    let (tokens, next) = cut(tokens, after, most);
    let now_at = site.clock.now_at();
    let body = TokensBody { tokens: tokens.into_iter().map(|token| token_body(token, now_at)).collect(), next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
}

/// One enrolment token, without its secret.
#[utoipa::path(
    get, path = "/api/v1/tokens/{id}", operation_id = "getToken", tag = "tokens",
    params(("id" = i64, Path, description = "The token's id.")),
    responses((status = 200, description = "The token", body = TokenBody)),
)]
pub async fn show(
    _: May<Admin>,
    State(site): State<Site>,
    Id(id): Id<TokenId>,
    query: Query,
) -> Result<Json<TokenBody>> {
    query.done()?;
    let found = store::tokens::list(&site.db).await?.into_iter().find(|token| token.id == id);
    Ok(Json(token_body(found.ok_or(Error::NotFound("token"))?, site.clock.now_at())))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalRulesBody {
    /// In order of id.
    rules: Vec<ApprovalRuleBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

/// All that it states has to hold. Name and domain are what the machine says of itself; the address is that of its connection.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalRuleBody {
    id: i64,
    /// A pattern of the machine's name; null if any will do.
    name: Option<String>,
    /// The domain, or one above it; null if any will do.
    domain: Option<String>,
    /// A range of addresses; null if any will do.
    subnet: Option<String>,
    made_at: Instant,
    made_by: String,
}

const TABLE_OF_RULES: Table =
    Table { rows: "rules", columns: &["id", "name", "domain", "subnet", "made_at", "made_by"] };

/// Rules by which agents are let in at once whose token is approved by rule, in order of id.
#[utoipa::path(
    get, path = "/api/v1/approval-rules", operation_id = "listApprovalRules", tag = "tokens",
    params(
        ("limit" = Option<u32>, Query, description = "How many at most; 1000 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Rules", content((ApprovalRulesBody = "application/json"), (String = "text/csv")))),
)]
pub async fn rules(_: May<Admin>, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let (most, after) = (query.limit(1_000, 10_000)?, query.place()?);
    let how = query.done()?;
    let (rules, next) = cut(store::approvals::list(&site.db).await?, after, most);
    let body = ApprovalRulesBody { rules: rules.into_iter().map(rule_body).collect(), next };
    Ok(how.list(&body, TABLE_OF_RULES, body.next.as_deref()))
}

fn rule_body(rule: Rule) -> ApprovalRuleBody {
    let stated = |text: String| Some(text).filter(|text| !text.is_empty());
    ApprovalRuleBody {
        id: rule.id.0,
        name: stated(rule.states.name),
        domain: stated(rule.states.domain),
        subnet: stated(rule.states.subnet),
        made_at: Instant(rule.made_at),
        made_by: rule.made_by,
    }
}

fn token_body(token: Token, now_at: i64) -> TokenBody {
    TokenBody {
        id: token.id.0,
        usable: token.is_usable(now_at),
        label: token.label,
        hint: token.hint,
        group: Some(token.group_name).filter(|name| !name.is_empty()),
        approve: token.approve.word(),
        max_uses: token.max_uses,
        uses: token.uses,
        ranges: token.ranges,
        created_at: Instant(token.created_at),
        expires_at: token.expires_at.map(Instant),
        revoked_at: token.revoked_at.map(Instant),
    }
}
