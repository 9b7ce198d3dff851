//! CSV as spreadsheets and scripts want it (RFC 4180), with names that cannot become formulas.

use super::{Cell, Sheet};
use crate::web::layout::iso;

/// The whole table, its column names first.
#[must_use]
pub(super) fn write(sheet: &Sheet) -> String {
    let mut text = String::new();
    row(&mut text, sheet.columns.iter().map(|name| (*name).to_owned()));
    for cells in sheet.rows() {
        row(&mut text, cells.iter().map(field));
    }
    text
}

fn row(text: &mut String, fields: impl Iterator<Item = String>) {
    for (place, field) in fields.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&field);
    }
    text.push_str("\r\n");
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => quoted(text),
        Cell::Whole(number) => number.to_string(),
        Cell::Decimal(number, digits) => format!("{number:.*}", usize::from(*digits)),
        Cell::Instant(at) => iso(*at),
        Cell::Unknown => String::new(),
    }
}

fn quoted(text: &str) -> String {
    let safe = neutral(text);
    if safe.contains(['"', ',', ';', '\r', '\n']) || safe.starts_with(' ') || safe.ends_with(' ') {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
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
        let mut sheet = Sheet::new(&["Client"]);
        sheet.text(text);
        write(&sheet).strip_prefix("Client\r\n").unwrap().strip_suffix("\r\n").unwrap().to_owned()
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
    fn an_unknown_figure_is_an_empty_field() {
        let mut sheet = Sheet::new(&["A", "B", "C", "D"]);
        sheet.whole(-7).known(None::<i64>).decimal(1.25, 1).instant(1_795_509_067_000);
        assert_eq!(write(&sheet), "A,B,C,D\r\n-7,,1.2,2026-11-24T08:31:07Z\r\n");
    }
}
