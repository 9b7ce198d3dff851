//! Becoming known to the server: once, however often the request or its answer is lost.

use std::path::Path;

use highwater_wire::EnrolRequest;

use crate::clock::Clock;
use crate::identity::{Identity, IdentityError, Membership};
use crate::ship::{Client, Log, Pace, PushError};

/// How this host introduces itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Introduction {
    pub token: String,
    pub machine_id: String,
    pub name: String,
    pub os: String,
    pub domain: String,
}

/// Without the token.
impl std::fmt::Debug for Introduction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { machine_id, name, os, domain, .. } = self;
        f.debug_struct("Introduction")
            .field("machine_id", machine_id)
            .field("name", name)
            .field("os", os)
            .field("domain", domain)
            .finish_non_exhaustive()
    }
}

/// One who asks for an identity.
#[derive(Debug)]
pub struct Enrolment<'a> {
    pub client: &'a Client,
    pub data_dir: &'a Path,
    pub introduction: Introduction,
    pub clock: Clock,
}

impl Enrolment<'_> {
    /// Asks until the server answers, and saves the key before it is used. The attempt is in `identity`, and saved already.
    ///
    /// # Errors
    /// The key cannot be saved: using it would make a new agent of every start.
    pub(crate) async fn run(&self, mut identity: Identity, mut pace: Pace) -> Result<Membership, IdentityError> {
        let mut log = Log::default();
        tokio::time::sleep(pace.first()).await;
        loop {
            match self.once(&identity.attempt).await {
                Ok(membership) => {
                    identity.enrolled = Some(membership.clone());
                    identity.save(self.data_dir)?;
                    tracing::info!(host_id = membership.host_id, server = self.client.server(), "enrolled");
                    return Ok(membership);
                }
                Err(error) => {
                    log.fails(&error);
                    tokio::time::sleep(pace.after(&error)).await;
                }
            }
        }
    }

    async fn once(&self, attempt: &str) -> Result<Membership, PushError> {
        let Introduction { token, machine_id, name, os, domain } = self.introduction.clone();
        let agent_version = env!("CARGO_PKG_VERSION").to_owned();
        let request = EnrolRequest { token, machine_id, attempt: attempt.to_owned(), name, agent_version, os, domain };
        let enrolled = self.client.enrol(&request).await?;
        Ok(Membership {
            key: enrolled.key,
            next_key: None,
            former_key: None,
            host_id: enrolled.host_id,
            enrolled_at: self.clock.now_at(),
        })
    }
}
