use askama::Template;
use askama_web::WebTemplate;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::rank::rank;
use super::{Asked, Kind, Ranked, Stretch, Window, at_most, file};
use crate::locale::{Locale, Message, NBSP};
use crate::model::HostId;
use crate::model::class::Class;
use crate::model::holder::Measure;
use crate::model::host::HostInShort;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::layout::{Page, Viewer};
use crate::web::pages::views::Views;
use crate::web::pages::zoom;
use crate::web::sheet;
use crate::web::sight::Sees;
use crate::{model, store};

/// So many of the shown hosts' names are offered to choose from.
const MOST_HOSTS: usize = 500;

#[derive(Template, WebTemplate)]
#[template(path = "holders/index.html")]
struct IndexPage {
    page: Page,
    kind: Kind,
    asked: Asked,
    window: Window,
    measure: Measure,
    windows: [Window; 6],
    /// The stretch of time in words.
    over: String,
    is_up_to_now: bool,
    measures: [Measure; 7],
    host: Option<HostId>,
    hosts: Vec<(HostId, String)>,
    groups: std::collections::BTreeSet<String>,
    views: Views,
    ranked: Ranked,
}

/// The ranking of the hosts that are seen, as a page or as a file.
pub async fn index(
    site: &Site,
    kind: Kind,
    (by, sees, viewer): (SignedIn, Sees, Viewer),
    asked: Asked,
    headers: &HeaderMap,
) -> Result<Response> {
    let hosts = sees.hosts(store::hosts::in_short(&site.db).await?);
    let stretch = Stretch::of(&asked, viewer.now_at);
    let eyes = site.eyes.of_person(&by);
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), headers, viewer.locale.lang) {
        let (locale, most) = (Locale::machine(), Some(file::MOST + 1));
        let ranked = rank((site, &eyes), (kind, &locale), (&asked, stretch), most, (&hosts, &sees)).await?;
        return file::answer(site, kind, &ranked.rows, wanted).await;
    }
    let ranked = rank((site, &eyes), (kind, &viewer.locale), (&asked, stretch), None, (&hosts, &sees)).await?;
    let page = IndexPage {
        views: Views::of(site, &by, &viewer).await?,
        page: viewer.page(kind.nav(), viewer.locale.say(kind.titles())).of(&by.account.name, &by.csrf_token),
        kind,
        window: stretch.window,
        measure: asked.measure(),
        windows: Window::ALL,
        over: zoom::over(stretch.zoom(), (viewer.now_at, &viewer.locale)),
        is_up_to_now: stretch.chosen.is_none(),
        measures: Measure::ALL,
        host: asked.host(),
        groups: hosts.iter().map(|h| h.group_name.clone()).filter(|g| !g.is_empty()).collect(),
        hosts: offered(hosts, asked.host()),
        asked,
        ranked,
    };
    Ok(page.into_response())
}

/// The first of all, and the one that is chosen already: what a form does not offer is lost when it is sent.
fn offered(hosts: Vec<HostInShort>, chosen: Option<HostId>) -> Vec<(HostId, String)> {
    let is_offered = |(place, host): &(usize, HostInShort)| *place < MOST_HOSTS || chosen == Some(host.id);
    hosts.into_iter().enumerate().filter(is_offered).map(|(_, host)| (host.id, host.name)).collect()
}

impl IndexPage {
    fn is_ranked_by(&self, measure: &Measure) -> bool {
        self.measure == *measure
    }

    fn is_host(&self, id: HostId) -> bool {
        self.host == Some(id)
    }

    fn is_group(&self, group: &str) -> bool {
        self.host.is_none() && self.asked.group == group
    }

    /// The address of a column's head, and whether it ranks by that.
    fn column(&self, measure: Measure) -> Column {
        let href = self.asked.with("by", measure.word());
        Column { href, label: self.measure(measure), is_chosen: self.is_ranked_by(&measure) }
    }

    /// A measure in words for people.
    fn measure(&self, measure: Measure) -> Message {
        self.page.say_of("holders-measure", measure.word())
    }

    fn host_name(&self) -> Option<&str> {
        let host = self.host?;
        self.hosts.iter().find(|(id, _)| *id == host).map(|(_, name)| name.as_str())
    }

    fn idle(&self, row: &super::Row) -> String {
        share(&self.page.locale, row.knows_idle.then_some(row.held.idle_ms), row.held.session_ms)
    }

    fn zero_open(&self, row: &super::Row) -> String {
        share(&self.page.locale, row.knows_opens.then_some(row.held.zero_open_ms), row.held.session_ms)
    }

    fn opens(&self, row: &super::Row) -> String {
        let is_exact = row.least.peak_opens == row.held.peak_opens;
        let locale = &self.page.locale;
        locale.or_dash(row.knows_opens.then(|| at_most(locale.number(row.held.peak_opens), is_exact)))
    }

    fn peak(&self, row: &super::Row) -> String {
        let is_exact = row.least.peak_sessions == row.held.peak_sessions;
        at_most(self.page.locale.number(row.held.peak_sessions), is_exact)
    }

    fn blame(&self, row: &super::Row) -> String {
        at_most(blame(&self.page.locale, row.held.full_ms), row.least.full_ms == row.held.full_ms)
    }

    fn is_class(&self, class: &Class) -> bool {
        self.asked.class() == Some(*class)
    }

    /// The window of a link, if it is the one that is shown.
    fn is_window(&self, window: Window) -> bool {
        self.is_up_to_now && self.window == window
    }

    fn is_last(&self) -> bool {
        self.ranked.skipped + self.ranked.rows.len() >= self.ranked.matching
    }
}

struct Column {
    href: String,
    label: Message,
    is_chosen: bool,
}

/// A part of a whole in milliseconds, in percent; an en dash if it is not known.
pub(super) fn share(locale: &Locale, part_ms: Option<i64>, whole_ms: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a share in percent needs two digits")]
    locale.or_dash(part_ms.map(|part_ms| locale.percent(part_ms as f64 / whole_ms.max(1) as f64)))
}

/// Minutes of presence on a full host; what is there but short of one is `< 1 min`.
pub fn blame(locale: &Locale, ms: i64) -> String {
    match ms / model::time::MINUTE_MS {
        0 if ms > 0 => format!("<{NBSP}1{NBSP}min"),
        0 => locale.say("holders-no-blame").into(),
        minutes => format!("{}{NBSP}min", locale.number(minutes)),
    }
}

/// Session-hours without a unit, for a column.
pub fn hours(locale: &Locale, ms: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    locale.decimal(ms as f64 / model::time::HOUR_MS as f64)
}
