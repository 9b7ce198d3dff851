//! The messages of each language, compiled into the program.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::Lang;

type Bundle = FluentBundle<FluentResource>;

/// The files of a language: one a page.
macro_rules! files {
    ($($name:literal)*) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../../locales/en/", $name, ".ftl"))),*];
        const FRENCH: &[&str] = &[$(include_str!(concat!("../../locales/fr/", $name, ".ftl"))),*];
    };
}

files! { "layout" "chart" "error" "fleet" "host" "counters" "holders" "events" "meaning" "search" "findings" "rules" "advice" "settings" "account" "own" "accounts" "class" "names" "groups" "views" "incident" "evidence" "hooks" "tickets" "alerts" "silences" "keys" "trail" "problem" }

static BUNDLES: LazyLock<[Bundle; 2]> = LazyLock::new(|| [bundle(Lang::English), bundle(Lang::French)]);

/// The messages of a language.
pub(super) fn of(lang: Lang) -> &'static Bundle {
    match lang {
        Lang::English => &BUNDLES[0],
        Lang::French => &BUNDLES[1],
    }
}

/// What is wrong in a file leaves out that message only; a test finds it.
fn bundle(lang: Lang) -> Bundle {
    let id: LanguageIdentifier = lang.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Marks around what is filled in are for languages that are written from right to left; they would be copied along.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match lang {
        Lang::English => |value, _| number(Lang::English, value),
        Lang::French => |value, _| number(Lang::French, value),
    }));
    let files = match lang {
        Lang::English => ENGLISH,
        Lang::French => FRENCH,
    };
    for text in files {
        let resource = match FluentResource::try_new((*text).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Numbers inside of messages are written as outside of them.
fn number(lang: Lang, value: &FluentValue<'_>) -> Option<String> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
        FluentValue::Number(n) if n.value.fract() == 0.0 => Some(lang.number(n.value as i64)),
        FluentValue::Number(n) => Some(lang.decimal(n.value)),
        _ => None,
    }
}
