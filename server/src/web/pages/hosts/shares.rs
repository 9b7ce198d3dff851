//! The host's shares: how far each is used, and how far those with a limit of their own were.

use super::words;
use crate::chart::range::Span;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::counter::{Share, SharePeak};
use crate::model::host::WATCH_SATURATION;
use crate::store::{self, Db};

/// Rows of the table.
const MOST: usize = 40;

#[derive(Debug)]
pub(super) struct Row {
    pub(super) share: Share,
    /// The most within the range; of shares with a limit only.
    pub(super) peak: Option<SharePeak>,
}

#[derive(Debug)]
pub(super) struct Shares {
    pub(super) read_at: i64,
    /// Nearest to their own limit first, then those that are used most.
    pub(super) rows: Vec<Row>,
    pub(super) left_out: usize,
}

/// None if the host never told its shares.
///
/// # Errors
/// The database's.
pub(super) async fn of(db: &Db, host: HostId, span: Span) -> store::Result<Option<Shares>> {
    let Some((read_at, mut rows)) = all(db, host, span).await? else { return Ok(None) };
    let left_out = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    Ok(Some(Shares { read_at, rows, left_out }))
}

/// All of them in the same order, and when they were read.
///
/// # Errors
/// The database's.
pub(super) async fn all(db: &Db, host: HostId, span: Span) -> store::Result<Option<(i64, Vec<Row>)>> {
    let Some((read_at, shares)) = store::shares::of_host(db, host).await? else { return Ok(None) };
    let peaks = store::shares::peaks(db, host, span.from_at, span.to_at).await?;
    let mut rows: Vec<Row> = shares
        .into_iter()
        .map(|share| Row { peak: peaks.iter().find(|peak| peak.name == share.name).cloned(), share })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.share.saturation().unwrap_or(-1.0), row.share.uses);
        let ((a_saturation, a_uses), (b_saturation, b_uses)) = (key(a), key(b));
        b_saturation.total_cmp(&a_saturation).then(b_uses.cmp(&a_uses)).then_with(|| a.share.name.cmp(&b.share.name))
    });
    Ok(Some((read_at, rows)))
}

impl Row {
    /// `20`, `none`, `unknown`.
    pub(super) fn limit(&self, locale: &Locale) -> String {
        words::capped(locale, self.share.most_uses, self.share.is_unlimited)
    }

    /// Its class on the page, and how full it is in words; nothing without a limit.
    pub(super) fn level(&self, locale: &Locale) -> Option<(&'static str, String)> {
        let saturation = self.share.saturation()?;
        let class = match saturation {
            s if s >= 1.0 => "full",
            s if s >= WATCH_SATURATION => "watch",
            _ => "calm",
        };
        Some((class, locale.percent(saturation)))
    }
}
