# What is written on charts, and their findings in words.

chart-no-data = no data
chart-full = full
chart-silent = silent
chart-no-limit = no limit
chart-limit-unknown = limit unknown
chart-up-to = up to { $share }
chart-from-to = { $from } to { $to }: { $what }
chart-stretch = { $from } to { $to }
chart-others = others
chart-others-held = { $held } { $sessions ->
    [one] other
   *[other] others
}
chart-lane-events = events
chart-lane-full = full
chart-lane-cut = Not every event is drawn: of those about limits, memory and settings, and of all others, only the newest { $most }. <a href="{ $href }">All events of this time</a>

# One host
chart-of = { $sessions } of { $limit }
chart-sessions = { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
}
chart-limit = limit { $limit }
chart-limit-above = limit { $limit } ↑
chart-limit-changed = limit { $before } → { $now }
chart-limit-none = none
chart-limit-not-known = unknown
chart-watched-since = watched since { $at }
chart-without-data = { $span } without data
chart-without-data-because = { $span } without data: { $why }
chart-event = { $at } { $code } { $provider } on { $host }
chart-events = { $at } { $code } { $provider } on { $host } and { $others } more near it
chart-nothing = nothing was observed
chart-at-most = at most { $sessions }, at { $at }
chart-at-most-of = at most { $sessions } of { $limit }, at { $at }
chart-full-for = full for { $span }
chart-no-data-from = no data from { $from } to { $to }
chart-stretches = { $count } stretches without data
chart-before-at-most = the week before at most { $sessions }
chart-sessions-over = Sessions on { $name } over { $span }: { $what }.

# The fleet
chart-max = max { $share }
chart-p95 = p95 { $share }
chart-median = median { $share }
chart-spread = max { $max }, p95 { $p95 }, median { $median }
chart-full-lane = { $from } to { $to }: up to { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} full
chart-hosts-full = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} full
chart-hosts-watched = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} at 80 % or more
chart-hosts-silent = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} silent
chart-nothing-over = No host with a known limit was observed over { $span }.
chart-bands = Highest, 95th percentile and median saturation over { $span }; now: { $now }.
chart-bands-and-full = Highest, 95th percentile and median saturation over { $span }; now: { $now }; at least one host was full within { $full } of it.
chart-strip = { $name }: { $highest }
chart-strip-with-holes = { $name }: { $highest }; { $holes } of { $steps } steps without data

# Holders
chart-as-table = Show as table
chart-when = From
chart-what = Sessions
chart-nobody = Nobody held a session.
chart-held-by = Sessions by client: { $first } held most, up to { $most }.
chart-held-by-and = Sessions by client: { $first } held most, up to { $most }; then { $rest }.

# Ages
chart-length = Length
chart-age = Age
chart-idle = Idle for
chart-under = under { $to }
chart-between = { $from } to { $to }
chart-and-more = { $from } and more
chart-histogram = How old and how idle the sessions are

# Ranges: on a button, within a sentence, and the length of their steps
range-1h = 1 h
range-24h = 24 h
range-7d = 7 d
range-30d = 30 d
range-90d = 90 d
range-1y = 1 y
over-1h = the last hour
over-24h = the last 24 hours
over-7d = the last 7 days
over-30d = the last 30 days
over-90d = the last 90 days
over-1y = the last year
step-hour = hour
step-day = day

# A stretch that was chosen
chart-zoom = Stretch of time
chart-zoom-earlier = Earlier
chart-zoom-out = Zoom out
chart-zoom-in = Zoom in
chart-zoom-later = Later
chart-zoom-over = { $from } to { $to }
chart-mean = { $sessions } sessions
chart-over-time = Over time

# Charts as files
chart-file = This chart as a file:
chart-file-span = { $from } to { $to }, { $zone }
chart-title-sessions = { $name }: sessions against the limit
chart-title-holders = { $name }: who held the sessions
chart-title-fleet = Saturation of the fleet
chart-title-worst = Worst hosts by time at the limit
chart-title-held = { $name }: mean sessions on all hosts together
chart-legend-sessions = sessions
chart-legend-mean = mean sessions
chart-legend-limit = limit
chart-legend-watched = 80 % of the limit
chart-legend-over-80 = 80 % or more
chart-legend-before = the week before
chart-legend-capacity = capacity event
chart-legend-memory = memory event
chart-legend-changed = something changed
chart-legend-other = other event
chart-legend-max = highest
chart-legend-p95 = 95th percentile
chart-legend-median = median
chart-legend-upper = from the 95th percentile to the highest
chart-legend-lower = from the median to the 95th percentile
chart-legend-some-full = at least one host full
chart-legend-from = { $share } or more
