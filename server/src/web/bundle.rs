//! The evidence of an incident as one file to hand on: a zip. Promises:
//!
//! 1. **Names of entries are ours**: nothing from outside is in one.
//! 2. **The same evidence, the same bytes**: all entries are of one instant, in one order.
//! 3. **Nothing can be changed unseen**: `sha256sum -c SHA256SUMS` holds for every other entry.
//! 4. **No table is a program**: formulas are neutralised, as in every other table.

pub(in crate::web) mod tables;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::incident;
use crate::locale::{Locale, iso};
use crate::model::episode::Material;
use crate::model::evidence::Evidence;
use crate::model::eyes::Eyes;
use crate::model::host::Facts;

/// The media type of the whole.
pub const MEDIA_TYPE: &str = "application/zip";
const SUMS: &str = "SHA256SUMS";
const README: &str = "README.txt";

/// An entry: its name, and its text.
type Entry = (String, String);

/// Packs what the incident's evidence says, and what history still has of it, as far as these eyes may see it.
///
/// # Errors
/// There is more than a zip can hold.
pub fn bundle(evidence: &Evidence, material: &Material, eyes: &Eyes) -> Result<Vec<u8>, ZipError> {
    let mut entries = entries(evidence, material, eyes);
    entries.insert(0, (README.to_owned(), readme((evidence, material), &entries, eyes)));
    entries.push((SUMS.to_owned(), sums(&entries)));
    pack(&entries)
}

/// The name that the file is offered under.
#[must_use]
pub fn name(evidence: &Evidence) -> String {
    format!("highwater-incident-{}.zip", evidence.incident.map_or(0, |id| id.0))
}

fn entries(evidence: &Evidence, material: &Material, eyes: &Eyes) -> Vec<Entry> {
    let mut entries = vec![
        ("incident.json".to_owned(), json(&incident::body(evidence, eyes))),
        ("settings.json".to_owned(), json(&Settings::of(material.host.as_ref()))),
        ("holders.csv".to_owned(), tables::holders(evidence, eyes).to_file()),
        ("users.csv".to_owned(), tables::users(evidence, eyes).to_file()),
        ("usage.csv".to_owned(), tables::usage(material).to_file()),
        ("events.csv".to_owned(), tables::events(evidence, material, eyes).to_file()),
    ];
    let peak_at = evidence.peak.map(|peak| peak.taken_at);
    if let Some(look) = material.looks.iter().find(|look| Some(look.taken_at) == peak_at) {
        entries.push(("sessions-at-peak.csv".to_owned(), tables::sessions(look, &material.names, eyes).to_file()));
    }
    for (number, look) in (1..).zip(&material.looks) {
        entries.push((format!("snapshots/{number:04}.csv"), tables::sessions(look, &material.names, eyes).to_file()));
    }
    for (number, event) in (1..).zip(&material.events) {
        if let Some(xml) = event.xml.seen_by(eyes).filter(|xml| !xml.is_empty()) {
            entries.push((format!("events/{number:04}.xml"), xml.to_owned()));
        }
    }
    entries
}

/// What the host said of itself then.
#[derive(Serialize)]
struct Settings<'a> {
    /// When it said so; null if it said nothing.
    observed_at: Option<String>,
    name: &'a str,
    full_name: &'a str,
    domain: &'a str,
    cluster: &'a str,
    is_domain_controller: bool,
    addresses: &'a [String],
    os: &'a str,
    os_build: &'a str,
    time_zone: &'a str,
    agent_version: &'a str,
    /// Of the SMB server, by their own names.
    settings: BTreeMap<&'a str, &'a str>,
}

impl<'a> Settings<'a> {
    fn of(facts: Option<&'a Facts>) -> Option<Self> {
        let facts = facts?;
        Some(Self {
            observed_at: (facts.observed_at > 0).then(|| iso(facts.observed_at)),
            name: &facts.name,
            full_name: &facts.fqdn,
            domain: &facts.domain,
            cluster: &facts.cluster,
            is_domain_controller: facts.is_domain_controller,
            addresses: &facts.addresses,
            os: &facts.os,
            os_build: &facts.os_build,
            time_zone: &facts.time_zone,
            agent_version: &facts.agent_version,
            settings: facts.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        })
    }
}

/// JSON for people, too.
fn json(of: &impl Serialize) -> String {
    // Texts, numbers and lists, which JSON can all say.
    serde_json::to_string_pretty(of).unwrap_or_default() + "\n"
}

/// What is in it, and what is not. With lines as Notepad wants them.
fn readme((evidence, material): (&Evidence, &Material), entries: &[Entry], eyes: &Eyes) -> String {
    let has = |start: &str| entries.iter().any(|(name, _)| name.starts_with(start));
    let mut text = incident::plain(evidence, &Locale::machine(), "");
    text.push_str(
        "\n\nAll instants are UTC. Tables are CSV with commas, in UTF-8; an apostrophe before = + - @ keeps a\n",
    );
    text.push_str("spreadsheet from running what somebody named a computer.\n\n");
    let about = [
        ("incident.json", "the evidence for programs"),
        ("settings.json", "what the host said of itself then"),
        ("sessions-at-peak.csv", "every session at the peak"),
        ("holders.csv", "who held the sessions at the peak"),
        ("users.csv", "the users of those sessions"),
        ("usage.csv", "every five minutes, from an hour before to an hour after"),
        ("events.csv", "events of the host, from a quarter of an hour before on"),
        ("events/", "the records of those events, by the number in events.csv"),
        ("snapshots/", "every session in the snapshots around the peak, in order of time"),
    ];
    for (name, what) in about {
        let what = if has(name) { what } else { "not there: history no longer has it, or never did" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:<22}{what}");
    }
    let _ = writeln!(text, "{SUMS:<22}sums of all other files: sha256sum -c {SUMS}");
    if eyes.see_names() {
        text.push_str("\nThis holds names of people and computers. Hand it only to those who may see them.\n");
    } else {
        text.push_str(
            "\nUsers have pseudonyms here, since who asked for this does not see their names; so messages and\n",
        );
        text.push_str("records of events, in which names may stand, are left out. It holds names of computers.\n");
    }
    if let Some(cut_at) = evidence.looked.cut_at {
        let _ = writeln!(text, "Snapshots were looked at one by one until {}.", iso(cut_at));
    }
    if let Some(cut_at) = material.cut_at {
        let _ = writeln!(text, "usage.csv ends at {}.", iso(cut_at));
    }
    if evidence.more_events > 0 {
        let _ = writeln!(text, "{} more events are not listed.", evidence.more_events);
    }
    text.replace('\n', "\r\n")
}

/// As `sha256sum` writes and reads them: 64 digits, two spaces, the name.
fn sums(entries: &[Entry]) -> String {
    let line = |(name, text): &Entry| format!("{}  {name}\n", hex::encode(Sha256::digest(text.as_bytes())));
    entries.iter().map(line).collect()
}

fn pack(entries: &[Entry]) -> Result<Vec<u8>, ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests;
