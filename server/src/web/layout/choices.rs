//! What the buttons in the header choose: kept in cookies, signed in or not.

use axum::Form;
use axum::response::Redirect;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;

use super::Theme;
use crate::locale::Lang;
use crate::web::auth;

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
    (jar.add(kept("theme", form.theme.word())), back_to(&form.back))
}

#[derive(Debug, Deserialize)]
pub struct LanguageForm {
    #[serde(default)]
    lang: String,
    /// Where to go on.
    #[serde(default)]
    back: String,
}

/// `POST /language`: keeps the language in a cookie, signed in or not, and goes back.
pub async fn choose_language(jar: CookieJar, Form(form): Form<LanguageForm>) -> (CookieJar, Redirect) {
    let lang = Lang::from_tag(&form.lang).unwrap_or_default();
    (jar.add(kept("lang", lang.tag())), back_to(&form.back))
}

fn kept(name: &'static str, word: &'static str) -> Cookie<'static> {
    Cookie::build((name, word)).path("/").same_site(SameSite::Lax).permanent().into()
}

/// To a page of ours, never to another site.
fn back_to(here: &str) -> Redirect {
    Redirect::to(auth::safe_next(here))
}

#[cfg(test)]
mod tests {
    use axum::http::header::LOCATION;
    use axum::response::IntoResponse as _;

    use super::*;

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
}
