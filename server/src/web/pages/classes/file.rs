//! The rules as a file, and the names that one of them matches or would match.

use axum::response::Response;

use super::{Asked, Class, Pattern, Row, Rule, Subject, counted, matches, refusal_words};
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
    asked: &Asked,
    wanted: Wanted,
) -> Result<Response> {
    match (asked.table.as_str(), place) {
        ("", _) => Ok(sheet(&counted(site, rules).await?).into_answer("highwater-classes", wanted)),
        ("names", Some(place)) => {
            let rule = &rules[place];
            let pattern =
                Pattern::parse(rule.subject, &rule.pattern).map_err(|e| Error::BadRequest(refusal_words(&e)))?;
            let of = (rule.class, rule.subject, rule.pattern.as_str());
            Ok(names(site, &rules[..place], of, &pattern).await?.into_answer("highwater-class-names", wanted))
        }
        // A rule that is not there yet would come last.
        ("look", _) => {
            let (class, subject, pattern) = asked.fields().read().map_err(Error::BadRequest)?;
            let text = pattern.text(&asked.pattern);
            let sheet = names(site, &rules, (class, subject, &text), &pattern).await?;
            Ok(sheet.into_answer("highwater-class-preview", wanted))
        }
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

/// Whom a rule matches that comes after `before`.
async fn names(
    site: &Site,
    before: &[Rule],
    (class, subject, text): (Class, Subject, &str),
    pattern: &Pattern,
) -> Result<Sheet> {
    let matches = matches(site, before, subject, pattern).await?;
    let mut sheet = Sheet::new(&["Name", "Class", "EarlierClass", "Pattern"]);
    sheet.add_rows(&matches, MOST, |sheet, one| {
        // An earlier rule decides.
        let class = one.before.unwrap_or(class);
        let earlier = one.before.map_or("", |class| class.word());
        sheet.text(&one.name).text(class.word()).text(earlier).text(text);
    });
    Ok(sheet)
}
