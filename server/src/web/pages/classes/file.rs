//! The rules as a file, and the names that one of them matches.

use axum::response::Response;

use super::{Pattern, Row, Rule, counted, matches, refusal_words};
use crate::web::Site;
use crate::web::error::{Error, Result};
use crate::web::sheet::{Sheet, Wanted};

const MOST: usize = 100_000;

/// `place` is that of the rule that is looked at.
///
/// # Errors
/// The database's; `NotFound` if there is no such table or no such rule.
pub(super) async fn answer(
    site: &Site,
    (rules, place): (Vec<Rule>, Option<usize>),
    table: &str,
    wanted: Wanted,
) -> Result<Response> {
    match (table, place) {
        ("", _) => Ok(sheet(&counted(site, rules).await?).into_answer("highwater-classes", wanted)),
        ("names", Some(place)) => Ok(names(site, &rules, place).await?.into_answer("highwater-class-names", wanted)),
        _ => Err(Error::NotFound("file")),
    }
}

fn sheet(rows: &[Row]) -> Sheet {
    let mut sheet = Sheet::new(&["Place", "Pattern", "Class", "LooksAt", "Names", "CreatedAt", "CreatedBy"]);
    for (place, Row { rule, count }) in (1..).zip(rows) {
        // Those that come with the program were made by nobody.
        let made_at = (!rule.created_by.is_empty()).then_some(rule.created_at);
        sheet.whole(place).text(&rule.pattern).text(rule.class.word()).text(rule.subject.word()).whole(*count);
        sheet.known_instant(made_at).text(&rule.created_by);
    }
    sheet
}

async fn names(site: &Site, rules: &[Rule], place: usize) -> Result<Sheet> {
    let rule = &rules[place];
    let pattern = Pattern::parse(rule.subject, &rule.pattern).map_err(|e| Error::BadRequest(refusal_words(&e)))?;
    let matches = matches(site, &rules[..place], rule.subject, &pattern).await?;
    let mut sheet = Sheet::new(&["Name", "Class", "EarlierClass", "Pattern"]);
    sheet.add_rows(&matches, MOST, |sheet, one| {
        // An earlier rule decides.
        let class = one.before.unwrap_or(rule.class);
        let earlier = one.before.map_or("", |class| class.word());
        sheet.text(&one.name).text(class.word()).text(earlier).text(&rule.pattern);
    });
    Ok(sheet)
}
