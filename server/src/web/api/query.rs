//! Parameters of the API: a bad one is named, with what is allowed.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;

use super::list::How;
use crate::locale::Message;
use crate::web::Site;
use crate::web::address::without_nul;
use crate::web::error::{ApiError, Error};

/// The parameters of a request, each of which has to be taken before the answer is given: one that nobody takes is a mistake
/// of the caller's that would otherwise go unseen.
#[derive(Debug)]
pub struct Query {
    left: Vec<(String, String)>,
    how: How,
}

pub type Result<T, E = ApiError> = std::result::Result<T, E>;

impl FromRequestParts<Site> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self> {
        let left = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&without_nul(&parts.uri))
            .map_err(|e| Error::BadRequest(Message::verbatim(format!("The parameters could not be read: {e}."))))?;
        Ok(Self { how: How::of(parts, &left.0), left: left.0 })
    }
}

impl Query {
    /// Takes a parameter as it stands; empty is as good as absent.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let at = self.left.iter().position(|(n, _)| n == name)?;
        let (_, value) = self.left.remove(at);
        (!value.is_empty()).then_some(value)
    }

    /// Takes a parameter that is one of some words, or a number.
    ///
    /// # Errors
    /// It is not; `allowed` is a phrase that says what is.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.text(name) else { return Ok(None) };
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(bad(name, &value, allowed)),
        }
    }

    pub fn number<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>> {
        self.parsed(name, "a whole number", |v| v.parse().ok())
    }

    /// Takes a count between 1 and `most`.
    pub fn limit(&mut self, default: u32, most: u32) -> Result<u32> {
        let allowed = format!("a number from 1 to {most}");
        let limit = self.parsed("limit", &allowed, |v| v.parse().ok().filter(|n| (1..=most).contains(n)))?;
        Ok(limit.unwrap_or(default))
    }

    /// Takes an instant.
    pub fn instant(&mut self, name: &'static str) -> Result<Option<i64>> {
        self.parsed(name, "an instant by RFC 3339, such as 2026-11-25T09:31:00Z", |v| {
            // A plus sign that was not escaped arrives as a space.
            Timestamp::from_str(&v.replace(' ', "+")).ok().map(Timestamp::as_millisecond)
        })
    }

    /// Takes `from` and `to`: absent ends are now, and `default_ms` before the end.
    pub fn range(&mut self, now_at: i64, default_ms: i64, longest_ms: i64) -> Result<(i64, i64)> {
        let to_at = self.instant("to")?.unwrap_or(now_at);
        let from_at = self.instant("from")?.unwrap_or(to_at.saturating_sub(default_ms));
        if from_at >= to_at {
            return Err(Error::BadRequest(Message::verbatim("The parameter from has to be earlier than to.")).into());
        }
        if to_at.saturating_sub(from_at) > longest_ms {
            let days = longest_ms / crate::model::time::DAY_MS;
            let why = format!("Between from and to lie more than {days} days. Ask for them in several requests.");
            return Err(Error::BadRequest(Message::verbatim(why)).into());
        }
        Ok((from_at, to_at))
    }

    /// Takes the place in a list that is counted.
    pub fn place(&mut self) -> Result<Option<u64>> {
        self.parsed("after", "the next of an earlier answer", |v| v.parse().ok())
    }

    /// Refuses what nobody took; tells how the answer is wanted.
    pub fn done(self) -> Result<How> {
        match self.left.first() {
            None => Ok(self.how),
            Some((name, _)) => {
                let name: String = name.chars().take(40).collect();
                Err(Error::BadRequest(Message::verbatim(format!("There is no parameter {name:?} here."))).into())
            }
        }
    }
}

fn bad(name: &str, value: &str, allowed: &str) -> ApiError {
    let value: String = value.chars().take(80).collect();
    Error::BadRequest(Message::verbatim(format!("The parameter {name} is {value:?}; it has to be {allowed}."))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        let parts = axum::http::Request::builder().uri(format!("/x?{text}")).body(()).unwrap().into_parts().0;
        let left = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).unwrap().0;
        Query { how: How::of(&parts, &left), left }
    }

    fn words<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().0.to_string()
    }

    #[test]
    fn a_bad_parameter_is_named_with_what_is_allowed() {
        assert_eq!(
            words(query("limit=0").limit(10, 500)),
            "The parameter limit is \"0\"; it has to be a number from 1 to 500."
        );
        assert!(
            words(query("at=yesterday").instant("at"))
                .starts_with("The parameter at is \"yesterday\"; it has to be an instant")
        );
        assert_eq!(words(query("hots=1").done()), "There is no parameter \"hots\" here.");
        assert!(words(query("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z").range(0, 1, 1)).contains("earlier"));
        assert!(
            words(query("from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z").range(0, 1, 86_400_000))
                .contains("more than 1 day")
        );
    }

    #[test]
    fn instants_may_have_any_offset_even_with_an_unescaped_plus() {
        assert_eq!(query("at=1970-01-01T01:00:01+01:00").instant("at").unwrap(), Some(1_000));
        assert_eq!(query("at=1970-01-01T01:00:01%2B01:00").instant("at").unwrap(), Some(1_000));
        assert_eq!(query("at=").instant("at").unwrap(), None);
    }

    #[test]
    fn a_range_ends_now_unless_it_says_otherwise() {
        assert_eq!(query("").range(5_000, 1_000, 10_000).unwrap(), (4_000, 5_000));
        assert_eq!(query("to=1970-01-01T00:00:02Z").range(5_000, 1_000, 10_000).unwrap(), (1_000, 2_000));
    }
}
