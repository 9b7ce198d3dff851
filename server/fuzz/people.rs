//! What people and programs type and send: rules, addresses of receivers, addresses of pages, headers, answers of ticket systems.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use highwater::chart::zoom::Zoom;
use highwater::delivery::ticket::refused;
use highwater::locale::{Lang, Zone};
use highwater::model::AccountId;
use highwater::model::class::{Name, Pattern, Subject};
use highwater::model::connector::System;
use highwater::model::destination::{LONGEST_URL, Policy};
use highwater::model::group::{Kind, Known, Member, NewRule};
use highwater::model::webhook::secret_bytes;
use highwater::web::api::accept::{CSV, JSON, liking};
use highwater::web::api::idempotency::{KEY, Named};
use highwater::web::api::incidents::deeds::seen;
use highwater::web::auth::{CallerId, safe_next};
use highwater::web::pages::views::filters;
use highwater::web::query::query;
use highwater::web::{sheet, unchanged};

use super::agents::NOW_AT;

/// What a rule looks for, then a name that it is compared with, on a line each. What was read is read again as it is kept.
pub fn pattern(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (typed, name) = text.split_once('\n').unwrap_or((&*text, ""));
    for subject in Subject::ALL {
        let Ok(pattern) = Pattern::parse(subject, typed) else { continue };
        assert_eq!(Pattern::parse(subject, &pattern.text(typed)).as_ref(), Ok(&pattern));
        for name in [Name::of_client(name), Name::of_user(name)] {
            let _ = pattern.matches(&name);
        }
    }
    let host = Member { fqdn: name.to_owned(), os: name.to_owned(), ..Member::named(name, "") };
    let known = Known::of(&Member { addresses: vec![name.to_owned()], domain: name.to_owned(), ..host });
    for kind in Kind::ALL {
        let Ok(rule) = NewRule::read("group", kind.word(), typed) else { continue };
        assert_eq!(NewRule::read("group", kind.word(), &rule.pattern).as_ref(), Ok(&rule));
        let test = rule.test().expect("what was read makes sense");
        let _ = test.holds(&known);
    }
}

/// Where a webhook goes, as it is typed; the first 16 bytes as an address that a name leads to; and a signing secret.
pub fn destination(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let doors = vec![SocketAddr::from(([0, 0, 0, 0], 8_443))];
    let policy = Policy::new(doors, Some("https://highwater.example:8443"), |ip| ip == IpAddr::from([10, 0, 0, 7]));
    if let Ok(url) = policy.url(&text) {
        assert!(["http", "https"].contains(&url.scheme()) && url.username().is_empty() && url.password().is_none());
        let host = url.host_str().expect("it leads somewhere");
        assert!(host != "localhost" && !host.ends_with(".localhost"));
        assert!((host, url.port()) != ("highwater.example", Some(8_443)));
        if let Ok(ip) = host.trim_matches(['[', ']']).parse() {
            assert!(is_beyond(ip), "{url}");
        }
        if url.as_str().len() <= LONGEST_URL {
            assert_eq!(policy.url(url.as_str()).as_ref(), Ok(&url));
        }
    }
    if let Some(octets) = bytes.first_chunk::<16>() {
        let ip = IpAddr::from(*octets);
        assert!(policy.address(ip, 443).is_err() || is_beyond(ip), "{ip}");
    }
    assert!(secret_bytes(&text).is_none_or(|secret| (24..=64).contains(&secret.len())));
}

/// Whether the standard library, too, takes it for an address of another machine.
fn is_beyond(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let is_of_all = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
    let is_near = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    };
    !is_of_all && !is_near
}

/// An address of ours as a browser sends it, and what its cookies may say.
pub fn address(bytes: &[u8]) {
    /// The parser of addresses takes no longer ones.
    const MOST: usize = 60_000;
    let text = String::from_utf8_lossy(bytes);
    let next = safe_next(&text);
    assert!(next.starts_with('/') && !next.starts_with("//"));
    assert!(next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
    let typed = query(&[("q", &*text), ("group", next)]);
    for asked in [text.to_string(), format!("/{typed}")] {
        let Ok((page, kept)) = filters(&asked) else { continue };
        let again = format!("{}{kept}", page.path());
        if again.len() < MOST {
            assert_eq!(safe_next(&again), again);
            assert_eq!(filters(&again).ok(), Some((page, kept)), "what is kept stays as it is");
        }
    }
    stretches(&text);
    let _ = (Lang::accepted(&text), Lang::from_tag(&text));
    let zone = Zone::named(&text);
    if let Some(at) = zone.from_field(&text) {
        let _ = zone.field(at);
    }
}

/// The stretch of time that an address asks for, `range&from&to`, and those that its links lead to.
fn stretches(text: &str) {
    let mut words = text.splitn(3, '&');
    let [range, from, to] = [(); 3].map(|()| words.next().unwrap_or_default());
    let asked = Zoom::of(range, (from, to), NOW_AT);
    let links = [asked.later(NOW_AT), asked.closer(NOW_AT), asked.wider(NOW_AT)];
    for zoom in [asked, asked.earlier(NOW_AT)].into_iter().chain(links.into_iter().flatten()) {
        let span = zoom.span(NOW_AT);
        assert!(span.from_at < span.to_at && span.length_ms() / zoom.range.step_ms() <= 400, "{zoom:?}");
        let [(_, range), (_, from), (_, to)] = zoom.pairs();
        assert_eq!(Zoom::of(&range, (&from, &to), NOW_AT), zoom);
    }
}

/// The headers that we read ourselves, one on each line in turn.
pub fn headers(bytes: &[u8]) {
    let names: [HeaderName; 5] = [KEY, IF_MATCH, IF_NONE_MATCH, ACCEPT, ACCEPT_LANGUAGE];
    let mut all = HeaderMap::new();
    for (line, name) in bytes.split(|byte| *byte == b'\n').zip(names.iter().cycle()) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            all.append(name, value);
        }
    }
    let _ = (seen(&all), unchanged::has(&all, "W/\"a-page\""));
    for kind in [JSON, CSV, "text/html"] {
        assert!(liking(&all, kind) <= 1_000);
    }
    let lang = all.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).map_or(Lang::English, Lang::accepted);
    let _ = sheet::wanted(None, &all, lang);
    let is_named = all.contains_key(KEY);
    let mut parts = Request::new(()).into_parts().0;
    parts.headers = all;
    if let Ok(named) = Named::of(&parts, CallerId::Person(AccountId(1)), b"{}") {
        assert_eq!(named.is_some(), is_named);
    }
}

/// What a ticket system answers that refuses something: a byte for the system, two of status, then a body. What is told of it is one line,
/// and a short one.
pub fn ticket(bytes: &[u8]) {
    let Some((head, body)) = bytes.split_first_chunk::<3>() else { return };
    let system = System::ALL[usize::from(head[0]) % System::ALL.len()];
    let failure = refused(system, u16::from_be_bytes([head[1], head[2]]), body);
    assert!(failure.said.chars().count() <= 400 && !failure.said.contains(char::is_control), "{:?}", failure.said);
    assert!(failure.said.starts_with("answered "));
}
