-- What kind of client or user somebody is, by rules that people edit: model::class. The first rule that matches decides.
create table class_rules (
    rule_id integer primary key,
    -- In ascending order; equal ones by rule_id.
    position integer not null,
    -- backup, printer, vdi, domain-controller, application-account
    class text not null,
    -- client (its name), address (a client's), user (an account's name)
    subject text not null,
    pattern text not null,
    created_at integer not null,
    -- The name of the account that made it; empty for those that come with the program.
    created_by text not null
) strict;

insert into class_rules (position, class, subject, pattern, created_at, created_by) values
    (1, 'backup', 'client', '*backup*', 0, ''),
    (2, 'backup', 'client', '*veeam*', 0, ''),
    (3, 'backup', 'client', '*commvault*', 0, ''),
    (4, 'backup', 'client', '*rubrik*', 0, ''),
    (5, 'backup', 'client', '*cohesity*', 0, ''),
    (6, 'backup', 'client', 'BKP*', 0, ''),
    (7, 'backup', 'client', '*-BKP*', 0, ''),
    (8, 'printer', 'client', 'PRINT*', 0, ''),
    (9, 'printer', 'client', '*-PRINT*', 0, ''),
    (10, 'printer', 'client', '*printer*', 0, ''),
    (11, 'printer', 'client', 'PRN*', 0, ''),
    (12, 'printer', 'client', '*-PRN*', 0, ''),
    (13, 'printer', 'client', 'MFP*', 0, ''),
    (14, 'printer', 'client', '*-MFP*', 0, ''),
    (15, 'printer', 'client', '*scanner*', 0, ''),
    (16, 'printer', 'client', 'SCAN-*', 0, ''),
    (17, 'printer', 'client', 'SCAN#*', 0, ''),
    (18, 'printer', 'client', '*-SCAN*', 0, ''),
    (19, 'printer', 'client', 'NPI??????', 0, ''),
    (20, 'printer', 'client', 'BRN????????????', 0, ''),
    (21, 'printer', 'client', 'BRW????????????', 0, ''),
    (22, 'printer', 'client', 'RNP????????????', 0, ''),
    (23, 'printer', 'client', 'XRX????????????', 0, ''),
    (24, 'vdi', 'client', 'VDI*', 0, ''),
    (25, 'vdi', 'client', '*-VDI*', 0, ''),
    (26, 'vdi', 'client', '*VDI#*', 0, ''),
    (27, 'vdi', 'client', 'RDSH*', 0, ''),
    (28, 'vdi', 'client', '*-RDSH*', 0, ''),
    (29, 'vdi', 'client', 'TS-*', 0, ''),
    (30, 'domain-controller', 'client', 'DC#*', 0, ''),
    (31, 'domain-controller', 'client', 'DC-*', 0, ''),
    (32, 'domain-controller', 'client', '*-DC#*', 0, ''),
    (33, 'domain-controller', 'client', '*DC##', 0, ''),
    (34, 'application-account', 'user', 'svc_*', 0, ''),
    (35, 'application-account', 'user', 'svc-*', 0, ''),
    (36, 'application-account', 'user', 'svc.*', 0, ''),
    (37, 'application-account', 'user', '*_svc', 0, ''),
    (38, 'application-account', 'user', '*-svc', 0, ''),
    (39, 'application-account', 'user', 'gmsa*$', 0, '');

-- Names of one client that a person has put together. main_id is never an alias itself. Read together, nothing stored is changed:
-- history records keep the name under which a session was seen.
create table client_aliases (
    alias_id integer not null primary key references clients (client_id),
    main_id integer not null references clients (client_id),
    merged_at integer not null,
    -- The name of the account.
    merged_by text not null
) strict;
create index client_aliases_by_main on client_aliases (main_id);
