//! Ticket systems in the browser: connected, tried out, changed, and what would be sent to them.

use std::collections::BTreeMap;

use highwater::model::connector::{self, FieldKind, System};
use highwater::model::incident::Kind;
use highwater::store::connectors;
use highwater::store::incidents::{self, NewIncident};

use crate::harness::outbox::{key_text, keys};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{T0, both};

const PAGE: &str = "/settings/tickets";

fn fields() -> Vec<(&'static str, &'static str)> {
    vec![
        ("system", "jira-cloud"),
        ("name", "<b>Jira"),
        ("f-url", "https://jira.example/"),
        ("f-user", "robot@example.com"),
        ("f-token", "s3cret-token"),
        ("f-project", "IT"),
        ("kind", "full"),
        ("kind", "flood"),
        ("groups", "Paris, Lyon"),
        ("language", "fr"),
    ]
}

async fn server(store: &crate::harness::store::Store) -> TestServer {
    let key = highwater::config::Hidden(key_text("B"));
    TestServer::start_with(store, |config| config.secrets_key = Some(key)).await
}

#[tokio::test]
async fn a_system_is_connected_changed_tried_out_and_disconnected() {
    both(async |store| {
        let server = server(store).await;
        let person = Person::signed_in_as(&server, "ann").await;
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["No ticket system yet"]);
        assert_eq!(attributes(&page, "a[href*='?system=']", "href").len(), System::ALL.len());
        let form = format!("{PAGE}?system=jira-cloud");
        assert!(
            attributes(&person.page(&form).await, "input[name=kind][checked]", "value").contains(&"full".to_owned())
        );

        let made = person.submit(&form, PAGE, &fields()).await;
        assert_eq!(made.status, 303, "{}", made.text);
        let one = made.header("location").to_owned();
        let kept = connectors::list(&server.db).await.unwrap().remove(0);
        assert_eq!((kept.system, kept.language.as_str(), kept.created_by.as_str()), (System::JiraCloud, "fr", "ann"));
        assert_eq!(
            (&kept.kinds[..], &kept.groups[..]),
            (&[Kind::Full, Kind::Flood][..], &["Lyon".to_owned(), "Paris".to_owned()][..])
        );
        assert_eq!(kept.settings["url"], "https://jira.example");
        let secrets = async || {
            let sealed = connectors::sealed(&server.db, kept.id).await.unwrap().unwrap();
            let opened = keys("B").open(&connector::purpose(kept.id), &sealed).unwrap();
            serde_json::from_str::<BTreeMap<String, String>>(&opened).unwrap()
        };
        assert_eq!(secrets().await["token"], "s3cret-token");
        let shown = person.get(&one).await;
        assert!(!shown.text.contains("s3cret-token") && !shown.text.contains("<b>Jira"), "never shown again");
        assert_eq!(texts(&shown.html(), "h1"), ["<b>Jira"]);

        // A secret that is left empty stays, and one that is typed replaces it.
        let mut changed = fields();
        changed.retain(|(name, _)| *name != "f-token");
        changed.push(("f-resolution", "Done"));
        assert_eq!(person.submit(&one, &one, &changed).await.status, 303);
        assert_eq!(secrets().await["token"], "s3cret-token");
        assert_eq!(connectors::find(&server.db, kept.id).await.unwrap().unwrap().settings["resolution"], "Done");
        changed.push(("f-token", "another"));
        assert_eq!(person.submit(&one, &one, &changed).await.status, 303);
        assert_eq!(secrets().await["token"], "another");

        assert_eq!(person.submit(&one, &format!("{one}/switch"), &[("to", "off")]).await.status, 303);
        assert!(texts(&person.page(&one).await, ".meta").concat().contains("Switched off by ann"));
        assert_eq!(person.submit(&one, &format!("{one}/switch"), &[("to", "on")]).await.status, 303);
        let tried = person.submit(&one, &format!("{one}/test"), &[]).await;
        assert_eq!(texts(&person.page(tried.header("location")).await, "h1"), ["Message connector.test"]);
        assert_eq!(texts(&person.page(&one).await, "#log tbody tr").len(), 1);
        assert!(person.get(&format!("{one}?format=csv")).await.text.contains("connector.test"));
        assert!(person.get_as(&one, "text/csv").await.text.starts_with("Message,Type,"), "the log, for programs too");
        assert!(person.get(&format!("{PAGE}?format=csv")).await.text.contains("jira-cloud"));
        assert_eq!(person.submit(&one, &format!("{one}/delete"), &[]).await.status, 303);
        assert_eq!(person.get(&one).await.status, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_or_leads_inside_is_named_and_the_form_stays_filled_but_for_secrets() {
    both(async |store| {
        let server = server(store).await;
        let person = Person::signed_in(&server).await;
        for (field, value, why) in [
            ("f-project", "", "“Project key” is empty"),
            ("f-token", "", "“API token” is empty"),
            ("f-url", "https://127.0.0.1/", "127.0.0.1"),
            ("f-extra", "[1]", "“Further fields” is not understood"),
            ("name", "", "Write a name"),
        ] {
            let mut typed = fields();
            typed.retain(|(name, _)| *name != field);
            typed.push((field, value));
            let refused = person.submit(PAGE, PAGE, &typed).await;
            assert_eq!(refused.status, 422, "{field}");
            let said = texts(&refused.html(), "[role=alert]").concat();
            assert!(said.contains(why), "{field}: {said}");
            assert!(refused.text.contains("robot@example.com") && !refused.text.contains("s3cret-token"));
        }
        assert_eq!(person.submit(PAGE, PAGE, &[("system", "jira")]).await.status, 400);
        assert!(connectors::list(&server.db).await.unwrap().is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_would_be_sent_is_shown_of_each_system_without_secrets() {
    both(async |store| {
        let server = server(store).await;
        let person = Person::signed_in(&server).await;
        let host = Some(store.host("FS\"02<").await);
        let new = NewIncident { host, kind: Kind::Full, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
        let id = store.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        for system in System::ALL {
            let mut typed =
                vec![("system".to_owned(), system.word().to_owned()), ("kind".to_owned(), "full".to_owned())];
            typed.push(("name".to_owned(), system.name().to_owned()));
            for field in system.fields().iter().filter(|field| field.is_required) {
                let value = match field.kind {
                    FieldKind::Url => "https://desk.example",
                    FieldKind::SecretUrl => "https://hooks.example/s3cret",
                    FieldKind::Secret => "s3cret",
                    _ if field.name == "from" || field.name == "to" => "desk@example.com",
                    _ => "7",
                };
                typed.push((format!("f-{}", field.name), value.to_owned()));
            }
            let typed: Vec<_> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let made = person.submit(PAGE, PAGE, &typed).await;
            assert_eq!(made.status, 303, "{system:?}: {}", made.text);
            let page = person.get(made.header("location")).await;
            let preview = texts(&page.html(), "pre").concat();
            assert!(preview.contains(&format!("/incidents/{id}")), "{system:?}: {preview}");
            assert!(!page.text.contains("s3cret"), "{system:?}");
        }
        server.stop().await;
    })
    .await;
}
