-- What makes the disk full is counted for itself: events and their bytes, and the bytes of everything else that is stored.
-- refused_for may be events, event_bytes and stored as well.
alter table intake add column hour_events integer not null default 0;
alter table intake add column hour_event_bytes integer not null default 0;
alter table intake add column hour_stored integer not null default 0;
alter table intake add column day_events integer not null default 0;
alter table intake add column day_event_bytes integer not null default 0;
alter table intake add column day_stored integer not null default 0;

-- How many agents came with a token since an instant.
create index agents_by_token_and_time on agents (token_id, enrolled_at);
