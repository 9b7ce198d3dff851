-- Incidents: when they open and close, and what people do about them.

-- One rule per kind and group; '' is the rule of all groups that have none of their own. What a kind does not ask is kept all the same.
create table alert_rules (
    rule_id integer primary key,
    -- full, near, capacity, share, silent, pipeline, leak, flood
    kind text not null,
    group_name text not null,
    is_on integer not null,
    open_at real not null,
    open_looks integer not null,
    open_ms integer not null,
    close_at real not null,
    close_ms integer not null,
    updated_at integer not null,
    -- Empty for those that come with the program.
    updated_by text not null,
    unique (kind, group_name)
) strict;

insert into alert_rules
    (kind, group_name, is_on, open_at, open_looks, open_ms, close_at, close_ms, updated_at, updated_by) values
    ('full', '', 1, 0.9, 2, 0, 0.75, 900000, 0, ''),
    ('near', '', 1, 0.8, 2, 600000, 0.7, 900000, 0, ''),
    ('capacity', '', 1, 0.9, 2, 0, 0.75, 900000, 0, ''),
    ('share', '', 1, 1.0, 1, 0, 0.9, 900000, 0, ''),
    ('silent', '', 1, 0.9, 2, 600000, 0.75, 0, 0, ''),
    ('pipeline', '', 1, 0.9, 2, 600000, 0.75, 0, 0, ''),
    ('leak', '', 1, 0.9, 2, 0, 0.75, 900000, 0, ''),
    ('flood', '', 1, 0.9, 2, 0, 0.75, 900000, 0, '');

-- Times in which nobody is told.
create table silences (
    silence_id integer primary key,
    is_maintenance integer not null,
    host_id integer references hosts (host_id),
    group_name text not null,
    -- Empty for all kinds.
    kind text not null,
    from_at integer not null,
    until_at integer not null,
    -- Comes again every week at the same time by the clock of time_zone.
    is_weekly integer not null,
    time_zone text not null,
    reason text not null,
    created_by text not null,
    created_at integer not null
) strict;

-- Hosts that are followed look by look, since something was worth it: where each stands.
create table courses (
    host_id integer not null primary key references hosts (host_id),
    -- Grows with everything that comes in…
    touches integer not null,
    -- …and is here what it was when the host was judged last.
    judged integer not null,
    -- The earliest instant of what came in since then; none if nothing did.
    from_at integer,
    -- Up to which instant, and how much, was followed.
    until_at integer,
    seen integer not null,
    -- JSON: alerts::course; read only by Rust.
    course text not null
) strict;

-- Snapshots of hosts that are followed, in figures. look_id = host_id * 2^42 + taken_at, as in frames.
create table looks (
    look_id integer not null primary key,
    sessions integer not null,
    clients integer not null,
    limit_sessions integer,
    limit_unlimited integer not null,
    sampling_secs integer not null
) strict;

create table incidents (
    -- Never told again: it is the key under which other systems know it.
    incident_id integer primary key autoincrement,
    -- 0 if it is about the fleet.
    host_id integer not null,
    kind text not null,
    -- open, acknowledged, resolved
    state text not null,
    -- The share or the client that it is about; empty for none.
    subject text not null,
    from_at integer not null,
    opened_at integer not null,
    -- None while it goes on.
    until_at integer,
    resolved_at integer,
    unknown_since integer,
    stretches integer not null,
    owner_id integer references accounts (account_id),
    is_silenced integer not null,
    ended_by_itself integer not null,
    version integer not null,
    updated_at integer not null,
    -- JSON: model::evidence, as it was when it ended; read only by Rust.
    evidence text
) strict;
-- A host has one of each kind that goes on or that nobody resolved.
create unique index incidents_standing on incidents (host_id, kind) where state <> 'resolved' or until_at is null;
create index incidents_by_time on incidents (opened_at, incident_id);
create index incidents_by_host on incidents (host_id, opened_at);
create index incidents_by_update on incidents (updated_at, incident_id);

-- What happened to each, in order.
create table incident_entries (
    entry_id integer primary key,
    incident_id integer not null references incidents (incident_id),
    at integer not null,
    -- model::incident::What
    what text not null,
    -- Empty if the program did it.
    by_name text not null,
    body text not null
) strict;
create index incident_entries_by_incident on incident_entries (incident_id, at, entry_id);

-- Records of other systems about an incident.
create table incident_tickets (
    ticket_id integer primary key,
    incident_id integer not null references incidents (incident_id),
    name text not null,
    url text not null,
    linked_at integer not null,
    linked_by text not null,
    unique (incident_id, name)
) strict;
