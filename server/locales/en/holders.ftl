# Clients and users: the ranking, and one of them.

# The ranking
holders-none = No { $kind ->
    [client] client
   *[user] user
} held a session { $scope ->
    [host] on { $place } in { $over }.
    [group] in { $place } in { $over }.
    [seen] on the hosts that you see in { $over }.
   *[fleet] in { $over }.
}
holders-few = { $kind ->
    [client] { $all ->
        [one] 1 client
       *[other] { $all } clients
    }
   *[user] { $all ->
        [one] 1 user
       *[other] { $all } users
    }
} held { $hours } { $hours ->
    [one] session-hour
   *[other] session-hours
} { $scope ->
    [host] on { $place } in { $over }.
    [group] in { $place } in { $over }.
    [seen] on the hosts that you see in { $over }.
   *[fleet] in { $over }.
}
holders-many = { $leaders } of { $all } { $kind ->
    [client] clients
   *[user] users
} hold { $share } of all session-hours { $scope ->
    [host] on { $place } in { $over }.
    [group] in { $place } in { $over }.
    [seen] on the hosts that you see in { $over }.
   *[fleet] in { $over }.
}
holders-until-now = { $from } until now
holders-observed = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} observed
holders-complete = added up until { $at }{ $late ->
    [0] {""}
    [one] ; 1 earlier hour of one host is on the way
   *[other] ; { $late } earlier hours of single hosts are on the way
}
holders-none-yet = Holders appear here within minutes of a host's first report.
holders-look-further = Look at <a href="{ $href }">30 days</a>.
holders-no-agent = No agent yet? <a href="/settings/tokens">Make a token</a>.
holders-ranking = Ranking
holders-rank-by = Rank by
holders-name-client = Client name
holders-name-user = User name
holders-name-has = <span>Name has</span> { $text }
holders-on-host = <span>On</span> { $host }
holders-in-group = <span>In</span> { $group }
holders-none-like-that = No { $kind ->
    [client] client
   *[user] user
} like that held a session in { $over }.
holders-column-client = Client
holders-column-user = User
holders-measure-session-hours = Session-hours
holders-measure-peak = Peak sessions
holders-measure-opens = Opens
holders-measure-idle = Idle
holders-measure-zero-open = Zero-open
holders-measure-blame = Blame
holders-measure-hosts = Hosts
holders-before-1h = vs the hour before
holders-before-24h = vs the day before
holders-before-7d = vs the week before
holders-before-30d = vs 30 days before
holders-before-90d = vs 90 days before
holders-before-1y = vs the year before
holders-trend-new = new
holders-trend-same = same
holders-over-time = Sessions over time
holders-spark = Sessions of { $name } over time, peak { $peak }
holders-spark-on = Sessions on { $host } over time, peak { $peak }
holders-opens-at-most = Opens at most
holders-idle-share = Idle share
holders-zero-open-share = Zero-open share
holders-no-blame = none
holders-blame-about = Blame: minutes present while a host was full. Presence, not proof. A dash: not known by the host's source.

# One client or user
holders-one-client = client
holders-one-user = user
holders-held-none = It held no session in { $over }.
holders-held-none-seen = It held no session on the hosts that you see in { $over }.
holders-held-on = { $hours } session-hours on { $host } in { $over }; at most { $peak ->
    [one] 1 session
   *[other] { $peak } sessions
} at once.
holders-held-on-hosts = { $hours } session-hours on { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
} in { $over }; at most { $peak ->
    [one] 1 session
   *[other] { $peak } sessions
} at once, all hosts together.
holders-held-on-seen = { $hours } session-hours on { $hosts } of the hosts that you see in { $over }; at most { $peak ->
    [one] 1 session
   *[other] { $peak } sessions
} at once on one of them.
holders-host-gone = host { $id }
holders-peak-at = peak { $at }
holders-first-seen = first seen in this range { $at }
holders-last-seen = last seen { $at }
holders-present = present { $span } while a host was full
holders-chart-about = mean sessions of each step, all hosts together; the highest is { $top }; added up until { $at }
holders-chart-empty = Nothing yet. Hours are added up a few minutes after they end.
holders-on-which = On which hosts
holders-in-range = in { $over }
holders-hours = Session-hours
holders-on-no-host = On none in { $over }.
holders-peak = Peak
holders-left-out = { $hosts ->
    [one] 1 more host is
   *[other] { $hosts } more hosts are
} not listed.
holders-now = Now
holders-now-none = It has no session at this moment.
holders-now-first = The first 100 of { $count }.
holders-with = With { $kind ->
    [client] { $count ->
        [one] 1 client
       *[other] { $count } clients
    }
   *[user] { $count ->
        [one] 1 user
       *[other] { $count } users
    }
}:
holders-and-more = and { $count } more
holders-age = Age
holders-idle = Idle
holders-everything = All that is kept under this name (zip)
holders-everything-about = For a person who asks what is stored about them. It can take minutes, and is written down in the audit log.
