//! Opens the source that the settings name.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Settings;
use crate::source::Source;
use crate::source::samba::{Samba, SambaSettings};
use crate::source::scripted::Scripted;
use crate::source::simulated::{Fleet, Simulated};

/// As many hosts as the demonstration has.
const SIMULATED_HOSTS: u32 = 24;

/// # Errors
/// Says which sources there are, or why this one cannot be opened.
pub(crate) fn source(settings: &Settings, clock: &Clock) -> Result<Box<dyn Source>, String> {
    let named = settings.source.as_str();
    let (kind, rest) = named.split_once(':').unwrap_or((named, ""));
    match kind {
        "samba" => {
            let configfile = (!rest.is_empty()).then(|| Path::new(rest).to_owned());
            Ok(Box::new(Samba::new(SambaSettings { configfile, ..SambaSettings::default() })))
        }
        "scripted" if !rest.is_empty() => {
            let script = Scripted::open(Path::new(rest)).map_err(|e| format!("the recording {rest}: {e}"))?;
            Ok(Box::new(script))
        }
        "simulated" => simulated(rest, clock),
        #[cfg(windows)]
        "windows" => Ok(Box::new(crate::source::windows::Windows::start(&settings.data_dir))),
        #[cfg(not(windows))]
        "windows" => Err("the source windows is there on Windows only: here it is samba".to_owned()),
        _ => Err(format!(
            "there is no source {named:?}: it is windows, samba, samba:SMB.CONF, scripted:FILE or simulated:HOST[,SEED[,HOSTS]]"
        )),
    }
}

fn simulated(rest: &str, clock: &Clock) -> Result<Box<dyn Source>, String> {
    let numbers: Vec<u64> = rest
        .split(',')
        .filter(|part| !part.is_empty())
        .map(|part| part.trim().parse().map_err(|_| format!("simulated:{rest}: {part:?} is not a number")))
        .collect::<Result<_, _>>()?;
    let number = |i: usize, otherwise: u64| numbers.get(i).copied().unwrap_or(otherwise);
    let hosts = u32::try_from(number(2, SIMULATED_HOSTS.into())).ok().filter(|hosts| *hosts > 0);
    let (Some(hosts), Ok(host)) = (hosts, u32::try_from(number(0, 0))) else {
        return Err(format!("simulated:{rest}: there must be a host"));
    };
    if host >= hosts {
        return Err(format!("simulated:{rest}: hosts are numbered from 0, and there are {hosts}"));
    }
    let fleet = Fleet::around(number(1, 1), hosts, clock.now_at());
    Ok(Box::new(Simulated::new(Arc::new(fleet), host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(named: &str) -> Result<&'static str, String> {
        let settings = Settings { source: named.to_owned(), ..Settings::new("https://h.example", "/nowhere") };
        source(&settings, &Clock::manual(1_795_564_800_000)).map(|source| source.name())
    }

    #[test]
    fn sources_are_opened_by_name() {
        assert_eq!(open("samba"), Ok("samba"));
        assert_eq!(open("simulated:3,7,10"), Ok("simulated"));
        assert_eq!(open("simulated"), Ok("simulated"));
    }

    #[test]
    fn what_cannot_be_opened_is_said_in_words() {
        for (bad, why) in [
            ("macos", "no source"),
            ("scripted:", "no source"),
            ("scripted:/nowhere.jsonl", "/nowhere.jsonl"),
            ("simulated:x", "not a number"),
            ("simulated:24", "numbered from 0"),
        ] {
            let error = open(bad).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }
}
