-- Ticket systems, and which of their records stands for which incident.

create table connectors (
    connector_id integer primary key autoincrement,
    name text not null unique,
    -- model::connector::System
    system text not null,
    -- JSON: what was said about the system, by the names of its fields; no secrets.
    settings text not null,
    -- JSON, sealed: the secrets likewise. Empty for none.
    sealed blob not null,
    -- JSON: words of model::incident::Kind.
    kinds text not null,
    -- JSON: names of groups; none for all hosts.
    group_names text not null,
    -- What tickets are written in: en, fr.
    language text not null,
    is_on integer not null,
    -- Since when it is off; none while it is on.
    off_at integer,
    -- hand, failing; empty while it is on.
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

-- One ticket for each incident in each system.
create table connector_tickets (
    connector_id integer not null references connectors (connector_id) on delete cascade,
    incident_id integer not null references incidents (incident_id),
    -- As the system's interface knows it; none until it is known that there is one.
    remote_id text,
    name text not null,
    url text not null,
    -- What was written or read last: open, in_progress, resolved, closed.
    state text not null,
    -- When it was last going to be made, which may have happened; none if that is settled.
    intended_at integer,
    -- When its state was read last.
    looked_at integer not null,
    primary key (connector_id, incident_id)
) strict;
create index connector_tickets_by_look on connector_tickets (connector_id, looked_at);
create index connector_tickets_by_incident on connector_tickets (incident_id);
