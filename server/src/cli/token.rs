use std::path::Path;

use anyhow::Context as _;
use ipnet::IpNet;

use super::{ApproveWord, NewToken, open, say, say_aside, trail};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::time::DAY_MS;
use crate::model::token::{self, Approve};
use crate::secret;
use crate::store::{audit, tokens};

/// Makes a token and prints it.
pub(super) async fn new(file: Option<&Path>, asked: NewToken) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let clock = Clock::system();
    let now_at = clock.now_at();
    let secret = secret::fresh(secret::TOKEN_PREFIX)?;
    let token = token_of(asked, &secret, now_at)?;
    let db = open(&config).await?;
    let mut tx = db.begin().await?;
    let id = tokens::insert(&mut tx, &token, now_at).await?;
    let deed =
        Deed::on(Action::TokenCreated, (SubjectKind::Token, id.0, &token.label)).after("group", &token.group_name);
    audit::record(&mut tx, &trail(&clock), &deed.after("approve", token.approve.word())).await?;
    tx.commit().await?;
    db.close().await;
    say_aside("The token, shown this once. Whoever has it can ask for an identity, and nothing else:");
    say(secret)
}

fn token_of(asked: NewToken, secret: &str, now_at: i64) -> anyhow::Result<token::NewToken> {
    for range in &asked.range {
        range.parse::<IpNet>().ok().with_context(|| {
            format!("--range {range:?} is not a range of addresses; write it as 10.20.0.0/16 or 2001:db8::/32")
        })?;
    }
    Ok(token::NewToken {
        label: asked.label,
        secret_sha256: secret::sha256(secret),
        hint: secret::hint(secret),
        group_name: asked.group,
        approve: match asked.approve {
            ApproveWord::Auto => Approve::Auto,
            ApproveWord::Rule => Approve::Rule,
            ApproveWord::Hand => Approve::Hand,
        },
        max_uses: asked.uses,
        expires_at: asked.expires_days.map(|days| now_at + i64::from(days) * DAY_MS),
        ranges: asked.range,
    })
}
