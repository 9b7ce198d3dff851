//! Signing in by a real domain of Active Directory (a domain controller of Samba).

use highwater::config::{GroupSights, Hidden, Ldap, LdapName, LdapSafety, RoleWord, SightWord};
use highwater::store::accounts;

use crate::harness::domain::{BASE, Domain, PASSWORD};
use crate::harness::person::{Answer, Person};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::oidc::{alert, roles};

async fn signs_in(server: &TestServer, name: &str, password: &str) -> Answer {
    Person::stranger(server).post("/sign-in", &[("name", name), ("password", password)]).await
}

async fn server_by(store: &Store, settings: Ldap) -> TestServer {
    TestServer::start_with(store, |config| config.ldap = Some(settings)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_a_domain_sign_in_by_its_groups_within_groups() {
    let domain = Domain::start().await;
    let ann = [("ann".to_owned(), "administrator".to_owned())];
    both(async |store| {
        // By the name before the @, with an account that searches, and by StartTLS.
        let dn = "ann@corp.example".to_owned();
        let search = LdapName::Search { dn, password: Hidden(PASSWORD.to_owned()) };
        let starts = Ldap { port: 389, safety: LdapSafety::StartTls, ..domain.settings() };
        for settings in [domain.settings(), Ldap { name: search, ..domain.settings() }, starts] {
            let server = server_by(store, settings.clone()).await;
            for name in ["ann", "ANN"] {
                let answer = signs_in(&server, name, PASSWORD).await;
                assert_eq!(answer.status, 303, "{name} {settings:?}: {}", answer.text);
            }
            assert_eq!(roles(&server.db).await, ann, "one account, whichever way: {settings:?}");
            for (name, password) in [("ann", "Wrong, and l0ng"), ("ann", ""), ("nobody", PASSWORD), ("a*", PASSWORD)] {
                assert_eq!(signs_in(&server, name, password).await.status, 401, "{name} {settings:?}");
            }
            server.stop().await;
        }
    })
    .await;

    let store = Store::sqlite().await;
    let mut settings = domain.settings();
    let server = server_by(&store, settings.clone()).await;
    let refused = signs_in(&server, "bob", PASSWORD).await;
    assert!(alert(&refused).starts_with("You are known, but none of your groups"), "{}", alert(&refused));
    let refused = signs_in(&server, "carl", PASSWORD).await;
    assert_eq!(refused.status, 401);
    assert!(alert(&refused).starts_with("Your password has to be changed first."), "{}", alert(&refused));
    for elsewhere in ["ann@corp.example", "CORP\\ann"] {
        assert_eq!(signs_in(&server, elsewhere, PASSWORD).await.status, 401, "{elsewhere}");
    }
    server.stop().await;

    // A group that is not there grants nothing, and is no trouble.
    settings.roles.administrators = vec![format!("CN=Gone,{BASE}")];
    settings.roles.everybody = Some(RoleWord::Viewer);
    let server = server_by(&store, settings).await;
    assert_eq!(signs_in(&server, "bob", PASSWORD).await.status, 303);
    assert_eq!(roles(&server.db).await, [("bob".to_owned(), "viewer".to_owned())]);
    server.stop().await;

    // What each of her groups within groups sees, and what who is in none of them does.
    let of =
        |group: &str, name: &str| (format!("CN={group},CN=Users,{BASE}"), SightWord::Groups(vec![name.to_owned()]));
    let by_group = vec![of("outer", "Paris"), of("inner", "Lyon"), of("gone", "Rome")];
    let mut settings = domain.settings();
    settings.roles.everybody = Some(RoleWord::Viewer);
    settings.sees = Some(GroupSights { by_group, everybody: SightWord::Groups(Vec::new()) });
    for is_administrator in [false, true] {
        let mut settings = settings.clone();
        if !is_administrator {
            settings.roles.administrators.clear();
        }
        let server = server_by(&store, settings).await;
        for (name, words) in [("ann", "Lyon, Paris"), ("bob", "–")] {
            assert_eq!(signs_in(&server, name, PASSWORD).await.status, 303, "{name}");
            let account = accounts::find_by_name(&server.db, name).await.unwrap().unwrap().0;
            assert_eq!(account.sight.words(), words, "{name}");
        }
        server.stop().await;
    }
}
