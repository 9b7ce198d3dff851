//! Groups of hosts: the rules in order, what a rule would do before it is kept, and hosts that are put into groups by hand.

mod file;
mod preview;
mod search;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use self::preview::{Preview, ROWS as PREVIEW_ROWS};
pub use self::search::Asked;
use self::search::PER_PAGE;
use self::words::sentence;
pub(super) use self::words::{mistake_words, origin_words, rule_words};
use crate::locale::Message;
use crate::model::audit::{Action, Deed, SubjectKind, Trail};
use crate::model::group::{self, Kind, LONGEST, MOST_RULES, NewRule, Origin, Rule};
use crate::model::host::HostNow;
use crate::model::{GroupRuleId, HostId};
use crate::store;
use crate::store::groups::{Count, Direction};
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::audit::told;
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::sheet;

/// Groups of the list; what is beyond is counted.
const MOST_GROUPS: usize = 200;
const PATH: &str = "/settings/groups";
/// Names of groups that a field offers.
pub(super) const MOST_NAMES: usize = 500;

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/groups.html")]
pub struct GroupsPage {
    page: Page,
    sentence: Message,
    groups: Vec<GroupRow>,
    groups_left_out: usize,
    names: BTreeSet<String>,
    /// Hosts in no group.
    in_none: u64,
    rules: Vec<RuleRow>,
    preview: Option<Preview>,
    refused: Refused,
    asked: Asked,
    hosts: Vec<HostNow>,
    matching: usize,
    skipped: usize,
}

#[derive(Debug, Default)]
struct GroupRow {
    name: String,
    hosts: u64,
    by_hand: u64,
    by_rule: u64,
    by_token: u64,
}

#[derive(Debug)]
struct RuleRow {
    rule: Rule,
    /// Those that it decides.
    hosts: u64,
}

/// Why a form was not taken, beside that form.
#[derive(Debug, Default)]
struct Refused {
    rule: Option<Message>,
    hosts: Option<Message>,
    chosen: Chosen,
}

/// What was ticked and typed in the list of hosts.
#[derive(Debug, Default)]
struct Chosen {
    hosts: HashSet<HostId>,
    is_all: bool,
    to: String,
}

#[derive(Debug, Deserialize)]
pub struct Typed {
    to: String,
    kind: String,
    pattern: String,
}

#[derive(Debug, Deserialize)]
pub struct Changed {
    #[serde(rename = "do")]
    what: Change,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Up,
    Down,
    Delete,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Delete => "delete",
        }
    }
}

/// What is done with hosts by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByHand {
    Put,
    /// Back to the rules.
    Release,
}

/// `GET /settings/groups?q&group&none&page&table&format&to&kind&pattern`: the last three try out a rule.
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(Some(&asked.format), &headers, viewer.locale.lang) {
        return file::answer(&site.db, &asked, wanted).await;
    }
    if !asked.tries_rule() {
        return Ok(page(&site, (&by, viewer), asked, None, Refused::default()).await?.into_response());
    }
    match NewRule::read(&asked.to, &asked.kind, &asked.pattern) {
        Ok(rule) => {
            let preview = Preview::of(&site.db, rule).await?;
            Ok(page(&site, (&by, viewer), asked, Some(preview), Refused::default()).await?.into_response())
        }
        Err(mistake) => refuse(&site, (&by, viewer), asked, of_rule(&mistake)).await,
    }
}

/// `POST /settings/groups/rules`: the new rule comes last.
pub async fn add_rule(State(site): State<Site>, viewer: Viewer, form: auth::Form<Typed>) -> Result<Response> {
    let Typed { to, kind, pattern } = form.fields;
    let viewer = viewer.on(PATH.to_owned());
    let rule = match NewRule::read(&to, &kind, &pattern) {
        Ok(rule) => rule,
        Err(mistake) => {
            let asked = Asked { to, kind, pattern, ..Asked::default() };
            return refuse(&site, (&form.by, viewer), asked, of_rule(&mistake)).await;
        }
    };
    let account = &form.by.account;
    let mut tx = site.db.begin().await?;
    let Some(id) = store::groups::insert_rule(&mut tx, &rule, &account.name, viewer.now_at).await? else {
        drop(tx);
        let why = Message::for_anybody("groups-too-many-rules").with("most", MOST_RULES);
        let asked = Asked { to, kind, pattern, ..Asked::default() };
        return refuse(&site, (&form.by, viewer), asked, Refused { rule: Some(why), ..Refused::default() }).await;
    };
    store::audit::record(&mut tx, &form.trail, &told::group_rule(id, &rule)).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = account.id.0, "a rule of groups was made");
    Ok(Redirect::to(&format!("{PATH}#rules")).into_response())
}

/// `POST /settings/groups/rules/{id}`
pub async fn change_rule(
    State(site): State<Site>,
    Path(id): Path<GroupRuleId>,
    form: auth::Form<Changed>,
) -> Result<Redirect> {
    let what = form.fields.what;
    let mut tx = site.db.begin().await?;
    let moved = Deed::on(Action::GroupRuleMoved, (SubjectKind::GroupRule, id.0, "")).after("what", what.word());
    let done = match what {
        Change::Up => store::groups::move_rule(&mut tx, id, Direction::Up).await?.then_some(moved),
        Change::Down => store::groups::move_rule(&mut tx, id, Direction::Down).await?.then_some(moved),
        Change::Delete => store::groups::delete_rule(&mut tx, id).await?.map(|was| told::group_rule_deleted(id, was)),
    };
    let deed = done.ok_or_else(|| Error::Conflict(Message::for_anybody("groups-rule-gone")))?;
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(rule = id.0, account = form.by.account.id.0, ?what, "a rule of groups was changed");
    Ok(Redirect::to(&format!("{PATH}#rules")))
}

/// `POST /settings/groups/hosts`: `host` once for each host, or `all` with how many hosts the search found.
pub async fn change_hosts(
    State(site): State<Site>,
    viewer: Viewer,
    form: auth::Form<Vec<(String, String)>>,
) -> Result<Response> {
    let field = |name: &str| {
        let found = form.fields.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (q, group, none, page) = (field("q"), field("group"), field("none"), field("page"));
    let asked = Asked { q, group, none, page, ..Asked::default() };
    let here = format!("{PATH}{}", asked.on_page(asked.page()));
    let viewer = viewer.on(here.clone());
    let what = if field("do") == "release" { ByHand::Release } else { ByHand::Put };
    let mut hosts: Vec<HostId> =
        form.fields.iter().filter(|(n, _)| n == "host").flat_map(|(_, id)| id.parse()).collect();
    let mut chosen = Chosen { hosts: hosts.iter().copied().collect(), is_all: false, to: field("to") };
    if !field("all").is_empty() {
        hosts = asked.find(&site.db).await?;
        if field("all") != hosts.len().to_string() {
            let why = Message::for_anybody("groups-found-others").with("hosts", hosts.len());
            return refuse(&site, (&form.by, viewer), asked, of_hosts(why, chosen)).await;
        }
        chosen.is_all = true;
    }
    if hosts.is_empty() {
        let why = Message::for_anybody("groups-choose-hosts");
        return refuse(&site, (&form.by, viewer), asked, of_hosts(why, chosen)).await;
    }
    match by_hand(&site, (&form.by, &form.trail), (what, &hosts, &chosen.to)).await {
        Err(Error::BadRequest(why)) => refuse(&site, (&form.by, viewer), asked, of_hosts(why, chosen)).await,
        done => {
            done?;
            Ok(Redirect::to(&format!("{here}#hosts")).into_response())
        }
    }
}

/// Puts hosts into a group by hand, or leaves them to the rules again. Answers how many it met.
pub(super) async fn by_hand(
    site: &Site,
    (by, trail): (&SignedIn, &Trail),
    (what, hosts, to): (ByHand, &[HostId], &str),
) -> Result<u64> {
    let mut tx = site.db.begin().await?;
    let met = match what {
        ByHand::Put => {
            let name = group::read_name(to).map_err(|mistake| Error::BadRequest(mistake_words(&mistake)))?;
            store::groups::put(&mut tx, hosts, &name, &by.account.name, site.clock.now_at()).await?
        }
        ByHand::Release => store::groups::release(&mut tx, hosts).await?,
    };
    store::audit::record(&mut tx, trail, &told::hosts_grouped(hosts, what == ByHand::Put, to)).await?;
    tx.commit().await?;
    tracing::info!(hosts = met, account = by.account.id.0, ?what, "the group of hosts was changed by hand");
    Ok(met)
}

fn of_rule(mistake: &group::Mistake) -> Refused {
    Refused { rule: Some(mistake_words(mistake)), ..Refused::default() }
}

fn of_hosts(why: Message, chosen: Chosen) -> Refused {
    Refused { hosts: Some(why), chosen, ..Refused::default() }
}

async fn refuse(site: &Site, who: (&SignedIn, Viewer), asked: Asked, refused: Refused) -> Result<Response> {
    let page = page(site, who, asked, None, refused).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    site: &Site,
    (by, viewer): (&SignedIn, Viewer),
    asked: Asked,
    preview: Option<Preview>,
    refused: Refused,
) -> Result<GroupsPage> {
    let counts = store::groups::counts(&site.db).await?;
    let found = asked.find(&site.db).await?;
    let skipped = asked.skipped(found.len());
    let shown = &found[skipped..found.len().min(skipped + PER_PAGE)];
    let mut groups = rows(&counts);
    let groups_left_out = groups.len().saturating_sub(MOST_GROUPS);
    let in_none = counts.iter().filter(|count| count.origin.is_none()).map(|count| count.hosts).sum();
    let all = counts.iter().map(|count| count.hosts).sum();
    let sentence = sentence(&viewer.locale, groups.len(), (all, in_none));
    groups.truncate(MOST_GROUPS);
    Ok(GroupsPage {
        page: viewer.page(Nav::Settings, viewer.locale.say("groups-title")).of(&by.account.name, &by.csrf_token),
        sentence,
        names: names(&counts),
        groups,
        groups_left_out,
        in_none,
        rules: rule_rows(store::groups::rules(&site.db).await?, &counts),
        preview,
        refused,
        hosts: in_order(shown, store::hosts::some_now(&site.db, shown).await?),
        matching: found.len(),
        skipped,
        asked,
    })
}

/// The groups there are, as a field offers them.
pub(super) fn names(counts: &[Count]) -> BTreeSet<String> {
    let named = counts.iter().map(|count| &count.group_name).filter(|name| !name.is_empty());
    named.take(MOST_NAMES).cloned().collect()
}

/// By name, without regard to case.
fn rows(counts: &[Count]) -> Vec<GroupRow> {
    let mut by_name: BTreeMap<(String, &str), GroupRow> = BTreeMap::new();
    for count in counts {
        let key = (count.group_name.to_lowercase(), count.group_name.as_str());
        let Some(origin) = count.origin else { continue };
        let row =
            by_name.entry(key).or_insert_with(|| GroupRow { name: count.group_name.clone(), ..GroupRow::default() });
        row.hosts += count.hosts;
        *match origin {
            Origin::Hand => &mut row.by_hand,
            Origin::Rule => &mut row.by_rule,
            Origin::Token => &mut row.by_token,
        } += count.hosts;
    }
    by_name.into_values().collect()
}

fn rule_rows(rules: Vec<Rule>, counts: &[Count]) -> Vec<RuleRow> {
    let mut decided: HashMap<GroupRuleId, u64> = HashMap::new();
    for count in counts {
        if let Some(rule) = count.rule {
            *decided.entry(rule).or_default() += count.hosts;
        }
    }
    let row = |rule: Rule| RuleRow { hosts: decided.get(&rule.id).copied().unwrap_or_default(), rule };
    rules.into_iter().map(row).collect()
}

/// Hosts in the order of their ids in a list.
fn in_order(ids: &[HostId], hosts: Vec<HostNow>) -> Vec<HostNow> {
    let mut by_id: HashMap<HostId, HostNow> = hosts.into_iter().map(|host| (host.id, host)).collect();
    ids.iter().filter_map(|id| by_id.remove(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_counted_by_what_decided_and_rules_by_what_they_decide() {
        let count = |name: &str, origin, rule: Option<i64>, hosts| Count {
            group_name: name.to_owned(),
            origin,
            rule: rule.map(GroupRuleId),
            hosts,
        };
        let counts = [
            count("paris", Some(Origin::Token), None, 1),
            count("Lyon", Some(Origin::Rule), Some(3), 4),
            count("Lyon", Some(Origin::Hand), None, 2),
            count("Lyon", Some(Origin::Rule), Some(5), 1),
            count("", None, None, 9),
        ];
        let told: Vec<_> =
            rows(&counts).into_iter().map(|r| (r.name, r.hosts, r.by_hand, r.by_rule, r.by_token)).collect();
        assert_eq!(told, [("Lyon".to_owned(), 7, 2, 5, 0), ("paris".to_owned(), 1, 0, 0, 1)]);
        assert_eq!(names(&counts).into_iter().collect::<Vec<_>>(), ["Lyon", "paris"]);
        let rule = |id| Rule {
            id: GroupRuleId(id),
            group_name: "Lyon".into(),
            kind: Kind::Name,
            pattern: "*".into(),
            made_at: 0,
            made_by: "ann".into(),
        };
        let hosts: Vec<_> = rule_rows(vec![rule(5), rule(3), rule(4)], &counts).iter().map(|row| row.hosts).collect();
        assert_eq!(hosts, [1, 4, 0]);
    }
}
