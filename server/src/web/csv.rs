//! CSV as spreadsheets and scripts want it (RFC 4180), with names that cannot become formulas.

use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

/// Who asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A link on a page: a file to save, marked as UTF-8 so that spreadsheets read accents right.
    Person,
    /// `Accept: text/csv`: the bare text.
    Program,
}

/// Who wants CSV instead of a page or JSON, if anybody does.
#[must_use]
pub fn wanted(format: Option<&str>, headers: &HeaderMap) -> Option<For> {
    let accepts =
        || headers.get(ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.trim_start().starts_with("text/csv"));
    match format {
        Some("csv") => Some(For::Person),
        _ if accepts() => Some(For::Program),
        _ => None,
    }
}

/// A table in the making.
#[derive(Debug)]
pub struct Csv {
    text: String,
    is_in_row: bool,
}

impl Csv {
    /// Starts with a row of column names of ours.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        let mut csv = Self { text: String::new(), is_in_row: false };
        columns.iter().for_each(|name| csv.raw(name));
        csv.end_row();
        csv
    }

    /// Adds a field whose text came from outside.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let safe = neutral(text);
        if safe.contains(['"', ',', ';', '\r', '\n']) || safe.starts_with(' ') || safe.ends_with(' ') {
            self.raw(&format!("\"{}\"", safe.replace('"', "\"\"")));
        } else {
            self.raw(&safe);
        }
        self
    }

    /// Adds a figure or an instant of ours.
    pub fn figure(&mut self, figure: impl ToString) -> &mut Self {
        self.raw(&figure.to_string());
        self
    }

    /// Adds a figure of ours, or nothing where it is not known.
    pub fn known(&mut self, figure: Option<impl ToString>) -> &mut Self {
        self.raw(&figure.map(|f| f.to_string()).unwrap_or_default());
        self
    }

    pub fn end_row(&mut self) {
        self.text.push_str("\r\n");
        self.is_in_row = false;
    }

    /// The answer. `name` is the file's, without its ending.
    #[must_use]
    pub fn into_answer(self, name: &str, whom: For) -> Response {
        let (text, disposition) = match whom {
            For::Person => (format!("\u{feff}{}", self.text), format!("attachment; filename=\"{name}.csv\"")),
            For::Program => (self.text, "inline".to_owned()),
        };
        let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
            (CONTENT_DISPOSITION, disposition),
            (VARY, HeaderValue::from_static("accept")),
        ];
        (headers, text).into_response()
    }

    fn raw(&mut self, field: &str) {
        if self.is_in_row {
            self.text.push(',');
        }
        self.text.push_str(field);
        self.is_in_row = true;
    }
}

/// The text with an apostrophe in front if a spreadsheet could take it for a formula, and without control characters that a
/// terminal obeys. Tabs and line breaks stay: quoting holds them.
fn neutral(text: &str) -> String {
    let is_formula = text
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\0']);
    let kept = text.chars().map(|c| if c.is_control() && !matches!(c, '\t' | '\r' | '\n') { '\u{fffd}' } else { c });
    is_formula.then_some('\'').into_iter().chain(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let mut csv = Csv::new(&["Client"]);
        csv.text(text).end_row();
        csv.text.strip_prefix("Client\r\n").unwrap().strip_suffix("\r\n").unwrap().to_owned()
    }

    #[test]
    fn a_name_is_never_a_formula() {
        for (name, written) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "'＝1"),
            ("\0=1", "'\u{fffd}=1"),
            ("=HYPERLINK(\"http://evil\",\"x\")", "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""),
            ("10.0.0.7", "10.0.0.7"),
            ("PC-7", "PC-7"),
        ] {
            assert_eq!(field(name), written, "{name:?}");
        }
    }

    #[test]
    fn what_would_break_a_row_is_quoted() {
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("a;b"), "\"a;b\"");
        assert_eq!(field("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(field("a\r\nb"), "\"a\r\nb\"");
        assert_eq!(field("\u{1b}[2J"), "\u{fffd}[2J");
        assert_eq!(field(""), "");
    }

    #[test]
    fn a_person_gets_a_file_and_a_program_bare_text() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted(None, &headers), None);
        assert_eq!(wanted(Some("csv"), &headers), Some(For::Person));
        headers.insert(ACCEPT, HeaderValue::from_static("text/csv, */*;q=0.1"));
        assert_eq!(wanted(None, &headers), Some(For::Program));
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,*/*"));
        assert_eq!(wanted(None, &headers), None);
    }

    #[test]
    fn an_unknown_figure_is_an_empty_field() {
        let mut csv = Csv::new(&["A", "B", "C"]);
        csv.figure(-7).known(None::<i64>).known(Some(1.5)).end_row();
        assert_eq!(csv.text, "A,B,C\r\n-7,,1.5\r\n");
    }
}
