//! What to type to try an endpoint, in a shell and in PowerShell. A test runs the former and reads the latter. The key is in no argument:
//! those everybody on the machine can read.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Both, as Markdown.
pub(super) fn texts(operation: &Value, path: &str, method: &str, schemas: &Value) -> String {
    let path = path.replace("{id}", "1").replace("{delivery}", "1");
    let body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
    let body = body.and_then(|reference| reference.rsplit('/').next()).map(|name| said(&schemas[name]));
    let (shell, powershell) = if method == "get" {
        question(operation, &path)
    } else {
        change(&path, &method.to_ascii_uppercase(), body.as_ref())
    };
    format!("```sh\n{shell}\n```\n\n```powershell\n{powershell}\n```")
}

fn question(operation: &Value, path: &str) -> (String, String) {
    let (output, out_file) = match saved_as(operation, path) {
        Some(name) => (format!("--output {name} \\\n  "), format!(" -OutFile {name}")),
        None => (String::new(), String::new()),
    };
    (
        format!(
            "curl --fail --header \"@$HIGHWATER_KEY_FILE\" \\\n  \
             {output}\"$HIGHWATER_URL{path}\""
        ),
        format!(
            "$Headers = @{{ Authorization = \"Bearer $env:HIGHWATER_KEY\" }}\n\
             Invoke-RestMethod -Headers $Headers -Uri \"$env:HIGHWATER_URL{path}\"{out_file}"
        ),
    )
}

/// Under which name an answer that is no JSON is saved; none for others.
fn saved_as(operation: &Value, path: &str) -> Option<String> {
    let content = operation["responses"]["200"]["content"].as_object()?;
    let name = path.rsplit('/').next()?;
    let ending = if content.contains_key("application/zip") { ".zip" } else { "" };
    (!content.contains_key("application/json")).then(|| format!("{name}{ending}"))
}

fn change(path: &str, method: &str, body: Option<&Map<String, Value>>) -> (String, String) {
    // What has a body is sent by POST unless something else is said.
    let mut how = if method == "POST" && body.is_some() { String::new() } else { format!("  --request {method} \\\n") };
    let (made, sent) = match body {
        Some(body) => {
            how += &format!("  --json '{}' \\\n", Value::Object(body.clone()));
            let made = format!("$Body = @{{{} }} | ConvertTo-Json\n", table(body));
            (made, " -ContentType 'application/json' -Body $Body")
        }
        None => (String::new(), ""),
    };
    let verb = format!("{}{}", &method[..1], method[1..].to_ascii_lowercase());
    (
        format!(
            "curl --fail --header \"@$HIGHWATER_KEY_FILE\" \\\n  \
             --header \"Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)\" \\\n\
             {how}  \"$HIGHWATER_URL{path}\""
        ),
        format!(
            "$Headers = @{{\n  Authorization = \"Bearer $env:HIGHWATER_KEY\"\n  \
             'Idempotency-Key' = [guid]::NewGuid().ToString()\n}}\n{made}\
             Invoke-RestMethod -Method {verb} -Headers $Headers{sent} -Uri \"$env:HIGHWATER_URL{path}\""
        ),
    )
}

/// The fields of a body with the values that its description has as examples.
fn said(schema: &Value) -> Map<String, Value> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let mut said: Vec<(String, Value)> =
        fields.filter_map(|(name, field)| Some((name.clone(), field.get("example")?.clone()))).collect();
    said.sort_by(|a, b| a.0.cmp(&b.0));
    said.into_iter().collect()
}

/// As the inside of a hash table of PowerShell.
fn table(body: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in body {
        let between = if text.is_empty() { "" } else { ";" };
        // A String takes all that is written to it.
        let _ = write!(text, "{between} {name} = {}", literal(value));
    }
    text
}

/// As PowerShell writes a value.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Null => "$null".to_owned(),
        Value::Bool(is_so) => format!("${is_so}"),
        Value::Array(all) => format!("@({})", all.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
