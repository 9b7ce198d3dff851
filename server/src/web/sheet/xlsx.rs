//! A workbook of one sheet. Text is text there, whatever it begins with: no formula is ever written.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::{Cell, Sheet};
use crate::model::time::{DAY_MS, LATEST_AT};

/// Most characters of a cell, as spreadsheets have it.
const MOST_CHARS: usize = 32_767;
/// Days from the first day of spreadsheets (1899-12-30) to 1970-01-01.
const EPOCH_DAY: f64 = 25_569.0;
const WIDEST: usize = 60;

/// # Errors
/// The workbook cannot be packed.
pub(super) fn write(sheet: &Sheet, name: &str) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let worksheet = workbook.add_worksheet();
    // At most 31 characters; ours are shorter.
    worksheet.set_name(name.chars().take(31).collect::<String>())?;
    let bold = Format::new().set_bold();
    let instant = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (column, name) in (0_u16..).zip(&sheet.columns) {
        worksheet.write_string_with_format(0, column, *name, &bold)?;
        worksheet.set_column_width(column, width(sheet, usize::from(column)))?;
    }
    worksheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (1_u32..).zip(sheet.rows()) {
        for (column, cell) in (0_u16..).zip(cells) {
            put(worksheet, (row, column), cell, &instant)?;
        }
    }
    workbook.save_to_buffer()
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet's numbers have fifteen digits")]
fn put(worksheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, instant: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => worksheet.write_string(row, column, printable(text)).map(|_| ()),
        Cell::Whole(number) => worksheet.write_number(row, column, *number as f64).map(|_| ()),
        Cell::Decimal(number, _) => worksheet.write_number(row, column, *number).map(|_| ()),
        Cell::Instant(at) => {
            let day = (*at).clamp(0, LATEST_AT) as f64 / DAY_MS as f64 + EPOCH_DAY;
            worksheet.write_number_with_format(row, column, day, instant).map(|_| ())
        }
        Cell::Unknown => Ok(()),
    }
}

/// XML holds no control characters, and a cell only so much.
fn printable(text: &str) -> String {
    let kept = |c: char| if c.is_control() && !matches!(c, '\t' | '\n') { '\u{fffd}' } else { c };
    text.chars().map(kept).take(MOST_CHARS).collect()
}

/// As wide as its widest text, within reason.
#[expect(clippy::cast_precision_loss, reason = "a width of a few letters")]
fn width(sheet: &Sheet, column: usize) -> f64 {
    let of = |cell: &Cell| match cell {
        Cell::Text(text) => text.chars().count(),
        Cell::Instant(_) => 19,
        _ => 9,
    };
    let name = sheet.columns.get(column).map_or(0, |name| name.len());
    let widest = sheet.rows().filter_map(|cells| cells.get(column)).map(of).max().unwrap_or(0).max(name);
    widest.min(WIDEST) as f64 + 2.0
}
