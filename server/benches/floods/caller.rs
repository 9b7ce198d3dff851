//! An attacker's machine that asks again and again, over one connection as long as the server keeps it.

use std::net::Ipv4Addr;

use tokio::time::sleep;

use super::arena::{Arena, Tally, machine};
use super::raw::{self, Target, Tls};

pub(crate) struct Caller<'a> {
    target: &'a Target,
    from: Ipv4Addr,
    connection: Option<Tls>,
    pub(crate) tally: Tally,
}

impl<'a> Caller<'a> {
    /// The machine with this number.
    pub(crate) fn new(arena: &'a Arena, n: usize) -> Self {
        Self { target: &arena.target, from: machine(n), connection: None, tally: Tally::default() }
    }

    /// Whether it has a connection. If it gets none, that is counted, and it waits a little.
    pub(crate) async fn is_let_in(&mut self) -> bool {
        if self.connection.is_none() {
            match self.target.tls(self.from).await {
                Ok(stream) => self.connection = Some(stream),
                Err(error) => {
                    self.tally.add(format!("not let in ({})", error.kind()));
                    sleep(raw::PATIENCE / 100).await;
                }
            }
        }
        self.connection.is_some()
    }

    /// Asks, if it is let in, and counts what came of it under a name.
    pub(crate) async fn ask(&mut self, name: &str, request: &[u8]) {
        let Some(mut stream) = self.connection.take() else { return };
        match raw::exchange(&mut stream, request).await {
            Ok(answer) => {
                self.tally.add(format!("{name} {}", answer.status));
                let hangs_up = answer.header("connection").any(|said| said.eq_ignore_ascii_case("close"));
                self.connection = (!hangs_up).then_some(stream);
            }
            Err(error) => self.tally.add(format!("{name} ({})", error.kind())),
        }
    }
}
