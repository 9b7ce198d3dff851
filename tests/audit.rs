//! What a running server and the command line write down: who came, who was turned away, who took what and looked at
//! whom; and that the log is as it was written.

use std::path::Path;
use std::process::Command;

use highwater::clock::Clock;
use highwater::config::Config;
use highwater::model::account::LinkPurpose;
use highwater::model::agent::AgentState;
use highwater::model::api_key::Scope;
use highwater::model::audit::{Action, Deed, Entry, SubjectKind, Trail};
use highwater::model::role::Role;
use highwater::model::time::{DAY_MS, HOUR_MS, day_start};
use highwater::model::token::Approve;
use highwater::store::audit::{self, Verified};
use highwater::store::{accounts, names};
use highwater::tasks::audit::remove_old;

use crate::api_document::fill;
use crate::harness::audit::{done, entries, is_whole};
use crate::harness::caller::Caller;
use crate::harness::person::{NAME, PASSWORD, Person, account, account_with, link};
use crate::harness::server::{TestServer, machine, program};
use crate::harness::store::{Store, T0, both};
use crate::second_factor::{first_step, second_step, set_up};

/// Time that stands still, at ten in the morning of today.
pub(crate) fn at_ten() -> Clock {
    Clock::manual(day_start(Clock::system().now_at()) + 10 * HOUR_MS)
}

/// Time stands still, in the middle of a day: what is told once an hour, or a day, is not to fall into two.
pub(crate) async fn server(store: &Store) -> (TestServer, Clock) {
    let clock = at_ten();
    (TestServer::start_at(store, clock.clone(), |_| ()).await, clock)
}

/// By what kind of actor, about what, and the id of that.
pub(crate) type Told<'a> = (&'a str, &'a str, Option<i64>);

pub(crate) fn told(entries: &[Entry]) -> Vec<Told<'_>> {
    entries.iter().map(|one| (one.actor_kind.as_str(), one.subject_kind.as_str(), one.subject_id)).collect()
}

#[tokio::test]
async fn coming_and_going_is_written_down_with_the_name_as_typed_and_without_a_password() {
    both(async |store| {
        let (server, _) = server(store).await;
        let link = link(&server.db, LinkPurpose::FirstAccount, None, server.clock.now_at()).await;
        let person = Person::stranger(&server);
        let chosen = [("name", NAME), ("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(person.post(&link, &chosen).await.status, 303);
        assert_eq!(person.submit("/settings/keys", "/sign-out", &[]).await.status, 303);
        let typed = format!("<b>\0{}", "é".repeat(500));
        let wrong = [("name", typed.as_str()), ("password", "hunter2 hunter2")];
        assert_eq!(person.post("/sign-in", &wrong).await.status, 401);
        assert_eq!(person.post("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 303);
        let all = entries(store).await;
        let actions: Vec<&str> = all.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["link.used", "account.created", "sign_in", "sign_out", "sign_in_failed", "sign_in"]);
        let [used, _, first, out, failed, again] = &all[..] else { panic!("{all:?}") };
        assert_eq!(used.changes.after["purpose"], "first_account");
        assert_eq!((first.changes.after["how"].as_str(), again.changes.after["how"].as_str()), ("link", "password"));
        assert_eq!((out.actor_kind.as_str(), out.actor_name.as_str(), out.actor_id), ("person", NAME, first.actor_id));
        assert_eq!((failed.actor_kind.as_str(), failed.actor_name.as_str()), ("nobody", ""));
        assert_eq!(failed.outcome, "refused");
        let kept = &failed.changes.after["typed"];
        assert!(kept.starts_with("<b>\u{fffd}é") && kept.chars().count() == 200, "{kept}");
        assert!(all.iter().all(|entry| entry.address == "127.0.0.1"), "{all:?}");
        for secret in [PASSWORD, "hunter2"] {
            assert!(store.columns_with(secret).await.is_empty(), "{secret}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_guesses_is_written_down_each_time_and_once_an_hour_while_nobody_listens() {
    both(async |store| {
        let (server, _) = server(store).await;
        account(&server.db, NAME).await;
        let guess = async || {
            let fields = [("name", NAME), ("password", "a wrong password")];
            Person::stranger(&server).post("/sign-in", &fields).await.status
        };
        for status in [401, 401, 401, 401, 401, 401, 429, 429, 429] {
            assert_eq!(guess().await, status);
        }
        assert_eq!((done(store, "sign_in_failed").await.len(), done(store, "sign_in_throttled").await.len()), (6, 1));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_is_written_down_with_whose_it_was_and_a_password_alone_is_no_sign_in() {
    both(async |store| {
        let (server, clock) = server(store).await;
        let (_, codes) = set_up(&Person::signed_in(&server).await, &clock).await;
        let person = Person::stranger(&server);
        let asked = first_step(&person).await;
        assert_eq!(done(store, "sign_in").await.len(), 1, "the one by a link");
        assert_eq!(second_step(&person, &asked, "12345").await.status, 401);
        assert_eq!(second_step(&person, &asked, &codes[0]).await.status, 303);
        let (failed, entered) = (done(store, "sign_in_failed").await, done(store, "sign_in").await);
        let account = accounts::find_by_name(store, NAME).await.unwrap().unwrap().0.id.0;
        assert_eq!(told(&failed), [("nobody", "account", Some(account))]);
        assert_eq!((failed[0].outcome.as_str(), failed[0].changes.after["how"].as_str()), ("refused", "code"));
        assert_eq!((entered.len(), entered[1].changes.after["how"].as_str()), (2, "recovery_code"));
        let wrong = [("password", PASSWORD), ("code", "12345")];
        assert_eq!(person.submit("/account", "/account/factor/off", &wrong).await.status, 422);
        assert_eq!(done(store, "second_factor.off").await[0].outcome, "refused");
        is_whole(store).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_turned_away_is_written_down_once_an_hour_and_nobody_fills_the_log() {
    both(async |store| {
        let (server, clock) = server(store).await;
        let person = Person::signed_in_as(&server, "eve").await;
        let (read, start_at) = (Caller::with(&server, Scope::Read).await, clock.now_at());
        let past = Caller::until(&server, Scope::Admin, Some(start_at)).await;
        let stranger = Person::stranger(&server);
        let ask = async || {
            for _ in 0..2 {
                assert_eq!(person.post("/settings/tokens", &[]).await.status, 403);
                assert_eq!(read.get("/api/v1/tokens").await.status, 403);
                assert_eq!(past.get("/api/v1/hosts").await.status, 401);
                assert_eq!(stranger.get("/api/v1/hosts").await.status, 401);
                let unknown = stranger.get_with("/api/v1/events", ("authorization", "Bearer hwk_wrong")).await;
                assert_eq!((unknown.status, stranger.get("/clients").await.status), (401, 303));
            }
        };
        ask().await;
        let denied = done(store, "denied").await;
        let told: Vec<_> = denied
            .iter()
            .map(|one| (one.actor_kind.as_str(), one.subject_name.as_str(), one.changes.after["status"].as_str()))
            .collect();
        let once = [
            ("person", "/settings/tokens", "403"),
            ("api_key", "/api/v1/tokens", "403"),
            ("api_key", "/api/v1/hosts", "401"),
            ("nobody", "/api/v1/hosts", "401"),
        ];
        assert_eq!(told, once);
        assert_eq!((denied[1].actor_name.clone(), denied[2].actor_id), (read.signature(), Some(past.id.0)));
        assert!(denied.iter().all(|entry| entry.outcome == "refused"), "{denied:?}");
        clock.set(start_at + HOUR_MS);
        ask().await;
        assert_eq!(done(store, "denied").await.len(), 8, "an hour later once more");
        is_whole(store).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_took_which_file_is_written_down_with_what_it_was_asked_for() {
    both(async |store| {
        let (server, _) = server(store).await;
        fill(store, &server).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let admin = Caller::with(&server, Scope::Admin).await;
        for path in [
            "/clients?q=PC&format=csv",
            "/clients?q=PC&format=csv",
            "/settings/tokens?format=xlsx",
            "/incidents/1/bundle",
            "/incidents/1/free.ps1",
        ] {
            assert_eq!(eve.get(path).await.status, 200, "{path}");
        }
        for _ in 0..2 {
            assert_eq!(admin.get_with("/api/v1/hosts?q=FS", ("accept", "text/csv")).await.status, 200);
            assert_eq!(admin.get("/api/v1/hosts?q=FS").await.status, 200, "what is no file is none");
        }
        let taken = done(store, "exported").await;
        let told: Vec<_> = taken
            .iter()
            .map(|one| {
                let asked = |name: &str| one.changes.after.get(name).map(String::as_str);
                (one.actor_kind.as_str(), one.subject_name.as_str(), asked("q"), asked("format"))
            })
            .collect();
        let wanted = [
            ("person", "/clients", Some("PC"), Some("csv")),
            ("person", "/clients", Some("PC"), Some("csv")),
            ("person", "/settings/tokens", None, Some("xlsx")),
            ("person", "/incidents/1/bundle", None, None),
            ("person", "/incidents/1/free.ps1", None, None),
            ("api_key", "/api/v1/hosts", Some("FS"), None),
        ];
        assert_eq!(told, wanted);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_looked_at_whom_is_written_down_once_an_hour_and_shown_by_the_name_of_now() {
    both(async |store| {
        let (server, clock) = server(store).await;
        fill(store, &server).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let start_at = clock.now_at();
        let look = async || {
            for _ in 0..2 {
                for path in ["/clients/1?range=24h", "/users/1", "/hosts/1"] {
                    eve.page(path).await;
                }
                admin.json("/api/v1/users/1").await;
                admin.json("/api/v1/hosts/1/sessions").await;
            }
        };
        look().await;
        let looked = done(store, "looked_at").await;
        let by_person: [Told; 3] =
            [("person", "client", Some(1)), ("person", "user", Some(1)), ("person", "host", Some(1))];
        let by_program: [Told; 2] = [("api_key", "user", Some(1)), ("api_key", "host", Some(1))];
        assert_eq!(told(&looked), [&by_person[..], &by_program[..]].concat());
        assert!(looked.iter().all(|entry| entry.subject_name.is_empty() && entry.changes.is_empty()), "{looked:?}");
        clock.set(start_at + HOUR_MS);
        look().await;
        assert_eq!(done(store, "looked_at").await.len(), 8, "programs look all day");
        clock.set(start_at + DAY_MS);
        admin.json("/api/v1/users/1").await;
        assert_eq!(done(store, "looked_at").await.len(), 9);

        let page = Person::signed_in_as(&server, "ann").await.get("/settings/audit?kind=client&id=1&format=csv").await;
        assert!(page.text.contains("\"PC-1\""), "{}", page.text);
        assert!(store.columns_with("PC-1").await.iter().all(|column| !column.starts_with("audit")), "by its id alone");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_agent_that_enrols_is_written_down_and_once_an_hour_if_it_does_so_again() {
    both(async |store| {
        let (server, _) = server(store).await;
        let token = server.token(Approve::Auto).await;
        for _ in 0..3 {
            server.enrol(&machine(&token, "FS01", 1)).await.unwrap();
        }
        let enrolled = done(store, "agent.enrolled").await;
        assert_eq!(told(&enrolled), [("agent", "agent", Some(1)), ("agent", "agent", Some(1))]);
        assert_eq!(enrolled[0].changes.after["state"], "approved");
        assert_eq!(enrolled[1].changes.after["again"], "yes");
        server.stop().await;
    })
    .await;
}

/// Types a command, and tells whether it went well and what it said.
pub(crate) fn highwater(store: &Store, folder: &Path, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(program("highwater"));
    command.args(words).env("HIGHWATER_DATABASE", store.address()).env("HIGHWATER_DATA_DIR", folder);
    let said = command.current_dir(folder).output().unwrap();
    (said.status.success(), String::from_utf8([said.stdout, said.stderr].concat()).unwrap())
}

#[tokio::test]
async fn what_the_command_line_does_is_written_down_too() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        store.write(async |tx| names::intern_clients(tx, &["pc-of-ann"], T0).await).await;
        account_with(store, "bob", Role::Viewer).await;
        for words in [
            &["token", "new", "--label", "Paris"][..],
            &["account", "link", "bob"],
            &["account", "role", "bob", "operator"],
            &["account", "enable", "bob"],
            &["erase", "client", "PC-of-ann"],
        ] {
            let (is_good, said) = highwater(store, folder.path(), words);
            assert!(is_good, "{words:?}: {said}");
        }
        let all = entries(store).await;
        let told: Vec<_> = all.iter().map(|one| (one.action.as_str(), one.outcome.as_str())).collect();
        assert_eq!(
            told,
            [
                ("token.created", "done"),
                ("link.made", "done"),
                ("account.role_changed", "done"),
                ("account.switched", "done"),
                ("erased", "begun"),
                ("erased", "done"),
            ],
            "{all:?}"
        );
        assert!(all.iter().all(|entry| entry.actor_kind == "program" && entry.address.is_empty()), "{all:?}");
        assert!(all.iter().all(|entry| entry.actor_name.starts_with("command line, uid ")), "{all:?}");
        assert_eq!((all[0].subject_name.as_str(), all[1].subject_name.as_str()), ("Paris", "bob"));
        assert_eq!((all[2].changes.before["role"].as_str(), all[2].subject_name.as_str()), ("viewer", "bob"));
        assert_eq!(all[5].changes.after["names"], "1");
    })
    .await;
}

#[tokio::test]
async fn what_is_done_to_the_servers_authority_is_written_down_and_no_agent_is_left_behind_unasked() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        highwater::tls::load(&config, Clock::system().now_at()).unwrap();
        let run = |words: &[&str]| highwater(store, folder.path(), words);
        assert!(!run(&["ca", "finish"]).0 && !run(&["ca", "cancel"]).0, "there is none");
        assert!(entries(store).await.is_empty(), "nothing was done");
        for words in [["ca", "rotate"], ["ca", "cancel"], ["ca", "rotate"]] {
            let (is_good, said) = run(&words);
            assert!(is_good, "{words:?}: {said}");
        }
        let host = store.host("FS01").await;
        store.agent(host, AgentState::Approved, 1).await;
        let (_, said) = run(&["doctor", "security"]);
        assert!(said.contains("WARN next-authority: 1 agents were not heard since it was made"), "{said}");
        let (is_good, said) = run(&["ca", "finish"]);
        assert!(!is_good && said.contains("1 agents were not heard") && said.contains("--leave-behind"), "{said}");
        let (is_good, said) = run(&["ca", "finish", "--leave-behind"]);
        assert!(is_good, "{said}");
        let all = entries(store).await;
        let told: Vec<_> = all.iter().map(|one| one.action.as_str()).collect();
        let twice = ["authority.made", "authority.taken_back", "authority.made", "authority.finished"];
        assert_eq!(told, twice.map(|word| [word, word]).concat());
        for (n, one) in all.iter().enumerate() {
            assert_eq!(one.outcome, if n % 2 == 0 { "begun" } else { "done" }, "{all:?}");
            assert_eq!((one.actor_kind.as_str(), one.subject_kind.as_str()), ("program", "authority"));
            // Which one, nobody knows before it is made.
            let is_named = one.subject_name.len() == 32 * 3 - 1;
            assert_eq!(is_named, one.action != "authority.made" || one.outcome == "done", "{one:?}");
        }
        assert!(all[1].changes.after.contains_key("takes_over"), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn the_command_says_whether_the_log_is_as_it_was_written_and_where_it_is_not() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let doctor = || highwater(store, folder.path(), &["doctor", "audit"]);
        let (is_good, said) = doctor();
        assert!(is_good && said.contains("PASS audit: there is no entry"), "{said}");
        let deed = Deed::on(Action::WebhookTested, (SubjectKind::Webhook, 1, "Tickets"));
        for n in 1..=3 {
            store.write(async |tx| audit::record(tx, &Trail::program("test", T0 + n), &deed).await).await;
        }
        let (is_good, said) = doctor();
        assert!(is_good && said.contains("PASS audit: 3 entries, 1 to 3, are as they were written"), "{said}");
        store.execute("update audit_entries set subject_name = 'Chat' where seq = 2").await;
        let (is_good, said) = doctor();
        assert!(!is_good && said.contains("FAIL audit: entry 2: it does not say what it said"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn old_entries_are_removed_after_their_days_and_the_rest_still_tells_that_it_is_whole() {
    both(async |store| {
        let deed = Deed::on(Action::WebhookTested, (SubjectKind::Webhook, 1, "Tickets"));
        for day in 0..3 {
            let trail = Trail::program("test", T0 + day * DAY_MS);
            store.write(async |tx| audit::record(tx, &trail, &deed).await).await;
        }
        assert_eq!(remove_old(store, 400, T0 + 400 * DAY_MS).await.unwrap(), 0);
        assert_eq!(remove_old(store, 400, T0 + 401 * DAY_MS).await.unwrap(), 1);
        let found = audit::verify(store, |_| ()).await.unwrap();
        assert_eq!(found, Verified::Good { first: 2, last: 3, entries: 2, redacted: 0 });
    })
    .await;
}
