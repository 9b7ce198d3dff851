//! Where settings come from, and which place won.

use super::Partial;

/// A place that may say something. The first in this order that speaks of a setting wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Flag,
    Environment,
    Policy,
    Registry,
    File,
}

impl Place {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Flag => "the command line",
            Self::Environment => "the environment",
            Self::Policy => "Group Policy",
            Self::Registry => "the installer (registry)",
            Self::File => "the settings file",
        }
    }
}

/// One setting that some place speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its key in the file.
    pub name: String,
    /// A secret is not shown.
    pub value: String,
    pub from: Place,
    /// Places that say something else and lost.
    pub overruled: Vec<Place>,
}

/// What holds, and why; in order of name. `places` in the order in which they win.
#[must_use]
pub fn explain(places: &[(Place, Partial)]) -> Vec<Explained> {
    let said: Vec<_> =
        places.iter().map(|(place, partial)| (*place, serde_json::to_value(partial).unwrap_or_default())).collect();
    let names = said.first().and_then(|(_, all)| all.as_object()).into_iter().flat_map(|all| all.keys());
    let explained = |name: &String| {
        let mut of =
            said.iter().filter_map(|(place, all)| Some((*place, all.get(name)?))).filter(|(_, value)| !value.is_null());
        let (from, value) = of.next()?;
        let overruled = of.filter(|(_, other)| *other != value).map(|(place, _)| place).collect();
        let shown = match value.as_str() {
            Some(_) if name == "token" => "(secret)".to_owned(),
            Some(text) => text.to_owned(),
            None => value.to_string(),
        };
        Some(Explained { name: name.clone(), value: shown, from, overruled })
    };
    let mut all: Vec<Explained> = names.filter_map(explained).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_speaks_wins_and_who_lost_is_told() {
        let says = |server: Option<&str>, token: Option<&str>, sampling_secs| Partial {
            server: server.map(str::to_owned),
            token: token.map(str::to_owned),
            sampling_secs,
            ..Partial::default()
        };
        let places = [
            (Place::Flag, says(None, None, None)),
            (Place::Policy, says(Some("https://policy"), None, Some(30))),
            (Place::Registry, says(Some("https://installer"), Some("hwe_secret"), None)),
            (Place::File, says(Some("https://policy"), None, Some(30))),
        ];
        let explained = explain(&places);
        let found: Vec<_> =
            explained.iter().map(|e| (e.name.as_str(), e.value.as_str(), e.from, e.overruled.as_slice())).collect();
        assert_eq!(
            found,
            [
                ("sampling_secs", "30", Place::Policy, [].as_slice()),
                ("server", "https://policy", Place::Policy, [Place::Registry].as_slice()),
                ("token", "(secret)", Place::Registry, [].as_slice()),
            ]
        );
    }
}
