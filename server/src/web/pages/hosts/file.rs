//! The tables of a host's page as files: the sessions of a moment, what the charts are drawn from, and what stands beside them.

mod beside;
mod moment;
mod readings;

use axum::response::Response;

use super::asked::{Asked, Question};
use super::seen::span_of;
use crate::chart::range::Span;
use crate::locale::Zone;
use crate::model::eyes::Eyes;
use crate::model::host::Host;
use crate::web::Site;
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::sheet::{Sheet, Wanted};

/// What a table is made for.
struct Of<'a> {
    site: &'a Site,
    /// Whoever takes it.
    eyes: Eyes,
    host: &'a Host,
    asked: Question,
    /// The stretch of time that the page shows.
    span: Span,
    now_at: i64,
    zone: &'a Zone,
}

/// # Errors
/// The database's; `NotFound` if there is no such table.
pub(super) async fn answer(
    (site, eyes): (&Site, Eyes),
    (host, viewer): (&Host, &Viewer),
    asked: &Asked,
    wanted: Wanted,
) -> Result<Response> {
    let (chart, table) = asked.table();
    let asked = Question::of(asked, host.id, viewer);
    let now_at = viewer.now_at;
    let (span, zone) = (span_of(asked.zoom, asked.at, now_at), &viewer.locale.zone);
    let of = Of { site, eyes, host, asked, span, now_at, zone };
    let (sheet, name): (Sheet, _) = match (chart, table) {
        ("", "") => (moment::sheet(&of).await?, "highwater-sessions"),
        ("sessions", _) => (readings::sessions(&of).await?, "highwater-usage"),
        ("holders", _) => (readings::holders(&of).await?, "highwater-holders"),
        (_, "shares") => (beside::shares(&of).await?, "highwater-shares"),
        (_, "counters") => (beside::counters(&of).await?, "highwater-counters"),
        (_, "changes") => (beside::changes(&of).await?, "highwater-changes"),
        (_, "findings") => (beside::findings(&of).await?, "highwater-findings-of-host"),
        _ => return Err(Error::NotFound("file")),
    };
    Ok(sheet.into_answer(&format!("{name}-{}", host.id), wanted))
}
