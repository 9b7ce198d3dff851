# Webhooks: where other systems are told what happens to incidents.

hooks-tab = Webhooks
hooks-about = Other systems are told over HTTPS what happens to incidents. Messages keep to the Standard Webhooks specification: signed, in order for each incident, tried again for days.
hooks-none = No webhook yet
hooks-some = { $all ->
    [one] 1 webhook
   *[other] { $all } webhooks
}{ $off ->
    [0] {""}
   *[other] , { $off } of them off
}
hooks-empty = Nobody is told yet. Make a webhook with the address of the system that should know.
hooks-new = New webhook
hooks-make = Create
hooks-name = Name
hooks-url = Address
hooks-url-about = Where messages are sent by POST. Addresses of this server itself, of this machine and of cloud metadata are refused.
hooks-tells = Tells
hooks-types = { $types ->
    [one] 1 type of event
   *[other] { $types } types of events
}
hooks-groups = Groups
hooks-groups-about = Only incidents of hosts in these groups, one a line; empty for all. Incidents of the whole fleet are always told.
hooks-all-groups = All
hooks-state = State
hooks-on = On
hooks-off = Off
hooks-off-by = Switched off by { $name }
hooks-off-gone = Off: the receiver wants no more messages (410)
hooks-off-failing = Off: nothing arrived for days
hooks-failing = Fails: { $failures ->
    [one] 1 attempt
   *[other] { $failures } attempts
} in vain
hooks-one = Webhook { $name }
hooks-secrets = { $secrets ->
    [0] No secret to sign with: make a new one
    [one] Signed with 1 secret
   *[other] Signed with { $secrets } secrets
}
hooks-test = Send a test
hooks-switch-on = Switch on
hooks-switch-off = Switch off
hooks-rotate = New secret
hooks-delete = Delete
hooks-change = Change it
hooks-keep = Save
hooks-secret = The secret of the webhook
hooks-secret-once = It is shown this once.
hooks-secret-about = Give it to the receiver, which checks with it that messages are from here. Libraries of the Standard Webhooks specification take it as it is.
hooks-secret-beside = Until { $when } the secret before signs, too, so that the receiver can change in peace.
hooks-secret-done = It is kept
hooks-log = What was sent
hooks-log-empty = Nothing was sent yet.
hooks-any-state = Any state
hooks-is-waiting = Waiting
hooks-is-delivered = Arrived
hooks-is-dead = Given up
hooks-why-given_up = tried for days
hooks-why-gone = the receiver wants no more
hooks-why-off = the webhook was off
hooks-why-once = tests are tried once
hooks-why-missing = the webhook is gone
hooks-message = Message
hooks-came = What came of it
hooks-attempts = Attempts
hooks-answered = Answered { $status }
hooks-no-answer = No answer: { $error }
hooks-done = Done
hooks-not-tried = Not tried yet.
hooks-took = { $ms } ms
hooks-body = The message
hooks-delivery = Message { $type }
hooks-send-again = Send again
hooks-again-since = Send again everything since a given time
hooks-since = Since
hooks-again-all = also what arrived: receivers know a message by its id
hooks-under-way = This message is under way just now. Load the page again in a moment.
hooks-off-first = It is switched off, so nothing would be sent. Switch it on first.
hooks-no-instant = Write since when, as a date with a time.
hooks-event-incident-opened = An incident opens
hooks-event-incident-again = It happens again
hooks-event-incident-joined = Another sign joins it
hooks-event-incident-acknowledged = Somebody takes it on
hooks-event-incident-assigned = It gets another owner
hooks-event-incident-commented = Somebody comments
hooks-event-incident-linked = A ticket is linked
hooks-event-incident-unlinked = A ticket is unlinked
hooks-event-incident-silenced = It is silenced
hooks-event-incident-cleared = It is over
hooks-event-incident-resolved = It is resolved
hooks-event-incident-reopened = It is reopened
hooks-event-webhook-disabled = Another webhook was switched off by the program
hooks-wrong-name = Write a name, with { $most } characters at most.
hooks-no-type = Choose at least one type of event.
hooks-wrong-type = There is no type of event “{ $word }”.
hooks-wrong-groups = Name { $most } groups at most, or none for all hosts.
hooks-too-many = There are { $most } webhooks, which is as many as there may be. Delete one first.
hooks-wrong-address = Write the address of the receiver like https://tickets.corp.example/in, with { $most } characters at most.
hooks-credentials = Leave name and password out of the address: everybody who reads it would see them.
hooks-own = This is the address of this server itself.
hooks-localhost = Names below localhost lead to this machine itself.
hooks-reach-unspecified = The address { $address } is none of a machine.
hooks-reach-loopback = The address { $address } leads to this machine itself.
hooks-reach-link-local = The address { $address } is not beyond the next cable.
hooks-reach-metadata = The address { $address } tells a cloud’s secrets to whoever asks from within.
hooks-reach-multicast = The address { $address } is one of many machines at once.
hooks-reach-reserved = The address { $address } is reserved.
hooks-reach-translated = The address { $address } leads wherever a gateway translates it to.
