//! `smbstatus --json` → sessions; pure.
//!
//! A session is joined with its tree connects by its id. An open names only its server process and a uid: one process serves
//! one client connection, which may hold several sessions. Opens therefore go to the session of that process with that uid;
//! among several of the same user to the oldest, and when none has that uid (`force user`) to the oldest of the process. Sums
//! per client are right in every case.

use std::collections::{BTreeMap, HashMap};

use highwater_wire::MAX_NAME_BYTES;
use jiff::Timestamp;

use super::address::{client_name, cut};
use super::json::{Answer, File, Id, Name, ServerId, SessionEntry, TreeConnect, Values};

/// What one answer lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Samba's version, for example `4.17.12-Debian`.
    pub version: String,
    /// Oldest first; those of unknown age last.
    pub sessions: Vec<Listed>,
    /// How many tree connects each share has; a share without any is not told.
    pub uses: BTreeMap<String, u32>,
}

/// One session of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Samba's own id, in decimal.
    pub id: String,
    pub client: String,
    /// As Samba writes it, with the domain if there is one.
    pub user: String,
    pub opens: u32,
    /// When it was authenticated, else its earliest tree connect; `None` if neither is told.
    pub started_at: Option<i64>,
}

/// Why an answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error(
        "it lists no sessions at all, not even none: smbstatus has to run as root, and Samba has to be 4.17 or later"
    )]
    NoSessionList,
}

/// Reads one answer.
///
/// # Errors
/// When it is not JSON of the expected shape (a truncated answer is an error, never fewer sessions), or has no list of
/// sessions.
pub fn parse(answer: &[u8]) -> Result<Status, ParseError> {
    let answer: Answer = serde_json::from_slice(answer)?;
    let entries = answer.sessions.ok_or(ParseError::NoSessionList)?.0;
    let connects = answer.tcons.map(|t| t.0).unwrap_or_default();
    let uses = uses(&connects);
    let connects = earliest_connects(connects);
    let mut found: Vec<(SessionEntry, Option<i64>)> = entries
        .into_iter()
        .filter(|entry| is_authenticated(&entry.uid))
        .map(|entry| {
            let told = instant(entry.auth_time.as_ref());
            let started_at = told.or_else(|| connects.get(&entry.session_id).copied());
            (entry, started_at)
        })
        .collect();
    found.sort_by(|(a, a_at), (b, b_at)| {
        (a_at.is_none(), a_at, &a.session_id).cmp(&(b_at.is_none(), b_at, &b.session_id))
    });
    let opens = attribute(&found, [answer.open_files, answer.locked_files]);
    let sessions = found.into_iter().zip(opens).map(|((entry, started_at), opens)| list(entry, started_at, opens));
    Ok(Status { version: answer.version.unwrap_or_default().0, sessions: sessions.collect(), uses })
}

fn list(entry: SessionEntry, started_at: Option<i64>, opens: u32) -> Listed {
    let text = |name: Option<Name>| name.unwrap_or_default().0;
    Listed {
        client: client_name(&text(entry.hostname), &text(entry.remote_machine)),
        user: cut(&text(entry.username), MAX_NAME_BYTES).to_owned(),
        id: entry.session_id.0,
        opens,
        started_at,
    }
}

/// While a session is being set up, its uid is (uid_t)−1: it is not a session yet.
fn is_authenticated(uid: &Id) -> bool {
    !matches!(uid.0.as_str(), "-1" | "4294967295" | "18446744073709551615")
}

fn uses(connects: &[TreeConnect]) -> BTreeMap<String, u32> {
    let mut uses: BTreeMap<String, u32> = BTreeMap::new();
    for service in connects.iter().filter_map(|connect| connect.service.as_ref()) {
        *uses.entry(cut(&service.0, MAX_NAME_BYTES).to_owned()).or_default() += 1;
    }
    uses
}

fn earliest_connects(connects: Vec<TreeConnect>) -> HashMap<Id, i64> {
    let mut earliest: HashMap<Id, i64> = HashMap::new();
    for connect in connects {
        let Some(at) = instant(connect.connected_at.as_ref()) else { continue };
        earliest.entry(connect.session_id).and_modify(|first| *first = at.min(*first)).or_insert(at);
    }
    earliest
}

/// How many opens each session has. `sessions` are in order of age, so the first match is the oldest.
fn attribute(sessions: &[(SessionEntry, Option<i64>)], files: [Option<Values<File>>; 2]) -> Vec<u32> {
    let mut by_user: HashMap<(&ServerId, &Id), usize> = HashMap::new();
    let mut by_server: HashMap<&ServerId, usize> = HashMap::new();
    for (index, (entry, _)) in sessions.iter().enumerate() {
        by_user.entry((&entry.server_id, &entry.uid)).or_insert(index);
        by_server.entry(&entry.server_id).or_insert(index);
    }
    let mut opens = vec![0_u32; sessions.len()];
    let files = files.into_iter().flatten().flat_map(|files| files.0);
    for open in files.filter_map(|file| file.opens).flat_map(|opens| opens.0) {
        let owner = by_user.get(&(&open.server_id, &open.uid)).or_else(|| by_server.get(&open.server_id));
        if let Some(count) = owner.and_then(|&index| opens.get_mut(index)) {
            *count = count.saturating_add(1);
        }
    }
    opens
}

/// `2026-11-24T03:44:46.972886+00:00`, with or without a fraction and a colon in the offset.
fn instant(text: Option<&Name>) -> Option<i64> {
    let text = text?.0.as_str();
    let at: Timestamp = text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())?;
    // Samba writes the start of 1970 where it does not know.
    Some(at.as_millisecond()).filter(|&at| at > 0)
}
