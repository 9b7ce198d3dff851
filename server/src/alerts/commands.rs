//! PowerShell for a person to read and to run: what frees idle sessions of an episode, and what records what the SMB server of a host
//! does. Highwater runs none of it. Promises:
//!
//! 1. **Least harm first**: idle sessions without an open file, longest idle first; then, behind a warning, idle ones with open files.
//!    Sessions in use are never met, and one that is used meanwhile no longer matches.
//! 2. **A dry run first**, and then a question for every session.
//! 3. **A name stays a name**: one string constant, compared letter by letter. A name with characters that a constant cannot carry, or that
//!    whoever reads it cannot see, is left out, and that is said.
//! 4. **A comment stays a comment**: no name ends its line.

mod quote;
mod trace;

pub use self::quote::{quoted, shown, signs};
pub use self::trace::trace;
use crate::model::class::address_of;
use crate::model::evidence::{Evidence, IdleClient, IdleSessions};
use crate::model::snapshot::IDLE_AFTER_SECS;

/// Commands with what is said about them, in no language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Note(Note),
    Code(String),
    /// Only in a file, which runs as a whole: a mistake of host has to end it.
    Guard(String),
}

/// What a comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Which sessions these are.
    Freeing {
        host: String,
        incident: i64,
        at: i64,
    },
    /// Who runs them, and what each does.
    ByHand,
    /// Idle sessions of a client without an open file; `place` counts the steps.
    Idle {
        place: usize,
        client: String,
        sessions: IdleSessions,
    },
    /// What follows may lose work.
    MayLose,
    /// Idle sessions of a client with open files.
    WithOpens {
        place: usize,
        client: String,
        sessions: IdleSessions,
        opens: u64,
    },
    /// A client is left out for what its name is made of: code points.
    LeftOut {
        sessions: u32,
        signs: String,
    },
    /// So many clients had idle sessions, too.
    More {
        clients: u32,
    },
    /// What is recorded where, and for how long.
    Recording {
        host: String,
        secs: u32,
    },
    /// How large it gets at the most.
    Size {
        mebibytes: u32,
    },
    Privacy,
}

/// Why there is nothing to free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// The commands are for Windows.
    NotWindows,
    /// Nobody knows who was there.
    NotObserved,
    /// Its source does not tell idle times or open files.
    NotKnown,
    /// Everybody was busy.
    NobodyIdle,
}

impl Nothing {
    /// The word in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotWindows => "not-windows",
            Self::NotObserved => "not-observed",
            Self::NotKnown => "not-known",
            Self::NobodyIdle => "nobody-idle",
        }
    }
}

/// Where a script goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// To be read and copied, a step at a time.
    Page,
    /// As a whole.
    File,
}

/// What frees the sessions that were idle at the peak.
///
/// # Errors
/// Says why there is nothing.
pub fn free(evidence: &Evidence) -> Result<Script, Nothing> {
    let host = &evidence.host;
    let peak = evidence.peak.ok_or(Nothing::NotObserved)?;
    match peak.idle_zero_open {
        _ if !host.os.starts_with("Windows") => return Err(Nothing::NotWindows),
        None => return Err(Nothing::NotKnown),
        Some(_) if evidence.idle.is_empty() => return Err(Nothing::NobodyIdle),
        Some(_) => {}
    }
    let incident = evidence.incident.map_or(0, |id| id.0);
    let mut script = Script(vec![
        Part::Note(Note::Freeing { host: shown(&host.name), incident, at: peak.taken_at }),
        Part::Note(Note::ByHand),
    ]);
    script.0.extend(guard(&host.name).map(Part::Guard));
    let mut place = 0;
    for client in evidence.idle.iter().filter(|client| client.zero_open.sessions > 0) {
        let step = |place| Note::Idle { place, client: shown(&client.name), sessions: client.zero_open };
        script.step((client, client.zero_open), "-eq 0", &mut place, step);
    }
    let mut with_opens: Vec<&IdleClient> = evidence.idle.iter().filter(|of| of.with_opens.sessions > 0).collect();
    with_opens.sort_by_key(|client| std::cmp::Reverse(client.with_opens.longest_secs));
    if !with_opens.is_empty() {
        script.0.push(Part::Note(Note::MayLose));
    }
    for client in with_opens {
        let (sessions, opens) = (client.with_opens, client.opens);
        let step = |place| Note::WithOpens { place, client: shown(&client.name), sessions, opens };
        script.step((client, sessions), "-gt 0", &mut place, step);
    }
    if evidence.more_idle > 0 {
        script.0.push(Part::Note(Note::More { clients: evidence.more_idle }));
    }
    Ok(script)
}

impl Script {
    /// Adds what meets idle sessions of a client that have so many open files.
    fn step(
        &mut self,
        (client, sessions): (&IdleClient, IdleSessions),
        opens: &str,
        place: &mut usize,
        note: impl FnOnce(usize) -> Note,
    ) {
        let Some(is_client) = is_client(&client.name) else {
            let signs = signs(&client.name);
            self.0.push(Part::Note(Note::LeftOut { sessions: sessions.sessions, signs }));
            return;
        };
        *place += 1;
        self.0.push(Part::Note(note(*place)));
        self.0.push(Part::Code(format!(
            "$idle = {{ {is_client} -and $_.NumOpens {opens} -and $_.SecondsIdle -ge {IDLE_AFTER_SECS} }}\n\
             Get-SmbSession | Where-Object $idle | Close-SmbSession -WhatIf\n\
             Get-SmbSession | Where-Object $idle | Close-SmbSession -Confirm"
        )));
    }

    /// The whole text, its lines ended by U+000A. `say` puts a note into words.
    #[must_use]
    pub fn text(&self, form: Form, say: impl Fn(&Note) -> String) -> String {
        let mut text = String::new();
        let mut was_code = false;
        for part in &self.0 {
            match part {
                Part::Guard(_) if form == Form::Page => {}
                Part::Guard(code) | Part::Code(code) => {
                    text.push_str(code);
                    text.push('\n');
                    was_code = true;
                }
                Part::Note(note) => {
                    if std::mem::take(&mut was_code) {
                        text.push('\n');
                    }
                    text.push_str(&comment(&say(note)));
                }
            }
        }
        text
    }

    /// How many commands there are.
    #[must_use]
    pub fn commands(&self) -> usize {
        self.0.iter().filter(|part| matches!(part, Part::Code(_))).count()
    }
}

/// The text as a file for every PowerShell: Windows PowerShell takes one without the mark for the system's code page.
#[must_use]
pub fn file(text: &str) -> Vec<u8> {
    format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()
}

/// Each line behind its own sign; what would end a line, or show it otherwise than it is, is replaced.
fn comment(words: &str) -> String {
    let line = |line: &str| format!("# {}\n", line.chars().map(quote::visible).collect::<String>());
    words.split('\n').map(line).collect()
}

/// Whether a session is the client's. Letter by letter: `-eq` takes names for the same that only look so.
fn is_client(name: &str) -> Option<String> {
    const NAME: &str = "$_.ClientComputerName";
    let (property, constant) = if address_of(name).is_some_and(|address| address.is_ipv6()) {
        // In brackets or not, as the version of Windows has it.
        (format!("{NAME}.Trim('[', ']')"), quoted(name.trim_matches(['[', ']']))?)
    } else {
        (NAME.to_owned(), quoted(name)?)
    };
    Some(format!("[string]::Equals({property}, {constant}, 'OrdinalIgnoreCase')"))
}

/// Ends a script that was started on another host.
fn guard(host: &str) -> Option<String> {
    let host = quoted(host)?;
    Some(format!("if ([System.Net.Dns]::GetHostName() -ne {host}) {{ throw 'These commands are for another host.' }}"))
}

#[cfg(test)]
mod tests;
