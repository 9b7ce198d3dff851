//! Every text of the database is a place where a person's name is looked for, or has a reason why it is not. A column that is new is in neither.

use std::collections::BTreeSet;

use highwater::store::erasure::Place;

use crate::harness::store::both;

/// Why nobody whom hosts tell of, a client or a user, is in texts that are in no place. `table.column`, or `*.column` for every table.
const REASONS: &[(&str, &[&str])] = &[
    (
        "a word of the program, or of the wire",
        &[
            "accounts.role",
            "accounts.source",
            "agents.state",
            "alert_rules.kind",
            "api_keys.scopes",
            "audit_entries.action",
            "audit_entries.actor_kind",
            "audit_entries.outcome",
            "audit_entries.subject_kind",
            "class_rules.class",
            "class_rules.subject",
            "connector_tickets.state",
            "connectors.kinds",
            "connectors.language",
            "connectors.off_why",
            "connectors.system",
            "deliveries.endpoint_kind",
            "deliveries.event_type",
            "deliveries.state",
            "deliveries.why",
            "events.class",
            "findings.rule",
            "findings.severity",
            "gaps.reason",
            "group_rules.kind",
            "host_state.limit_source",
            "host_state.source",
            "incident_entries.what",
            "incidents.kind",
            "incidents.state",
            "intake.refused_for",
            "links.purpose",
            "saved_views.page",
            "silences.kind",
            "tokens.approve",
            "usage_hours.peak_limit_source",
            "webhooks.event_types",
            "webhooks.off_why",
        ],
    ),
    (
        "chosen by chance, counted, a hash, or a version",
        &[
            "accounts.password_hash",
            "agents.attempt_sha256",
            "agents.key_sha256",
            "agents.next_key_sha256",
            "agents.version",
            "api_keys.hint",
            "api_keys.secret_sha256",
            "audit_entries.changes_sha256",
            "audit_entries.once_sha256",
            "audit_entries.salt",
            "audit_entries.sha256",
            "audit_head.removed_sha256",
            "audit_head.sha256",
            "connector_tickets.remote_id",
            "cursors.epoch",
            "deliveries.message_id",
            "host_state.agent_version",
            "host_state.boot_id",
            "idempotent_answers.etag",
            "idempotent_answers.fingerprint_sha256",
            "idempotent_answers.request_sha256",
            "intake.boot_before",
            "intake.boot_id",
            "links.secret_sha256",
            "meta.key",
            "meta.value",
            "recovery_codes.code_sha256",
            "sign_in_steps.step_sha256",
            "sign_ins.browser_sha256",
            "sign_ins.state_sha256",
            "sign_out_hints.session_sha256",
            "snapshot_parts.epoch",
            "tokens.hint",
            "tokens.secret_sha256",
            "web_sessions.csrf_token",
            "web_sessions.session_sha256",
        ],
    ),
    (
        "sealed: a secret that the server has to use again",
        &[
            "connectors.sealed",
            "idempotent_answers.sealed",
            "second_factors.sealed",
            "sign_out_hints.sealed",
            "webhook_secrets.sealed",
        ],
    ),
    (
        "history: numbers, and the ids of names",
        &[
            "chunks.body",
            "counters_days.body",
            "courses.course",
            "fleet_holders.by_client",
            "fleet_holders.by_user",
            "frames.body",
            "holders_days.body",
            "holders_hours.body",
            "matrix.body",
            "usage_days.cells",
            "usage_hours.cells",
        ],
    ),
    (
        "which host it is, where it stands and what runs on it: hosts are what is watched",
        &[
            "agents.address",
            "agents.domain",
            "agents.machine_id",
            "agents.name",
            "agents.os",
            "events.channel",
            "events.computer",
            "events.provider",
            "hosts.addresses",
            "hosts.cluster",
            "hosts.domain",
            "hosts.fqdn",
            "hosts.identity",
            "hosts.name",
            "hosts.os",
            "hosts.os_build",
            "hosts.time_zone",
            "machines.machine_id",
            "silences.time_zone",
        ],
    ),
    (
        "groups of hosts and what puts hosts into them or lets them in: rights hang on them",
        &[
            "*.group_name",
            "*.group_names",
            "approval_rules.domain",
            "approval_rules.name_pattern",
            "approval_rules.subnet",
            "group_rules.pattern",
            "hosts.hand_group",
            "hosts.token_group",
            "tokens.ranges",
        ],
    ),
    (
        "an account of the pages or a key: who did something here, not whom hosts tell of; accounts are deleted on their own page",
        &[
            "*.created_by",
            "*.made_by",
            "*.off_by",
            "accounts.issuer",
            "accounts.name",
            "accounts.name_key",
            "accounts.subject",
            "alert_rules.updated_by",
            "audit_entries.actor_name",
            "audit_entries.address",
            "client_aliases.merged_by",
            "hosts.hand_by",
            "incident_entries.by_name",
            "incident_tickets.linked_by",
            "web_sessions.address",
            "web_sessions.browser",
        ],
    ),
    (
        "in the hash of its entry; of clients and users it is empty, they have their ids",
        &["audit_entries.subject_name"],
    ),
    ("where something is sent: with another text it would go elsewhere", &["connectors.settings", "webhooks.url"]),
    ("a path of the API with the number of what was made", &["idempotent_answers.location"]),
    ("where somebody goes who is just signing in: gone after minutes", &["sign_ins.next_path"]),
];

fn reasons() -> BTreeSet<&'static str> {
    REASONS.iter().flat_map(|(_, columns)| *columns).copied().collect()
}

#[tokio::test]
async fn every_text_is_a_place_of_names_or_has_a_reason_not_to_be() {
    let places: BTreeSet<String> =
        Place::ALL.into_iter().flat_map(Place::columns).map(|(table, column)| format!("{table}.{column}")).collect();
    let reasons = reasons();
    assert_eq!(reasons.len(), REASONS.iter().map(|(_, columns)| columns.len()).sum::<usize>(), "one reason is enough");
    both(async |store| {
        let columns: BTreeSet<String> = store.text_columns().await.into_iter().collect();
        assert!(columns.len() > 150, "found few texts: {columns:?}");
        let of_any = |column: &str| format!("*.{}", column.rsplit_once('.').unwrap().1);
        let has_reason = |column: &str| reasons.contains(column) || reasons.contains(of_any(column).as_str());
        let neither: Vec<&String> = columns.iter().filter(|one| !places.contains(*one) && !has_reason(one)).collect();
        assert!(neither.is_empty(), "a name may stand in these, or tell why not: {neither:?}");
        let twice: Vec<&String> = columns.iter().filter(|one| places.contains(*one) && has_reason(one)).collect();
        assert!(twice.is_empty(), "places, and yet with a reason not to be: {twice:?}");
        let gone: Vec<&String> = places.iter().filter(|place| !columns.contains(*place)).collect();
        assert!(gone.is_empty(), "these places are not there: {gone:?}");
        let is_there = |reason: &str| match reason.strip_prefix('*') {
            Some(column) => columns.iter().any(|one| one.ends_with(column)),
            None => columns.contains(reason),
        };
        let gone: Vec<&&str> = reasons.iter().filter(|reason| !is_there(reason)).collect();
        assert!(gone.is_empty(), "reasons for what is not there: {gone:?}");
    })
    .await;
}
