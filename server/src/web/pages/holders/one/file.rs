//! The tables of one client's or user's page as files.

use axum::response::Response;

use super::{LOOKED_AT, OnHost, SessionNow, ShowPage};
use crate::locale::Lang;
use crate::model::time::{MINUTE_MS, SECOND_MS};
use crate::web::error::{Error, Result};
use crate::web::pages::holders::Kind;
use crate::web::pages::holders::file::{at_most, hours};
use crate::web::pages::holders::past::Means;
use crate::web::query::also;
use crate::web::sheet::{Sheet, Wanted};

impl ShowPage {
    /// The page's address with what makes a file of one of its tables.
    pub(super) fn href_of_table(&self, table: &str, format: &str) -> String {
        also(&self.page.here, &[("table", table), ("format", format)])
    }

    /// The page was gathered for a program: in English.
    pub(super) fn file(&self, (means, now_at): (&Means, i64), wanted: Wanted) -> Result<Response> {
        let (sheet, what) = match (self.asked.chart.as_str(), self.asked.table.as_str()) {
            ("held", _) => (held(means), "held"),
            ("", "" | "hosts") => (self.hosts(), "hosts"),
            ("", "sessions") => (self.sessions(now_at), "sessions"),
            ("", "names") => (self.names(), "names"),
            _ => return Err(Error::NotFound("file")),
        };
        Ok(sheet.into_answer(&format!("highwater-{}-{}-{what}", self.kind.one(), self.id), wanted))
    }

    fn hosts(&self) -> Sheet {
        let mut sheet = Sheet::new(&[
            "Host",
            "SessionHours",
            "SessionsNow",
            "SessionCount",
            "PeakAt",
            "TotalOpens",
            "IdleHours",
            "ZeroOpenHours",
            "MinutesPresentWhileFull",
            "FirstSeen",
            "LastSeen",
            "AtMost",
        ]);
        self.hosts.iter().for_each(|host| add_host(&mut sheet, host));
        if self.left_out > 0 {
            let (hosts, more) = (self.hosts.len(), Lang::English.number(self.left_out));
            sheet.note(&format!("There is more: of {more} hosts beside these {hosts} it is not told."));
        }
        sheet
    }

    /// With the columns of `Get-SmbSession`.
    fn sessions(&self, now_at: i64) -> Sheet {
        let mut sheet = Sheet::new(&[
            "ClientComputerName",
            "ClientUserName",
            "NumOpens",
            "SecondsIdle",
            "SecondsExists",
            "StartedAt",
            "Host",
        ]);
        self.now.iter().for_each(|session| self.add_session(&mut sheet, session, now_at));
        if self.left_out > 0 || self.hosts.len() > LOOKED_AT {
            sheet.note(&format!(
                "There may be more: only the {LOOKED_AT} hosts with most session-hours were looked at."
            ));
        }
        sheet
    }

    fn add_session(&self, sheet: &mut Sheet, session: &SessionNow, now_at: i64) {
        let (client, user) = match self.kind {
            Kind::Client => (&self.name, &session.other_name),
            Kind::User => (&session.other_name, &self.name),
        };
        let ago = |at: Option<i64>| at.map(|at| (now_at - at).max(0) / SECOND_MS);
        sheet
            .text(client)
            .text(user)
            .known(session.opens)
            .known(ago(session.active_at))
            .known(ago(session.started_at))
            .known_instant(session.started_at)
            .text(&session.host_name);
    }

    /// The names that were merged, the client's own first. None of a user.
    fn names(&self) -> Sheet {
        let mut sheet = Sheet::new(&["Name", "SessionHours", "PeakSessions", "MergedAt", "MergedBy"]);
        let Some(names) = &self.names else { return sheet };
        let own = (self.name.as_str(), &names.own, None);
        let others = names.others.iter().map(|other| (other.alias.name.as_str(), &other.held, Some(&other.alias)));
        for (name, held, alias) in std::iter::once(own).chain(others) {
            sheet.text(name).decimal(hours(held.session_ms), 2).whole(held.peak_sessions);
            sheet.known_instant(alias.map(|alias| alias.merged_at)).text(alias.map_or("", |alias| &alias.merged_by));
        }
        sheet
    }
}

fn add_host(sheet: &mut Sheet, host: &OnHost) {
    let held = &host.held;
    sheet
        .text(&host.name)
        .decimal(hours(held.session_ms), 2)
        .known(host.now)
        .whole(held.peak_sessions)
        .instant(held.peak_at)
        .known(host.knows_opens.then_some(held.peak_opens))
        .known_decimal(host.knows_idle.then(|| hours(held.idle_ms)), 2)
        .known_decimal(host.knows_opens.then(|| hours(held.zero_open_ms)), 2)
        .whole(held.full_ms / MINUTE_MS)
        .instant(held.first_seen_at)
        .instant(held.last_seen_at)
        .text(&at_most(held, &host.least));
}

/// What the chart is drawn from.
fn held(means: &Means) -> Sheet {
    let mut sheet = Sheet::new(&["From", "To", "MeanSessions"]);
    for (step, mean) in means.steps_of_time().zip(&means.values) {
        sheet.instant(step.start).instant(step.end).known_decimal(*mean, 2);
    }
    sheet
}
