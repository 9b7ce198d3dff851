//! Groups of hosts.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::{Table, cut};
use super::query::{Query, Result};
use crate::model::group::Origin;
use crate::store;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::sight::Sees;

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupsBody {
    /// In order of name.
    groups: Vec<GroupBody>,
    /// Hosts that are in no group; who is confined to groups sees none of them.
    hosts_in_none: u64,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub struct GroupBody {
    name: String,
    hosts: u64,
    /// Put there by a person.
    by_hand: u64,
    /// Put there by a rule.
    by_rule: u64,
    /// As the token said that they enrolled with.
    by_token: u64,
}

const TABLE: Table = Table { rows: "groups", columns: &["name", "hosts", "by_hand", "by_rule", "by_token"] };

/// Groups that have hosts, in order of name, and what put the hosts there.
#[utoipa::path(
    get, path = "/api/v1/groups", operation_id = "listGroups", tag = "groups",
    params(
        ("limit" = Option<u32>, Query, description = "How many at most; 1000 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Groups", content((GroupsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Read>, sees: Sees, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let (most, after) = (query.limit(1_000, 10_000)?, query.place()?);
    let how = query.done()?;
    let (mut groups, mut hosts_in_none) = (BTreeMap::<String, GroupBody>::new(), 0);
    let mut counts = store::groups::counts(&site.db).await?;
    counts.retain(|count| sees.sight().sees_group(&count.group_name));
    for count in counts {
        if count.group_name.is_empty() {
            hosts_in_none += count.hosts;
            continue;
        }
        let group = groups.entry(count.group_name).or_default();
        group.hosts += count.hosts;
        match count.origin {
            Some(Origin::Hand) => group.by_hand += count.hosts,
            Some(Origin::Rule) => group.by_rule += count.hosts,
            Some(Origin::Token) => group.by_token += count.hosts,
            None => {}
        }
    }
    let groups: Vec<GroupBody> = groups.into_iter().map(|(name, group)| GroupBody { name, ..group }).collect();
    let (groups, next) = cut(groups, after, most);
    let body = GroupsBody { groups, hosts_in_none, next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
}
