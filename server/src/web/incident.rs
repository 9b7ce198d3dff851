//! What an incident's evidence says to people, and in English to programs: its one sentence, everything else in words, as plain text for
//! mails and tickets, as JSON for the API, as files to take away.

mod body;
mod file;
mod notes;
mod plain;
mod said;
mod sentence;
mod ticket;

pub use self::body::{EvidenceBody, body};
pub use self::file::{File, evidence_of, file};
pub use self::notes::{free, nothing, trace};
pub use self::plain::{LONGEST, plain};
pub use self::said::{
    at_peak, cause, changed, cut, day_and_zone, earlier, event, finding, hole, holes, likelihood, name_of_holder,
    partial, point, rest, share_of, stretch, user, week_before, who,
};
pub use self::sentence::{linked, sentence};
pub use self::ticket::{card as ticket_card, follows as ticket_follows, note as ticket_note};

#[cfg(test)]
mod tests;
