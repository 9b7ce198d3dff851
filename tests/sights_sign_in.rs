//! Which hosts people see by their groups at a provider or in a directory: from the first page on, and anew at each sign-in.

use std::collections::BTreeSet;
use std::process::Command;

use highwater::clock::Clock;
use highwater::config::{Config, GroupSights, Ldap, RoleWord, SightWord};
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::store::{Db, accounts};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::audit::done;
use crate::harness::directory::{BASE, Directory, PASSWORD};
use crate::harness::impostor::{Impostor, Lie, Signed};
use crate::harness::person::{Person, texts};
use crate::harness::provider::Provider;
use crate::harness::server::{TestServer, program};
use crate::harness::store::{Store, both};
use crate::oidc::{alert, leaves, returns, signs_in};
use crate::sights::server_of_three_with;

const PAGE: &str = "/settings/accounts";

fn groups(names: &[&str]) -> SightWord {
    SightWord::Groups(names.iter().map(|name| (*name).to_owned()).collect())
}

fn sees(by_group: &[(&str, SightWord)], everybody: SightWord) -> Option<GroupSights> {
    let by_group = by_group.iter().map(|(group, sight)| ((*group).to_owned(), sight.clone())).collect();
    Some(GroupSights { by_group, everybody })
}

fn dn(group: &str) -> String {
    format!("CN={group}, OU=Groups, DC=corp, DC=example")
}

/// Everybody may come in, and is a viewer; who is of `outer` sees Paris, who is of `desk` Lyon.
fn by_directory(directory: &Directory, everybody: SightWord) -> Ldap {
    let mut settings = directory.settings();
    settings.roles.administrators.clear();
    settings.roles.operators.clear();
    settings.roles.everybody = Some(RoleWord::Viewer);
    settings.sees = sees(&[(&dn("Outer"), groups(&["Paris"])), (&dn("desk"), groups(&["Lyon"]))], everybody);
    settings
}

async fn server_by(store: &Store, settings: Ldap) -> TestServer {
    server_of_three_with(store, |config: &mut Config| config.ldap = Some(settings)).await
}

/// Signed in by the directory.
async fn enters(server: &TestServer, name: &str) -> Person {
    let person = Person::stranger(server);
    let answer = person.post("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"), "{name}: {}", answer.text);
    person
}

/// The hosts on the first page, which programs are told as well.
async fn seen(person: &Person) -> Vec<String> {
    let first = person.get("/").await;
    assert_eq!(first.status, 200, "{}", first.text);
    let on_page = ["FS01", "FS02", "FS03"].into_iter().filter(|name| first.text.contains(name));
    let on_page: Vec<String> = on_page.map(str::to_owned).collect();
    let told = person.json("/api/v1/hosts").await;
    let told: Vec<_> = told["hosts"].as_array().unwrap().iter().map(|host| host["name"].as_str().unwrap()).collect();
    assert_eq!(on_page, told);
    on_page
}

async fn sight(db: &Db, name: &str) -> Sight {
    accounts::find_by_name(db, name).await.unwrap().unwrap().0.sight
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_the_directory_see_the_hosts_of_their_groups_within_groups_from_the_first_page_on() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, by_directory(&directory, groups(&[]))).await;
        let (ann, bob, solo) =
            (enters(&server, "a.martin").await, enters(&server, "b.dupont").await, enters(&server, "c.solo").await);
        assert_eq!(seen(&ann).await, ["FS01"], "of a group within outer");
        assert_eq!(seen(&bob).await, ["FS02"]);
        assert_eq!(seen(&solo).await, [] as [&str; 0], "of no group: not even the host in none");
        assert!(solo.get("/").await.text.contains("You see the hosts of your groups, and have none."));
        assert!(solo.get("/account").await.text.contains("sees no host"));
        assert!(bob.get("/account").await.text.contains("sees only Lyon"));
        assert_eq!(solo.get("/settings/tokens").await.status, 403);

        // Who is of several groups sees the hosts of each.
        directory.members("desk", &["uid=b.dupont,ou=people", "uid=a.martin,ou=people"]);
        let again = enters(&server, "a.martin").await;
        assert_eq!((seen(&again).await, seen(&ann).await), (vec!["FS01".into(), "FS02".into()], seen(&again).await));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_a_group_sees_other_hosts_from_the_next_sign_in_on_wherever_he_is_signed_in() {
    both(async |store| {
        let directory = Directory::start().await;
        let server = server_by(store, by_directory(&directory, groups(&["Paris", "Rome"]))).await;
        let before = enters(&server, "b.dupont").await;
        assert_eq!(seen(&before).await, ["FS02"]);
        directory.members("desk", &["uid=c.solo,ou=people"]);
        assert_eq!(seen(&before).await, ["FS02"], "nobody has asked the directory yet");
        let after = enters(&server, "b.dupont").await;
        for person in [&after, &before] {
            assert_eq!(seen(person).await, ["FS01"], "as who is in none of the groups");
        }
        assert_eq!(seen(&enters(&server, "c.solo").await).await, ["FS02"]);

        let made = done(store, "account.created").await;
        let told: Vec<_> = made.iter().map(|one| one.changes.after["groups"].as_str()).collect();
        assert_eq!(told, ["Lyon", "Lyon"]);
        let changed = done(store, "account.confined").await;
        assert_eq!(changed.len(), 1, "a sign-in that changes nothing says nothing");
        let changes = &changed[0].changes;
        assert_eq!((changes.before["groups"].as_str(), changes.after["groups"].as_str()), ("Lyon", "Paris, Rome"));
        assert_eq!((changes.after["source"].as_str(), changed[0].actor_name.as_str()), ("ldap", "b.dupont"));
        server.stop().await;

        // Without the settings nothing is said any more: it stays as it was, and is an administrator's affair.
        let settings = Ldap { sees: None, ..by_directory(&directory, SightWord::All) };
        let server = TestServer::start_with(store, |config| config.ldap = Some(settings)).await;
        assert_eq!(seen(&enters(&server, "b.dupont").await).await, ["FS01"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_groups_say_is_not_set_by_hand_and_administrators_see_all_as_long_as_they_are() {
    both(async |store| {
        let directory = Directory::start().await;
        let mut settings = by_directory(&directory, groups(&[]));
        settings.roles.administrators = vec![dn("Outer")];
        let server = server_by(store, settings).await;
        let root = Person::signed_in_as(&server, "root").await;
        let (ann, bob) = (enters(&server, "a.martin").await, enters(&server, "b.dupont").await);
        assert_eq!(seen(&ann).await, ["FS01", "FS02", "FS03"], "an administrator");

        let id = async |name: &str| accounts::find_by_name(store, name).await.unwrap().unwrap().0.id;
        let own = format!("{PAGE}/{}", id("b.dupont").await);
        let page = root.page(&own).await;
        assert_eq!(texts(&page, "textarea[name=groups]"), [] as [String; 0]);
        let said = texts(&page, "[aria-labelledby=g-t] .line");
        assert!(
            said[0] == "sees only Lyon" && said[1].contains("say at each sign-in which hosts are seen"),
            "{said:?}"
        );
        let by_hand = [("groups", "Paris"), ("groups", "")];
        for field in by_hand {
            let refused = root.submit(&own, &format!("{own}/groups"), &[field]).await;
            assert!(refused.status == 409 && refused.text.contains("ldap.sees"), "{}", refused.text);
        }
        let refused = root.submit(&own, &format!("{own}/role"), &[("to", "administrator")]).await;
        assert!(refused.status == 409 && refused.text.contains("ldap.sees"), "{}", refused.text);
        assert_eq!(seen(&bob).await, ["FS02"]);
        assert!(done(store, "account.confined").await.is_empty());
        // Local accounts are as they were.
        assert_eq!(
            root.submit(PAGE, PAGE, &[("name", "eve"), ("role", "viewer"), ("groups", "Paris")]).await.status,
            200
        );
        let eve = format!("{PAGE}/{}", id("eve").await);
        assert_eq!(root.submit(&eve, &format!("{eve}/groups"), &[("groups", "Lyon")]).await.status, 303);

        let own = format!("{PAGE}/{}", id("a.martin").await);
        assert_eq!(root.submit(&own, &format!("{own}/role"), &[("to", "viewer")]).await.status, 303);
        assert_eq!(seen(&ann).await, ["FS01"], "what his groups see holds at once");
        server.stop().await;

        let dir = TempDir::new().unwrap();
        let confine = |name: &str| {
            Command::new(program("highwater"))
                .args(["account", "confine", name, "--group", "Paris"])
                .current_dir(dir.path())
                .env("HIGHWATER_DATA_DIR", dir.path())
                .env("HIGHWATER_DATABASE", store.address())
                .env("HIGHWATER_LDAP_URL", "ldaps://127.0.0.1:1")
                .env("HIGHWATER_LDAP_UPN_SUFFIX", "corp.example")
                .env("HIGHWATER_LDAP_BASE_DN", BASE)
                .env("HIGHWATER_LDAP_EVERYBODY", "viewer")
                .env("HIGHWATER_LDAP_EVERYBODY_SEES", "none")
                .env("HIGHWATER_LDAP_SEES", r#"{ "CN=desk, OU=Groups, DC=corp, DC=example" = "Lyon" }"#)
                .output()
                .unwrap()
        };
        let refused = confine("b.dupont");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains("see ldap.sees and ldap.everybody_sees"), "{said}");
        assert_eq!(sight(store, "b.dupont").await, Sight::of(["Lyon"]).unwrap());
        assert!(confine("eve").status.success());
        assert_eq!(sight(store, "eve").await, Sight::of(["Paris"]).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_the_provider_see_what_any_of_their_groups_sees() {
    both(async |store| {
        let mut provider = Provider::start();
        let mut settings = provider.settings();
        settings.roles.administrators.clear();
        settings.roles.everybody = Some(RoleWord::Viewer);
        let by_group = [("it", groups(&["Paris"])), ("admins", groups(&["Lyon"])), ("desk", SightWord::All)];
        settings.sees = sees(&by_group, groups(&[]));
        let server = server_of_three_with(store, |config: &mut Config| config.oidc = Some(settings)).await;
        provider.knows(&server.url, |_| ());
        let wanted: [(&str, &[&str]); 3] =
            [("ann", &["FS01", "FS02"]), ("bob", &["FS01", "FS02", "FS03"]), ("eve", &[])];
        for (name, wanted) in wanted {
            let person = Person::stranger(&server);
            let arrived = signs_in(&person, &server, &provider, name).await;
            assert_eq!(arrived.status, 303, "{name}: {}", arrived.text);
            assert_eq!(seen(&person).await, wanted, "{name}");
        }
        server.stop().await;
    })
    .await;
}

/// A change of the claims.
type Change = fn(&mut Value, &mut Value);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_without_the_groups_shows_nobody_more_than_is_meant() {
    both(async |store| {
        let provider = Impostor::start(Clock::system()).await;
        let mut settings = provider.settings();
        settings.roles.administrators.clear();
        settings.roles.everybody = Some(RoleWord::Operator);
        settings.sees = sees(&[("admins", groups(&["Paris"]))], groups(&["Lyon"]));
        let server = server_of_three_with(store, |config: &mut Config| config.oidc = Some(settings)).await;
        let comes = async || {
            let person = Person::stranger(&server);
            let query = provider.lets_in(&leaves(&person, "/").await);
            let back = format!("{}/sign-in/oidc/return?{query}", server.url);
            (returns(&person, &server, &back).await, person)
        };
        let (arrived, first) = comes().await;
        assert_eq!((arrived.status, seen(&first).await), (303, vec!["FS01".to_owned()]));
        let changes: [Change; 2] = [
            |_, claims| _ = claims.as_object_mut().unwrap().remove("groups"),
            |_, claims| claims["groups"] = json!({"admins": true}),
        ];
        for change in changes {
            provider.lies(Lie::of(change, Signed::Right));
            let (arrived, person) = comes().await;
            assert_eq!((arrived.status, seen(&person).await), (303, vec!["FS02".to_owned()]));
            assert_eq!(seen(&first).await, ["FS02"], "at once in his other browser");
        }
        // Too many groups to be told: he may be in one that sees less.
        let overage: Change = |_, claims| {
            claims.as_object_mut().unwrap().remove("groups");
            claims["_claim_names"] = json!({"groups": "src1"});
        };
        provider.lies(Lie::of(overage, Signed::Right));
        let (refused, _) = comes().await;
        assert_eq!(refused.status, 403);
        assert!(alert(&refused).starts_with("You are in more groups than could be told"), "{}", alert(&refused));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_directory_says_is_kept_with_the_account_whatever_its_role_is() {
    both(async |store| {
        let source = highwater::model::account::AccountSource::Ldap;
        let paris = Sight::of(["Paris"]).unwrap();
        let nothing = Sight::Groups(BTreeSet::new());
        let enters = async |role, sight: &Sight| {
            store
                .write(async |tx| {
                    let account = accounts::upsert_external(tx, source, "dc1", "1", "ann", role, 0).await?;
                    accounts::renew_sight(tx, account, sight).await
                })
                .await
        };
        for (role, sight) in [
            (Role::Viewer, &paris),
            (Role::Administrator, &paris),
            (Role::Operator, &nothing),
            (Role::Viewer, &Sight::All),
        ] {
            let made = enters(role, sight).await;
            let found = accounts::find(store, made.id).await.unwrap().unwrap();
            assert_eq!((&made, &found.sight), (&found, sight), "what is answered is what is stored");
            assert_eq!(found.sees(), if role == Role::Administrator { Sight::All } else { sight.clone() });
        }
    })
    .await;
}
