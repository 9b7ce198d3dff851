//! How long the store's questions and the pages take with 10,000 hosts and 90 days of history. Prints tables; nothing is asserted.
//!
//! ```text
//! cargo bench -p highwater --bench pages
//! ```
//!
//! The records that pages read are written as they are derived from snapshots (`pages/made.rs`), into SQLite in a folder of its
//! own: about a minute and 1 GiB. Then the store's functions are timed, and after that the real server runs in this process,
//! and one visitor asks for one page after the other over loopback. "First" is the first time, with nothing kept. Last, the program
//! itself is started over that history, and its first page is asked for.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use highwater::app;
use highwater::clock::Clock;
use highwater::config::Config;
use highwater::model::account::LinkPurpose;
use highwater::model::role::Role;
use highwater::model::time::DAY_MS;
use highwater::secret;
use highwater::store::{Db, accounts};
use tokio::time::Instant;

#[path = "pages/cold.rs"]
mod cold;
#[path = "pages/figures.rs"]
mod figures;
#[path = "pages/made.rs"]
mod made;
#[path = "rig/mod.rs"]
#[expect(dead_code, reason = "the comparisons use more of it")]
mod rig;

const REPEATS: usize = 50;
const PAGES: &[&str] = &[
    "/",
    "/?range=7d",
    "/?range=90d",
    "/?range=1y",
    "/?sort=peak",
    "/?wall=1",
    "/hosts/1",
    "/hosts/1?range=90d",
    "/clients?range=24h",
    "/clients",
    "/clients?range=30d",
    "/clients?range=90d",
    "/clients?by=blame",
    "/clients?by=hosts",
    "/clients?q=pc-0123",
    "/clients/5000",
    "/users",
    "/events",
    "/search?q=pc-0123",
    "/findings",
    "/clients?class=backup",
    "/settings/agents",
    "/settings/groups",
    "/settings/classes",
    "/metrics",
];

fn main() -> anyhow::Result<()> {
    // `RUST_LOG=sqlx::query=debug` says how long each statement takes.
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data_dir = folder.path().join("data");
    std::fs::create_dir(&data_dir)?;
    let file = data_dir.join("highwater.db");
    let address = format!("sqlite:{}", file.display());
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let config =
        Config { listen: loopback, plain_listen: Some(loopback), data_dir: data_dir.clone(), ..Config::default() };
    let clock = Clock::system();
    let db = Db::open(&address).await?;
    let began = Instant::now();
    let made = made::write(&db, clock.now_at(), made::Extent::WHOLE).await?;
    let link = link(&db, clock.now_at()).await?;
    db.close().await;
    let bytes = std::fs::metadata(&file)?.len();
    say(&format!(
        "{} hosts × {} days, {} clients and as many users an hour: {} MiB, made in {} s",
        made::HOSTS,
        made::DAYS,
        made::CLIENTS,
        bytes >> 20,
        began.elapsed().as_secs()
    ));
    let db = Db::open(&address).await?;
    figures::print(&db, &made, clock.now_at()).await?;
    db.close().await;
    let running = app::start(config, clock).await?;
    let base = format!("http://{}", running.plain_addr.context("no plain listener")?);
    highwater::tls::install_provider();
    let policy = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(policy).build()?;
    let cookie = sign_in(&http, &format!("{base}{link}")).await?;
    time_pages(&base, &http, &cookie).await?;
    running.stop().await;
    cold::print(&data_dir, &http, &cookie).await
}

async fn sign_in(http: &reqwest::Client, link: &str) -> anyhow::Result<String> {
    let welcomed = http.get(link).send().await?;
    let cookie = welcomed.headers().get("set-cookie").context("the link did not sign in")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

async fn time_pages(base: &str, http: &reqwest::Client, cookie: &str) -> anyhow::Result<()> {
    say("page                          first      p50      p99   compressed");
    for page in PAGES {
        let mut took = Vec::with_capacity(REPEATS);
        let mut bytes = 0;
        for _ in 0..=REPEATS {
            let asked = http.get(format!("{base}{page}")).header("cookie", cookie).header("accept-encoding", "br");
            let began = Instant::now();
            let answer = asked.send().await?.error_for_status()?;
            bytes = answer.bytes().await?.len();
            took.push(began.elapsed());
        }
        let first = took.remove(0);
        took.sort_unstable();
        let (p50, p99) = (took[REPEATS / 2], took[REPEATS * 99 / 100]);
        say(&format!("{page:<26} {} {} {} {:>8.1} KiB", millis(first), millis(p50), millis(p99), kib(bytes)));
    }
    Ok(())
}

async fn link(db: &Db, now_at: i64) -> anyhow::Result<String> {
    let secret = secret::fresh(secret::LINK_PREFIX)?;
    let mut tx = db.begin().await?;
    let account = accounts::insert(&mut tx, "bench", "no password", Role::Administrator, now_at).await?;
    let sha256 = secret::sha256(&secret);
    accounts::insert_link(&mut tx, &sha256, LinkPurpose::SignIn, Some(account), now_at + DAY_MS).await?;
    tx.commit().await?;
    Ok(format!("/welcome/{secret}"))
}

fn millis(took: Duration) -> String {
    format!("{:>6.1} ms", took.as_secs_f64() * 1_000.0)
}

fn kib(bytes: usize) -> f64 {
    bytes as f64 / 1_024.0
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}
