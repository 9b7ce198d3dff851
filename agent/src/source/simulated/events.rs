//! The event log of simulated hosts: proper XML, read by the same code that reads real records.

use highwater_wire::Event;
use jiff::Timestamp;
use quick_xml::escape::escape;

use super::crowd::{DAY, HOUR, MIN, Rhythm, SEC, last_restart};
use super::fleet::Flavour;
use super::hash::{below, chance, heavy_index, index, mix};
use super::host::Host;
use super::kiosk;
use super::role::Role;
use crate::source::events::parse::parse_event;

const FIREWALL: &str = "Microsoft-Windows-Windows Firewall With Advanced Security";

/// A record before it is written as XML.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    at: i64,
    provider: &'static str,
    channel: &'static str,
    code: u32,
    level: u8,
    /// `EventData` or `UserData`, as XML.
    inner: String,
    message: String,
}

impl Host<'_> {
    /// Records of the event log in `(after_at, until_at]`, oldest first.
    #[must_use]
    pub fn events_between(&self, after_at: i64, until_at: i64) -> Vec<Event> {
        if after_at >= until_at || matches!(self.profile.role, Role::Samba | Role::Busy) {
            return Vec::new();
        }
        let mut entries = Vec::new();
        let mut now = self.moment(after_at);
        while now.began_at <= until_at {
            self.day_entries(now.day, now.began_at, &mut entries);
            self.refusals(&now, &mut entries);
            now = self.moment(now.began_at + DAY + 12 * HOUR);
        }
        self.wave_entries(after_at, until_at, &mut entries);
        self.once(&mut entries);
        entries.retain(|entry| (after_at + 1..=until_at).contains(&entry.at));
        entries.sort_by_key(|entry| (entry.at, entry.code));
        entries.iter().filter_map(|entry| self.record(entry)).collect()
    }

    /// What may happen on any day.
    fn day_entries(&self, day: i64, began_at: i64, entries: &mut Vec<Entry>) {
        let key = mix(mix(self.profile.key, 0xE7E7), day.cast_unsigned());
        let by_day = |hash: u64| began_at + 8 * HOUR + below(hash, 10 * 60 * 60) * SEC;
        if self.speaks_smb1() && chance(mix(key, 1), 170) {
            let (count, window) = (1 + index(mix(key, 2), 30), 60);
            entries.push(driver(by_day(mix(key, 3)), 2021, 3, &[count, window], packet(2021, 0x8000, &[])));
        }
        if chance(mix(key, 4), 190) {
            entries.push(self.slow(by_day(mix(key, 5)), mix(key, 6)));
        }
        if chance(mix(key, 7), 60) {
            entries.push(firewall(by_day(mix(key, 8)), mix(key, 9)));
        }
        let leak = self.profile.crowds.iter().find_map(|crowd| match crowd.rhythm {
            Rhythm::Leak { restart_every_ms, .. } => Some((crowd.key, restart_every_ms)),
            _ => None,
        });
        if let Some((crowd, restart_every_ms)) = leak {
            let since = began_at - last_restart(crowd, restart_every_ms, began_at);
            if since > 5 * DAY && chance(mix(key, 10), 600) {
                // 0x3EB is the session table.
                entries.push(driver(by_day(mix(key, 11)), 2009, 3, &[], packet(2009, 0x8000, &[0x3EB])));
            }
            if since > 7 * DAY && chance(mix(key, 12), 300) {
                entries.push(driver(by_day(mix(key, 13)), 2020, 2, &[], packet(2020, 0xC000, &[0x0B])));
            }
        }
    }

    /// A kiosk that refuses sessions says so at most every ten minutes, with how often.
    fn refusals(&self, now: &super::crowd::Moment, entries: &mut Vec<Entry>) {
        for crowd in &self.profile.crowds {
            let Rhythm::Counter { limit, restarted_at } = crowd.rhythm else { continue };
            let refused = kiosk::day(crowd.key, crowd.seats, limit, now).refused_at;
            let mut refused = refused.as_slice();
            while let Some(&first) = refused.first() {
                if restarted_at.is_some_and(|at| first >= at) {
                    break;
                }
                let together = refused.partition_point(|at| *at < first + 10 * MIN);
                let count = u32::try_from(together).unwrap_or(u32::MAX);
                entries.push(driver(first + 5 * SEC, 2022, 3, &[count, 60], packet(2022, 0x8000, &[])));
                refused = &refused[together..];
            }
        }
    }

    /// In the demo somebody is refused soon after each wave has filled the kiosk.
    fn wave_entries(&self, after_at: i64, until_at: i64, entries: &mut Vec<Entry>) {
        let wave = self.profile.crowds.iter().find_map(|crowd| match crowd.rhythm {
            Rhythm::Wave { start_at } => Some((start_at, crowd.key)),
            _ => None,
        });
        let Some((start_at, key)) = wave else { return };
        let first = ((after_at - start_at) / kiosk::WAVE_MS).max(0);
        let last = (until_at - start_at).div_euclid(kiosk::WAVE_MS);
        for number in first..=last {
            let full_at = start_at + number * kiosk::WAVE_MS + kiosk::WAVE_FULL_AFTER_MS;
            let count = 2 + index(mix(key, number.cast_unsigned()), 7);
            entries.push(driver(full_at + 9 * SEC, 2022, 3, &[count, 60], packet(2022, 0x8000, &[])));
        }
    }

    /// One host once logs the event that the web takes for the one of the connection limit.
    fn once(&self, entries: &mut Vec<Entry>) {
        if self.profile.number != 1 {
            return;
        }
        let at = self.fleet.anchor_at - 2 * DAY - 3 * HOUR;
        let mut entry = driver(at, 2003, 2, &[], packet(2003, 0xC000, &[]));
        entry.message = "The server could not create a process. The server could not be started.".to_owned();
        entries.push(entry);
    }

    /// A file operation took long; the record names who waited.
    fn slow(&self, at: i64, hash: u64) -> Entry {
        let people = &self.fleet.people;
        let client = people.client(self.profile.first_client + heavy_index(mix(hash, 1), 160));
        let user = people.user(mix(hash, 2));
        let millis = 15_000 + below(mix(hash, 3), 60_000);
        let inner = format!(
            "<UserData><EventData xmlns=\"Smb2Namespace\"><Command>5</Command><SessionId>0x{:x}</SessionId><UserName>CORP\\{}\
             </UserName><ClientName>\\\\{}</ClientName><ClientAddress>{}</ClientAddress><ShareName>\\\\*\\data</ShareName>\
             <FileName>projects</FileName><Duration>{millis}</Duration><Threshold>15000</Threshold></EventData></UserData>",
            mix(hash, 4) >> 16,
            escape(user),
            escape(client),
            socket_address(client),
        );
        Entry {
            at,
            provider: "Microsoft-Windows-SMBServer",
            channel: "Microsoft-Windows-SMBServer/Operational",
            code: 1020,
            level: 3,
            inner,
            message: "File system operation has taken longer than expected.".to_owned(),
        }
    }

    fn record(&self, entry: &Entry) -> Option<Event> {
        let instant = Timestamp::from_millisecond(entry.at).ok()?;
        // Two records of one second differ by their code; the log's own numbers need only grow and never repeat.
        let record_id = (entry.at / SEC).max(0) * 8 + i64::from(entry.code % 8);
        let qualifiers = if entry.level == 2 { 49_152 } else { 32_768 };
        let xml = format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"{}\"/>\
             <EventID Qualifiers=\"{qualifiers}\">{}</EventID><Level>{}</Level><Task>0</Task><Keywords>0x80000000000000</Keywords>\
             <TimeCreated SystemTime=\"{instant}\"/><EventRecordID>{record_id}</EventRecordID><Channel>{}</Channel>\
             <Computer>{}.corp.example</Computer><Security/></System>{}</Event>",
            entry.provider, entry.code, entry.level, entry.channel, self.profile.name, entry.inner,
        );
        match parse_event(&xml, Some(&entry.message)) {
            Ok(event) => Some(event),
            Err(error) => {
                tracing::error!(%error, code = entry.code, "a simulated event cannot be read");
                None
            }
        }
    }

    /// Whether the fleet is the demo's.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.fleet.flavour == Flavour::Demo
    }
}

/// A record of the kernel driver.
fn driver(at: i64, code: u32, level: u8, strings: &[u32], binary: String) -> Entry {
    let data: String = strings.iter().map(|number| format!("<Data>{number}</Data>")).collect();
    let inner = format!("<EventData><Data>\\Device\\LanmanServer</Data>{data}<Binary>{binary}</Binary></EventData>");
    let message = match (code, strings) {
        (2021, [count, window]) => {
            format!("The server was unable to create a work item {count} times in the last {window} seconds.")
        }
        (2022, [count, window]) => {
            format!("The server was unable to find a free connection {count} times in the last {window} seconds.")
        }
        (2009, _) => "The server could not expand a table because the table reached the maximum size.".to_owned(),
        (2020, _) => {
            "The server was unable to allocate from the system paged pool because the pool was empty.".to_owned()
        }
        _ => String::new(),
    };
    Entry { at, provider: "Srv", channel: "System", code, level, inner, message }
}

/// A record that only shares its number with one of the server's.
fn firewall(at: i64, hash: u64) -> Entry {
    let profile = 1 << index(hash, 3);
    Entry {
        at,
        provider: FIREWALL,
        channel: "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
        code: 2003,
        level: 4,
        inner: format!(
            "<EventData><Data Name=\"Profiles\">{profile}</Data><Data Name=\"SettingType\">1</Data></EventData>"
        ),
        message: "A Windows Firewall setting in a profile has changed.".to_owned(),
    }
}

/// An `IO_ERROR_LOG_PACKET` as its bytes are stored.
fn packet(code: u32, qualifiers: u32, dump: &[u32]) -> String {
    const INSUFFICIENT_RESOURCES: u32 = 0xC000_009A;
    let dump_bytes = 4 * u32::try_from(dump.len()).unwrap_or_default();
    let head = [dump_bytes << 16, 0x0054_0001, 0, qualifiers << 16 | code, 0, INSUFFICIENT_RESOURCES, 0, 0, 0, 0];
    head.iter().chain(dump).map(|word| hex::encode_upper(word.to_le_bytes())).collect()
}

/// An IPv4 client's socket address in hexadecimal; nothing for other clients.
fn socket_address(client: &str) -> String {
    let Ok(address) = client.parse::<std::net::Ipv4Addr>() else { return String::new() };
    let mut bytes = vec![2, 0, 0xC5, 0xEC];
    bytes.extend(address.octets());
    bytes.extend([0; 8]);
    hex::encode_upper(bytes)
}
