//! Lists as programs get them: JSON, or a table by `Accept: text/csv`; and where the next ones are.

use axum::Json;
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::accept;
use crate::web::error::Error;
use crate::web::query;
use crate::web::sheet::{Sheet, Wanted};

/// How a request wants its answer, once its parameters are read.
#[derive(Debug, Clone)]
pub struct How {
    path: String,
    /// As they were given.
    pairs: Vec<(String, String)>,
    wants_csv: bool,
}

/// What a list is made of as a table: where in the body its rows are, and the fields of each row; those within others after a dot.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub rows: &'static str,
    pub columns: &'static [&'static str],
}

impl How {
    pub(super) fn of(parts: &Parts, pairs: &[(String, String)]) -> Self {
        Self { path: parts.uri.path().to_owned(), pairs: pairs.to_vec(), wants_csv: accept::wants_csv(&parts.headers) }
    }

    /// The answer with a list. `next`: what `after` has to be for the next ones; none at the end.
    pub fn list(&self, body: &impl Serialize, table: Table, next: Option<&str>) -> Response {
        let mut response =
            if self.wants_csv { self.csv(body, table) } else { (StatusCode::OK, Json(body)).into_response() };
        if let Some(link) = next.and_then(|next| self.link(next)) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }

    fn csv(&self, body: &impl Serialize, table: Table) -> Response {
        let body = match serde_json::to_value(body) {
            Ok(body) => body,
            Err(error) => return super::super::error::ApiError(Error::Internal(error.to_string())).into_response(),
        };
        let mut sheet = Sheet::new(table.columns);
        let rows = within(&body, table.rows).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for row in rows {
            for column in table.columns {
                put(&mut sheet, within(row, column).unwrap_or(&Value::Null));
            }
        }
        let name = self.path.rsplit('/').next().unwrap_or_default();
        sheet.into_answer(&format!("highwater-{name}"), Wanted::CsvText)
    }

    /// The same question from there on, by RFC 8288.
    fn link(&self, next: &str) -> Option<HeaderValue> {
        let given = self.pairs.iter().filter(|(name, _)| name != "after");
        let mut pairs: Vec<(&str, &str)> = given.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.push(("after", next));
        HeaderValue::from_str(&format!("<{}{}>; rel=\"next\"", self.path, query::query(&pairs))).ok()
    }
}

/// The value at the end of a path of fields with dots between them.
fn within<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |within, field| within.get(field))
}

fn put(sheet: &mut Sheet, value: &Value) {
    match value {
        Value::Null => sheet.known(None::<i64>),
        Value::Bool(is_so) => sheet.text(if *is_so { "true" } else { "false" }),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => sheet.whole(whole),
            None => sheet.decimal(number.as_f64().unwrap_or_default(), 4),
        },
        Value::String(text) => sheet.text(text),
        Value::Array(all) => {
            let words = all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
            sheet.text(&words.collect::<Vec<_>>().join(" "))
        }
        Value::Object(_) => sheet.text(&value.to_string()),
    };
}

/// Cuts a list that is whole in memory: those after the place that `after` names, and the place of what comes after them.
pub(super) fn cut<T>(all: Vec<T>, after: Option<u64>, most: u32) -> (Vec<T>, Option<String>) {
    let skip = after.and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let end = skip.saturating_add(most as usize);
    let next = (end < all.len()).then(|| end.to_string());
    (all.into_iter().skip(skip).take(most as usize).collect(), next)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use serde_json::json;

    use super::*;

    const TABLE: Table =
        Table { rows: "hosts", columns: &["id", "name", "now.sessions", "addresses", "now.saturation"] };

    fn how(accept: &str) -> How {
        let request =
            Request::builder().uri("/api/v1/hosts?q=a%26b&after=1").header("accept", accept).body(()).unwrap();
        let pairs = [("q", "a&b"), ("after", "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        How::of(&request.into_parts().0, &pairs)
    }

    #[tokio::test]
    async fn a_table_has_the_fields_of_the_rows_and_no_formula() {
        let body = json!({ "hosts": [
            { "id": 7, "name": "=evil()", "now": { "sessions": 3, "saturation": 0.15 }, "addresses": ["10.0.0.1", "10.0.0.2"] },
            { "id": 8, "name": "FS2", "now": null, "addresses": [] },
        ]});
        let response = how("text/csv").list(&body, TABLE, Some("2"));
        assert_eq!(response.headers()[LINK], "</api/v1/hosts?q=a%26b&after=2>; rel=\"next\"");
        let text = String::from_utf8(to_bytes(response.into_body(), 9_999).await.unwrap().to_vec()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "id,name,now.sessions,addresses,now.saturation");
        assert!(lines[1].starts_with("7,\"'=evil()\",3,") && lines[1].ends_with("0.1500"), "{text}");
        assert!(lines[2].starts_with("8,\"FS2\",,"), "{text}");
    }

    #[test]
    fn at_the_end_nothing_leads_on() {
        assert_eq!(how("*/*").list(&json!({}), TABLE, None).headers().get(LINK), None);
        assert_eq!(cut(vec![1, 2, 3], None, 2), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(cut(vec![1, 2, 3], Some(2), 2), (vec![3], None));
        assert_eq!(cut(vec![1, 2], None, 2), (vec![1, 2], None));
        assert_eq!(cut(vec![1], Some(u64::MAX), 2), (vec![], None));
    }
}
