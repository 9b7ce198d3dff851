# Settings: who may push, by which tokens, and how the installation itself is.

settings-tab-agents = Agents
settings-tab-tokens = Tokens
settings-tab-diagnosis = This installation

# Agents
settings-agents-none = No agent has enrolled yet.
settings-agents-decided = { $approved ->
    [one] 1 agent may send
   *[other] { $approved } agents may send
}; { $heard } did so in the last 5 minutes.
settings-agents-wait = { $waiting ->
    [one] 1 agent waits for your decision
   *[other] { $waiting } agents wait for your decision
}; { $approved } may send.
settings-agents-empty = An agent appears here as soon as it asks for an identity. Make a token first: <a href="/settings/tokens">tokens</a>.
settings-agents-waiting = Waiting for a person
settings-agents-waiting-about = they keep what they observe on disk until then
settings-agents-decided-head = Decided on
settings-agents-count = { $agents ->
    [one] 1 agent
   *[other] { $agents } agents
}
settings-agents-seek = Name, address or version
settings-agents-seek-short = Name, address, version
settings-any-state = Any state
settings-show = Show
settings-no-such-agent = No agent like that.
settings-page = { $first }–{ $last } of { $all }
settings-back = Back
settings-next = Next
settings-agent = Agent
settings-agent-state = State
settings-version = Version
settings-heard = Heard
settings-never-heard = never
settings-enrolled = Enrolled
settings-decide = Decide

# One of them
settings-asked = { $os }, agent { $version }, from { $address }, asked { $ago }
settings-asked-by-token = { $os }, agent { $version }, from { $address }, by token “{ $token }”, asked { $ago }
settings-machine = Machine <code>{ $id }</code>
settings-twin = Same identity: { $name } at { $address }, { $state ->
    [pending] waits for approval
    [approved] approved
    [conflict] in conflict
    [revoked] revoked
   *[banned] banned
}
settings-conflict = A clone of the other machine: keep both. The same machine, installed anew: it replaces the other. Neither known: refuse or ban.
settings-state-pending = Waits for approval
settings-state-approved = Approved
settings-state-conflict = Conflict: identity taken
settings-state-revoked = Revoked
settings-state-banned = Banned
settings-decide-approve = Approve
settings-decide-replace = Replaces the other
settings-decide-split = Keep both
settings-decide-refuse = Refuse
settings-decide-revoke = Revoke
settings-decide-lift = Lift the ban
settings-decide-ban = Ban
settings-hint-approved = It may send for this host. The agent that did so until now no longer can.
settings-hint-split = Two machines with one identity (a clone): this one becomes a host of its own.
settings-hint-revoked = It can no longer send. It can enrol again with a token.
settings-hint-banned = It can no longer send, nor enrol again.
settings-agent-by-rule = Let in by a rule: { $rule }
settings-agent-by-gone-rule = Let in by a rule that is gone
settings-agent-no-rule = No rule of approval lets it in. It says that its name is { $name } and its domain { $domain }; it asked from { $address }.
settings-own-word = A machine states its own name and domain when it enrols: anyone who has the token can state the same. Only the address is seen by this server itself, and a whole site may share one address.
settings-over-quota-bytes = It has sent as many bytes as it may, keeps the rest and sends it later. Last
settings-over-quota-records = It has sent as many records as it may, keeps the rest and sends it later. Last
settings-over-quota-sessions = It has sent as many sessions as it may, keeps the rest and sends it later. Last
settings-over-quota-names = It has brought as many new names as it may, keeps the rest and sends it later. Last
settings-over-quota-events = It has sent as many events as it may: further ones are left out until the hour or the day (UTC) is over, everything else is taken. Last
settings-over-quota-event_bytes = It has sent as many bytes of events as it may: further ones are left out until the hour or the day (UTC) is over, everything else is taken. Last
settings-over-quota-stored = It has sent as much to be stored as it may, keeps the rest and sends it later. Last
settings-two-machines = Two machines send with this agent’s key, seen { $ago }: one is a copy of the other’s disk. If it is a single machine that was set back to an older state, nothing is to be done. Otherwise order another key: the machine that takes it first stays this host, and the other keeps its records until it enrols again.
settings-two-machines-seen = Seen to
settings-two-machines-seen-hint = The copy is gone or has an identity of its own. If two still send, this is said again.
settings-key-ask = New key
settings-key-ask-hint = The agent makes itself another key with its next request, without a pause. The old one counts until the new one is used.
settings-key-asked = Asked for a new key { $ago }
settings-key-asked-before = { $name } is asked for another key already, or may not send.
settings-agent-changed = { $state ->
    [pending] { $name } waits for approval by now.
    [approved] { $name } is approved by now.
    [conflict] { $name } is in conflict by now.
    [revoked] { $name } is revoked by now.
   *[banned] { $name } is banned by now.
} Look at it again.
settings-agent-cannot = { $state ->
    [pending] { $name } waits for approval
    [approved] { $name } is approved
    [conflict] { $name } is in conflict
    [revoked] { $name } is revoked
   *[banned] { $name } is banned
}: this decision is none of those that the page offers then.

# Tokens
settings-tokens-none = No token yet. Make one to enrol the first agent.
settings-tokens-over = No token lets agents enrol any more.
settings-tokens-usable = { $tokens ->
    [one] 1 token lets agents enrol.
   *[other] { $tokens } tokens let agents enrol.
}
settings-tokens-about = A token can only ask for an identity. Revoking it, or letting it expire, never affects agents that are enrolled already.
settings-tokens-empty = Create the first one with the form; it comes with the command to type on the host.
settings-token = Token
settings-token-approves = Approves
settings-token-used = Used
settings-token-expires = Expires
settings-token-addresses = Addresses
settings-token-no-label = no label
settings-token-in-group = group { $group }
settings-token-made-at = made { $when }
settings-token-at-once = at once
settings-token-by-rule = by rule
settings-token-by-hand = by hand
settings-token-uses = { $uses ->
    [one] 1 use
   *[other] { $uses } uses
}
settings-token-uses-of = { $uses } of { $most }
settings-token-revoked-at = revoked { $when }
settings-token-expired-at = expired { $when }
settings-token-never = never
settings-token-any-address = any
settings-token-revoked-before = This token was revoked before, or there is none.

# A new one
settings-token-new = New token
settings-token-label = Label
settings-token-label-example = File servers Paris
settings-token-label-about = For people: where it is meant to be used.
settings-token-group = Group
settings-token-group-about = Hosts that enrol with it join this group. Optional.
settings-token-who = Who approves
settings-token-who-hand = A person, each agent
settings-token-who-rule = A rule below, at once; where none holds, a person
settings-token-who-auto = Nobody: agents are in at once
settings-token-days = Expires after, days
settings-token-most-uses = Uses
settings-token-any-number = any number
settings-token-ranges = Address ranges
settings-token-ranges-about = Only from these; empty for any.
settings-token-make = Make the token
settings-token-long-label = The label may have { $most } characters at most.
settings-token-long-group = The group may have { $most } characters at most.
settings-token-wrong-days = Expires after is “{ $text }”; write a number from 1 to { $most }, or nothing.
settings-token-wrong-uses = Uses is “{ $text }”; write a number from 1 to { $most }, or nothing.
settings-token-no-range = “{ $word }” is no range of addresses. Write ranges like 10.20.0.0/16 or 2001:db8::/32.

# Rules by which agents are let in
settings-rules = Rules of approval
settings-rules-about = for tokens that are approved by rule; every condition of a rule has to be met. Agents that wait already are not looked at again
settings-rules-none = No rule yet: agents with such a token wait for a person.
settings-rules-states = Lets in
settings-rules-trust = What it rests on
settings-rules-most = There are { $most } rules already. Delete one first.
settings-approve-if-name = name { $states }
settings-approve-if-domain = domain { $states }
settings-approve-if-subnet = from { $states }
settings-rule-made = made { $when } by { $by }
settings-rule-believes = only what the machine states itself
settings-rule-checks = the address, which this server sees
settings-rule-delete = Delete
settings-rule-keep = Save
settings-rule-nothing = State something: a name, a domain or a range of addresses.
settings-rule-of-name = Name
settings-rule-of-name-about = With * and ?. As the machine states it.
settings-rule-of-domain = Domain
settings-rule-of-domain-about = This domain or one below it, as the machine states it.
settings-rule-of-subnet = Address range
settings-rule-of-subnet-about = Of the connection. The only part that a machine elsewhere cannot forge.

# It is made
settings-token-made = The token “{ $label }” is made. Copy it now: it is not shown again.
settings-token-made-nameless = The token is made. Copy it now: it is not shown again.
settings-token-made-auto = Agents are in at once
settings-token-made-hand = You approve each agent under <a href="/settings/agents">agents</a>
settings-token-made-rule = Agents for which a <a href="/settings/tokens#rules">rule</a> holds are in at once; you approve the others under <a href="/settings/agents">agents</a>
settings-token-until = until { $when }
settings-token-endless = it never expires
settings-token-for = for { $agents ->
    [one] 1 agent
   *[other] { $agents } agents
}
settings-token-for-any = for any number of agents
settings-token-linux = On a Linux file server with Samba
settings-token-linux-about = It enrols, then sends until it is stopped. Its identity stays on the host; the token is not needed again: the next time leave --token-file - <<'END' and the last two lines away. The token is handed over by standard input, since everybody on the host can read the arguments of a program; a file that is named in place of the dash does as well.
settings-token-pieces = Or piece by piece
settings-token-server = Server
settings-token-fingerprint = CA fingerprint
settings-token-fingerprint-about = SHA-256. The server printed it on its first start; an agent with this pin trusts nothing else.
settings-token-windows = On one Windows computer
settings-token-windows-about = In a prompt that was opened as administrator, in the folder of the package. It succeeds also while this server is away: the agent reports when it can. After it has enrolled it erases the token from the computer. While the package is being installed, the token stands in the arguments of the installer, and in the event log if the computer records the command lines of processes; by the policy below it does not.
settings-token-policy = On all Windows file servers, by Group Policy
settings-token-policy-copy = Copy <code>highwater-agent.msi</code> and <code>deploy.ps1</code> to a share that the computers' own accounts can read (Domain Computers: read).
settings-token-policy-templates = Unpack the policy templates into the central store, <code>SYSVOL\…\Policies\PolicyDefinitions</code>.
settings-token-policy-object = Make a Group Policy object for the file servers. Under Computer Configuration, Policies, Administrative Templates, Highwater, Agent, set the address of the server, the fingerprint and the enrolment token.
settings-token-policy-object-known = Make a Group Policy object for the file servers. Under Computer Configuration, Policies, Administrative Templates, Highwater, Agent, set the address of the server, the fingerprint (not needed: this server's certificate comes from an authority that the computers know) and the enrolment token.
settings-token-policy-script = Under Computer Configuration, Policies, Windows Settings, Scripts (Startup/Shutdown), Startup, tab PowerShell Scripts, add <code>deploy.ps1</code> with the parameter <code>-Package \\SERVER\SHARE\highwater-agent.msi</code>; or assign the package under Policies, Software Settings, Software installation.
settings-token-policy-without = Without the policy templates, pass everything to the script (the token then also stands in its arguments, and in those of the installer, for as long as these run):
settings-token-policy-care = Everybody whose computer the policy applies to can read the token: limit it to addresses, let it end, or approve agents by hand.
settings-token-done = Done, I have copied it

# What Windows administrators download
settings-package = Windows package
settings-package-none = This server offers none yet. Put what <code>agent/gpo/build</code> makes into <code>{ $folder }</code> on the server: it shows here at once.
settings-package-msi = The agent's package, for Group Policy, Intune, Configuration Manager or a double click
settings-package-policies = Policy templates (ADMX) in English and French, for the central store
settings-package-deploy = Installs or updates the agent at the start of a computer
settings-package-check = Says how the agents of many computers are
settings-package-detect = Tells Intune whether the agent is there
settings-package-prove = Compares on a computer what the agent says with what Windows says
settings-package-exe = The program alone, to look once without installing
settings-package-sbom = What it is made of (SBOM, CycloneDX)
settings-package-sums = Checksums of all of these

# The installation itself
settings-diagnosis-good = Data arrives, is summed up and is kept
settings-diagnosis-look = { $things ->
    [one] 1 thing wants to be looked at
   *[other] { $things } things want to be looked at
}
settings-diagnosis-of = Highwater { $version }, { $database }, store { $store }
settings-check-state = State
settings-check = Check
settings-check-found = What was found
settings-check-good = good
settings-check-look = look
settings-check-ingest = Taking in
settings-check-history = History
settings-check-agents = Agents
settings-check-silence = Silence
settings-check-clocks = Clocks
settings-check-queues = Queues
settings-check-completeness = Completeness
settings-check-quotas = Amounts
settings-check-room = Room
settings-check-twins = Copies
settings-check-certificate = Certificate
settings-check-revocation = Revoked certificates
settings-check-disk = Disk
settings-check-syslog = Forwarding of the audit log
settings-look-at-them = Look at them
settings-and-more = { $names } and { $more } more
settings-versions = Versions of agents
settings-version-unknown = unknown
settings-hosts = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
}
settings-doctor = On the server itself: <code>highwater doctor</code> looks at settings, certificate, database and disk; <code>highwater doctor history</code> compares every record of the history with what it is made of; <code>highwater doctor audit</code> says whether the audit log is as it was written.

# What was found
settings-ingest-good = batches are stored as they come
settings-ingest-ended = the part that stores batches has ended; agents keep what they have. Restart the server; its log says why
settings-history-good = everything is summed up
settings-history-waiting = { $hours ->
    [one] 1 hour of a host waits to be summed up
   *[other] { $hours } hours of single hosts wait to be summed up
}
settings-history-behind = { $hours ->
    [one] 1 hour of a host waits to be summed up, for { $span }
   *[other] { $hours } hours of single hosts wait to be summed up, the oldest for { $span }
}. After much late data this takes a while; otherwise the server is too slow for its fleet
settings-syslog-good = { $waiting ->
    [0] every entry has arrived
    [one] entries arrive; 1 is on its way
   *[other] entries arrive; { $waiting } are on their way
}
settings-syslog-failing = for { $span } no entry has arrived, and { $waiting ->
    [one] 1 waits
   *[other] { $waiting } wait
}: { $error }. Look at the receiver, and at audit.syslog in the settings; nothing is lost meanwhile
settings-agents-may = { $approved ->
    [one] 1 agent may send
   *[other] { $approved } agents may send
}
settings-agents-may-and-wait = { $approved ->
    [one] 1 agent may send
   *[other] { $approved } agents may send
}; { $waiting ->
    [one] 1 waits for a person
   *[other] { $waiting } wait for a person
}
settings-silence-good = all hosts are reporting
settings-silence = { $hosts ->
    [one] 1 host is silent: { $names }
   *[other] { $hosts } hosts are silent: { $names }
}
settings-clocks-good = all hosts are within a minute of this server
settings-clocks = { $clocks ->
    [one] 1 clock is off by more than a minute: { $names }
   *[other] { $clocks } clocks are off by more than a minute: { $names }
}. Set the clocks right: events and sessions are compared by them
settings-queues-good = no agent has much left to send
settings-queues = { $agents ->
    [one] 1 agent has more than { $records } records to send: { $names }. It was cut off for a while and catches up by itself
   *[other] { $agents } agents have more than { $records } records to send: { $names }. They were cut off for a while and catch up by themselves
}
settings-completeness-good = the newest snapshot of every host is complete
settings-completeness = { $hosts ->
    [one] 1 host lists its sessions only in part: { $names }. The agent's log on the host says why
   *[other] { $hosts } hosts list their sessions only in part: { $names }. The agents' logs on the hosts say why
}
settings-quotas-good = within a day no host sent more than it may
settings-quotas = { $hosts ->
    [one] 1 host has sent as much as it may
   *[other] { $hosts } hosts have sent as much as they may
}: { $names }. The agents keep the rest and send it later. If that is right for these hosts, raise the limits in the settings; otherwise look at what they send
settings-twins-good = within a day no two machines sent with one key
settings-twins = { $hosts ->
    [one] two machines send with the key of 1 host
   *[other] two machines each send with the keys of { $hosts } hosts
}: { $names }. One is a copy of the other’s disk, or one machine was set back to an older state
settings-certificate-later = it will be made at the first start
settings-certificate-days = { $path } expires in { $days ->
    [one] 1 day
   *[other] { $days } days
}
settings-certificate-renew = { $path } expires in { $days ->
    [one] 1 day
   *[other] { $days } days
}. Renew it; the server notices by itself
settings-certificate-renew-own = { $path } expires in { $days ->
    [one] 1 day
   *[other] { $days } days
}. Send the server SIGHUP: it renews its own certificate
settings-certificate-unreadable = it cannot be used: { $error }. A server that runs goes on with the one that it has
settings-revocation-good = { $lists ->
    [one] 1 list is good
   *[other] { $lists } lists are good
}. Hours until the next one ends: { $hours }
settings-revocation-ending = { $path } is good for { $hours } more hours. Put its authority’s next list there; the server notices by itself
settings-revocation-expired = { $path } has expired: all certificates of { $issuer } are refused. Put its authority’s next list there; the server notices by itself
settings-revocation-no-list = there is no list of { $issuer }: certificates that it issued itself are refused. Name its list in agents.client_crl_files
settings-revocation-unreadable = they cannot be told: { $error }. A server that runs goes on with what it has
settings-disk-free = { $mib } MiB are free for { $path }
settings-disk-low = { $mib } MiB are free for { $path }, less than { $little }. Make room, or move what lies there, before nothing more can be written
settings-disk-near = { $mib } MiB are free for { $path }, less than { $little }. Make room, keep history for fewer days, or move what lies there: with less than { $floor } nothing that agents send is stored, and from then on not before a quarter more is free (limits.free_megabytes). The page of this installation says which it is
settings-disk-full = { $mib } MiB are free for { $path }: nothing that agents send is stored before a quarter more than { $floor } is (limits.free_megabytes). Make room, keep history for fewer days, or move what lies there
settings-disk-unreadable = { $path } cannot be looked at: { $error }
settings-disk-not-looked-at = not looked at on this system: { $path }
settings-room-good = what agents send is stored; { $mib } MiB are free, and { $bound } MiB are kept free
settings-room-of = what agents send is stored; the database has { $mib } MiB of the { $bound } that it may have
settings-room-unbounded = what agents send is stored, whatever room there is: limits.free_megabytes and limits.database_gigabytes say nothing
settings-room-none = nothing that agents send is stored; they keep it
settings-room-disk = nothing that agents send is stored, they keep it: { $mib } MiB are free, and { $bound } MiB are to be kept free. It goes on by itself when a quarter more is free. Make room, or keep history for fewer days
settings-room-database = nothing that agents send is stored, they keep it: the database has { $mib } MiB, and may have { $bound } (limits.database_gigabytes). Keep history for fewer days, give it more room, or raise the limit

# What is kept, and who sees names
settings-privacy = What is kept, and who sees it
settings-privacy-about = as the settings [retention] and [privacy] say
settings-kept-snapshots = Snapshots: each session as it was
settings-kept-hours = Hours: the sum of each one
settings-kept-days = Days, and names that nothing else holds
settings-kept-events = Events, incidents, comments
settings-kept-deliveries = What was sent to other systems
settings-kept-audit = Audit log
settings-kept-for = { $days ->
    [one] 1 day
   *[other] { $days } days
}
settings-user-names = Names of users are kept
settings-user-names-shown = as they come
settings-user-names-pseudonyms = as pseudonyms
settings-user-names-off = not at all
settings-sees-names = Names of users are seen by
settings-sees-names-viewer = everybody who signs in
settings-sees-names-operator = operators and administrators; others see pseudonyms
settings-sees-names-administrator = administrators; others see pseudonyms
