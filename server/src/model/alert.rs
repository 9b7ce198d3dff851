//! Rules by which incidents open and close, and when nobody is to be told.

use super::id::{AlertRuleId, HostId, SilenceId};
use super::incident::Kind;
use super::time::{DAY_MS, MINUTE_MS};

/// When an incident of one kind opens and closes. What a kind does not ask is left as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Opens at this share of the limit: sessions ÷ limit.
    pub open_at: f64,
    /// So many snapshots in a row have to be there.
    pub open_looks: u32,
    /// For so long, in milliseconds.
    pub open_ms: i64,
    /// Closes at or below this share of the limit.
    pub close_at: f64,
    /// Once it has stayed there for so long, in milliseconds.
    pub close_ms: i64,
}

/// A rule as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub id: AlertRuleId,
    pub kind: Kind,
    /// Hosts of this group; empty for all that have no rule of their own for this kind.
    pub group_name: String,
    pub is_on: bool,
    pub levels: Levels,
    pub updated_at: i64,
    /// Empty for those that come with the program.
    pub updated_by: String,
}

/// The rules in force: one per kind and group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules(pub Vec<Rule>);

/// A time in which nobody is told of new incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub id: SilenceId,
    /// Maintenance that was planned, or somebody's wish for quiet.
    pub is_maintenance: bool,
    /// Of this host; none for those of the group.
    pub host: Option<HostId>,
    /// Empty if there is none.
    pub host_name: String,
    /// Hosts of this group; empty, without a host, for all.
    pub group_name: String,
    /// Of this kind; none for all.
    pub kind: Option<Kind>,
    pub from_at: i64,
    pub until_at: i64,
    /// It comes again every week at the same time.
    pub is_weekly: bool,
    /// The zone by whose clock it comes again.
    pub time_zone: String,
    pub reason: String,
    pub created_by: String,
    pub created_at: i64,
}

/// Why levels cannot be. The word of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Not above 0 and up to 150 %.
    Share,
    /// The level to close at is not below that to open at.
    Order,
    /// None, or more than [`MOST_LOOKS`].
    Looks,
    /// Longer than [`LONGEST_OPEN_MS`].
    Open,
    /// Longer than [`LONGEST_CLOSE_MS`].
    Close,
}

/// Percent of a limit at most.
pub const HIGHEST_PERCENT: u32 = 150;
pub const MOST_LOOKS: u32 = 20;
pub const LONGEST_OPEN_MS: i64 = 60 * MINUTE_MS;
pub const LONGEST_CLOSE_MS: i64 = 24 * 60 * MINUTE_MS;
/// Silences that are not over, at most: each is looked at whenever an incident opens.
pub const MOST_SILENCES: usize = 1_000;
/// What lasts longer is a rule, not a silence.
pub const LONGEST_SILENCE_MS: i64 = 366 * DAY_MS;
/// Characters of a silence's reason at most.
pub const LONGEST_REASON: usize = 200;

impl Mistake {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Order => "order",
            Self::Looks => "looks",
            Self::Open => "open",
            Self::Close => "close",
        }
    }
}

impl Levels {
    /// What a kind starts with.
    #[must_use]
    pub fn first(kind: Kind) -> Self {
        let full = Self { open_at: 0.9, open_looks: 2, open_ms: 0, close_at: 0.75, close_ms: 15 * MINUTE_MS };
        match kind {
            Kind::Near => Self { open_at: 0.8, open_ms: 10 * MINUTE_MS, close_at: 0.7, ..full },
            Kind::Share => Self { open_at: 1.0, open_looks: 1, close_at: 0.9, ..full },
            Kind::Silent | Kind::Pipeline => Self { open_ms: 10 * MINUTE_MS, close_ms: 0, ..full },
            Kind::Full | Kind::Capacity | Kind::Leak | Kind::Flood => full,
        }
    }

    /// # Errors
    /// Says what is wrong with them.
    pub fn check(&self, kind: Kind) -> Result<(), Mistake> {
        let is_share = |share: f64| share > 0.0 && share <= 1.5;
        if kind.has_share() && !(is_share(self.open_at) && is_share(self.close_at)) {
            return Err(Mistake::Share);
        }
        if kind.has_share() && self.close_at >= self.open_at {
            return Err(Mistake::Order);
        }
        match () {
            () if !(1..=MOST_LOOKS).contains(&self.open_looks) => Err(Mistake::Looks),
            () if !(0..=LONGEST_OPEN_MS).contains(&self.open_ms) => Err(Mistake::Open),
            () if !(0..=LONGEST_CLOSE_MS).contains(&self.close_ms) => Err(Mistake::Close),
            () => Ok(()),
        }
    }
}

impl Kind {
    /// Whether its rule compares with a limit.
    #[must_use]
    pub fn has_share(self) -> bool {
        matches!(self, Self::Full | Self::Near | Self::Share)
    }

    /// Whether so many looks in a row have to say so.
    #[must_use]
    pub fn has_looks(self) -> bool {
        matches!(self, Self::Full | Self::Near)
    }

    /// Whether it has a time after which it opens.
    #[must_use]
    pub fn has_open_time(self) -> bool {
        matches!(self, Self::Full | Self::Near | Self::Silent | Self::Pipeline)
    }

    /// Whether it closes after a time of quiet.
    #[must_use]
    pub fn has_close_time(self) -> bool {
        matches!(self, Self::Full | Self::Near | Self::Capacity | Self::Flood)
    }

    /// Whether groups may have rules of their own: not what is about the fleet.
    #[must_use]
    pub fn is_of_hosts(self) -> bool {
        self != Self::Pipeline
    }
}

impl Rules {
    /// The rule of a kind for hosts of a group: its own, else that of all. None if it is switched off.
    #[must_use]
    pub fn of(&self, kind: Kind, group_name: &str) -> Option<&Rule> {
        let of = |group: &str| self.0.iter().find(|rule| rule.kind == kind && rule.group_name == group);
        let own = if group_name.is_empty() { None } else { of(group_name) };
        own.or_else(|| of("")).filter(|rule| rule.is_on)
    }

    /// The lowest share from which on anything may open, of any group.
    #[must_use]
    pub fn lowest_share(&self) -> f64 {
        let shares = self.0.iter().filter(|rule| rule.is_on && matches!(rule.kind, Kind::Full | Kind::Near));
        shares.map(|rule| rule.levels.open_at).fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: Kind, group_name: &str, is_on: bool) -> Rule {
        let id = AlertRuleId(1);
        let (updated_at, updated_by) = (0, String::new());
        Rule { id, kind, group_name: group_name.to_owned(), is_on, levels: Levels::first(kind), updated_at, updated_by }
    }

    #[test]
    fn a_group_s_own_rule_comes_first_also_when_it_is_switched_off() {
        let rules =
            Rules(vec![rule(Kind::Full, "", true), rule(Kind::Full, "lab", false), rule(Kind::Near, "lab", true)]);
        assert!(rules.of(Kind::Full, "").is_some() && rules.of(Kind::Full, "Paris").is_some());
        assert!(rules.of(Kind::Full, "lab").is_none());
        assert!(rules.of(Kind::Near, "lab").is_some() && rules.of(Kind::Near, "").is_none());
        assert!((rules.lowest_share() - 0.8).abs() < 1e-9);
        assert!(Rules::default().lowest_share() > 1e9);
    }

    #[test]
    fn what_every_kind_starts_with_may_be_and_what_makes_no_sense_may_not() {
        assert!(Kind::ALL.into_iter().all(|kind| Levels::first(kind).check(kind).is_ok()));
        let full = Levels::first(Kind::Full);
        for (levels, mistake) in [
            (Levels { open_at: 0.0, ..full }, Mistake::Share),
            (Levels { close_at: f64::NAN, ..full }, Mistake::Share),
            (Levels { open_at: 2.0, ..full }, Mistake::Share),
            (Levels { close_at: 0.9, ..full }, Mistake::Order),
            (Levels { open_looks: 0, ..full }, Mistake::Looks),
            (Levels { open_ms: -1, ..full }, Mistake::Open),
            (Levels { close_ms: LONGEST_CLOSE_MS + 1, ..full }, Mistake::Close),
        ] {
            assert_eq!(levels.check(Kind::Full), Err(mistake), "{levels:?}");
        }
        assert_eq!(Levels { close_at: 0.9, ..full }.check(Kind::Silent), Ok(()), "no share is asked there");
    }
}
