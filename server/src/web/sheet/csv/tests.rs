use proptest::prelude::*;

use super::*;

fn field(text: &str) -> String {
    let mut sheet = Sheet::new(&["Client"]);
    sheet.text(text);
    let written = write(&sheet, Dialect::PLAIN);
    let field = written.strip_prefix("Client\r\n\"").unwrap().strip_suffix("\"\r\n").unwrap();
    field.replace("\"\"", "\"")
}

#[test]
fn a_name_is_never_a_formula() {
    for (name, written) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u{a0}=1", "'\u{a0}=1"),
        ("\"=1", "'\"=1"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("＝1", "'＝1"),
        ("\0=1", "'\u{fffd}=1"),
        ("=HYPERLINK(\"http://evil\",\"x\")", "'=HYPERLINK(\"http://evil\",\"x\")"),
        ("10.0.0.7", "10.0.0.7"),
        ("PC-7", "PC-7"),
        ("", ""),
    ] {
        assert_eq!(field(name), written, "{name:?}");
    }
}

#[test]
fn nor_is_a_part_of_it_behind_what_another_spreadsheet_takes_for_a_separator() {
    for (name, written) in [
        ("x;=1;y", "x;'=1;y"),
        ("x; \"=1\"", "x;' \"=1\""),
        ("pc-1; +1; pc-2", "pc-1;' +1; pc-2"),
        ("x,-1", "x,'-1"),
        ("x\t@A1", "x\t'@A1"),
        ("one\r\n=1", "one\r\n'=1"),
        ("one\r\ntwo; three", "one\r\ntwo; three"),
        ("a=b;c-d", "a=b;c-d"),
    ] {
        assert_eq!(field(name), written, "{name:?}");
    }
}

#[test]
fn texts_are_in_quotes_and_numbers_are_not() {
    let mut sheet = Sheet::new(&["A", "B", "C", "D", "E"]);
    sheet.text("say \"hi\"\u{1b}[2J").whole(-7).known(None::<i64>).decimal(1.25, 1).instant(1_795_509_067_000);
    let row = |dialect| write(&sheet, dialect).lines().nth(1).unwrap().to_owned();
    assert_eq!(row(Dialect::of(Lang::English)), "\"say \"\"hi\"\"\u{fffd}[2J\",-7,,1.2,2026-11-24T08:31:07Z");
    assert_eq!(row(Dialect::of(Lang::French)), "\"say \"\"hi\"\"\u{fffd}[2J\";-7;;1,2;2026-11-24T08:31:07Z");
}

/// The cells that a reader finds which takes this for the separator; quotes count at the beginning of a cell.
fn cells(written: &str, separator: char) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(separator).unwrap())
        .from_reader(written.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace()).starts_with(SIGNS)
}

/// Made of what has a meaning to a reader of CSV or to a spreadsheet.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let letters = ["=", "+", "-", "@", "＝", "\"", "'", ",", ";", "\t", "\r", "\n", "\0", " ", "\u{a0}", "x", "1"];
    let text = prop::collection::vec(prop::sample::select(letters.to_vec()), 0..9);
    prop::collection::vec(text.prop_map(|letters| letters.concat()), 6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whoever_reads_it_finds_every_text_and_no_formula(texts in texts(), is_french in any::<bool>()) {
        let dialect = if is_french { Dialect::FRENCH } else { Dialect::PLAIN };
        let mut sheet = Sheet::new(&["A", "B", "C"]);
        texts.iter().for_each(|text| {
            sheet.text(text);
        });
        let written = write(&sheet, dialect);
        let read: Vec<String> = cells(&written, dialect.separator).into_iter().skip(1).flatten().collect();
        let meant: Vec<String> = texts.iter().map(|text| neutral(text)).collect();
        prop_assert_eq!(read, meant);
        for separator in [',', ';', '\t'] {
            for cell in cells(&written, separator).into_iter().flatten() {
                prop_assert!(!is_formula(&cell), "{cell:?} with {separator:?} of {written:?}");
            }
        }
        // Nor for a reader that does not know quotes.
        for cell in written.split(SEPARATORS) {
            prop_assert!(!is_formula(cell), "{cell:?} of {written:?}");
        }
    }
}
