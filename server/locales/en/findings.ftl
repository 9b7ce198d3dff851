# Findings: which rules hold on which hosts.

severity-critical = critical
severity-high = high
severity-medium = medium
severity-low = low
severity-info = info

findings-none-anywhere = No finding on any host
findings-sentence = { $findings ->
    [one] 1 finding
   *[other] { $findings } findings
} on { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
}: { $each }
findings-of-critical = { $findings } critical
findings-of-high = { $findings } high
findings-of-medium = { $findings } medium
findings-of-low = { $findings } low
findings-of-info = { $findings } info
findings-about = Rules about how hosts are set up, and about what their events do not say. Highwater changes nothing: commands are for you to run.
findings-severities = Severities
findings-hold-head = Rules that apply
findings-gone-head = Findings that are gone
findings-worst-first = worst first
findings-newest-first = newest first
findings-state = State
findings-hold = current
findings-gone = gone
findings-empty = None. Hosts are looked at every few minutes; their agents send the settings every hour.
findings-empty-severity = None of this severity.
findings-gone-empty = None. A finding is kept here when its reason is gone.
findings-newer = Newer
findings-older = Older
findings-advice = Advice that circulates
findings-advice-about = and what is true of it
findings-rules = { $rules } rules:

# Heads of columns
findings-severity = Severity
findings-rule = Rule
findings-what = What it is
findings-hosts = Hosts
findings-host = Host
findings-finding = Finding
findings-detail = What was found
findings-since = Since
findings-held-since = Held since
findings-gone-at = Gone

# One rule
findings-holds-nowhere = It applies to no host.
findings-holds-on = It applies to { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
}.
findings-no-host = None.
findings-no-more-hosts = None further on.
findings-before = Before
findings-next = Next
findings-why = Why
findings-what-to-do = What to do
findings-takes-effect = Takes effect
findings-risk = What could go wrong
findings-run-by = To be run by a person, in PowerShell on the host, as an administrator.

# What was found on a host: one thing, and how several follow each other
findings-joint = { $before }, { $next }
findings-joint-long = { $before }; { $next }
detail-set = { $name } = { $value }
detail-on = { $name } is on
detail-off = { $name } is off
detail-list = { $name }: { $list }
detail-busy = { $os }: in the busiest hours of the last week { $sessions } of { $limit } sessions
detail-share = { $name } { $uses } of { $limit }
detail-work-items = { $items } work items for { $requests } requests of each client
detail-everybody = Authenticated Users (S-1-5-11) are in the list
detail-events = event { $code }, { $count ->
    [one] once
   *[other] { $count } times
} in { $days } days
detail-told = event { $code } says so
detail-full = full for { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
} in { $days } days, no capacity event
detail-room = { $events } of { $all } capacity events in { $days } days came while less than half of the sessions were taken
detail-leak = { $client } holds { $sessions } sessions, { $forgotten } without open files, the oldest for { $oldest }
detail-leak-since = { $client } holds { $sessions } sessions, { $before } the day before, { $forgotten } without open files, the oldest for { $oldest }
