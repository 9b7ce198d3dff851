# What a visitor is told instead of what was asked for.

verbatim = { $words }

error-title-not-found = Not found
error-title-method = Nothing to look at
error-title-bad-request = This request is not understood
error-title-forbidden = Not allowed
error-title-role = Not with your role
error-title-confined = Not for the hosts that you see
error-title-screen = This screen shows the wall
error-title-factor = A second factor first
error-title-conflict = It changed meanwhile
error-title-sign-in = Sign in
error-title-too-many = Too many tries
error-title-too-many-pages = Too many open pages
error-title-store = The database does not answer
error-title-internal = Something went wrong

error-no-account = There is no such account. It may have been removed, or the address is mistyped.
error-no-agent = There is no such agent. It may have been removed, or the address is mistyped.
error-no-client = There is no such client. It may have been removed, or the address is mistyped.
error-no-endpoint = There is no such endpoint. It may have been removed, or the address is mistyped.
error-no-incident = There is no such incident. It may have been removed, or the address is mistyped.
error-no-event = There is no such event. It may have been removed, or the address is mistyped.
error-no-file = There is no such file. It may have been removed, or the address is mistyped.
error-no-host = There is no such host. It may have been removed, or the address is mistyped.
error-no-page = There is no such page. It may have been removed, or the address is mistyped.
error-no-script = There is no such script of this incident: its host does not run Windows, or nobody was seen idle. Its page says which.
error-no-session = There is no such browser: it is signed out already.
error-no-rule = There is no such rule. It may have been removed, or the address is mistyped.
error-no-token = There is no such token. It may have been removed, or the address is mistyped.
error-no-connector = There is no such ticket system. It may have been removed, or the address is mistyped.
error-no-delivery = There is no such message. Messages are removed some time after they were settled; or the address is mistyped.
error-no-webhook = There is no such webhook. It may have been removed, or the address is mistyped.
error-no-user = There is no such user. It may have been removed, or the address is mistyped.
error-no-view = There is no such view. It may have been removed, or the address is mistyped.

error-method-page = This address takes forms only. Go back to the page with the form, or to the fleet.
error-method-endpoint = This endpoint is not asked in this way; the header Allow says how it is.
error-address = The address asks in a way that is not understood: something stands in it twice, or is not what it should be. Come back by the links of the pages.
error-detail-sign-in = Sign in first.
error-detail-too-many = Too many tries. Wait { $secs ->
    [one] 1 second
   *[other] { $secs } seconds
} and try again.
error-detail-too-many-pages = Too many pages are open at once. This one is no longer kept up to date live, only now and then. Close pages that nobody looks at.
error-topic = topic is to be fleet, or host: with the number of the host.
error-detail-store = The server could not read or write its database. Try again in a moment; the server's log says more.
error-detail-internal = Something went wrong in the server. Its log says what.
error-detail-screen = This browser is kept as a screen: it shows the wall and nothing else. To see more, sign in.
error-detail-factor = This server lets the account see nothing before its second factor is on. Sign in with it and set it up on the page of the own account, by a click on the name.
error-confined-account = This shows all hosts, and your account sees those of these groups only: { $groups }. Ask an administrator to do it, or to let your account see more: { $names }.
error-confined-key = This shows all hosts, and this key sees those of these groups only: { $groups }. Ask an administrator for a key that sees more: { $names }.
error-needs-operator = That takes an operator or an administrator; your role is { $yours }. Ask an administrator for another role: { $names }.
error-needs-administrator = That takes an administrator; your role is { $yours }. Ask an administrator to do it, or for another role: { $names }.
error-other-site = This form was sent from another site, so nothing was done.
error-earlier-form = This form is from an earlier sign-in, or from another site. Load the page again and repeat.
error-form = The form could not be read: { $error }.
error-back = Back to the page with the form
error-to-fleet = To the fleet
error-to-wall = To the wall

# What an account may do
role-viewer = viewer
role-operator = operator
role-administrator = administrator
