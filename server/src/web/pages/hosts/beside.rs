//! What is told of the host beside its sessions.

use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

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
use crate::web::error::{Error, Result};
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

/// It is gathered while its caller gathers the rest, and no longer than somebody waits for it.
#[derive(Debug)]
pub(super) struct Started(AbortOnDropHandle<store::Result<Beside>>);

impl Started {
    /// # Errors
    /// The database's.
    pub(super) async fn end(self) -> Result<Beside> {
        let ended = self.0.await;
        Ok(ended.map_err(|e| Error::Internal(format!("what stands beside a host's sessions: {e}")))??)
    }
}

/// A season of counters takes as long as all else on the page.
pub(super) fn start(db: &Db, host: &Host, of: (Span, i64), (now_at, locale): (i64, &Locale)) -> Started {
    let (db, host, locale) = (db.clone(), host.clone(), locale.clone());
    let gathered = async move { over(&db, &host, of, (now_at, &locale)).await };
    Started(AbortOnDropHandle::new(tokio::spawn(gathered.in_current_span())))
}

async fn over(
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
