-- Rules that hold on hosts, or held: server/src/findings.
create table findings (
    finding_id integer primary key,
    host_id integer not null references hosts (host_id),
    -- CFG-07
    rule text not null,
    -- critical, high, medium, low, info
    severity text not null,
    -- What was found last, in words.
    detail text not null,
    since_at integer not null,
    -- None while it holds.
    gone_at integer
) strict;
create index findings_by_host on findings (host_id, gone_at);
-- A rule holds once on a host, however many processes look.
create unique index findings_holding on findings (host_id, rule) where gone_at is null;
