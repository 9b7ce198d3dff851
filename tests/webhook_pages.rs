//! Webhooks in the browser: made, tried out, changed, and what was sent to them.

use highwater::model::webhook::EventType;
use highwater::store::deliveries::{self, DeliveryFilter};
use highwater::store::webhooks;

use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::both;

const PAGE: &str = "/settings/webhooks";

#[tokio::test]
async fn a_webhook_is_made_changed_tried_out_and_deleted() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in_as(&server, "ann").await;
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["No webhook yet"]);
        let usual = attributes(&page, "input[name=event][checked]", "value");
        assert_eq!(usual, EventType::USUAL.map(EventType::word));
        let fields = |name: &'static str, url: &'static str| {
            [
                ("name", name),
                ("url", url),
                ("event", "incident.opened"),
                ("event", "incident.cleared"),
                ("groups", "Paris, Lyon"),
            ]
        };
        let made = person.submit(PAGE, PAGE, &fields("Tickets", "https://tickets.example/in")).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let secret = texts(&made.html(), "#secret").remove(0);
        assert!(secret.starts_with("whsec_") && !person.get(PAGE).await.text.contains(&secret), "shown once");
        assert_eq!(texts(&person.page(PAGE).await, "h1"), ["1 webhook"]);

        let kept = webhooks::list(&server.db).await.unwrap().remove(0);
        assert_eq!(
            (kept.groups, kept.event_types.len(), kept.created_by.as_str()),
            (vec!["Lyon".to_owned(), "Paris".to_owned()], 2, "ann")
        );
        let one = format!("{PAGE}/{}", kept.id);
        assert_eq!(person.submit(&one, &one, &fields("<b>Jira", "https://jira.example/in")).await.status, 303);
        assert_eq!(texts(&person.page(&one).await, "h1"), ["<b>Jira"]);
        let rotated = person.submit(&one, &format!("{one}/rotate"), &[]).await;
        assert_ne!(texts(&rotated.html(), "#secret").remove(0), secret);
        assert!(texts(&person.page(&one).await, ".meta").concat().contains("Signed with 2 secrets"));

        assert_eq!(person.submit(&one, &format!("{one}/switch"), &[("to", "off")]).await.status, 303);
        assert!(texts(&person.page(&one).await, ".meta").concat().contains("Switched off by ann"));
        assert_eq!(person.submit(&one, &format!("{one}/switch"), &[("to", "on")]).await.status, 303);
        let tried = person.submit(&one, &format!("{one}/test"), &[]).await;
        assert_eq!(tried.status, 303);
        let delivery = person.page(tried.header("location")).await;
        assert_eq!(texts(&delivery, "h1"), ["Message webhook.test"]);
        assert!(texts(&delivery, "pre").concat().contains("\"type\": \"webhook.test\""));
        assert_eq!(texts(&person.page(&one).await, "#log tbody tr").len(), 1);
        let csv = person.get(&format!("{one}?format=csv")).await;
        assert!(
            csv.text.contains("webhook.test") && csv.header("content-disposition").contains("deliveries"),
            "{}",
            csv.text
        );
        let bare = person.get_as(&one, "text/csv").await;
        assert_eq!((bare.status, bare.header("content-disposition")), (200, "inline"), "{}", bare.text);
        assert!(bare.text.starts_with("Message,Type,") && bare.text.contains("webhook.test"), "{}", bare.text);
        assert!(person.get(&format!("{PAGE}?format=csv")).await.text.contains("incident.opened incident.cleared"));

        assert_eq!(person.submit(&one, &format!("{one}/delete"), &[]).await.status, 303);
        assert_eq!(person.get(&one).await.status, 404);
        let left = deliveries::list(&server.db, &DeliveryFilter { most: 9, ..Default::default() }).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_leads_inside_is_refused_with_why_and_the_form_stays_filled() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        for (url, why) in [
            ("http://127.0.0.1:9/in", "leads to this machine itself"),
            ("http://0x7f.1/in", "leads to this machine itself"),
            ("http://169.254.169.254/latest", "cloud"),
            ("https://ann:secret@tickets.example/", "Leave name and password out"),
            ("ftp://tickets.example/", "Write the address of the receiver"),
        ] {
            let fields = [("name", "Tickets"), ("url", url), ("event", "incident.opened")];
            let refused = person.submit(PAGE, PAGE, &fields).await;
            let said = texts(&refused.html(), "[role=alert]").concat();
            assert!(refused.status == 422 && said.contains(why), "{url}: {said}");
            assert_eq!(attributes(&refused.html(), "input[name=url]", "value"), [url]);
        }
        let without = person.submit(PAGE, PAGE, &[("name", "x"), ("url", "https://tickets.example/")]).await;
        assert!(texts(&without.html(), "[role=alert]").concat().contains("at least one type"), "{}", without.text);
        assert!(webhooks::list(&server.db).await.unwrap().is_empty());
        server.stop().await;
    })
    .await;
}
