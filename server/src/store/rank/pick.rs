//! Which holders a part of a ranking shows, and in which order.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::{Ranking, Who, names};
use crate::store::{Db, Result, classes};

/// Equals are put in order of name as long as they are no more than this: beyond, reading their names would cost more than the
/// order is worth, and they stand in order of id.
const MOST_TIED: usize = 2_000;

/// The holders of a page, in order.
#[derive(Debug, Default)]
pub(super) struct Picked {
    pub(super) shown: Vec<Shown>,
    pub(super) all: usize,
    pub(super) matching: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) rank: usize,
    pub(super) id: i64,
    pub(super) name: String,
}

/// `figures` are (figure, id) of every holder, in ascending order of id.
pub(super) async fn pick(db: &Db, who: Who<'_>, figures: Vec<(i64, i64)>, ranking: &Ranking) -> Result<Picked> {
    let seen = (who.by, who.eyes);
    let all = figures.len();
    let mut ranked = figures;
    let whole = if ranking.name_contains.is_empty() && ranking.class.is_none() {
        None
    } else {
        let mut everybody: Vec<i64> = ranked.iter().map(|(figure, _)| *figure).collect();
        everybody.sort_unstable();
        narrow(db, who, &mut ranked, ranking).await?;
        Some(everybody)
    };
    let matching = ranked.len();
    let page = ranking.skip.min(matching)..ranking.skip.saturating_add(ranking.most).min(matching);
    if page.is_empty() {
        return Ok(Picked { shown: Vec::new(), all, matching });
    }
    let order = |(figure, id): &(i64, i64)| (Reverse(*figure), *id);
    // Only what comes up to the page's end is put in order.
    let least = ranked.select_nth_unstable_by_key(page.end - 1, order).1.0;
    let mut top: Vec<(i64, i64)> = ranked.iter().copied().filter(|(figure, _)| *figure >= least).collect();
    top.sort_unstable_by_key(order);
    let (start, tied) = tied_with(&top, page.start);
    let (named, order_known) =
        if tied.len() <= MOST_TIED.max(page.len()) { (tied, true) } else { (top_of(&top, &page), false) };
    let mut known = names::of(db, seen, named.iter().map(|(_, id)| *id).collect()).await?;
    let mut named: Vec<_> =
        named.iter().map(|(figure, id)| (Reverse(*figure), known.remove(id).unwrap_or_default(), *id)).collect();
    if order_known {
        named.sort_unstable();
    }
    let skipped = if order_known { page.start - start } else { 0 };
    let shown = named.into_iter().skip(skipped).take(page.len());
    let rank = |figure: i64| match &whole {
        Some(everybody) => everybody.len() - everybody.partition_point(|f| *f <= figure) + 1,
        None => top.partition_point(|(f, _)| *f > figure) + 1,
    };
    let shown = shown.map(|(Reverse(figure), name, id)| Shown { rank: rank(figure), id, name }).collect();
    Ok(Picked { shown, all, matching })
}

/// Leaves those with the text in one of their names and of the class.
async fn narrow(db: &Db, who: Who<'_>, ranked: &mut Vec<(i64, i64)>, ranking: &Ranking) -> Result<()> {
    if !ranking.name_contains.is_empty() {
        let found = names::containing(db, (who.by, who.eyes), &ranking.name_contains).await?;
        let found: HashSet<i64> = found.into_iter().map(|id| who.aliases.main(id)).collect();
        ranked.retain(|(_, id)| found.contains(id));
    }
    if let Some(class) = ranking.class {
        let ids: Vec<i64> = ranked.iter().map(|(_, id)| *id).collect();
        let found = classes::having(db, who.by, class, (who.aliases, &ids)).await?;
        ranked.retain(|(_, id)| found.contains(id));
    }
    Ok(())
}

/// From the first holder that ties with the one at `start` on: where that is, and all of them.
fn tied_with(top: &[(i64, i64)], start: usize) -> (usize, Vec<(i64, i64)>) {
    let most = top[start].0;
    let first = top.partition_point(|(figure, _)| *figure > most);
    (first, top[first..].to_vec())
}

fn top_of(top: &[(i64, i64)], page: &std::ops::Range<usize>) -> Vec<(i64, i64)> {
    top[page.clone()].to_vec()
}

/// How the names of these holders are.
pub(super) type Names = HashMap<i64, String>;
