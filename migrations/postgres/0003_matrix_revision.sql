-- Readers remember what they made of a matrix: another revision says that it is outdated.
alter table matrix add column revision bigint not null default 1;
