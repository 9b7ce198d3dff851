//! In which order sessions are listed.

/// A column that sessions can be in order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Clients with most sessions first.
    Client,
    User,
    Opens,
    Idle,
    Age,
    /// What went, what came, what changed; only with another moment.
    Change,
}

/// A column, and whether the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sorting {
    pub(super) order: Order,
    pub(super) is_reversed: bool,
}

impl Order {
    /// (order, id of the head of the column, its class).
    pub(super) const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Client, "host-by-client", ""),
        (Self::User, "host-user", ""),
        (Self::Change, "host-change", ""),
        (Self::Opens, "host-opens", "r"),
        (Self::Idle, "host-idle", "r"),
        (Self::Age, "host-age", "r"),
    ];

    #[must_use]
    fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
            Self::Opens => "opens",
            Self::Idle => "idle",
            Self::Age => "age",
            Self::Change => "change",
        }
    }
}

impl Sorting {
    /// What is shown if nobody asks: the largest clients; of two moments what changed between them.
    #[must_use]
    pub(super) fn usual(is_compared: bool) -> Self {
        Self { order: if is_compared { Order::Change } else { Order::Client }, is_reversed: false }
    }

    /// Reads [`word`](Self::word); anything else is the usual.
    #[must_use]
    pub(super) fn from_word(word: &str, is_compared: bool) -> Self {
        let (word, is_reversed) = word.strip_prefix('-').map_or((word, false), |word| (word, true));
        let mut orders = Order::ALL.into_iter().map(|(order, ..)| order);
        let order = orders.find(|o| o.word() == word && (is_compared || *o != Order::Change));
        order.map_or(Self::usual(is_compared), |order| Self { order, is_reversed })
    }

    /// The word in addresses.
    #[must_use]
    pub(super) fn word(self) -> String {
        format!("{}{}", if self.is_reversed { "-" } else { "" }, self.order.word())
    }

    /// By this column: chosen again it turns round.
    #[must_use]
    pub(super) fn by(self, order: Order) -> Self {
        Self { order, is_reversed: self.order == order && !self.is_reversed }
    }

    /// For `aria-sort`: numbers come greatest first, words from A.
    #[must_use]
    pub(super) fn aria(self, order: &Order) -> &'static str {
        match order {
            _ if self.order != *order => "none",
            Order::User | Order::Change if !self.is_reversed => "ascending",
            Order::User | Order::Change => "descending",
            _ if self.is_reversed => "ascending",
            _ => "descending",
        }
    }

    #[must_use]
    pub(super) fn arrow(self, order: &Order) -> &'static str {
        match self.aria(order) {
            "ascending" => " ↑",
            "descending" => " ↓",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_chosen_again_turns_round_and_words_are_read_back() {
        let usual = Sorting::usual(false);
        assert_eq!((usual.word().as_str(), usual.by(Order::Client).word().as_str()), ("client", "-client"));
        assert_eq!(usual.by(Order::Client).by(Order::Client), usual);
        for (order, ..) in Order::ALL {
            for sorting in [usual.by(order), usual.by(order).by(order)] {
                assert_eq!(Sorting::from_word(&sorting.word(), true), sorting);
            }
        }
    }

    #[test]
    fn without_another_moment_nothing_has_changed() {
        assert_eq!(Sorting::from_word("change", false), Sorting::usual(false));
        assert_eq!(Sorting::from_word("-change", true), Sorting { order: Order::Change, is_reversed: true });
        assert_eq!(Sorting::from_word("<b>", true), Sorting::usual(true));
    }
}
