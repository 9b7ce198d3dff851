//! What Windows administrators download: the agent's package and what belongs to it, out of a folder that whoever runs the server
//! fills. Names are this list's; no other file of the folder can be asked for.

use std::path::Path;

use axum::extract::{Path as Segment, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeFile;

use crate::locale::Locale;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::{Public, Site};

/// The package, which everything else is about.
const MSI: &str = "highwater-agent.msi";

/// Names, and the word of what each is for: `settings-package-msi`.
const FILES: [(&str, &str); 9] = [
    (MSI, "msi"),
    ("highwater-agent-policies.zip", "policies"),
    ("deploy.ps1", "deploy"),
    ("check.ps1", "check"),
    ("detect.ps1", "detect"),
    ("prove.ps1", "prove"),
    ("highwater-agent.exe", "exe"),
    ("highwater-agent.cdx.json", "sbom"),
    ("SHA256SUMS", "sums"),
];

/// A file that is there.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) name: &'static str,
    /// The word of what it is for.
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
    pub(super) async fn of(public: &Public, locale: &Locale) -> Self {
        let mut files = Vec::new();
        for (name, what) in FILES {
            // A folder that cannot be read offers nothing.
            if let Ok(about) = tokio::fs::metadata(public.package_dir.join(name)).await
                && about.is_file()
            {
                files.push(Offered { name, what, size: size(locale, about.len()) });
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

fn size(locale: &Locale, bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits or three, not with sixteen")]
    locale.bytes(bytes as f64)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::authority::Authority;
    use crate::web::authorities::Authorities;

    #[test]
    fn commands_stay_one_command_whatever_the_address_is() {
        let public = Public {
            server_url: "https://h:8443/\"&calc&'\u{2019}".into(),
            authorities: Authorities::new(vec![Authority { pem: String::new(), fingerprint: "9F:41".into() }]),
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
}
