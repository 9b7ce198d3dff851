//! Which records of which channels are wanted, as the query that the event log takes.

/// A channel, its providers, and ids from–to of theirs.
type Wanted = (&'static str, &'static [&'static str], &'static [(u32, u32)]);

/// The family of the SMB server, and what tells that it or its log began again.
const WANTED: &[Wanted] = &[
    // The kernel driver and the service. Which of the two names a record has differs between versions. 2003 is no event of
    // saturation, but people ask for it.
    ("System", &["Srv", "Server", "LanmanServer"], &[(2_000, 2_027), (2_501, 2_513)]),
    ("System", &["Service Control Manager"], &[(7_031, 7_031), (7_034, 7_034), (7_036, 7_036)]),
    ("System", &["EventLog"], &[(6_005, 6_006), (6_008, 6_008)]),
    ("System", &["Microsoft-Windows-Eventlog"], &[(104, 104)]),
    (
        "Microsoft-Windows-SMBServer/Operational",
        &["Microsoft-Windows-SMBServer"],
        &[(1_001, 1_001), (1_016, 1_017), (1_020, 1_020), (1_023, 1_026), (1_031, 1_032)],
    ),
];

/// 2003 has other meanings with other providers (of performance counters, or a firewall). People who look for the number find these
/// too; that they are something else is said only if they are known.
const FOREIGN: (&[&str], u32) = (&["System", "Application"], 2_003);

/// Channels that are read.
#[must_use]
pub fn channels() -> Vec<&'static str> {
    let mut channels: Vec<_> = WANTED.iter().map(|(channel, ..)| *channel).chain(FOREIGN.0.iter().copied()).collect();
    channels.sort_by_key(|channel| channel.len());
    channels.dedup();
    channels
}

/// The query of one channel. Provider names are compared exactly by the event log, so each spelling that occurs is named.
#[must_use]
pub fn query(channel: &str) -> String {
    let mut selects = String::new();
    for (_, providers, ids) in WANTED.iter().filter(|(of, ..)| *of == channel) {
        let names: Vec<String> =
            providers.iter().flat_map(|name| spellings(name)).map(|name| format!("@Name='{name}'")).collect();
        let ids: Vec<String> = ids
            .iter()
            .map(|(from, to)| match from == to {
                true => format!("EventID={from}"),
                false => format!("(EventID &gt;= {from} and EventID &lt;= {to})"),
            })
            .collect();
        let (names, ids) = (names.join(" or "), ids.join(" or "));
        selects += &format!("<Select Path=\"{channel}\">*[System[Provider[{names}] and ({ids})]]</Select>");
    }
    if FOREIGN.0.contains(&channel) {
        selects += &format!("<Select Path=\"{channel}\">*[System[(EventID={})]]</Select>", FOREIGN.1);
    }
    format!("<QueryList><Query Id=\"0\" Path=\"{channel}\">{selects}</Query></QueryList>")
}

/// Whether a record that came some other way, such as out of a file, would have been wanted.
#[must_use]
pub fn wants(channel: &str, provider: &str, code: u32) -> bool {
    WANTED.iter().any(|(of, providers, ids)| {
        of.eq_ignore_ascii_case(channel)
            && providers.iter().any(|name| name.eq_ignore_ascii_case(provider))
            && ids.iter().any(|(from, to)| (*from..=*to).contains(&code))
    })
}

/// `Srv`, `SRV` and `srv` all occur.
fn spellings(name: &str) -> Vec<String> {
    match name {
        "Srv" | "Server" => vec![name.to_owned(), name.to_uppercase(), name.to_lowercase()],
        _ => vec![name.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_told_by_channel_provider_and_id() {
        assert!(wants("System", "SRV", 2_022) && wants("system", "eventlog", 6_008));
        assert!(wants("Microsoft-Windows-SMBServer/Operational", "Microsoft-Windows-SMBServer", 1_020));
        assert!(!wants("Application", "Microsoft-Windows-LoadPerf", 2_003), "only the number is the same");
        assert!(!wants("System", "Service Control Manager", 2_003) && !wants("System", "Srv", 7_036));
    }

    #[test]
    fn a_query_is_well_formed_and_names_its_channel() {
        assert_eq!(channels(), ["System", "Application", "Microsoft-Windows-SMBServer/Operational"]);
        for channel in channels() {
            let query = query(channel);
            let mut reader = quick_xml::Reader::from_str(&query);
            let mut selects = 0;
            loop {
                match reader.read_event().unwrap() {
                    quick_xml::events::Event::Start(start) if start.name().as_ref() == "Select" => selects += 1,
                    quick_xml::events::Event::Eof => break,
                    _ => {}
                }
            }
            assert!(selects > 0 && query.contains(&format!("Path=\"{channel}\"")), "{query}");
            // The event log takes at most some twenty expressions a query.
            assert!(query.matches("EventID").count() + query.matches("@Name").count() <= 40, "{query}");
        }
        assert!(query("Application").contains("*[System[(EventID=2003)]]"), "of any provider");
        assert!(query("System").contains("@Name='srv'") && query("System").contains("EventID &gt;= 2000"));
    }
}
