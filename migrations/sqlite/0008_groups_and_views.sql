-- A host's group is decided: by hand, else by the first rule that matches, else by the token that it enrolled with. What decided
-- stands beside what was decided (group_name); server/src/model/group.rs.
alter table hosts add column token_group text not null default '';
alter table hosts add column hand_group text;
-- When and by whom it was set by hand: the account's name, which stays when the account is gone.
alter table hosts add column hand_at integer;
alter table hosts add column hand_by text;
-- The rule that decided; none if none did.
alter table hosts add column group_rule integer;
update hosts set token_group = group_name;
-- Counts of groups are read from it alone.
create index hosts_by_group on hosts (group_name, hand_group, group_rule);

create table group_rules (
    rule_id integer primary key,
    -- Rules are asked in this order.
    place integer not null,
    group_name text not null,
    -- name, subnet, domain, os
    kind text not null,
    pattern text not null,
    made_at integer not null,
    made_by text not null
) strict;
-- Counts the changes of the rules. Its row is what a change locks, so that no host is judged by rules of which half are new.
insert into meta (key, value) values ('group_rules', '0');

-- Filters of a page that somebody keeps under a name.
create table saved_views (
    view_id integer primary key,
    account_id integer not null references accounts (account_id) on delete cascade,
    -- fleet, clients, users, events, findings
    page text not null,
    name text not null,
    query text not null,
    created_at integer not null,
    unique (account_id, page, name)
) strict;
