//! Who held sessions of one host over an hour or a day, by client and by user.
//!
//! ```text
//! byte 0    format: 2
//! section   the clients (section.rs describes how a section is packed)
//! section   the users
//! ```
//!
//! Each section, in ascending order of id:
//!
//! ```text
//! varint    number of entries
//! varints   ids: the first signed, then the differences to the entry before
//! varints   users only, one an entry: 0 if its figures follow, else 1 + the zigzagged difference of (the place of the client with the
//!           same figures) to (the place that the user before referred to + 1): most people work on one computer of their own
//! columns   of those entries whose figures follow (`figures.rs`)
//! ```

mod figures;

use rustc_hash::FxHashMap;

use super::bytes::{DecodeError, Reader, put_count, put_u64, unzigzag, zigzag};
use super::section::put_section;
use crate::model::holder::{Held, Holders};
use crate::model::{ClientId, UserId};

pub(super) use figures::{put_id_column, put_time, take_id_column, time};

const FORMAT: u8 = 2;
/// Most entries a section can have: every session of a snapshot could be another client's, over many snapshots.
const MAX_ENTRIES: usize = 4_000_000;
const MAX_SECTION_BYTES: usize = 64 * MAX_ENTRIES;

/// Ids in ascending order in both lists.
#[must_use]
pub fn encode(holders: &Holders) -> Vec<u8> {
    let clients: Vec<(i64, Held)> = holders.by_client.iter().map(|(id, held)| (id.0, *held)).collect();
    let users: Vec<(i64, Held)> = holders.by_user.iter().map(|(id, held)| (id.0, *held)).collect();
    let mut out = vec![FORMAT];
    let mut body = Vec::with_capacity(clients.len() * 16 + 64);
    put_count(&mut body, clients.len());
    put_id_column(&mut body, clients.iter().map(|(id, _)| *id));
    figures::put(&mut body, &clients.iter().map(|(_, held)| *held).collect::<Vec<_>>());
    put_section(&mut out, &body);
    body.clear();
    put_count(&mut body, users.len());
    put_id_column(&mut body, users.iter().map(|(id, _)| *id));
    let own = put_references(&mut body, &clients, &users);
    figures::put(&mut body, &own);
    put_section(&mut out, &body);
    out
}

/// Writes which client each user is like, and answers the figures of those that are like none.
fn put_references(out: &mut Vec<u8>, clients: &[(i64, Held)], users: &[(i64, Held)]) -> Vec<Held> {
    let mut places: FxHashMap<Held, Vec<usize>> = FxHashMap::default();
    for (place, (_, held)) in clients.iter().enumerate() {
        places.entry(*held).or_default().push(place);
    }
    let mut own = Vec::new();
    let mut expected = 0_usize;
    for (_, held) in users {
        // Of several the next one: users and clients that came together have ids in the same order.
        let like = places.get(held).and_then(|all| all.iter().find(|place| **place >= expected).or(all.first()));
        match like {
            Some(place) => {
                let difference =
                    i64::try_from(*place).unwrap_or_default() - i64::try_from(expected).unwrap_or_default();
                put_u64(out, 1 + zigzag(difference));
                expected = place + 1;
            }
            None => {
                put_u64(out, 0);
                own.push(*held);
            }
        }
    }
    own
}

/// # Errors
/// The bytes are not such a record.
pub fn decode(bytes: &[u8]) -> Result<Holders, DecodeError> {
    let (clients, users) = sections(bytes)?;
    let by_client = read_clients(clients)?;
    let by_user = read_users(users, &by_client)?;
    Ok(Holders { by_client, by_user })
}

/// The clients alone.
///
/// # Errors
/// The bytes are not such a record, as far as they are read.
pub fn clients(bytes: &[u8]) -> Result<Vec<(ClientId, Held)>, DecodeError> {
    read_clients(sections(bytes)?.0)
}

/// The users alone.
///
/// # Errors
/// The bytes are not such a record.
pub fn users(bytes: &[u8]) -> Result<Vec<(UserId, Held)>, DecodeError> {
    Ok(decode(bytes)?.by_user)
}

fn sections(bytes: &[u8]) -> Result<(super::section::Section<'_>, super::section::Section<'_>), DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.format(FORMAT)?;
    let found = (reader.section()?, reader.section()?);
    reader.end()?;
    Ok(found)
}

fn read_clients(section: super::section::Section<'_>) -> Result<Vec<(ClientId, Held)>, DecodeError> {
    let body = section.unpack(MAX_SECTION_BYTES)?;
    let mut reader = Reader::new(&body);
    let count = reader.count(1, MAX_ENTRIES)?;
    let ids = take_id_column(&mut reader, count)?;
    let figures = figures::take(&mut reader, count)?;
    reader.end()?;
    Ok(ids.into_iter().map(ClientId).zip(figures).collect())
}

fn read_users(
    section: super::section::Section<'_>,
    clients: &[(ClientId, Held)],
) -> Result<Vec<(UserId, Held)>, DecodeError> {
    let body = section.unpack(MAX_SECTION_BYTES)?;
    let mut reader = Reader::new(&body);
    let count = reader.count(2, MAX_ENTRIES)?;
    let ids = take_id_column(&mut reader, count)?;
    let mut likes = Vec::with_capacity(count);
    let mut expected = 0_i64;
    for _ in 0..count {
        let like = match reader.u64()?.checked_sub(1) {
            None => None,
            Some(difference) => {
                let place = expected.checked_add(unzigzag(difference)).and_then(|place| usize::try_from(place).ok());
                let place = place.filter(|place| *place < clients.len()).ok_or(DecodeError::Invalid("like"))?;
                expected = i64::try_from(place).unwrap_or_default() + 1;
                Some(place)
            }
        };
        likes.push(like);
    }
    let own = figures::take(&mut reader, likes.iter().filter(|like| like.is_none()).count())?;
    reader.end()?;
    let mut own = own.into_iter();
    let figures = likes.into_iter().map(|like| like.map_or_else(|| own.next().unwrap_or_default(), |at| clients[at].1));
    Ok(ids.into_iter().map(UserId).zip(figures).collect())
}
