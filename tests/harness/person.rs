//! Somebody at a browser of a [`TestServer`], without the browser: keeps cookies, follows nothing, sends forms.

use std::cell::RefCell;
use std::collections::BTreeMap;

use highwater::model::AccountId;
use highwater::model::account::LinkPurpose;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::secret;
use highwater::store::Db;
use highwater::store::accounts::{self, Decided};
use highwater::web::auth::Passwords;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use scraper::{Html, Selector};

use super::server::{ServerProcess, TestServer, client};

pub const NAME: &str = "a.martin";
pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Debug)]
pub struct Person {
    http: Client,
    url: String,
    pub cookies: RefCell<BTreeMap<String, String>>,
}

/// An answer that was read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Person {
    /// Somebody who is not signed in.
    pub fn stranger(server: &TestServer) -> Self {
        Self { http: server.http.clone(), url: server.url.clone(), cookies: RefCell::default() }
    }

    /// Somebody who is not signed in, at a server that is a process of its own.
    pub fn stranger_at(server: &ServerProcess) -> Self {
        Self { http: client(&server.ca_pem()), url: server.url.clone(), cookies: RefCell::default() }
    }

    /// Somebody who is not signed in, at a server without TLS.
    pub fn at(url: &str) -> Self {
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { http, url: url.to_owned(), cookies: RefCell::default() }
    }

    /// Somebody with an account, signed in by a one-time link.
    pub async fn signed_in(server: &TestServer) -> Self {
        Self::signed_in_as(server, NAME).await
    }

    /// The same under another name.
    pub async fn signed_in_as(server: &TestServer, name: &str) -> Self {
        Self::with_role(server, name, Role::Administrator).await
    }

    /// The same with another role.
    pub async fn with_role(server: &TestServer, name: &str, role: Role) -> Self {
        let account = account_with(&server.db, name, role).await;
        let link = link(&server.db, LinkPurpose::SignIn, Some(account), server.clock.now_at()).await;
        let person = Self::stranger(server);
        let answer = person.get(&link).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.text);
        person
    }

    /// The same, confined to this group of hosts.
    pub async fn confined(server: &TestServer, name: &str, (role, group): (Role, &str)) -> Self {
        let person = Self::with_role(server, name, role).await;
        confine(&server.db, name, &Sight::of([group]).unwrap()).await;
        person
    }

    /// Becomes the first administrator of a server that has none, by the link that it printed.
    pub async fn first_administrator(server: &ServerProcess) -> Self {
        let person = Self::stranger_at(server);
        let link = server.first_link.as_deref().expect("a server without an account prints a link");
        let answer = person.post(link, &[("name", NAME), ("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        person
    }

    pub fn through(mut self, url: String) -> Self {
        self.url = url;
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    pub async fn get_as(&self, path: &str, accept: &str) -> Answer {
        self.get_with(path, ("accept", accept)).await
    }

    pub async fn get_with(&self, path: &str, (name, value): (&str, &str)) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.url)).header(name, value)).await
    }

    /// Sends JSON, as a script of a page does.
    pub async fn post_json(&self, path: &str, headers: &[(&str, &str)], body: &serde_json::Value) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.url)).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    /// Sends a form as it is, without what a page would add.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.http.post(format!("{}{path}", self.url)).form(fields)).await
    }

    /// The same as a browser says it that was on the page at this address.
    pub async fn post_from(&self, referer: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.http.post(format!("{}{path}", self.url)).form(fields).header("referer", referer)).await
    }

    /// The same from another site, as a browser says it.
    pub async fn post_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).form(fields);
        self.send(request.header("origin", "https://evil.example").header("sec-fetch-site", "cross-site")).await
    }

    /// Sends a form of the page at `page`, with its hidden token.
    pub async fn submit(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.get(page).await;
        let token = answer.attribute("input[name=csrf]", "value").expect("the page has a form with a token");
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.post(path, &fields).await
    }

    /// A page, which has to be there.
    pub async fn page(&self, path: &str) -> Html {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.html()
    }

    pub async fn json(&self, path: &str) -> serde_json::Value {
        let answer = self.get(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json"),
            "{path}: {}",
            answer.text
        );
        serde_json::from_str(&answer.text).unwrap()
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        self.keep_cookies(&response);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes: bytes.to_vec() }
    }

    fn keep_cookies(&self, response: &Response) {
        for set in response.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&self.text)
    }

    /// An attribute of the first element that the selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).unwrap();
        self.html().select(&selector).next()?.attr(name).map(str::to_owned)
    }
}

/// The text of every element that the selector finds, with single spaces.
pub fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|e| e.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")).collect()
}

/// An attribute of every element that the selector finds and that has it.
pub fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).filter_map(|e| e.attr(name).map(str::to_owned)).collect()
}

/// An administrator's account.
pub async fn account(db: &Db, name: &str) -> AccountId {
    account_with(db, name, Role::Administrator).await
}

pub async fn account_with(db: &Db, name: &str, role: Role) -> AccountId {
    let hash = Passwords::default().hash(PASSWORD.to_owned()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let id = accounts::insert(&mut tx, name, &hash, role, 0).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Says which hosts the account of this name sees.
pub async fn confine(db: &Db, name: &str, sight: &Sight) {
    let (account, _) = accounts::find_by_name(db, name).await.unwrap().unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(accounts::confine(&mut tx, account.id, sight).await.unwrap(), Decided::Done);
    tx.commit().await.unwrap();
}

/// The path of a fresh one-time link.
pub async fn link(db: &Db, purpose: LinkPurpose, account: Option<AccountId>, now_at: i64) -> String {
    let secret = secret::fresh(secret::LINK_PREFIX).unwrap();
    let mut tx = db.begin().await.unwrap();
    accounts::insert_link(&mut tx, &secret::sha256(&secret), purpose, account, now_at + 60_000).await.unwrap();
    tx.commit().await.unwrap();
    format!("/welcome/{secret}")
}
