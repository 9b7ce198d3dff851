//! Whose records are taken.

/// The names of this host: records of other computers are somebody else's history.
#[derive(Debug, Clone, Default)]
pub struct Owner {
    names: Vec<String>,
}

impl Owner {
    /// `names`: short or full ones, in any case. Empty ones name nobody.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().map(|name| short(&name)).filter(|name| !name.is_empty()).collect() }
    }

    /// A record that names no computer is this host's.
    #[must_use]
    pub fn is(&self, computer: &str) -> bool {
        computer.trim().is_empty() || self.names.contains(&short(computer))
    }
}

/// A log writes the full name or the short one, as the computer was set up then.
fn short(name: &str) -> String {
    let name = name.trim();
    name.split_once('.').map_or(name, |(first, _)| first).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_full_names_are_one() {
        let owner = Owner::new(["FS01".to_owned(), String::new(), "old-name.corp.example".to_owned()]);
        for own in ["fs01", "FS01.corp.example", "OLD-NAME", "", " "] {
            assert!(owner.is(own), "{own}");
        }
        for other in ["FS02", "FS011", "corp", "FS0"] {
            assert!(!owner.is(other), "{other}");
        }
    }
}
