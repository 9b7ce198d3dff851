//! All sessions of a moment as a file, with the columns of `Get-SmbSession`.

use axum::response::Response;

use super::connected::distinct;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::SECOND_MS;
use crate::model::{ClientId, HostId};
use crate::store::{Db, aliases, names};
use crate::web::error::Result;
use crate::web::sheet::{Sheet, Wanted};

/// # Errors
/// The database's.
pub(super) async fn answer(
    db: &Db,
    (host, host_name): (HostId, &str),
    snapshot: Option<&Snapshot>,
    wanted: Wanted,
) -> Result<Response> {
    let mut sheet = Sheet::new(&[
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
    ]);
    let sessions = snapshot.map_or(&[][..], |snapshot| &snapshot.sessions);
    let aliases = aliases::all(db).await?;
    let main = |s: &Session| ClientId(aliases.main(s.client.0));
    let clients = names::clients(db, &distinct(sessions.iter().flat_map(|s| [s.client, main(s)]))).await?;
    let users = names::users(db, &distinct(sessions.iter().map(|s| s.user))).await?;
    let taken_at = snapshot.map_or(0, |snapshot| snapshot.taken_at);
    let ago = |at: Option<i64>| at.map(|at| (taken_at - at).max(0) / SECOND_MS);
    let none = String::new();
    for session in sessions {
        sheet
            .text(clients.get(&session.client).unwrap_or(&none))
            .text(users.get(&session.user).unwrap_or(&none))
            .known(session.opens)
            .known(ago(session.active_at))
            .known(ago(session.started_at))
            .known_instant(session.started_at)
            .text(host_name)
            .instant(taken_at)
            .text(clients.get(&main(session)).unwrap_or(&none));
    }
    Ok(sheet.into_answer(&format!("highwater-sessions-{host}"), wanted))
}
