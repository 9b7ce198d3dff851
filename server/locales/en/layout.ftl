# What every page has.

skip = Skip to content
demo = Demo
demo-about = A simulated fleet: hosts, clients and users are made up, the way from agent to page is the real one.
main-navigation = Main
nav-fleet = Fleet
nav-clients = Clients
nav-users = Users
nav-events = Events
nav-findings = Findings
nav-settings = Settings
seek = Search hosts, clients and users
seek-short = Search
theme = Theme: { $theme }
theme-change = Theme: { $theme }. Change to { $next }
theme-system = system
theme-light = light
theme-dark = dark
sign-out = Sign out
your-account = Your account
times-in = Times in { $zone }
only-groups = Hosts of these groups alone: { $groups }

just-now = just now
ago = { $span } ago
under = under { $span }

# Levels of hosts
level-full = Full
level-silent = Silent
level-watch = 80 % or more
level-calm = Calm
level-unlimited = No limit
level-unknown = Limit unknown

# Who has no name
anonymous = (anonymous)

# Parts that are fetched again by themselves
connection-lost = Connection lost since { $since }, trying again.
waits = New figures wait while you use this part of the page.
waits-page = There is something new on this page. Load it again to see it.
updates-itself = Updates itself
pause = pause

# Lists: filters and pages
list-show = Show
list-remove = Remove
list-back = Back
list-next = Next
list-range = Range
list-host = Host
list-all-hosts = All hosts
list-group = Group
list-all-groups = All groups
list-hosts = { $hosts ->
    [one] 1 host
   *[other] { $hosts } hosts
}
list-part = { $first }–{ $last } of { $all }
list-pages = Pages
