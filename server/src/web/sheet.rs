//! Tables as files: CSV for people and programs, XLSX for people. A table is made once, and written as either.
//!
//! Column names, words and instants are the same for everybody, and English, so that a script reads what a colleague sends. What a
//! French person gets by a link on a page is separated as French spreadsheets have it: `;`, with decimal commas.

mod csv;
mod xlsx;

use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use self::csv::Dialect;
use super::error::Error;
use crate::locale::Lang;

/// What a page is asked for that is a list and nothing else.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// For [`wanted`].
    pub format: Option<String>,
}

/// How a table is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// By a link on a page: a file to save, marked as UTF-8 so that spreadsheets read accents right, and separated as those of this
    /// language have it.
    CsvFile(Lang),
    /// By `Accept: text/csv`: the bare text.
    CsvText,
    Xlsx,
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Whether a file is wanted instead of a page or JSON, and which. `lang` is the viewer's.
#[must_use]
pub fn wanted(format: Option<&str>, headers: &HeaderMap, lang: Lang) -> Option<Wanted> {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default().trim_start();
    match format {
        Some("csv") => Some(Wanted::CsvFile(lang)),
        Some("xlsx") => Some(Wanted::Xlsx),
        _ if accept.starts_with("text/csv") => Some(Wanted::CsvText),
        _ if accept.starts_with(XLSX) => Some(Wanted::Xlsx),
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    /// Also what came from outside.
    Text(String),
    Whole(i64),
    /// With so many digits after the point.
    Decimal(f64, u8),
    /// In UTC.
    Instant(i64),
    /// Empty, which is not zero.
    Unknown,
}

/// A table in the making, cell by cell, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    columns: Vec<&'static str>,
    cells: Vec<Cell>,
}

impl Sheet {
    /// A table with these columns and no row yet.
    #[must_use]
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), cells: Vec::new() }
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.put(Cell::Text(text.to_owned()))
    }

    pub fn yes(&mut self, is_so: bool) -> &mut Self {
        self.text(if is_so { "yes" } else { "no" })
    }

    pub fn whole(&mut self, number: impl TryInto<i64>) -> &mut Self {
        self.put(Cell::Whole(number.try_into().unwrap_or(i64::MAX)))
    }

    pub fn decimal(&mut self, number: f64, digits: u8) -> &mut Self {
        self.put(Cell::Decimal(number, digits))
    }

    pub fn instant(&mut self, at: i64) -> &mut Self {
        self.put(Cell::Instant(at))
    }

    /// A whole number, or nothing where it is not known.
    pub fn known(&mut self, number: Option<impl TryInto<i64>>) -> &mut Self {
        match number {
            Some(number) => self.whole(number),
            None => self.put(Cell::Unknown),
        }
    }

    pub fn known_decimal(&mut self, number: Option<f64>, digits: u8) -> &mut Self {
        match number {
            Some(number) => self.decimal(number, digits),
            None => self.put(Cell::Unknown),
        }
    }

    pub fn known_instant(&mut self, at: Option<i64>) -> &mut Self {
        match at {
            Some(at) => self.instant(at),
            None => self.put(Cell::Unknown),
        }
    }

    /// Adds a row for each, up to `most`; if there are more, a last row says so: of a file that just ends, nobody knows.
    pub fn add_rows<T>(&mut self, all: &[T], most: usize, mut add: impl FnMut(&mut Self, &T)) {
        for one in all.iter().take(most) {
            add(self, one);
        }
        if all.len() > most {
            let most = Lang::English.number(most);
            self.note(&format!("There is more: a file ends after {most} rows. Narrow the question."));
        }
    }

    /// Adds a row that is no row of the table but says something about it.
    pub fn note(&mut self, text: &str) {
        self.text(text);
        let rest = self.columns.len().saturating_sub(1);
        self.cells.extend(std::iter::repeat_n(Cell::Unknown, rest));
    }

    /// As a file within another file: in English, marked as UTF-8.
    #[must_use]
    pub fn to_file(&self) -> String {
        format!("\u{feff}{}", csv::write(self, Dialect::PLAIN))
    }

    /// The rows alone, to stand behind those of [`to_file`](Self::to_file).
    #[must_use]
    pub fn to_more_of_file(&self) -> String {
        csv::rows(self, Dialect::PLAIN)
    }

    fn put(&mut self, cell: Cell) -> &mut Self {
        self.cells.push(cell);
        self
    }

    fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(self.columns.len().max(1))
    }

    /// The answer. `name` is the file's, without its ending.
    #[must_use]
    pub fn into_answer(self, name: &str, wanted: Wanted) -> Response {
        debug_assert!(self.cells.len().is_multiple_of(self.columns.len().max(1)), "a row of {name} is not whole");
        let file = |ending: &str| {
            let text = format!("attachment; filename=\"{name}.{ending}\"");
            HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
        };
        let (kind, disposition, body) = match wanted {
            Wanted::CsvFile(lang) => {
                (CSV, file("csv"), format!("\u{feff}{}", csv::write(&self, Dialect::of(lang))).into_bytes())
            }
            Wanted::CsvText => {
                (CSV, HeaderValue::from_static("inline"), csv::write(&self, Dialect::PLAIN).into_bytes())
            }
            Wanted::Xlsx => match xlsx::write(&self, name) {
                Ok(book) => (XLSX, file("xlsx"), book),
                Err(error) => return Error::Internal(error.to_string()).into_response(),
            },
        };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(kind)),
            (CONTENT_DISPOSITION, disposition),
            (VARY, HeaderValue::from_static("accept, accept-language, cookie")),
        ];
        (headers, body).into_response()
    }
}

const CSV: &str = "text/csv; charset=utf-8; header=present";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_hold_all_says_so_in_its_last_row() {
        let table = |most| {
            let mut sheet = Sheet::new(&["A", "B"]);
            sheet.add_rows(&[7, 8, 9], most, |sheet, n| {
                sheet.whole(*n).whole(*n);
            });
            csv::write(&sheet, Dialect::PLAIN)
        };
        assert_eq!(table(3).lines().count(), 4, "{}", table(3));
        let cut = table(2);
        let last = cut.lines().last().unwrap();
        assert_eq!(cut.lines().count(), 4, "{cut}");
        assert!(last.contains("ends after 2 rows") && last.ends_with(','), "{last}");
    }

    #[test]
    fn a_person_gets_a_file_and_a_program_bare_text() {
        let mut headers = HeaderMap::new();
        let as_french = |format, headers: &HeaderMap| wanted(format, headers, Lang::French);
        assert_eq!(as_french(None, &headers), None);
        assert_eq!(as_french(Some("csv"), &headers), Some(Wanted::CsvFile(Lang::French)));
        assert_eq!(as_french(Some("xlsx"), &headers), Some(Wanted::Xlsx));
        headers.insert(ACCEPT, HeaderValue::from_static("text/csv, */*;q=0.1"));
        assert_eq!(as_french(None, &headers), Some(Wanted::CsvText));
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,*/*"));
        assert_eq!(as_french(None, &headers), None);
    }
}
