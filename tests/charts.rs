//! Charts in the hand, and as files.

use highwater::model::time::MINUTE_MS;
use highwater::store::hosts;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use serde_json::Value;
use thirtyfour::{By, WebDriver};

use crate::browser::{lands, number, server_for_browsers, shows, sign_in};
use crate::harness::browser::{Browser, Look};
use crate::harness::person::{Answer, Person, attributes};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::Store;
use crate::harness::wait::eventually;

/// A host that reported over the last hours, and its page.
async fn reported(server: &TestServer, name: &str) -> String {
    let (key, now_at) = (server.key(name).await, server.clock.now_at());
    let sessions = |i: i64| u32::try_from(8 + i % 12).unwrap();
    let records = (0..180).rev().map(|i| snapshot(now_at - i * MINUTE_MS, sessions(i))).collect();
    server.push(&key, &batch(now_at, 1, records)).await.unwrap();
    format!("/hosts/{}", hosts::all_now(&server.db).await.unwrap()[0].id)
}

/// Fails unless it is XML that asks nothing of anybody. Answers its text.
pub(crate) fn only_a_picture(answer: &Answer, what: &str) -> String {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "image/svg+xml; charset=utf-8"),
        "{what}: {}",
        answer.text
    );
    assert!(answer.header("content-disposition").ends_with(".svg\""), "{what}");
    let (mut reader, mut text) = (Reader::from_str(&answer.text), String::new());
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{what}: {e}")) {
            Event::Start(e) | Event::Empty(e) => {
                let name = e.name().as_ref().to_owned();
                assert!(!["a", "script", "style", "image", "foreignObject"].contains(&&*name), "{what}: <{name}>");
                for attribute in e.attributes().map(Result::unwrap) {
                    let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
                    assert!(key == "xmlns" || !value.contains("//"), "{what}: {key}={value}");
                    assert!(key != "href" || value.starts_with('#'), "{what}: {key}={value}");
                    assert!(key != "class" && key != "style" && !key.starts_with("on"), "{what}: {key}={value}");
                    assert!(!value.contains("var("), "{what}: {key}={value}");
                }
            }
            Event::Text(t) => text.push_str(&t),
            Event::GeneralRef(r) => match r.resolve_char_ref().unwrap() {
                Some(c) => text.push(c),
                None => text.push_str(match &*r {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    _ => "\"",
                }),
            },
            Event::Eof => return text,
            _ => {}
        }
    }
}

#[tokio::test]
async fn every_chart_is_a_file_of_its_own() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let name = "<b onload=x>&\"FS01";
    let host = reported(&server, name).await;
    let person = Person::signed_in(&server).await;
    let pages = [
        (host.as_str(), vec!["sessions", "holders"]),
        ("/", vec!["saturation", "worst"]),
        ("/clients/1?range=24h", vec!["held"]),
    ];
    for (page, charts) in pages {
        let links = eventually("what the charts are made of is added up", async || {
            let links = attributes(&person.page(page).await, ".files a[href*='format=svg']:not([data-png])", "href");
            if links.len() == charts.len() { Ok(links) } else { Err(format!("{links:?} on {page}")) }
        })
        .await;
        for (link, chart) in links.iter().zip(charts) {
            assert!(link.contains(&format!("chart={chart}")), "{link}");
            let is_of_host = ["sessions", "holders", "worst"].contains(&chart);
            eventually("the picture names its host", async || {
                let text = only_a_picture(&person.get(link).await, link);
                if !is_of_host || text.contains("<b onload=x>&\"FS01") {
                    Ok(())
                } else {
                    Err(format!("{chart}: {text}"))
                }
            })
            .await;
        }
    }
    person.cookies.borrow_mut().insert("theme".to_owned(), "dark".to_owned());
    let dark = person.get(&format!("{host}?format=svg&chart=sessions")).await;
    assert!(dark.text.contains("fill=\"#14181b\""), "on the ground of the theme");
    assert_eq!(person.get(&format!("{host}?format=svg&chart=luck")).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn without_a_script_links_lead_closer_and_back() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let host = reported(&server, "FS01").await;
    let person = Person::signed_in(&server).await;
    let span = async |path: &str| {
        let page = person.page(path).await;
        let number = |name| attributes(&page, "svg.plot", name)[0].parse::<i64>().unwrap();
        let link = |word| attributes(&page, &format!(".seg a[aria-label='{word}']"), "href").pop();
        (number("data-from"), number("data-to"), ["Earlier", "Zoom out", "Zoom in", "Later"].map(link))
    };
    for page in [host.as_str(), "/", "/?level=calm"] {
        let (from_at, to_at, [_, _, closer, later]) = span(page).await;
        assert_eq!(later, None, "nothing is later than now");
        let place = |href: String| if href.starts_with('?') { format!("/{href}") } else { href };
        let closer = place(closer.unwrap());
        let (closer_from, closer_to, [earlier, wider, ..]) = span(&closer).await;
        assert!(closer_from > from_at && closer_to <= to_at, "{closer}");
        let (earlier_from, _, [.., later]) = span(&place(earlier.unwrap())).await;
        assert!(earlier_from < closer_from && later.is_some());
        let (wider_from, ..) = span(&place(wider.unwrap())).await;
        assert!(wider_from < closer_from);
        if page.contains("level") {
            assert!(closer.contains("level=calm"), "the filter stays: {closer}");
        }
    }
    let chosen = format!("{host}?from=2026-03-02T10:00:00Z&to=2026-03-02T11:00:00Z");
    let (from_at, to_at, _) = span(&chosen).await;
    assert_eq!((from_at, to_at), (1_772_445_600_000, 1_772_449_200_000), "as it was written, wherever it is opened");
    server.stop().await;
}

async fn script(driver: &WebDriver, text: &str) -> Value {
    driver.execute(text, vec![]).await.unwrap().json().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_are_pointed_at_dragged_walked_through_and_saved() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let host = reported(&server, "FS01").await;
    let browser = Browser::start(Look::DESK).await;
    let driver = &browser.driver;
    sign_in(&browser, &server, &url).await;
    driver.goto(format!("{url}{host}")).await.unwrap();
    let plots = driver.find_all(By::Css("svg.plot")).await.unwrap();
    assert_eq!(plots.len(), 2, "sessions, and who held them");
    driver.action_chain().move_to_element_center(&plots[0]).perform().await.unwrap();
    let lines = "return [...document.querySelectorAll('svg.plot > .hover')].map((line) => line.getAttribute('x1'))";
    let at = script(driver, lines).await;
    assert!(at.as_array().unwrap().len() == 2 && at[0] == at[1], "one instant on both: {at}");
    shows(driver, ".readout", "·").await;
    browser.picture("chart-cursor").await;

    let chain = driver.action_chain().move_to_element_center(&plots[0]).click_and_hold().move_by_offset(-100, 0);
    chain.move_by_offset(-100, 5).release().perform().await.unwrap();
    lands(driver, "from=").await;
    let address = driver.current_url().await.unwrap();
    assert!(address.query().unwrap().contains("to=") && !address.as_str().contains("at="), "{address}");
    let length = "const d = document.querySelector('svg.plot').dataset; return Math.round((d.to - d.from) / 60000)";
    let minutes = number(driver, length).await;
    assert!((60..24 * 60 / 2).contains(&minutes), "{minutes} of a day's 1,440 minutes are looked at");
    browser.picture("chart-zoomed").await;

    driver.goto(format!("{url}{host}?range=1h")).await.unwrap();
    driver.execute("document.querySelector('svg.plot').focus()", vec![]).await.unwrap();
    let active = driver.active_element().await.unwrap();
    active.send_keys("\u{e012}\u{e012}\u{e012}").await.unwrap(); // three times to the left
    shows(driver, ".readout[role=status]", "of 20").await;
    active.send_keys("\u{e007}").await.unwrap();
    lands(driver, "at=").await;
    shows(driver, "#w-t", "Who was connected at").await;

    driver.goto(format!("{url}{host}")).await.unwrap();
    let plots = driver.find_all(By::Css("svg.plot")).await.unwrap();
    driver.action_chain().move_to_element_center(&plots[1]).click().perform().await.unwrap();
    lands(driver, "at=").await;
    saved(driver).await;
    // The first hour is added up within a minute.
    eventually("the strips of the worst hosts can be walked through", async || {
        driver.goto(&url).await.map_err(|e| e.to_string())?;
        driver.find(By::Css("svg.strip[tabindex='0'] a [data-step]")).await.map(|_| ()).map_err(|e| e.to_string())
    })
    .await;
    driver.execute("document.querySelector('svg.strip[tabindex]').focus()", vec![]).await.unwrap();
    let active = driver.active_element().await.unwrap();
    active.send_keys("\u{e010}\u{e012}").await.unwrap(); // End, one to the left
    shows(driver, ".heat .readout[role=status]", " to ").await;
    browser.picture("chart-strip").await;
    // Not at the end: five minutes may have begun meanwhile, of which nothing is known.
    active.send_keys("\u{e007}").await.unwrap();
    lands(driver, "/hosts/").await;
    lands(driver, "at=").await;
    browser.stop().await;
    server.stop().await;
}

/// The PNG that the script makes of a chart has the right size, and something on it.
async fn saved(driver: &WebDriver) {
    const SAVE: &str = "const done = arguments[arguments.length - 1];
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
            createImageBitmap(blob).then((picture) => {
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [picture.width, picture.height];
                const pen = canvas.getContext('2d');
                pen.drawImage(picture, 0, 0);
                const dots = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
                done([blob.type, picture.width, picture.height, new Set(dots).size]);
            });
            return make.call(URL, blob);
        };
        document.querySelector('[data-png]').click();";
    let made = driver.execute_async(SAVE, vec![]).await.unwrap().json().clone();
    assert_eq!((made[0].as_str(), made[1].as_u64()), (Some("image/png"), Some(2_000)), "{made}");
    assert!(made[2].as_u64().unwrap() > 500 && made[3].as_u64().unwrap() > 20, "it is not blank: {made}");
}
