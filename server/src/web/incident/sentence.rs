//! The first line: one sentence with the facts in it.

use askama::filters::{Html, escape};

use super::plain::line;
use crate::locale::{Locale, Message, iso, turns};
use crate::model::ClientId;
use crate::model::event::EventClass;
use crate::model::evidence::{AtLimit, Evidence, LimitThen};
use crate::model::incident::Kind;
use crate::model::limit::LimitSource;
use crate::web::markup::Markup;

/// As plain text.
#[must_use]
pub fn sentence(evidence: &Evidence, locale: &Locale) -> String {
    Teller { evidence, locale, is_html: false }.sentence().into()
}

/// For pages: the host and the client are links.
#[must_use]
pub fn linked(evidence: &Evidence, locale: &Locale) -> Markup {
    Markup::of(Teller { evidence, locale, is_html: true }.sentence())
}

struct Teller<'a> {
    evidence: &'a Evidence,
    locale: &'a Locale,
    is_html: bool,
}

impl Teller<'_> {
    fn sentence(&self) -> Message {
        let lead = self.lead();
        match (self.held(), self.idle()) {
            (Some(held), Some(idle)) => {
                let said = self.locale.say("evidence-sentence-idle").with_ready("lead", lead.into());
                said.with_ready("held", held.into()).with_ready("idle", idle.into())
            }
            (Some(held), None) => {
                let said = self.locale.say("evidence-sentence-held").with_ready("lead", lead.into());
                said.with_ready("held", held.into())
            }
            (None, _) => self.locale.say("evidence-sentence").with_ready("lead", lead.into()),
        }
    }

    /// What happened, to whom, and when.
    fn lead(&self) -> Message {
        let (evidence, at_limit) = (self.evidence, &self.evidence.at_limit);
        match evidence.kind {
            Some(Kind::Silent) => {
                self.when("evidence-lead-silent", "evidence-lead-silent-since").with_ready("host", self.host().into())
            }
            Some(Kind::Pipeline) => self.when("evidence-lead-pipeline", "evidence-lead-pipeline-since"),
            Some(Kind::Capacity) => {
                let said = self.when("evidence-lead-capacity", "evidence-lead-capacity-since");
                said.with_ready("host", self.host().into()).with("events", self.capacity_events())
            }
            Some(Kind::Flood) => {
                self.when("evidence-lead-flood", "evidence-lead-flood-since").with_ready("host", self.host().into())
            }
            Some(Kind::Share) => {
                let said = self
                    .when("evidence-lead-share", "evidence-lead-share-since")
                    .with_ready("host", self.host().into());
                said.with_ready("share", self.safe(&evidence.subject))
            }
            Some(Kind::Leak) => {
                let said =
                    self.when("evidence-lead-leak", "evidence-lead-leak-since").with_ready("host", self.host().into());
                said.with_ready("client", self.safe(&evidence.subject))
            }
            Some(Kind::Full | Kind::Near) | None if at_limit.count > 0 => self.full(at_limit),
            Some(Kind::Full | Kind::Near) | None => self.up_to(),
        }
    }

    /// It was at its limit.
    fn full(&self, at_limit: &AtLimit) -> Message {
        let (first, last) = (at_limit.stretches.first(), at_limit.stretches.last());
        let is_over = self.evidence.until_at.is_some();
        let until_at = self.evidence.told_until_at();
        // Still full by the newest snapshot.
        let is_full = !is_over && last.is_some_and(|stretch| stretch.to_at >= until_at);
        let (from_at, to_at) = match (first, last) {
            // Of more than are listed the last is not known here.
            (Some(first), Some(last)) if at_limit.count as usize == at_limit.stretches.len() => {
                (first.from_at, last.to_at)
            }
            (Some(first), _) => (first.from_at, until_at),
            (None, _) => (self.evidence.from_at, until_at),
        };
        let id = match (at_limit.count, is_full) {
            (1, true) => "evidence-lead-full-since",
            (1, false) => "evidence-lead-full",
            (_, true) => "evidence-lead-full-times-since",
            (_, false) => "evidence-lead-full-times",
        };
        let said = self.span(id, from_at, to_at).with_ready("host", self.host().into()).with("times", at_limit.count);
        said.with("span", self.locale.duration(at_limit.total_ms))
    }

    /// It was near its limit, or nobody knows a limit.
    fn up_to(&self) -> Message {
        let Some(peak) = self.evidence.peak else {
            let said = self.when("evidence-lead-unseen", "evidence-lead-unseen-since");
            return said.with_ready("host", self.host().into());
        };
        let sessions = peak.sessions;
        match peak.limit.sessions.zip(peak.limit.saturation(sessions)) {
            Some((limit, share)) => {
                let said = self
                    .when("evidence-lead-up-to", "evidence-lead-up-to-since")
                    .with_ready("host", self.host().into());
                said.with("sessions", sessions).with("limit", limit).with("share", self.locale.percent(share))
            }
            None => {
                let said =
                    self.when("evidence-lead-held", "evidence-lead-held-since").with_ready("host", self.host().into());
                said.with("sessions", sessions)
            }
        }
    }

    fn capacity_events(&self) -> usize {
        self.evidence.events.iter().filter(|event| event.class == Some(EventClass::Capacity)).count()
    }

    /// One of two messages: of what is over, and of what goes on.
    fn when(&self, over: &'static str, since: &'static str) -> Message {
        let id = if self.evidence.until_at.is_some() { over } else { since };
        self.span(id, self.evidence.from_at, self.evidence.told_until_at())
    }

    fn span(&self, id: &'static str, from_at: i64, to_at: i64) -> Message {
        let (from, to) = (self.locale.stamp(from_at, to_at), self.locale.stamp(to_at, from_at));
        self.locale.say(id).with("from", from).with("to", to)
    }

    /// The host, and what caps its sessions.
    fn host(&self) -> Message {
        let host = &self.evidence.host;
        let name = match host.id {
            Some(id) if self.is_html => {
                format!("<a href=\"/hosts/{id}?at={}\">{}</a>", self.moment(), self.safe(&host.name))
            }
            _ => self.safe(&host.name),
        };
        let LimitThen { sessions, is_unlimited, .. } = host.limit;
        match (sessions, is_unlimited) {
            (_, true) => self.locale.say("evidence-named-no-limit").with_ready("host", name),
            (None, false) => self.locale.say("evidence-named-unknown").with_ready("host", name),
            (Some(limit), false) => match self.why() {
                Some(why) => self
                    .locale
                    .say("evidence-named")
                    .with_ready("host", name)
                    .with("limit", limit)
                    .with_ready("why", why.into()),
                None => self.locale.say("evidence-named-limit").with_ready("host", name).with("limit", limit),
            },
        }
    }

    /// The peak, as the address of a host's page has it.
    fn moment(&self) -> String {
        iso(self.evidence.peak.map_or(self.evidence.from_at, |peak| peak.taken_at))
    }

    /// Why the limit is what it is.
    fn why(&self) -> Option<Message> {
        /// What Windows 10 and 11 allow in every edition.
        const CLIENT_CAP: u32 = 20;
        let host = &self.evidence.host;
        let is_client = ["Windows 10", "Windows 11"].iter().any(|name| host.os.starts_with(name));
        let id = match host.limit.source? {
            LimitSource::Api if host.limit.sessions == Some(CLIENT_CAP) && is_client => "evidence-limit-edition",
            LimitSource::Api if host.os.starts_with("Windows") => "evidence-limit-windows",
            LimitSource::Api => "evidence-limit-server",
            LimitSource::Share => "evidence-limit-share",
            LimitSource::AssumedEdition if host.os.is_empty() => "evidence-limit-some-edition",
            LimitSource::AssumedEdition => "evidence-limit-edition",
            LimitSource::AdminOverride => "evidence-limit-administrator",
            LimitSource::SambaConf => "evidence-limit-samba",
            LimitSource::Unknown => return None,
        };
        Some(self.locale.say(id).with_ready("os", self.safe(&host.os)))
    }

    /// Who held the sessions at the peak; of a silent host, how many it held before. None if nothing was observed.
    fn held(&self) -> Option<Message> {
        let (evidence, locale) = (self.evidence, self.locale);
        if evidence.kind == Some(Kind::Silent) {
            let before = evidence.before.or(evidence.peak)?;
            return Some(locale.say("evidence-held-before").with("sessions", before.sessions));
        }
        let peak = evidence.peak?;
        if peak.sessions == 0 {
            return Some(locale.say("evidence-held-nobody"));
        }
        let Some((leaders, held)) = evidence.leaders() else {
            let most = evidence.holders.first().map_or(evidence.rest.most_sessions, |holder| holder.sessions);
            let said = locale.say("evidence-held-spread").with("clients", peak.clients);
            return Some(said.with("sessions", peak.sessions).with("most", most));
        };
        let share = super::said::share_of(held, peak.sessions, locale);
        let said = match leaders {
            [one] => locale.say("evidence-held-one").with_ready("client", self.client(one.client, &one.name)),
            _ => locale.say("evidence-held-few").with("clients", leaders.len()),
        };
        Some(said.with("held", held).with("sessions", peak.sessions).with("share", share))
    }

    /// How many of them were idle, as far as the source knows.
    fn idle(&self) -> Option<Message> {
        let peak = self.evidence.peak.filter(|peak| peak.sessions > 0)?;
        if self.evidence.kind == Some(Kind::Silent) {
            return None;
        }
        let said = match (peak.idle, peak.idle_zero_open, peak.zero_open) {
            (Some(0), ..) => self.locale.say("evidence-idle-none"),
            (Some(idle), Some(zero), _) => self.locale.say("evidence-idle").with("idle", idle).with("zero", zero),
            (Some(idle), None, _) => self.locale.say("evidence-idle-only").with("idle", idle),
            (None, _, Some(zero)) => self.locale.say("evidence-zero-only").with("zero", zero),
            (None, _, None) => return None,
        };
        Some(said)
    }

    fn client(&self, id: Option<ClientId>, name: &str) -> String {
        match id {
            Some(id) if self.is_html => format!("<a href=\"/clients/{id}\">{}</a>", self.safe(name)),
            _ => self.safe(name),
        }
    }

    /// What came from outside, as this form can hold it, and so that it leaves the words beside it in their order.
    fn safe(&self, text: &str) -> String {
        if !self.is_html {
            return said_alone(&line(text), self.locale);
        }
        // Writing to a string does not fail.
        let escaped = escape(text, Html).map(|safe| safe.to_string()).unwrap_or_default();
        if turns(text) { format!("<bdi>{escaped}</bdi>") } else { escaped }
    }
}

/// As a name stands within the reader's sentences.
pub(super) fn said_alone(name: &str, locale: &Locale) -> String {
    locale.say("verbatim").with("words", name).into()
}
