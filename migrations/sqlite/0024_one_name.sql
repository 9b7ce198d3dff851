-- Names of accounts are compared without what nobody tells apart, and keys of programs know who made them.

-- The name as model::account::folded has it, which no database can make: the program fills it in when it opens the store
-- (store::accounts::names). None where another account had it first, of two from before that differ only so: nothing is renamed
-- or refused for that, each is found by its name letter by letter. Whatever is made from now on has one.
alter table accounts add column name_key text;
create unique index accounts_by_name_key on accounts (name_key);

-- The account that made it; created_by keeps its name. None once that is gone, or was before this.
alter table api_keys add column maker_id integer references accounts (account_id) on delete set null;
update api_keys set maker_id = (select a.account_id from accounts a where a.name = api_keys.created_by);
create index api_keys_by_maker on api_keys (maker_id);
