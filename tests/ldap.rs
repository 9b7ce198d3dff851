//! Signing in by a real OpenLDAP.

use std::net::{Ipv4Addr, SocketAddr};

use highwater::config::{Hidden, Ldap, LdapKind, LdapName, LdapSafety, RoleWord};
use highwater::model::role::Role;
use highwater::store::{accounts, second_factors};

use crate::harness::directory::{BASE, Directory, ODD_NAME, PASSWORD, READER, READER_PASSWORD};
use crate::harness::person::{self, Answer, NAME, Person, account, texts};
use crate::harness::provider::Certificate;
use crate::harness::relay::Relay;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::oidc::{DISABLED, alert, doctor, roles};

const UNKNOWN: &str = "There is no account with this name and password.";

async fn server_by(store: &Store, settings: Ldap) -> TestServer {
    TestServer::start_with(store, |config| config.ldap = Some(settings)).await
}

async fn signs_in(server: &TestServer, name: &str, password: &str) -> Answer {
    Person::stranger(server).post("/sign-in", &[("name", name), ("password", password), ("next", "/events")]).await
}

fn one(name: &str, role: &str) -> (String, String) {
    (name.to_owned(), role.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_the_directory_sign_in_and_groups_within_groups_give_their_role() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, directory.settings()).await;
        let person = Person::stranger(&server);
        let page = person.get("/sign-in").await;
        assert!(page.text.contains("The name and password that you have in the company are good here, too."));
        let answer = person.post("/sign-in", &[("name", " a.martin "), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.text);
        assert_eq!(person.get("/events").await.status, 200);
        for name in ["b.dupont", "a.martin", ODD_NAME] {
            let answer = signs_in(&server, name, PASSWORD).await;
            assert_eq!((answer.status, answer.header("location")), (303, "/events"), "{name}: {}", answer.text);
        }
        let expected = [one("a.martin", "administrator"), one("b.dupont", "operator"), one(ODD_NAME, "administrator")];
        assert_eq!(roles(&server.db).await, expected);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_in_without_his_own_password_whatever_he_types_as_a_name() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, directory.settings()).await;
        for (name, password) in [
            ("a.martin", "wrong"),
            ("a.martin", ""),
            ("nobody", PASSWORD),
            ("", PASSWORD),
            ("*", PASSWORD),
            ("a.martin*", PASSWORD),
            ("*)(uid=*", PASSWORD),
            ("a.martin)(|(uid=*", PASSWORD),
            ("a.martin\\2a", PASSWORD),
            ("a.martin,ou=people", PASSWORD),
            ("o'neil, (ann)", PASSWORD),
        ] {
            let refused = signs_in(&server, name, password).await;
            assert_eq!((refused.status, alert(&refused).as_str()), (401, UNKNOWN), "{name:?} {password:?}");
        }
        assert!(roles(&server.db).await.is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_stays_the_same_when_its_entry_has_another_name() {
    both(async |store| {
        let directory = Directory::start().await;
        let mut settings = directory.settings();
        settings.roles.everybody = Some(RoleWord::Viewer);
        let server = server_by(store, settings).await;
        assert_eq!(signs_in(&server, "c.solo", PASSWORD).await.status, 303);
        let before = accounts::list(&server.db).await.unwrap();
        directory.rename(&format!("uid=c.solo,ou=people,{BASE}"), "uid=c.married");
        assert_eq!(signs_in(&server, "c.solo", PASSWORD).await.status, 401);
        assert_eq!(signs_in(&server, "c.married", PASSWORD).await.status, 303);
        let after = accounts::list(&server.db).await.unwrap();
        assert_eq!((before.len(), after.len(), after[0].id), (1, 1, before[0].id));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_one_person_with_a_role_is_refused_in_words() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, directory.settings()).await;
        for (name, said) in [
            ("twin", "The directory has more than one entry of this name."),
            ("c.solo", "You are known, but none of your groups may come in here."),
            ("deep", "You are in more groups than could be told"),
        ] {
            let refused = signs_in(&server, name, PASSWORD).await;
            assert_eq!(refused.status, 403, "{name}");
            assert!(alert(&refused).starts_with(said), "{name}: {}", alert(&refused));
        }
        assert!(roles(&server.db).await.is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn referrals_are_told_and_not_followed() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let settings = Ldap { base_dn: format!("ou=elsewhere,{BASE}"), ..directory.settings() };
    let server = server_by(&store, settings).await;
    let refused = signs_in(&server, "a.martin", PASSWORD).await;
    assert_eq!(refused.status, 503);
    assert!(alert(&refused).starts_with("The directory says to ask another one, which is not done."));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dn_of_users_may_be_known_beforehand_and_a_name_stays_within_it() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let name = LdapName::Dn(format!("uid={{name}},ou=people,{BASE}"));
    let server = server_by(&store, Ldap { name, ..directory.settings() }).await;
    for name in ["a.martin", ODD_NAME] {
        assert_eq!(signs_in(&server, name, PASSWORD).await.status, 303, "{name}");
    }
    for name in ["a.martin,ou=people", "a.martin+cn=a.martin", "twin,ou=others"] {
        assert_eq!(signs_in(&server, name, PASSWORD).await.status, 401, "{name}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_active_directory_is_kept_by_its_object_guid() {
    both(async |store| {
        let directory = Directory::start().await;
        let mut settings = directory.settings();
        settings.kind = LdapKind::ActiveDirectory;
        settings.user_filter = "(&(objectClass=user)(sAMAccountName={name}))".to_owned();
        settings.roles.everybody = Some(RoleWord::Operator);
        let server = server_by(store, settings).await;
        // This directory does not know the rule that follows groups within groups: nothing matches by it.
        assert_eq!(signs_in(&server, "AMartin", PASSWORD).await.status, 303);
        assert_eq!(roles(&server.db).await, [one("amartin", "operator")]);
        let places = store.columns_with("04030201-0605-0807-090a-0b0c0d0e0f10").await;
        assert!(!places.is_empty(), "as Windows writes it");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_tls_is_as_good_as_tls_and_a_certificate_of_nobody_known_is_refused() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let starts = Ldap { port: directory.port, safety: LdapSafety::StartTls, ..directory.settings() };
    let server = server_by(&store, starts.clone()).await;
    assert_eq!(signs_in(&server, "a.martin", PASSWORD).await.status, 303);
    server.stop().await;
    let other = Certificate::make();
    for settings in [directory.settings(), starts] {
        // One of another authority; and the right one for another name.
        let untrusted = Ldap { ca_file: Some(other.file("ca.pem")), ..settings.clone() };
        let misnamed = Ldap { host: "127.0.0.2".to_owned(), ..settings.clone() };
        let at = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), settings.port));
        let _relay = Relay::start(at, settings.port, None).await;
        for settings in [untrusted, misnamed] {
            let server = server_by(&store, settings.clone()).await;
            let refused = signs_in(&server, "a.martin", PASSWORD).await;
            assert_eq!(refused.status, 503, "{settings:?}");
            assert!(alert(&refused).contains("cannot be spoken to safely"), "{settings:?}: {}", alert(&refused));
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_start_tls_out_of_the_way_hears_no_password() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let refusal: &[u8] = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00";
    let consent: &[u8] = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
    for answer in [refusal, consent, b"\x30\x84\xff\xff\xff\xff"] {
        let relay = Relay::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), directory.port, Some(answer)).await;
        let settings = Ldap { port: relay.port, safety: LdapSafety::StartTls, ..directory.settings() };
        let server = server_by(&store, settings).await;
        let refused = signs_in(&server, "a.martin", PASSWORD).await;
        assert_eq!(refused.status, 503);
        assert!(alert(&refused).contains("directory"), "{}", alert(&refused));
        let heard = relay.heard();
        let has = |secret: &str| heard.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(has("1.3.6.1.4.1.1466.20037"), "it was asked for TLS");
        assert!(!has(PASSWORD) && !has(READER_PASSWORD) && !has("a.martin"), "{heard:?}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_account_comes_first_and_its_password_goes_nowhere_else() {
    both(async |store| {
        let directory = Directory::start().await;
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let relay = Relay::start(at, directory.tls_port, None).await;
        let server = server_by(store, Ldap { port: relay.port, ..directory.settings() }).await;
        // The same name as in the directory.
        assert_eq!(NAME, "a.martin");
        account(&server.db, NAME).await;
        assert_eq!(signs_in(&server, NAME, PASSWORD).await.status, 401);
        // However it is typed: the directory, too, would take it for the same.
        for same in ["A.Martin", "a.mar\u{200b}tin"] {
            assert_eq!(signs_in(&server, same, PASSWORD).await.status, 401, "{same:?}");
        }
        assert_eq!(signs_in(&server, "A.MARTIN", person::PASSWORD).await.status, 303);
        assert_eq!(signs_in(&server, NAME, person::PASSWORD).await.status, 303);
        // Whether somebody has set its password yet, or not.
        store.write(async |tx| accounts::insert(tx, "c.solo", "", Role::Viewer, 0).await).await;
        assert_eq!(signs_in(&server, "c.solo", PASSWORD).await.status, 401);
        assert_eq!(relay.heard(), b"", "nobody was asked");
        assert_eq!(signs_in(&server, "b.dupont", PASSWORD).await.status, 303);
        assert_ne!(relay.heard(), b"");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_disabled_here_stays_out_whatever_the_directory_says() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, directory.settings()).await;
        assert_eq!(signs_in(&server, "b.dupont", PASSWORD).await.status, 303);
        let id = accounts::find_by_name(store, "b.dupont").await.unwrap().unwrap().0.id;
        store.write(async |tx| accounts::disable(tx, id, server.clock.now_at()).await).await;
        let refused = signs_in(&server, "b.dupont", PASSWORD).await;
        assert_eq!((refused.status, alert(&refused).as_str()), (403, DISABLED));
        assert_eq!(refused.header("set-cookie"), "");
        let wrong = signs_in(&server, "b.dupont", "wrong").await;
        assert_eq!((wrong.status, alert(&wrong).as_str()), (401, UNKNOWN), "only its person is told so");
        store.write(async |tx| accounts::enable(tx, id).await).await;
        assert_eq!(signs_in(&server, "b.dupont", PASSWORD).await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_of_this_server_are_asked_for_their_second_factor_and_those_of_the_directory_are_not() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, directory.settings()).await;
        account(&server.db, NAME).await;
        assert_eq!(signs_in(&server, "b.dupont", PASSWORD).await.status, 303);
        for known in accounts::list(store).await.unwrap() {
            let is_on = store.write(async |tx| {
                second_factors::begin(tx, known.id, &[1], 0).await?;
                second_factors::confirm(tx, known.id, 1, &[], 0).await
            });
            assert!(is_on.await);
        }
        let asked = signs_in(&server, NAME, person::PASSWORD).await;
        assert_eq!((asked.status, asked.header("set-cookie")), (200, ""));
        assert_eq!(texts(&asked.html(), "h1"), ["One more step"]);
        assert_eq!(signs_in(&server, "b.dupont", PASSWORD).await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_takes_as_long_whoever_is_known_where_and_guessing_is_slowed_down() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let server = server_by(&store, directory.settings()).await;
    account(&server.db, "local").await;
    for name in ["local", "b.dupont", "nobody"] {
        let begun = tokio::time::Instant::now();
        assert_eq!(signs_in(&server, name, "wrong").await.status, 401);
        assert!(begun.elapsed().as_millis() >= 1_000, "{name}");
    }
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(signs_in(&server, "nobody", "wrong").await.status);
    }
    assert!(statuses.ends_with(&[429]), "{statuses:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_is_away_is_told_and_local_accounts_work() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let settings = directory.settings();
    drop(directory);
    let ca_file = Certificate::make();
    let settings = Ldap { ca_file: Some(ca_file.file("ca.pem")), ..settings };
    let server = server_by(&store, settings).await;
    account(&server.db, NAME).await;
    let refused = signs_in(&server, "b.dupont", PASSWORD).await;
    assert_eq!(refused.status, 503);
    assert!(alert(&refused).starts_with("The company’s directory does not answer."), "{}", alert(&refused));
    assert_eq!(signs_in(&server, NAME, person::PASSWORD).await.status, 303);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_may_not_search_is_told_as_a_setting() {
    let store = Store::sqlite().await;
    let directory = Directory::start().await;
    let name = LdapName::Search { dn: READER.to_owned(), password: Hidden("no longer".to_owned()) };
    let server = server_by(&store, Ldap { name, ..directory.settings() }).await;
    let refused = signs_in(&server, "a.martin", PASSWORD).await;
    assert_eq!(refused.status, 503);
    assert!(alert(&refused).starts_with("The settings of this server do not fit"), "{}", alert(&refused));
    server.stop().await;
}

#[tokio::test]
async fn doctor_looks_at_the_directory_the_bind_the_base_and_the_groups() {
    let directory = Directory::start().await;
    let variables = |changed: &str, value: &str| {
        let ca_file = directory.certificate.file("ca.pem").display().to_string();
        let group = format!("cn=outer,ou=groups,{BASE}");
        let mut variables = [
            ("HIGHWATER_LDAP_URL", format!("ldaps://127.0.0.1:{}", directory.tls_port)),
            ("HIGHWATER_LDAP_KIND", "openldap".to_owned()),
            ("HIGHWATER_LDAP_CA_FILE", ca_file),
            ("HIGHWATER_LDAP_BIND_DN", READER.to_owned()),
            ("HIGHWATER_LDAP_BIND_PASSWORD", READER_PASSWORD.to_owned()),
            ("HIGHWATER_LDAP_BASE_DN", BASE.to_owned()),
            ("HIGHWATER_LDAP_ADMINISTRATORS", group),
            ("HIGHWATER_LDAP_EVERYBODY_SEES", "none".to_owned()),
            ("HIGHWATER_LDAP_SEES", format!("{{ \"cn=desk,ou=groups,{BASE}\" = \"Paris\" }}")),
        ];
        variables.iter_mut().filter(|(name, _)| *name == changed).for_each(|(_, set)| *set = value.to_owned());
        variables
    };
    let good = doctor(&variables("", ""));
    let said = String::from_utf8(good.stdout).unwrap();
    assert!(good.status.success(), "{said}");
    for what in ["directory", "directory's bind", "directory's base", "directory's groups"] {
        assert!(said.contains(&format!("PASS {what}: ")), "{what}: {said}");
    }
    let other = Certificate::make();
    let untrusted = other.file("ca.pem").display().to_string();
    for (changed, value, what) in [
        ("HIGHWATER_LDAP_URL", "ldaps://127.0.0.1:1", "directory"),
        ("HIGHWATER_LDAP_CA_FILE", untrusted.as_str(), "directory"),
        ("HIGHWATER_LDAP_BIND_PASSWORD", "no longer", "directory's bind"),
        ("HIGHWATER_LDAP_BASE_DN", "dc=other,dc=example", "directory's base"),
        ("HIGHWATER_LDAP_ADMINISTRATORS", "cn=gone,ou=groups,dc=corp,dc=example", "directory's groups"),
        ("HIGHWATER_LDAP_SEES", "{ 'cn=gone,ou=groups,dc=corp,dc=example' = 'Paris' }", "directory's groups"),
    ] {
        let bad = doctor(&variables(changed, value));
        let said = String::from_utf8(bad.stdout).unwrap();
        assert!(!bad.status.success() && said.contains(&format!("FAIL {what}: ")), "{changed}: {said}");
        assert!(!said.contains(READER_PASSWORD) && !said.contains("no longer"), "{said}");
    }
}
