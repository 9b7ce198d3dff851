//! Against a server in memory that keeps the delivery contract and can be told to misbehave.

use std::io::Read;
use std::sync::{Arc, Mutex};

use highwater_wire::{AgentSettings, MAX_DECODED_BYTES, Record};

use super::super::Past;
use super::*;
use crate::source::simulated::Fleet;

#[derive(Default)]
struct Server {
    stored: Vec<Record>,
    batches: usize,
    largest_bytes: usize,
    /// What to answer instead of storing, last first.
    moods: Vec<Mood>,
}

#[derive(Clone, Copy)]
enum Mood {
    Away,
    Busy,
    /// Stores, but the answer is lost.
    LosesAnswer,
    /// Forgets what it stored last, as after a restored backup.
    Forgets(usize),
    Picky,
    Hostile,
}

impl Server {
    fn answer(&mut self, body: &[u8]) -> Result<Ack, PushError> {
        match self.moods.pop() {
            Some(Mood::Away) => return Err(PushError::Unreachable { reason: "away".to_owned() }),
            Some(Mood::Busy) => {
                return Err(PushError::TryLater { after: Some(Duration::from_secs(3)), detail: String::new() });
            }
            Some(Mood::Picky) => return Err(PushError::TooLarge { detail: String::new() }),
            Some(Mood::Hostile) => return Err(PushError::KeyUnknown { detail: String::new() }),
            Some(Mood::LosesAnswer) => {
                self.store(body)?;
                return Err(PushError::Unreachable { reason: "reset".to_owned() });
            }
            Some(Mood::Forgets(records)) => self.stored.truncate(self.stored.len().saturating_sub(records)),
            None => {}
        }
        self.store(body)
    }

    fn store(&mut self, body: &[u8]) -> Result<Ack, PushError> {
        let mut json = Vec::new();
        let mut decoder = zstd::Decoder::new(body).unwrap().take(MAX_DECODED_BYTES as u64);
        decoder.read_to_end(&mut json).unwrap();
        let batch: Batch = serde_json::from_slice(&json).unwrap();
        let expected_seq = self.stored.len() as u64 + 1;
        if batch.first_seq > expected_seq {
            return Err(PushError::SequenceHole { expected_seq, store_id: None });
        }
        let known = usize::try_from(expected_seq - batch.first_seq).unwrap();
        self.stored.extend(batch.records.into_iter().skip(known));
        self.batches += 1;
        self.largest_bytes = self.largest_bytes.max(body.len());
        let settings = AgentSettings::default();
        Ok(Ack { acked_seq: self.stored.len() as u64, store_id: "s".to_owned(), server_at: 0, settings })
    }
}

fn half_a_day(sessions: u32) -> (History, Member) {
    let fleet = Arc::new(Fleet::busy(1, 1, sessions));
    let from_at = 1_794_873_600_000;
    let past = Past { from_at, to_at: from_at + 43_200_000, sampling_secs: 60 };
    (History::new(Arc::clone(&fleet), 0, past), Member::new(&fleet, 0, "hwa_x".to_owned(), 1))
}

async fn push(sessions: u32, moods: Vec<Mood>) -> (Server, Result<Figures, LoadError>, Member, Vec<Record>) {
    let (history, mut member) = half_a_day(sessions);
    let all: Vec<Record> = history.again().collect();
    let server = Mutex::new(Server { moods, ..Server::default() });
    let send = |body: Vec<u8>| std::future::ready(server.lock().unwrap().answer(&body));
    let patience = Patience { first_wait: Duration::ZERO, longest_wait: Duration::ZERO, ..Patience::default() };
    let figures = push_history(history, &mut member, &Clock::manual(9), patience, send).await;
    (server.into_inner().unwrap(), figures, member, all)
}

#[tokio::test]
async fn all_records_arrive_once_in_batches_near_the_cap() {
    let (server, figures, member, all) = push(150, vec![]).await;
    assert!(server.stored == all, "{} of {}", server.stored.len(), all.len());
    let figures = figures.unwrap();
    assert_eq!((figures.records, figures.acks), (all.len() as u64, server.batches as u64));
    assert_eq!(figures.sessions, 150 * 720);
    assert_eq!(member.next_seq, all.len() as u64 + 1);
    assert!(server.largest_bytes > highwater_wire::MAX_ENCODED_BYTES * 6 / 10, "{}", server.largest_bytes);
}

#[tokio::test]
async fn whatever_the_server_does_all_records_arrive_once() {
    let moods = vec![
        Mood::Forgets(300),
        Mood::LosesAnswer,
        Mood::Busy,
        Mood::Picky,
        Mood::Away,
        Mood::Forgets(5),
        Mood::Away,
        Mood::LosesAnswer,
    ];
    let (server, figures, member, all) = push(100, moods).await;
    assert!(server.stored == all, "{} of {}", server.stored.len(), all.len());
    assert_eq!(member.next_seq, all.len() as u64 + 1);
    let errors = figures.unwrap().errors;
    assert_eq!(errors["the server could not be reached"], 4, "{errors:?}");
    assert_eq!(errors["the server asked to try again later"], 1);
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up() {
    let (_, figures, _, _) = push(9, vec![Mood::Away; 100]).await;
    assert!(matches!(figures, Err(LoadError::GaveUp(MOST_TRIES))), "{figures:?}");
}

#[tokio::test]
async fn a_refusal_for_good_ends_the_load() {
    let (_, figures, _, _) = push(9, vec![Mood::Hostile]).await;
    assert!(matches!(figures, Err(LoadError::Push(PushError::KeyUnknown { .. }))), "{figures:?}");
}
