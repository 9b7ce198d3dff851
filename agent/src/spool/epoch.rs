//! Going on under a new name: when a server and the spool's numbers do not fit together any more.

use highwater_wire::GapReason;
use rand::{Rng, RngExt};

use super::position::{Lost, Position};
use super::{Spool, SpoolError};

impl Spool {
    /// Goes on under a new epoch with all that is not acknowledged: another spool of this name, of which this is a copy, has given its numbers
    /// to other records. What both have is sent twice, and stored once.
    ///
    /// # Errors
    /// The epoch cannot be written; nothing changed.
    pub fn renumber(&mut self) -> Result<(), SpoolError> {
        self.start_epoch(self.position.acked + 1, None)
    }

    /// The server has everything up to `has` and needs what is no longer kept: says how much under a new epoch, and goes on with what there is.
    pub(super) fn start_after_loss(&mut self, has: u64) -> Result<(), SpoolError> {
        let (from, to) = (has + 1, self.kept() - 1);
        let at = self.segments.front().and_then(|s| s.first_at).unwrap_or_else(|| self.clock.now_at());
        // Losses that it had or had begun to have stand for more records than the positions that it misses.
        let missed = || self.lost.range(from..=to).map(|(_, lost)| lost);
        let lost = Lost {
            from,
            to,
            count: to - has + missed().map(|lost| lost.beyond(has)).sum::<u64>(),
            from_at: missed().map(|lost| lost.from_at).fold(at, i64::min),
            to_at: at,
            reason: GapReason::Other,
            detail: "The server lost records that this agent no longer keeps.".into(),
            is_muted: false,
        };
        // One number is enough to say it.
        self.start_epoch(to, Some(lost))
    }

    /// Whether the server had some of this epoch and knows nothing of it any more, while records are kept that it had before: which of
    /// them it still has, nobody knows.
    pub(super) fn has_forgotten(&self, cursor: u64) -> bool {
        cursor == 0 && self.position.acked > self.position.base && self.kept() <= self.position.base
    }

    /// From position `first` on everything goes under a new name, numbered from 1. `opening` stands for what was lost up to there.
    pub(super) fn start_epoch(&mut self, first: u64, opening: Option<Lost>) -> Result<(), SpoolError> {
        let base = first - 1;
        let mut lost = self.lost.clone();
        lost.retain(|to, _| *to > base);
        lost.extend(opening.map(|opening| (opening.to, opening)));
        let next = Position {
            epoch: random_epoch(&mut self.rng),
            base,
            acked: base,
            sent: self.position.sent.max(base),
            front: self.in_front(&lost),
            ..self.position.clone()
        };
        // Before the segment that begins it: whoever opens the spool between the two steps, or behind a note that could not be saved,
        // would find the new numbers and not what they leave out.
        self.position.front = self.in_front(&self.lost);
        let announced = Position { next: Some(Box::new(next.clone())), ..self.position.clone() };
        announced.save(&*self.disk, &self.options.dir).map_err(|e| self.error("announcing an epoch", e))?;
        self.abandon_tail();
        self.start_segment(next.epoch.clone(), base).map_err(|e| self.error("starting an epoch", e))?;
        (self.position, self.lost, self.opened_end) = (next, lost, None);
        self.save();
        Ok(())
    }
}

/// 128 random bits: no two spools have the same name.
pub(super) fn random_epoch(rng: &mut impl Rng) -> String {
    hex::encode(rng.random::<[u8; 16]>())
}
