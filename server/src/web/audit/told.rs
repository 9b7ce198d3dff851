//! What is written down of changes: each noun in its own fields, none of which is a secret. Names of fields are
//! English, as in the API.

use std::collections::{BTreeMap, BTreeSet};

use crate::locale::iso;
use crate::model::alert::{Levels, Rule, Silence};
use crate::model::api_key::{ApiKey, NewApiKey};
use crate::model::approval;
use crate::model::audit::{Action, Deed, Subject, SubjectKind, digits, place};
use crate::model::class::{Class, Subject as Of};
use crate::model::connector::{Connector, FieldKind, NewConnector, System};
use crate::model::delivery::EndpointKind;
use crate::model::group;
use crate::model::incident::{Kind, What};
use crate::model::token::{NewToken, Token};
use crate::model::webhook::{EventType, NewWebhook, Webhook};
use crate::model::{
    ApiKeyId, ApprovalRuleId, ClassRuleId, ConnectorId, GroupRuleId, HostId, IncidentId, SilenceId, TokenId, WebhookId,
};

/// The incident's timeline has the rest.
pub(in crate::web) fn incident(id: IncidentId, what: What) -> Deed {
    Deed::new(Action::IncidentChanged, Subject::incident(id)).after("what", what.word())
}

pub(in crate::web) fn token(id: TokenId, token: &NewToken) -> Deed {
    Deed::on(Action::TokenCreated, (SubjectKind::Token, id.0, &token.label))
        .after("hint", &token.hint)
        .after("group", &token.group_name)
        .after("approve", token.approve.word())
        .after("max_uses", token.max_uses.map(|most| most.to_string()).unwrap_or_default())
        .after("expires_at", token.expires_at.map(iso).unwrap_or_default())
        .after("ranges", token.ranges.join(", "))
}

pub(in crate::web) fn token_revoked(token: &Token) -> Deed {
    Deed::on(Action::TokenRevoked, (SubjectKind::Token, token.id.0, &token.label))
        .before("hint", &token.hint)
        .before("group", &token.group_name)
        .before("approve", token.approve.word())
        .before("max_uses", token.max_uses.map(|most| most.to_string()).unwrap_or_default())
        .before("uses", token.uses)
        .before("expires_at", token.expires_at.map(iso).unwrap_or_default())
        .before("ranges", token.ranges.join(", "))
}

pub(in crate::web) fn approval_rule_deleted(rule: &approval::Rule) -> Deed {
    Deed::on(Action::ApprovalRuleDeleted, (SubjectKind::ApprovalRule, rule.id.0, ""))
        .before("name", &rule.states.name)
        .before("domain", &rule.states.domain)
        .before("subnet", &rule.states.subnet)
        .before("made_by", &rule.made_by)
}

pub(in crate::web) fn approval_rule(id: ApprovalRuleId, rule: &approval::NewRule) -> Deed {
    Deed::on(Action::ApprovalRuleCreated, (SubjectKind::ApprovalRule, id.0, ""))
        .after("name", &rule.name)
        .after("domain", &rule.domain)
        .after("subnet", &rule.subnet)
}

pub(in crate::web) fn api_key(id: ApiKeyId, key: &NewApiKey) -> Deed {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
    Deed::on(Action::KeyCreated, (SubjectKind::ApiKey, id.0, &key.label))
        .after("hint", &key.hint)
        .after("scopes", scopes.join(", "))
        .after("groups", key.sight.words())
        .after("sees_names", key.sees_names)
        .after("expires_at", key.expires_at.map(iso).unwrap_or_default())
}

pub(in crate::web) fn api_key_revoked(key: &ApiKey) -> Deed {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
    Deed::on(Action::KeyRevoked, (SubjectKind::ApiKey, key.id.0, &key.label))
        .before("hint", &key.hint)
        .before("scopes", scopes.join(", "))
        .before("groups", key.sight.words())
        .before("sees_names", key.sees_names)
        .before("expires_at", key.expires_at.map(iso).unwrap_or_default())
        .before("made_by", &key.created_by)
}

pub(in crate::web) fn group_rule(id: GroupRuleId, rule: &group::NewRule) -> Deed {
    Deed::on(Action::GroupRuleCreated, (SubjectKind::GroupRule, id.0, ""))
        .after("group", &rule.group_name)
        .after("kind", rule.kind.word())
        .after("pattern", &rule.pattern)
}

pub(in crate::web) fn group_rule_deleted(id: GroupRuleId, [group, kind, pattern]: [String; 3]) -> Deed {
    Deed::on(Action::GroupRuleDeleted, (SubjectKind::GroupRule, id.0, ""))
        .before("group", group)
        .before("kind", kind)
        .before("pattern", pattern)
}

/// Several hosts are one entry, which names the first of them.
pub(in crate::web) fn hosts_grouped(hosts: &[HostId], is_put: bool, to: &str) -> Deed {
    /// Ids are told up to so many.
    const MOST: usize = 100;
    let only = if let [one] = hosts { Some(one.0) } else { None };
    let ids: Vec<String> = hosts.iter().take(MOST).map(HostId::to_string).collect();
    Deed::new(Action::HostGrouped, Subject::new(SubjectKind::Host, only, ""))
        .after("hosts", hosts.len())
        .after("host_ids", ids.join(" "))
        .after("group", if is_put { to.trim() } else { "" })
        .after("by", if is_put { "hand" } else { "rules" })
}

pub(in crate::web) fn class_rule(id: ClassRuleId, (class, of, pattern): (Class, Of, &str)) -> Deed {
    Deed::on(Action::ClassRuleCreated, (SubjectKind::ClassRule, id.0, ""))
        .after("class", class.word())
        .after("subject", of.word())
        .after("pattern", pattern)
}

pub(in crate::web) fn class_rule_deleted(id: ClassRuleId, [class, of, pattern]: [String; 3]) -> Deed {
    Deed::on(Action::ClassRuleDeleted, (SubjectKind::ClassRule, id.0, ""))
        .before("class", class)
        .before("subject", of)
        .before("pattern", pattern)
}

/// `before`: the rule of this kind and group; or, if the group had none, the one that held for it.
pub(in crate::web) fn alert_rule(before: &Rule, (kind, group): (Kind, &str), is_on: bool, levels: &Levels) -> Deed {
    let is_own = before.kind == kind && before.group_name == group && before.id.0 > 0;
    let subject = Subject::new(SubjectKind::AlertRule, is_own.then_some(before.id.0), kind.word());
    let deed = Deed::new(Action::AlertRuleChanged, subject).after("group", group);
    let (old, new) = (fields_of(before.is_on, &before.levels), fields_of(is_on, levels));
    new.into_iter().fold(deed, |deed, (name, now)| {
        let was = old.get(name).cloned().unwrap_or_default();
        deed.change(name, was, now)
    })
}

pub(in crate::web) fn alert_rule_deleted(rule: &Rule) -> Deed {
    let deed = Deed::on(Action::AlertRuleDeleted, (SubjectKind::AlertRule, rule.id.0, rule.kind.word()));
    let fields = fields_of(rule.is_on, &rule.levels);
    fields.into_iter().fold(deed.before("group", &rule.group_name), |deed, (name, was)| deed.before(name, was))
}

fn fields_of(is_on: bool, levels: &Levels) -> BTreeMap<&'static str, String> {
    let secs = |ms: i64| (ms / 1_000).to_string();
    BTreeMap::from([
        ("on", is_on.to_string()),
        ("open_at", levels.open_at.to_string()),
        ("open_looks", levels.open_looks.to_string()),
        ("open_secs", secs(levels.open_ms)),
        ("close_at", levels.close_at.to_string()),
        ("close_secs", secs(levels.close_ms)),
    ])
}

pub(in crate::web) fn silence(id: SilenceId, silence: &Silence) -> Deed {
    Deed::on(Action::SilenceCreated, (SubjectKind::Silence, id.0, ""))
        .after("host_id", silence.host.map(|host| host.to_string()).unwrap_or_default())
        .after("group", &silence.group_name)
        .after("kind", silence.kind.map_or("", Kind::word))
        .after("from", iso(silence.from_at))
        .after("until", iso(silence.until_at))
        .after("weekly", silence.is_weekly)
        .after("reason", &silence.reason)
}

pub(in crate::web) fn webhook_created(id: WebhookId, new: &NewWebhook) -> Deed {
    let deed = Deed::on(Action::WebhookCreated, (SubjectKind::Webhook, id.0, &new.name));
    of_webhook((&new.name, &new.url, &new.event_types, &new.groups))
        .into_iter()
        .fold(deed, |deed, (name, now)| deed.after(name, now))
}

pub(in crate::web) fn webhook_changed(before: &Webhook, new: &NewWebhook) -> Deed {
    let deed = Deed::on(Action::WebhookChanged, (SubjectKind::Webhook, before.id.0, &before.name));
    let old = of_webhook((&before.name, &before.url, &before.event_types, &before.groups));
    let new = of_webhook((&new.name, &new.url, &new.event_types, &new.groups));
    old.into_iter().zip(new).fold(deed, |deed, ((name, was), (_, now))| deed.change(name, was, now))
}

/// Its name, address, types of events and groups.
type WebhookParts<'a> = (&'a str, &'a str, &'a [EventType], &'a [String]);

fn of_webhook((name, url, event_types, groups): WebhookParts<'_>) -> [(&'static str, String); 4] {
    let words: Vec<&str> = event_types.iter().map(|event| event.word()).collect();
    [("name", name.to_owned()), ("url", place(url)), ("event_types", words.join(", ")), ("groups", groups.join(", "))]
}

pub(in crate::web) fn connector_created(id: ConnectorId, new: &NewConnector) -> Deed {
    let deed = Deed::on(Action::ConnectorCreated, (SubjectKind::Connector, id.0, &new.name));
    of_new_connector(new).into_iter().fold(deed, |deed, (name, now)| deed.after(&name, now))
}

pub(in crate::web) fn connector_changed(before: &Connector, new: &NewConnector) -> Deed {
    let deed = Deed::on(Action::ConnectorChanged, (SubjectKind::Connector, before.id.0, &before.name));
    let mut old = of_connector((&before.name, before.system), &before.settings, (&before.kinds, &before.groups));
    old.insert("language".to_owned(), before.language.clone());
    let now = of_new_connector(new);
    let names: BTreeSet<&String> = old.keys().chain(now.keys()).collect();
    let of = |fields: &BTreeMap<String, String>, name: &String| fields.get(name).cloned().unwrap_or_default();
    names.into_iter().fold(deed, |deed, name| deed.change(name, of(&old, name), of(&now, name)))
}

/// Secrets that were typed are told by their fields alone.
fn of_new_connector(new: &NewConnector) -> BTreeMap<String, String> {
    let mut fields = of_connector((&new.name, new.system), &new.settings, (&new.kinds, &new.groups));
    fields.insert("language".to_owned(), new.language.clone());
    if !new.secrets.is_empty() {
        let typed: Vec<&str> = new.secrets.keys().map(String::as_str).collect();
        fields.insert("secrets_typed".to_owned(), typed.join(", "));
    }
    fields
}

fn of_connector(
    (name, system): (&str, System),
    settings: &BTreeMap<String, String>,
    (kinds, groups): (&[Kind], &[String]),
) -> BTreeMap<String, String> {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    let mut fields = BTreeMap::from([
        ("name".to_owned(), name.to_owned()),
        ("system".to_owned(), system.word().to_owned()),
        ("kinds".to_owned(), words.join(", ")),
        ("groups".to_owned(), groups.join(", ")),
    ]);
    for field in system.fields().iter().filter(|field| !field.kind.is_secret()) {
        let Some(value) = settings.get(field.name) else { continue };
        let told = match field.kind {
            FieldKind::Url => place(value),
            // Whatever people put there.
            FieldKind::Json => format!("({})", digits(value)),
            _ => value.clone(),
        };
        fields.insert(format!("setting.{}", field.name), told);
    }
    fields
}

/// What is done alike with webhooks and ticket systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum OfDestination {
    Switched,
    Deleted,
    Tested,
    Resent,
}

pub(in crate::web) fn destination(kind: EndpointKind, what: OfDestination, (id, name): (i64, &str)) -> Deed {
    use OfDestination::{Deleted, Resent, Switched, Tested};
    let (action, noun) = match kind {
        EndpointKind::Webhook => {
            let action = match what {
                Switched => Action::WebhookSwitched,
                Deleted => Action::WebhookDeleted,
                Tested => Action::WebhookTested,
                Resent => Action::WebhookResent,
            };
            (action, SubjectKind::Webhook)
        }
        EndpointKind::Ticket => {
            let action = match what {
                Switched => Action::ConnectorSwitched,
                Deleted => Action::ConnectorDeleted,
                Tested => Action::ConnectorTested,
                Resent => Action::ConnectorResent,
            };
            (action, SubjectKind::Connector)
        }
    };
    Deed::on(action, (noun, id, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AlertRuleId;

    #[test]
    fn of_a_connector_no_secret_is_told_and_no_address_beyond_where_it_leads() {
        let text = str::to_owned;
        let new = NewConnector {
            name: text("Desk"),
            system: System::GlpiV1,
            settings: BTreeMap::from([
                (text("url"), text("https://glpi.example/apirest.php")),
                (text("entity"), text("3")),
            ]),
            secrets: BTreeMap::from([(text("user_token"), text("hunter2"))]),
            kinds: vec![Kind::Full],
            groups: Vec::new(),
            language: text("en"),
        };
        let deed = connector_created(ConnectorId(7), &new);
        let told = format!("{:?}", deed.changes);
        assert!(!told.contains("hunter2") && !told.contains("apirest"), "{told}");
        assert_eq!(deed.changes.after["secrets_typed"], "user_token");
        assert!(deed.changes.after["setting.url"].starts_with("https://glpi.example/… ("), "{told}");
    }

    #[test]
    fn of_a_rule_only_what_changes_is_told() {
        let levels = Levels::first(Kind::Full);
        let before = Rule {
            id: AlertRuleId(3),
            kind: Kind::Full,
            group_name: String::new(),
            is_on: true,
            levels,
            updated_at: 0,
            updated_by: String::new(),
        };
        let deed = alert_rule(&before, (Kind::Full, ""), false, &Levels { close_ms: 60_000, ..levels });
        let told: Vec<_> = deed.changes.fields().collect();
        assert_eq!(
            told,
            [("close_secs", Some("900"), Some("60")), ("group", None, Some("")), ("on", Some("true"), Some("false")),]
        );
        assert_eq!(deed.subject.id, Some(3));
        assert_eq!(alert_rule(&before, (Kind::Full, "Paris"), true, &levels).subject.id, None);
    }
}
