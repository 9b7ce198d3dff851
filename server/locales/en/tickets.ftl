# Ticket systems: where incidents become tickets.

tickets-tab = Tickets
tickets-about = Each incident becomes one ticket: made when it opens, told what happens to it, resolved when it is over. What people do with the ticket comes back.
tickets-none = No ticket system yet
tickets-some = { $all ->
    [one] 1 ticket system
   *[other] { $all } ticket systems
}{ $off ->
    [0] {""}
    [one] , 1 switched off
   *[other] , { $off } switched off
}
tickets-empty = Incidents become no tickets yet. Choose the system in which they should.
tickets-new = Connect a system
tickets-choose = Which system is it?
tickets-other = Another system
tickets-make = Connect it
tickets-kinds = Incidents
tickets-language = Language of the tickets
tickets-test = Try it out
tickets-preview = What would be sent
tickets-preview-about = The ticket of the newest incident that concerns this system, as it would be made now. Secrets are left out.
tickets-preview-none = No incident has concerned this system yet.
tickets-secret-stays = Leave it empty to keep what was typed before. It is never shown again.
tickets-extra-about = A JSON object: fields that your site wants in every new ticket, by the names that its interface has for them.
tickets-no-system = Choose one of the systems that are listed under Settings, Tickets.
tickets-no-kind = Choose at least one kind of incident.
tickets-missing = The field “{ $field }” is empty. Fill it in.
tickets-wrong = The field “{ $field }” is not understood: write one line, and in further fields a JSON object.
tickets-too-many = There are { $most } ticket systems, which is as many as there may be. Delete one first.
tickets-name-taken = There is a ticket system named “{ $name }” already. Give this one another name.
tickets-choice-starttls = STARTTLS
tickets-choice-tls = TLS from the beginning
tickets-choice-none = No encryption
tickets-field-url = Address
tickets-field-user = User
tickets-field-password = Password
tickets-field-token = API token
tickets-field-extra = Further fields
tickets-field-assignment-group = Assignment group (name or sys_id)
tickets-field-caller = Caller (name or sys_id)
tickets-field-resolved-state = Number of the state “resolved”
tickets-field-reopened-state = Number of the state when it is reopened
tickets-field-close-code = Close code
tickets-field-source = Source of the events
tickets-field-project = Project key
tickets-field-issue-type = Issue type (name or id)
tickets-field-resolve-transition = Id of the transition that resolves
tickets-field-reopen-transition = Id of the transition that reopens
tickets-field-resolution = Resolution (name)
tickets-field-cloud-id = Cloud id of the site
tickets-field-team = Id of the team that responds
tickets-field-page-url = Address of the site for people
tickets-field-user-token = Personal token of the user
tickets-field-app-token = Token of the application
tickets-field-entity = Number of the entity
tickets-field-category = Number of the category
tickets-field-client-id = Client id (OAuth)
tickets-field-client-secret = Client secret (OAuth)
tickets-field-group = Number of the group
tickets-field-host = Mail server
tickets-field-port = Port
tickets-field-security = Encryption
tickets-field-from = From
tickets-field-to = To
tickets-field-hook = Address of the workflow

# What a ticket says
tickets-title = { $host }: { $kind }
tickets-title-subject = { $host }: { $kind } ({ $subject })
tickets-title-fleet = Fleet: { $kind }
tickets-label-host = Host
tickets-label-page = Open in Highwater
tickets-follows = Follows { $name }, which is closed.
tickets-resolved = Resolved
tickets-reopened = Opened again
tickets-note-opened = The incident opened.
tickets-note-again = It happened again before it had been well for long enough.
tickets-note-joined = Another sign of it came in.
tickets-note-acknowledged = { $by } took the incident on.
tickets-note-assigned = { $by } assigned the incident to { $text }.
tickets-note-unassigned = { $by } assigned the incident to nobody.
tickets-note-commented = { $by } wrote: { $text }
tickets-note-linked = The incident has other tickets now.
tickets-note-silenced = The incident is silenced.
tickets-note-cleared = It is over: it ended by itself.
tickets-note-resolved = { $by } resolved the incident.
tickets-note-resolved-with = { $by } resolved the incident: { $text }
tickets-note-reopened = It is not over: the incident was reopened.
