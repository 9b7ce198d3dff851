-- Whether a program with this key sees names of users, or pseudonyms. Those that are there saw names.
alter table api_keys add column sees_names bigint not null default 1;
