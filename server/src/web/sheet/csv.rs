//! CSV as spreadsheets and scripts want it (RFC 4180), with names that cannot become formulas.
//!
//! Nobody can be sure that a file is split where we split it: Excel takes the separator of the system's settings, and reads a quote
//! within a field that does not begin with one as a letter. So a text is made harmless behind every separator that a spreadsheet
//! may take, and not only at its beginning.

use super::{Cell, Sheet};
use crate::locale::Lang;
use crate::web::layout::iso;

/// What stands between fields, and before the decimals of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    separator: char,
    point: char,
}

impl Dialect {
    /// For programs, whatever the language.
    pub(super) const PLAIN: Self = Self { separator: ',', point: '.' };
    const FRENCH: Self = Self { separator: ';', point: ',' };

    /// As a spreadsheet opens it that is set to this language: a French one would put a whole row into one cell.
    #[must_use]
    pub(super) fn of(lang: Lang) -> Self {
        match lang {
            Lang::English => Self::PLAIN,
            Lang::French => Self::FRENCH,
        }
    }
}

/// The whole table, its column names first. Texts are always in quotes, numbers never.
#[must_use]
pub(super) fn write(sheet: &Sheet, dialect: Dialect) -> String {
    let mut text = String::new();
    row(&mut text, dialect, sheet.columns.iter().map(|name| (*name).to_owned()));
    text + &rows(sheet, dialect)
}

/// The table without the names of its columns.
#[must_use]
pub(super) fn rows(sheet: &Sheet, dialect: Dialect) -> String {
    let mut text = String::new();
    for cells in sheet.rows() {
        row(&mut text, dialect, cells.iter().map(|cell| field(cell, dialect)));
    }
    text
}

fn row(text: &mut String, dialect: Dialect, fields: impl Iterator<Item = String>) {
    for (place, field) in fields.enumerate() {
        if place > 0 {
            text.push(dialect.separator);
        }
        text.push_str(&field);
    }
    text.push_str("\r\n");
}

fn field(cell: &Cell, dialect: Dialect) -> String {
    match cell {
        Cell::Text(text) => format!("\"{}\"", neutral(text).replace('"', "\"\"")),
        Cell::Whole(number) => number.to_string(),
        Cell::Decimal(number, digits) => {
            let text = format!("{number:.*}", usize::from(*digits));
            if dialect.point == '.' { text } else { text.replace('.', &dialect.point.to_string()) }
        }
        Cell::Instant(at) => iso(*at),
        Cell::Unknown => String::new(),
    }
}

/// Where a spreadsheet may begin a new cell within a text.
const SEPARATORS: [char; 5] = [',', ';', '\t', '\r', '\n'];
/// What a formula begins with.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text with an apostrophe wherever a cell could begin with a formula, and without control characters that a terminal obeys.
/// Tabs and line breaks stay: quoting holds them.
fn neutral(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 2);
    // Some spreadsheets drop these from the beginning of a cell.
    let mut may_begin = !text.starts_with(['\t', '\r', '\n', '\0']);
    if !may_begin {
        safe.push('\'');
    }
    for (place, c) in text.char_indices() {
        if may_begin && begins_formula(&text[place..]) {
            safe.push('\'');
        }
        may_begin = SEPARATORS.contains(&c);
        safe.push(if c.is_control() && !matches!(c, '\t' | '\r' | '\n') { '\u{fffd}' } else { c });
    }
    safe
}

/// Spaces before a formula do not hide it. Nor do quotes: a pair of them at the beginning of a cell stands for nothing.
fn begins_formula(cell: &str) -> bool {
    let is_no_matter = |c: char| c == '"' || (c.is_whitespace() && !SEPARATORS.contains(&c));
    cell.trim_start_matches(is_no_matter).starts_with(SIGNS)
}

#[cfg(test)]
mod tests;
