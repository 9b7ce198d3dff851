//! One box for hosts, clients and users.

use std::collections::HashSet;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::hosts::words;
use crate::model::host::{HostNow, Level};
use crate::model::{ClientId, HostId};
use crate::store::rank::By;
use crate::store::{Db, aliases, hosts, names, search};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::labels::Labels;
use crate::web::layout::{Mark, Nav, Page, Viewer};

/// Of each kind.
const MOST: usize = 20;
/// Longer than any name.
const MAX_CHARS: usize = 1_024;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "search/index.html")]
pub struct SearchPage {
    page: Page,
    wanted: String,
    hosts: Vec<HostNow>,
    clients: Vec<Found>,
    users: Vec<(i64, String)>,
    labels: Labels,
    more_hosts: bool,
    more_clients: bool,
    more_users: bool,
}

/// A client that was found.
#[derive(Debug)]
struct Found {
    id: i64,
    name: String,
    /// Other names of it that have the text.
    others: Vec<String>,
}

/// `GET /search?q`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<SearchPage> {
    let wanted: String = asked.q.trim().chars().take(MAX_CHARS).collect();
    let page = viewer.page(Nav::Outside, viewer.locale.say("search-title")).of(&by.account.name, &by.csrf_token);
    let mut found = SearchPage {
        page,
        hosts: Vec::new(),
        clients: Vec::new(),
        users: Vec::new(),
        labels: Labels::default(),
        more_hosts: false,
        more_clients: false,
        more_users: false,
        wanted,
    };
    if !found.wanted.is_empty() {
        let db = &site.db;
        let mut ids: Vec<_> = hosts::matching(db, &found.wanted).await?.into_iter().collect();
        ids.sort_unstable();
        found.more_hosts = ids.len() > MOST;
        found.hosts = hosts::some_now(db, &first_by_name(db, ids, &found.wanted).await?).await?;
        found.hosts.sort_by_cached_key(|host| place(&host.name, &found.wanted));
        let (clients, more) = cut(search::names(db, By::Client, &found.wanted, MOST + 1).await?);
        (found.clients, found.more_clients) = (merged(db, clients).await?, more);
        (found.users, found.more_users) = cut(search::names(db, By::User, &found.wanted, MOST + 1).await?);
        let clients: Vec<i64> = found.clients.iter().map(|found| found.id).collect();
        let users: Vec<i64> = found.users.iter().map(|(id, _)| *id).collect();
        found.labels = Labels::of(db, &clients, &users).await?;
    }
    Ok(found)
}

/// Names that were merged, under the one of their client.
async fn merged(db: &Db, names: Vec<(i64, String)>) -> Result<Vec<Found>> {
    let aliases = aliases::all(db).await?;
    let mains: Vec<ClientId> = names.iter().map(|(id, _)| ClientId(aliases.main(*id))).collect();
    let main_names = names::clients(db, &mains).await?;
    let mut found: Vec<Found> = Vec::new();
    for ((id, name), main) in names.into_iter().zip(mains) {
        let place = found.iter().position(|found| found.id == main.0).unwrap_or_else(|| {
            let name = main_names.get(&main).cloned().unwrap_or_default();
            found.push(Found { id: main.0, name, others: Vec::new() });
            found.len() - 1
        });
        if id != main.0 {
            found[place].others.push(name);
        }
    }
    Ok(found)
}

/// What begins with the wanted text first, then by name.
fn place(name: &str, wanted: &str) -> (bool, String) {
    let lower = name.to_lowercase();
    (!lower.starts_with(&wanted.to_lowercase()), lower)
}

/// Of many hosts those that are shown.
async fn first_by_name(db: &Db, ids: Vec<HostId>, wanted: &str) -> Result<Vec<HostId>> {
    if ids.len() <= MOST {
        return Ok(ids);
    }
    let ids: HashSet<HostId> = ids.into_iter().collect();
    let mut all = hosts::in_short(db).await?;
    all.retain(|host| ids.contains(&host.id));
    all.sort_by_cached_key(|host| place(&host.name, wanted));
    Ok(all.into_iter().take(MOST).map(|host| host.id).collect())
}

fn cut(mut names: Vec<(i64, String)>) -> (Vec<(i64, String)>, bool) {
    let more = names.len() > MOST;
    names.truncate(MOST);
    (names, more)
}

impl SearchPage {
    fn sentence(&self) -> String {
        if self.wanted.is_empty() {
            return self.page.say("search-title").into();
        }
        let page = &self.page;
        let how = |has_more| if has_more { "more-than" } else { "count" };
        let hosts = page.say_of("search-hosts", how(self.more_hosts)).with("count", self.hosts.len());
        let clients = page.say_of("search-clients", how(self.more_clients)).with("count", self.clients.len());
        let users = page.say_of("search-users", how(self.more_users)).with("count", self.users.len());
        let said = page.say("search-found").with("text", &self.wanted);
        said.with("hosts", hosts).with("clients", clients).with("users", users).into()
    }

    fn level(&self, host: &HostNow) -> Level {
        host.level(self.page.now_at)
    }
}
