//! The TCP connections to a port of this computer: `GetExtendedTcpTable`. These are not sessions: a session can have several
//! connections, and a connection several sessions.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use windows_sys::Win32::Foundation::ERROR_INSUFFICIENT_BUFFER;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, MIB_TCP_STATE_CLOSE_WAIT, MIB_TCP_STATE_CLOSING, MIB_TCP_STATE_ESTAB, MIB_TCP_STATE_FIN_WAIT1,
    MIB_TCP_STATE_FIN_WAIT2, MIB_TCP_STATE_LAST_ACK, MIB_TCP_STATE_SYN_RCVD, MIB_TCP_STATE_SYN_SENT,
    MIB_TCP_STATE_TIME_WAIT, MIB_TCP6ROW_OWNER_PID, MIB_TCPROW_OWNER_PID, TCP_TABLE_OWNER_PID_CONNECTIONS,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

use crate::error;

/// A table grows between two calls only so often.
const TRIES: usize = 8;
const MOST_BYTES: u32 = 64 << 20;

/// A connection whose own end is the asked port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// The other end.
    pub from: IpAddr,
    pub state: State,
}

/// States of TCP (RFC 9293), as far as they say different things to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Established,
    /// Set up by one side only.
    Opening,
    /// The other end has closed, this one has not.
    CloseWait,
    /// This end has closed, and waits for stragglers.
    TimeWait,
    /// Closing in any other state.
    Closing,
}

impl State {
    /// None for what is no connection: closed, or listening.
    fn of(told: u32) -> Option<Self> {
        match told.cast_signed() {
            MIB_TCP_STATE_ESTAB => Some(Self::Established),
            MIB_TCP_STATE_SYN_SENT | MIB_TCP_STATE_SYN_RCVD => Some(Self::Opening),
            MIB_TCP_STATE_CLOSE_WAIT => Some(Self::CloseWait),
            MIB_TCP_STATE_TIME_WAIT => Some(Self::TimeWait),
            MIB_TCP_STATE_FIN_WAIT1 | MIB_TCP_STATE_FIN_WAIT2 | MIB_TCP_STATE_CLOSING | MIB_TCP_STATE_LAST_ACK => {
                Some(Self::Closing)
            }
            _ => None,
        }
    }
}

/// All connections to `port` of this computer.
///
/// # Errors
/// The call's.
pub fn connections(port: u16) -> io::Result<Vec<Connection>> {
    let v4 = table(AF_INET)?;
    let v6 = table(AF_INET6)?;
    let of_v4 = rows::<MIB_TCPROW_OWNER_PID>(&v4).filter(|row| is(row.dwLocalPort, port)).filter_map(|row| {
        let from = Ipv4Addr::from(row.dwRemoteAddr.to_ne_bytes()).into();
        Some(Connection { from, state: State::of(row.dwState)? })
    });
    let of_v6 = rows::<MIB_TCP6ROW_OWNER_PID>(&v6).filter(|row| is(row.dwLocalPort, port)).filter_map(|row| {
        let from = Ipv6Addr::from(row.ucRemoteAddr).to_canonical();
        Some(Connection { from, state: State::of(row.dwState)? })
    });
    Ok(of_v4.chain(of_v6).collect())
}

/// The low sixteen bits of a row's port are in the network's order.
fn is(row_port: u32, port: u16) -> bool {
    let bytes = row_port.to_ne_bytes();
    u16::from_be_bytes([bytes[0], bytes[1]]) == port
}

fn table(family: u16) -> io::Result<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    for _ in 0..TRIES {
        let mut len = u32::try_from(bytes.len()).unwrap_or(MOST_BYTES);
        let place = if bytes.is_empty() { std::ptr::null_mut() } else { bytes.as_mut_ptr().cast() };
        // SAFETY: it writes at most `len` bytes there, and how many it needs.
        let status =
            unsafe { GetExtendedTcpTable(place, &raw mut len, 0, family.into(), TCP_TABLE_OWNER_PID_CONNECTIONS, 0) };
        match status {
            0 => return Ok(bytes),
            // More by an eighth: connections come while this asks.
            ERROR_INSUFFICIENT_BUFFER if len <= MOST_BYTES => bytes.resize(len as usize + len as usize / 8 + 64, 0),
            status => return Err(error(status)),
        }
    }
    Err(error(ERROR_INSUFFICIENT_BUFFER))
}

/// A row of a table.
///
/// # Safety
/// Its fields are numbers: any bytes are one.
unsafe trait Row: Copy + 'static {}

// SAFETY: numbers only.
unsafe impl Row for MIB_TCPROW_OWNER_PID {}
// SAFETY: numbers, and arrays of them.
unsafe impl Row for MIB_TCP6ROW_OWNER_PID {}

/// The rows after the table's count; no more than fit.
fn rows<T: Row>(table: &[u8]) -> impl Iterator<Item = T> + '_ {
    let count = table.first_chunk().map_or(0, |count| u32::from_ne_bytes(*count) as usize);
    let rows = table.get(4..).unwrap_or_default().chunks_exact(size_of::<T>()).take(count);
    // SAFETY: a chunk is as long as a row, and any bytes are one.
    rows.map(|row| unsafe { row.as_ptr().cast::<T>().read_unaligned() })
}
