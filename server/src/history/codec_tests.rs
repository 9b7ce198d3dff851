//! Every codec: what was encoded comes back, and any other bytes are refused without harm.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{DecodeError, chunk, fleet, frame, holders, matrix, usage};
use crate::model::holder::{FleetHolder, Held, Holders};
use crate::model::limit::{Limit, LimitSource};
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::{CELLS_PER_DAY, CELLS_PER_HOUR, HOUR_MS};
use crate::model::usage::{Peak, Usage};
use crate::model::{ClientId, HostId, UserId};

/// 2026-11-25T08:00:00Z.
const HOUR_AT: i64 = 1_795_593_600_000;

fn instants() -> impl Strategy<Value = Option<i64>> {
    option::weighted(
        0.9,
        prop_oneof![
            8 => (0..200_000_i64).prop_map(|s| HOUR_AT - s * 1_000),
            2 => (0..200_000_000_i64).prop_map(|ms| HOUR_AT - ms),
            1 => any::<i64>(),
        ],
    )
}

fn sessions() -> impl Strategy<Value = Session> {
    let ids = || prop_oneof![8 => 0..40_i64, 1 => any::<i64>()];
    let opens = option::weighted(0.9, prop_oneof![8 => 0..30_u32, 1 => any::<u32>()]);
    (ids(), ids(), instants(), instants(), opens).prop_map(|(client, user, started_at, active_at, opens)| Session {
        client: ClientId(client),
        user: UserId(user),
        started_at,
        active_at,
        opens,
    })
}

fn limits() -> impl Strategy<Value = Limit> {
    (option::of(any::<u32>()), any::<bool>(), 0..LimitSource::ALL.len())
        .prop_map(|(sessions, unlimited, source)| Limit { sessions, unlimited, source: LimitSource::ALL[source] })
}

fn snapshots() -> impl Strategy<Value = Snapshot> {
    let taken_at = prop_oneof![8 => HOUR_AT..HOUR_AT + HOUR_MS, 1 => any::<i64>()];
    let head = ("(samba|net_session_502|\\PC{0,20})", any::<u32>(), limits());
    (taken_at, head, any::<bool>(), option::of(any::<u64>()), vec(sessions(), 0..120)).prop_map(
        |(taken_at, (source, sampling_secs, limit), partial, burst_of, mut sessions)| {
            sessions.sort();
            Snapshot { taken_at, source, sampling_secs, limit, partial, burst_of, sessions }
        },
    )
}

/// A later snapshot of the same hour: most sessions stay, some work, a few come and go.
fn successors() -> impl Strategy<Value = (Snapshot, Snapshot)> {
    let change = (0..10_u8, instants(), option::of(0..30_u32));
    (snapshots(), vec(change, 120), vec(sessions(), 0..8), 0..HOUR_MS - 1, 1..HOUR_MS, any::<bool>()).prop_map(
        |(mut base, changes, new, at, later, same_head)| {
            base.taken_at = HOUR_AT + at;
            let mut next = base.clone();
            next.taken_at = (base.taken_at + later).min(HOUR_AT + HOUR_MS - 1);
            next.sampling_secs = if same_head { base.sampling_secs } else { 17 };
            let mut changes = changes.into_iter();
            next.sessions.retain_mut(|session| match changes.next() {
                Some((0, ..)) => false,
                Some((1 | 2, active_at, _)) => {
                    session.active_at = active_at;
                    true
                }
                Some((3, active_at, opens)) => {
                    (session.active_at, session.opens) = (active_at, opens);
                    true
                }
                _ => true,
            });
            next.sessions.extend(new);
            next.sessions.sort();
            (base, next)
        },
    )
}

fn helds() -> impl Strategy<Value = Held> {
    let ms = || prop_oneof![2 => Just(0_i64), 6 => (0..10_000_i64).prop_map(|s| s * 1_000), 2 => 0..10_000_000_i64, 1 => any::<i64>()];
    let at = || prop_oneof![8 => HOUR_AT..HOUR_AT + HOUR_MS, 1 => any::<i64>()];
    ((ms(), ms(), ms(), ms()), (at(), at(), at()), any::<u32>(), 0..9_u32).prop_map(
        |((session_ms, idle_ms, zero_open_ms, full_ms), (peak_at, first_seen_at, last_seen_at), peak_opens, peak)| {
            Held {
                session_ms,
                peak_sessions: peak,
                peak_at,
                peak_opens,
                idle_ms,
                zero_open_ms,
                full_ms,
                first_seen_at,
                last_seen_at,
            }
        },
    )
}

fn all_holders() -> impl Strategy<Value = Holders> {
    let entries = || proptest::collection::btree_map(any::<i64>(), helds(), 0..40);
    // Users that are like a client, in any order, and some that are not.
    let like = proptest::collection::btree_map(0..99_i64, any::<prop::sample::Index>(), 0..40);
    (entries(), entries(), like).prop_map(|(clients, users, like)| {
        let helds: Vec<Held> = clients.values().copied().collect();
        let mut users = users;
        if !helds.is_empty() {
            users.extend(like.into_iter().map(|(id, index)| (id, *index.get(&helds))));
        }
        Holders {
            by_client: clients.into_iter().map(|(id, held)| (ClientId(id), held)).collect(),
            by_user: users.into_iter().map(|(id, held)| (UserId(id), held)).collect(),
        }
    })
}

fn fleets() -> impl Strategy<Value = Vec<FleetHolder>> {
    let hosts = proptest::collection::btree_set(0..2_000_i64, 0..6);
    proptest::collection::btree_map(any::<i64>(), (helds(), hosts), 0..40).prop_map(|all| {
        let holder = |(id, (held, hosts)): (i64, (Held, std::collections::BTreeSet<i64>))| FleetHolder {
            id,
            held,
            hosts: hosts.into_iter().map(HostId).collect(),
        };
        all.into_iter().map(holder).collect()
    })
}

fn matrices() -> impl Strategy<Value = Vec<(HostId, matrix::Cell)>> {
    let cell = (any::<(u8, u8, u32, u32)>(), option::of(any::<u32>())).prop_map(|(all, peak_sessions)| matrix::Cell {
        saturation: matrix::Saturation(all.0),
        mean: matrix::Saturation(all.1),
        full_secs: all.2,
        peak_sessions,
        peak_after_secs: all.3,
    });
    proptest::collection::btree_map(0..3_000_i64, cell, 0..80)
        .prop_map(|all| all.into_iter().map(|(host, cell)| (HostId(host), cell)).collect())
}

/// The snapshot before an hour, and those within it: successors of each other, now and then quite another one.
fn hours_of_snapshots() -> impl Strategy<Value = (Option<Snapshot>, Vec<Snapshot>)> {
    vec(successors(), 0..5).prop_map(|pairs| {
        let mut all: std::collections::BTreeMap<i64, Snapshot> = std::collections::BTreeMap::new();
        for (i, (base, next)) in (0..).zip(pairs) {
            for (at, snapshot) in [(i * 300_001 - 200_000, base), (i * 300_001 - 200_000 + 60_000, next)] {
                all.insert(HOUR_AT + at, Snapshot { taken_at: HOUR_AT + at, ..snapshot });
            }
        }
        let within = all.split_off(&HOUR_AT);
        (all.into_values().next_back(), within.into_values().collect())
    })
}

fn cells() -> impl Strategy<Value = Usage> {
    let peak =
        option::of((any::<u32>(), HOUR_AT..HOUR_AT + HOUR_MS, limits()).prop_map(|(sessions, at, limit)| Peak {
            sessions,
            at,
            limit,
        }));
    let filled =
        (any::<(u32, i64, i64, i64, u32)>(), peak, option::of(any::<f64>()), option::of(any::<u64>()), any::<bool>());
    let filled = filled.prop_map(|(sums, peak, saturation, max_opens, of_peak)| {
        let (snapshots, covered_ms, session_ms, full_ms, max_clients) = sums;
        let at_peak = peak.and_then(|p| p.limit.saturation(p.sessions));
        let max_saturation = if of_peak { at_peak } else { saturation };
        Usage { snapshots, covered_ms, session_ms, full_ms, peak, max_saturation, max_opens, max_clients }
    });
    prop_oneof![1 => Just(Usage::default()), 3 => filled]
}

/// Cuts, and changes, each byte in turn: decoding must come back with something.
fn is_total<T>(bytes: &[u8], decode: impl Fn(&[u8]) -> Result<T, DecodeError>) {
    for len in 0..bytes.len() {
        assert!(decode(&bytes[..len]).is_err(), "cut to {len} of {} bytes it was still read", bytes.len());
    }
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            bytes[at] ^= flip;
            let _ = decode(&bytes);
            bytes[at] ^= flip;
        }
    }
    bytes.push(0);
    assert!(decode(&bytes).is_err(), "a byte too many was read over");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_snapshot_comes_back_from_its_key_frame(snapshot in snapshots()) {
        let bytes = frame::encode(&snapshot, None);
        prop_assert_eq!(frame::base_at(&bytes), Ok(None));
        prop_assert_eq!(frame::decode(&bytes, None), Ok(snapshot.clone()));
        prop_assert_eq!(frame::decode(&frame::encode_unpacked(&snapshot), None), Ok(snapshot));
    }

    #[test]
    fn a_successor_comes_back_from_its_delta((base, next) in successors()) {
        let bytes = frame::encode(&next, Some(&base));
        prop_assert!(bytes.len() <= frame::encode(&next, None).len() + 4);
        prop_assert_eq!(frame::decode(&bytes, Some(&base)), Ok(next));
    }

    #[test]
    fn any_snapshot_comes_back_against_any_base(base in snapshots(), next in snapshots()) {
        let bytes = frame::encode(&next, Some(&base));
        prop_assert_eq!(frame::decode(&bytes, Some(&base)), Ok(next));
    }

    #[test]
    fn sessions_out_of_order_are_put_in_order(mut snapshot in snapshots()) {
        snapshot.sessions.reverse();
        let bytes = frame::encode(&snapshot, None);
        snapshot.sessions.sort();
        prop_assert_eq!(frame::decode(&bytes, None), Ok(snapshot));
    }

    #[test]
    fn random_bytes_are_no_panic(mut bytes in vec(any::<u8>(), 0..400), base in snapshots(), known: bool) {
        if let (true, Some(format)) = (known, bytes.first_mut()) {
            *format = 1;
        }
        let _ = (frame::base_at(&bytes), frame::decode(&bytes, Some(&base)), frame::decode(&bytes, None));
        let _ = (holders::decode(&bytes), usage::decode(&bytes), usage::decode_day(&bytes));
        let _ = (chunk::decode(&bytes), chunk::presence(&bytes), fleet::decode(&bytes), matrix::decode(&bytes));
    }

    #[test]
    fn any_holders_come_back(all in all_holders()) {
        let bytes = holders::encode(&all);
        prop_assert_eq!(holders::clients(&bytes), Ok(all.by_client.clone()));
        prop_assert_eq!(holders::users(&bytes), Ok(all.by_user.clone()));
        prop_assert_eq!(holders::decode(&bytes), Ok(all));
    }

    #[test]
    fn any_chunk_comes_back((carried, within) in hours_of_snapshots()) {
        let bytes = chunk::encode(HOUR_AT, carried.as_ref(), &within).unwrap();
        prop_assert_eq!(chunk::instants(&bytes), Ok(within.iter().map(|s| s.taken_at).collect()));
        for at in [i64::MIN, HOUR_AT, HOUR_AT + HOUR_MS / 2, i64::MAX] {
            let newest = within.iter().rfind(|s| s.taken_at <= at).cloned();
            prop_assert_eq!(chunk::at(&bytes, at), Ok(newest));
        }
        let presence = chunk::presence(&bytes).unwrap();
        for (i, snapshot) in carried.iter().chain(&within).enumerate() {
            let there = presence.stays.iter().filter(|s| (s.first..s.first + s.snapshots).contains(&i)).count();
            prop_assert_eq!((there, presence.moments[i].taken_at), (snapshot.sessions.len(), snapshot.taken_at));
        }
        prop_assert_eq!(chunk::decode(&bytes), Ok(chunk::Chunk { carried, within }));
    }

    #[test]
    fn any_fleet_comes_back(all in fleets()) {
        let bytes = fleet::encode(&all);
        let record = fleet::Record::open(&bytes).unwrap();
        prop_assert_eq!(record.ids(), Ok(all.iter().map(|h| h.id).collect()));
        for measure in crate::model::holder::Measure::ALL {
            let expected = all.iter().map(|h| measure.of(&h.held, h.hosts.len())).collect();
            prop_assert_eq!(record.figures(measure), Ok(expected));
        }
        prop_assert_eq!(fleet::decode(&bytes), Ok(all));
    }

    #[test]
    fn any_matrix_comes_back(all in matrices()) {
        let bytes = matrix::encode(&all);
        let (hosts, saturations) = all.iter().map(|(host, cell)| (*host, cell.saturation)).unzip();
        prop_assert_eq!(matrix::saturations(&bytes), Ok((hosts, saturations)));
        prop_assert_eq!(matrix::decode(&bytes), Ok(all));
    }

    #[test]
    fn any_day_comes_back(some in vec(cells(), 0..40), every in 1..9_usize) {
        let mut day = vec![Usage::default(); CELLS_PER_DAY];
        for (i, cell) in some.into_iter().enumerate() {
            day[(i * every) % CELLS_PER_DAY] = cell;
        }
        prop_assert_eq!(usage::decode_day(&usage::encode_day(&day)), Ok(day));
    }

    #[test]
    fn any_cells_come_back(cells in vec(cells(), CELLS_PER_HOUR)) {
        let cells: [Usage; CELLS_PER_HOUR] = cells.try_into().unwrap();
        let bytes = usage::encode(&cells);
        prop_assert_eq!(usage::decode(&bytes), Ok(cells));
    }
}

proptest! {
    // Each case decodes its record thousands of times.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_damaged_frame_is_refused_or_read_but_never_a_panic((base, next) in successors()) {
        is_total(&frame::encode(&next, None), |b| frame::decode(b, None));
        is_total(&frame::encode(&next, Some(&base)), |b| frame::decode(b, Some(&base)));
    }

    #[test]
    fn damaged_holders_are_refused_or_read_but_never_a_panic(all in all_holders()) {
        is_total(&holders::encode(&all), holders::decode);
    }

    #[test]
    fn a_damaged_chunk_is_refused_or_read_but_never_a_panic((carried, within) in hours_of_snapshots()) {
        is_total(&chunk::encode(HOUR_AT, carried.as_ref(), &within).unwrap(), |bytes| {
            let (_, _) = (chunk::presence(bytes), chunk::at(bytes, HOUR_AT));
            chunk::decode(bytes)
        });
    }

    #[test]
    fn damaged_records_of_the_fleet_are_refused_or_read_but_never_a_panic(holders in fleets(), cells in matrices()) {
        is_total(&fleet::encode(&holders), fleet::decode);
        is_total(&matrix::encode(&cells), matrix::decode);
    }

    #[test]
    fn damaged_cells_are_refused_or_read_but_never_a_panic(cells in vec(cells(), CELLS_PER_HOUR)) {
        is_total(&usage::encode(&cells.try_into().unwrap()), usage::decode);
    }
}

#[test]
fn a_delta_without_its_base_says_which_one_is_missing() {
    let (base, next) = (quiet(HOUR_AT, 20), quiet(HOUR_AT + 60_000, 20));
    let bytes = frame::encode(&next, Some(&base));
    assert_eq!(frame::base_at(&bytes), Ok(Some(HOUR_AT)));
    for given in [None, Some(&next)] {
        assert_eq!(frame::decode(&bytes, given), Err(DecodeError::BaseMissing { base_at: HOUR_AT }));
    }
}

#[test]
fn a_base_of_another_hour_or_not_earlier_is_left_aside() {
    let next = quiet(HOUR_AT + 60_000, 20);
    for base_at in [HOUR_AT - 1, HOUR_AT + 60_000, HOUR_AT + 61_000] {
        let bytes = frame::encode(&next, Some(&quiet(base_at, 20)));
        assert_eq!(frame::base_at(&bytes), Ok(None), "base at {base_at}");
    }
}

#[test]
fn a_quiet_minute_of_many_sessions_takes_a_dozen_bytes() {
    let bytes = frame::encode(&quiet(HOUR_AT + 60_000, 5_000), Some(&quiet(HOUR_AT, 5_000)));
    assert!(bytes.len() <= 16, "{} bytes", bytes.len());
}

#[test]
fn a_bomb_in_a_frame_ends_at_the_limit() {
    // One zstd frame of a gibibyte of zeros, which reads as a count of none and a gibibyte too many.
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 1 << 30), &mut packer).unwrap();
    let mut bytes = frame::encode(&quiet(HOUR_AT, 0), None);
    bytes.pop();
    bytes[1] |= 0x02;
    bytes.extend(packer.finish().unwrap());
    assert_eq!(frame::decode(&bytes, None), Err(DecodeError::Unpack));
}

#[test]
fn an_unknown_format_is_named() {
    assert_eq!(frame::decode(&[9, 0], None), Err(DecodeError::UnknownFormat(9)));
    assert_eq!(holders::decode(&[9]), Err(DecodeError::UnknownFormat(9)));
    assert_eq!(usage::decode(&[9]), Err(DecodeError::UnknownFormat(9)));
    assert_eq!(usage::decode(&[]), Err(DecodeError::Truncated));
}

/// Sessions that do nothing.
fn quiet(taken_at: i64, sessions: i64) -> Snapshot {
    let session = |n| Session {
        client: ClientId(n / 3),
        user: UserId(n),
        started_at: Some(HOUR_AT - n * 1_000),
        active_at: Some(HOUR_AT - 5_000),
        opens: Some(0),
    };
    Snapshot {
        taken_at,
        source: "samba".to_owned(),
        sampling_secs: 60,
        limit: Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api },
        partial: false,
        burst_of: None,
        sessions: (0..sessions).map(session).collect(),
    }
}
