//! What every page has in common: the viewer's language, zone and theme, the frame, the marks of levels, and how instants are written.

mod choices;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::sync::LazyLock;

use askama::filters::HtmlSafe;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, HOST, REFERER};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use serde::Deserialize;

pub use self::choices::{choose_language, choose_theme};
pub use crate::locale::iso;

use super::auth::SignedIn;
use super::markup::Markup;
use super::sight::Reach;
use super::{Site, assets, auth, live};
use crate::locale::{Lang, Locale, Message, Zone};
use crate::model::host::Level;
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::model::time::MINUTE_MS;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a page is at home in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Fleet,
    Clients,
    Users,
    Events,
    Incidents,
    Findings,
    Settings,
    /// Pages of nobody: sign-in, welcome.
    Outside,
}

/// Addresses of pages that turn away who is confined to groups of hosts, as the table of routes has them.
static WHOLE: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let pages = super::routes().into_iter().filter(|route| route.method == Method::GET);
    pages.filter(|route| route.reach == Reach::Whole).map(|route| route.path).collect()
});

/// An entry of the header: where it is, its address, the id of its word.
type Entry = (Nav, &'static str, &'static str);

impl Nav {
    /// What everybody who is signed in may look at.
    const ENTRIES: [Entry; 6] = [
        (Self::Fleet, "/", "nav-fleet"),
        (Self::Clients, "/clients", "nav-clients"),
        (Self::Users, "/users", "nav-users"),
        (Self::Events, "/events", "nav-events"),
        (Self::Incidents, "/incidents", "nav-incidents"),
        (Self::Findings, "/findings", "nav-findings"),
    ];

    /// The way into the settings: to those of them that are open to a role.
    fn settings(role: Role) -> Option<Entry> {
        match role {
            Role::Viewer => None,
            Role::Operator => Some((Self::Settings, "/settings/silences", "nav-settings")),
            Role::Administrator => Some((Self::Settings, "/settings/agents", "nav-settings")),
        }
    }
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
    pub locale: Locale,
    pub theme: Theme,
    pub now_at: i64,
    /// The path and query of the page that is shown, to come back to.
    pub here: String,
    is_demo: bool,
    /// An open page asks for its parts.
    is_parts: bool,
    /// Of who is signed in, where the route asks for it.
    role: Option<Role>,
    is_screen: bool,
    /// Which hosts who looks may see.
    sight: Sight,
}

impl FromRequestParts<Site> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let word = |name| jar.get(name).map(Cookie::value).unwrap_or_default();
        // The guard of the route has looked already.
        let by = parts.extensions.get::<SignedIn>();
        Ok(Self {
            locale: Locale::new(
                Lang::from_tag(word("lang")).unwrap_or_else(|| accepted(&parts.headers)),
                // A slash may travel encoded.
                Zone::named(&word("tz").replace("%2F", "/")),
            ),
            theme: Theme::from_word(word("theme")),
            now_at: site.clock.now_at(),
            here: here(parts),
            is_demo: site.public.is_demo,
            is_parts: parts.headers.contains_key(live::PARTS),
            role: by.map(|by| by.account.role),
            is_screen: by.is_some_and(|by| by.is_screen),
            sight: by.map(|by| by.sight.clone()).unwrap_or_default(),
        })
    }
}

/// Where this page can be asked for again. What answers a form stands at an address that may take forms only: there it is the
/// page that the form was on.
fn here(parts: &Parts) -> String {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    }
    let word = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let from = word(REFERER).and_then(|from| from.parse::<Uri>().ok()).unwrap_or_default();
    let host = parts.uri.authority().map(Authority::as_str).or_else(|| word(HOST));
    let is_ours = host.is_some() && from.authority().map(Authority::as_str) == host;
    let path = from.path_and_query().filter(|_| is_ours).map_or("/", |path| path.as_str());
    auth::safe_next(path).to_owned()
}

/// The language that the browser asks for.
fn accepted(headers: &HeaderMap) -> Lang {
    headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).map(Lang::accepted).unwrap_or_default()
}

impl Viewer {
    /// Whether an open page asks for its parts, which are shared: nothing of one person's may be in them.
    #[must_use]
    pub fn is_parts(&self) -> bool {
        self.is_parts
    }

    /// The same viewer on another page, for what answers a form.
    #[must_use]
    pub fn on(self, here: String) -> Self {
        Self { here, ..self }
    }

    /// A viewer at `/`, not of a request.
    #[must_use]
    pub fn of(locale: Locale, theme: Theme, now_at: i64) -> Self {
        let here = "/".to_owned();
        let sight = Sight::All;
        Self { locale, theme, now_at, here, is_demo: false, is_parts: false, role: None, is_screen: false, sight }
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
            locale: self.locale.clone(),
            now_at: self.now_at.div_euclid(MINUTE_MS) * MINUTE_MS,
            here: self.here.clone(),
            is_parts: self.is_parts,
            role: self.role,
            is_screen: self.is_screen,
            sight: self.sight.clone(),
        }
    }
}

/// The frame of a page: field `page` of every template that extends `layout.html`.
#[derive(Clone)]
pub struct Page {
    pub title: String,
    pub nav: Nav,
    /// Empty if nobody is signed in.
    pub account_name: String,
    pub csrf_token: String,
    pub theme: Theme,
    pub is_demo: bool,
    pub locale: Locale,
    /// Start of the minute in which it is looked at: what is said in relation to it changes once a minute, so that a page of
    /// which nothing changed is the same page.
    pub now_at: i64,
    pub here: String,
    /// What is in the frame alone, for a page that is open. It is for all who look at it.
    pub is_parts: bool,
    /// None if nobody is signed in.
    role: Option<Role>,
    /// It hangs on a wall: it leads nowhere.
    pub is_screen: bool,
    sight: Sight,
}

/// Without what forms prove themselves by.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { title, nav, account_name, here, .. } = self;
        f.debug_struct("Page")
            .field("title", title)
            .field("nav", nav)
            .field("account_name", account_name)
            .field("here", here)
            .finish_non_exhaustive()
    }
}

impl Page {
    /// The same page for somebody who is signed in.
    #[must_use]
    pub fn of(self, account_name: &str, csrf_token: &str) -> Self {
        if self.is_parts {
            return self;
        }
        Self { account_name: account_name.to_owned(), csrf_token: csrf_token.to_owned(), ..self }
    }

    /// Whether to offer what operators do: to take care of incidents and silences, to keep views.
    #[must_use]
    pub fn may_operate(&self) -> bool {
        self.role >= Some(Role::Operator)
    }

    /// Whether to offer what administrators do: all else that changes something.
    #[must_use]
    pub fn may_administer(&self) -> bool {
        self.role >= Some(Role::Administrator)
    }

    /// Whether there is somebody whom the header's entries are for.
    #[must_use]
    pub fn has_menu(&self) -> bool {
        !self.account_name.is_empty() && !self.is_screen
    }

    /// The groups in words, if who looks is confined to these: what is said of hosts is said of theirs.
    #[must_use]
    pub fn only_groups(&self) -> Option<String> {
        self.sight.is_confined().then(|| self.sight.words())
    }

    /// The entries of the header that lead somewhere for who looks.
    #[must_use]
    pub fn menu(&self) -> Vec<Entry> {
        let all = Nav::ENTRIES.into_iter().chain(self.role.and_then(Nav::settings));
        all.filter(|(_, href, _)| !self.sight.is_confined() || !WHOLE.contains(*href)).collect()
    }

    /// Where a file of `static/` is.
    #[must_use]
    pub fn asset(&self, file: &str) -> String {
        assets::url(file)
    }

    /// A message by its id: see [`Locale::say`].
    #[must_use]
    pub fn say(&self, id: &'static str) -> Message {
        self.locale.say(id)
    }

    /// A message whose id ends in a word of the program: see [`Locale::say_of`].
    #[must_use]
    pub fn say_of(&self, noun: &'static str, word: &str) -> Message {
        self.locale.say_of(noun, word)
    }

    /// A message that has tags, or that links and instants are filled into.
    #[must_use]
    pub fn markup(&self, id: &'static str) -> Markup {
        Markup::of(self.locale.say(id))
    }

    /// An instant as short as it can be said.
    #[must_use]
    pub fn when(&self, at: i64) -> Time {
        self.time(at, self.locale.stamp(at, self.now_at))
    }

    /// How long ago: `just now` within the last minute or two, then `4 min ago`.
    #[must_use]
    pub fn ago(&self, at: i64) -> Time {
        let past_ms = self.now_at - at;
        let said = if past_ms < MINUTE_MS {
            self.say("just-now")
        } else {
            self.say("ago").with("span", self.locale.duration(past_ms))
        };
        self.time(at, said.into())
    }

    /// How long it has been: `16 min`. Within the first minute seconds are not told: the page would change with each.
    #[must_use]
    pub fn since(&self, at: i64) -> Time {
        let past_ms = self.now_at - at;
        let text = if past_ms < MINUTE_MS {
            self.say("under").with("span", self.locale.duration(MINUTE_MS)).into()
        } else {
            self.locale.duration(past_ms)
        };
        self.time(at, text)
    }

    fn time(&self, at: i64, text: String) -> Time {
        Time { at, text, full: self.locale.full(at) }
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
    /// The id of its word.
    pub word_id: &'static str,
}

impl Mark {
    #[must_use]
    pub fn of(level: Level) -> Self {
        let (class, icon, word_id) = match level {
            Level::Full => ("full", "i-full", "level-full"),
            Level::Silent => ("quiet", "i-silent", "level-silent"),
            Level::Watch => ("watch", "i-watch", "level-watch"),
            Level::Calm => ("calm", "i-calm", "level-calm"),
            Level::Unlimited => ("quiet", "i-unlimited", "level-unlimited"),
            Level::Unknown => ("quiet", "i-unknown", "level-unknown"),
        };
        Self { class, icon, word_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Viewer {
        /// The same viewer, signed in with this role.
        pub(in crate::web) fn with_role(self, role: Role) -> Self {
            Self { role: Some(role), ..self }
        }
    }

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
        let viewer = Viewer { here: "/?q=\"><script>".to_owned(), ..Viewer::of(Locale::machine(), Theme::Dark, 0) };
        let bare = Bare { page: viewer.page(Nav::Events, "Events").of("<b>Ann</b>", "token") };
        let html = askama::Template::render(&bare).unwrap();
        assert!(html.contains(r#"data-theme="dark""#) && html.contains("<title>Events · Highwater</title>"));
        assert!(html.contains(r#"<a href="/events" aria-current="page">"#));
        assert!(!html.contains("<b>Ann") && !html.contains("\"><script>"));
        assert!(html.contains(r#"<time datetime="1970-01-01T00:00:00Z""#));
    }

    #[test]
    fn a_page_leads_to_and_offers_what_the_role_allows() {
        let page = |role: Option<Role>| {
            let viewer = Viewer::of(Locale::machine(), Theme::System, 0);
            role.map_or(viewer.clone(), |role| viewer.with_role(role)).page(Nav::Fleet, "Fleet").of("Ann", "token")
        };
        let settings = |role| page(role).menu().iter().find(|entry| entry.0 == Nav::Settings).map(|entry| entry.1);
        let may = |role| (page(role).may_operate(), page(role).may_administer());
        for (role, settings_at, allowed) in [
            (None, None, (false, false)),
            (Some(Role::Viewer), None, (false, false)),
            (Some(Role::Operator), Some("/settings/silences"), (true, false)),
            (Some(Role::Administrator), Some("/settings/agents"), (true, true)),
        ] {
            assert_eq!((settings(role), may(role)), (settings_at, allowed), "{role:?}");
        }
        let confined =
            Viewer { sight: Sight::of(["Paris"]).unwrap(), ..Viewer::of(Locale::machine(), Theme::System, 0) };
        let page_of_some = confined.with_role(Role::Operator).page(Nav::Fleet, "Fleet").of("Ann", "token");
        assert_eq!((page_of_some.only_groups().as_deref(), page(None).only_groups()), (Some("Paris"), None));
        let menu = page_of_some.menu();
        let leads: Vec<&str> = menu.iter().map(|entry| entry.1).collect();
        assert!(leads.contains(&"/") && leads.contains(&"/settings/silences"), "{leads:?}");
        assert!(leads.iter().all(|href| !WHOLE.contains(*href)), "{leads:?}");
        assert!(WHOLE.contains("/settings/agents"), "what only administrators ask says nothing else");
        let screen = Viewer { is_screen: true, ..Viewer::of(Locale::machine(), Theme::System, 0) };
        assert!(page(None).has_menu() && !screen.page(Nav::Fleet, "Fleet").of("Ann", "token").has_menu());
    }

    #[test]
    fn what_answers_a_form_is_at_home_on_the_page_of_the_form() {
        let here = |method: Method, host: &str, referer: &str| {
            let request = axum::http::Request::builder().method(method).uri("/settings/groups/rules?x=1");
            let request = request.header(HOST, host).header(REFERER, referer).body(()).unwrap();
            here(&request.into_parts().0)
        };
        let form = "https://hw.example:8443/settings/groups?q=fs&page=2";
        assert_eq!(here(Method::GET, "hw.example:8443", form), "/settings/groups/rules?x=1");
        assert_eq!(here(Method::POST, "hw.example:8443", form), "/settings/groups?q=fs&page=2");
        for (host, referer) in [
            ("hw.example", form),
            ("hw.example:8443", "https://evil.example/settings"),
            ("hw.example:8443", "/settings"),
            ("hw.example:8443", "https://hw.example:8443//evil.example"),
            ("hw.example:8443", "no address"),
            ("", ""),
        ] {
            assert_eq!(here(Method::POST, host, referer), "/", "{referer}");
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
