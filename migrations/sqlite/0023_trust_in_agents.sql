-- What lets an agent in at once whose token is approved by rule: all that a rule states has to hold; empty states nothing.
create table approval_rules (
    rule_id integer primary key autoincrement,
    -- Patterns and ranges as server/src/model/group.rs reads them.
    name_pattern text not null,
    domain text not null,
    subnet text not null,
    made_at integer not null,
    made_by text not null
) strict;

-- As the machine said when it enrolled.
alter table agents add column domain text not null default '';
-- The rule that let it in; it may be gone.
alter table agents add column approval_rule integer;
-- The key that the agent made to go on with: it counts beside the old one until it is used.
alter table agents add column next_key_sha256 blob;
-- Since when its key is its key, and since when it is asked for another one.
alter table agents add column key_at integer not null default 0;
alter table agents add column key_asked_at integer;
update agents set key_at = enrolled_at;
create unique index agents_by_next_key on agents (next_key_sha256);
create index agents_by_token on agents (token_id, state);

-- When the last stored record of a spool was observed: what comes again under its number has to be the same one.
alter table cursors add column mark integer;

-- What each host has sent, by UTC hours and days, so that none fills the disk; and by which boots it was heard, so that two
-- machines that share one key are noticed.
create table intake (
    host_id integer not null primary key references hosts (host_id),
    hour_at integer not null,
    hour_bytes integer not null,
    hour_records integer not null,
    hour_sessions integer not null,
    hour_names integer not null,
    day_at integer not null,
    day_bytes integer not null,
    day_records integer not null,
    day_sessions integer not null,
    day_names integer not null,
    -- When it was last turned away, and for what: bytes, records, sessions, names.
    refused_at integer,
    refused_for text not null,
    -- The newest boot, and the one before it. If that comes again, two machines send.
    boot_id text not null,
    boot_before text not null,
    twin_at integer
) strict;
