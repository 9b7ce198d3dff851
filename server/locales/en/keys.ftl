# Keys by which programs ask the API.

keys-tab = API keys
keys-none = No key yet. Programs that ask the API need one.
keys-over = No key works any more.
keys-good = { $keys ->
    [one] 1 program may ask the API.
   *[other] { $keys } programs may ask the API.
}
keys-left = { $keys ->
    [one] 1 key works whose maker is no administrator any more. Revoke it if nobody is to use it.
   *[other] { $keys } keys work whose makers are no administrators any more. Revoke those that nobody is to use.
}
keys-about = A key is for one program, such as a ticket system. What it does is recorded under its name.
keys-docs = What the API can do
keys-empty = Create the first one with the form.
keys-key = Key
keys-may = May
keys-may-read = read
keys-may-write-incidents = read, and take care of incidents
keys-may-admin = all, also agents, tokens and webhooks
keys-names = sees names of users
keys-names-about = Without this, pseudonyms stand in their place, and messages and records of events are left out. A key with all rights always sees them.
keys-without-names = sees pseudonyms of users
keys-all-hosts = sees all hosts
keys-used = Last used
keys-made = made by { $name } { $when }
keys-maker-demoted = its maker is no administrator any more
keys-maker-disabled = its maker’s account is disabled
keys-maker-gone = its maker’s account is gone, or has another name since
keys-revoked-before = This key was revoked before, or there is none.
keys-new = New key
keys-name = Name
keys-name-about = Of the program that asks. It stands in the timeline of incidents.
keys-days-about = Empty for never.
keys-make = Make the key
keys-wrong-label = Give the key a name of { $most } characters at most.
keys-wrong-scope = Choose what the key may do.
keys-groups-admin = A key with all rights sees all hosts: leave the groups empty, or choose fewer rights.
keys-wrong-days = Expires after is “{ $text }”; write a number from 1 to { $most }, or nothing.
keys-made-now = The key “{ $label }” is made. Copy it now: it is not shown again.
keys-how = Send it with each request, as <code>Authorization: Bearer …</code>. Keep it where the program keeps its secrets, not in an address, not in a script that others read, and not among the arguments of a program, which everybody on its machine can see.
keys-trust = The certificate has to be trusted: one of the server’s own authority is given to curl with --cacert, and on Windows is imported into the computer’s trusted root authorities.
api-back = Back to the fleet
api-no-script = This page needs a script. The document itself is at /api/v1/openapi.json.
