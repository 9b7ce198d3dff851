# Groups of hosts: the page of rules, and what the host page says of its group.

groups-tab = Groups
groups-title = Groups
groups-no-host = No host has enrolled yet.
groups-none-grouped = { $hosts ->
    [one] The one host is in no group.
   *[other] None of the { $hosts } hosts is in a group.
}
groups-all-grouped = { $grouped ->
    [one] { $grouped } host is in { $groups ->
        [one] { $groups } group.
       *[other] { $groups } groups.
    }
   *[other] { $grouped } hosts are in { $groups ->
        [one] { $groups } group.
       *[other] { $groups } groups.
    }
}
groups-some-grouped = { $grouped ->
    [one] { $grouped } host is in { $groups ->
        [one] { $groups } group
       *[other] { $groups } groups
    }; { $rest ->
        [one] { $rest } is in none.
       *[other] { $rest } are in none.
    }
   *[other] { $grouped } hosts are in { $groups ->
        [one] { $groups } group
       *[other] { $groups } groups
    }; { $rest ->
        [one] { $rest } is in none.
       *[other] { $rest } are in none.
    }
}
groups-order = A group set by hand comes first, then the first rule that matches, then the group of the token that the host enrolled with. Group rules rely on what a host says of itself. Where access depends on it, put hosts into groups by hand.
groups-hosts = { $hosts ->
    [one] { $hosts } host
   *[other] { $hosts } hosts
}

# Rules
groups-rules = Rules
groups-rules-sub = the first that matches decides
groups-no-rule = None. Each host has the group of its token, or the one that was set by hand.
groups-hosts-with = Hosts with
groups-group = Group
groups-decides = Decides
groups-change = Change
groups-rule = Rule { $place }
groups-made = made { $when } by { $by }
groups-up = Up
groups-down = Down
groups-delete = Delete
groups-like-name = name like { $pattern }
groups-like-subnet = address in { $pattern }
groups-like-domain = domain { $pattern } or below it
groups-like-os = system like { $pattern }
groups-rule-gone = This rule is gone, or it stands elsewhere by now. Look at the rules again.

# A new rule
groups-new = New rule
groups-look-at = Look at
groups-kind-name = Name
groups-kind-subnet = Address
groups-kind-domain = Domain
groups-kind-os = Operating system
groups-for = For
groups-for-hint = Names: <code>*</code> is any text, <code>?</code> one character, <code>#</code> one digit. Addresses: a range like 10.20.0.0/16. A domain includes those below it. Systems: how their name begins, or a pattern with <code>*</code>.
groups-into = Put them into
groups-into-hint = A group there is, or a new one.
groups-try = See what it would do
groups-mistake-group = Write the name of a group, with { $longest } characters at most.
groups-mistake-kind = Choose what of a host the rule looks at: its name, its addresses, its domain or its system.
groups-mistake-pattern = Write what to look for, with { $longest } characters at most.
groups-mistake-subnet = “{ $typed }” is no range of addresses. Write a range like 10.20.0.0/16 or 2001:db8::/32.
groups-too-many-rules = There are { $most } rules, as many as there may be. Delete one of them first.

# What it would do
groups-preview = What the new rule would do
groups-preview-none = No host matches now. One that enrols or changes later may.
groups-preview-some = { $matching ->
    [one] 1 host matches; { $moving } would move to <b>{ $group }</b>.
   *[other] { $matching } hosts match; { $moving } would move to <b>{ $group }</b>.
}
groups-host = Host
groups-now = Group now
groups-then = Then
groups-then-moves = moves
groups-then-is-there = is there already
groups-then-by-hand = stays: set by hand
groups-then-by-rule = stays: an earlier rule matches
groups-in-none = none
groups-more = { $more ->
    [one] 1 more is not shown.
   *[other] { $more } more are not shown.
}
groups-keep = Save
groups-leave = Do not keep it

# The groups there are
groups-list = Groups
groups-none-yet = None yet.
groups-hosts-in-none = { $hosts ->
    [one] { $hosts } host in none
   *[other] { $hosts } hosts in none
}
groups-by-hand-so-many = { $hosts } by hand
groups-by-rule-so-many = { $hosts } by rule
groups-by-token-so-many = { $hosts } by token

# Hosts by hand
groups-of-hosts = Hosts
groups-of-hosts-sub = put into a group by hand
groups-search = Name, group or system
groups-all-groups = All groups
groups-in-no-group = in no group
groups-show = Show
groups-all-hosts = All hosts
groups-no-host-like-that = No host is like that.
groups-system = System
groups-unknown = unknown
groups-by-hand = by hand
groups-by-rule = by rule
groups-by-token = by its token
groups-by-this-rule = by rule { $place }: { $rule }
groups-found = { $hosts ->
    [one] the one that the search found
   *[other] all { $hosts } that the search found
}
groups-put = Put them there by hand
groups-release = Back to the rules
groups-back = Back
groups-next = Next
groups-pages = Pages
groups-from-to = { $from }–{ $to } of { $all }
groups-choose-hosts = Choose the hosts first.
groups-found-others = { $hosts ->
    [one] The search finds 1 host by now. Look at it again.
   *[other] The search finds { $hosts } hosts by now. Look at them again.
}

# On the page of a host
groups-set-by = { $when }, { $by }
groups-change-one = Change the group
groups-put-one = Put it there by hand
groups-one-hint = By hand comes before every rule.
groups-to-rules = Rules of groups
