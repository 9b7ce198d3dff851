//! Says how shipping goes: once when that changes, not with every try.

use std::mem::{Discriminant, discriminant};

use super::answer::PushError;
use crate::spool::SpoolError;

#[derive(Debug, Default)]
pub(crate) struct Log {
    state: State,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Works,
    Fails(Discriminant<PushError>),
    /// Errors of the transport differ in their text: another reason is news.
    Unreachable(String),
    Disk,
}

impl Log {
    pub(crate) fn works(&mut self, server: &str) {
        if self.change(State::Works) {
            tracing::info!(server, "the server takes this agent's records");
        }
    }

    pub(crate) fn fails(&mut self, error: &PushError) {
        let state = match error {
            PushError::Unreachable { reason } => State::Unreachable(reason.clone()),
            other => State::Fails(discriminant(other)),
        };
        if self.change(state) {
            tracing::warn!(%error, "records stay in the spool and are tried again");
        }
    }

    pub(crate) fn disk(&mut self, error: &SpoolError) {
        if self.change(State::Disk) {
            tracing::error!(%error, "the spool cannot be read");
        }
    }

    fn change(&mut self, state: State) -> bool {
        let is_new = self.state != state;
        self.state = state;
        is_new
    }
}
