# Events: the list, one event, its classes and levels.

# The list
events-lead = { $capacity ->
    [0] No capacity event
    [one] 1 capacity event
   *[other] { $capacity } capacity events
}{ $range ->
    [given] {" "}in this range
   *[any] {""}
}; { $family ->
    [one] 1 event
   *[other] { $family } events
} of the SMB server in all.{ $foreign ->
    [0] {""}
    [one] {" "}1 event with the same id comes from another provider and is not counted.
   *[other] {" "}{ $foreign } events with the same ids come from other providers and are not counted.
}
events-none = { $range ->
    [given] No event in this range.
   *[any] No event.
}
events-no-proof = No event says that all sessions are taken: a host at its limit may log nothing. Saturation comes from counted sessions.
events-classes = Classes
events-newest-first = newest first
events-id-long = Event id
events-any-id = Any id
events-from = from
events-to = to
events-all = All events
events-none-like-that = No event like that.
events-none-yet = None yet. Agents send the System log's events of the SMB server as they are written, and those of before the day they were installed.
events-when = When
events-class = Class
events-id = Id
events-meaning = What it means
events-provider = Provider
events-shown = { $events ->
    [one] 1 event
   *[other] { $events } events
}
events-shown-further = { $events ->
    [one] 1 event
   *[other] { $events } events
} further back
events-newest = Newest
events-older = Older
events-foreign = Not from the SMB server: the same id of another provider
events-not-described = No description

# One event
events-one = Event { $code } on { $host }
events-class-and-id = { $class }, event { $code }
events-advice = What to do.
events-foreign-about = The id { $code } is one that people look for, but “{ $provider }” wrote this record, not the SMB server. It says nothing about sessions: it is counted apart, and never as saturation.
events-moment = Sessions at that moment
events-moment-more = Who was connected
events-moment-held = { $host } held { $held } (snapshot of { $at }).
events-moment-missed = Nothing was observed at that moment. The snapshot before it is from { $when }: { $held }.
events-moment-unknown = Nothing is known of the host's sessions at that time.
events-held = { $limit ->
    [unknown] { $sessions ->
        [one] 1 session
       *[other] { $sessions } sessions
    }
   *[other] { $sessions } of { $limit } sessions
} by { $clients ->
    [one] 1 client
   *[other] { $clients } clients
}{ $idle ->
    [unknown] {""}
   *[other] , { $idle } idle for 15 min or more
}{ $zero ->
    [unknown] {""}
   *[other] , { $zero } with no file open
}
events-client = Client
events-sessions = Sessions
events-opens = Opens
events-more-clients = and { $clients ->
    [one] 1 more client
   *[other] { $clients } more clients
}
events-record = The record
events-record-about = as the log has it
events-no-xml = The agent sent no XML for it.
events-record-withheld = What the host wrote is not shown: names of users may stand in it, and your account does not see those.
events-record-removed = What the host wrote is not kept, neither its message nor its XML: names of users may stand anywhere in it, and those are not stored here (privacy.user_names).
events-details = Details
events-channel = Channel
events-record-id = Record
events-level = Level
events-computer = Computer
events-recorded = Recorded
events-received = Received

# What was read out of a record
events-value-count = How many times
events-value-window = Within, in seconds
events-value-client = Client
events-value-disk = Disk
events-value-table = Full table
events-value-registry = Registry value
events-value-win32 = Win32 error
events-value-dump = First dump word
events-value-mismatch = Binary part is of another event
events-value-current = Claimed current count (low confidence)
events-value-limit = Claimed limit (low confidence)
events-table-file = file
events-table-search = search
events-table-session = session
events-table-tree_connect = tree_connect
events-yes = yes

# Classes
events-class-capacity = Capacity
events-class-memory = Memory
events-class-abuse = Abuse
events-class-configuration = Configuration
events-class-availability = Availability
events-class-network = Network
events-class-start_up = Start-up
events-class-symptom = Symptom
events-class-noise = Noise
events-class-foreign = Foreign

# Levels, as Windows names them
events-level-critical = Critical
events-level-error = Error
events-level-warning = Warning
events-level-information = Information
events-level-verbose = Verbose
