//! All sessions of a moment, with the columns of `Get-SmbSession`; of two moments, what became of each between them.

use super::Of;
use crate::model::snapshot::Snapshot;
use crate::model::time::SECOND_MS;
use crate::store::frames;
use crate::web::error::Result;
use crate::web::layout::iso;
use crate::web::pages::hosts::connected::{Change, Connected, Moment, Row};
use crate::web::sheet::Sheet;

const COLUMNS: [&str; 12] = [
    "ClientComputerName",
    "ClientUserName",
    "NumOpens",
    "SecondsIdle",
    "SecondsExists",
    "StartedAt",
    "Host",
    "SnapshotAt",
    // The main name of the client whose name the first column has.
    "Client",
    "AskedAt",
    // Whether the snapshot still held true then: if not, nothing was observed, and this is the newest one before.
    "Held",
    "Incomplete",
];
/// If another moment is compared with it: what became of each session from the earlier of the two to the later.
const COMPARED: [&str; 5] = ["Change", "NumOpensBefore", "ComparedWith", "ComparedSnapshotAt", "ComparedHeld"];

pub(super) async fn sheet(of: &Of<'_>) -> Result<Sheet> {
    let (db, host, at) = (&of.site.db, of.host.id, of.asked.at.unwrap_or(of.now_at));
    let columns = if of.asked.compared_with.is_some() { [&COLUMNS[..], &COMPARED].concat() } else { COLUMNS.to_vec() };
    let mut sheet = Sheet::new(&columns);
    let Some(snapshot) = frames::at(db, host, at).await? else {
        sheet.note(&format!("Nothing was observed at {} or before.", iso(at)));
        return Ok(sheet);
    };
    let other = match of.asked.compared_with {
        Some(other_at) => frames::at(db, host, other_at).await?.map(|snapshot| (other_at, snapshot)),
        None => None,
    };
    let moment = Moment { at, snapshot: &snapshot };
    let connected = Connected::whole(db, moment, other.as_ref().map(moment_of), of.asked.sorting, &of.eyes).await?;
    for row in &connected.rows {
        add(&mut sheet, row, (of, at), &connected);
    }
    if connected.rows.is_empty() && !connected.is_true {
        let (at, taken_at) = (iso(at), iso(connected.taken_at));
        sheet.note(&format!(
            "Nothing was observed at {at}; in the newest snapshot before, of {taken_at}, nobody was connected."
        ));
    }
    match of.asked.compared_with {
        Some(other_at) if other.is_none() => {
            sheet.note(&format!(
                "There is nothing to compare with: nothing was observed at {} or before.",
                iso(other_at)
            ));
        }
        _ => {}
    }
    Ok(sheet)
}

fn moment_of((at, snapshot): &(i64, Snapshot)) -> Moment<'_> {
    Moment { at: *at, snapshot }
}

fn add(sheet: &mut Sheet, row: &Row, (of, at): (&Of<'_>, i64), connected: &Connected) {
    let compared = connected.compared.as_ref();
    // What went is told as the earlier snapshot saw it.
    let told_at = match (row.change, compared) {
        (Some(Change::Went), Some(compared)) => compared.from_at,
        (_, Some(compared)) => compared.to_at,
        _ => connected.taken_at,
    };
    sheet
        .text(row.seen_as.as_ref().unwrap_or(&row.client_name))
        .text(&row.user_name)
        .known(row.opens)
        .known(row.idle_ms.map(|ms| ms / SECOND_MS))
        .known(row.age_ms.map(|ms| ms / SECOND_MS))
        .known_instant(row.started_at)
        .text(&of.host.name)
        .instant(told_at)
        .text(&row.client_name)
        .instant(at)
        .yes(connected.is_true)
        .yes(connected.is_partial);
    let Some(other_at) = of.asked.compared_with else { return };
    let (change, before) = match row.change {
        Some(Change::Went) => ("went", None),
        Some(Change::Came) => ("came", None),
        Some(Change::Opens(before)) => ("stayed", before),
        Some(Change::Same) => ("stayed", row.opens),
        None => ("", None),
    };
    sheet.text(change).known(before).instant(other_at).known_instant(compared.map(|compared| compared.taken_at));
    sheet.text(compared.map_or("", |compared| if compared.is_true { "yes" } else { "no" }));
}
