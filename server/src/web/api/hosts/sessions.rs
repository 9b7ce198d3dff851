//! Who was connected at an instant, and what was different at another one.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::model::alias::Aliases;
use crate::model::difference::Difference;
use crate::model::eyes::Eyes;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::{ClientId, HostId, UserId};
use crate::store;
use crate::web::Site;
use crate::web::api::id::Id;
use crate::web::api::list::Table;
use crate::web::api::query::{Query, Result};
use crate::web::api::{Instant, LimitBody, secs};
use crate::web::auth::{May, Read};

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsBody {
    host_id: i64,
    asked_at: Instant,
    /// The newest snapshot at or before that; null if there is none.
    snapshot: Option<SnapshotBody>,
    /// Null unless `compared_with` was given.
    compared: Option<ComparedBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SnapshotBody {
    #[serde(flatten)]
    head: HeadBody,
    sessions: Vec<SessionBody>,
}

/// A snapshot without its sessions.
#[derive(Debug, Serialize, ToSchema)]
struct HeadBody {
    taken_at: Instant,
    /// Whether it still held true at `asked_at`: false in a gap.
    holds: bool,
    source: String,
    sampling_secs: u32,
    partial: bool,
    limit: LimitBody,
    saturation: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SessionBody {
    client_id: i64,
    client: String,
    /// The name under which it came, if the client has several and that is another one; else null.
    seen_as: Option<String>,
    user_id: i64,
    /// Empty for an anonymous session.
    user: String,
    opens: Option<u32>,
    started_at: Option<Instant>,
    active_at: Option<Instant>,
    age_secs: Option<i64>,
    idle_secs: Option<i64>,
}

/// The other instant, and what changed between the two.
#[derive(Debug, Serialize, ToSchema)]
struct ComparedBody {
    asked_at: Instant,
    /// The newest snapshot at or before that; null if there is none.
    snapshot: Option<HeadBody>,
    /// Null unless there are two snapshots to compare.
    difference: Option<DifferenceBody>,
}

/// From the earlier snapshot to the later one, whichever of them was asked for first.
#[derive(Debug, Serialize, ToSchema)]
struct DifferenceBody {
    from: Instant,
    to: Instant,
    /// As the later snapshot saw them.
    came: Vec<SessionBody>,
    /// As the earlier one did.
    went: Vec<SessionBody>,
    /// As the later one did.
    stayed: Vec<StayedBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StayedBody {
    #[serde(flatten)]
    session: SessionBody,
    opens_before: Option<u32>,
}

const TABLE: Table = Table {
    rows: "snapshot.sessions",
    columns: &[
        "client_id",
        "client",
        "seen_as",
        "user_id",
        "user",
        "opens",
        "started_at",
        "active_at",
        "age_secs",
        "idle_secs",
    ],
};

/// Who was connected to a host at an instant.
///
/// With `compared_with` also what was different at that one.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}/sessions", operation_id = "listHostSessions", tag = "hosts",
    params(
        ("id" = i64, Path, description = "The host's id."),
        ("at" = Option<Instant>, Query, description = "Now if it is not said."),
        ("compared_with" = Option<Instant>, Query, description = "Another instant to compare with."),
    ),
    responses((status = 200, description = "Sessions", content((SessionsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn sessions(
    by: May<Read>,
    State(site): State<Site>,
    Id(id): Id<HostId>,
    mut query: Query,
) -> Result<Response> {
    let asked_at = query.instant("at")?.unwrap_or(site.clock.now_at());
    let other_at = query.instant("compared_with")?;
    let how = query.done()?;
    let host = find(&site, id).await?.id;
    let snapshot = store::frames::at(&site.db, host, asked_at).await?;
    let other = match other_at {
        Some(at) => store::frames::at(&site.db, host, at).await?,
        None => None,
    };
    let eyes = site.eyes.of_caller(&by.caller);
    let names = Names::of((&site, &eyes), [&snapshot, &other].into_iter().flatten()).await?;
    let compared = other_at.map(|at| ComparedBody {
        asked_at: Instant(at),
        snapshot: other.as_ref().map(|o| head_body(o, at)),
        difference: snapshot.as_ref().zip(other.as_ref()).map(|both| difference_body(both, &names)),
    });
    let snapshot = snapshot.map(|s| SnapshotBody {
        head: head_body(&s, asked_at),
        sessions: s.sessions.iter().map(|session| names.session_body(session, s.taken_at)).collect(),
    });
    let body = SessionsBody { host_id: host.0, asked_at: Instant(asked_at), snapshot, compared };
    Ok(how.list(&body, TABLE, None))
}

fn head_body(snapshot: &Snapshot, asked_at: i64) -> HeadBody {
    let count = u32::try_from(snapshot.sessions.len()).unwrap_or(u32::MAX);
    HeadBody {
        taken_at: Instant(snapshot.taken_at),
        holds: asked_at - snapshot.taken_at <= i64::from(snapshot.sampling_secs) * 2_000,
        source: snapshot.source.clone(),
        sampling_secs: snapshot.sampling_secs,
        partial: snapshot.partial,
        limit: snapshot.limit.into(),
        saturation: snapshot.limit.saturation(count),
    }
}

fn difference_body((one, two): (&Snapshot, &Snapshot), names: &Names) -> DifferenceBody {
    let (earlier, later) = if one.taken_at <= two.taken_at { (one, two) } else { (two, one) };
    let (from_at, to_at) = (earlier.taken_at, later.taken_at);
    let Difference { came, went, stayed } = Difference::between(earlier, later);
    DifferenceBody {
        from: Instant(from_at),
        to: Instant(to_at),
        came: came.iter().map(|s| names.session_body(s, to_at)).collect(),
        went: went.iter().map(|s| names.session_body(s, from_at)).collect(),
        stayed: stayed
            .iter()
            .map(|s| StayedBody { session: names.session_body(&s.after, to_at), opens_before: s.before.opens })
            .collect(),
    }
}

struct Names {
    aliases: Aliases,
    clients: HashMap<ClientId, String>,
    users: HashMap<UserId, String>,
}

impl Names {
    async fn of<'a>((site, eyes): (&Site, &Eyes), snapshots: impl Iterator<Item = &'a Snapshot>) -> Result<Self> {
        let aliases = store::aliases::all(&site.db).await?;
        let (mut clients, mut users) = (Vec::new(), Vec::new());
        for session in snapshots.flat_map(|s| &s.sessions) {
            clients.extend([session.client, ClientId(aliases.main(session.client.0))]);
            users.push(session.user);
        }
        clients.sort_unstable();
        clients.dedup();
        users.sort_unstable();
        users.dedup();
        Ok(Self {
            clients: store::names::clients(&site.db, &clients).await?,
            users: eyes.users(store::names::users(&site.db, &users).await?),
            aliases,
        })
    }

    fn session_body(&self, session: &Session, taken_at: i64) -> SessionBody {
        let main = ClientId(self.aliases.main(session.client.0));
        let name = |id: ClientId| self.clients.get(&id).cloned().unwrap_or_default();
        SessionBody {
            client_id: main.0,
            client: name(main),
            seen_as: (main != session.client).then(|| name(session.client)),
            user_id: session.user.0,
            user: self.users.get(&session.user).cloned().unwrap_or_default(),
            opens: session.opens,
            started_at: session.started_at.map(Instant),
            active_at: session.active_at.map(Instant),
            age_secs: session.started_at.map(|at| secs(taken_at - at).max(0)),
            idle_secs: session.active_at.map(|at| secs(taken_at - at).max(0)),
        }
    }
}
