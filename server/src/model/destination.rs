//! Where the server may send to. The networks of a company are the point; never what only this machine can reach, its own doors, or
//! what tells a cloud's secrets to whoever asks from within. Pure: who looks names up asks here about each address that he found, just
//! before it is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Characters of an address at most.
pub const LONGEST_URL: usize = 2_000;

/// Why nothing is sent there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "Write the address of the receiver like https://tickets.corp.example/in, with {LONGEST_URL} characters at most"
    )]
    Address,
    #[error("Leave name and password out of the address: everybody who reads it would see them")]
    Credentials,
    #[error("This is the address of this server itself")]
    Own,
    #[error("The address {address} {}", .reach.why())]
    Reach { address: IpAddr, reach: Reach },
    #[error("Names below localhost lead to this machine itself")]
    Localhost,
}

/// Kinds of addresses that are not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    Unspecified,
    Loopback,
    LinkLocal,
    Metadata,
    Multicast,
    Reserved,
    /// A gateway in between decides where it leads.
    Translated,
}

impl Reach {
    fn why(self) -> &'static str {
        match self {
            Self::Unspecified => "is none of a machine",
            Self::Loopback => "leads to this machine itself",
            Self::LinkLocal => "is not beyond the next cable",
            Self::Metadata => "tells a cloud's secrets to whoever asks from within",
            Self::Multicast => "is one of many machines at once",
            Self::Reserved => "is reserved",
            Self::Translated => "leads wherever a gateway translates it to",
        }
    }
}

/// What may be sent to.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where this server listens; an unspecified address stands for every address of this machine.
    doors: Vec<SocketAddr>,
    /// As others reach this server: name or address, and port.
    public: Option<(Host<String>, u16)>,
    /// Whether an address is one of this machine.
    is_ours: fn(IpAddr) -> bool,
    allowed: Vec<SocketAddr>,
    /// Whether other programs of this machine may be reached.
    is_open_inside: bool,
}

impl Default for Policy {
    /// Knows nothing of this server's own doors.
    fn default() -> Self {
        Self::new(Vec::new(), None, |_| false)
    }
}

impl Policy {
    /// `doors`: where this server listens. `public_url`: as others reach it. `is_ours`: whether an address is one of this machine.
    #[must_use]
    pub fn new(doors: Vec<SocketAddr>, public_url: Option<&str>, is_ours: fn(IpAddr) -> bool) -> Self {
        let public = public_url.and_then(|url| Url::parse(url).ok());
        let public = public.and_then(|url| Some((url.host()?.to_owned(), url.port_or_known_default()?)));
        Self { doors, public, is_ours, allowed: Vec::new(), is_open_inside: false }
    }

    /// Lets these addresses through, whatever they are: receivers of tests listen on loopback. Nothing of the program calls it, and no
    /// setting leads here.
    #[must_use]
    pub fn allowing(mut self, addresses: &[SocketAddr]) -> Self {
        self.allowed.extend_from_slice(addresses);
        self
    }

    /// Lets loopback through as well, but for this server's own doors: for the address of a directory, which stands in the settings file.
    /// Who writes that has this machine anyway.
    #[must_use]
    pub fn open_inside(self) -> Self {
        Self { is_open_inside: true, ..self }
    }

    /// Reads an address as a person typed it, as far as it can be judged without looking its name up.
    ///
    /// # Errors
    /// Says why nothing is sent there.
    pub fn url(&self, typed: &str) -> Result<Url, Refusal> {
        let typed = typed.trim();
        if typed.chars().count() > LONGEST_URL {
            return Err(Refusal::Address);
        }
        let url = Url::parse(typed).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or(Refusal::Address)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(Refusal::Address)?;
        // The parser has read every way to write an address by now: 0x7f.1, 2130706433, full-width digits.
        match url.host() {
            Some(Host::Ipv4(ip)) => self.address(ip.into(), port)?,
            Some(Host::Ipv6(ip)) => self.address(ip.into(), port)?,
            Some(Host::Domain(name)) => self.name(name, port)?,
            None => return Err(Refusal::Address),
        }
        Ok(url)
    }

    /// Judges an address and a port that a connection would be made to.
    ///
    /// # Errors
    /// Says why it must not be.
    pub fn address(&self, ip: IpAddr, port: u16) -> Result<(), Refusal> {
        let ip = plain(ip);
        if self.allowed.contains(&SocketAddr::new(ip, port)) {
            return Ok(());
        }
        if let Some(reach) = reach(ip).filter(|reach| !(self.is_open_inside && *reach == Reach::Loopback)) {
            return Err(Refusal::Reach { address: ip, reach });
        }
        let public = self.public.as_ref().and_then(|(host, port)| Some((address_of(host)?, *port)));
        if self.doors.iter().any(|door| self.is_door(*door, ip, port)) || public == Some((ip, port)) {
            return Err(Refusal::Own);
        }
        Ok(())
    }

    fn name(&self, name: &str, port: u16) -> Result<(), Refusal> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if !self.is_open_inside && (name == "localhost" || name.ends_with(".localhost")) {
            return Err(Refusal::Localhost);
        }
        match &self.public {
            Some((Host::Domain(own), own_port)) if own == name && *own_port == port => Err(Refusal::Own),
            _ => Ok(()),
        }
    }

    fn is_door(&self, door: SocketAddr, ip: IpAddr, port: u16) -> bool {
        let at = plain(door.ip());
        door.port() == port && (at == ip || (at.is_unspecified() && (self.is_ours)(ip)))
    }
}

fn address_of(host: &Host<String>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(ip) => Some(plain((*ip).into())),
        Host::Ipv6(ip) => Some(plain((*ip).into())),
        Host::Domain(_) => None,
    }
}

/// An address of IPv4 that is written as one of IPv6, as what it is.
fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) if !v6.is_loopback() && !v6.is_unspecified() => inner(v6).map_or(ip, IpAddr::V4),
        _ => ip,
    }
}

/// Why an address is never connected to; none if it may be.
#[must_use]
pub fn reach(ip: IpAddr) -> Option<Reach> {
    match plain(ip) {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

/// Where clouds tell a machine's secrets: Amazon, Google, Azure and most others; Alibaba; Azure's host; Oracle.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
/// The same over IPv6: Amazon's for machines and for containers, Google, Scaleway, Oracle.
const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
];

fn reach_v4(ip: Ipv4Addr) -> Option<Reach> {
    match ip.octets() {
        _ if METADATA_V4.contains(&ip) => Some(Reach::Metadata),
        // "This network": connecting to it leads to loopback.
        [0, ..] => Some(Reach::Unspecified),
        [127, ..] => Some(Reach::Loopback),
        [169, 254, ..] => Some(Reach::LinkLocal),
        [192, 0, 0, _] => Some(Reach::Reserved),
        [224..=239, ..] => Some(Reach::Multicast),
        [240..=255, ..] => Some(Reach::Reserved),
        _ => None,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Option<Reach> {
    match ip.segments() {
        _ if METADATA_V6.contains(&ip) => Some(Reach::Metadata),
        _ if ip.is_unspecified() => Some(Reach::Unspecified),
        _ if ip.is_loopback() => Some(Reach::Loopback),
        [first, ..] if first & 0xffc0 == 0xfe80 => Some(Reach::LinkLocal),
        [first, ..] if first & 0xff00 == 0xff00 => Some(Reach::Multicast),
        // Where in it an address of IPv4 stands is up to each network (RFC 8215).
        [0x64, 0xff9b, 1, ..] => Some(Reach::Translated),
        // Packets to it are thrown away (RFC 6666).
        [0x100, 0, 0, 0, ..] => Some(Reach::Reserved),
        _ => None,
    }
}

/// The address of IPv4 that an address of IPv6 leads to, in each of the forms that carry one.
fn inner(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        // Mapped, compatible, translated (RFC 4291, RFC 2765).
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        // NAT64 with the well-known prefix (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo keeps the client's address inverted (RFC 4380).
        [0x2001, 0, _, _, _, _, high, low] => v4(!high, !low),
        // ISATAP (RFC 5214), unless its prefix is link-local or of many machines, which is judged as such.
        [first, _, _, _, 0 | 0x200, 0x5efe, high, low] if first & 0xffc0 != 0xfe80 && first & 0xff00 != 0xff00 => {
            v4(high, low)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
