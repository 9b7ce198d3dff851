//! Files read back as spreadsheets and scripts read them.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use crate::harness::person::Answer;

/// The cells of the only sheet, the head first; fails if one is a formula.
pub(crate) fn cells(answer: &Answer) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).unwrap();
    let sheet = book.worksheets().remove(0).0;
    let formulas = book.worksheet_formula(&sheet).unwrap();
    assert!(formulas.used_cells().next().is_none(), "a formula is in {sheet}");
    book.worksheet_range(&sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

pub(super) fn text(cell: &Data) -> &str {
    if let Data::String(text) = cell { text } else { panic!("{cell:?} is no text") }
}

/// The rows of a CSV, the head first, for who takes this for the separator.
pub(crate) fn rows(csv: &str, separator: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let records = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect());
    records.collect()
}

/// The values of a column, below its name.
pub(super) fn column<'a>(rows: &'a [Vec<String>], name: &str) -> Vec<&'a str> {
    let place = rows[0].iter().position(|head| head == name).unwrap_or_else(|| panic!("no {name} in {:?}", rows[0]));
    rows[1..].iter().map(|row| row[place].as_str()).collect()
}

/// Whatever the settings of the spreadsheet, none of the cells that it finds is more than text or a number.
pub(super) fn assert_no_formula(csv: &str, what: &str) {
    for separator in *b",;\t" {
        for cell in rows(csv, separator).into_iter().flatten() {
            let begins = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
            let is_sign = begins.starts_with(['=', '+', '-', '@']);
            assert!(!is_sign || cell.replace(',', ".").parse::<f64>().is_ok(), "{what}: {cell:?} in {csv}");
        }
    }
}
