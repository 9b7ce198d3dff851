# Advice stands in English where it is: server/src/findings/advice.rs.
