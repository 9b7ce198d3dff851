//! Charts as files: SVG from here; a script on the page makes PNG of it.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::chart::file::{File, Ground, Part, Swatch};
use crate::chart::range::Span;
use crate::locale::{Locale, Message};
use crate::web::error::{Error, Result};
use crate::web::layout::{Page, Theme};
use crate::web::query::also;

/// The word of `format` in addresses.
pub(super) const FORMAT: &str = "svg";

/// Below a chart. Without a script there is no PNG.
#[derive(Debug, Template)]
#[template(path = "chart/files.html")]
pub(super) struct Links {
    label: Message,
    href: String,
    /// What the chart is drawn from, as a table.
    csv: String,
    xlsx: String,
}

// Rendered by a template that escapes.
impl HtmlSafe for Links {}

impl Links {
    /// `href` is the page's own address with its query.
    #[must_use]
    pub(super) fn of(locale: &Locale, href: &str, chart: &str) -> Self {
        let [href, csv, xlsx] =
            [FORMAT, "csv", "xlsx"].map(|format| also(href, &[("format", format), ("chart", chart)]));
        Self { label: locale.say("chart-file"), href, csv, xlsx }
    }
}

/// A picture of one chart in the page's language, zone and theme.
pub(super) fn file(page: &Page, title: Message, span: Span, legend: Vec<(Swatch, String)>) -> File {
    let locale = &page.locale;
    let sub = locale
        .say("chart-file-span")
        .with("from", locale.full(span.from_at))
        .with("to", locale.full(span.to_at))
        .with("zone", locale.zone.name());
    File {
        title: title.into(),
        sub: sub.into(),
        parts: Vec::new(),
        legend,
        ground: if page.theme == Theme::Dark { Ground::Dark } else { Ground::Light },
    }
}

/// A chart without a name beside it.
pub(super) fn part(chart: &impl Template) -> Result<Part> {
    named("", chart)
}

pub(super) fn named(name: &str, chart: &impl Template) -> Result<Part> {
    let svg = chart.render().map_err(|error| Error::Internal(format!("a chart was not rendered: {error}")))?;
    Ok(Part { name: name.to_owned(), svg })
}

/// `name` is of ours: letters, digits and hyphens.
pub(super) fn answer(file: &File, name: &str) -> Result<Response> {
    let svg = file.draw().map_err(|error| Error::Internal(format!("a chart is no XML: {error}")))?;
    let mut response = ([(CONTENT_TYPE, "image/svg+xml; charset=utf-8")], svg).into_response();
    let disposition = HeaderValue::from_str(&format!("inline; filename=\"highwater-{name}.svg\""));
    if let Ok(disposition) = disposition {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
