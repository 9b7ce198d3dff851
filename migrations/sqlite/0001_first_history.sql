-- Instants are milliseconds since 1970 UTC. Flags are 0 or 1. Names that came from clients are interned: see clients, users.
-- Both databases have the same tables, columns and order; a test compares them.

-- One value per key; store_id names this store to its agents.
create table meta (
    key text not null primary key,
    value text not null
) strict;

create table tokens (
    token_id integer primary key,
    label text not null,
    secret_sha256 blob not null unique,
    -- The first characters of the secret, so that a person can tell tokens apart.
    hint text not null,
    group_name text not null,
    -- auto: enrolled agents may push at once; hand: a person approves each.
    approve text not null,
    max_uses integer,
    uses integer not null,
    expires_at integer,
    -- Address ranges in CIDR form, comma-separated; empty allows any.
    ranges text not null,
    created_at integer not null,
    revoked_at integer
) strict;

create table hosts (
    host_id integer primary key,
    -- The machine's own stable identity; a clone that a person keeps apart gets a suffix.
    identity text not null unique,
    name text not null,
    fqdn text not null,
    domain text not null,
    -- Comma-separated, the one that reaches the server first.
    addresses text not null,
    os text not null,
    os_build text not null,
    time_zone text not null,
    -- JSON object of the SMB server's settings by their own names; read only by Rust.
    settings text not null,
    facts_at integer,
    group_name text not null,
    created_at integer not null
) strict;

create table agents (
    agent_id integer primary key,
    host_id integer not null references hosts (host_id),
    -- pending, approved, conflict, revoked, banned
    state text not null,
    key_sha256 blob not null unique,
    attempt_sha256 blob not null,
    machine_id text not null,
    name text not null,
    os text not null,
    version text not null,
    address text not null,
    token_id integer references tokens (token_id),
    enrolled_at integer not null,
    decided_at integer
) strict;
create index agents_by_host on agents (host_id);
create index agents_by_machine on agents (machine_id);

-- Every machine identity that ever asked to enrol. Locked by each enrolment, so that two cannot both be the first.
create table machines (
    machine_id text not null primary key
) strict;

-- How far each spool of a host is stored. Locked first in every accept: it is what makes a batch count once.
create table cursors (
    host_id integer not null references hosts (host_id),
    epoch text not null,
    acked_seq integer not null,
    started_at integer not null,
    updated_at integer not null,
    primary key (host_id, epoch)
) strict;

-- What is true of each host now: one row, replaced by each newer snapshot.
create table host_state (
    host_id integer not null primary key references hosts (host_id),
    seen_at integer not null,
    agent_version text not null,
    boot_id text not null,
    queued_records integer not null,
    -- The agent's clock minus the server's at the last batch.
    clock_skew_ms integer not null,
    taken_at integer,
    source text,
    sampling_secs integer,
    partial integer,
    sessions integer,
    clients integer,
    opens integer,
    idle_sessions integer,
    zero_open_sessions integer,
    limit_sessions integer,
    limit_unlimited integer,
    limit_source text
) strict;

create table clients (
    client_id integer primary key,
    name text not null unique,
    first_seen_at integer not null
) strict;

create table users (
    user_id integer primary key,
    name text not null unique,
    first_seen_at integer not null
) strict;

-- frame_id = host_id * 2^42 + taken_at: one key, hosts apart, instants in order. body: history::frame.
create table frames (
    frame_id integer not null primary key,
    body blob not null
) strict;

-- Snapshots too large for one record wait here until their last part has come.
create table snapshot_parts (
    host_id integer not null references hosts (host_id),
    epoch text not null,
    taken_at integer not null,
    part_index integer not null,
    body blob not null,
    primary key (host_id, epoch, taken_at, part_index)
) strict;

-- Hours whose frames changed since they were last rolled up. hour_host = (hours since 1970) * 2^21 + host_id.
create table touched_hours (
    hour_host integer not null primary key,
    touches integer not null,
    due_at integer not null,
    leased_until integer not null
) strict;
create index touched_hours_by_due on touched_hours (due_at);

create table usage_hours (
    hour_host integer not null primary key,
    host_id integer not null,
    hour_at integer not null,
    snapshots integer not null,
    covered_ms integer not null,
    session_ms integer not null,
    full_ms integer not null,
    -- The most sessions at once, the first time they were that many, and the limit at that instant; none without snapshots.
    peak_sessions integer,
    peak_at integer,
    peak_limit_sessions integer,
    peak_limit_unlimited integer,
    peak_limit_source text,
    max_saturation real,
    max_opens integer,
    max_clients integer not null,
    -- Twelve cells of five minutes: history::usage.
    cells blob not null
) strict;

-- Who held a host's sessions within an hour: history::holders, once by client and once by user.
create table holders_hours (
    hour_host integer not null primary key,
    by_client blob not null,
    by_user blob not null
) strict;

create table events (
    event_id integer primary key,
    host_id integer not null references hosts (host_id),
    channel text not null,
    provider text not null,
    record_id integer not null,
    log_epoch integer not null,
    recorded_at integer not null,
    received_at integer not null,
    code integer not null,
    level integer not null,
    -- model::event's class: capacity, memory, abuse, configuration, availability, symptom, start_up, network, noise, foreign
    class text not null,
    computer text not null,
    xml text not null,
    message text,
    -- JSON of wire::Decoded; read only by Rust.
    decoded text not null,
    unique (host_id, channel, log_epoch, record_id, recorded_at)
) strict;
create index events_by_time on events (recorded_at);
create index events_by_host on events (host_id, recorded_at);

create table gaps (
    gap_id integer primary key,
    host_id integer not null references hosts (host_id),
    from_at integer not null,
    to_at integer not null,
    reason text not null,
    lost_records integer,
    detail text not null,
    received_at integer not null
) strict;
create index gaps_by_host on gaps (host_id, from_at);

create table accounts (
    account_id integer primary key,
    name text not null unique,
    password_hash text not null,
    role text not null,
    created_at integer not null
) strict;

-- One-time links: the first administrator, a new account, a lost password, the demo's visitor.
create table links (
    link_id integer primary key,
    secret_sha256 blob not null unique,
    purpose text not null,
    account_id integer references accounts (account_id),
    expires_at integer not null,
    used_at integer
) strict;

create table web_sessions (
    session_sha256 blob not null primary key,
    account_id integer not null references accounts (account_id),
    csrf_token text not null,
    created_at integer not null,
    seen_at integer not null
) strict;
