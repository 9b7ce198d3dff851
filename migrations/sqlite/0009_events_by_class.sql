-- The newest events of a class, of all hosts and of one: what is rare stands among much that is not.
create index events_by_class on events (class, recorded_at);
-- The class first: with the host first it would be preferred where a host's events are counted over a short time.
create index events_by_class_and_host on events (class, host_id, recorded_at);
