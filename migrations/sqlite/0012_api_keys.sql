-- Programs that ask the API, and what was answered to them.

create table api_keys (
    key_id integer primary key,
    -- For people; it stands in the timeline of what the key does.
    label text not null,
    secret_sha256 blob not null unique,
    -- The first characters of the secret, so that a person can tell keys apart.
    hint text not null,
    -- model::api_key::Scope, comma-separated.
    scopes text not null,
    created_at integer not null,
    -- The account's name, which stays when the account is gone.
    created_by text not null,
    expires_at integer,
    -- Written once a minute at most.
    used_at integer,
    revoked_at integer
) strict;

-- Answers to requests that changed something and had an Idempotency-Key: the same request again gets the same answer.
create table idempotent_answers (
    -- Of the caller and the key that it chose.
    request_sha256 blob not null primary key,
    -- Of the method, the path and the body.
    fingerprint_sha256 blob not null,
    status integer not null,
    -- Empty for none.
    etag text not null,
    body text not null,
    answered_at integer not null
) strict;
create index idempotent_answers_by_time on idempotent_answers (answered_at);
