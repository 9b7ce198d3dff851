//! Secrets of other systems that the server speaks to, and of second factors: with a real directory, a provider, a mail server and a
//! receiver of syslog.

use std::fs::{self, File};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use highwater::clock::Clock;
use highwater::delivery::syslog::Transport;
use highwater::model::connector::System;
use tempfile::TempDir;

use super::{address, are_nowhere, arguments};
use crate::harness::desks::{SECRET, USER};
use crate::harness::directory::{BASE, Directory, PASSWORD, READER, READER_PASSWORD};
use crate::harness::elsewhere::Elsewhere;
use crate::harness::impostor::Impostor;
use crate::harness::mail::MailServer;
use crate::harness::person::{NAME, PASSWORD as OWN_PASSWORD, Person};
use crate::harness::server::ServerProcess;
use crate::harness::store::{Store, both};
use crate::harness::syslog::Rsyslog;
use crate::harness::ticketing::{connect, sealing_key};
use crate::harness::wait::eventually;
use crate::oidc::leaves;
use crate::second_factor::{first_step, second_step, set_up};

/// What an app shows one code for.
const STEP_MS: i64 = 30_000;
/// As the impostor knows it.
const CLIENT_SECRET: &str = "secret-of-the-client";
const WRONG_PASSWORD: &str = "hunter2-of-the-directory";

/// What the server speaks to.
struct Others {
    directory: Directory,
    provider: Impostor,
    syslog: Rsyslog,
    mail: MailServer,
}

impl Others {
    async fn start(elsewhere: &Elsewhere) -> Self {
        Self {
            directory: Directory::start().await,
            provider: Impostor::start(Clock::system()).await,
            syslog: Rsyslog::start().await,
            mail: MailServer::start_on(elsewhere.listen()),
        }
    }

    fn settings(&self, store: &Store) -> Vec<(&'static str, String)> {
        let text = str::to_owned;
        vec![
            ("HIGHWATER_DATABASE", address(store)),
            ("HIGHWATER_LOG_FILTER", text("trace")),
            ("HIGHWATER_SECRETS_KEY", sealing_key()),
            ("HIGHWATER_LDAP_URL", format!("ldaps://127.0.0.1:{}", self.directory.tls_port)),
            ("HIGHWATER_LDAP_CA_FILE", self.directory.certificate.file("ca.pem").display().to_string()),
            ("HIGHWATER_LDAP_KIND", text("openldap")),
            ("HIGHWATER_LDAP_BIND_DN", text(READER)),
            ("HIGHWATER_LDAP_BIND_PASSWORD", text(READER_PASSWORD)),
            ("HIGHWATER_LDAP_BASE_DN", text(BASE)),
            ("HIGHWATER_LDAP_OPERATORS", format!("cn=desk,ou=groups,{BASE}")),
            ("HIGHWATER_OIDC_ISSUER", self.provider.issuer.clone()),
            ("HIGHWATER_OIDC_CLIENT_ID", text("highwater")),
            ("HIGHWATER_OIDC_CLIENT_SECRET", text(CLIENT_SECRET)),
            ("HIGHWATER_OIDC_ADMINISTRATORS", text("admins")),
            ("HIGHWATER_AUDIT_SYSLOG_ADDRESS", format!("127.0.0.1:{}", self.syslog.port_of(Transport::Tcp))),
            ("HIGHWATER_AUDIT_SYSLOG_TRANSPORT", text("tcp")),
        ]
    }
}

/// Speaks to all of them. Answers the secrets, and apart from them the codes of the second factor, which are too short to look for anywhere.
async fn use_all(server: &ServerProcess, store: &Store, others: &Others) -> (Vec<String>, Vec<String>) {
    let mut secrets: Vec<String> =
        [READER_PASSWORD, PASSWORD, WRONG_PASSWORD, CLIENT_SECRET, SECRET].map(str::to_owned).to_vec();
    let person = Person::first_administrator(server).await;
    let stranger = || Person::stranger_at(server);
    for (password, status) in [(WRONG_PASSWORD, 401), (PASSWORD, 303)] {
        let answer = stranger().post("/sign-in", &[("name", "b.dupont"), ("password", password)]).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let ann = stranger();
    let query = others.provider.lets_in(&leaves(&ann, "/").await);
    let arrived = ann.get(&format!("/sign-in/oidc/return?{query}")).await;
    assert_eq!(arrived.status, 303, "{}", arrived.text);
    let told = others.provider.secrets();
    assert_eq!(told.len(), 3, "a code, its proof and a token: {told:?}");
    secrets.extend(told);
    secrets.push(query.rsplit('=').next().unwrap().to_owned());

    let clock = Clock::system();
    let (seed, once) = set_up(&person, &clock).await;
    let codes = vec![seed.code_at(clock.now_at()), seed.code_at(clock.now_at() + STEP_MS)];
    let browser = stranger();
    let asked = first_step(&browser).await;
    secrets.push(asked.attribute("input[name=step]", "value").unwrap());
    assert_eq!(second_step(&browser, &asked, &codes[1]).await.status, 303);
    let browser = stranger();
    let asked = first_step(&browser).await;
    assert_eq!(second_step(&browser, &asked, &once[0]).await.status, 303);
    secrets.extend(once);
    secrets.extend([OWN_PASSWORD.to_owned(), seed.typed(), seed.typed().replace(' ', ""), seed.to_hex()]);

    let connector = connect(store, System::Email, others.mail.addr, "").await;
    let page = format!("/settings/tickets/{connector}");
    assert_eq!(person.submit(&page, &format!("{page}/test"), &[]).await.status, 303);
    eventually("the server signs in at the mail server", async || {
        let said = others.mail.in_clear();
        if said.iter().any(|command| command.starts_with("AUTH ")) { Ok(()) } else { Err(format!("{said:?}")) }
    })
    .await;
    secrets.push(STANDARD.encode(format!("\0{USER}\0{SECRET}")));
    (secrets, codes)
}

/// Whether a code stands there as a word of its own. The time before each line has six digits, too.
fn has_code(log: &str, code: &str) -> bool {
    let said = log.lines().filter_map(|line| line.split_once(' ')).map(|(_, said)| said);
    said.flat_map(|said| said.split(|c: char| !c.is_ascii_alphanumeric())).any(|word| word == code)
}

fn started(folder: &Path, others: &Others, store: &Store, log: File) -> ServerProcess {
    let with = others.settings(store);
    let with: Vec<(&str, &str)> = with.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ServerProcess::start_telling(folder, &with, log.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_directory_provider_mail_and_second_factor_is_in_the_log_the_arguments_the_database_or_syslog() {
    // The server sends no mail to its own machine.
    let elsewhere = Elsewhere::lay(12);
    both(async |store| {
        let (dir, others) = (TempDir::new().unwrap(), Others::start(&elsewhere).await);
        let log = dir.path().join("log");
        let mut server = started(dir.path(), &others, store, File::create(&log).unwrap());
        let (secrets, codes) = use_all(&server, store, &others).await;
        let forwarded = eventually("the sign-ins are forwarded", async || {
            let received = others.syslog.received();
            let of_person =
                |name: &str| received.iter().any(|one| one.data.get("actor").is_some_and(|actor| actor == name));
            if ["b.dupont", NAME].into_iter().all(of_person) {
                Ok(received)
            } else {
                Err(format!("{}", received.len()))
            }
        })
        .await;
        let arguments = arguments(server.pid());
        assert!(server.stop());
        let log = fs::read_to_string(&log).unwrap();
        are_nowhere(&secrets, &log, &arguments, store).await;
        for code in &codes {
            assert!(!has_code(&log, code), "{code} is in the log");
        }
        for secret in &secrets {
            assert!(forwarded.iter().all(|one| !one.raw.contains(secret.as_str())), "{secret} was forwarded");
        }
    })
    .await;
}
