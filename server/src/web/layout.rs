//! What every page has in common: the viewer's zone and theme, the frame, the marks of levels, and how instants are written.

use std::convert::Infallible;
use std::fmt;

use askama::filters::HtmlSafe;
use axum::Form;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Redirect;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;

pub use crate::chart::words::{Zone, counted, decimal, duration, iso, number, or_dash, percent, session_hours};

use super::{Site, assets};
use crate::model::host::Level;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a page is at home in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Fleet,
    Clients,
    Users,
    Events,
    Findings,
    Settings,
    /// Pages of nobody: sign-in, welcome.
    Outside,
}

impl Nav {
    /// The entries of the header: (entry, address, word).
    pub const ENTRIES: [(Self, &'static str, &'static str); 6] = [
        (Self::Fleet, "/", "Fleet"),
        (Self::Clients, "/clients", "Clients"),
        (Self::Users, "/users", "Users"),
        (Self::Events, "/events", "Events"),
        (Self::Findings, "/findings", "Findings"),
        (Self::Settings, "/settings/agents", "Settings"),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the viewer's system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The one that the header's button leads to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::System,
        }
    }
}

/// What a request says about who looks, signed in or not.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub zone: Zone,
    pub theme: Theme,
    pub now_at: i64,
    /// The path and query that were asked for.
    pub here: String,
    is_demo: bool,
}

impl FromRequestParts<Site> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let word = |name| jar.get(name).map(Cookie::value).unwrap_or_default();
        Ok(Self {
            // A slash may travel encoded.
            zone: Zone::named(&word("tz").replace("%2F", "/")),
            theme: Theme::from_word(word("theme")),
            now_at: site.clock.now_at(),
            here: parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            is_demo: site.public.is_demo,
        })
    }
}

impl Viewer {
    /// A viewer at `/`, not of a request.
    #[must_use]
    pub fn of(zone: Zone, theme: Theme, now_at: i64) -> Self {
        Self { zone, theme, now_at, here: "/".to_owned(), is_demo: false }
    }

    /// A page without an account. See [`Page::of`].
    #[must_use]
    pub fn page(&self, nav: Nav, title: impl Into<String>) -> Page {
        Page {
            title: title.into(),
            nav,
            account_name: String::new(),
            csrf_token: String::new(),
            theme: self.theme,
            is_demo: self.is_demo,
            zone: self.zone.clone(),
            now_at: self.now_at,
            here: self.here.clone(),
        }
    }
}

/// The frame of a page: field `page` of every template that extends `layout.html`.
#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub nav: Nav,
    /// Empty if nobody is signed in.
    pub account_name: String,
    pub csrf_token: String,
    pub theme: Theme,
    pub is_demo: bool,
    pub zone: Zone,
    pub now_at: i64,
    pub here: String,
}

impl Page {
    /// The same page for somebody who is signed in.
    #[must_use]
    pub fn of(self, account_name: &str, csrf_token: &str) -> Self {
        Self { account_name: account_name.to_owned(), csrf_token: csrf_token.to_owned(), ..self }
    }

    /// Where a file of `static/` is.
    #[must_use]
    pub fn asset(&self, file: &str) -> String {
        assets::url(file)
    }

    /// An instant as short as it can be said.
    #[must_use]
    pub fn when(&self, at: i64) -> Time {
        Time { at, text: self.zone.stamp(at, self.now_at), full: self.zone.full(at) }
    }

    /// How long ago: `4 s ago`.
    #[must_use]
    pub fn ago(&self, at: i64) -> Time {
        let past_ms = self.now_at - at;
        let text = if past_ms < 1_000 { "just now".to_owned() } else { format!("{} ago", duration(past_ms)) };
        Time { at, text, full: self.zone.full(at) }
    }

    /// How long it has been: `16 min`.
    #[must_use]
    pub fn since(&self, at: i64) -> Time {
        Time { at, text: duration(self.now_at - at), full: self.zone.full(at) }
    }
}

/// An instant on a page, as `<time>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    at: i64,
    text: String,
    full: String,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<time datetime="{}" title="{}">{}</time>"#, iso(self.at), self.full, self.text)
    }
}

// Made of digits, our words and names of days only.
impl HtmlSafe for Time {}

/// How a level looks: a class for its colours, a glyph and a word, so that colour is never alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub class: &'static str,
    pub icon: &'static str,
    pub word: &'static str,
}

impl Mark {
    #[must_use]
    pub fn of(level: Level) -> Self {
        let (class, icon, word) = match level {
            Level::Full => ("full", "i-full", "Full"),
            Level::Silent => ("quiet", "i-silent", "Silent"),
            Level::Watch => ("watch", "i-watch", "Above 80\u{a0}%"),
            Level::Calm => ("calm", "i-calm", "Calm"),
            Level::Unlimited => ("quiet", "i-unlimited", "No limit"),
            Level::Unknown => ("quiet", "i-unknown", "Limit unknown"),
        };
        Self { class, icon, word }
    }
}

#[derive(Debug, Deserialize)]
pub struct ThemeForm {
    #[serde(default)]
    theme: Theme,
    /// Where to go on.
    #[serde(default)]
    back: String,
}

/// `POST /theme`: keeps the theme in a cookie, signed in or not, and goes back.
pub async fn choose_theme(jar: CookieJar, Form(form): Form<ThemeForm>) -> (CookieJar, Redirect) {
    let cookie = Cookie::build(("theme", form.theme.word())).path("/").same_site(SameSite::Lax).permanent();
    // Browsers read `//host` and `/\host` as the address of another site.
    let is_ours = form.back.starts_with('/')
        && !form.back.starts_with("//")
        && form.back.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (jar.add(cookie), Redirect::to(if is_ours { &form.back } else { "/" }))
}

#[cfg(test)]
mod tests {
    use axum::http::header::LOCATION;
    use axum::response::IntoResponse as _;

    use super::*;

    #[derive(askama::Template)]
    #[template(
        source = r#"{% extends "layout.html" %}{% block content %}{{ page.when(0) }}{% endblock %}"#,
        ext = "html"
    )]
    struct Bare {
        page: Page,
    }

    #[test]
    fn a_page_carries_its_frame_and_escapes_what_people_named() {
        let viewer = Viewer { here: "/?q=\"><script>".to_owned(), ..Viewer::of(Zone::utc(), Theme::Dark, 0) };
        let bare = Bare { page: viewer.page(Nav::Events, "Events").of("<b>Ann</b>", "token") };
        let html = askama::Template::render(&bare).unwrap();
        assert!(html.contains(r#"data-theme="dark""#) && html.contains("<title>Events · Highwater</title>"));
        assert!(html.contains(r#"<a href="/events" aria-current="page">"#));
        assert!(!html.contains("<b>Ann") && !html.contains("\"><script>"));
        assert!(html.contains(r#"<time datetime="1970-01-01T00:00:00Z""#));
    }

    #[tokio::test]
    async fn the_theme_never_leads_to_another_site() {
        for (back, leads_to) in
            [("/hosts/7?range=7d", "/hosts/7?range=7d"), ("//evil.example", "/"), ("/\\evil", "/"), ("", "/")]
        {
            let form = ThemeForm { theme: Theme::Dark, back: back.to_owned() };
            let response = choose_theme(CookieJar::new(), Form(form)).await.into_response();
            assert_eq!(response.headers()[LOCATION], leads_to, "{back:?}");
        }
    }

    #[test]
    fn an_instant_carries_its_machine_form() {
        let time = Time { at: 0, text: "00:00".into(), full: "Thu 1 Jan 1970, 00:00".into() };
        assert_eq!(
            time.to_string(),
            r#"<time datetime="1970-01-01T00:00:00Z" title="Thu 1 Jan 1970, 00:00">00:00</time>"#
        );
    }
}
