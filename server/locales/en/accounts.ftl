# Everybody's accounts, for administrators.

accounts-tab = Accounts
accounts-sentence = { $accounts ->
    [one] 1 account may sign in.
   *[other] { $accounts } accounts may sign in.
}
accounts-about = A role says what somebody may do. A change counts at once.
accounts-role = Role
accounts-source = Signs in with
accounts-source-local = password
accounts-source-oidc = sign-in service
accounts-source-ldap = directory
accounts-last-sign-in = Last sign-in
accounts-disabled-since = disabled since { $when }
accounts-new = New account
accounts-may-viewer = Viewer: reads
accounts-may-operator = Operator: also takes care of incidents and silences, and keeps views
accounts-may-administrator = Administrator: all, the settings too
accounts-make = Make the account
accounts-make-about = You get a link by which its person sets the password.
accounts-taken = There is an account of the name { $name } already, or of one that differs in capitals, blanks or unseen characters only.
accounts-no-role = Choose a role.

# The link
accounts-link = One-time link
accounts-made = The account { $name } is made. Give its person this link.
accounts-link-for = A new password for { $name }: give its person this link.
accounts-link-about = It works once, and is not shown again. Whoever has it sets the password: do not send it where others read.
accounts-link-disabled = The account is disabled. Enable it first.
accounts-elsewhere = The password of this account is not kept here: the sign-in service or the directory changes it.

# One account
accounts-made-at = made { $when }
accounts-signed-in = signed in { $ago }
accounts-never-signed-in = nobody has signed in yet
accounts-has-factor = with a second factor
accounts-last = This is the last administrator who may sign in: it cannot be disabled, deleted or given a lower role.
accounts-keys = { $keys ->
    [one] 1 API key that this account made works. It goes on when the account is disabled, deleted or given a lower role.
   *[other] { $keys } API keys that this account made work. They go on when the account is disabled, deleted or given a lower role.
}
accounts-keys-left = { $keys ->
    [one] 1 API key that this account made goes on working. Revoke it if nobody is to use it any more.
   *[other] { $keys } API keys that this account made go on working. Revoke those that nobody is to use any more.
}
accounts-keys-look = Look at the keys
accounts-enable = Enable
accounts-disable = Disable
accounts-delete = Delete
accounts-new-link = Link for a new password
accounts-sessions = Signed in
accounts-no-session = Nobody is signed in to this account.
accounts-sign-out = Sign out everywhere
accounts-own = This is your own account: with a lower role you lose this page.
accounts-role-elsewhere = The sign-in service or the directory says the role again at each sign-in.
accounts-keep = Give this role

# Which hosts somebody sees
accounts-groups = Groups of hosts
accounts-groups-about = Only the hosts of these groups are shown, one group a line; empty for all hosts. Hosts in no group are not among them. Group rules rely on what a host says of itself. Where access depends on it, put hosts into groups by hand.
accounts-groups-sees = sees only { $groups }
accounts-groups-none = sees no host
accounts-groups-all = sees all hosts
accounts-groups-elsewhere = The groups at the sign-in service or in the directory say at each sign-in which hosts are seen here, and that is changed there, or in the settings of this server (oidc.sees, ldap.sees).
accounts-groups-keep = Keep the groups
accounts-groups-administrator = An administrator sees all hosts, and is not confined to groups.
accounts-groups-first = This account is confined to groups of hosts. Let it see all hosts first: an administrator does.
accounts-groups-most = Name { $most } groups at most, one a line; or leave the field empty for all hosts.
accounts-groups-name = Write the name of each group on a line of its own, with { $most } characters at most.
