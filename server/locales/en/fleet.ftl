# The fleet: its page, the wall, and the page of an installation without hosts.

# The first line
fleet-full = <a href="{ $to_full }">{ $full } of { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} { $full ->
    [one] is
   *[other] are
} full</a>{ $watched ->
    [0] .
   *[other] , <a href="{ $to_watched }">{ $watched } at 80 % or more</a>.
}
fleet-full-since = <a href="{ $to_full }">{ $full } of { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} { $full ->
    [one] is
   *[other] are
} full</a>{ $watched ->
    [0] ;
   *[other] , <a href="{ $to_watched }">{ $watched } at 80 % or more</a>;
} <a href="{ $to_name }">{ $name }</a> has been full for { $span }.
fleet-watched = No host is full; <a href="{ $to_watched }">{ $watched } of { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} { $watched ->
    [one] is
   *[other] are
} at 80 % or more</a>.
fleet-calm = No host is full, and none is at 80 % or more.
fleet-no-report = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} enrolled; the first report is awaited.
fleet-silent = <a href="{ $to_silent }">{ $silent ->
    [one] 1 is
   *[other] { $silent } are
} silent</a>.
fleet-reporting = { $hosts ->
    [one] 1 host reports
   *[other] { $hosts } hosts report
}
fleet-reporting-last = { $hosts ->
    [one] 1 host reports
   *[other] { $hosts } hosts report
}, last { $ago }
fleet-sessions-now = { $sessions ->
    [one] session now
   *[other] sessions now
}
fleet-open-incidents = { $incidents ->
    [one] open incident
   *[other] open incidents
}
fleet-capacity-events = { $events ->
    [one] capacity event, 24 h
   *[other] capacity events, 24 h
}

# Saturation over time
fleet-saturation = Saturation of the fleet
fleet-saturation-about = sessions ÷ limit, { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} with a known limit; peak of each { $step }
fleet-complete = Added up until { $at }{ $late ->
    [0] .
    [one] ; 1 earlier hour of one host is on the way.
   *[other] ; { $late } earlier hours of single hosts are on the way.
}
fleet-table = Saturation of the fleet as a table
fleet-table-from = From
fleet-table-highest = Highest
fleet-table-p95 = 95th percentile
fleet-table-median = Median
fleet-table-full = Hosts full
fleet-table-watched = 80 % or more

# Events
fleet-events = Recent events
fleet-no-events = None. A host at its limit may log nothing at all: sessions are counted, not guessed from events.
fleet-event-times = { $times } times since { $since }

# The worst hosts
fleet-worst = Worst { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
}
fleet-worst-about = peak saturation in each { $step }, ranked by time at the limit over { $over }
fleet-to-wall = All on the wall
fleet-at-limit = At the limit
fleet-now = Now
fleet-worst-none = Nothing was added up yet. The first hour appears within minutes of a host's first report.
fleet-worst-table = The worst hosts as a table
fleet-steps-without-data = Steps without data
fleet-more-stretches = and { $stretches } more
fleet-lightness = Lightness steps at 25, 50, 70, 80, 90 percent and full

# The hosts
fleet-hosts = Hosts
fleet-attention-first = attention first
fleet-seek = Name, group or system
fleet-searched = “{ $text }”
fleet-of-hosts = { $matching } of { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
}
fleet-none-like-that = No host is like that now. <a href="{ $href }#hosts">Look at every level</a>
fleet-state = State
fleet-sessions-limit = Sessions / limit
fleet-day = Last 24 hours
fleet-peak = Peak
fleet-peak-of-day = Peak, 24 h
fleet-last-event = Last event
fleet-agent = Agent
fleet-no-event = none
fleet-not-heard = not heard yet
fleet-silent-for = Silent { $span }
fleet-spark-limit = Sessions on { $host } over 24 hours, against its limit: { $what }
fleet-spark-peak = Sessions on { $host } over 24 hours, against their own peak: { $what }

# The wall
fleet-wall-full = <a href="/?level=full#hosts">{ $full } of { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} { $full ->
    [one] is
   *[other] are
} full</a>.
fleet-wall-full-since = <a href="/?level=full#hosts">{ $full } of { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} { $full ->
    [one] is
   *[other] are
} full</a>; <a href="{ $to_name }">{ $name }</a> for { $span }.
fleet-wall-none-full = No host is full.
fleet-wall-keep = Keep this screen
fleet-wall-keep-about = From then on this browser shows the wall and nothing else, for up to { $days } days, and you are signed out here. To end it, open the page of your account in another browser.
fleet-wall-left-out = { $hosts ->
    [one] 1 calmer host is
   *[other] { $hosts } calmer hosts are
} not on the wall.

# For who is confined to groups that have no host
fleet-unseen = You see no host yet.
fleet-unseen-groups = You see the hosts of these groups, and none of them has one now: { $groups }.
fleet-unseen-none = You see the hosts of your groups, and have none.
fleet-unseen-ask = An administrator puts hosts into groups, and says which groups you see. A host that comes appears here by itself.

# Without hosts
fleet-empty = No host reports yet. Install one agent and this page fills itself.
fleet-empty-ready = The server is ready at <b>{ $url }</b>
fleet-empty-token = Make an enrolment token
fleet-empty-tokens = { $tokens ->
    [one] 1 token can be used now; its secret was shown once, when it was made.
   *[other] { $tokens } tokens can be used now; the secret of each was shown once, when it was made.
}
fleet-empty-token-about = An agent needs one to ask for its identity. It can be limited to a number of hosts, to addresses and to a time.
fleet-empty-make-token = Make a token
fleet-empty-another-token = Make another token
fleet-empty-agent = Start the agent on one file server
fleet-empty-agent-about = On Linux with Samba. Put the token's secret in place of the dots. For Windows, the page that shows a new token has the command and the steps for Group Policy.
fleet-empty-command = Install command
fleet-empty-fingerprint = CA fingerprint
fleet-empty-fingerprint-about = SHA-256. Compare it with the line that the server printed on its first start; the agent trusts nothing else.
fleet-empty-arrives = See that it arrives
fleet-empty-waiting = Waiting for the first report
fleet-empty-waiting-about = Usually a few seconds after the agent starts.
fleet-empty-approval = Agents that need your approval wait under <a href="/settings/agents">agents</a>.
fleet-empty-ask = An administrator of this server makes one.
fleet-empty-nothing = Nothing after two minutes?
fleet-empty-doctor = Run this on the host. Each line says PASS, or what to do.
fleet-empty-doctor-command = Check command
fleet-empty-does = What the agent does
fleet-empty-reads = Reads sessions, limits and the events of the SMB server on its own host.
fleet-empty-listens = Listens on no port and takes no commands.
fleet-empty-sends = Sends to this server only, and keeps its reports on disk while the server is away.
fleet-empty-files = File names stay on the host.
fleet-empty-no-server = No file server at hand?
fleet-empty-demo = See every page with a made-up fleet and weeks of history:
fleet-empty-demo-command = Demo command
