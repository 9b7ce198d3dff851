//! What to type to try an endpoint, in a shell and in PowerShell. A test runs the former and reads the latter.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Both, as Markdown.
pub(super) fn texts(operation: &Value, path: &str, method: &str, schemas: &Value) -> String {
    let path = path.replace("{id}", "1");
    let body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
    let body = body.and_then(|reference| reference.rsplit('/').next()).map(|name| said(&schemas[name]));
    let (shell, powershell) = match (method, body) {
        ("get", _) => {
            let name = saved_as(operation, &path);
            let (output, out_file) = match &name {
                Some(name) => (format!("--output {name} \\\n  "), format!(" -OutFile {name}")),
                None => (String::new(), String::new()),
            };
            (
                format!(
                    "curl --fail --header \"Authorization: Bearer $HIGHWATER_KEY\" \\\n  \
                     {output}\"$HIGHWATER_URL{path}\""
                ),
                format!(
                    "$Headers = @{{ Authorization = \"Bearer $env:HIGHWATER_KEY\" }}\n\
                     Invoke-RestMethod -Headers $Headers -Uri \"$env:HIGHWATER_URL{path}\"{out_file}"
                ),
            )
        }
        (_, body) => {
            let body = body.unwrap_or_default();
            let json = Value::Object(body.clone()).to_string();
            (
                format!(
                    "curl --fail --header \"Authorization: Bearer $HIGHWATER_KEY\" \\\n  \
                     --header \"Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)\" \\\n  \
                     --json '{json}' \\\n  \"$HIGHWATER_URL{path}\""
                ),
                format!(
                    "$Headers = @{{\n  Authorization = \"Bearer $env:HIGHWATER_KEY\"\n  \
                     'Idempotency-Key' = [guid]::NewGuid().ToString()\n}}\n\
                     $Body = @{{{} }} | ConvertTo-Json\n\
                     Invoke-RestMethod -Method Post -Headers $Headers -ContentType 'application/json' -Body $Body \
                     -Uri \"$env:HIGHWATER_URL{path}\"",
                    table(&body)
                ),
            )
        }
    };
    format!("```sh\n{shell}\n```\n\n```powershell\n{powershell}\n```")
}

/// Under which name an answer that is no JSON is saved; none for others.
fn saved_as(operation: &Value, path: &str) -> Option<String> {
    let content = operation["responses"]["200"]["content"].as_object()?;
    let name = path.rsplit('/').next()?;
    let ending = if content.contains_key("application/zip") { ".zip" } else { "" };
    (!content.contains_key("application/json")).then(|| format!("{name}{ending}"))
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
        let value = match value {
            Value::String(text) => format!("'{}'", text.replace('\'', "''")),
            Value::Null => "$null".to_owned(),
            other => other.to_string(),
        };
        let between = if text.is_empty() { "" } else { ";" };
        // A String takes all that is written to it.
        let _ = write!(text, "{between} {name} = {value}");
    }
    text
}
