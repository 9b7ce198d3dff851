//! What Windows administrators download: the agent's package and what belongs to it, out of a folder that whoever runs the server
//! fills. Names are this list's; no other file of the folder can be asked for.

use std::path::Path;

use axum::extract::{Path as Segment, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeFile;

use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::{Public, Site};

/// The package, which everything else is about.
const MSI: &str = "highwater-agent.msi";

/// Names, and what each is for.
const FILES: [(&str, &str); 9] = [
    (MSI, "The agent's package, for Group Policy, Intune, Configuration Manager or a double click"),
    ("highwater-agent-policies.zip", "Policy templates (ADMX) in English and French, for the central store"),
    ("deploy.ps1", "Installs or updates the agent at the start of a computer"),
    ("check.ps1", "Says how the agents of many computers are"),
    ("detect.ps1", "Tells Intune whether the agent is there"),
    ("prove.ps1", "Compares on a computer what the agent says with what Windows says"),
    ("highwater-agent.exe", "The program alone, to look once without installing"),
    ("highwater-agent.cdx.json", "What it is made of (SBOM, CycloneDX)"),
    ("SHA256SUMS", "Checksums of all of these"),
];

/// A file that is there.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) size: String,
}

/// What a page says of the package.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) files: Vec<Offered>,
    /// Where whoever runs the server puts them.
    pub(super) folder: String,
}

impl Package {
    pub(super) async fn of(public: &Public) -> Self {
        let mut files = Vec::new();
        for (name, what) in FILES {
            // A folder that cannot be read offers nothing.
            if let Ok(about) = tokio::fs::metadata(public.package_dir.join(name)).await
                && about.is_file()
            {
                files.push(Offered { name, what, size: size(about.len()) });
            }
        }
        Self { files, folder: public.package_dir.display().to_string() }
    }
}

/// `GET /settings/package/{name}`
pub async fn download(
    _: SignedIn,
    State(site): State<Site>,
    Segment(name): Segment<String>,
    request: Request,
) -> Result<Response> {
    let Some((name, _)) = FILES.iter().find(|(known, _)| *known == name) else { return Err(Error::NotFound("file")) };
    let path = site.public.package_dir.join(Path::new(name));
    if !tokio::fs::metadata(&path).await.is_ok_and(|about| about.is_file()) {
        return Err(Error::NotFound("file"));
    }
    let mut service = ServeFile::new(path);
    let served = service.try_call(request).await.map_err(|e| Error::Internal(format!("{name}: {e}")))?;
    let mut response = served.into_response();
    let attachment = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let attachment = attachment.map_err(|e| Error::Internal(format!("{name}: {e}")))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment);
    Ok(response)
}

/// What to type on a Windows computer, once the package is there.
pub(super) fn command(public: &Public, secret: &str) -> String {
    let mut line = format!("msiexec /i {MSI} /qn SERVERURL={}", property(&public.server_url));
    if let Some(pin) = public.pin() {
        line.push_str(&format!(" PIN={pin}"));
    }
    line.push_str(&format!(" ENROLLTOKEN={}", property(secret)));
    line
}

/// The same by the script, for the start of computers.
pub(super) fn script(public: &Public, secret: &str) -> String {
    let mut line = format!("deploy.ps1 -Package \\\\SERVER\\SHARE\\{MSI} -ServerUrl {}", constant(&public.server_url));
    if let Some(pin) = public.pin() {
        line.push_str(&format!(" -Pin {pin}"));
    }
    line.push_str(&format!(" -EnrollToken {}", constant(secret)));
    line
}

/// A property's value on the installer's command line: in quotes, in which a quote is doubled.
fn property(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

/// A text of PowerShell that is nothing but text: all its single quotation marks, of which it knows five, are doubled.
fn constant(value: &str) -> String {
    let mut text = String::from("'");
    for character in value.chars() {
        text.push(character);
        if matches!(character, '\'' | '\u{2018}'..='\u{201B}') {
            text.push(character);
        }
    }
    text + "'"
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_one_command_whatever_the_address_is() {
        let public = Public {
            server_url: "https://h:8443/\"&calc&'\u{2019}".into(),
            ca_fingerprint: Some("9F:41".into()),
            ..Public::default()
        };
        let line = command(&public, "hwe_a");
        assert!(
            line.contains("SERVERURL=\"https://h:8443/\"\"&calc&'\u{2019}\" PIN=9F41 ENROLLTOKEN=\"hwe_a\""),
            "{line}"
        );
        let line = script(&public, "hwe_a");
        assert!(
            line.contains("-ServerUrl 'https://h:8443/\"&calc&''\u{2019}\u{2019}' -Pin 9F41 -EnrollToken 'hwe_a'"),
            "{line}"
        );
    }

    #[test]
    fn sizes_are_those_of_file_managers() {
        assert_eq!([size(999), size(1_001), size(11_530_752)], ["999 B", "2 kB", "11.5 MB"]);
    }
}
