//! The OpenAPI document. Paths, parameters, bodies and answers come from the routes themselves; here is what holds for all of them, so that
//! no endpoint can lack it: who may ask, the problems, the headers, the words that a field can have, an example to type.

mod example;
mod words;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

const ABOUT: &str = include_str!("document/about.md");
/// What is asked and changed with `admin` only.
const OF_ADMINISTRATORS: [&str; 4] = ["agents", "tokens", "webhooks", "audit"];
/// What is changed by the version that was seen.
const WITH_VERSIONS: &str = "incidents";

/// The problems, by status: (status, name, when).
const PROBLEMS: [(&str, &str, &str); 13] = [
    ("400", "BadRequest", "A parameter or header is not what it has to be, or the body is not JSON."),
    ("401", "Unauthorized", "No key that is known and good, and no signed-in browser."),
    ("403", "Forbidden", "The key or the person's role may not do that, or the browser sent no token of its session."),
    ("404", "NotFound", "There is no such resource."),
    ("406", "NotAcceptable", "The header Accept takes nothing of what there is."),
    ("409", "Conflict", "What is there is in a state in which this cannot be done, or the same request is under way."),
    ("412", "PreconditionFailed", "The incident has changed since the version in If-Match."),
    ("413", "ContentTooLarge", "The body has more than 64 KiB."),
    ("415", "UnsupportedMediaType", "The body is not sent as JSON."),
    (
        "422",
        "UnprocessableContent",
        "A field is not what it has to be, or the Idempotency-Key came with another request.",
    ),
    ("429", "TooManyRequests", "More requests than one caller may make."),
    ("500", "InternalServerError", "A mistake in the server; its log says more."),
    ("503", "ServiceUnavailable", "The database does not answer, or it took too long."),
];
/// What is said of a body that is as good as none.
const MAY_LACK: &str = "May be left out.";
/// Of what is there once for a path with an id, of what changes something, and of what does so by a version.
const WITH_ID: [&str; 1] = ["404"];
const WITH_CHANGE: [&str; 5] = ["409", "412", "413", "415", "422"];
const WITH_VERSION: [&str; 1] = ["412"];

/// Adds to what the routes say what holds for all of them.
#[must_use]
pub fn finish(routes: &OpenApi) -> Value {
    let mut document = serde_json::to_value(routes).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "Highwater",
        "version": "1",
        "summary": "Which Windows file servers run out of SMB sessions, and who holds them",
        "description": ABOUT,
        "license": { "name": "Apache License 2.0", "identifier": "Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/", "description": "This server" }]);
    document["tags"] = tags();
    document["externalDocs"] = json!({ "url": "/problems", "description": "What the problems mean" });
    let mut components = document["components"].take();
    add_components(&mut components);
    words::fill_schemas(&mut components["schemas"]);
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete(operation, path, method, &components["schemas"]);
            }
        }
    }
    document["components"] = components;
    sorted(document)
}

fn tags() -> Value {
    json!([
        { "name": "hosts", "description": "Watched file servers: now, at an instant, over time" },
        { "name": "clients", "description": "SMB clients, which hold the sessions" },
        { "name": "users", "description": "SMB users, whose sessions they are" },
        { "name": "events", "description": "Records of the hosts' event logs" },
        { "name": "incidents", "description": "Stretches in which something was wrong, and what is done about them" },
        { "name": "findings", "description": "Rules on the configuration that hold on hosts" },
        { "name": "groups", "description": "Groups of hosts" },
        { "name": "agents", "description": "Enrolled agents" },
        { "name": "tokens", "description": "Enrolment tokens" },
        { "name": "webhooks", "description": "Webhooks and what was sent to them" },
        { "name": "audit", "description": "Who did what, and who looked at whom" },
    ])
}

fn add_components(components: &mut Value) {
    components["schemas"]["Problem"] = json!({
        "type": "object",
        "description": "What went wrong, by RFC 9457.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "Names the kind of problem, and leads to a page that explains it.", "example": "/problems/not-found" },
            "title": { "type": "string", "example": "Not found" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599, "example": 404 },
            "detail": { "type": "string", "description": "What was wrong with this request, and what to do about it.", "example": "There is no such host. It may have been removed, or the address is mistyped." },
        },
    });
    let texts = |name: &str, text: &str, example: &str| {
        (name.to_owned(), json!({ "description": text, "schema": { "type": "string" }, "example": example }))
    };
    components["headers"] = Value::Object(Map::from_iter([
        texts(
            "RateLimit",
            "How many requests are left (`r`), and for how many seconds (`t`).",
            "\"caller\";r=599;t=60",
        ),
        texts(
            "RateLimit-Policy",
            "How many requests one caller has (`q`) in how many seconds (`w`).",
            "\"caller\";q=600;w=60",
        ),
        texts(
            "Link",
            "The address of the next part of the list, as `rel=\"next\"`; missing at the end.",
            "</api/v1/hosts?after=1000>; rel=\"next\"",
        ),
        texts("ETag", "The version of the incident; if it was read, with what names that answer behind it.", "\"7\""),
        texts("Location", "The address of what was made.", "/api/v1/webhooks/1"),
        texts("Idempotency-Replayed", "`true` if this was answered before.", "true"),
        texts("WWW-Authenticate", "How to say who asks.", "Bearer realm=\"highwater\""),
        (
            "Retry-After".to_owned(),
            json!({ "description": "How many seconds to wait.", "schema": { "type": "integer", "minimum": 1 } }),
        ),
    ]));
    for (status, name, description) in PROBLEMS {
        let mut headers = Map::new();
        if status != "401" {
            headers.extend(rate_headers());
        }
        match status {
            "401" => headers.extend([header("WWW-Authenticate")]),
            "429" | "503" => headers.extend([header("Retry-After")]),
            _ => {}
        }
        components["responses"][name] = json!({
            "description": description,
            "headers": headers,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
    }
    components["securitySchemes"] = json!({
        "key": { "type": "http", "scheme": "bearer", "description": "An API key, `hwk_…`, made under Settings, API keys." },
        "session": { "type": "apiKey", "in": "cookie", "name": "__Host-hw", "description": "A browser that is signed in: a viewer reads, an operator takes care of incidents, an administrator may all. What changes something needs the header X-CSRF-Token as well." },
    });
}

fn header(name: &str) -> (String, Value) {
    (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
}

fn rate_headers() -> [(String, Value); 2] {
    [header("RateLimit"), header("RateLimit-Policy")]
}

/// Completes one operation.
fn complete(operation: &mut Value, path: &str, method: &str, schemas: &Value) {
    let changes = method != "get";
    let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
    let has_versions = changes && tag == WITH_VERSIONS;
    let scope = match tag.as_str() {
        tag if OF_ADMINISTRATORS.contains(&tag) => "admin",
        _ if changes => "write:incidents",
        _ => "read",
    };
    operation["security"] = json!([{ "key": [scope] }, { "session": [] }]);
    if changes {
        complete_change(operation, has_versions);
    }
    words::fill_parameters(operation, path);
    complete_answers(operation, changes, has_versions);
    for (status, name, _) in PROBLEMS {
        let occurs = (changes || !WITH_CHANGE.contains(&status))
            && (has_versions || !WITH_VERSION.contains(&status))
            && (path.contains('{') || !WITH_ID.contains(&status));
        if occurs {
            operation["responses"][status] = json!({ "$ref": format!("#/components/responses/{name}") });
        }
    }
    let said = operation["description"].as_str().unwrap_or_default().to_owned();
    let examples = example::texts(operation, path, method, schemas);
    operation["description"] = json!(format!("{said}\n\n{examples}\n\nNeeds a key with `{scope}`.").trim_start());
}

/// What is said with a request that changes something.
fn complete_change(operation: &mut Value, has_versions: bool) {
    let text = |name: &str, description: &str| json!({ "name": name, "in": "header", "required": false, "description": description, "schema": { "type": "string" } });
    let version =
        text("If-Match", "The ETag of the incident as you saw it: if it has another version, nothing is done.");
    let key = text(
        "Idempotency-Key",
        "A name of your own for this change, such as a random UUID: under it, it is done once.",
    );
    if !operation["parameters"].is_array() {
        operation["parameters"] = json!([]);
    }
    if let Some(all) = operation["parameters"].as_array_mut() {
        all.extend(has_versions.then_some(version));
        all.push(key);
    }
    if operation.get("requestBody").is_some() {
        let may_lack = operation["requestBody"]["description"] == MAY_LACK;
        operation["requestBody"]["required"] = json!(!may_lack);
    }
}

/// What comes with an answer that is no problem.
fn complete_answers(operation: &mut Value, changes: bool, has_versions: bool) {
    let is_list = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "after"));
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let mut headers = Map::from_iter(rate_headers());
        headers.extend((is_list && status == "200").then(|| header("Link")));
        headers.extend(changes.then(|| header("Idempotency-Replayed")));
        headers.extend(has_versions.then(|| header("ETag")));
        for name in ["ETag", "Location"] {
            headers.extend(response["headers"].get(name).is_some().then(|| header(name)));
        }
        response["headers"] = Value::Object(headers);
        // What is no text: generators make bytes of it.
        if let Some(zip) = response.pointer_mut("/content/application~1zip/schema") {
            zip["format"] = json!("binary");
        }
    }
}

/// The same with the fields of every object in order of name, whatever the map of this build keeps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(sorted).collect()),
        other => other,
    }
}
