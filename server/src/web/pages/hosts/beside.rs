//! What is told of the host beside its sessions.

use super::changes::{self, Changes};
use super::counters::{self, Counters};
use super::group::Group;
use super::shares::{self, Shares};
use crate::chart::range::Span;
use crate::locale::Locale;
use crate::model::alert::Silence;
use crate::model::finding::Finding;
use crate::model::host::Host;
use crate::store::findings::FindingFilter;
use crate::store::{self, Db};
use crate::web::pages::silences;

/// There are fewer rules than this.
const MOST: u32 = 100;

#[derive(Debug)]
pub(super) struct Beside {
    pub(super) changes: Changes,
    pub(super) counters: Option<Counters>,
    pub(super) shares: Option<Shares>,
    pub(super) findings: Vec<Finding>,
    pub(super) group: Group,
    /// Those in force for the host.
    pub(super) silences: Vec<Silence>,
}

/// # Errors
/// The database's.
pub(super) async fn over(
    db: &Db,
    host: &Host,
    (span, step_ms): (Span, i64),
    (now_at, locale): (i64, &Locale),
) -> store::Result<Beside> {
    let id = host.id;
    let holding = FindingFilter { host: Some(id), most: MOST, ..FindingFilter::default() };
    Ok(Beside {
        changes: changes::over(db, id, span, locale).await?,
        counters: counters::over(db, id, (span, step_ms), locale).await?,
        shares: shares::of(db, id, span).await?,
        findings: store::findings::list(db, &holding).await?,
        group: Group::of(db, host).await?,
        silences: silences::of_host(db, (id, &host.group_name), now_at).await?,
    })
}
