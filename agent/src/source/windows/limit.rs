//! What caps the sessions of a Windows computer.

use highwater_wire::{Limit, LimitSource};

/// What Windows Server says when nothing caps them (`sv102_users`); 0xFFFFFFFF says the same.
const NO_LIMIT: u32 = 16_777_216;
/// Of Windows 10 and 11, whatever the edition; licence and system agree. Windows XP and before had 10 or 5.
const CLIENT_EDITION: u64 = 20;

/// `users` is what the server says, if it could be asked.
#[must_use]
pub fn of(users: Option<u32>, is_server: bool) -> Limit {
    let (sessions, unlimited, source) = match users.filter(|users| *users > 0) {
        Some(users) if users >= NO_LIMIT => (None, true, LimitSource::Api),
        Some(users) => (Some(users.into()), false, LimitSource::Api),
        None if is_server => (None, false, LimitSource::Unknown),
        None => (Some(CLIENT_EDITION), false, LimitSource::AssumedEdition),
    };
    Limit { sessions, unlimited, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(users: Option<u32>, is_server: bool) -> (Option<u64>, bool, LimitSource) {
        let limit = of(users, is_server);
        (limit.sessions, limit.unlimited, limit.source)
    }

    #[test]
    fn what_the_server_says_counts_whatever_the_edition() {
        assert_eq!(told(Some(20), false), (Some(20), false, LimitSource::Api));
        assert_eq!(told(Some(50), true), (Some(50), false, LimitSource::Api));
        for none in [NO_LIMIT, u32::MAX] {
            assert_eq!(told(Some(none), true), (None, true, LimitSource::Api));
        }
    }

    #[test]
    fn without_an_answer_a_client_edition_has_twenty_and_a_server_is_unknown() {
        for silent in [None, Some(0)] {
            assert_eq!(told(silent, false), (Some(20), false, LimitSource::AssumedEdition));
            assert_eq!(told(silent, true), (None, false, LimitSource::Unknown));
        }
    }
}
