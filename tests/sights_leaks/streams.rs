//! Streams of news that stay open for who is confined.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};
use tokio::time::timeout;

use super::asking::traces;
use super::world::{NEVER, World};
use crate::harness::person::Person;
use crate::harness::server::TestServer;

/// Longer than any message may take.
const SOON: Duration = Duration::from_secs(60);
/// What a stream can be about; of one thing its id follows.
pub(crate) const TOPICS: [&str; 6] = ["fleet", "events", "incidents", "derived", "host", "incident"];
/// All that a stream says.
const WORDS: [&str; 5] = ["hello", "changed", "still", "bye", "over"];

/// One stream, with all that it has said.
pub(crate) struct Stream {
    topic: String,
    response: Response,
    said: String,
}

/// Without a limit of time: streams go on.
pub(crate) fn patient(server: &TestServer) -> Client {
    highwater::tls::install_provider();
    let authority = Certificate::from_pem(server.ca_pem.as_bytes()).unwrap();
    Client::builder().tls_certs_only([authority]).no_proxy().redirect(Policy::none()).build().unwrap()
}

async fn ask(http: &Client, world: &World, person: &Person, topic: &str) -> Response {
    let cookies: Vec<String> = person.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = http.get(format!("{}/live?topic={topic}", world.server.url)).header("cookie", cookies.join("; "));
    request.send().await.unwrap()
}

/// Streams of every topic of Lyon for each of these people, who get none of Paris.
pub(crate) async fn open_all(http: &Client, world: &World, people: [&Person; 2]) -> Vec<Stream> {
    let mut open = Vec::new();
    for person in people {
        for topic in TOPICS {
            let nouns = match topic {
                "host" => "hosts",
                "incident" => "incidents",
                _ => {
                    open.push(Stream::open(http, world, person, topic).await);
                    continue;
                }
            };
            for id in &world.lyon.ids[nouns] {
                open.push(Stream::open(http, world, person, &format!("{topic}:{id}")).await);
            }
            let never = refusal(http, world, person, &format!("{topic}:{NEVER}")).await;
            assert_eq!(never.0, 404, "{}", never.1);
            for id in &world.paris.ids[nouns] {
                let refused = refusal(http, world, person, &format!("{topic}:{id}")).await;
                assert_eq!(refused, never, "{topic}:{id}");
            }
        }
    }
    open
}

/// Its status and its words. A stream would have no end.
async fn refusal(http: &Client, world: &World, person: &Person, topic: &str) -> (u16, String) {
    let answer = ask(http, world, person, topic).await;
    let status = answer.status().as_u16();
    assert!(status >= 400, "{topic}: a stream is open");
    (status, answer.text().await.unwrap())
}

impl Stream {
    pub(crate) async fn open(http: &Client, world: &World, person: &Person, topic: &str) -> Self {
        let response = ask(http, world, person, topic).await;
        assert_eq!(response.status(), 200, "{topic}");
        let mut stream = Self { topic: topic.to_owned(), response, said: String::new() };
        stream.until("hello").await;
        stream
    }

    /// Reads until it has said this.
    pub(crate) async fn until(&mut self, word: &str) {
        let wanted = format!("event: {word}\n");
        while !self.said.contains(&wanted) {
            assert!(self.read().await, "{}: the stream ended before it said {word}: {}", self.topic, self.said);
        }
    }

    pub(crate) async fn read_to_the_end(&mut self) {
        while self.read().await {}
    }

    /// False at the end.
    async fn read(&mut self) -> bool {
        let chunk = timeout(SOON, self.response.chunk()).await.expect("the stream says something").unwrap();
        let Some(chunk) = chunk else { return false };
        self.said.push_str(std::str::from_utf8(&chunk).unwrap());
        true
    }

    /// That something has changed, and nothing else.
    pub(crate) fn assert_says_nothing(&self) {
        let (topic, said) = (&self.topic, &self.said);
        assert!(traces("", said).is_empty(), "{topic}: {said}");
        for line in said.lines().filter(|line| !line.is_empty()) {
            let word = line.strip_prefix("event: ").or(line.strip_prefix("data: "));
            assert!(word.is_some_and(|word| WORDS.contains(&word)), "{topic}: {line:?} in {said}");
        }
        assert!(said.ends_with("event: bye\ndata: bye\n\n"), "{topic}: it listened to the end: {said}");
    }
}
