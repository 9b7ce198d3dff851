//! A program that asks the API with a key.

use highwater::model::ApiKeyId;
use highwater::model::api_key::{NewApiKey, Scope};
use highwater::model::sight::Sight;
use highwater::secret;
use highwater::store::{Db, api_keys};
use reqwest::{Client, Method};
use serde_json::Value;

use super::person::Answer;
use super::server::{ServerProcess, TestServer, client};

#[derive(Debug)]
pub struct Caller {
    http: Client,
    url: String,
    pub key: String,
    pub id: ApiKeyId,
}

impl Caller {
    /// With a new key of this scope that never ends.
    pub async fn with(server: &TestServer, scope: Scope) -> Self {
        Self::until(server, scope, None).await
    }

    pub async fn until(server: &TestServer, scope: Scope, expires_at: Option<i64>) -> Self {
        Self::make(server, (scope, Sight::All), expires_at, true).await
    }

    /// With a key that is confined to this group of hosts.
    pub async fn confined(server: &TestServer, scope: Scope, group: &str) -> Self {
        Self::make(server, (scope, Sight::of([group]).unwrap()), None, true).await
    }

    /// Whose key sees no names of users.
    pub async fn without_names(server: &TestServer, scope: Scope) -> Self {
        Self::make(server, (scope, Sight::All), None, false).await
    }

    /// With a key that may all, at a server that is a process of its own on this store.
    pub async fn at(server: &ServerProcess, db: &Db) -> Self {
        let (key, id) = kept(db, 0, (Scope::Admin, Sight::All), None, true).await;
        Self { http: client(&server.ca_pem()), url: server.url.clone(), key, id }
    }

    async fn make(server: &TestServer, sees: (Scope, Sight), expires_at: Option<i64>, sees_names: bool) -> Self {
        let (key, id) = kept(&server.db, server.clock.now_at(), sees, expires_at, sees_names).await;
        Self { http: server.http.clone(), url: server.url.clone(), key, id }
    }

    /// How it signs what it does.
    pub fn signature(&self) -> String {
        format!("Tickets ({})", secret::hint(&self.key))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn get_with(&self, path: &str, header: (&str, &str)) -> Answer {
        self.send(Method::GET, path, &[header], None).await
    }

    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// Asks for a change; none as body is no body.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let body = body.map(ToString::to_string);
        let mut headers = headers.to_vec();
        headers.extend(body.is_some().then_some(("content-type", "application/json")));
        self.send(Method::POST, path, &headers, body).await
    }

    /// Asks for a change of some fields.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, &[("content-type", "application/json")], Some(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes: bytes.to_vec() }
    }
}

/// A new key, and its id.
async fn kept(
    db: &Db,
    now_at: i64,
    (scope, sight): (Scope, Sight),
    expires_at: Option<i64>,
    sees_names: bool,
) -> (String, ApiKeyId) {
    let key = secret::fresh(secret::API_KEY_PREFIX).unwrap();
    let new = NewApiKey {
        label: "Tickets".to_owned(),
        secret_sha256: secret::sha256(&key),
        hint: secret::hint(&key),
        scopes: vec![scope],
        sight,
        sees_names,
        expires_at,
    };
    let mut tx = db.begin().await.unwrap();
    let id = api_keys::insert(&mut tx, &new, "ann", now_at).await.unwrap();
    tx.commit().await.unwrap();
    (key, id)
}

/// That an answer is a problem of this status and type, in due form; gives its sentence.
pub fn problem(answer: &Answer, status: u16, kind: &str) -> String {
    assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{}", answer.text);
    let problem = answer.json();
    assert_eq!(
        (&problem["type"], &problem["status"]),
        (&format!("/problems/{kind}").into(), &status.into()),
        "{problem}"
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.len() > 15 && detail.ends_with('.'), "a sentence that says what to do: {detail}");
    detail.to_owned()
}
