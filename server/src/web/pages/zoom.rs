//! Links to other stretches of time, for people without a pointer or a script.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::chart::zoom::Zoom;
use crate::locale::{Locale, Message};

/// Beside the links to ranges. None where it leads nowhere.
#[derive(Debug, Template)]
#[template(path = "chart/zoom.html")]
pub(super) struct Links {
    label: Message,
    links: [(&'static str, Message, Option<String>); 4],
}

// Rendered by a template that escapes.
impl HtmlSafe for Links {}

impl Links {
    #[must_use]
    pub(super) fn of(zoom: Zoom, (now_at, locale): (i64, &Locale), href: impl Fn(Zoom) -> String) -> Self {
        Self {
            label: locale.say("chart-zoom"),
            links: [
                ("←", locale.say("chart-zoom-earlier"), Some(href(zoom.earlier(now_at)))),
                ("−", locale.say("chart-zoom-out"), zoom.wider(now_at).map(&href)),
                ("+", locale.say("chart-zoom-in"), zoom.closer(now_at).map(&href)),
                ("→", locale.say("chart-zoom-later"), zoom.later(now_at).map(&href)),
            ],
        }
    }
}

/// Within a sentence: "over … ".
#[must_use]
pub(super) fn over(zoom: Zoom, (now_at, locale): (i64, &Locale)) -> String {
    match zoom.chosen {
        None => locale.say_of("over", zoom.range.word()).into(),
        Some(span) => {
            let (from, to) = (locale.stamp(span.from_at, now_at), locale.stamp(span.to_at, now_at));
            locale.say("chart-zoom-over").with("from", from).with("to", to).into()
        }
    }
}
