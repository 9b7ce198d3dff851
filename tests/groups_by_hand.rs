//! Hosts put into groups by hand on the page of groups: some, or all that a search finds.

use highwater::model::HostId;

use crate::groups::{PAGE, add, listed, pair};
use crate::harness::person::{Answer, Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::both;

#[tokio::test]
async fn hosts_are_put_into_a_group_by_hand_one_by_one_or_all_that_a_search_finds() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let mut ids = Vec::new();
        for n in 0..70 {
            ids.push(add(store, &format!("FS{n:02}"), "").await);
        }
        add(store, "PC-1", "").await;
        let change = async |fields: &[(&str, &str)]| person.submit(PAGE, "/settings/groups/hosts", fields).await;
        let some = [ids[3].to_string(), ids[5].to_string()];
        let answer =
            change(&[("do", "put"), ("to", "Mine"), ("host", &some[0]), ("host", &some[1]), ("q", "fs0")]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/settings/groups?q=fs0#hosts"),
            "{}",
            answer.text
        );
        let page = person.page("/settings/groups?group=Mine").await;
        assert_eq!(listed(&page), [pair("FS03", "Mine by hand"), pair("FS05", "Mine by hand")]);

        let page = person.page("/settings/groups?q=fs").await;
        assert_eq!((listed(&page).len(), texts(&page, "#hosts .filters .end")), (50, vec!["70 hosts".to_owned()]));
        assert_eq!(attributes(&page, "#hosts input[name=all]", "value"), ["70"]);
        assert_eq!(listed(&person.page("/settings/groups?q=fs&page=2").await).len(), 20);
        let stale = change(&[("do", "put"), ("to", "Fleet"), ("all", "69"), ("q", "fs")]).await;
        assert_eq!(
            (stale.status, texts(&stale.html(), "#hosts .refusal")),
            (422, vec!["The search finds 70 hosts by now. Look at them again.".to_owned()])
        );
        slips(&change, &ids).await;
        let page_2 = [("do", "put"), ("to", "Late"), ("host", &*some[0]), ("q", "fs"), ("page", "2")];
        assert_eq!(change(&page_2).await.header("location"), "/settings/groups?q=fs&page=2#hosts");
        assert_eq!(change(&[("do", "put"), ("to", "Fleet"), ("all", "70"), ("q", "fs")]).await.status, 303);
        let page = person.page("/settings/groups?none=1").await;
        assert_eq!(listed(&page), [pair("PC-1", "none")]);
        assert_eq!(texts(&page, "h1"), ["70 hosts are in 1 group; 1 is in none."]);
        assert_eq!(change(&[("do", "release"), ("all", "70"), ("q", "fs")]).await.status, 303);
        assert_eq!(texts(&person.page(PAGE).await, "h1"), ["None of the 71 hosts is in a group."]);

        let nobody = change(&[("do", "put"), ("to", "Fleet")]).await;
        assert_eq!(
            (nobody.status, texts(&nobody.html(), "#hosts .refusal")),
            (422, vec!["Choose the hosts first.".to_owned()])
        );
        let nameless = change(&[("do", "put"), ("to", " "), ("host", &some[0])]).await;
        assert!(texts(&nameless.html(), "#hosts .refusal")[0].starts_with("Write the name of a group"));
        server.stop().await;
    })
    .await;
}

/// A slip loses nothing of what was ticked and typed, nor the page of the list, and the page of the refusal is at home there.
async fn slips(change: &impl AsyncFn(&[(&str, &str)]) -> Answer, ids: &[HostId]) {
    let (ticked, long) = ([ids[55].to_string(), ids[57].to_string()], "x".repeat(101));
    let fields =
        [("to", &*long), ("host", &ticked[0]), ("host", &ticked[1]), ("q", "fs"), ("page", "2"), ("do", "put")];
    let slip = change(&fields).await;
    assert_eq!(slip.status, 422);
    let page = slip.html();
    assert_eq!(attributes(&page, "#hosts input[name=host][checked]", "value"), ticked);
    assert_eq!(attributes(&page, "#hosts input[name=to]", "value"), [long]);
    assert_eq!(attributes(&page, "#hosts form[method=post] input[name=page]", "value"), ["2"]);
    assert_eq!(attributes(&page, "form[action='/theme'] input[name=back]", "value"), ["/settings/groups?q=fs&page=2"]);
    let links = attributes(&page, "main a[href]", "href");
    assert!(links.iter().all(|href| href.starts_with('/')), "they lead from the form's own address too: {links:?}");
    let all = change(&[("do", "put"), ("to", " "), ("all", "70"), ("q", "fs")]).await.html();
    assert_eq!(attributes(&all, "#hosts input[name=all][checked]", "value"), ["70"]);
    assert_eq!(attributes(&all, "#hosts input[name=host][checked]", "value"), [] as [&str; 0]);
}
