-- Accounts and API keys may be confined to groups of hosts.

-- Names as JSON: model::sight::Sight. Null for all hosts; an empty list is none of them.
alter table accounts add column group_names text;
alter table api_keys add column group_names text;
