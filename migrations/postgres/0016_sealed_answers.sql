-- Where an answer says that what was made is; empty for nowhere.
alter table idempotent_answers add column location text not null default '';
-- The body of an answer that holds a secret, sealed; then `body` is empty.
alter table idempotent_answers add column sealed bytea;
