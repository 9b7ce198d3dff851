//! A person at a browser without a browser: signs in through the first administrator's link and reads pages and answers.

use scraper::{Html, Selector};
use serde_json::Value;

use super::server::{ServerProcess, client};

pub const NAME: &str = "a.martin";
pub const PASSWORD: &str = "correct horse battery staple";

pub struct Visitor {
    http: reqwest::Client,
    url: String,
    cookie: String,
}

impl Visitor {
    /// Becomes the first administrator of a server that has none.
    pub async fn first_administrator(server: &ServerProcess) -> Self {
        let http = client(&server.ca_pem());
        let link = server.first_link.as_deref().expect("a server without an account prints a link");
        let fields = [("name", NAME), ("password", PASSWORD), ("again", PASSWORD)];
        let answer = http.post(format!("{}{link}", server.url)).form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
        let set = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = set.split(';').next().unwrap().to_owned();
        Self { http, url: server.url.clone(), cookie }
    }

    /// The same person at the same server after its restart: only the port may have changed.
    pub fn follow(&mut self, server: &ServerProcess) {
        self.url.clone_from(&server.url);
    }

    /// For a browser that shall be signed in: the cookie's name and value.
    pub fn cookie(&self) -> (&str, &str) {
        self.cookie.split_once('=').unwrap()
    }

    async fn get(&self, path: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    pub async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).await).unwrap()
    }

    pub async fn page(&self, path: &str) -> Html {
        Html::parse_document(&self.get(path).await)
    }
}

/// The text of every element that the selector finds, with single spaces.
pub fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|e| e.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")).collect()
}

/// Asks again and again until the answer is there, for a minute at most. `what` says what was waited for.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| panic!("waited a minute in vain: {what}"))
}
