//! Bodies that are small on the way and large, long or never-ending afterwards, from an agent that somebody took over.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use highwater::clock::Clock;
use highwater_wire as wire;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::arena::{Arena, Tally};
use super::caller::Caller;
use super::{fleet, raw};

const CONNECTIONS: usize = 8;
/// What a bomb unpacks to.
const BOMB_BYTES: u64 = 256 << 20;
const SETTINGS_BYTES: usize = 4 << 20;

struct Bomb {
    name: &'static str,
    request: Vec<u8>,
}

pub(crate) async fn attack(arena: Arena, until: Instant) -> anyhow::Result<Tally> {
    let bombs = Arc::new(bombs(&arena.key)?);
    let mut throwing = JoinSet::new();
    for n in 0..CONNECTIONS {
        let (arena, bombs) = (arena.clone(), Arc::clone(&bombs));
        throwing.spawn(async move { throw(&arena, &bombs, n, until).await });
    }
    let mut tally = Tally::default();
    while let Some(done) = throwing.join_next().await {
        tally.merge(done?);
    }
    Ok(tally)
}

async fn throw(arena: &Arena, bombs: &[Bomb], n: usize, until: Instant) -> Tally {
    let mut caller = Caller::new(arena, n);
    for bomb in bombs.iter().cycle().skip(n) {
        if Instant::now() >= until {
            break;
        }
        if caller.is_let_in().await {
            caller.ask(bomb.name, &bomb.request).await;
        }
    }
    caller.tally
}

fn bombs(key: &str) -> io::Result<Vec<Bomb>> {
    let bomb = |name, encoding: &str, body: &[u8]| Bomb {
        name,
        request: raw::post(wire::BATCHES_PATH, &fleet::headers(key, encoding), body),
    };
    let whole = wire::MAX_ENCODED_BYTES;
    let skippable: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
    let mut long_skippable = vec![0_u8; whole];
    long_skippable[..4].copy_from_slice(&skippable[..4]);
    long_skippable[4..8].copy_from_slice(&u32::try_from(whole - 8).unwrap_or_default().to_le_bytes());
    Ok(vec![
        bomb("zstd bomb", "zstd", &zstd_bomb()?),
        bomb("gzip bomb", "gzip", &gzip_bomb()?),
        bomb("many skippable frames", "zstd", &skippable.repeat(whole / skippable.len())),
        bomb("one long skippable frame", "zstd", &long_skippable),
        bomb("size that lies, one segment", "zstd", &lying(0xe0, &[])),
        bomb("size that lies, small window", "zstd", &lying(0xc0, &[0])),
        bomb("deep JSON", "zstd", &packed(&filled(&head("\"x\":"), "[", ""))?),
        bomb("many records", "zstd", &packed(&filled(&head("\"records\":["), "{\"a\":1},", "{\"a\":1}]}"))?),
        bomb("many settings", "zstd", &packed(&settings())?),
        bomb("many addresses", "zstd", &packed(&filled(&host("\"addresses\":["), "\"\",", "\"\"]}}]}"))?),
        bomb("no JSON", "identity", &vec![b' '; whole]),
        bomb("longer than it may be", "identity", &vec![b' '; 2 * whole]),
    ])
}

fn zstd_bomb() -> io::Result<Vec<u8>> {
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 3)?;
    io::copy(&mut io::repeat(b' ').take(BOMB_BYTES), &mut packer)?;
    packer.finish()
}

fn gzip_bomb() -> io::Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::copy(&mut io::repeat(b' ').take(BOMB_BYTES / 4), &mut packer)?;
    packer.flush()?;
    packer.finish()
}

/// A frame whose header promises a tebibyte, with one byte in it.
fn lying(descriptor: u8, window: &[u8]) -> Vec<u8> {
    let size = (1_u64 << 40).to_le_bytes();
    // The last block, as it is, of one byte.
    let block = [0x09, 0, 0, b' '];
    [&[0x28, 0xb5, 0x2f, 0xfd, descriptor][..], window, &size, &block].concat()
}

fn head(rest: &str) -> String {
    let now_at = Clock::system().now_at();
    format!("{{\"epoch\":\"{:032x}\",\"first_seq\":1,\"sent_at\":{now_at},{rest}", 0)
}

fn host(rest: &str) -> String {
    head(&format!("\"records\":[{{\"host\":{{\"observed_at\":1,\"name\":\"x\",{rest}"))
}

/// As much of the middle as may be unpacked.
fn filled(begin: &str, middle: &str, end: &str) -> String {
    let room = wire::MAX_DECODED_BYTES - begin.len() - end.len();
    [begin, middle.repeat(room / middle.len()).as_str(), end].concat()
}

/// Each under a name of its own: more would not be short enough when it is packed.
fn settings() -> String {
    let mut text = host("\"settings\":{");
    let mut n = 0_u32;
    while text.len() < SETTINGS_BYTES {
        text.push_str(&format!("\"{n:x}\":\"\","));
        n += 1;
    }
    text.push_str("\"\":\"\"}}}]}");
    text
}

fn packed(text: &str) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(text.as_bytes(), 3)
}
