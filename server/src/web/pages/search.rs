//! One box for hosts, clients and users.

mod file;

use std::collections::HashSet;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::hosts::words;
use crate::model::eyes::Eyes;
use crate::model::host::{HostNow, Level};
use crate::model::time::DAY_MS;
use crate::model::{ClientId, HostId};
use crate::store::rank::By;
use crate::store::{self, Db, aliases, hosts, names, search};
use crate::web::Site;
use crate::web::address::Query;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::labels::Labels;
use crate::web::layout::{Mark, Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet;
use crate::web::sight::{Sees, Visible};

/// Of each kind.
const MOST: usize = 20;
/// Longer than any name.
const MAX_CHARS: usize = 1_024;
/// Whoever is confined to groups of hosts finds clients and users of the last days on these. As long is the ranking of all.
const DAYS: i64 = 90;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    format: String,
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
    /// Clients and users are those of so many days on hosts that are seen; none for all there are.
    only_days: Option<i64>,
}

/// A client that was found.
#[derive(Debug)]
struct Found {
    id: i64,
    name: String,
    /// Other names of it that have the text.
    others: Vec<String>,
}

/// `GET /search?q&format`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let file = sheet::wanted(Some(&asked.format), &headers, viewer.locale.lang);
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
        only_days: sees.is_confined().then_some(DAYS),
        wanted,
    };
    if !found.wanted.is_empty() {
        let eyes = site.eyes.of_person(&by);
        let most = if file.is_some() { file::MOST } else { MOST };
        found.gather(&site.db, (&sees.visible(&site).await?, &eyes), most).await?;
    }
    match file {
        Some(wanted) => Ok(found.sheet().into_answer("highwater-search", wanted)),
        None => Ok(found.into_response()),
    }
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

/// Of many hosts the first `most`.
async fn first_by_name(db: &Db, ids: Vec<HostId>, (wanted, most): (&str, usize)) -> Result<Vec<HostId>> {
    if ids.len() <= most {
        return Ok(ids);
    }
    let ids: HashSet<HostId> = ids.into_iter().collect();
    let mut all = hosts::in_short(db).await?;
    all.retain(|host| ids.contains(&host.id));
    all.sort_by_cached_key(|host| place(&host.name, wanted));
    Ok(all.into_iter().take(most).map(|host| host.id).collect())
}

fn cut(mut names: Vec<(i64, String)>, most: usize) -> (Vec<(i64, String)>, bool) {
    let more = names.len() > most;
    names.truncate(most);
    (names, more)
}

impl SearchPage {
    /// Finds at most so many of each kind.
    async fn gather(&mut self, db: &Db, (visible, eyes): (&Visible, &Eyes), most: usize) -> Result<()> {
        // Each reads a whole table: at once on as many connections.
        let (ids, clients, users) = tokio::try_join!(
            hosts::matching(db, &self.wanted),
            self.names(db, By::Client, (visible, eyes), most + 1),
            self.names(db, By::User, (visible, eyes), most + 1),
        )?;
        let mut ids: Vec<HostId> = visible.rows(ids.into_iter().collect(), |host| *host);
        ids.sort_unstable();
        self.more_hosts = ids.len() > most;
        self.hosts = hosts::some_now(db, &first_by_name(db, ids, (&self.wanted, most)).await?).await?;
        self.hosts.sort_by_cached_key(|host| place(&host.name, &self.wanted));
        let (clients, more) = cut(clients, most);
        (self.clients, self.more_clients) = (merged(db, clients).await?, more);
        (self.users, self.more_users) = cut(users, most);
        let clients: Vec<i64> = self.clients.iter().map(|found| found.id).collect();
        let users: Vec<i64> = self.users.iter().map(|(id, _)| *id).collect();
        self.labels = Labels::of(db, &clients, &users).await?;
        Ok(())
    }

    /// Of who is on hosts that are seen.
    async fn names(
        &self,
        db: &Db,
        by: By,
        (visible, eyes): (&Visible, &Eyes),
        most: usize,
    ) -> store::Result<Vec<(i64, String)>> {
        let Visible::These(hosts) = visible else { return search::names(db, by, &self.wanted, most, eyes).await };
        let hosts: Vec<HostId> = hosts.iter().copied().collect();
        let now_at = self.page.now_at;
        search::names_on(db, by, (&hosts, now_at - DAYS * DAY_MS, now_at), (&self.wanted, most), eyes).await
    }

    fn href_of_file(&self, format: &str) -> String {
        format!("/search{}", query(&[("q", &self.wanted), ("format", format)]))
    }

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
