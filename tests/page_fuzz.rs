//! Pages asked what nobody would ask: every parameter with values of every kind, together with the others. `HIGHWATER_FUZZ_PAGES` asks each
//! page that often.

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::exports::made::{Made, evil_fleet};
use crate::harness::hostile;
use crate::harness::person::Person;
use crate::harness::server::TestServer;
use crate::harness::store::both;

/// Pages, and what they can be asked.
const PAGES: &[(&str, &str)] = &[
    ("/", "range from to q level group sort page wall format chart"),
    ("/hosts/{host}", "range from to at moment compared_with sort before format chart table"),
    ("/clients", "range from to by q host group class page format"),
    ("/clients/{client}", "range from to by q page format chart table"),
    ("/users", "range from to by q host group class page format"),
    ("/users/{user}", "range from to by q page format chart table"),
    ("/events", "host class code from to after format"),
    ("/incidents", "state kind group q after format"),
    ("/findings", "severity state page format"),
    ("/findings/CFG-16", "state page format"),
    ("/search", "q format"),
    ("/settings/agents", "q state page format"),
    ("/settings/groups", "q group none page to kind pattern table format"),
    ("/settings/classes", "rule table format class subject pattern"),
    ("/settings/alerts", "kind group new format"),
    ("/settings/silences", "host kind format"),
    ("/settings/tickets", "system format"),
    ("/settings/diagnosis", "table format"),
    ("/settings/accounts", "format"),
    ("/settings/audit", "from to actor by action kind id address after format"),
    ("/account", ""),
    ("/sign-in", "next"),
    ("/sign-in/oidc", "next"),
    ("/sign-in/oidc/return", "code state iss error"),
    ("/hosts/{any}", ""),
    ("/clients/{any}", ""),
    ("/events/{any}", ""),
    ("/incidents/{any}", ""),
    ("/findings/{any}", ""),
    ("/problems/{any}", ""),
    ("/welcome/{any}", ""),
    ("/settings/accounts/{any}", ""),
    ("/{any}", ""),
];

/// Numbers, instants and words at which something turns.
const VALUES: [&str; 46] = [
    "",
    "0",
    "1",
    "2",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "99999999999999999999",
    "1e309",
    "NaN",
    "2026-11-24T08:31",
    "2026-11-24T08:31:07Z",
    "-009999-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1795509067000",
    "0-0",
    "9223372036854775807-9223372036854775807",
    "-9223372036854775808--1",
    "csv",
    "xlsx",
    "svg",
    "1h",
    "7d",
    "1y",
    "sessions",
    "holders",
    "saturation",
    "worst",
    "held",
    "counters",
    "full",
    "open",
    "all",
    "name",
    "-name",
    "subnet",
    "address",
    "servicenow",
    "%",
    "_",
    "\\",
    "'",
    "\0",
    "*?#",
    "::ffff:10.0.0.0/96",
];

/// How often each page is asked.
#[expect(clippy::disallowed_methods, reason = "the one place of the tests that reads this variable")]
fn times() -> u32 {
    std::env::var("HIGHWATER_FUZZ_PAGES").map_or(20, |text| text.parse::<u32>().unwrap())
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn value(names: &[String], rng: &mut SmallRng) -> String {
    match rng.random_range(0..10_u32) {
        0 => names[rng.random_range(0..names.len())].clone(),
        1 => rng.random::<i64>().to_string(),
        2 => "x".repeat(rng.random_range(0..400)),
        _ => VALUES[rng.random_range(0..VALUES.len())].to_owned(),
    }
}

/// An address of the page, with some of its parameters.
fn address((page, parameters): (&str, &str), made: &Made, names: &[String], rng: &mut SmallRng) -> String {
    let filled = page
        .replace("{host}", &made.host.to_string())
        .replace("{client}", &made.client.to_string())
        .replace("{user}", &made.user.to_string())
        .replace("{any}", &escaped(&value(names, rng)));
    let mut pairs = Vec::new();
    for name in parameters.split_whitespace() {
        if rng.random_bool(0.4) {
            pairs.push(format!("{name}={}", escaped(&value(names, rng))));
        }
    }
    format!("{filled}?{}", pairs.join("&"))
}

#[tokio::test]
async fn no_question_to_a_page_meets_an_error_of_ours() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let made = evil_fleet(store, server.clock.now_at()).await;
        let (names, mut rng) = (hostile::names(), SmallRng::seed_from_u64(7));
        for page in PAGES {
            for _ in 0..times() {
                let address = address(*page, &made, &names, &mut rng);
                let answer = person.get(&address).await;
                assert!(answer.status < 500, "{address}: {} {}", answer.status, answer.text);
            }
        }
        server.stop().await;
    })
    .await;
}
