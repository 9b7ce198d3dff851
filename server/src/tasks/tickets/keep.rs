//! One entry of an incident's story, written to its ticket.

use super::{About, Step, Tickets, Told, page};
use crate::alerts::evidence;
use crate::delivery::ticket::{Failure, Follows, Remote, TicketSystem};
use crate::model::connector::{Connector, Held, TicketState, key};
use crate::model::evidence::Evidence;
use crate::model::incident::{Incident, LONGEST_TICKET, LONGEST_URL, State, What};
use crate::model::time::SECOND_MS;
use crate::store::incidents::Deed;
use crate::store::{self, episode, incidents, tickets};

/// After a record may have been made, it is looked for again this late at the earliest.
const FIRST_LOOK_MS: i64 = 10 * SECOND_MS;

/// Where an incident's record is.
enum Located {
    Here(Remote),
    /// There may be one that is not found yet.
    Wait(i64),
    Nowhere,
}

/// An attempt: the incident and everything that stays the same while it lasts.
pub(super) struct Attempt<'a> {
    tickets: &'a Tickets,
    system: &'a dyn TicketSystem,
    connector: &'a Connector,
    about: About<'a>,
    told: &'a Told,
    message_id: &'a str,
    now_at: i64,
}

impl Tickets {
    /// Writes an entry to the incident's ticket, which is made if there is none.
    pub(super) async fn keep(
        &self,
        connector: &Connector,
        incident: &Incident,
        told: &Told,
        (message_id, now_at): (&str, i64),
    ) -> store::Result<Result<Step, Failure>> {
        let system = match self.system(connector).await? {
            Ok(system) => system,
            Err(failure) => return Ok(Err(failure)),
        };
        let evidence = self.evidence(incident, now_at).await?;
        let key = key(self.db.store_id(), incident.id);
        let url = page(&self.ticketing.public_url, incident.id);
        let about = About { incident, evidence: &evidence, key: &key, url: &url };
        let system = &*system;
        Attempt { tickets: self, system, connector, about, told, message_id, now_at }.run().await
    }

    /// What is kept of an incident that is over, else what history says now.
    async fn evidence(&self, incident: &Incident, now_at: i64) -> store::Result<Evidence> {
        if !incident.goes_on()
            && let Some(text) = incidents::evidence(&self.db, incident.id).await?
            && let Some(kept) = Evidence::of_text(&text)
        {
            return Ok(kept);
        }
        Ok(evidence::of(&episode::gather(&self.db, incident, now_at).await?))
    }
}

impl Attempt<'_> {
    async fn run(&self) -> store::Result<Result<Step, Failure>> {
        let held = tickets::find(&self.tickets.db, self.connector.id, self.about.incident.id).await?;
        let located = match self.locate(held.as_ref()).await {
            Ok(located) => located,
            Err(failure) => return Ok(Err(failure)),
        };
        let (remote, is_new) = match located {
            Located::Wait(until_at) => return Ok(Ok(Step::Wait(until_at))),
            Located::Here(remote) if self.needs_successor(&remote) => (self.make(Some(&remote)).await?, true),
            Located::Here(remote) => (Ok(remote), false),
            Located::Nowhere if !self.is_worth_one() => {
                return Ok(Ok(Step::Done("there was no ticket, and it is over".to_owned())));
            }
            Located::Nowhere => (self.make(None).await?, true),
        };
        let remote = match remote {
            Ok(remote) => remote,
            Err(failure) => return Ok(Err(failure)),
        };
        if !is_new && held.as_ref().is_none_or(|held| held.remote_id.as_deref() != Some(&remote.id)) {
            self.save(&remote).await?;
        }
        if is_new && matches!(self.told.what, What::Opened | What::Again | What::Reopened) {
            return Ok(Ok(Step::Done(format!("{} was made", remote.name))));
        }
        let done = match self.write(&remote).await {
            Ok(done) => done,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(state) = done {
            self.save(&Remote { state, ..remote.clone() }).await?;
        }
        Ok(Ok(Step::Done(format!("{}: {}", remote.name, self.told.what.word()))))
    }

    async fn locate(&self, held: Option<&Held>) -> Result<Located, Failure> {
        let is_asked = self.connector.system.answers();
        let known = held.and_then(|held| Some((held, held.remote_id.as_deref()?)));
        match known {
            Some((held, id)) if !is_asked => {
                // What it is called may name a client: it is said anew, and not kept where an erasure would have to look for it.
                let name = self.tickets.ticketing.words.card(&self.about, &self.connector.language).title;
                let url = held.url.clone();
                return Ok(Located::Here(Remote { id: id.to_owned(), name, url, state: held.state }));
            }
            Some((_, id)) => {
                if let Some(remote) = self.system.read(id).await? {
                    return Ok(Located::Here(remote));
                }
                // Somebody deleted it, or merged it into another one.
            }
            None => {}
        }
        if !is_asked {
            return Ok(Located::Nowhere);
        }
        let found = self.system.find(self.about.key).await?.into_iter().next();
        // One that needs a successor may have it: that is not found yet, either.
        if let Some(remote) = found.clone().filter(|remote| !self.needs_successor(remote)) {
            return Ok(Located::Here(remote));
        }
        Ok(match (self.next_look_at(held), found) {
            (Some(at), _) => Located::Wait(at),
            (None, Some(remote)) => Located::Here(remote),
            (None, None) => Located::Nowhere,
        })
    }

    /// When to look again for a record that may have been made; none if it would be found by now, or may be made again. Soon at first, as
    /// most are found soon: each look is twice as long after the making as the one before.
    fn next_look_at(&self, held: Option<&Held>) -> Option<i64> {
        let intended_at = held?.intended_at?;
        let (lag_ms, passed_ms) = (self.connector.system.lag_ms(), self.now_at.saturating_sub(intended_at));
        let next_ms = passed_ms.saturating_mul(2).max(FIRST_LOOK_MS).min(lag_ms);
        (passed_ms < lag_ms).then(|| intended_at.saturating_add(next_ms))
    }

    /// Whether the incident goes on, and its record cannot.
    fn needs_successor(&self, remote: &Remote) -> bool {
        let begins = matches!(self.told.what, What::Again | What::Reopened);
        remote.state == TicketState::Closed && begins && self.about.incident.state != State::Resolved
    }

    fn is_worth_one(&self) -> bool {
        self.told.what == What::Opened || self.about.incident.state != State::Resolved
    }

    /// Makes a record, and keeps that there is one. `before`: the one that it follows.
    async fn make(&self, before: Option<&Remote>) -> store::Result<Result<Remote, Failure>> {
        let (db, incident) = (&self.tickets.db, self.about.incident.id);
        let mut tx = db.begin().await?;
        tickets::intend(&mut tx, self.connector.id, incident, self.now_at).await?;
        tx.commit().await?;
        let (words, language) = (&self.tickets.ticketing.words, self.connector.language.as_str());
        let card = words.card(&self.about, language);
        let before = before.map(|remote| (remote, words.follows(&remote.name, language)));
        let follows = before.as_ref().map(|(remote, said)| Follows { remote, said });
        match self.system.create(&card, follows).await {
            Ok(remote) => {
                self.save(&remote).await?;
                Ok(Ok(remote))
            }
            Err(failure) => {
                // Surely nothing was made, and once it is put right nobody has to wait.
                if !failure.may_be_done {
                    let mut tx = db.begin().await?;
                    tickets::save(&mut tx, &self.held(None, TicketState::Open)).await?;
                    tx.commit().await?;
                }
                Ok(Err(failure))
            }
        }
    }

    /// Keeps the record as ours, and links it to the incident.
    async fn save(&self, remote: &Remote) -> store::Result<()> {
        let mark = self.connector.mark();
        let deed = Deed { by: &mark, now_at: self.now_at, seen_version: None };
        let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        let name = short(&remote.name, LONGEST_TICKET);
        let url = Some(remote.url.as_str()).filter(|url| url.len() <= LONGEST_URL).unwrap_or_default();
        let mut tx = self.tickets.db.begin().await?;
        // One that has no name of its own yet is linked when it has.
        if self.connector.system.answers() && remote.name != self.about.key {
            incidents::link(&mut tx, self.about.incident.id, deed, (&name, url)).await?;
        }
        tickets::save(&mut tx, &self.held(Some(remote), remote.state)).await?;
        tx.commit().await
    }

    fn held(&self, remote: Option<&Remote>, state: TicketState) -> Held {
        let is_asked = self.connector.system.answers();
        Held {
            connector: self.connector.id,
            incident: self.about.incident.id,
            remote_id: remote.map(|remote| remote.id.clone()),
            name: remote.filter(|_| is_asked).map(|remote| remote.name.clone()).unwrap_or_default(),
            url: remote.map(|remote| remote.url.clone()).unwrap_or_default(),
            state,
            intended_at: None,
            looked_at: self.now_at,
        }
    }

    /// Writes the entry. Answers the state that we gave the record; none if we gave it none.
    async fn write(&self, remote: &Remote) -> Result<Option<TicketState>, Failure> {
        let note = self.tickets.ticketing.words.note(&self.about, self.told, &self.connector.language);
        let (system, id) = (self.system, self.message_id);
        match self.told.what {
            What::Opened => Ok(None),
            What::Cleared | What::Resolved if remote.state.is_over() => Ok(None),
            What::Cleared | What::Resolved => system.resolve(remote, &note, id).await.map(Some),
            What::Again | What::Reopened if remote.state == TicketState::Resolved => {
                system.reopen(remote, &note, id).await.map(Some)
            }
            _ if remote.state == TicketState::Closed => Ok(None),
            _ => system.note(remote, &note.text, id).await.map(|()| None),
        }
    }
}
