# Silences and maintenance windows: when nobody is told of new incidents.

silences-tab = Silences
silences-title = Silences
silences-lead-none = No silence is active.
silences-lead-coming = Nothing is silenced now; { $coming ->
    [one] 1 silence is coming.
   *[other] { $coming } silences are coming.
}
silences-lead = { $now ->
    [one] 1 silence is in force
   *[other] { $now } silences are in force
}; { $coming ->
    [0] none is coming.
    [one] 1 is coming.
   *[other] { $coming } are coming.
}
silences-lead-some-none = No silence is active for your groups or their hosts alone.
silences-lead-some-coming = No silence of your groups or of their hosts alone is in force; { $coming ->
    [one] 1 silence is coming.
   *[other] { $coming } silences are coming.
}
silences-about = Incidents that open during a silence are listed and kept like all others, but nobody is told. When it ends, those that are still open are told.
silences-about-only = Listed are those of groups that you see and of their hosts: { $groups }. One of all hosts is told on the page of each host.
silences-list = Silences and maintenance windows
silences-state = State
silences-state-now = in force
silences-state-coming = coming
silences-state-past = over
silences-never = never comes
silences-whom = For
silences-whom-host = { $host }
silences-whom-group = group { $group }
silences-whom-all = all hosts
silences-any-kind = every kind
silences-when = When
silences-reason = Reason
silences-made = { $by }, { $when }
silences-maintenance = maintenance
silences-once = { $from } – { $until }
silences-weekly = every week, { $from_day } { $from } – { $until_day } { $until } ({ $zone })
silences-until = until { $until }
silences-next = next { $from }
silences-none = No silences yet.
silences-none-only = No silences yet for your groups or their hosts alone.
silences-past-left-out = Older ones are in the files.
silences-do = Silence
silences-do-host = Silence this host
silences-do-end = End it now
silences-do-delete = Delete
silences-end-of = { $what }: { $reason }

# On the pages of hosts and incidents
silences-in-force = Silenced until { $until } ({ $kind }), by { $by }: { $reason }

# A new one
silences-new = New silence
silences-what = What it is
silences-what-maintenance = Planned maintenance
silences-what-quiet = Quiet for a while
silences-host = Host
silences-host-hint = The whole name; empty for the hosts of a group, or for all.
silences-another-host = Another host, a group or all
silences-another-only = Another host or a group
silences-host-hint-only = The whole name of one that you see; empty for the hosts of a group.
silences-group = Group
silences-group-hint = Empty for one host, or for all.
silences-group-hint-only = One of those that you see; empty for one host.
silences-kind = Kind of incident
silences-from = From
silences-until-field = Until
silences-zone = Time zone of these times
silences-weekly-field = Every week at these times
silences-weekly-hint = Repeats each week at local time, also when clocks change. The times above are those of the first one; six days at most.
silences-reason-hint = What others read when they wonder why they were not told.
silences-keep = Silence
silences-open-hint = Incidents that are open already stay as they are.
silences-wrong-both = Write a host or a group, not both.
silences-wrong-host = There is no host “{ $host }”. Write the whole name of one, or nothing.
silences-several-hosts = Several hosts are called “{ $host }”. Open the page of the one that you mean and choose “Silence this host” there.
silences-wrong-group = “Group” takes one line of { $longest } characters at most.
silences-wrong-only = You make silences of groups that you see, and of their hosts: write one of { $groups }, or the name of a host.
silences-wrong-fleet = “Most hosts silent” is about the whole fleet: write neither a host nor a group.
silences-wrong-zone = “{ $zone }” is no time zone. Write a name like Europe/Paris or UTC.
silences-wrong-from = “From” is “{ $text }”; write a day and a time like 2026-11-30T22:00.
silences-wrong-until = “Until” is “{ $text }”; write a day and a time like 2026-11-30T22:00.
silences-wrong-order = “Until” has to be later than “From”.
silences-wrong-over = “Until” is over already. Write a time that is still to come.
silences-wrong-length = A silence may last { $days } days at most.
silences-wrong-week = One that comes every week may last 6 days at most: write when the first one ends.
silences-wrong-reason = “Reason” takes one line of { $longest } characters at most, and not none.
silences-too-many = There are { $most } silences, as many as there may be. Delete one of them first.
silences-gone = This silence is over or was deleted. Look at the silences again.
