-- Of which version of its incident the evidence that is kept is.
alter table incidents add column evidence_version bigint;
