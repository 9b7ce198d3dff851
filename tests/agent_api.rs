//! The agents' calls over real HTTPS: what is accepted, and that everything else is a problem that says what to do and harms
//! nothing that is stored.

use std::time::Duration;

use highwater::config::Limits;
use highwater::model::HostId;
use highwater::model::agent::AgentState;
use highwater::model::token::Approve;
use highwater::store::{agents, frames, hosts};
use highwater_wire::{AgentState as State, AgentStatus, MAX_DECODED_BYTES, MAX_ENCODED_BYTES, Record, problem_type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::server::{TestServer, answer, batch, machine, snapshot};
use crate::harness::store::both;
use crate::harness::wait::eventually;

const MINUTE_MS: i64 = 60_000;

async fn status(server: &TestServer, key: &str) -> Result<AgentStatus, highwater_wire::Problem> {
    let url = format!("{}{}", server.url, highwater_wire::SETTINGS_PATH);
    answer(server.http.get(url).bearer_auth(key).send().await.unwrap()).await
}

/// How many snapshots of the last hours each host has.
async fn stored(server: &TestServer) -> Vec<(String, usize)> {
    let now_at = server.clock.now_at();
    let mut stored = Vec::new();
    for host in hosts::all_now(&server.db).await.unwrap() {
        let within = frames::instants(&server.db, host.id, now_at - 180 * MINUTE_MS, now_at + MINUTE_MS).await.unwrap();
        stored.push((host.name, within.len()));
    }
    stored
}

#[tokio::test]
async fn a_batch_is_acknowledged_stored_and_counted_once() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        let records = vec![snapshot(now_at - 2 * MINUTE_MS, 3), snapshot(now_at - MINUTE_MS, 5)];
        for _ in 0..2 {
            let ack = server.push(&key, &batch(now_at, 1, records.clone())).await.unwrap();
            assert_eq!((ack.acked_seq, ack.store_id.as_str()), (2, server.db.store_id()));
        }
        let now = hosts::all_now(&server.db).await.unwrap().remove(0).state.unwrap().now.unwrap();
        assert_eq!((now.totals.sessions, now.limit.sessions), (5, Some(20)));
        assert_eq!(stored(&server).await, [("FS01".to_owned(), 2)]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_may_also_come_unpacked_and_an_unknown_encoding_is_refused() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let json = serde_json::to_vec(&batch(server.clock.now_at(), 1, Vec::new())).unwrap();
        assert!(server.push_bytes(&key, "identity", json.clone()).await.is_ok());
        let problem = server.push_bytes(&key, "br", json).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (415, problem_type::ENCODING));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_known_opens_nothing() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Auto).await;
        let nothing = batch(server.clock.now_at(), 1, vec![snapshot(server.clock.now_at(), 1)]);
        for key in ["hwa_wrong", "", token.as_str(), "hwa_\u{e9}"] {
            let problem = server.push(key, &nothing).await.unwrap_err();
            assert_eq!((problem.status, problem.kind.as_str()), (401, problem_type::KEY_UNKNOWN), "{key}");
        }
        assert_eq!(status(&server, "hwa_wrong").await.unwrap_err().status, 401);
        let url = format!("{}{}", server.url, highwater_wire::SETTINGS_PATH);
        assert_eq!(server.http.get(url).send().await.unwrap().status(), 401);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_reaches_its_own_host_only() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (one, other) = (server.key("FS01").await, server.key("FS02").await);
        let now_at = server.clock.now_at();
        // The same epoch and numbers from another host are another spool.
        server.push(&one, &batch(now_at, 1, vec![snapshot(now_at, 1)])).await.unwrap();
        assert_eq!(stored(&server).await, [("FS01".to_owned(), 1), ("FS02".to_owned(), 0)]);
        server.push(&other, &batch(now_at, 1, vec![snapshot(now_at, 2)])).await.unwrap();
        assert_eq!(stored(&server).await, [("FS01".to_owned(), 1), ("FS02".to_owned(), 1)]);
        assert_ne!(status(&server, &one).await.unwrap().host_id, status(&server, &other).await.unwrap().host_id);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_may_still_ask_why() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let nothing = batch(server.clock.now_at(), 1, Vec::new());
        server.push(&key, &nothing).await.unwrap();
        let host = HostId(status(&server, &key).await.unwrap().host_id);
        let agent = agents::list(&server.db).await.unwrap().into_iter().find(|a| a.host == host).unwrap();
        let mut tx = server.db.begin().await.unwrap();
        agents::decide(&mut tx, agent.id, AgentState::Approved, AgentState::Revoked, 1).await.unwrap();
        tx.commit().await.unwrap();
        let problem = server.push(&key, &nothing).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (403, problem_type::AGENT_REVOKED));
        assert_eq!(status(&server, &key).await.unwrap().state, State::Revoked);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_hole_is_answered_with_the_number_that_is_expected() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        server.push(&key, &batch(now_at, 1, vec![snapshot(now_at - MINUTE_MS, 1)])).await.unwrap();
        let problem = server.push(&key, &batch(now_at, 3, vec![snapshot(now_at, 2)])).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (409, problem_type::SEQUENCE_HOLE));
        assert_eq!((problem.expected_seq, problem.store_id.as_deref()), (Some(2), Some(server.db.store_id())));
        assert_eq!(stored(&server).await, [("FS01".to_owned(), 1)]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_packed_or_unpacked() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let problem = server.push_bytes(&key, "zstd", vec![7; MAX_ENCODED_BYTES + 1]).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (413, problem_type::TOO_LARGE));
        // A bomb: 1 GiB of blanks within some 33 KB.
        let blanks = vec![b' '; 1 << 20];
        let mut bomb = zstd::Encoder::new(Vec::new(), 19).unwrap();
        for _ in 0..1_024 {
            std::io::Write::write_all(&mut bomb, &blanks).unwrap();
        }
        let bomb = bomb.finish().unwrap();
        assert!(bomb.len() < MAX_ENCODED_BYTES && blanks.len() * 1_024 > MAX_DECODED_BYTES);
        let problem = server.push_bytes(&key, "zstd", bomb).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (413, problem_type::TOO_LARGE));
        assert!(server.push(&key, &batch(server.clock.now_at(), 1, Vec::new())).await.is_ok());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let torn = zstd::encode_all(&b"{\"epoch\": \"01"[..], 3).unwrap();
        for (encoding, body) in [
            ("identity", b"{\"epoch\": 7}".to_vec()),
            ("identity", Vec::new()),
            ("identity", b"[[[[[[[[[[".repeat(10_000)),
            ("zstd", torn),
            ("zstd", b"{}".to_vec()),
            ("zstd", vec![0xff; 5_000]),
        ] {
            let problem = server.push_bytes(&key, encoding, body).await.unwrap_err();
            assert_eq!((problem.status, problem.kind.as_str()), (400, problem_type::MALFORMED), "{problem:?}");
        }
        assert_eq!(stored(&server).await, [("FS01".to_owned(), 0)]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_far_off_is_named_and_stores_nothing() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let ten_years = 10 * 365 * 24 * 60 * MINUTE_MS;
        for off in [-ten_years, ten_years, i64::MAX / 2, i64::MIN / 2] {
            let at = server.clock.now_at().saturating_add(off);
            let problem = server.push(&key, &batch(at, 1, vec![snapshot(at, 1)])).await.unwrap_err();
            assert_eq!((problem.status, problem.kind.as_str()), (422, problem_type::CLOCK_OFF), "{off}");
        }
        assert_eq!(stored(&server).await, [("FS01".to_owned(), 0)]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_record_that_can_never_be_stored_is_named_by_its_number() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        let Record::Snapshot(mut long) = snapshot(now_at, 1) else { unreachable!() };
        long.sessions[0].client = "x".repeat(3_000);
        let records = vec![snapshot(now_at - MINUTE_MS, 1), Record::Snapshot(long)];
        let problem = server.push(&key, &batch(now_at, 1, records)).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (422, problem_type::RECORD_REFUSED));
        assert_eq!(problem.refused_seq, Some(2));
        server.stop().await;
    })
    .await;
}

/// Reads until the other end closes, and how much came.
async fn read_to_close(stream: &mut TcpStream) -> usize {
    let mut seen = Vec::new();
    // A reset is a close, too.
    let _ = stream.read_to_end(&mut seen).await;
    seen.len()
}

fn quick(config: &mut highwater::config::Config) {
    let second = Duration::from_secs(1);
    config.limits = Limits { max_connections: 16, header: second, body: second, ..config.limits };
    config.plain_listen = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
}

#[tokio::test]
async fn a_connection_that_never_completes_its_handshake_or_its_head_is_cut_by_a_timer() {
    both(async |store| {
        let server = TestServer::start_with(store, quick).await;
        let cut = async |addr, first: &[u8]| {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            stream.write_all(first).await.unwrap();
            tokio::time::timeout(Duration::from_secs(10), read_to_close(&mut stream)).await.expect("it is cut");
        };
        let plain = server.plain_addr.unwrap();
        tokio::join!(
            cut(server.addr, b""),
            cut(server.addr, b"\x16\x03\x01"),
            cut(plain, b""),
            cut(plain, b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "),
            cut(plain, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_and_closed_when_it_stays_silent() {
    both(async |store| {
        let idle = Duration::from_secs(1);
        let server = TestServer::start_with(store, |config| {
            quick(config);
            config.limits.idle = idle;
        })
        .await;
        let mut stream = TcpStream::connect(server.plain_addr.unwrap()).await.unwrap();
        for _ in 0..2 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200");
            // The rest of the answer, which comes in one piece with its head.
            let _ = stream.read(&mut [0; 4_096]).await.unwrap();
        }
        let silent = tokio::time::Instant::now();
        tokio::time::timeout(Duration::from_secs(10), read_to_close(&mut stream)).await.expect("it is closed");
        assert!(silent.elapsed() >= idle / 2, "{:?}", silent.elapsed());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_by_a_timer() {
    both(async |store| {
        let server = TestServer::start_with(store, quick).await;
        let key = server.key("FS01").await;
        let mut stream = TcpStream::connect(server.plain_addr.unwrap()).await.unwrap();
        let path = highwater_wire::BATCHES_PATH;
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 9999\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reading, mut writing) = stream.split();
        let trickle = async {
            while writing.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let answer = async {
            let mut line = [0; 12];
            reading.read_exact(&mut line).await.unwrap();
            assert_eq!(&line, b"HTTP/1.1 408");
        };
        let within = tokio::time::timeout(Duration::from_secs(10), async {
            tokio::select! { () = trickle => unreachable!("it is answered first"), () = answer => {} }
        });
        within.await.expect("the body's timer");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn connections_beyond_the_cap_are_closed_and_the_others_go_on() {
    both(async |store| {
        let server = TestServer::start_with(store, |config| {
            quick(config);
            config.limits.header = Duration::from_secs(30);
        })
        .await;
        let key = server.key("FS01").await;
        let plain = server.plain_addr.unwrap();
        let mut held = Vec::new();
        let mut is_refused = false;
        for _ in 0..32 {
            let mut stream = TcpStream::connect(plain).await.unwrap();
            let mut first = [0; 1];
            // Open connections say nothing; one beyond the cap is closed at once.
            match tokio::time::timeout(Duration::from_millis(300), stream.read(&mut first)).await {
                Err(_) => held.push(stream),
                Ok(_) => {
                    is_refused = true;
                    break;
                }
            }
        }
        assert!(is_refused && held.len() < 16, "{} are held", held.len());
        // The one that is there already keeps its place.
        assert!(status(&server, &key).await.is_ok());
        drop(held);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_server_stops_in_order_while_agents_push() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Auto).await;
        let mut keys = Vec::new();
        for n in 0..8 {
            keys.push(server.enrol(&machine(&token, &format!("FS{n}"), 1)).await.unwrap().key);
        }
        let now_at = server.clock.now_at();
        let url = format!("{}{}", server.url, highwater_wire::BATCHES_PATH);
        let pushes = keys.into_iter().enumerate().map(|(n, key)| {
            let (http, url) = (server.http.clone(), url.clone());
            tokio::spawn(async move {
                let mut acked = 0;
                for seq in 1.. {
                    let at = now_at - 100 * MINUTE_MS + i64::try_from(seq).unwrap();
                    let body = serde_json::to_vec(&batch(now_at, seq, vec![snapshot(at, 3)])).unwrap();
                    match http.post(&url).bearer_auth(&key).body(body).send().await {
                        Ok(response) if response.status().is_success() => acked = seq,
                        _ => break,
                    }
                }
                (format!("FS{n}"), usize::try_from(acked).unwrap())
            })
        });
        let pushes: Vec<_> = pushes.collect();
        eventually("every agent has an answer", async || {
            // Who sends another one has an answer to the first.
            for host in hosts::all_now(store).await.unwrap() {
                let within = frames::instants(store, host.id, now_at - 101 * MINUTE_MS, now_at).await.unwrap();
                if within.len() < 2 {
                    return Err(format!("{}: {}", host.name, within.len()));
                }
            }
            Ok(())
        })
        .await;
        let (db, stopping) = (highwater::store::Db::open(store.address()).await.unwrap(), tokio::time::Instant::now());
        server.stop().await;
        assert!(stopping.elapsed() < Duration::from_secs(10));
        for push in pushes {
            let (name, acked) = push.await.unwrap();
            let host = hosts::all_now(&db).await.unwrap().into_iter().find(|host| host.name == name).unwrap();
            let within = frames::instants(&db, host.id, now_at - 101 * MINUTE_MS, now_at).await.unwrap();
            // One more may be stored whose answer did not get out.
            assert!(acked > 0 && (acked..=acked + 1).contains(&within.len()), "{name}: {acked} of {}", within.len());
        }
        db.close().await;
    })
    .await;
}
