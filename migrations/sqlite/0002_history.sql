-- The history engine: frames are compacted into one chunk per host and hour, and everything else is derived from chunks.

-- What is to be derived anew. unit = level * 2^44 + the key of the record at that level: see store::work.
create table touched (
    unit integer not null primary key,
    touches integer not null,
    due_at integer not null,
    leased_until integer not null
) strict;
create index touched_by_due on touched (due_at);

-- Every hour known so far becomes a chunk; unit of a host-hour is its hour_host itself (level 0).
insert into touched (unit, touches, due_at, leased_until) select hour_host, 1, 0, 0 from usage_hours;
insert into touched (unit, touches, due_at, leased_until) select hour_host, touches, due_at, 0 from touched_hours where true
    on conflict (unit) do nothing;
drop table touched_hours;

-- All snapshots of one host-hour, and the one that held true when it began: history::chunk.
create table chunks (
    hour_host integer not null primary key,
    host_id integer not null,
    body blob not null
) strict;
-- A host's last hour before some instant, which may be weeks away. Beside records of 13 KB an index of 20 bytes costs nothing.
create index chunks_by_host on chunks (host_id, hour_host);

-- Made anew in a smaller form, from the frames: history::holders.
drop table holders_hours;
create table holders_hours (
    hour_host integer not null primary key,
    body blob not null
) strict;

-- day_host = (days since 1970) * 2^21 + host_id.
create table holders_days (
    day_host integer not null primary key,
    body blob not null
) strict;

-- 288 cells of five minutes: history::usage.
create table usage_days (
    day_host integer not null primary key,
    cells blob not null
) strict;

-- Who held sessions anywhere: history::fleet, once by client and once by user. bucket = level * 2^44 + its start in hours since
-- 1970; levels: 0 an hour, 1 a day, 2 a week from Monday. revision grows each time the record changes.
create table fleet_holders (
    bucket integer not null primary key,
    revision integer not null,
    by_client blob not null,
    by_user blob not null
) strict;

-- One cell per host: history::matrix. bucket = level * 2^44 + its start in units of five minutes since 1970; levels: 0 five
-- minutes, 1 an hour, 2 six hours.
create table matrix (
    bucket integer not null primary key,
    body blob not null
) strict;

-- The fleet in each bucket of the matrix. Saturations are those of the hosts' greatest within the bucket.
create table fleet_usage (
    bucket integer not null primary key,
    step_ms integer not null,
    bucket_at integer not null,
    hosts integer not null,
    observed integer not null,
    silent integer not null,
    at_limit integer not null,
    above_80 integer not null,
    unlimited integer not null,
    unknown integer not null,
    peak_sessions integer not null,
    max_saturation real,
    p95_saturation real,
    median_saturation real
) strict;
