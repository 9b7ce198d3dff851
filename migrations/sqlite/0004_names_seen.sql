-- The day on which a name was last met: one that no record can refer to any more is removed.
alter table clients add column seen_at integer not null default 0;
alter table users add column seen_at integer not null default 0;
-- Of those met so far it is only known that it was not after the newest batch.
update clients set seen_at = coalesce((select max(updated_at) from cursors), first_seen_at);
update users set seen_at = coalesce((select max(updated_at) from cursors), first_seen_at);
create index clients_by_seen on clients (seen_at);
create index users_by_seen on users (seen_at);
