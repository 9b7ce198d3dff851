//! Somebody who looks at the fleet, and a monitor that asks whether the server lives.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::raw::{self, Target, Tls};

const FROM: Ipv4Addr = Ipv4Addr::new(127, 3, 0, 1);
const EVERY: Duration = Duration::from_millis(250);

pub(crate) struct Person {
    /// A header's line.
    cookie: String,
    connection: Option<Tls>,
}

/// How long the answers took, tries that failed included with what they took.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) page: Vec<Duration>,
    pub(crate) healthz: Vec<Duration>,
    pub(crate) failed: usize,
}

impl Person {
    /// Becomes the first administrator by the link that the server printed.
    pub(crate) async fn sign_in(target: &Target, link: &str) -> anyhow::Result<Self> {
        let form = "name=bench&password=correct+horse+battery+staple&again=correct+horse+battery+staple";
        let mut stream = target.tls(FROM).await?;
        let asked = raw::post(link, "content-type: application/x-www-form-urlencoded\r\n", form.as_bytes());
        let answer = raw::exchange(&mut stream, &asked).await?;
        let cookies: Vec<&str> = answer.header("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
        let mut person = Self { cookie: format!("cookie: {}\r\n", cookies.join("; ")), connection: None };
        person.ask(target, "/").await.context("the first administrator is not signed in")?;
        Ok(person)
    }

    pub(crate) async fn phase(&mut self, target: &Target, until: Instant) -> Figures {
        let mut figures = Figures::default();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < until {
            ticks.tick().await;
            let began = Instant::now();
            figures.failed += usize::from(self.ask(target, "/").await.is_err());
            figures.page.push(began.elapsed());
            let began = Instant::now();
            figures.failed += usize::from(self.ask(target, "/healthz").await.is_err());
            figures.healthz.push(began.elapsed());
        }
        figures.page.sort_unstable();
        figures.healthz.sort_unstable();
        figures
    }

    async fn ask(&mut self, target: &Target, path: &str) -> anyhow::Result<()> {
        let mut stream = match self.connection.take() {
            Some(stream) => stream,
            None => target.tls(FROM).await?,
        };
        let answer = raw::exchange(&mut stream, &raw::get(path, &self.cookie)).await?;
        anyhow::ensure!(answer.status == 200, "status {}", answer.status);
        self.connection = answer.header("content-length").next().is_some().then_some(stream);
        Ok(())
    }
}
