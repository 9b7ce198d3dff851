//! Who gets in, how many, and whose word counts: proxies, caps, and the bounds of HTTP.

use std::io::Read as _;
use std::net::SocketAddr;
use std::time::Duration;

use highwater::config::{Config, Limits};
use highwater::model::token::{Approve, NewToken};
use highwater_wire::{ENROL_PATH, Enrolled, problem_type};
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::elsewhere::Elsewhere;
use crate::harness::server::{TestServer, answer, machine};
use crate::harness::store::{Store, both};

fn plain(config: &mut Config) {
    config.plain_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
}

/// Whether a machine is let in that says by these headers where it is, with a token for 10.9.9.0/24 only.
async fn is_let_in(server: &TestServer, base: &str, name: &str, headers: &[(&str, &str)]) -> bool {
    let token = NewToken {
        label: "Paris".to_owned(),
        secret_sha256: [0; 32],
        hint: String::new(),
        group_name: String::new(),
        approve: Approve::Auto,
        max_uses: None,
        expires_at: None,
        ranges: vec!["10.9.9.0/24".to_owned()],
    };
    let token = server.token_of(token).await;
    let mut request = server.http.post(format!("{base}{ENROL_PATH}")).json(&machine(&token, name, 1));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match answer::<Enrolled>(request.send().await.unwrap()).await {
        Ok(_) => true,
        Err(problem) => {
            assert_eq!(problem.kind, problem_type::TOKEN_REFUSED);
            false
        }
    }
}

#[tokio::test]
async fn a_header_about_the_visitor_counts_only_from_a_known_proxy() {
    both(async |store| {
        let from_there = [("x-forwarded-for", "10.9.9.9")];
        let server = TestServer::start_with(store, plain).await;
        assert!(!is_let_in(&server, &server.url, "FS01", &from_there).await, "anybody can say so");
        assert!(!is_let_in(&server, &server.url, "FS01", &[("forwarded", "for=10.9.9.9")]).await);
        let local = format!("http://{}", server.plain_addr.unwrap());
        assert!(is_let_in(&server, &local, "FS02", &from_there).await, "this machine's own proxy is believed");
        server.stop().await;

        let known = |config: &mut Config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        let server = TestServer::start_with(store, known).await;
        assert!(is_let_in(&server, &server.url, "FS03", &from_there).await);
        assert!(is_let_in(&server, &server.url, "FS04", &[("forwarded", "for=10.9.9.9")]).await);
        let spoofed = [("x-forwarded-for", "10.9.9.9, 192.0.2.1")];
        assert!(!is_let_in(&server, &server.url, "FS05", &spoofed).await, "the visitor's own word");
        let contradicting = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=10.9.9.9")];
        assert!(!is_let_in(&server, &server.url, "FS05", &contradicting).await);
        assert!(!is_let_in(&server, &server.url, "FS05", &[]).await, "the proxy itself is elsewhere");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_others_are_served() {
    let (store, elsewhere) = (Store::sqlite().await, Elsewhere::lay(11));
    let server = TestServer::start_with(&store, |config| {
        config.listen = SocketAddr::from(([0, 0, 0, 0], 0));
        config.limits = Limits { connections_per_address: Some(2), ..config.limits };
    })
    .await;
    let port = server.addr.port();
    // Whether the server keeps the connection: on one that it closes there is an end to read at once.
    let is_kept = |mut stream: std::net::TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let kept = stream.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        (stream, kept)
    };
    let streams = tokio::task::spawn_blocking(move || {
        let taken = [(); 2].map(|()| is_kept(elsewhere.connect(port)));
        let beyond = is_kept(elsewhere.connect(port));
        let (mut held, kept): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
        assert_eq!((kept, beyond.1), (vec![true, true], false));
        held.pop();
        (held, elsewhere)
    });
    let (held, elsewhere) = streams.await.unwrap();
    let healthz = format!("{}/healthz", server.url);
    for _ in 0..5 {
        assert_eq!(server.http.get(&healthz).send().await.unwrap().status(), StatusCode::OK);
    }
    // A place that is given back is another's.
    crate::harness::wait::eventually("the place is free", async || {
        let (stream, port) = (&elsewhere, port);
        if is_kept(stream.connect(port)).1 { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    drop(held);
    server.stop().await;
    store.close().await;
}

async fn first_line(addr: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // It may be answered, and closed, before all is sent.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer));
    let _ = reading.await;
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_head_with_too_many_or_too_long_headers_is_refused_and_nobody_is_sent_to_another_door() {
    let store = Store::sqlite().await;
    let server = TestServer::start_with(&store, plain).await;
    let addr = server.plain_addr.unwrap();
    let with = |headers: &str| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    assert_eq!(first_line(addr, &with("")).await, "HTTP/1.1 200 OK");
    let many: String = (0..120).map(|n| format!("x-{n}: 1\r\n")).collect();
    assert!(first_line(addr, &with(&many)).await.starts_with("HTTP/1.1 431 "));
    let long = format!("x-long: {}\r\n", "a".repeat(20_000));
    assert!(first_line(addr, &with(&long)).await.starts_with("HTTP/1.1 431 "));
    let api = "GET /api/v1/hosts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(
        first_line(addr, api).await.starts_with("HTTP/1.1 401 "),
        "no redirect: a key would have gone out in the clear"
    );
    server.stop().await;
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// `GET / http x`, in HPACK.
const ASKS: [u8; 6] = [0x82, 0x86, 0x84, 0x41, 1, b'x'];

/// Reads frames until the connection ends, or for so long: kind and payload.
async fn frames(stream: &mut TcpStream) -> Vec<(u8, Vec<u8>)> {
    let mut bytes = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes));
    let _ = reading.await;
    let (mut found, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some((head, after)) = rest.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let Some((payload, after)) = after.split_at_checked(usize::try_from(length).unwrap()) else { break };
        found.push((head[3], payload.to_vec()));
        rest = after;
    }
    found
}

#[tokio::test]
async fn http_2_has_bounds_and_who_opens_and_takes_back_without_end_is_cut_off() {
    let store = Store::sqlite().await;
    let server = TestServer::start_with(&store, plain).await;
    let mut stream = TcpStream::connect(server.plain_addr.unwrap()).await.unwrap();
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(SETTINGS, 0, 0, &[]));
    for n in 0..2_000 {
        let id = 2 * n + 1;
        sent.extend(frame(1, 0x5, id, &ASKS));
        sent.extend(frame(3, 0, id, &8_u32.to_be_bytes()));
    }
    // The server may hang up meanwhile.
    let _ = stream.write_all(&sent).await;
    let seen = frames(&mut stream).await;
    let settings = seen.iter().find(|(kind, _)| *kind == SETTINGS).expect("the server's settings");
    let said: Vec<(u16, u32)> = settings
        .1
        .chunks_exact(6)
        .map(|pair| {
            let value = [pair[2], pair[3], pair[4], pair[5]];
            (u16::from_be_bytes([pair[0], pair[1]]), u32::from_be_bytes(value))
        })
        .collect();
    assert!(said.contains(&(3, 32)) && said.contains(&(6, 16 << 10)), "streams at once, bytes of headers: {said:?}");
    let goodbye = seen.iter().rfind(|(kind, _)| *kind == GOAWAY).expect("the server hangs up");
    let code = u32::from_be_bytes([goodbye.1[4], goodbye.1[5], goodbye.1[6], goodbye.1[7]]);
    assert_eq!(code, 0xb, "calm down");
    assert_eq!(server.http.get(format!("{}/healthz", server.url)).send().await.unwrap().status(), StatusCode::OK);
    server.stop().await;
}
