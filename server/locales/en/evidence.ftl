# The evidence of an incident: its sentence, facts, causes, and comments of commands.

# The first line
evidence-sentence = { $lead }.
evidence-sentence-held = { $lead }: { $held }.
evidence-sentence-idle = { $lead }: { $held }; { $idle }.
evidence-named = { $host } (limit { $limit }, { $why })
evidence-named-limit = { $host } (limit { $limit })
evidence-named-no-limit = { $host } (no limit)
evidence-named-unknown = { $host } (limit unknown)
evidence-lead-full = { $host } was full from { $from } to { $to }
evidence-lead-full-since = { $host } has been full since { $from }
evidence-lead-full-times = { $host } was full { $times } times from { $from } to { $to }, { $span } in all
evidence-lead-full-times-since = { $host } has been full { $times } times since { $from }, { $span } in all, and still is
evidence-lead-up-to = { $host } held up to { $sessions } of { $limit } sessions ({ $share }) from { $from } to { $to }
evidence-lead-up-to-since = { $host } has held up to { $sessions } of { $limit } sessions ({ $share }) since { $from }
evidence-lead-held = { $host } held up to { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} from { $from } to { $to }
evidence-lead-held-since = { $host } has held up to { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} since { $from }
evidence-lead-unseen = Nothing was observed of { $host } from { $from } to { $to }
evidence-lead-unseen-since = Nothing has been observed of { $host } since { $from }
evidence-lead-capacity = { $host } logged { $events ->
    [0] that something ran out,
    [one] one event that something ran out,
   *[other] { $events } events that something ran out,
} from { $from } to { $to }
evidence-lead-capacity-since = { $host } has logged { $events ->
    [0] that something ran out
    [one] one event that something ran out
   *[other] { $events } events that something ran out
} since { $from }
evidence-lead-flood = Sessions or clients of { $host } grew far faster than ever from { $from } to { $to }
evidence-lead-flood-since = Sessions or clients of { $host } have grown far faster than ever since { $from }
evidence-lead-share = The share { $share } of { $host } was at its own limit from { $from } to { $to }
evidence-lead-share-since = The share { $share } of { $host } has been at its own limit since { $from }
evidence-lead-silent = { $host } was silent from { $from } to { $to }
evidence-lead-silent-since = { $host } has been silent since { $from }
evidence-lead-pipeline = Nothing was heard of most hosts from { $from } to { $to }
evidence-lead-pipeline-since = Nothing has been heard of most hosts since { $from }
evidence-lead-leak = { $client } was suspected of leaking sessions on { $host } from { $from } to { $to }
evidence-lead-leak-since = { $client } has been suspected of leaking sessions on { $host } since { $from }
evidence-held-few = { $clients } clients held { $held } of { $sessions } sessions ({ $share })
evidence-held-one = { $client } held { $held } of { $sessions } sessions ({ $share })
evidence-held-spread = { $clients } clients held { $sessions } sessions, none of them more than { $most }
evidence-held-nobody = nobody held a session
evidence-held-before = it held { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} before
evidence-idle = { $idle } idle over 15 min{ $zero ->
    [0] , all of them with open files
   *[other] , { $zero } of them with no open file
}
evidence-idle-none = none idle over 15 min
evidence-idle-only = { $idle } idle over 15 min
evidence-zero-only = { $zero } with no open file

# Why the limit is what it is, within brackets
evidence-limit-edition = { $os } edition cap
evidence-limit-some-edition = cap of its edition
evidence-limit-windows = read from Windows
evidence-limit-server = told by the SMB server
evidence-limit-share = a share's own limit
evidence-limit-administrator = set by an administrator
evidence-limit-samba = max smbd processes in smb.conf
evidence-limit-none = none
evidence-limit-changed = Limit: { $before } → { $after }

# Single facts
evidence-day = { $day } { $year }, { $zone }
evidence-at-peak = At the peak, { $at }: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
}, { $clients ->
    [one] 1 client
   *[other] { $clients } clients
}{ $opens ->
    [unknown] {""}
    [one] , 1 open
   *[other] , { $opens } opens
}
evidence-also = { $name } ({ $beside })
evidence-holder = { $name }: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} ({ $share }){ $idle ->
    [unknown] {""}
    [0] {""}
   *[other] , { $idle } idle
}{ $opens ->
    [unknown] {""}
    [one] , 1 open
   *[other] , { $opens } opens
}
evidence-rest = { $clients ->
    [one] 1 other client
   *[other] { $clients } other clients
}: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} ({ $share }){ $idle ->
    [unknown] {""}
    [0] {""}
   *[other] , { $idle } idle
}
evidence-user = { $name }: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
}, { $clients ->
    [one] 1 client
   *[other] { $clients } clients
}
evidence-stretch = { $from } to { $to }, { $span }
evidence-hole = { $from } to { $to }, { $span }: { $why }
evidence-holes = { $holes ->
    [0] {""}
   *[other] Nothing is known of { $span } of this time.
}{ $records ->
    [0] {""}
    [one] {" "}The agent lost 1 record.
   *[other] {" "}The agent lost { $records } records.
}
evidence-cut = { $sessions } sessions were looked at, until { $at }; after that, times are known to five minutes.
evidence-partial = The host could not list every session at the peak: there may have been more.
evidence-event = { $at } event { $code } ({ $provider }): { $means }{ $sessions ->
    [unknown] {""}
    [one] ; 1 session right after it
   *[other] ; { $sessions } sessions right after it
}
evidence-changed = { $at } { $what }
evidence-finding = { $title } ({ $detail })
evidence-week = A week before at the same time: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} at most{ $full ->
    [no] {""}
   *[yes] , full for { $span }
}.
evidence-week-unknown = Nothing is known of the same time a week before.
evidence-earlier = { $count ->
    [0] The first of its kind on this host in { $days } days.
    [one] One earlier of its kind on this host in { $days } days.
   *[other] { $count } earlier of its kind on this host in { $days } days.
}
evidence-earlier-mostly = { $before } Mostly { $day } { $from }–{ $to }, by the host's clock.

# Plain text
evidence-head-full = Full
evidence-head-causes = What may have caused it
evidence-head-events = Events
evidence-head-changes = Changed shortly before
evidence-head-findings = Findings
evidence-cause-line = { $cause } ({ $likelihood })
evidence-more-rows = { $rows } more
evidence-more-text = There is more on the incident's page.

# What may have caused it
evidence-likely = likely
evidence-possible = possible
evidence-cause-backup = A backup
evidence-cause-leak = A client that does not end its sessions
evidence-cause-flood = A flood of sessions or clients
evidence-cause-vdi = Virtual desktops
evidence-cause-logon-storm = Many people who signed in at once
evidence-cause-print = Printers or scanners
evidence-cause-unknown = Something that this version does not know
evidence-point-held = { $clients ->
    [one] 1 client of this kind
   *[other] { $clients } clients of this kind
} held { $sessions } of { $all } sessions ({ $share })
evidence-point-grew = { $sessions } of the { $all } sessions that came within the hour before are theirs
evidence-point-before = an hour before they held as many: { $sessions }
evidence-point-idle = { $sessions } of their { $of } sessions were idle
evidence-point-used = { $sessions } of { $of } sessions were in use
evidence-point-night = it began at night, between { $hour }:00 and { $hour }:59 by the host's clock
evidence-point-day = it began by day, between { $hour }:00 and { $hour }:59 by the host's clock
evidence-point-morning = it began in the morning, between { $hour }:00 and { $hour }:59 by the host's clock
evidence-point-same-hour = { $times } of { $of } earlier ones began in the same hour of the day ({ $hour }:00)
evidence-point-forgotten = { $forgotten } of the { $sessions } sessions of { $client } had no open file and were half a day old or older, the oldest { $oldest }
evidence-point-suspect = a finding says that { $client } leaks sessions
evidence-point-grows = { $client } held { $before } sessions the day before, { $sessions } now
evidence-point-shrinks = { $client } held more the day before: { $before } sessions, { $sessions } now
evidence-point-stayed = { $sessions } of the { $of } sessions of { $client } were still there 15 min after the end
evidence-point-went = of the { $of } sessions of { $client }, { $sessions } were left 15 min after the end
evidence-point-flood-events = the server says that clients come too fast ({ $events ->
    [one] 1 event
   *[other] { $events } events
})
evidence-point-more-sessions = { $more } sessions more within 10 min; { $ever } at most in the weeks before
evidence-point-more-clients = { $more } clients more within 10 min; { $ever } at most in the weeks before
evidence-point-started = { $sessions } of { $all } sessions were set up within { $minutes } min, by { $clients } clients
evidence-point-one-client = { $client } set up { $sessions } of those { $of }
evidence-point-restarted = the host was started again at { $at }
evidence-point-week-before = a week before at the same time it held nearly as many: { $sessions }
evidence-point-fewer-week-before = a week before at the same time it held far fewer: { $sessions }

# Commands, and why there are none
evidence-note-freeing = { $host }, incident { $incident }: sessions that were idle at { $at } ({ $zone }). Least harm first.
evidence-note-by-hand = Highwater never runs these: read each, and run it on the host, as an administrator.
    -WhatIf shows what would be closed and closes nothing; -Confirm asks for every session.
evidence-note-idle = { $place }. { $client }: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} without an open file, idle for { $span }
evidence-note-may-lose = WARNING: the sessions below are idle, but have open files. Closing them may lose work: ask their people first.
evidence-note-with-opens = { $place }. { $client }: { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} with { $opens ->
    [one] 1 open file
   *[other] { $opens } open files
}, idle for { $span }
evidence-note-span = { $shortest } to { $longest }
evidence-note-left-out = Left out: a client with { $sessions ->
    [one] 1 idle session
   *[other] { $sessions } idle sessions
}, whose name has characters that no command carries safely ({ $signs }).
evidence-note-no-name = Left out: { $sessions ->
    [one] 1 idle session
   *[other] { $sessions } idle sessions
} of a client without a name.
evidence-note-more = { $clients ->
    [one] 1 more client
   *[other] { $clients } more clients
} had idle sessions.
evidence-note-recording = { $host }, incident { $incident }: records for { $secs } s what the SMB server does, with Windows Performance Recorder.
    Highwater never runs this: run it on the host, as an administrator, while it is slow or full.
evidence-note-size = SIZE: it takes { $mebibytes } MiB of memory while it runs, and writes a file about as large; what is older gives way.
evidence-note-privacy = PRIVACY: the file holds names of people, computers and files. Show it only to those who may see them, and delete it afterwards.
evidence-nothing-not-windows = The commands are for Windows; this host runs something else.
evidence-nothing-not-observed = Nothing was observed: nobody knows whose sessions were idle.
evidence-nothing-not-known = The host's source does not tell idle times and open files: nobody knows whose sessions were idle.
evidence-nothing-nobody-idle = Nobody's sessions were idle over 15 min.
