//! The watched family of events: what each one tells, in our words.
//!
//! An event is known by its provider and its id. The id alone is not enough: 2003 is also written by Perflib and by the
//! firewall. None of these events says "all sessions are taken"; a host that reaches its limit may log nothing at all, so
//! saturation always comes from counted sessions and an event only ever supports it.

use super::event::EventClass;

mod server;
mod system;

/// What one event of the family means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// What happened, as a short sentence without its full stop.
    pub title: &'static str,
    pub meaning: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// Which class an event belongs to. Providers are compared without regard to case.
#[must_use]
pub fn classify(provider: &str, code: u32) -> EventClass {
    match (family(provider), find(provider, code)) {
        (_, Some(known)) => known.class,
        // The right speaker says something that is not in the table: keep it in sight.
        (Some(Family::Server), None) => EventClass::Symptom,
        (Some(Family::SmbServer), None) => EventClass::Noise,
        _ => EventClass::Foreign,
    }
}

/// What the event means, if it is one of the family.
#[must_use]
pub fn describe(provider: &str, code: u32) -> Option<Meaning> {
    find(provider, code).map(|known| known.meaning)
}

/// The event's word, by which translations name its meaning: `server-2003`; none if it is not one of the family.
#[must_use]
pub fn word(provider: &str, code: u32) -> Option<String> {
    find(provider, code).and_then(|known| Some(family(provider)?.word_of(known)))
}

/// Everything that has a meaning, by its [`word`].
pub fn all() -> impl Iterator<Item = (String, Meaning)> {
    Family::ALL.into_iter().flat_map(|family| family.table().iter().map(move |k| (family.word_of(k), k.meaning)))
}

/// Every code that the family gives a meaning to, ascending; some belong to more than one provider.
#[must_use]
pub fn codes() -> Vec<u32> {
    let mut codes: Vec<u32> = Family::ALL.iter().flat_map(|f| f.table().iter().map(|k| k.code)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// The SMB server's driver and service: both write 2000 to 2513, under either name.
    Server,
    SmbServer,
    ServiceControl,
    EventLog,
}

struct Known {
    code: u32,
    class: EventClass,
    meaning: Meaning,
}

impl Family {
    const ALL: [Self; 4] = [Self::Server, Self::SmbServer, Self::ServiceControl, Self::EventLog];

    fn table(self) -> &'static [Known] {
        match self {
            Self::Server => server::SERVER,
            Self::SmbServer => system::SMB_SERVER,
            Self::ServiceControl => system::SERVICE_CONTROL,
            Self::EventLog => system::EVENT_LOG,
        }
    }

    fn word_of(self, known: &Known) -> String {
        let word = match self {
            Self::Server => "server",
            Self::SmbServer => "smb",
            Self::ServiceControl => "service",
            Self::EventLog => "log",
        };
        format!("{word}-{}", known.code)
    }
}

fn family(provider: &str) -> Option<Family> {
    match provider.trim().to_ascii_lowercase().as_str() {
        "srv" | "server" => Some(Family::Server),
        "microsoft-windows-smbserver" => Some(Family::SmbServer),
        "service control manager" => Some(Family::ServiceControl),
        "eventlog" | "microsoft-windows-eventlog" => Some(Family::EventLog),
        _ => None,
    }
}

fn find(provider: &str, code: u32) -> Option<&'static Known> {
    family(provider)?.table().iter().find(|k| k.code == code)
}

const fn known(
    code: u32,
    class: EventClass,
    title: &'static str,
    meaning: &'static str,
    advice: &'static str,
) -> Known {
    Known { code, class, meaning: Meaning { title, meaning, advice } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_compared_without_regard_to_case() {
        for provider in ["Srv", "SRV", "srv", "Server", "SERVER", " srv "] {
            assert_eq!(classify(provider, 2022), EventClass::Capacity, "{provider}");
            assert_eq!(classify(provider, 2012), EventClass::Noise, "{provider}");
        }
        assert_eq!(classify("microsoft-windows-SMBSERVER", 1020), EventClass::Symptom);
    }

    #[test]
    fn the_same_id_from_another_provider_is_foreign_and_has_no_meaning_here() {
        for provider in ["PerfNet", "Microsoft-Windows-Windows Firewall With Advanced Security", "LanmanServer", ""] {
            assert_eq!(classify(provider, 2003), EventClass::Foreign, "{provider}");
            assert_eq!(describe(provider, 2003), None, "{provider}");
        }
        assert_eq!(classify("Microsoft-Windows-SMBServer", 2003), EventClass::Noise);
    }

    #[test]
    fn event_2003_is_a_failed_start_and_says_so() {
        assert_eq!(classify("Srv", 2003), EventClass::StartUp);
        let said = describe("Srv", 2003).unwrap();
        assert!(said.title.contains("could not create a process"), "{}", said.title);
        assert!(said.meaning.contains("not documented"), "{}", said.meaning);
        assert!(said.advice.contains("Do not count it as saturation"), "{}", said.advice);
    }

    #[test]
    fn an_empty_pool_is_memory_and_another_driver_is_named_first() {
        for code in [2019, 2020] {
            assert_eq!(classify("srv", code), EventClass::Memory);
            assert!(describe("srv", code).unwrap().meaning.contains("usually another driver"));
        }
    }

    #[test]
    fn every_capacity_event_of_the_table_is_capacity() {
        for code in [2001, 2009, 2017, 2018, 2021, 2022, 2023, 2024, 2027] {
            assert_eq!(classify("Server", code), EventClass::Capacity, "{code}");
        }
    }

    #[test]
    fn an_unlisted_id_of_the_smb_server_stays_in_sight_without_a_meaning() {
        assert_eq!(classify("Srv", 2499), EventClass::Symptom);
        assert_eq!(describe("Srv", 2499), None);
        assert_eq!(classify("Service Control Manager", 7000), EventClass::Foreign);
    }

    #[test]
    fn no_code_stands_twice_in_a_table_and_all_words_are_there() {
        for family in Family::ALL {
            let mut codes: Vec<_> = family.table().iter().map(|k| k.code).collect();
            assert!(codes.is_sorted(), "{family:?}");
            codes.dedup();
            assert_eq!(codes.len(), family.table().len(), "{family:?}");
            for known in family.table() {
                let words = known.meaning;
                assert!(!words.title.ends_with('.') && !words.title.is_empty(), "{}", known.code);
                assert!(words.meaning.ends_with('.') && words.advice.ends_with('.'), "{}", known.code);
            }
        }
    }
}
