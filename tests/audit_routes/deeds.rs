//! Every deed, in the order in which one after the other can be done, and what each leaves in the audit log.

use crate::harness::person::PASSWORD;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    /// By a person, from a page of ours.
    Form(&'static [(&'static str, &'static str)]),
    /// By a program; empty for no body.
    Json(&'static str),
}

use Body::{Form, Json};

/// A route, where it is asked (what stands in braces is the newest of its kind, there and in fields), with what, and what that is written
/// down as.
pub(crate) type Deed = (&'static str, &'static str, Body, &'static str);

/// What leaves no entry, and why.
pub(crate) const EXEMPT: [(&str, &str); 4] = [
    ("POST /theme", "a cookie of the browser"),
    ("POST /language", "a cookie of the browser"),
    ("POST /agent/v1/batches", "what agents send is the history itself"),
    ("POST /agent/v1/key", "a key that is offered is written down when it is used"),
];

/// The account's password from the moment on when it is changed.
const LATER: &str = "yet another, longer";

/// Agents do this.
pub(crate) const ENROLMENT: &str = "POST /agent/v1/enrol";

const HOOK: &[(&str, &str)] =
    &[("name", "Chat"), ("url", "https://chat.example/in?token=s3cret"), ("event", "incident.opened")];
const DESK: &[(&str, &str)] = &[
    ("system", "jira-cloud"),
    ("name", "Jira"),
    ("f-url", "https://jira.example/"),
    ("f-user", "robot@example.com"),
    ("f-token", "s3cret-token"),
    ("f-project", "IT"),
    ("kind", "full"),
    ("language", "en"),
];
const RULE: &[(&str, &str)] = &[
    ("kind", "near"),
    ("group", "Paris"),
    ("on", "1"),
    ("open_at", "50"),
    ("looks", "3"),
    ("open_minutes", "5"),
    ("close_at", "40"),
    ("close_minutes", "0"),
];
const SILENCE: &[(&str, &str)] = &[
    ("host", "1"),
    ("from", "2026-03-02T10:00"),
    ("until", "2026-03-02T12:00"),
    ("zone", "UTC"),
    ("weekly", "1"),
    ("reason", "New disks"),
];

/// In this order: what is deleted cannot be changed.
const BY_PEOPLE: &[Deed] = &[
    ("POST /hosts/{id}/group", "/hosts/1/group", Form(&[("do", "put"), ("to", "Paris")]), "host.grouped"),
    ("POST /views", "/views", Form(&[("here", "/?q=x"), ("name", "One")]), "view.saved"),
    ("POST /views/{id}", "/views/{view}", Form(&[("do", "rename"), ("here", "/"), ("name", "Uno")]), "view.renamed"),
    ("POST /views/{id}", "/views/{view}", Form(&[("do", "delete"), ("here", "/"), ("name", "")]), "view.deleted"),
    ("POST /clients/{id}/names", "/clients/1/names", Form(&[("other", "2")]), "client.name_merged"),
    ("POST /clients/{id}/names/{alias}/separate", "/clients/1/names/2/separate", Form(&[]), "client.name_separated"),
    ("POST /incidents/{id}/acknowledge", "/incidents/1/acknowledge", Form(&[]), "incident.changed"),
    ("POST /incidents/{id}/assign", "/incidents/1/assign", Form(&[("to", "nobody")]), "incident.changed"),
    ("POST /incidents/{id}/comment", "/incidents/1/comment", Form(&[("text", "x")]), "incident.changed"),
    ("POST /incidents/{id}/tickets", "/incidents/1/tickets", Form(&[("name", "INC1")]), "incident.changed"),
    (
        "POST /incidents/{id}/tickets/unlink",
        "/incidents/1/tickets/unlink",
        Form(&[("name", "INC1")]),
        "incident.changed",
    ),
    ("POST /incidents/{id}/resolve", "/incidents/1/resolve", Form(&[("text", "done")]), "incident.changed"),
    ("POST /incidents/{id}/reopen", "/incidents/1/reopen", Form(&[("text", "")]), "incident.changed"),
    ("POST /api/v1/agents/{id}/rotate", "/api/v1/agents/{agent}/rotate", Json(""), "agent.key_asked"),
    ("POST /settings/agents/{id}/key", "/settings/agents/{agent}/key", Form(&[("do", "seen")]), "agent.decided"),
    (
        "POST /settings/agents/{id}/decide",
        "/settings/agents/{agent}/decide",
        Form(&[("to", "revoked"), ("from", "approved")]),
        "agent.decided",
    ),
    ("POST /settings/tokens", "/settings/tokens", Form(&[("label", "Paris")]), "token.created"),
    (
        "POST /settings/tokens/rules",
        "/settings/tokens/rules",
        Form(&[("name", "FS-*"), ("domain", ""), ("subnet", "10.0.0.0/8")]),
        "approval_rule.created",
    ),
    (
        "POST /settings/tokens/rules/{id}/delete",
        "/settings/tokens/rules/{approval}/delete",
        Form(&[]),
        "approval_rule.deleted",
    ),
    ("POST /settings/tokens/{id}/revoke", "/settings/tokens/1/revoke", Form(&[]), "token.revoked"),
    ("POST /settings/accounts", "/settings/accounts", Form(&[("name", "bob"), ("role", "viewer")]), "account.created"),
    (
        "POST /settings/accounts/{id}/role",
        "/settings/accounts/{bob}/role",
        Form(&[("to", "operator")]),
        "account.role_changed",
    ),
    (
        "POST /settings/accounts/{id}/groups",
        "/settings/accounts/{bob}/groups",
        Form(&[("groups", "Paris")]),
        "account.confined",
    ),
    ("POST /settings/accounts/{id}/link", "/settings/accounts/{bob}/link", Form(&[]), "link.made"),
    ("POST /settings/accounts/{id}/sign-out", "/settings/accounts/{bob}/sign-out", Form(&[]), "sessions.ended"),
    (
        "POST /settings/accounts/{id}/switch",
        "/settings/accounts/{bob}/switch",
        Form(&[("to", "off")]),
        "account.switched",
    ),
    ("POST /settings/accounts/{id}/delete", "/settings/accounts/{bob}/delete", Form(&[]), "account.deleted"),
    ("POST /settings/keys", "/settings/keys", Form(&[("label", "x"), ("expires_days", "9")]), "api_key.created"),
    ("POST /settings/keys/{id}/revoke", "/settings/keys/{key}/revoke", Form(&[]), "api_key.revoked"),
    (
        "POST /settings/classes",
        "/settings/classes",
        Form(&[("class", "vdi"), ("subject", "client"), ("pattern", "zz-*"), ("then", "add")]),
        "class_rule.created",
    ),
    ("POST /settings/classes/{id}/move", "/settings/classes/{class}/move", Form(&[("to", "up")]), "class_rule.moved"),
    ("POST /settings/classes/{id}/delete", "/settings/classes/{class}/delete", Form(&[]), "class_rule.deleted"),
    (
        "POST /settings/groups/rules",
        "/settings/groups/rules",
        Form(&[("kind", "name"), ("pattern", "FS*"), ("to", "Lyon")]),
        "group_rule.created",
    ),
    (
        "POST /settings/groups/rules",
        "/settings/groups/rules",
        Form(&[("kind", "name"), ("pattern", "PRINT*"), ("to", "Lyon")]),
        "group_rule.created",
    ),
    ("POST /settings/groups/rules/{id}", "/settings/groups/rules/{group}", Form(&[("do", "up")]), "group_rule.moved"),
    (
        "POST /settings/groups/rules/{id}",
        "/settings/groups/rules/{group}",
        Form(&[("do", "delete")]),
        "group_rule.deleted",
    ),
    (
        "POST /settings/groups/hosts",
        "/settings/groups/hosts",
        Form(&[("do", "put"), ("to", "Mine"), ("host", "1")]),
        "host.grouped",
    ),
    ("POST /settings/alerts", "/settings/alerts", Form(RULE), "alert_rule.changed"),
    ("POST /settings/alerts/{id}", "/settings/alerts/{alert}", Form(&[("do", "off")]), "alert_rule.changed"),
    ("POST /settings/alerts/{id}", "/settings/alerts/{alert}", Form(&[("do", "delete")]), "alert_rule.deleted"),
    ("POST /settings/silences", "/settings/silences", Form(SILENCE), "silence.created"),
    ("POST /settings/silences/{id}/end", "/settings/silences/{silence}/end", Form(&[]), "silence.ended"),
];

const ABOUT_DESTINATIONS: &[Deed] = &[
    ("POST /settings/webhooks", "/settings/webhooks", Form(HOOK), "webhook.created"),
    ("POST /settings/webhooks/{id}", "/settings/webhooks/{hook}", Form(HOOK), "webhook.changed"),
    ("POST /settings/webhooks/{id}/rotate", "/settings/webhooks/{hook}/rotate", Form(&[]), "webhook.secret_changed"),
    (
        "POST /settings/webhooks/{id}/switch",
        "/settings/webhooks/{hook}/switch",
        Form(&[("to", "on")]),
        "webhook.switched",
    ),
    ("POST /settings/webhooks/{id}/test", "/settings/webhooks/{hook}/test", Form(&[]), "webhook.tested"),
    (
        "POST /settings/webhooks/{id}/again",
        "/settings/webhooks/{hook}/again",
        Form(&[("since", "2026-03-02T10:00")]),
        "webhook.resent",
    ),
    (
        "POST /settings/webhooks/{id}/deliveries/{delivery}/again",
        "/settings/webhooks/{hook}/deliveries/{of hook}/again",
        Form(&[]),
        "webhook.resent",
    ),
    ("POST /settings/webhooks/{id}/delete", "/settings/webhooks/{hook}/delete", Form(&[]), "webhook.deleted"),
    ("POST /settings/tickets", "/settings/tickets", Form(DESK), "connector.created"),
    ("POST /settings/tickets/{id}", "/settings/tickets/{desk}", Form(DESK), "connector.changed"),
    (
        "POST /settings/tickets/{id}/switch",
        "/settings/tickets/{desk}/switch",
        Form(&[("to", "on")]),
        "connector.switched",
    ),
    ("POST /settings/tickets/{id}/test", "/settings/tickets/{desk}/test", Form(&[]), "connector.tested"),
    (
        "POST /settings/tickets/{id}/again",
        "/settings/tickets/{desk}/again",
        Form(&[("since", "2026-03-02T10:00")]),
        "connector.resent",
    ),
    (
        "POST /settings/tickets/{id}/deliveries/{delivery}/again",
        "/settings/tickets/{desk}/deliveries/{of desk}/again",
        Form(&[]),
        "connector.resent",
    ),
    ("POST /settings/tickets/{id}/delete", "/settings/tickets/{desk}/delete", Form(&[]), "connector.deleted"),
];

const BY_PROGRAMS: &[Deed] = &[
    ("POST /api/v1/incidents/{id}/acknowledge", "/api/v1/incidents/1/acknowledge", Json(""), "incident.changed"),
    ("POST /api/v1/incidents/{id}/assign", "/api/v1/incidents/1/assign", Json(r#"{"owner":null}"#), "incident.changed"),
    ("POST /api/v1/incidents/{id}/comment", "/api/v1/incidents/1/comment", Json(r#"{"text":"x"}"#), "incident.changed"),
    ("POST /api/v1/incidents/{id}/link", "/api/v1/incidents/1/link", Json(r#"{"name":"INC2"}"#), "incident.changed"),
    (
        "POST /api/v1/incidents/{id}/unlink",
        "/api/v1/incidents/1/unlink",
        Json(r#"{"name":"INC2"}"#),
        "incident.changed",
    ),
    ("POST /api/v1/incidents/{id}/resolve", "/api/v1/incidents/1/resolve", Json(r#"{"text":"."}"#), "incident.changed"),
    ("POST /api/v1/incidents/{id}/reopen", "/api/v1/incidents/1/reopen", Json(""), "incident.changed"),
    (
        "POST /api/v1/webhooks",
        "/api/v1/webhooks",
        Json(r#"{"name":"Tickets","url":"https://tickets.example/in","event_types":["incident.opened"]}"#),
        "webhook.created",
    ),
    ("PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/1", Json(r#"{"name":"Other"}"#), "webhook.changed"),
    ("PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/1", Json(r#"{"on":true}"#), "webhook.switched"),
    ("POST /api/v1/webhooks/{id}/rotate", "/api/v1/webhooks/1/rotate", Json(""), "webhook.secret_changed"),
    ("POST /api/v1/webhooks/{id}/test", "/api/v1/webhooks/1/test", Json(""), "webhook.tested"),
    (
        "POST /api/v1/webhooks/{id}/redeliver",
        "/api/v1/webhooks/1/redeliver",
        Json(r#"{"since":"2026-03-02T10:00:00Z"}"#),
        "webhook.resent",
    ),
    ("DELETE /api/v1/webhooks/{id}", "/api/v1/webhooks/1", Json(""), "webhook.deleted"),
];

/// The last ones of all.
const OF_VISITS: &[Deed] = &[
    ("POST /sign-out", "/sign-out", Form(&[]), "sign_out"),
    ("POST /sign-in", "/sign-in", Form(&[("name", "eve"), ("password", PASSWORD)]), "sign_in"),
    ("POST /account/sessions/{session}/end", "/account/sessions/{session}/end", Form(&[]), "sessions.ended"),
    ("POST /account/sessions/end-others", "/account/sessions/end-others", Form(&[]), "sessions.ended"),
    (
        "POST /account/password",
        "/account/password",
        Form(&[("old", PASSWORD), ("password", LATER), ("again", LATER)]),
        "account.password_set",
    ),
    ("POST /account/factor", "/account/factor", Form(&[("password", LATER)]), "second_factor.begun"),
    ("POST /account/factor/confirm", "/account/factor/confirm", Form(&[("code", "{code}")]), "second_factor.on"),
    (
        "POST /account/factor/off",
        "/account/factor/off",
        Form(&[("password", LATER), ("code", "{next code}")]),
        "second_factor.off",
    ),
    ("POST /account/factor", "/account/factor", Form(&[("password", LATER)]), "second_factor.begun"),
    ("POST /account/factor/confirm", "/account/factor/confirm", Form(&[("code", "{code}")]), "second_factor.on"),
    ("POST /sign-in/code", "/sign-in/code", Form(&[("step", "{step}"), ("code", "{next code}")]), "sign_in"),
    ("POST /screens", "/screens", Form(&[]), "screen.kept"),
    (
        "POST /welcome/{secret}",
        "{link}",
        Form(&[("password", "another one, longer"), ("again", "another one, longer")]),
        "account.password_set",
    ),
];

pub(crate) fn deeds() -> impl Iterator<Item = &'static Deed> {
    [BY_PEOPLE, ABOUT_DESTINATIONS, BY_PROGRAMS, OF_VISITS].into_iter().flatten()
}
