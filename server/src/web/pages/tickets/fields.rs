//! The form of a connector: what was typed, and what is wrong with it.

use std::collections::BTreeMap;

use crate::locale::{Lang, Locale, Message};
use crate::model::connector::{Connector, Field, LONGEST_NAME, MOST_GROUPS, Mistake, NewConnector, System, Typed};
use crate::model::incident::Kind;
use crate::web::Site;
use crate::web::error::{Error, Result};
use crate::web::webhook::refusal_words;

/// A connector as it was typed.
#[derive(Clone)]
pub(super) struct Fields {
    pub(super) system: System,
    pub(super) name: String,
    /// By the names of the system's fields.
    values: BTreeMap<String, String>,
    /// Words.
    kinds: Vec<String>,
    /// Separated by commas or ends of lines.
    pub(super) groups: String,
    pub(super) language: String,
    /// There are secrets, which stay unless new ones are typed.
    pub(super) has_secrets: bool,
}

impl Fields {
    /// What a new one has unless somebody chooses: incidents because of which people cannot work.
    pub(super) fn usual(system: System, lang: Lang) -> Self {
        let grave = Kind::ALL.into_iter().filter(|kind| kind.is_grave());
        Self {
            system,
            name: system.name().to_owned(),
            values: BTreeMap::new(),
            kinds: grave.map(|kind| kind.word().to_owned()).collect(),
            groups: String::new(),
            language: lang.tag().to_owned(),
            has_secrets: false,
        }
    }

    pub(super) fn kept(connector: &Connector) -> Self {
        Self {
            system: connector.system,
            name: connector.name.clone(),
            values: connector.settings.clone(),
            kinds: connector.kinds.iter().map(|kind| kind.word().to_owned()).collect(),
            groups: connector.groups.join("\n"),
            language: connector.language.clone(),
            has_secrets: true,
        }
    }

    /// `kind` comes once for each; a system's fields are `f-<name>`. `system`: of the one that is changed.
    pub(super) fn of(pairs: &[(String, String)], system: Option<System>) -> Result<Self> {
        let field = |name: &str| {
            let found = pairs.iter().find(|(n, _)| n == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let chosen = system.or_else(|| System::from_word(&field("system")));
        let chosen = chosen.ok_or_else(|| Error::BadRequest(Message::for_anybody("tickets-no-system")))?;
        let values =
            pairs.iter().filter_map(|(name, value)| Some((name.strip_prefix("f-")?.to_owned(), value.clone())));
        Ok(Self {
            system: chosen,
            name: field("name"),
            values: values.collect(),
            kinds: pairs.iter().filter(|(n, _)| n == "kind").map(|(_, value)| value.clone()).collect(),
            groups: field("groups"),
            language: field("language"),
            has_secrets: system.is_some(),
        })
    }

    /// # Errors
    /// Says what to write instead.
    pub(super) fn read(&self, site: &Site, locale: &Locale) -> std::result::Result<NewConnector, Message> {
        let groups: Vec<String> =
            self.groups.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let typed = Typed {
            name: &self.name,
            system: self.system,
            fields: &self.values,
            kinds: &self.kinds,
            groups: &groups,
            language: &self.language,
            has_secrets: self.has_secrets,
        };
        NewConnector::read(typed, &site.outgoing.policy).map_err(|mistake| mistake_words(&mistake, locale))
    }

    pub(super) fn is_of(&self, kind: Kind) -> bool {
        self.kinds.iter().any(|word| word == kind.word())
    }

    /// What stands in a field: never a secret.
    pub(super) fn value(&self, field: &Field) -> &str {
        if field.kind.is_secret() { "" } else { self.values.get(field.name).map_or("", String::as_str) }
    }
}

/// What a field is called. Names of interfaces have underscores, identifiers of messages do not.
pub(super) fn label(locale: &Locale, field: &str) -> Message {
    locale.say_of("tickets-field", &field.replace('_', "-"))
}

fn mistake_words(mistake: &Mistake, locale: &Locale) -> Message {
    let named = |id: &'static str, field: &str| locale.say(id).with("field", label(locale, field));
    match mistake {
        Mistake::Name => Message::for_anybody("hooks-wrong-name").with("most", LONGEST_NAME),
        Mistake::Url(refusal) => refusal_words(refusal),
        Mistake::Missing(field) => named("tickets-missing", field),
        Mistake::Field(field) => named("tickets-wrong", field),
        Mistake::Kinds => Message::for_anybody("tickets-no-kind"),
        Mistake::Groups => Message::for_anybody("hooks-wrong-groups").with("most", MOST_GROUPS),
    }
}
