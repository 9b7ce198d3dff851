# What the problems of the API mean, and what is said when one is met.

problem-all = Errors that the server returns
problem-about = Each answer that is not what was asked for carries one of these as its type (RFC 9457).
problem-means = What it means
problem-do = What to do

problem-title-sequence-hole = Records are missing before this batch
problem-means-sequence-hole = An agent sent records whose numbers do not follow the last ones that the server stored.
problem-do-sequence-hole = Nothing: the answer says which number is expected, and the agent sends from there. If it stays, the agent’s spool was lost; its doctor says more.

problem-title-record-refused = A record can never be stored
problem-means-record-refused = An agent sent a record that is against the rules of the format.
problem-do-record-refused = Nothing: the agent leaves it out and tells of a gap. If it comes often, agent and server are of very different versions.

problem-title-malformed-batch = The body is not understood
problem-means-malformed-batch = What an agent sent is not JSON of the expected shape, or broke off.
problem-do-malformed-batch = Look whether a proxy changes bodies on the way, and whether the agent is of a version that this server knows.

problem-title-batch-too-large = The batch is too large
problem-means-batch-too-large = An agent sent more at once than the server takes.
problem-do-batch-too-large = Nothing: the agent sends fewer records at a time.

problem-title-unsupported-encoding = This encoding is not supported
problem-means-unsupported-encoding = The body came with a Content-Encoding that the server does not read here.
problem-do-unsupported-encoding = Agents send with zstd or without an encoding. Look whether a proxy compresses bodies on the way.

problem-title-key-unknown = This key is not known
problem-means-key-unknown = An agent’s key is not one of this server’s.
problem-do-key-unknown = Enrol the agent again with a token. If that meets all agents at once, they speak to another server, or its database is an older one.

problem-title-agent-pending = This agent waits for approval
problem-means-agent-pending = Its token asks for a person who lets each agent in.
problem-do-agent-pending = Approve it under Settings, Agents. It keeps its records until then.

problem-title-agent-conflict = Another machine has the same identity
problem-means-agent-conflict = Two machines say that they are the same one: a clone, or one that was installed anew.
problem-do-agent-conflict = Decide under Settings, Agents whether both are kept or one replaces the other.

problem-title-agent-revoked = This agent was revoked
problem-means-agent-revoked = Somebody took its key from it.
problem-do-agent-revoked = Enrol it again with a token if it is to send.

problem-title-agent-banned = This machine was banned
problem-means-agent-banned = Somebody decided that it may neither send nor enrol again.
problem-do-agent-banned = The ban is lifted under Settings, Agents.

problem-title-token-refused = The token is refused
problem-means-token-refused = It has expired, was revoked, was used as often as it may be, or is not for this address.
problem-do-token-refused = Make another token under Settings, Tokens.

problem-title-certificate-missing = A certificate is missing
problem-means-certificate-missing = This server lets agents in only with a certificate of the company’s own authority, and this one showed none.
problem-do-certificate-missing = Give the agent a certificate with --client-cert. A reverse proxy that ends TLS takes it away: let agents come without one.

problem-title-certificate-refused = The certificate is refused
problem-means-certificate-refused = The certificate that the agent showed when its connection began counts no longer: its authority has revoked it, or that it is good cannot be told.
problem-do-certificate-refused = Give the agent another certificate with --client-cert. If none counts any more, look at the lists of revoked certificates: highwater doctor security says what is wrong.

problem-title-clock-off = A clock is off
problem-means-clock-off = What an agent sent is dated in the future, or older than history is kept.
problem-do-clock-off = Set the clocks of the host and of the server right.

problem-title-over-quota = This host has sent what it may for now
problem-means-over-quota = What one host may send in an hour and in a day is bounded, so that none fills the server’s disk.
problem-do-over-quota = Nothing: the agent keeps its records and sends them after the time that the header Retry-After says. If it is right that the host sends so much, raise limits.agent_… in the server’s settings; otherwise find out what it sends.

problem-title-key-not-asked = No other key is asked for
problem-means-key-not-asked = An agent offered another key without having been asked to make one.
problem-do-key-not-asked = Nothing: it goes on with the key that it has. Another key is ordered under Settings, Agents.

problem-title-try-later = Try again later
problem-means-try-later = The server cannot do it just now.
problem-do-try-later = Try again after the time that the header Retry-After says. If it stays, the server’s log says more.

problem-title-not-found = Not found
problem-means-not-found = What the address names is not there: it was removed, never was, or is older than history is kept.
problem-do-not-found = Take addresses and ids from lists, not from memory. Treat what is gone as over.

problem-title-server-error = Something went wrong in the server
problem-means-server-error = It is not the request’s fault. The database does not answer, or there is a mistake in the program.
problem-do-server-error = Try again in a moment. The server’s log tells what it was; the header X-Request-Id of the answer names the place in it.

problem-title-method = Method not allowed
problem-means-method = The address is there, but not for this method.
problem-do-method = The header Allow says which methods there are.

problem-title-bad-request = This request is not understood
problem-means-bad-request = A parameter is unknown or not what it has to be, or the body is not JSON.
problem-do-bad-request = The detail names the part that is wrong and what is allowed. Sent again unchanged it fails again.

problem-title-forbidden = Not allowed
problem-means-forbidden = The request comes from another site, or from a form of an earlier sign-in.
problem-do-forbidden = Load the page again and repeat.

problem-title-role = Not with this role
problem-means-role = The request came from a browser whose person may look, but not do this.
problem-do-role = Ask an administrator of this server: roles are given under Settings, Accounts. The detail names the role that it takes.

problem-title-confined = Not for the hosts that are seen
problem-means-confined = What was asked for shows all hosts. The account, or the key, is confined to some groups of hosts.
problem-do-confined = Ask an administrator of this server: groups are given under Settings, Accounts, and to a key when it is made. The detail names those that are seen.

problem-title-screen = This screen shows the wall
problem-means-screen = The browser was kept as a screen, which reads the wall and nothing else.
problem-do-screen = Sign in with an account, or ask from another browser.

problem-title-factor = A second factor first
problem-means-factor = The request came from a browser whose account has no second factor, and this server demands one of its role.
problem-do-factor = Set it up on the page of the account, then repeat the request. Keys of programs are not concerned.

problem-title-conflict = It cannot be done now
problem-means-conflict = What is there is in a state in which this cannot be done: an incident that is over cannot be acknowledged, for one.
problem-do-conflict = Read it again and decide anew.

problem-title-sign-in = Not signed in
problem-means-sign-in = The request has neither a key nor the cookie of a signed-in browser.
problem-do-sign-in = Send a key: Authorization: Bearer hwk_…. Keys are made under Settings, API keys.

problem-title-api-key-unknown = This API key is not known
problem-means-api-key-unknown = What stands in the header Authorization is no key of this server.
problem-do-api-key-unknown = Look whether it was copied whole, with its beginning hwk_, and whether it is of this server.

problem-title-api-key-expired = This API key has expired
problem-means-api-key-expired = The key was made with an end, which has come.
problem-do-api-key-expired = Make another one under Settings, API keys, and give it to the program.

problem-title-api-key-revoked = This API key was revoked
problem-means-api-key-revoked = Somebody ended this key.
problem-do-api-key-revoked = Ask whoever runs this server. Keys are made under Settings, API keys.

problem-title-csrf-token = The session’s token is missing
problem-means-csrf-token = A browser asked for a change by its cookie alone, which another site could have it do.
problem-do-csrf-token = Programs use a key instead of a cookie. A script of a page of ours sends the session’s token in the header X-CSRF-Token.

problem-title-scope = This key may not do that
problem-means-scope = The key is good, but was made for other things.
problem-do-scope = Make a key that may do it under Settings, API keys. The detail says which right is missing.

problem-title-not-acceptable = There is no such representation
problem-means-not-acceptable = The header Accept takes nothing of what there is.
problem-do-not-acceptable = Accept application/json; lists are there as text/csv as well.

problem-title-outdated = It has changed since
problem-means-outdated = The header If-Match names an earlier version of the incident: somebody was faster. Nothing was done.
problem-do-outdated = Read the incident again, look at what changed, and send the request with its new ETag if it is still right.

problem-title-in-progress = The same request is under way
problem-means-in-progress = A request with the same Idempotency-Key has not been answered yet.
problem-do-in-progress = Wait a second and send it again: it gets the answer of the first.

problem-title-idempotency-key-reused = This Idempotency-Key belongs to another request
problem-means-idempotency-key-reused = The key came before, within a day, with another address or body.
problem-do-idempotency-key-reused = Choose a new key, such as a random UUID, for each request, and keep it only for sending the same one again.

problem-title-body-too-large = The body is too large
problem-means-body-too-large = A body may have 64 KiB.
problem-do-body-too-large = Shorten the text, or link a ticket that has it.

problem-title-media-type = The body is not sent as JSON
problem-means-media-type = The header Content-Type does not say application/json.
problem-do-media-type = Send Content-Type: application/json. With no body it is not needed.

problem-title-unprocessable = A field of the body is not what it has to be
problem-means-unprocessable = The body is JSON, but a field is missing, unknown, too long or not of its kind.
problem-do-unprocessable = The detail names the field and what is allowed.

problem-title-rate-limit = Too many requests
problem-means-rate-limit = This key or account asks more often than the server allows.
problem-do-rate-limit = Wait as long as Retry-After says. The headers RateLimit and RateLimit-Policy of each answer say how much is left. To follow incidents, ask with updated_since instead of for all of them.

problem-title-too-slow = It took too long
problem-means-too-slow = The server gave up before the answer was there. A change may have been made or not.
problem-do-too-slow = Ask for a shorter time or fewer rows. Send a change again with the same Idempotency-Key: it is not made twice.

# What is said of a request
fault-sign-in = Send a key, as Authorization: Bearer hwk_…, or sign in with a browser.
fault-api-key-unknown = The server does not know this key. Send one that was made on its page of API keys: Authorization: Bearer hwk_….
fault-api-key-expired = This key has expired. Make another one on the server’s page of API keys.
fault-api-key-revoked = This key was revoked. Make another one on the server’s page of API keys.
fault-csrf-token = A browser’s cookie alone changes nothing: send the session’s token in the header X-CSRF-Token, or use a key.
fault-scope = This asks for a key with the right { $scope }.
fault-not-acceptable = The header Accept takes nothing of what there is: application/json, and for lists text/csv.
fault-outdated = The incident has changed since: its ETag is { $etag } now. Nothing was done. Read it again.
fault-in-progress = A request with this Idempotency-Key is under way. Send it again in a second.
fault-idempotency-key-reused = This Idempotency-Key came with another request before. Choose a new one.
fault-body-too-large = The body may have 65536 bytes. Shorten it.
fault-media-type = Send the body as JSON, with Content-Type: application/json.
fault-unprocessable = A field of the body is not what it has to be: { $error }.
fault-rate-limit = More requests than this server allows for one key or account. Wait { $secs } s.
fault-too-slow = The answer took too long. Ask for less, or try again later.
