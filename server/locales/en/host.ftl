# The page of one host.

# Its first line
host-full = { $name } is full: { $sessions } of { $limit } sessions
host-full-for = { $name } has been full for { $span }: { $sessions } of { $limit } sessions
host-silent = { $name } has been silent for { $span }; it was at { $sessions }
host-silent-of = { $name } has been silent for { $span }; it was at { $sessions } of { $limit }
host-watch = { $name } is at { $share }: { $sessions } of { $limit } sessions
host-calm = { $name } is calm: { $sessions } of { $limit } sessions
host-unlimited = { $name } holds { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} and has no limit
host-limit-not-known = { $name } holds { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
}; its limit is unknown
host-not-reported = { $name } has not reported yet
host-full-since = Full since { $at }
host-silent-since = Silent since { $at }
host-no-report = No report yet
host-limit-because = Limit { $limit }: <b>{ $why }</b>
host-no-limit-because = No limit: <b>{ $why }</b>
host-time = Host time { $clock }, { $zone }

# Why the limit is what it is
host-limit-unknown = Nobody knows the limit
host-limit-none-set = The server sets no limit
host-limit-edition-read = { $os } edition cap, read from Windows
host-limit-windows = Read from Windows
host-limit-told = Told by the SMB server
host-limit-share = A share's own limit
host-limit-some-edition = Cap of the edition
host-limit-edition = { $os } edition cap
host-limit-administrator = Set by an administrator
host-limit-samba = max smbd processes in smb.conf

# In figures
host-of = of { $limit }
host-sessions = sessions
host-clients = clients
host-idle-sessions = idle for 15 min or more
host-zero-open = without open files
host-open-files = opens
host-full-in-day = full in 24 h
host-peak-in-day = peak in 24 h

# The chart
host-against-limit = Sessions against the limit
host-over-time = Sessions over time
host-peak-of-each = peak of each { $step }; choose a moment to see who was connected
host-week-before = week before
host-range = Range
host-no-week-before = nothing is known of the week before
host-who-held = Who held the sessions
host-stack-peaks = sessions per client at the peak of each step, same axis
host-stack-means = mean sessions per client in each step, same axis
host-sessions-as-table = Sessions as a table
host-from = From
host-peak = Peak
host-at = At
host-mean = Mean
host-full-during = Full for
host-peak-before = Peak, week before

# Who was connected, and compared with another moment
host-connected-now = Who is connected now
host-connected-at = Who was connected at { $at }
host-snapshot = { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
}, { $clients ->
    [one] 1 client
   *[other] { $clients } clients
}; snapshot of { $clock }
host-moment = Moment
host-compared-with = compared with
host-comparison = Compared with
host-show = Show
host-link = Link to this moment
host-link-copied = Link copied
host-to-peak = peak
host-to-now = now
host-hour-before = 1 h before
host-day-before = 1 d before
host-no-comparison = do not compare
host-never-observed = Nothing was observed at that moment or before it.
host-kept = Snapshots are kept for { $days ->
    [one] 1 day
   *[other] { $days } days
}.
host-left = There is none of that time any more. The record of the five minutes from { $at } says: { $peak } at most, of { $clients ->
    [one] 1 client
   *[other] { $clients } clients
} at most, { $mean } on average. <a href="{ $href }">Who held the sessions around then</a>
host-left-nothing = There is none of that time any more, and nothing was observed in the five minutes from { $at }. <a href="{ $href }">Who held the sessions around then</a>
host-not-observed = Nothing was observed at that moment. This is the newest snapshot before it, of { $at }.
host-incomplete = The source could not list every session: this snapshot is incomplete.
host-other-not-observed = Nothing was observed at the other moment. It is compared with the newest snapshot before it, of { $at }.
host-other-never-observed = Nothing was observed at the other moment or before it, so there is nothing to compare with.
host-difference = From { $from } to { $to }: { $came ->
    [one] 1 session
   *[other] { $came } sessions
} came, { $went } went, { $stayed } stayed{ $changed ->
    [0] {""}
   *[other] , { $changed } of them with another number of opens
}. At the other moment { $sessions ->
    [one] there was 1 session
   *[other] there were { $sessions } sessions
} by { $clients ->
    [one] 1 client
   *[other] { $clients } clients
}.
host-nobody-connected = Nobody was connected.
host-by-client = Client, by sessions
host-user = User
host-change = Change
host-opens = Opens
host-idle = Idle
host-age = Age
host-since = Since
host-came = came
host-went = went
host-same = same
host-opens-were = opens were { $opens }
host-more-sessions = { $sessions } more sessions are not shown here. <a href="{ $href }">All of them, as JSON</a>

# Holders
host-holders = Holders
host-session-hours = session-hours over { $over }
host-nobody-held = Nobody held a session here.
host-holders-by-day = So long ago it is kept by the day, not by the hour, who held sessions. <a href="{ $href }">Look at whole days</a>
host-all-clients = All clients
host-all-users = All users
host-held = peak { $sessions }
host-held-while-full = peak { $sessions }, { $span } here while full

# Shares
host-shares = Shares
host-shares-note = connections to each, { $at }; one session has one to every share that it uses
host-no-share = None was in use.
host-share = Share
host-uses = Uses
host-own-limit = Own limit
host-share-of-it = Used
host-peak-over = Peak, { $range }
host-more-shares = { $shares ->
    [one] 1 share
   *[other] { $shares } shares
} more. <a href="{ $href }">All of them, as JSON</a>

# Events, findings, changes
host-as-json = As JSON
host-all-events = All events
host-no-event = None. A host at its limit may log nothing at all.
host-times-since = { $times } times since { $at }
host-all-findings = All findings
host-no-finding = None: no rule applies to this host.
host-finding-since = { $detail }, since { $at }
host-changes = Changes
host-no-change = Nothing about this host changed.
host-or-since = or earlier, but after { $at }
host-more-changes = { $changes ->
    [one] 1 earlier change
   *[other] { $changes } earlier changes
}: <a href="{ $href }">as JSON</a>
host-started-again = The system was started again
host-from-to = { $what }: { $before } → { $after }
host-not-set = not set

# The agent
host-agent = Agent
host-agents = Agents
host-state = State
host-agent-pending = waits for approval
host-agent-conflict = identity conflict
host-agent-revoked = revoked
host-agent-banned = banned
host-agent-none = no agent
host-heard = heard { $ago }
host-not-heard = approved, not heard yet
host-version = Version
host-sampling = Sampling
host-every = every { $secs } s
host-source = Source
host-source-incomplete = { $source }, incomplete
host-queue = Queue
host-records-wait = { $records ->
    [one] 1 record waiting
   *[other] { $records } records waiting
}
host-clock = Clock
host-clock-unknown = unknown
host-clock-in-step = in step with the server
host-clock-ahead = { $span } ahead of the server
host-clock-behind = { $span } behind the server

# Data quality, and why something is missing
host-quality = Data quality
host-observed = Observed
host-snapshots = Snapshots
host-gaps = Gaps
host-no-gap = none
host-lost-records = Lost records
host-gap = { $from } to { $to }, { $span }
host-gap-because = { $from } to { $to }, { $span }: { $why }
host-gap-spool-full = the agent's spool was full
host-gap-spool-corrupt = records in the agent's spool were damaged
host-gap-log-cleared = the event log was cleared
host-gap-log-wrapped = the event log overwrote records
host-gap-source-failed = the host did not answer its agent
host-gap-agent-stopped = agent stopped or host asleep
host-gap-refused = the server refused records
host-gap-events-left-out = more events came than the host may send
host-gap-unknown = reason unknown

# What the host is
host-facts = Facts and settings
host-name = Name
host-full-name = Full name
host-domain = Domain
host-cluster = Cluster
host-addresses = Addresses
host-system = System
host-build = Build
host-time-zone = Time zone
host-enrolled = Enrolled
host-not-known = unknown
host-settings = { $settings ->
    [one] 1 setting
   *[other] { $settings } settings
} of the SMB server
