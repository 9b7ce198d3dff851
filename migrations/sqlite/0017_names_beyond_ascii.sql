-- Names with other letters than those of ASCII, which are few: a search lowers them in the program, and finds them without reading all names.
create index clients_beyond_ascii on clients (client_id) where octet_length(name) <> length(name);
create index users_beyond_ascii on users (user_id) where octet_length(name) <> length(name);
