-- What hosts count, what their shares are used by, and what they said of themselves when.

-- day_host = (days since 1970) * 2^21 + host_id. body: history::counters.
create table counters_days (
    day_host bigint not null primary key,
    body bytea not null
);

-- The newest list of a host's shares: a JSON array, read only by Rust.
create table host_shares (
    host_id bigint not null primary key references hosts (host_id),
    read_at bigint not null,
    shares text not null
);

-- The most that each share with a limit of its own was used on a day.
create table share_days (
    day_host bigint not null,
    name text not null,
    most_uses bigint not null,
    peak_uses bigint not null,
    peak_at bigint not null,
    primary key (day_host, name)
);

-- Each time that a host said something else of itself than before: model::change. facts: JSON, read only by Rust.
create table host_facts (
    host_id bigint not null references hosts (host_id),
    observed_at bigint not null,
    until_at bigint not null,
    facts text not null,
    primary key (host_id, observed_at)
);

-- Compressed already.
alter table counters_days alter column body set storage external;

-- Name of the failover cluster that a host belongs to; empty if to none.
alter table hosts add column cluster text not null default '';
alter table hosts add column is_domain_controller bigint not null default 0;
