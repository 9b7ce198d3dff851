# Incidents: the list, and one of them.

nav-incidents = Incidents
inc-about = One incident is one episode on one host: from the first sign until the host has been well for a while.
inc-kinds = What the incidents are about
inc-none = No open incident
inc-some = { $count ->
    [one] 1 open incident
   *[other] { $count } open incidents
}: { $each }
inc-count-full = { $count } at the limit
inc-count-near = { $count } near the limit
inc-count-capacity = { $count ->
    [one] 1 capacity event
   *[other] { $count } with capacity events
}
inc-count-share = { $count ->
    [one] 1 share full
   *[other] { $count } with a full share
}
inc-count-silent = { $count } silent
inc-count-pipeline = most hosts silent
inc-count-leak = { $count ->
    [one] 1 leak suspected
   *[other] { $count } leaks suspected
}
inc-count-flood = { $count ->
    [one] 1 flood suspected
   *[other] { $count } floods suspected
}
inc-kind = Kind
inc-any-kind = Any kind
inc-kind-full = At the limit
inc-kind-near = Near the limit
inc-kind-capacity = Capacity event
inc-kind-share = Share at its limit
inc-kind-silent = Host silent
inc-kind-pipeline = Most hosts silent
inc-kind-leak = Leak suspected
inc-kind-flood = Flood suspected
inc-state = State
inc-unresolved = Not resolved
inc-all = All
inc-state-open = Open
inc-state-acknowledged = Acknowledged
inc-state-resolved = Resolved
inc-newest-first = newest first
inc-unfiltered = All that are not resolved
inc-none-like-that = No incident is like that.
inc-none-yet = Nothing is open. When a host comes near its limit, falls silent or logs that something ran out, it is listed here.
inc-what = What
inc-opened = Opened
inc-lasted = Lasted
inc-owner = Owner
inc-silenced = silenced
inc-silenced-about = silenced: nobody is told
inc-unknown-since = unknown since { $at }
inc-shown = { $count ->
    [one] 1 incident
   *[other] { $count } incidents
}
inc-one = Incident { $id }
inc-chart = On the chart

# What goes on
inc-now-full = { $host } has been at its limit since { $from } ({ $span })
inc-now-near = { $host } has been near its limit since { $from } ({ $span })
inc-now-capacity = { $host } logged at { $from } that something ran out, while it has room as far as is known
inc-now-share = The share { $subject } of { $host } has been at its own limit since { $from } ({ $span })
inc-now-silent = Nothing has been heard of { $host } since { $from } ({ $span })
inc-now-pipeline = Nothing has been heard of most hosts since { $from } ({ $span }): look at this server and the network first
inc-now-leak = { $subject } has opened sessions on { $host } and not ended them, known since { $from }
inc-now-flood = Sessions on { $host } have grown far faster than ever before since { $from }

# What is over
inc-was-full = { $host } was at its limit from { $from } to { $until } ({ $span })
inc-was-near = { $host } was near its limit from { $from } to { $until } ({ $span })
inc-was-capacity = { $host } logged at { $from } that something ran out; it was well again at { $until }
inc-was-share = The share { $subject } of { $host } was at its own limit from { $from } to { $until } ({ $span })
inc-was-silent = Nothing was heard of { $host } from { $from } to { $until } ({ $span })
inc-was-pipeline = Nothing was heard of most hosts from { $from } to { $until } ({ $span })
inc-was-leak = { $subject } opened sessions on { $host } and did not end them, from { $from } to { $until }
inc-was-flood = Sessions on { $host } grew far faster than ever before from { $from } to { $until }

# What happened
inc-timeline = Timeline
inc-told-opened = The incident opened.
inc-told-again = The level was reached again.
inc-told-joined = An event that belongs to it came.
inc-told-acknowledged = It was acknowledged.
inc-told-assigned = It was assigned to { $text }.
inc-told-unassigned = It was assigned to nobody.
inc-told-commented = Comment
inc-told-linked = { $text } was linked.
inc-told-unlinked = { $text } was unlinked.
inc-told-silenced = It was silenced.
inc-told-cleared = It ended by itself.
inc-told-outgrown = It became incident { $text }.
inc-told-resolved = It was resolved.
inc-told-reopened = It was not over: later data says so.
inc-told-by-opened = { $by } opened it.
inc-told-by-again = The level was reached again.
inc-told-by-joined = An event that belongs to it came.
inc-told-by-acknowledged = { $by } acknowledged it.
inc-told-by-assigned = { $by } assigned it to { $text }.
inc-told-by-unassigned = { $by } assigned it to nobody.
inc-told-by-commented = { $by } wrote:
inc-told-by-linked = { $by } linked { $text }.
inc-told-by-unlinked = { $by } unlinked { $text }.
inc-told-by-silenced = { $by } silenced it.
inc-told-by-cleared = It ended by itself.
inc-told-by-outgrown = It became incident { $text }.
inc-told-by-resolved = { $by } resolved it. { $text }
inc-told-by-reopened = { $by } reopened it. { $text }

# What people do
inc-comment = Comment
inc-comment-label = What did you see or do?
inc-comment-add = Add comment
inc-details = Details
inc-stretches = { $count ->
    [one] 1 stretch
   *[other] { $count } stretches
}
inc-from = From
inc-until = Until
inc-resolved = Resolved
inc-nobody = nobody
inc-do-acknowledge = Acknowledge
inc-do-resolve = Resolve
inc-do-reopen = Reopen
inc-do-take = Take it
inc-do-drop = Leave it
inc-tickets = Tickets
inc-no-tickets = No ticket is linked.
inc-unlink = Unlink
inc-unlink-of = Unlink { $name }
inc-link = Link a ticket
inc-link-name = Number or name
inc-link-url = Address, if it has one
inc-link-add = Link
inc-no-comment = Write something before you add a comment.
inc-long-comment = A comment may have { $most } characters, and no control characters.
inc-no-ticket = A ticket needs a number or a name on one line, of { $most } characters at most.
inc-no-url = The address of a ticket begins with https:// or http:// and has { $most } characters at most.
inc-not-now = The incident has changed, and this cannot be done any more. Go back and look at it again.
inc-full-up = This incident has as many entries as it may have. Continue in your ticket.

# The evidence on the page
inc-evidence = Evidence
inc-bundle = Everything as one file (zip)
inc-holders = Who held the sessions
inc-all-sessions = All sessions
inc-users = Their users
inc-causes-about = with what speaks for each and against it
inc-for = For it:
inc-against = Against it:
inc-free = Free sessions by hand
inc-free-about = PowerShell, on the host, as an administrator
inc-free-never = Highwater never runs these.
inc-free-asks = Each first shows what it would close, then asks again for every session. A session that is used meanwhile no longer matches.
inc-trace-about = For whoever looks deeper: this records for a minute what the SMB server does.
inc-stretches-full = When it was full
inc-changed = Changed within the day before, and while it lasted
inc-before = Before
inc-not-known = What is not known
inc-held = { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} ({ $share }){ $idle ->
    [unknown] {""}
    [0] , none idle
   *[other] , { $idle } idle
}{ $opens ->
    [unknown] {""}
    [0] , no open file
    [one] , 1 open file
   *[other] , { $opens } open files
}
