//! What kinds of hosts there are, and which crowds come to each.

use highwater_wire::{Limit, LimitSource};

use super::crowd::{DAY, HOUR, MIN, Manner, Rhythm};
use super::fleet::Flavour;
use super::hash::{below, chance, index, mix};
use super::kiosk;
use super::names::Site;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A Windows Server with terminal servers among its clients and a backup at night.
    FileServer,
    /// Windows 11 Pro, limit 20.
    Kiosk,
    /// A scanner opens sessions on it and never ends them.
    Scans,
    /// Grows towards its limit.
    Growing,
    /// Somebody set a limit.
    Limited,
    /// Nobody can tell its limit.
    UnknownLimit,
    /// Its agent is stopped for a while every few days.
    OftenSilent,
    /// A Samba server, which tells no idle times.
    Samba,
    /// The demo's kiosk, which fills up while one watches.
    Wave,
    /// For load: a fixed number of sessions.
    Busy,
}

/// The first hosts of a fleet are one of each kind; the others are drawn.
const FIRST: [Role; 9] = [
    Role::Kiosk,
    Role::FileServer,
    Role::Scans,
    Role::Growing,
    Role::Limited,
    Role::Samba,
    Role::OftenSilent,
    Role::UnknownLimit,
    Role::FileServer,
];

impl Role {
    pub(super) fn of(flavour: Flavour, number: u32, key: u64) -> Self {
        match (flavour, number) {
            (Flavour::Busy { .. }, _) => Self::Busy,
            (Flavour::Demo, 0) => Self::Wave,
            _ => FIRST.get(number as usize).copied().unwrap_or_else(|| drawn(key)),
        }
    }

    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Kiosk | Self::Wave => "KIOSK",
            Self::Samba => "NAS",
            Self::UnknownLimit => "FILER",
            Self::Limited => "APP",
            _ => "FS",
        }
    }

    pub(super) fn limit(self) -> Limit {
        let (sessions, source) = match self {
            Self::Kiosk | Self::Wave => (Some(20), LimitSource::Api),
            Self::Growing => (Some(250), LimitSource::Api),
            Self::Limited => (Some(150), LimitSource::Api),
            Self::Samba => (Some(200), LimitSource::SambaConf),
            Self::UnknownLimit => (None, LimitSource::Unknown),
            Self::FileServer | Self::Scans | Self::OftenSilent | Self::Busy => (None, LimitSource::Api),
        };
        Limit { sessions, unlimited: sessions.is_none() && source != LimitSource::Unknown, source }
    }

    /// Samba knows when sessions began, but not when they were last used.
    pub(super) fn tells_idle(self) -> bool {
        self != Self::Samba
    }
}

fn drawn(key: u64) -> Role {
    match below(mix(key, 0x401E), 100) {
        0..46 => Role::FileServer,
        46..64 => Role::Kiosk,
        64..70 => Role::Limited,
        70..76 => Role::Growing,
        76..86 => Role::Samba,
        86..92 => Role::Scans,
        92..96 => Role::OftenSilent,
        _ => Role::UnknownLimit,
    }
}

/// Which client a crowd's sessions come from.
#[derive(Debug, Clone)]
pub(super) enum Clients {
    One(Box<str>),
    /// From this many of the site's, some far more often than others; with a new choice for each stay or for each seat.
    Of {
        most: u32,
        per_stay: bool,
    },
}

/// Who the SMB user is.
#[derive(Debug, Clone)]
pub(super) enum Users {
    One(Box<str>),
    /// People, now and then a computer's own account.
    People,
}

#[derive(Debug, Clone)]
pub(super) struct Crowd {
    pub(super) key: u64,
    pub(super) rhythm: Rhythm,
    pub(super) manner: Manner,
    pub(super) seats: u32,
    pub(super) clients: Clients,
    pub(super) users: Users,
}

/// The crowds of one host. No limited host has more seats than its limit allows sessions, unless it plays its refusals.
pub(super) fn crowds(role: Role, key: u64, site: &Site, flavour: Flavour, anchor_at: i64) -> Vec<Crowd> {
    let cast = Cast { key, site };
    match role {
        Role::Busy => vec![cast.crowd(1, Rhythm::Busy, busy_seats(flavour)).per_stay(120)],
        Role::Kiosk => cast.kiosk(None),
        Role::Wave => cast.kiosk(Some(anchor_at)),
        Role::Samba => cast.office([70, 24, 6], 0),
        Role::Growing => {
            let mut all = vec![cast.crowd(1, Rhythm::Growing { anchor_at }, 205)];
            all.extend(cast.office([0, 26, 6], 0));
            all
        }
        Role::Limited => {
            let mut all = cast.office([64, 26, 30], 0);
            all.extend(cast.terminal_servers(1, 24));
            all
        }
        Role::Scans => {
            let mut all = cast.office([48, 26, 4], 0);
            all.push(cast.scanner());
            all
        }
        Role::FileServer | Role::UnknownLimit | Role::OftenSilent => {
            let size = 60 + index(mix(key, 2), 120);
            let mut all = cast.office([size, size / 3, 8], 30 + index(mix(key, 3), 50));
            all.extend(cast.terminal_servers(1 + index(mix(key, 4), 3), 26));
            all
        }
    }
}

fn busy_seats(flavour: Flavour) -> u32 {
    if let Flavour::Busy { sessions } = flavour { sessions } else { 0 }
}

struct Cast<'a> {
    key: u64,
    site: &'a Site,
}

impl Cast<'_> {
    fn crowd(&self, number: u64, rhythm: Rhythm, seats: u32) -> Crowd {
        Crowd {
            key: mix(self.key, number),
            rhythm,
            manner: Manner::Interactive,
            seats,
            clients: Clients::Of { most: 160, per_stay: false },
            users: Users::People,
        }
    }

    /// People at desks, short visits, application accounts, and a backup at night.
    fn office(&self, [desks, visitors, services]: [u32; 3], backups: u32) -> Vec<Crowd> {
        let period_ms = 50 * MIN + i64::from(index(mix(self.key, 5), 50)) * MIN;
        let all = [
            self.crowd(10, Rhythm::Office, desks),
            self.crowd(11, Rhythm::Visits { period_ms }, visitors).per_stay(160),
            self.crowd(12, Rhythm::Service, services * 2 / 3).of(&format!("SQL-{}-01", self.site.code), "svc-sql"),
            self.crowd(13, Rhythm::Service, services.div_ceil(3)).of(&format!("PRN-{}-02", self.site.code), ""),
            self.crowd(14, Rhythm::Backup, backups)
                .of(&format!("BKP-{}-01", self.site.code), "svc-backup")
                .doing(Manner::Working),
        ];
        all.into_iter().filter(|crowd| crowd.seats > 0).collect()
    }

    fn terminal_servers(&self, count: u32, seats: u32) -> impl Iterator<Item = Crowd> {
        (0..count).map(move |i| {
            let hash = mix(self.key, u64::from(i) + 40);
            let kind = if chance(hash, 500) { "TS" } else { "VDI" };
            let seats = if count == 1 { seats } else { seats / 2 + index(mix(hash, 1), seats) };
            let crowd = self.crowd(20 + u64::from(i), Rhythm::Office, seats);
            Crowd { clients: Clients::One(format!("{kind}-{}-{:02}", self.site.code, i + 1).into()), ..crowd }
        })
    }

    fn scanner(&self) -> Crowd {
        let every_ms = 38 * MIN + below(mix(self.key, 6), 20) * MIN;
        let restart_every_ms = 9 * DAY + below(mix(self.key, 7), 36) * HOUR;
        self.crowd(30, Rhythm::Leak { every_ms, restart_every_ms }, 0)
            .of(&format!("10.{}.9.{}", self.site.net, 30 + index(mix(self.key, 8), 60)), "svc-scan")
            .doing(Manner::Forgotten)
    }

    fn kiosk(&self, wave_at: Option<i64>) -> Vec<Crowd> {
        let restarted_at = wave_at.map(|at| at - kiosk::RESTART_BEFORE_MS);
        let mut all = vec![Crowd {
            clients: Clients::Of { most: 14, per_stay: false },
            ..self.crowd(50, Rhythm::Counter { limit: 20, restarted_at }, 30)
        }];
        if let Some(start_at) = wave_at {
            let wave = self.crowd(51, Rhythm::Wave { start_at }, 0);
            all.push(Crowd { clients: Clients::Of { most: 14, per_stay: false }, ..wave });
        }
        all
    }
}

impl Crowd {
    fn of(self, client: &str, user: &str) -> Self {
        Self { clients: Clients::One(client.into()), users: Users::One(user.into()), ..self }
    }

    fn per_stay(self, most: u32) -> Self {
        Self { clients: Clients::Of { most, per_stay: true }, ..self }
    }

    fn doing(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }
}
