//! Hosts with their groups and why, the rules, the groups, and what a rule would do, as files.

use std::collections::{HashMap, HashSet};

use axum::response::Response;

use super::preview::Preview;
use super::search::Asked;
use super::words::mistake_words;
use super::{rows, rule_rows};
use crate::model::group::{Member, NewRule, Origin, Rule};
use crate::model::{GroupRuleId, HostId};
use crate::store::{Db, groups};
use crate::web::error::{Error, Result};
use crate::web::sheet::{Sheet, Wanted};

const MOST: usize = 100_000;

/// # Errors
/// The database's; `NotFound` if there is no such table.
pub(super) async fn answer(db: &Db, asked: &Asked, wanted: Wanted) -> Result<Response> {
    match asked.table.as_str() {
        "" => Ok(hosts(db, asked).await?.into_answer("highwater-groups-of-hosts", wanted)),
        "rules" => Ok(rules(db).await?.into_answer("highwater-group-rules", wanted)),
        "groups" => Ok(list(db).await?.into_answer("highwater-groups", wanted)),
        "preview" => Ok(preview(db, asked).await?.into_answer("highwater-group-rule-preview", wanted)),
        _ => Err(Error::NotFound("file")),
    }
}

/// With the filter of the page in force.
async fn hosts(db: &Db, asked: &Asked) -> Result<Sheet> {
    let wanted: HashSet<HostId> = asked.find(db).await?.into_iter().collect();
    let mut members = groups::members(db).await?;
    members.retain(|host| wanted.contains(&host.id));
    let rules = groups::rules(db).await?;
    let places: HashMap<GroupRuleId, (usize, &Rule)> =
        (1..).zip(&rules).map(|(place, rule)| (rule.id, (place, rule))).collect();
    let mut sheet = Sheet::new(&[
        "Host",
        "FullName",
        "Domain",
        "Addresses",
        "System",
        "Group",
        "DecidedBy",
        "RulePlace",
        "RuleLooksAt",
        "RulePattern",
        "TokenGroup",
    ]);
    sheet.add_rows(&members, MOST, |sheet, host: &Member| {
        let rule = host.is.rule.and_then(|id| places.get(&id)).copied();
        sheet
            .text(&host.name)
            .text(&host.fqdn)
            .text(&host.domain)
            .text(&host.addresses.join(" "))
            .text(&host.os)
            .text(&host.is.group_name)
            .text(host.origin().map_or("", Origin::word))
            .known(rule.map(|(place, _)| place))
            .text(rule.map_or("", |(_, rule)| rule.kind.word()))
            .text(rule.map_or("", |(_, rule)| &rule.pattern))
            .text(&host.token_group);
    });
    Ok(sheet)
}

async fn rules(db: &Db) -> Result<Sheet> {
    let rows = rule_rows(groups::rules(db).await?, &groups::counts(db).await?);
    let mut sheet = Sheet::new(&["Place", "LooksAt", "Pattern", "Group", "Hosts", "MadeAt", "MadeBy"]);
    for (place, row) in (1..).zip(&rows) {
        let rule = &row.rule;
        sheet.whole(place).text(rule.kind.word()).text(&rule.pattern).text(&rule.group_name).whole(row.hosts);
        sheet.instant(rule.made_at).text(&rule.made_by);
    }
    Ok(sheet)
}

async fn preview(db: &Db, asked: &Asked) -> Result<Sheet> {
    let rule = NewRule::read(&asked.to, &asked.kind, &asked.pattern)
        .map_err(|mistake| Error::BadRequest(mistake_words(&mistake)))?;
    let preview = Preview::of(db, rule).await?;
    let mut sheet = Sheet::new(&["Host", "Group", "RuleGroup", "Then"]);
    sheet.add_rows(&preview.rows, MOST, |sheet, (host, then)| {
        sheet.text(&host.name).text(&host.is.group_name).text(&preview.rule.group_name).text(then.word());
    });
    Ok(sheet)
}

async fn list(db: &Db) -> Result<Sheet> {
    let rows = rows(&groups::counts(db).await?);
    let mut sheet = Sheet::new(&["Group", "Hosts", "ByHand", "ByRule", "ByToken"]);
    sheet.add_rows(&rows, MOST, |sheet, row| {
        sheet.text(&row.name).whole(row.hosts).whole(row.by_hand).whole(row.by_rule).whole(row.by_token);
    });
    Ok(sheet)
}
