-- The audit log: who did what, in the order in which it was done. Rows are added at the end and taken away from the beginning; nothing of
-- one is changed but that a name is taken out of what is told of the change.

create table audit_entries (
    -- Without holes.
    seq bigint primary key,
    recorded_at bigint not null,
    -- model::audit::ActorKind
    actor_kind text not null,
    actor_id bigint,
    -- As it was then.
    actor_name text not null,
    -- Empty for this machine.
    address text not null,
    -- model::audit::Action
    action text not null,
    -- model::audit::SubjectKind
    subject_kind text not null,
    subject_id bigint,
    -- As it was then; empty for clients and users, who are kept by their ids.
    subject_name text not null,
    -- model::audit::Outcome
    outcome text not null,
    -- JSON of model::audit::Changes.
    changes text not null,
    -- What keeps anybody from guessing `changes` by its hash; empty once a name was taken out of it.
    salt bytea not null,
    -- Of salt and changes as they were written.
    changes_sha256 bytea not null,
    -- Of the row before and of all above but `changes` and `salt`.
    sha256 bytea not null,
    -- Of what is told once in a while only; none for what is told each time.
    once_sha256 bytea unique
);
create index audit_entries_by_time on audit_entries (recorded_at);
create index audit_entries_by_actor on audit_entries (actor_name, seq);
create index audit_entries_by_action on audit_entries (action, seq);
create index audit_entries_by_subject on audit_entries (subject_kind, subject_id, seq);
create index audit_entries_by_address on audit_entries (address, seq);

-- One row: the last entry, and the last one that was taken away. Who adds an entry holds it until his transaction ends.
create table audit_head (
    head_id bigint primary key,
    seq bigint not null,
    sha256 bytea not null,
    removed_seq bigint not null,
    removed_sha256 bytea not null
);
insert into audit_head (head_id, seq, sha256, removed_seq, removed_sha256)
values (1, 0, decode(repeat('00', 32), 'hex'), 0,
    decode(repeat('00', 32), 'hex'));

-- One row: how far the log was forwarded to another system.
create table audit_forward (
    forward_id bigint primary key,
    -- The last entry that arrived there.
    sent_seq bigint not null,
    -- When it is tried next; while somebody sends, when his lease ends.
    due_at bigint not null,
    -- Since it worked last, and when the first of them was; none if there are none.
    failures bigint not null,
    failing_since bigint,
    -- Of the last failure; empty if it works.
    error text not null
);
insert into audit_forward (forward_id, sent_seq, due_at, failures, error) values (1, 0, 0, 0, '');
