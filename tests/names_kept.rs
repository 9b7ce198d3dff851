//! Names of users in what hosts and agents say in their own words: kept as the settings say, and erased.

use highwater::model::incident::Kind;
use highwater::model::pseudonym::{UserNames, pseudonym};
use highwater::store::events::EventFilter;
use highwater::store::incidents::{self, NewIncident};
use highwater::store::rank::By;
use highwater::store::{erasure, events, frames};
use highwater::tasks::erasure::{Erased, erase, pseudonymise_users};
use highwater_wire as wire;

use crate::erasure::stands_somewhere;
use crate::harness::audit::{is_whole, trail};
use crate::harness::store::{T0, both};
use crate::harness::traces::{Agent, CLIENT, event, snapshot};

/// A user who is in a session, and in what hosts and agents say.
const SLOW: &str = r"CORP\zoe.whitfield";

/// What Windows writes when something took long: the user stands in the record and in its message.
fn slow(record_id: u64) -> wire::Record {
    let of_client = "02-00-C5-EC-0A-01-0A-1E-00-00-00-00-00-00-00-00";
    wire::Record::Event(wire::Event {
        channel: "Microsoft-Windows-SMBServer/Operational".to_owned(),
        provider: "Microsoft-Windows-SMBServer".to_owned(),
        record_id,
        log_epoch: 0,
        recorded_at: T0,
        code: 1_020,
        level: 3,
        computer: "FS01".to_owned(),
        xml: format!(
            "<Event><System><Computer>FS01</Computer></System><UserData><EventData><Command>5</Command>\
             <UserName>{SLOW}</UserName><ClientAddress>{of_client}</ClientAddress><Duration>31000</Duration>\
             </EventData></UserData></Event>"
        ),
        message: Some(format!("File system operation has taken longer than expected. User: {SLOW}")),
        decoded: wire::Decoded { client: Some("10.1.10.30".to_owned()), ..wire::Decoded::default() },
    })
}

/// Everything in which an agent may name a user.
async fn name_somebody(agent: &mut Agent) {
    let seq = agent.seq;
    let at = T0 + i64::try_from(seq).unwrap() * 60_000;
    agent.push(slow(seq)).await;
    let detail = format!("{SLOW} cleared the log.");
    let reason = wire::GapReason::LogCleared;
    agent.push(wire::Record::Gap(wire::Gap { from_at: at, to_at: at, reason, lost_records: None, detail })).await;
    for (taken_at, part) in [(at, None), (at + 1_000, Some(wire::Part { index: 0, of: 2 }))] {
        let wire::Record::Snapshot(mut told) = snapshot(taken_at, part) else { unreachable!() };
        told.sessions[0].user = SLOW.to_owned();
        agent.push(wire::Record::Snapshot(told)).await;
    }
}

#[tokio::test]
async fn what_an_event_or_a_gap_says_of_a_user_is_kept_as_the_settings_say() {
    both(async |store| {
        let key = b"a key of this test".to_vec();
        let mut seq = 1;
        for user_names in [UserNames::Pseudonyms(key.clone()), UserNames::Off] {
            let is_off = user_names == UserNames::Off;
            let mut agent = Agent::start(store, user_names).await;
            agent.seq = seq;
            name_somebody(&mut agent).await;
            assert!(!stands_somewhere(store, "whitfield").await, "off: {is_off}");
            // The rest of the snapshot that waited: its users are those of the others.
            let taken_at = T0 + i64::try_from(seq).unwrap() * 60_000 + 1_000;
            agent.push(snapshot(taken_at, Some(wire::Part { index: 1, of: 2 }))).await;
            let whole = frames::at(store, agent.from.host, taken_at).await.unwrap().unwrap();
            let kept = if is_off { String::new() } else { pseudonym(&key, SLOW) };
            let named = erasure::named(store, By::User, &kept).await.unwrap();
            assert_eq!((named.len(), whole.sessions.len()), (1, 6));
            assert!(whole.sessions.iter().any(|session| session.user.0 == named[0].0), "off: {is_off}");
            seq = agent.seq;
        }
        let told = events::list(store, &EventFilter { most: 9, ..EventFilter::default() }).await.unwrap();
        assert_eq!(told.len(), 2);
        for event in &told {
            assert!(event.xml.is_empty() && event.message.is_none());
            assert_eq!(event.decoded, r#"{"client":"10.1.10.30","record_removed":true}"#);
        }

        let mut shown = Agent::start(store, UserNames::Shown).await;
        shown.seq = seq;
        name_somebody(&mut shown).await;
        assert!(stands_somewhere(store, "whitfield").await, "else nothing is shown by this");
        // Evidence is kept for years: of this user nothing else is.
        let about = NewIncident {
            host: Some(shown.from.host),
            kind: Kind::Full,
            subject: "",
            from_at: T0,
            opened_at: T0,
            is_silenced: false,
        };
        store.write(async |tx| incidents::insert(tx, &about, T0).await).await;
        let evidence = r#"{"holders":[{"name":"PC-1","users":["CORP\\gone.whitfield"]}]}"#;
        store.execute(&format!("update incidents set evidence = '{evidence}'")).await;
        let erased = pseudonymise_users(store, &trail(), &key).await.unwrap();
        assert_eq!((erased.names, erased.events), (3, 1));
        erasure::remove_remains(store, true).await.unwrap();
        assert!(!stands_somewhere(store, "whitfield").await);
        assert_eq!(pseudonymise_users(store, &trail(), &key).await.unwrap(), Erased::default(), "it is done already");
        is_whole(store).await;
    })
    .await;
}

#[tokio::test]
async fn a_name_goes_out_of_an_event_that_has_no_record() {
    both(async |store| {
        let mut agent = Agent::start(store, UserNames::Shown).await;
        let wire::Record::Event(told) = event() else { unreachable!() };
        agent.push(wire::Record::Event(wire::Event { xml: String::new(), ..told.clone() })).await;
        let read_out = wire::Event { xml: String::new(), message: None, record_id: 2, ..told };
        agent.push(wire::Record::Event(read_out)).await;
        assert_eq!(erase(store, &trail(), By::Client, CLIENT).await.unwrap().events, 2);
        assert_eq!(store.columns_with(CLIENT).await, [""; 0]);
    })
    .await;
}
