# One box for hosts, clients and users.

search-title = Search
search-found = { $hosts }, { $clients } and { $users } with “{ $text }”
search-hosts-count = { $count ->
    [one] 1 host
   *[other] { $count } hosts
}
search-hosts-more-than = more than { $count } hosts
search-clients-count = { $count ->
    [one] 1 client
   *[other] { $count } clients
}
search-clients-more-than = more than { $count } clients
search-users-count = { $count ->
    [one] 1 user
   *[other] { $count } users
}
search-users-more-than = more than { $count } users
search-field = Host, client or user
search-about = A part of a name is enough: of a host, of the computer that comes to it, or of who uses it.
search-only = You find hosts that you see, and clients and users who were on them in the last { $days } days.
search-all = All of them
search-all-ranked = All of them, by session-hours
search-none = None.
