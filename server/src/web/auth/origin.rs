//! Where a request comes from, as far as it can be believed. Promises:
//!
//! 1. **What headers say counts only from a known proxy**: one that the settings name, or what speaks to the plain listener, which is this
//!    machine's own. From everybody else the address of the connection counts.
//! 2. **The last address that no known proxy has is the visitor's**: those before it are the visitor's own word.
//! 3. **Two headers that contradict each other are both disbelieved**: a proxy that writes one of them may pass the other on as it came. The
//!    address is nobody's then (0.0.0.0): were it the proxy's, whoever adds a header would pass for a machine of the proxy's network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use super::Browser;
use crate::web::{Listener, Site};

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED: &str = "forwarded";

/// Reverse proxies that speak for others.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    #[must_use]
    pub fn new(nets: Vec<IpNet>) -> Self {
        Self(nets.into())
    }

    #[must_use]
    pub fn knows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// Where a request comes from, for the throttle, for tokens and for cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub address: IpAddr,
    /// Whether the browser's own connection is encrypted.
    pub is_secure: bool,
    /// For the person who looks for one that he does not know.
    pub browser: Browser,
}

impl FromRequestParts<Site> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, &parts.extensions, &site.proxies))
    }
}

impl Origin {
    pub(in crate::web) fn of(headers: &HeaderMap, extensions: &Extensions, proxies: &Proxies) -> Self {
        let is_tls = extensions.get::<Listener>().copied().unwrap_or(Listener::Tls) == Listener::Tls;
        let peer =
            extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from(Ipv4Addr::UNSPECIFIED), |c| c.0.ip());
        let browser = Browser::of(headers);
        // The plain listener is loopback only: what speaks to it is this host's browser or its reverse proxy.
        if is_tls && !proxies.knows(peer) {
            return Self { address: peer, is_secure: true, browser };
        }
        Self {
            address: visitor(headers, proxies).unwrap_or(peer),
            is_secure: proto(headers).map_or(is_tls, |proto| proto == "https"),
            browser,
        }
    }
}

fn visitor(headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    let one = visitor_of(&parts(headers, FORWARDED_FOR), proxies);
    let forwarded = parts(headers, FORWARDED);
    let other = visitor_of(&forwarded.iter().map(|part| parameter(part, "for")).collect::<Vec<_>>(), proxies);
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some(Ipv4Addr::UNSPECIFIED.into()),
        (one, other) => one.or(other),
    }
}

/// None if there is none, or what the nearest proxies said is no address.
fn visitor_of(addresses: &[&str], proxies: &Proxies) -> Option<IpAddr> {
    let mut nearest = None;
    for text in addresses.iter().rev() {
        let address = read_address(text)?;
        nearest = Some(address);
        if !proxies.knows(address) {
            break;
        }
    }
    nearest
}

fn proto(headers: &HeaderMap) -> Option<&str> {
    let one = parts(headers, FORWARDED_PROTO).pop().filter(|proto| !proto.is_empty());
    let other = parts(headers, FORWARDED).pop().map(|part| parameter(part, "proto")).filter(|proto| !proto.is_empty());
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

/// What stands between the commas, of all headers of this name. Quotation marks are not heeded: a visitor who opens one cannot swallow what
/// the proxy adds behind.
fn parts<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let texts = headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"));
    texts.flat_map(|text| text.split(',')).map(str::trim).collect()
}

/// The value of a parameter of `Forwarded`; empty if it is not there.
fn parameter<'a>(part: &'a str, name: &str) -> &'a str {
    let mut pairs = part.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value.trim().trim_matches('"'))
}

/// With or without a port, in brackets or not.
fn read_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Headers<'a> = [(&'static str, &'a str)];

    fn of(listener: Listener, peer: &str, headers: &Headers<'_>, proxies: &[&str]) -> Origin {
        let mut extensions = Extensions::new();
        extensions.insert(listener);
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 50_000)));
        let headers = headers.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
        let proxies = proxies.iter().map(|net| net.parse().unwrap()).collect();
        Origin::of(&headers, &extensions, &Proxies::new(proxies))
    }

    fn behind(headers: &Headers<'_>) -> String {
        of(Listener::Tls, "10.0.0.5", headers, &["10.0.0.5/32", "10.0.1.0/24"]).address.to_string()
    }

    #[test]
    fn only_the_plain_listener_and_known_proxies_are_believed() {
        let said = [("x-forwarded-for", "1.2.3.4, 10.9.9.9"), ("x-forwarded-proto", "http, https")];
        let plain = of(Listener::Plain, "127.0.0.1", &said, &[]);
        assert_eq!((plain.address.to_string().as_str(), plain.is_secure), ("10.9.9.9", true));
        assert!(!of(Listener::Plain, "127.0.0.1", &[], &[]).is_secure);
        for proxies in [&[] as &[&str], &["10.0.0.6/32"]] {
            let stranger = of(Listener::Tls, "10.0.0.5", &said, proxies);
            assert_eq!((stranger.address.to_string().as_str(), stranger.is_secure), ("10.0.0.5", true));
        }
        assert_eq!(behind(&said), "10.9.9.9");
        assert_eq!(of(Listener::Tls, "::ffff:10.0.0.5", &said, &["10.0.0.5/32"]).address.to_string(), "10.9.9.9");
    }

    #[test]
    fn behind_a_known_proxy_the_browser_may_have_no_tls() {
        let at = |headers: &Headers<'_>| of(Listener::Tls, "10.0.0.5", headers, &["10.0.0.5/32"]).is_secure;
        assert!(at(&[]) && at(&[("x-forwarded-proto", "https")]) && !at(&[("x-forwarded-proto", "http")]));
        assert!(at(&[("forwarded", "proto=https")]) && !at(&[("forwarded", "for=10.9.9.9;proto=http")]));
        assert!(at(&[("forwarded", "proto=https"), ("x-forwarded-proto", "http")]), "neither is believed");
    }

    #[test]
    fn the_last_address_that_no_known_proxy_has_is_the_visitors() {
        for (said, visitor) in [
            ("10.9.9.9", "10.9.9.9"),
            ("6.6.6.6, 10.9.9.9", "10.9.9.9"),
            ("6.6.6.6, 10.9.9.9, 10.0.1.7", "10.9.9.9"),
            ("6.6.6.6, 10.9.9.9, 10.0.1.7, 10.0.0.5", "10.9.9.9"),
            ("10.0.1.8, 10.0.1.7", "10.0.1.8"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:443, 10.0.1.7:80", "2001:db8::7"),
            ("6.6.6.6, unknown", "10.0.0.5"),
            ("6.6.6.6, unknown, 10.0.1.7", "10.0.0.5"),
            ("", "10.0.0.5"),
        ] {
            assert_eq!(behind(&[("x-forwarded-for", said)]), visitor, "{said}");
        }
        let several = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "10.9.9.9")];
        assert_eq!(behind(&several), "10.9.9.9");
    }

    #[test]
    fn forwarded_is_read_and_a_contradiction_is_not_believed() {
        for (said, visitor) in [
            ("for=10.9.9.9;proto=https;by=10.0.0.5", "10.9.9.9"),
            ("for=6.6.6.6, For=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("for=\"6.6.6.6, for=10.9.9.9", "10.9.9.9"),
            ("for=6.6.6.6, by=10.0.1.7", "10.0.0.5"),
            ("for=_hidden", "10.0.0.5"),
        ] {
            assert_eq!(behind(&[("forwarded", said)]), visitor, "{said}");
        }
        let agree = [("forwarded", "for=10.9.9.9"), ("x-forwarded-for", "6.6.6.6, 10.9.9.9")];
        assert_eq!(behind(&agree), "10.9.9.9");
        let contradict = [("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "10.9.9.9")];
        assert_eq!(behind(&contradict), "0.0.0.0", "not the proxy's, which may be of a network that is let in");
    }
}
