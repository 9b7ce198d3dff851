# The audit log: who did what.

trail-tab = Audit log
trail-lead = Who did what, and who looked at whom
trail-about = Entries are added, and never changed: <code>highwater doctor audit</code> on the server says whether somebody did so. Names of clients and users are kept by their numbers, and shown as they are now.
trail-what = What was done
trail-any-action = Any action
trail-who = Who
trail-by = Kind of who did it
trail-anybody = Anybody
trail-name = Whole name
trail-address = Address
trail-of = To what
trail-kind = What it was done to
trail-anything = Any object
trail-id = Object number
trail-told = More
trail-all = All entries
trail-past = All that was done to it
trail-none = There is no entry yet.
trail-none-like-that = There is no entry like that.
trail-shown = { $entries ->
    [one] The newest entry
   *[other] The newest { $entries } entries
}
trail-shown-further = { $entries ->
    [one] 1 further entry
   *[other] { $entries } further entries
}
trail-numbered = { $kind } { $id }
trail-redacted = A name was erased here.

# What was done
trail-action-sign-in = signed in
trail-action-sign-in-failed = sign-in failed
trail-action-sign-in-throttled = too many sign-ins
trail-action-sign-out = signed out
trail-action-account-created = made an account
trail-action-account-role-changed = gave an account another role
trail-action-account-renamed = goes by another name
trail-action-account-confined = changed which hosts an account sees
trail-action-account-switched = switched an account on or off
trail-action-account-deleted = deleted an account
trail-action-account-password-set = set a password
trail-action-sessions-ended = signed browsers out
trail-action-screen-kept = kept a screen
trail-action-second-factor-begun = began a second factor
trail-action-second-factor-on = switched a second factor on
trail-action-second-factor-off = switched a second factor off
trail-action-link-made = made a one-time link
trail-action-link-used = used a one-time link
trail-action-denied = was turned away
trail-action-exported = took a file or a list
trail-action-looked-at = looked at it
trail-action-token-created = made a token
trail-action-token-revoked = revoked a token
trail-action-api-key-created = made an API key
trail-action-api-key-revoked = revoked an API key
trail-action-agent-enrolled = enrolled
trail-action-agent-decided = decided about an agent
trail-action-agent-key-asked = asked an agent for another key
trail-action-agent-key-changed = went on with another key
trail-action-agent-over-quota = has sent what it may
trail-action-approval-rule-created = made a rule of approval
trail-action-approval-rule-deleted = deleted a rule of approval
trail-action-host-grouped = put hosts into a group
trail-action-host-moved = moved a host by what it says of itself
trail-action-group-rule-created = made a rule of groups
trail-action-group-rule-moved = moved a rule of groups
trail-action-group-rule-deleted = deleted a rule of groups
trail-action-class-rule-created = made a rule of classes
trail-action-class-rule-moved = moved a rule of classes
trail-action-class-rule-deleted = deleted a rule of classes
trail-action-client-name-merged = merged names of a client
trail-action-client-name-separated = separated a name from a client
trail-action-alert-rule-changed = changed a rule of incidents
trail-action-alert-rule-deleted = deleted a rule of incidents
trail-action-silence-created = made a silence
trail-action-silence-ended = ended a silence
trail-action-webhook-created = made a webhook
trail-action-webhook-changed = changed a webhook
trail-action-webhook-switched = switched a webhook
trail-action-webhook-deleted = deleted a webhook
trail-action-webhook-secret-changed = gave a webhook a new secret
trail-action-webhook-tested = tried a webhook out
trail-action-webhook-resent = sent to a webhook again
trail-action-connector-created = connected a ticket system
trail-action-connector-changed = changed a ticket system
trail-action-connector-switched = switched a ticket system
trail-action-connector-deleted = deleted a ticket system
trail-action-connector-tested = tried a ticket system out
trail-action-connector-resent = sent to a ticket system again
trail-action-incident-changed = took care of an incident
trail-action-view-saved = kept a view
trail-action-view-renamed = renamed a view
trail-action-view-deleted = deleted a view
trail-action-secrets-sealed-again = changed the key of secrets
trail-action-secrets-key-added = added a key of secrets
trail-action-secrets-keys-retired = took older keys of secrets away
trail-action-authority-made = made another authority of the server
trail-action-authority-finished = let the other authority take over
trail-action-authority-taken-back = took the other authority back
trail-action-authority-took-over = went on with the other authority
trail-action-settings-changed = started with other settings
trail-action-history-repaired = put parts of the history together again
trail-action-erased = erased a name
trail-action-users-pseudonymised = put pseudonyms in the place of users
trail-action-handed-out = took all that is kept of it
trail-action-audit-redacted = took a name out of an entry

# Who did it
trail-actor-person = person
trail-actor-api-key = API key
trail-actor-agent = agent
trail-actor-program = this program
trail-actor-nobody = nobody known

# What it was done to
trail-subject-account = account
trail-subject-token = token
trail-subject-api-key = API key
trail-subject-agent = agent
trail-subject-host = host
trail-subject-client = client
trail-subject-user = user
trail-subject-group-rule = rule of groups
trail-subject-class-rule = rule of classes
trail-subject-alert-rule = rule of incidents
trail-subject-approval-rule = rule of approval
trail-subject-silence = silence
trail-subject-webhook = webhook
trail-subject-connector = ticket system
trail-subject-incident = incident
trail-subject-event = event
trail-subject-view = view
trail-subject-secrets = secrets
trail-subject-authority = authority
trail-subject-settings = settings
trail-subject-history = history
trail-subject-page = page
trail-subject-entry = entry

# What came of it
trail-outcome-done = done
trail-outcome-refused = refused
trail-outcome-begun = begun
trail-outcome-failed = failed
