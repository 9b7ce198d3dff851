# What rules say stands in English where they are: server/src/findings.
