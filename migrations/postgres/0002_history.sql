-- The history engine: frames are compacted into one chunk per host and hour, and everything else is derived from chunks.

-- What is to be derived anew. unit = level * 2^44 + the key of the record at that level: see store::work.
create table touched (
    unit bigint not null primary key,
    touches bigint not null,
    due_at bigint not null,
    leased_until bigint not null
);
create index touched_by_due on touched (due_at);

-- Every hour known so far becomes a chunk; unit of a host-hour is its hour_host itself (level 0).
insert into touched (unit, touches, due_at, leased_until) select hour_host, 1, 0, 0 from usage_hours;
insert into touched (unit, touches, due_at, leased_until) select hour_host, touches, due_at, 0 from touched_hours where true
    on conflict (unit) do nothing;
drop table touched_hours;

-- All snapshots of one host-hour, and the one that held true when it began: history::chunk.
create table chunks (
    hour_host bigint not null primary key,
    host_id bigint not null,
    body bytea not null
);
-- A host's last hour before some instant, which may be weeks away. Beside records of 13 KB an index of 20 bytes costs nothing.
create index chunks_by_host on chunks (host_id, hour_host);

-- Made anew in a smaller form, from the frames: history::holders.
drop table holders_hours;
create table holders_hours (
    hour_host bigint not null primary key,
    body bytea not null
);

-- day_host = (days since 1970) * 2^21 + host_id.
create table holders_days (
    day_host bigint not null primary key,
    body bytea not null
);

-- 288 cells of five minutes: history::usage.
create table usage_days (
    day_host bigint not null primary key,
    cells bytea not null
);

-- Who held sessions anywhere: history::fleet, once by client and once by user. bucket = level * 2^44 + its start in hours since
-- 1970; levels: 0 an hour, 1 a day, 2 a week from Monday. revision grows each time the record changes.
create table fleet_holders (
    bucket bigint not null primary key,
    revision bigint not null,
    by_client bytea not null,
    by_user bytea not null
);

-- One cell per host: history::matrix. bucket = level * 2^44 + its start in units of five minutes since 1970; levels: 0 five
-- minutes, 1 an hour, 2 six hours.
create table matrix (
    bucket bigint not null primary key,
    body bytea not null
);

-- The fleet in each bucket of the matrix. Saturations are those of the hosts' greatest within the bucket.
create table fleet_usage (
    bucket bigint not null primary key,
    step_ms bigint not null,
    bucket_at bigint not null,
    hosts bigint not null,
    observed bigint not null,
    silent bigint not null,
    at_limit bigint not null,
    above_80 bigint not null,
    unlimited bigint not null,
    unknown bigint not null,
    peak_sessions bigint not null,
    max_saturation double precision,
    p95_saturation double precision,
    median_saturation double precision
);

-- Packed already: PostgreSQL need not try.
alter table frames alter column body set storage external;
alter table chunks alter column body set storage external;
alter table holders_hours alter column body set storage external;
alter table holders_days alter column body set storage external;
alter table usage_days alter column cells set storage external;
alter table fleet_holders alter column by_client set storage external, alter column by_user set storage external;
alter table matrix alter column body set storage external;
