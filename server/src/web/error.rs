//! What a visitor can be told instead of what was asked for. One function maps each outcome to a status.

mod fault;
mod refusal;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use highwater_wire::problem_type;

pub use self::fault::Fault;
pub use self::refusal::{ApiError, Refusal, Refused};
use super::layout::{Nav, Page, Viewer};
use super::pages::problems;
use crate::locale::{Locale, Message};
use crate::model::role::Role;

/// Outcomes other than the one a visitor hoped for. As a response it is a page; [`ApiError`] answers the same as JSON.
#[derive(Debug)]
pub enum Error {
    /// The noun that is not there: "host", "client", …
    NotFound(&'static str),
    /// What is there, a "page" or an "endpoint", is not asked in this way: forms have addresses that show nothing.
    NoMethod(&'static str),
    /// A sentence that says which part of the request is wrong and what is allowed.
    BadRequest(Message),
    Forbidden(Message),
    /// Somebody else was faster, or it was done already; the sentence says what to look at.
    Conflict(Message),
    /// Nobody is signed in. `next` is the path to come back to.
    SignIn {
        next: String,
    },
    TooMany {
        retry_after_secs: u64,
    },
    /// The role of who is signed in is too low.
    Role(TooLow),
    /// Who is confined to groups of hosts asks for what shows all of them.
    Confined(Confined),
    /// A browser that shows the wall asks for something else.
    Screen,
    /// Who is signed in has no second factor, and the settings demand one.
    Factor {
        is_screen: bool,
    },
    /// What only programs meet, with a sentence about this request.
    Fault(Fault, Message),
    /// No more streams of news for this account, or for anybody.
    TooManyPages,
    /// The store did not answer or refused. Its own words go to the log only.
    Store(sqlx::Error),
    /// Anything that is our fault. Its own words go to the log only.
    Internal(String),
}

/// Whose role is too low for what, and whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLow {
    pub needed: Role,
    pub yours: Role,
    /// The names of those who may change it.
    pub administrators: Vec<String>,
}

/// Who is confined to which groups of hosts, and whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confined {
    pub groups: Vec<String>,
    /// A key asks, not a person.
    pub is_program: bool,
    /// The names of those who may change it.
    pub administrators: Vec<String>,
}

/// Where a second factor is set up.
const FACTOR_PATH: &str = "/account#factor";
/// Groups that are named of those that somebody sees.
const NAMED_GROUPS: usize = 10;
/// Administrators that are named: nobody asks more of them.
const NAMED: usize = 3;

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error)
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::NoMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Forbidden(_) | Self::Role(_) | Self::Confined(_) | Self::Screen | Self::Factor { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::SignIn { .. } => StatusCode::UNAUTHORIZED,
            Self::TooMany { .. } | Self::TooManyPages => StatusCode::TOO_MANY_REQUESTS,
            Self::Fault(fault, _) => fault.status(),
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A few words for the head of a page and a problem's title.
    #[must_use]
    pub fn title(&self, locale: &Locale) -> String {
        match self {
            Self::Fault(fault, _) => locale.say_of("problem-title", fault.word()).into(),
            _ => locale.say_of("error-title", self.word()).into(),
        }
    }

    /// What went wrong and what to do about it.
    #[must_use]
    pub fn detail(&self, locale: &Locale) -> String {
        match self {
            Self::NotFound(noun) => locale.say_of("error-no", noun).into(),
            Self::NoMethod(noun) => locale.say_of("error-method", noun).into(),
            Self::BadRequest(said) | Self::Forbidden(said) | Self::Conflict(said) | Self::Fault(_, said) => {
                said.in_words_of(locale)
            }
            Self::TooMany { retry_after_secs } => {
                locale.say("error-detail-too-many").with("secs", retry_after_secs).into()
            }
            Self::Role(low) => low.in_words_of(locale),
            Self::Confined(confined) => confined.in_words_of(locale),
            _ => locale.say_of("error-detail", self.word()).into(),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not-found",
            Self::NoMethod(_) => "method",
            Self::BadRequest(_) => "bad-request",
            Self::Forbidden(_) => "forbidden",
            Self::Role(_) => "role",
            Self::Confined(_) => "confined",
            Self::Screen => "screen",
            Self::Factor { .. } => "factor",
            Self::Conflict(_) => "conflict",
            Self::SignIn { .. } => "sign-in",
            Self::TooMany { .. } => "too-many",
            Self::TooManyPages => "too-many-pages",
            Self::Fault(fault, _) => fault.word(),
            Self::Store(_) => "store",
            Self::Internal(_) => "internal",
        }
    }

    fn problem_type(&self) -> String {
        match self {
            Self::NotFound(_) => problem_type::NOT_FOUND.to_owned(),
            Self::Store(_) | Self::Internal(_) => problem_type::SERVER.to_owned(),
            Self::TooMany { .. } | Self::TooManyPages => problem_type::TRY_LATER.to_owned(),
            _ => format!("{}{}", problems::PREFIX, self.word()),
        }
    }

    /// This is the boundary that handles failures, so this is where they are logged, once.
    fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(error = %one_line(error), "the store refused a request"),
            Self::Internal(error) => tracing::error!(error = %one_line(error), "a request failed"),
            _ => {}
        }
    }
}

impl TooLow {
    fn in_words_of(&self, locale: &Locale) -> String {
        let said = locale.say_of("error-needs", self.needed.word());
        said.with("yours", locale.say_of("role", self.yours.word()))
            .with("names", first(&self.administrators, NAMED))
            .into()
    }
}

impl Confined {
    fn in_words_of(&self, locale: &Locale) -> String {
        let said = locale.say(if self.is_program { "error-confined-key" } else { "error-confined-account" });
        let groups = if self.groups.is_empty() { "–".to_owned() } else { first(&self.groups, NAMED_GROUPS) };
        said.with("groups", groups).with("names", first(&self.administrators, NAMED)).into()
    }
}

/// The first ones, and whether there are more.
fn first(names: &[String], most: usize) -> String {
    let named = names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > most { format!("{named}, …") } else { named }
}

/// An error's words without line breaks and other control characters: names from clients may be part of it.
pub fn one_line(error: &impl ToString) -> String {
    error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// As a response it is plain text in English, because an error does not know who asked; [`as_page`] makes the page of it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        if let Self::SignIn { next } = &self {
            return Redirect::to(&format!("/sign-in?next={}", query_escaped(next))).into_response();
        }
        if matches!(self, Self::Factor { is_screen: false }) {
            return Redirect::to(FACTOR_PATH).into_response();
        }
        let mut response = (self.status(), self.to_string()).into_response();
        if let Self::TooMany { retry_after_secs } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_secs));
        }
        response.extensions_mut().insert(Outcome(Arc::new(self)));
        response
    }
}

/// In English, for programs and logs.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail(&Locale::machine()))
    }
}

/// The outcome that a response tells of.
#[derive(Debug, Clone)]
struct Outcome(Arc<Error>);

/// Around every page: what went wrong becomes a page in the words and colours of the one who asked. It needs no store: it has
/// to be shown also when the store does not answer.
pub async fn as_page(viewer: Viewer, request: Request, next: Next) -> Response {
    let is_form = request.method() == Method::POST;
    let mut response = next.run(request).await;
    let Some(Outcome(error)) = response.extensions_mut().remove() else { return response };
    let mut page = (response.status(), Html(page(&error, &viewer, is_form))).into_response();
    for name in [RETRY_AFTER, ALLOW] {
        page.headers_mut().extend(response.headers_mut().remove(&name).map(|value| (name, value)));
    }
    page
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    detail: String,
    /// It answers a form: there is a page to go back to.
    is_form: bool,
    /// It answers a browser that may show the wall alone.
    is_screen: bool,
}

fn page(error: &Error, viewer: &Viewer, is_form: bool) -> String {
    let detail = error.detail(&viewer.locale);
    let page = viewer.page(Nav::Outside, error.title(&viewer.locale));
    let is_screen = matches!(error, Error::Screen);
    ErrorPage { page, detail, is_form, is_screen }.render().unwrap_or_else(|_| error.status().to_string())
}

/// Of a body that nobody needs, so many bytes are read for so long.
const MOST_READ_IN_VAIN: usize = 64 << 10;
const LONGEST_READ_IN_VAIN: Duration = Duration::from_secs(5);

/// Whatever has no route: a page for people, a problem for programs.
pub async fn no_route(uri: Uri, body: Body) -> Response {
    arrives(body).await;
    nothing_there(&uri, Error::NotFound)
}

/// Whatever has a route that is asked in another way.
pub async fn no_method(uri: Uri, body: Body) -> Response {
    arrives(body).await;
    nothing_there(&uri, Error::NoMethod)
}

/// Lets a small body come in: who is answered while he still writes sees a broken connection in place of the answer.
async fn arrives(body: Body) {
    let read = axum::body::to_bytes(body, MOST_READ_IN_VAIN);
    // Whatever comes of it: nobody needs it.
    let _ = tokio::time::timeout(LONGEST_READ_IN_VAIN, read).await;
}

fn nothing_there(uri: &Uri, error: fn(&'static str) -> Error) -> Response {
    if uri.path().starts_with("/api/") || uri.path().starts_with("/agent/") {
        ApiError(error("endpoint")).into_response()
    } else {
        error("page").into_response()
    }
}

/// Everything but letters, digits and a few harmless signs as `%XX`.
fn query_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::layout::Theme;
    use super::*;
    use crate::locale::{Lang, Zone};

    #[test]
    fn the_way_back_after_sign_in_cannot_break_out_of_its_parameter() {
        let response = Error::SignIn { next: "/clients?q=a&b=\r\nx".into() }.into_response();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["location"], "/sign-in?next=/clients%3Fq%3Da%26b%3D%0D%0Ax");
    }

    #[test]
    fn the_stores_own_words_are_not_shown() {
        let error = Error::Store(sqlx::Error::Protocol("password=hunter2".into()));
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(ApiError(error).into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn who_is_confined_is_told_what_he_sees_and_whom_to_ask() {
        let of = |is_program, groups: usize| {
            let groups = (0..groups).map(|place| format!("group{place}")).collect();
            Error::Confined(Confined { groups, is_program, administrators: vec!["ann".to_owned()] })
        };
        assert_eq!(of(false, 1).status(), StatusCode::FORBIDDEN);
        for locale in Lang::ALL.map(|lang| Locale::new(lang, Zone::utc())) {
            let said = of(false, 1).detail(&locale);
            assert!(said.contains("group0") && said.contains("ann"), "{said}");
            assert_ne!(of(true, 1).detail(&locale), said, "a key is no account");
            let many = of(true, NAMED_GROUPS + 1).detail(&locale);
            assert!(many.contains("group9, …") && !many.contains("group10"), "{many}");
            assert!(of(false, 0).detail(&locale).contains('–'));
        }
    }

    #[tokio::test]
    async fn an_address_without_a_route_is_told_to_people_and_a_problem_for_programs() {
        for (path, kind) in [("/hots", "text/plain; charset=utf-8"), ("/api/v1/hots", "application/problem+json")] {
            let response = no_route(path.parse().unwrap(), Body::empty()).await;
            assert_eq!(
                (response.status(), response.headers()["content-type"].to_str().unwrap()),
                (StatusCode::NOT_FOUND, kind)
            );
        }
    }

    #[test]
    fn what_an_error_repeats_is_text_on_its_page() {
        let error = Error::BadRequest(Message::verbatim("<script>alert(1)</script>"));
        let html = page(&error, &Viewer::of(Locale::machine(), Theme::System, 0), false);
        assert!(html.contains("&#60;script&#62;") && !html.contains("<script>alert"), "{html}");
    }
}
