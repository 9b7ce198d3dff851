//! Names of invented clients and people.

use super::hash::{below, chance, index, mix};

/// A place with its zone. The offset serves where the system has no time zone data.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) code: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) offset_hours: i8,
    /// Second number of the site's addresses.
    pub(super) net: u8,
}

const SITE_COUNT: u32 = 6;
pub(super) const SITES: [Site; SITE_COUNT as usize] = [
    Site { code: "PAR", time_zone: "Europe/Paris", offset_hours: 1, net: 20 },
    Site { code: "LYO", time_zone: "Europe/Paris", offset_hours: 1, net: 21 },
    Site { code: "LON", time_zone: "Europe/London", offset_hours: 0, net: 30 },
    Site { code: "BER", time_zone: "Europe/Berlin", offset_hours: 1, net: 31 },
    Site { code: "NYC", time_zone: "America/New_York", offset_hours: -5, net: 40 },
    Site { code: "SIN", time_zone: "Asia/Singapore", offset_hours: 8, net: 50 },
];

const SURNAME_COUNT: u32 = 48;
const SURNAMES: [&str; SURNAME_COUNT as usize] = [
    "martin",
    "bernard",
    "dubois",
    "moreau",
    "laurent",
    "lefevre",
    "garnier",
    "chevalier",
    "fontaine",
    "rousseau",
    "smith",
    "jones",
    "taylor",
    "brown",
    "wilson",
    "evans",
    "walker",
    "wright",
    "hughes",
    "turner",
    "mueller",
    "schmidt",
    "schneider",
    "fischer",
    "weber",
    "becker",
    "hoffmann",
    "koch",
    "richter",
    "wolf",
    "garcia",
    "rossi",
    "novak",
    "kowalski",
    "silva",
    "santos",
    "nguyen",
    "tan",
    "lim",
    "wong",
    "chen",
    "kumar",
    "singh",
    "patel",
    "johnson",
    "davis",
    "miller",
    "okafor",
];

/// All clients and users of a fleet, so that a snapshot copies names instead of making them.
#[derive(Debug)]
pub(super) struct People {
    clients: Vec<Box<str>>,
    users: Vec<Box<str>>,
}

impl People {
    /// `clients` are spread over the sites in equal blocks.
    pub(super) fn new(seed: u64, clients: u32, users: u32) -> Self {
        let per_site = (clients / SITE_COUNT).max(1);
        let clients = SITES.iter().flat_map(|site| (0..per_site).map(move |i| client(seed, site, i))).collect();
        Self { clients, users: (0..users.max(1)).map(user).collect() }
    }

    /// How many clients each site has.
    pub(super) fn per_site(&self) -> u32 {
        u32::try_from(self.clients.len() / SITES.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn client(&self, index: u32) -> &str {
        &self.clients[index as usize % self.clients.len()]
    }

    pub(super) fn user(&self, hash: u64) -> &str {
        let count = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
        &self.users[index(hash, count) as usize]
    }
}

/// Most clients are listed by address, some by name, a few by a bracketed IPv6 address, as Windows does it.
fn client(seed: u64, site: &Site, i: u32) -> Box<str> {
    let hash = mix(mix(seed, 0xC11E), u64::from(site.net) << 32 | u64::from(i));
    let (high, low) = (i / 200, i % 200 + 20);
    let text = match below(hash, 10) {
        0 => format!("[fd00:{:x}:{:x}::{:x}]", site.net, high, low),
        1 | 2 => format!("PC-{}-{:04}", site.code, i + 1),
        _ if high < 200 => format!("10.{}.{}.{}", site.net, high + 10, low),
        _ => format!("10.{}.{}.{}", u32::from(site.net) + 100 + high / 200, high % 200 + 10, low),
    };
    text.into_boxed_str()
}

/// First initial and surname; where both are taken, a number.
fn user(i: u32) -> Box<str> {
    let surname = SURNAMES[(i % SURNAME_COUNT) as usize];
    // Steps of 7 go through all 26 initials before one comes again for the same surname.
    let round = i / SURNAME_COUNT;
    let initial = char::from(b'a' + u8::try_from((round * 7 + i * 3) % 26).unwrap_or_default());
    let text = if round < 26 { format!("{initial}{surname}") } else { format!("{initial}{surname}{}", round / 26 + 1) };
    text.into_boxed_str()
}

/// Whether a client's sessions run under the computer's own account.
pub(super) fn is_computer(hash: u64) -> bool {
    chance(hash, 60)
}

/// The account of a computer that is known by its name.
pub(super) fn computer_account(site: &Site, hash: u64) -> String {
    format!("PC-{}-{:04}$", site.code, index(hash, 400) + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_has_the_name_of_another() {
        let people = People::new(1, 60_000, 5_000);
        let clients: HashSet<_> = people.clients.iter().collect();
        let users: HashSet<_> = people.users.iter().collect();
        assert_eq!((clients.len(), users.len()), (60_000, 5_000));
        assert!(
            people.clients.iter().any(|c| c.starts_with('[')) && people.clients.iter().any(|c| c.starts_with("PC-"))
        );
        for address in people.clients.iter().filter(|c| c.starts_with("10.")) {
            assert!(address.parse::<std::net::Ipv4Addr>().is_ok(), "{address}");
        }
    }
}
