-- Accounts with roles, from this server or from elsewhere; what browsers are signed in; the second factor.

-- local, oidc, ldap: model::account::AccountSource. One from elsewhere is known by who says so and by what it is called there, never
-- by its name; its password_hash is empty, as it is of any other until somebody sets a password.
alter table accounts add column source text not null default 'local';
alter table accounts add column issuer text;
alter table accounts add column subject text;
-- Since when nobody may sign in to it.
alter table accounts add column disabled_at bigint;
alter table accounts add column signed_in_at bigint;
-- From now on sign-in notes it; until then the browsers tell it in which somebody is signed in.
update accounts set signed_in_at =
    (select max(s.created_at) from web_sessions s where s.account_id = accounts.account_id);
create unique index accounts_by_subject on accounts (source, issuer, subject);

-- 1: it shows the wall and nothing else.
alter table web_sessions add column is_screen bigint not null default 0;
-- For the person who looks for a browser that he does not know.
alter table web_sessions add column address text not null default '';
alter table web_sessions add column browser text not null default '';
create index web_sessions_by_account on web_sessions (account_id);

-- What makes the codes that are asked for beside the password.
create table second_factors (
    account_id bigint not null primary key references accounts (account_id) on delete cascade,
    -- server/src/sealed.rs
    sealed bytea not null,
    made_at bigint not null,
    -- None until the first code proves that somebody has it.
    confirmed_at bigint,
    -- The step of time of the last code that was taken: no code is taken twice.
    used_step bigint not null
);

-- Codes for who has lost what makes them. Each works once: then it goes.
create table recovery_codes (
    account_id bigint not null references accounts (account_id) on delete cascade,
    code_sha256 bytea not null,
    primary key (account_id, code_sha256)
);

-- People whose password was right, and who are asked for a code.
create table sign_in_steps (
    step_sha256 bytea not null primary key,
    account_id bigint not null references accounts (account_id) on delete cascade,
    tries bigint not null,
    expires_at bigint not null
);
create index sign_in_steps_by_account on sign_in_steps (account_id);
