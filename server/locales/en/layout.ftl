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
times-in = Times in { $zone }

just-now = just now
ago = { $span } ago
under = under { $span }

# Pages that follow what they show
connection-lost = Connection lost since { $since }, trying again.
pause = pause
go-on = go on
