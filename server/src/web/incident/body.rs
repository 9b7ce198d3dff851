//! The evidence as JSON for programs: the API, and `incident.json` of the bundle. What is said in words is English, in UTC.

mod shape;

pub use self::shape::EvidenceBody;
use self::shape::{
    AtLimitBody, CauseBody, ChangeBody, EarlierBody, EventBody, FiguresBody, FindingBody, HolderBody, HoleBody,
    HolesBody, HostBody, LookBody, LookedBody, MostlyBody, PointBody, RestBody, StretchBody, UserBody, WeekBody,
};
use super::said;
use super::sentence::sentence;
use crate::locale::Locale;
use crate::model::evidence::{
    Cause, Changed, EventThen, Evidence, Figures, FindingThen, Holder, Hole, Look, Mostly, Point, Stretch, UserHolder,
    WeekBefore,
};
use crate::model::eyes::Eyes;
use crate::model::limit::Limit;
use crate::model::time::SECOND_MS;
use crate::web::api::Instant;

/// The evidence for programs, with users as the eyes see them.
#[must_use]
pub fn body(evidence: &Evidence, eyes: &Eyes) -> EvidenceBody {
    let locale = Locale::machine();
    let all = evidence.peak.map_or(0, |peak| peak.sessions);
    let (rest, looked) = (evidence.rest, evidence.looked);
    EvidenceBody {
        version: evidence.version,
        computed_at: Instant(evidence.computed_at),
        sentence: sentence(evidence, &locale),
        incident_id: evidence.incident.map(|id| id.0),
        kind: evidence.kind.map(|kind| kind.word()),
        subject: Some(evidence.subject.clone()).filter(|subject| !subject.is_empty()),
        from: Instant(evidence.from_at),
        until: evidence.until_at.map(Instant),
        host: host(evidence),
        peak: evidence.peak.map(figures),
        before: evidence.before.map(figures),
        at_limit: at_limit(evidence),
        holes: holes(evidence),
        holders: evidence.holders.iter().map(|of| holder(of, all, eyes)).collect(),
        other_holders: RestBody {
            clients: rest.clients,
            sessions: rest.sessions,
            idle_sessions: rest.idle,
            zero_open_sessions: rest.zero_open,
            opens: rest.opens,
        },
        users: evidence.users.iter().map(|of| user(of, eyes)).collect(),
        other_users: evidence.more_users,
        events: evidence.events.iter().map(event).collect(),
        other_events: evidence.more_events,
        changes: evidence.changes.iter().map(change).collect(),
        findings: evidence.findings.iter().map(|of| finding(of, &locale)).collect(),
        week_before: evidence.week_before.map(week),
        earlier: earlier(evidence),
        causes: evidence.causes.iter().map(|of| cause(of, evidence, &locale)).collect(),
        looked_at: LookedBody {
            snapshots: looked.snapshots,
            sessions: looked.sessions,
            cut_at: looked.cut_at.map(Instant),
        },
    }
}

fn host(evidence: &Evidence) -> HostBody {
    let host = evidence.host.clone();
    HostBody {
        id: host.id.map(|id| id.0),
        name: host.name,
        os: host.os,
        os_build: host.os_build,
        domain: host.domain,
        cluster: host.cluster,
        time_zone: host.time_zone,
        group: host.group_name,
        agent_version: host.agent_version,
        source: host.source,
        limit: Limit::from(host.limit).into(),
    }
}

fn figures(figures: Figures) -> FiguresBody {
    FiguresBody {
        taken_at: Instant(figures.taken_at),
        sessions: figures.sessions,
        clients: figures.clients,
        opens: figures.opens,
        idle_sessions: figures.idle,
        zero_open_sessions: figures.zero_open,
        idle_zero_open_sessions: figures.idle_zero_open,
        limit: Limit::from(figures.limit).into(),
        partial: figures.is_partial,
    }
}

fn at_limit(evidence: &Evidence) -> AtLimitBody {
    let at_limit = &evidence.at_limit;
    let stretch = |stretch: &Stretch| StretchBody { from: Instant(stretch.from_at), to: Instant(stretch.to_at) };
    AtLimitBody {
        total_secs: at_limit.total_ms / SECOND_MS,
        count: at_limit.count,
        stretches: at_limit.stretches.iter().map(stretch).collect(),
        coarse_from: at_limit.coarse_from_at.map(Instant),
    }
}

fn holes(evidence: &Evidence) -> HolesBody {
    let holes = &evidence.holes;
    let hole =
        |hole: &Hole| HoleBody { from: Instant(hole.from_at), to: Instant(hole.to_at), reason: hole.reason.clone() };
    HolesBody {
        total_secs: holes.total_ms / SECOND_MS,
        count: holes.count,
        lost_records: holes.lost_records,
        longest: holes.longest.iter().map(hole).collect(),
    }
}

fn holder(holder: &Holder, all: u32, eyes: &Eyes) -> HolderBody {
    HolderBody {
        client_id: holder.client.map(|id| id.0),
        client: holder.name.clone(),
        other_names: holder.other_names.clone(),
        class: holder.class.map(|class| class.word()),
        sessions: holder.sessions,
        share: f64::from(holder.sessions) / f64::from(all.max(1)),
        idle_sessions: holder.idle,
        zero_open_sessions: holder.zero_open,
        idle_zero_open_sessions: holder.idle_zero_open,
        opens: holder.opens,
        longest_idle_secs: holder.longest_idle_secs,
        oldest_secs: holder.oldest_secs,
        users: holder.users.iter().map(|name| name.seen_by(eyes)).collect(),
        users_count: holder.users_count,
    }
}

fn user(user: &UserHolder, eyes: &Eyes) -> UserBody {
    UserBody {
        user_id: user.user.map(|id| id.0),
        user: user.name.seen_by(eyes),
        class: user.class.map(|class| class.word()),
        sessions: user.sessions,
        clients: user.clients,
        idle_sessions: user.idle,
        opens: user.opens,
    }
}

fn event(event: &EventThen) -> EventBody {
    let look =
        |look: &Look| LookBody { taken_at: Instant(look.taken_at), sessions: look.sessions, clients: look.clients };
    EventBody {
        event_id: event.id.map(|id| id.0),
        recorded_at: Instant(event.recorded_at),
        channel: event.channel.clone(),
        provider: event.provider.clone(),
        record_id: event.record_id,
        code: event.code,
        class: event.class.map(|class| class.word()),
        burst: event.burst.iter().map(look).collect(),
    }
}

fn change(changed: &Changed) -> ChangeBody {
    ChangeBody {
        seen_at: Instant(changed.seen_at),
        after: Instant(changed.after_at),
        what: changed.what.clone(),
        setting: Some(changed.name.clone()).filter(|name| !name.is_empty()),
        was: changed.before.clone(),
        is: changed.after.clone(),
    }
}

fn finding(finding: &FindingThen, locale: &Locale) -> FindingBody {
    let (title, detail) = said::finding(finding, locale);
    let (rule, severity) = (finding.rule.clone(), finding.severity.map(|severity| severity.word()));
    FindingBody { rule, severity, title, detail, since: Instant(finding.since_at) }
}

fn week(week: WeekBefore) -> WeekBody {
    WeekBody {
        from: Instant(week.from_at),
        to: Instant(week.to_at),
        peak_sessions: week.peak_sessions,
        peak_at: Instant(week.peak_at),
        max_saturation: week.max_saturation,
        full_secs: week.full_ms / SECOND_MS,
    }
}

fn earlier(evidence: &Evidence) -> EarlierBody {
    let earlier = evidence.earlier;
    let mostly = |of: Mostly| MostlyBody { weekday: of.weekday + 1, hour: of.hour, count: of.count };
    EarlierBody {
        days: earlier.days,
        count: earlier.count,
        last_at: earlier.last_at.map(Instant),
        mostly: earlier.mostly.map(mostly),
    }
}

fn cause(cause: &Cause, evidence: &Evidence, locale: &Locale) -> CauseBody {
    let points = |points: &[Point]| {
        let body = |point: &Point| PointBody { point: point.word(), text: said::point(point, evidence, locale) };
        points.iter().map(body).collect()
    };
    CauseBody {
        cause: cause.what.map(|what| what.word()),
        likelihood: if cause.is_likely() { "likely" } else { "possible" },
        weight: cause.weight,
        points_for: points(&cause.points_for),
        against: points(&cause.points_against),
    }
}
