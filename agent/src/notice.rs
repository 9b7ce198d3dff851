//! What the administrator of this host should read in its own event log, also when no server hears it. Elsewhere than on Windows it
//! goes to the agent's own log.

mod warner;
#[cfg(windows)]
mod windows;

pub(crate) use warner::Warner;

/// The source of these records, as the installer registers it.
pub const SOURCE: &str = "Highwater";

/// What happened; each has its number, by which other tools find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// 1000: the service started or stopped, or the host was enrolled.
    State(String),
    /// 1001: sessions are above the threshold.
    Sessions(String),
    /// 1002: the agent cannot do its work until somebody changes something.
    Trouble(String),
}

impl Notice {
    /// The number of its record.
    #[must_use]
    pub fn id(&self) -> u32 {
        match self {
            Self::State(_) => 1_000,
            Self::Sessions(_) => 1_001,
            Self::Trouble(_) => 1_002,
        }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::State(text) | Self::Sessions(text) | Self::Trouble(text) => text,
        }
    }
}

/// Writes it down. Never fails: what cannot be written there is in the agent's own log at least.
pub fn tell(notice: &Notice) {
    match notice {
        Notice::State(text) => tracing::info!("{text}"),
        Notice::Sessions(text) => tracing::warn!("{text}"),
        Notice::Trouble(text) => tracing::error!("{text}"),
    }
    #[cfg(windows)]
    if let Err(error) = windows::write(notice) {
        tracing::warn!(%error, "the event log did not take this");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_message_file() {
        let messages = include_str!("../messages.mc");
        for notice in [Notice::State(String::new()), Notice::Sessions(String::new()), Notice::Trouble(String::new())] {
            assert!(messages.contains(&format!("MessageId={}\n", notice.id())), "{}", notice.id());
        }
    }
}
