//! What people type about a silence.

use serde::Deserialize;

use crate::locale::{Message, Zone};
use crate::model::alert::{LONGEST_REASON, LONGEST_SILENCE_MS, Silence};
use crate::model::group::LONGEST;
use crate::model::incident::Kind;
use crate::model::time::{DAY_MS, EARLIEST_AT, HOUR_MS, LATEST_AT};
use crate::model::{HostId, SilenceId, typed};

/// How long a new one lasts unless somebody says otherwise.
const USUAL_MS: i64 = 2 * HOUR_MS;
/// One that comes every week leaves a day between the weeks.
const LONGEST_WEEKLY_MS: i64 = 6 * DAY_MS;

/// As they were typed: a form that is not taken stays filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// By its id, if the form was opened for a host.
    pub(super) host: String,
    pub(super) host_name: String,
    pub(super) group: String,
    pub(super) kind: String,
    /// `maintenance`, or anything else.
    pub(super) what: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) zone: String,
    /// `1`, or empty.
    pub(super) weekly: String,
    pub(super) reason: String,
}

/// For whom.
pub(super) enum Whom<'a> {
    Id(HostId),
    Named(&'a str),
    /// Those of the group, or all.
    Many,
}

impl Fields {
    /// From now on, for a host and a kind if they are given.
    pub(super) fn fresh(zone: &Zone, now_at: i64, (host, kind): (&str, &str)) -> Self {
        Self {
            host: host.to_owned(),
            kind: kind.to_owned(),
            from: zone.field(now_at),
            until: zone.field(now_at + USUAL_MS),
            zone: zone.name().to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn is_kind(&self, kind: &Kind) -> bool {
        self.kind == kind.word()
    }

    pub(super) fn is_maintenance(&self) -> bool {
        self.what == "maintenance"
    }

    pub(super) fn is_weekly(&self) -> bool {
        !self.weekly.is_empty()
    }

    /// # Errors
    /// Names the field and says what is allowed.
    pub(super) fn whom(&self) -> Result<Whom<'_>, Message> {
        let wrong_group = || Message::for_anybody("silences-wrong-group").with("longest", LONGEST);
        let group = typed::line(&self.group, LONGEST).ok_or_else(wrong_group)?;
        let (id, name) = (self.host.parse().map(HostId).ok(), self.host_name.trim());
        match (id, name, group) {
            (None, "", _) => Ok(Whom::Many),
            (Some(id), _, "") => Ok(Whom::Id(id)),
            (None, name, "") => Ok(Whom::Named(name)),
            _ => Err(Message::for_anybody("silences-wrong-both")),
        }
    }

    /// The silence of a host that was found, or of the group.
    ///
    /// # Errors
    /// Names the field and says what is allowed.
    pub(super) fn silence(&self, host: Option<HostId>, (by, now_at): (&str, i64)) -> Result<Silence, Message> {
        let kind = Kind::from_word(&self.kind);
        let group_name = if host.is_some() { "" } else { self.group.trim() };
        if kind == Some(Kind::Pipeline) && (host.is_some() || !group_name.is_empty()) {
            return Err(Message::for_anybody("silences-wrong-fleet"));
        }
        let no_zone = || Message::for_anybody("silences-wrong-zone").with("zone", self.zone.trim());
        let zone = Zone::known(self.zone.trim()).ok_or_else(no_zone)?;
        let (from_at, until_at) = self.span(&zone, now_at)?;
        let reason = typed::line(&self.reason, LONGEST_REASON).filter(|reason| !reason.is_empty());
        let no_reason = || Message::for_anybody("silences-wrong-reason").with("longest", LONGEST_REASON);
        Ok(Silence {
            id: SilenceId(0),
            is_maintenance: self.is_maintenance(),
            host,
            host_name: String::new(),
            group_name: group_name.to_owned(),
            kind,
            from_at,
            until_at,
            is_weekly: self.is_weekly(),
            time_zone: zone.name().to_owned(),
            reason: reason.ok_or_else(no_reason)?.to_owned(),
            created_by: by.to_owned(),
            created_at: now_at,
        })
    }

    fn span(&self, zone: &Zone, now_at: i64) -> Result<(i64, i64), Message> {
        let from_at = instant(zone, "silences-wrong-from", &self.from)?;
        let until_at = instant(zone, "silences-wrong-until", &self.until)?;
        let length_ms = until_at - from_at;
        let refused = |id| Err(Message::for_anybody(id));
        match () {
            () if length_ms <= 0 => refused("silences-wrong-order"),
            () if self.is_weekly() && length_ms > LONGEST_WEEKLY_MS => refused("silences-wrong-week"),
            () if !self.is_weekly() && until_at <= now_at => refused("silences-wrong-over"),
            () if length_ms > LONGEST_SILENCE_MS => {
                Err(Message::for_anybody("silences-wrong-length").with("days", LONGEST_SILENCE_MS / DAY_MS))
            }
            () => Ok((from_at, until_at)),
        }
    }
}

fn instant(zone: &Zone, refusal: &'static str, text: &str) -> Result<i64, Message> {
    let read = zone.from_field(text.trim()).filter(|at| (EARLIEST_AT..LATEST_AT).contains(at));
    read.ok_or_else(|| Message::for_anybody(refusal).with("text", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24T08:31:07Z
    const NOW_AT: i64 = 1_795_509_067_000;

    fn read(change: impl FnOnce(&mut Fields)) -> Result<Silence, String> {
        let mut fields = Fields::fresh(&Zone::named("Europe/Paris"), NOW_AT, ("", ""));
        fields.reason = " new disks ".to_owned();
        change(&mut fields);
        fields.whom().and_then(|_| fields.silence(None, ("ann", NOW_AT))).map_err(String::from)
    }

    #[test]
    fn a_form_left_as_it_is_silences_all_for_two_hours() {
        let silence = read(|_| ()).unwrap();
        assert_eq!((silence.from_at, silence.until_at), (NOW_AT - 7_000, NOW_AT - 7_000 + USUAL_MS));
        assert_eq!((silence.reason.as_str(), silence.time_zone.as_str()), ("new disks", "Europe/Paris"));
        assert!(silence.kind.is_none() && silence.group_name.is_empty() && !silence.is_weekly);
    }

    #[test]
    fn times_are_of_the_zone_that_is_typed() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let silence = read(|f| {
            (f.from, f.until) = ("2026-12-05T22:00".into(), "2026-12-06T04:00".into());
            (f.zone, f.weekly) = ("america/new_york".into(), "1".into());
        });
        let silence = silence.unwrap();
        assert_eq!((silence.from_at, silence.until_at), (at("2026-12-06T03:00:00Z"), at("2026-12-06T09:00:00Z")));
        assert!(silence.is_weekly && silence.time_zone.eq_ignore_ascii_case("America/New_York"));
    }

    #[test]
    fn what_cannot_be_is_named_with_what_may_be() {
        for (change, says) in [
            ((|f| f.from = "soon".into()) as fn(&mut Fields), "“From” is “soon”"),
            (|f| f.until = "-9999-01-01T00:00".into(), "“Until” is “-9999"),
            (|f| f.until = f.from.clone(), "“Until” has to be later"),
            (|f| (f.from, f.until) = ("2026-11-01T00:00".into(), "2026-11-02T00:00".into()), "is over already"),
            (|f| f.until = "2028-11-24T00:00".into(), "366 days at most"),
            (|f| (f.until, f.weekly) = ("2026-12-01T00:00".into(), "1".into()), "6 days at most"),
            (|f| f.zone = "Mars/Olympus".into(), "“Mars/Olympus” is no time zone"),
            (|f| f.zone = String::new(), "is no time zone"),
            (|f| f.reason = " ".into(), "“Reason” takes"),
            (|f| f.reason = "a\nb".into(), "“Reason” takes"),
            (|f| f.group = "x".repeat(101), "“Group” takes"),
            (|f| (f.group, f.host_name) = ("a".into(), "b".into()), "a host or a group"),
            (|f| (f.group, f.kind) = ("a".into(), "pipeline".into()), "neither a host nor a group"),
        ] {
            let said = read(change).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }
}
