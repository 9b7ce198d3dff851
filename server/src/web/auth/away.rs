//! What a browser holds while its person is away at a provider, so that only who went can come back.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::Origin;
use crate::model::time::MINUTE_MS;
use crate::secret;

/// Longer than anybody takes to sign in.
pub const LONGEST_MS: i64 = 10 * MINUTE_MS;
const LONGEST: Duration = Duration::from_secs(600);

/// See the cookie of the session.
const COOKIE_TLS: &str = "__Host-hw-away";
const COOKIE_PLAIN: &str = "hw_plain_away";
/// Prefix and 256 bits in base64url.
const LENGTH: usize = 47;

/// The secret that the browser holds, if it has one that was made here.
#[must_use]
pub fn held(origin: Origin, jar: &CookieJar) -> Option<&str> {
    let held = jar.get(name(origin))?.value();
    (held.len() == LENGTH && held.starts_with(secret::RETURN_PREFIX)).then_some(held)
}

/// For the time that it takes. `Lax`, because it has to come along when the provider sends the browser back. Give it to
/// [`CookieJar::remove`] to take it away.
#[must_use]
pub fn cookie(origin: Origin, secret: String) -> Cookie<'static> {
    Cookie::build((name(origin), secret))
        .path("/")
        .http_only(true)
        .secure(origin.is_secure)
        .same_site(SameSite::Lax)
        .max_age(LONGEST.try_into().unwrap_or_default())
        .build()
}

fn name(origin: Origin) -> &'static str {
    if origin.is_secure { COOKIE_TLS } else { COOKIE_PLAIN }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::web::auth::Browser;

    fn origin(is_secure: bool) -> Origin {
        Origin { address: IpAddr::from(Ipv4Addr::LOCALHOST), is_secure, browser: Browser::default() }
    }

    #[test]
    fn it_is_bound_to_the_host_and_short_lived_and_comes_along_from_elsewhere() {
        let said = cookie(origin(true), "s".to_owned()).to_string();
        assert_eq!(said, "__Host-hw-away=s; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600");
        assert!(!cookie(origin(false), "s".to_owned()).to_string().contains("Secure"));
        assert_eq!(i64::try_from(LONGEST.as_millis()).unwrap(), LONGEST_MS);
    }

    #[test]
    fn only_what_was_made_here_is_held() {
        let fresh = secret::fresh(secret::RETURN_PREFIX).unwrap();
        let jar = CookieJar::new().add(cookie(origin(true), fresh.clone()));
        assert_eq!(held(origin(true), &jar), Some(fresh.as_str()));
        assert_eq!(held(origin(false), &jar), None);
        let planted = CookieJar::new().add(cookie(origin(true), "known".to_owned()));
        assert_eq!(held(origin(true), &planted), None);
    }
}
