-- Webhooks, and what is told to them and to ticket systems.

-- Where people want to be told.
create table webhooks (
    webhook_id integer primary key autoincrement,
    name text not null,
    url text not null,
    -- JSON: words of model::webhook::EventType.
    event_types text not null,
    -- JSON: names of groups; none for all hosts.
    group_names text not null,
    is_on integer not null,
    -- Since when it is off; none while it is on.
    off_at integer,
    -- hand, gone, failing; empty while it is on.
    off_why text not null,
    -- Empty if the program did it, or nobody.
    off_by text not null,
    -- Failed attempts since it worked last, and when the first of them was; none if there are none.
    failures integer not null,
    failing_since integer,
    created_at integer not null,
    created_by text not null,
    updated_at integer not null
) strict;

-- What its messages are signed with: one secret, and for a while the one before it.
create table webhook_secrets (
    secret_id integer primary key,
    webhook_id integer not null references webhooks (webhook_id) on delete cascade,
    -- Sealed: who reads the database alone cannot sign.
    sealed blob not null,
    created_at integer not null,
    -- Until when it signs beside the newer one; none for the newest.
    retires_at integer
) strict;
create index webhook_secrets_by_webhook on webhook_secrets (webhook_id);

-- One message for one destination each.
create table deliveries (
    delivery_id integer primary key autoincrement,
    -- The same for every attempt: by it receivers know a message that they have already.
    message_id text not null unique,
    -- webhook, ticket
    endpoint_kind text not null,
    -- Of that kind. It may be gone.
    endpoint_id integer not null,
    -- None if it is about none; those have no order among each other.
    incident_id integer,
    event_type text not null,
    -- JSON, as it was when it happened.
    body text not null,
    created_at integer not null,
    due_at integer not null,
    leased_until integer not null,
    -- Since it waits.
    attempts integer not null,
    -- waiting, delivered, dead
    state text not null,
    settled_at integer,
    -- Why it is dead: given_up, gone, off, once, missing; empty otherwise.
    why text not null
) strict;
-- What waits is little beside what is settled.
create index deliveries_waiting on deliveries (endpoint_kind, endpoint_id, incident_id, delivery_id)
    where state = 'waiting';
create index deliveries_by_endpoint on deliveries (endpoint_kind, endpoint_id, delivery_id);
create index deliveries_by_incident on deliveries (incident_id, delivery_id);
create index deliveries_by_age on deliveries (settled_at);

-- Every try, and what came of it.
create table delivery_attempts (
    attempt_id integer primary key,
    delivery_id integer not null references deliveries (delivery_id) on delete cascade,
    at integer not null,
    took_ms integer not null,
    -- Of HTTP; none if there was no answer.
    status integer,
    -- Why there was no answer; empty if there was one.
    error text not null,
    -- Its beginning.
    answer text not null
) strict;
create index delivery_attempts_by_delivery on delivery_attempts (delivery_id, attempt_id);

-- What happened to incidents is told after it happened, once and in order: up to which version and entry it was.
alter table incidents add column told_version integer not null default 0;
alter table incidents add column told_entry integer not null default 0;
-- Nobody could be told of what happened before this.
update incidents set told_version = version, told_entry = coalesce(
    (select max(e.entry_id) from incident_entries e where e.incident_id = incidents.incident_id), 0);
create index incidents_untold on incidents (updated_at) where told_version < version;
