-- Sign-ins at a provider of OpenID Connect that are under way: each works once.
create table sign_ins (
    state_sha256 blob not null primary key,
    -- Of what the browser holds that was sent there.
    browser_sha256 blob not null,
    next_path text not null,
    expires_at integer not null
) strict;
create index sign_ins_by_expiry on sign_ins (expires_at);

-- By what the provider knows whom to sign out, for sessions that began there; sealed, and empty for nothing.
create table sign_out_hints (
    session_sha256 blob not null primary key references web_sessions (session_sha256) on delete cascade,
    sealed blob not null
) strict;
