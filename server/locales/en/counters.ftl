# What a host counts beside its sessions.

counters-title = Counters
counters-read = { $over }, last read { $at }
counters-quiet = None: { $names }.
counters-most = at most { $most }
counters-most-within = at most { $most } in 5 min
counters-spark = { $label }: { $value }, { $most } ({ $at })

counters-ended = Sessions that ended
counters-ended-note = timed out: closed by the server because they were idle for too long
counters-timed-out = timed out
counters-errored-out = errored out
counters-logged-off = logged off
counters-forced-off = forced off

counters-short = Shortages
counters-short-note = anything here is worth a look: the server ran out of something
counters-work-items = work item shortages
counters-blocking-requests = blocking requests rejected
counters-request-buffers = request buffers short
counters-big-buffers = big buffers short
counters-nonpaged-failures = nonpaged pool failures
counters-paged-failures = paged pool failures

counters-errors = Errors
counters-password = password errors
counters-permission = permission errors
counters-system = system errors

counters-load = Load
counters-load-note = the computer, and the queues of its SMB server
counters-files-open = files open
counters-queue = longest queue
counters-threads = active threads
counters-processors = processors busy
counters-memory = memory in use
counters-nonpaged-pool = nonpaged pool
counters-paged-pool = paged pool
counters-received = received
counters-sent = sent

counters-tcp = TCP connections to the SMB port
counters-tcp-note = connections are not sessions: one can carry several, or belong to none
counters-established = established
counters-opening = opening
counters-close-wait = close wait
counters-time-wait = time wait
counters-closing = closing
