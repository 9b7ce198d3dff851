//! What of a group's batches is too much for their hosts. Promises:
//!
//! 1. **A limit is a bound**: what would go beyond it is not stored, down to the last name. Two server processes that store batches of one
//!    host at the same moment may each store one up to the limit.
//! 2. **Nothing is dropped but events**: the agent is told when to come again, and keeps what it has. A storm of events, which anybody on the network
//!    may cause, must not hide what else its host says: events beyond their limits are left out and told as one gap an hour, the rest is taken.
//! 3. **One host's quota is nobody else's**: a batch that is too much is refused alone.
//! 4. **What is not known before counts afterwards**: how many bytes a snapshot takes is known once it is encoded. It counts then, so that a host may
//!    go beyond what may be stored by what one transaction brings, and not again.

use std::collections::{BTreeMap, HashMap, HashSet};

use highwater_wire as wire;

use super::committer::Waiting;
use super::names::Names;
use super::plan::News;
use super::weight::{SPOOL_BYTES, amount, of_event, of_name, sessions};
use super::{Record, Refusal};
use crate::model::HostId;
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, Deed, Outcome, SubjectKind, Trail};
use crate::model::intake::{Amount, Intake, Measure, Over, Quota};
use crate::model::time::HOUR_MS;
use crate::store::agents::Keyholder;
use crate::store::intake::{self, Sent};
use crate::store::{self, Tx, audit};

/// What hosts have sent before a group and send in it.
pub(super) struct Ledger<'a> {
    quota: &'a Quota,
    now_at: i64,
    sent: HashMap<HostId, Intake>,
    /// In this group, each with the newest boot that it names.
    spent: BTreeMap<HostId, (Amount, &'a str)>,
    /// Names that were counted in this group already.
    counted: [HashSet<&'a str>; 2],
    refused: BTreeMap<HostId, (Keyholder, Measure)>,
}

/// Where the events of a batch meet a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// So many of its new ones are kept, the first.
    pub(super) kept: usize,
    pub(super) measure: Measure,
}

impl<'a> Ledger<'a> {
    /// `hosts`: those of the group.
    pub(super) async fn open(tx: &mut Tx, quota: &'a Quota, hosts: &[HostId], now_at: i64) -> store::Result<Self> {
        Ok(Self {
            quota,
            now_at,
            sent: intake::of(tx, hosts, now_at).await?,
            spent: BTreeMap::new(),
            counted: [HashSet::new(), HashSet::new()],
            refused: BTreeMap::new(),
        })
    }

    /// Counts what is new in a batch, if its host may send it; all but some events, if those are too much. `is_new_spool`: its cursor was made for
    /// it.
    pub(super) async fn admit(
        &mut self,
        tx: &mut Tx,
        names: &mut Names,
        (waiting, news): (&'a Waiting, &News),
        is_new_spool: bool,
    ) -> store::Result<Result<Option<Cut>, Refusal>> {
        let host = waiting.from.host;
        let records = waiting.batch.records.get(news.skip..).unwrap_or_default();
        let mut more = amount(records, waiting.batch.decoded_bytes);
        more.names = u64::from(is_new_spool);
        more.stored += more.names * SPOOL_BYTES;
        // Before the store is asked about names: what is too much anyway costs nothing.
        let cut = match self.fit(host, records, &mut more) {
            Ok(cut) => cut,
            Err(over) => return Ok(Err(self.refuse(waiting.from, over))),
        };
        let sessions: Vec<&'a wire::Session> = records.iter().flat_map(sessions).collect();
        let new = names.new_of(tx, &sessions).await?;
        for (new, counted) in new.iter().zip(&self.counted) {
            for name in new.iter().filter(|name| !counted.contains(**name)) {
                more.names += 1;
                more.stored += of_name(name);
            }
        }
        if let Err(over) = self.check(host, more) {
            return Ok(Err(self.refuse(waiting.from, over)));
        }
        for (counted, new) in self.counted.iter_mut().zip(new) {
            counted.extend(new);
        }
        let sent = self.sent.entry(host).or_default();
        *sent = sent.at(self.now_at).with(more);
        let (spent, boot_id) = self.spent.entry(host).or_default();
        *spent = spent.and(more);
        *boot_id = &waiting.batch.boot_id;
        if let Some(cut) = cut {
            self.refused.insert(host, (waiting.from, cut.measure));
        }
        Ok(Ok(cut))
    }

    /// Whether there is room for what is new. Where there is none for events alone, `more` has those only for which there is.
    fn fit(&self, host: HostId, records: &[Record], more: &mut Amount) -> Result<Option<Cut>, Over> {
        let mut measure = match self.check(host, *more) {
            Ok(()) => return Ok(None),
            Err(over) if over.measure.is_of_events() => over.measure,
            Err(over) => return Err(over),
        };
        let mut events = Amount::default();
        let all =
            records.iter().filter_map(|record| if let Record::Event(event) = record { Some(event) } else { None });
        for event in all {
            let with = events.and(Amount { events: 1, event_bytes: of_event(event), ..Amount::default() });
            if let Err(over) = self.check(host, with) {
                measure = over.measure;
                break;
            }
            events = with;
        }
        (more.events, more.event_bytes) = (events.events, events.event_bytes);
        self.check(host, *more)?;
        Ok(Some(Cut { kept: usize::try_from(events.events).unwrap_or(usize::MAX), measure }))
    }

    fn check(&self, host: HostId, more: Amount) -> Result<(), Over> {
        let sent = self.sent.get(&host).copied().unwrap_or_default().at(self.now_at);
        self.quota.check(&sent, more)
    }

    fn refuse(&mut self, from: Keyholder, over: Over) -> Refusal {
        // Fewer records at a time may pass: the agent tries that by itself.
        if over.is_alone {
            return Refusal::TooLarge { why: format!("it has more {} than a host may send", over.measure.noun()) };
        }
        self.refused.insert(from.host, (from, over.measure));
        Refusal::OverQuota { measure: over.measure, until_at: over.until_at, retry_secs: over.retry_secs(self.now_at) }
    }

    /// Counts what turned out only when it was stored.
    pub(super) fn charge(&mut self, stored: impl IntoIterator<Item = (HostId, u64)>) {
        for (host, stored) in stored {
            let (spent, _) = self.spent.entry(host).or_default();
            *spent = spent.and(Amount { stored, ..Amount::default() });
        }
    }

    /// Writes down what was sent, and who was turned away: once an hour each.
    pub(super) async fn write(self, tx: &mut Tx) -> store::Result<()> {
        let sent = |(host, (amount, boot_id))| Sent { host, amount, boot_id };
        let sent: Vec<Sent<'_>> = self.spent.into_iter().map(sent).collect();
        intake::add(tx, &sent, self.now_at).await?;
        for (host, (from, measure)) in self.refused {
            if intake::refuse(tx, host, measure, self.now_at).await? {
                let rest =
                    if measure.is_of_events() { "further events are left out" } else { "its agent keeps the rest" };
                tracing::warn!(host = %host, agent = %from.agent, measure = measure.word(), rest, "a host has sent what it may");
                write_down(tx, &from, measure, self.now_at).await?;
            }
        }
        Ok(())
    }
}

async fn write_down(tx: &mut Tx, from: &Keyholder, measure: Measure, now_at: i64) -> store::Result<()> {
    let trail = Trail { actor: Actor::agent(from.agent, ""), address: String::new(), at: now_at };
    let deed = Deed::on(Action::AgentOverQuota, (SubjectKind::Host, from.host.0, "")).with(Outcome::Refused);
    let deed = deed.after("measure", measure.word());
    let hour = now_at.div_euclid(HOUR_MS).to_string();
    audit::record_once(tx, &trail, &deed, &mark(&["over quota", &from.host.to_string(), &hour])).await?;
    Ok(())
}
