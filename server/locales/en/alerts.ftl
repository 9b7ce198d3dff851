# Rules of incidents: when each kind opens and closes.

alerts-tab = Rules of incidents
alerts-title = Rules of incidents
alerts-lead = { $rules ->
    [one] 1 rule opens incidents.
   *[other] { $rules } rules open incidents.
}
alerts-lead-off = { $rules ->
    [one] 1 rule opens incidents
   *[other] { $rules } rules open incidents
}; { $off ->
    [one] 1 of them is switched off.
   *[other] { $off } of them are switched off.
}
alerts-about = A group has the rule of all hosts until it has one of its own.
alerts-rules = Rules
alerts-rules-sub = one of each kind, and those of groups
alerts-kind = Kind
alerts-tells = When
alerts-changed = Changed
alerts-change = Change
alerts-built-in = comes with Highwater
alerts-for-all = all hosts
alerts-for-fleet = the whole fleet
alerts-for-group = group { $group }
alerts-for-a-group = for a group
alerts-do-change = Change
alerts-do-on = Switch on
alerts-do-off = Switch off
alerts-do-delete = Delete: back to the rule of all
alerts-do-group = For a group

# A rule in words
alerts-both = { $opens } { $closes }
alerts-off = Switched off: it opens nothing.
alerts-opens-level = Opens when { $open_at } of the limit is reached in { $looks ->
    [one] 1 reading.
   *[other] { $looks } readings in a row.
}
alerts-opens-lasting = Opens when { $open_at } of the limit is reached in { $looks ->
    [one] 1 reading
   *[other] { $looks } readings in a row
}, for at least { $open }.
alerts-opens-share = Opens when a share is at { $open_at } of its own limit.
alerts-opens-silent = Opens when a reading has been overdue for { $open }.
alerts-opens-pipeline = Opens when at least half of the hosts, and at least three, have been overdue with a reading for { $open }.
alerts-opens-at-once-silent = Opens as soon as a reading is overdue.
alerts-opens-at-once-pipeline = Opens as soon as at least half of the hosts, and at least three, are overdue with a reading.
alerts-opens-capacity = Opens when the server logs that something ran out, while the host is not at its limit.
alerts-opens-leak = Opens with the finding that a client opens sessions and does not end them (CLI-01).
alerts-opens-flood = Opens when sessions or clients grow far faster than the host ever saw, or the server logs so.
alerts-closes-level = Closes once it has been at { $close_at } or below for { $close }.
alerts-closes-level-at-once = Closes as soon as it is at { $close_at } or below.
alerts-closes-share = Closes as soon as it is at { $close_at } or below.
alerts-closes-silent = Closes when the host is heard again.
alerts-closes-pipeline = Closes when no more than a quarter of the hosts are overdue.
alerts-closes-quiet = Closes once it has been quiet for { $close }.
alerts-closes-quiet-at-once = Closes with the next reading.
alerts-closes-leak = Closes with the finding.

# The form
alerts-group = Group
alerts-group-hint = Hosts of this group have this rule instead of that of all hosts.
alerts-on = This rule is switched on
alerts-open-at = Opens at
alerts-close-at = Closes at
alerts-percent-hint = Whole percent of the limit, 1 to { $most }.
alerts-lower-hint = Whole percent, lower than the other.
alerts-looks = Readings in a row
alerts-looks-hint = 1 to { $most }. A host is read every 5 to 60 seconds, the more often the fuller it is.
alerts-open-minutes = Opens after, minutes
alerts-close-minutes = Closes after, minutes
alerts-minutes-hint = 0 to { $most }.
alerts-keep = Save
alerts-leave = Cancel
alerts-wrong-open-at = “Opens at” is “{ $text }”; write whole percent from { $least } to { $most }.
alerts-wrong-close-at = “Closes at” is “{ $text }”; write whole percent from { $least } to { $most }.
alerts-wrong-looks = “Readings in a row” is “{ $text }”; write a number from { $least } to { $most }.
alerts-wrong-open-minutes = “Opens after” is “{ $text }”; write minutes from { $least } to { $most }.
alerts-wrong-close-minutes = “Closes after” is “{ $text }”; write minutes from { $least } to { $most }.
alerts-wrong-order = “Closes at” has to be lower than “Opens at”.
alerts-wrong-group = Write the name of a group, on one line, with { $longest } characters at most.
alerts-no-group = This kind is about the whole fleet: groups have no rule of their own for it.
alerts-no-kind = There is no such kind of incident. Choose one of the list.
alerts-gone = This rule is gone, or it is the rule of all hosts, which stays. Look at the rules again.

# How it works
alerts-how = How rules work
alerts-how-groups = The rule of a group replaces that of all hosts, also when it is switched off: then hosts of the group open nothing of that kind.
alerts-how-missing = What is not observed opens nothing and closes nothing.
alerts-how-open = A change is for what is observed from then on. Incidents that are open close by the new levels; those of a rule that was switched off, by the levels that come with Highwater.
alerts-how-silences = When nobody wants to be told for a while: <a href="/settings/silences">silences</a>.
