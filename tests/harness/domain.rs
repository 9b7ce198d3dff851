//! A real domain of Active Directory: a domain controller of Samba at an address of its own, since its ports are not to be chosen.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use highwater::config::{GroupRoles, Ldap, LdapKind, LdapName, LdapSafety};
use tokio::time::Instant;

use super::elsewhere::Elsewhere;
use super::provider::Certificate;

pub const BASE: &str = "DC=corp,DC=example";
/// Of everybody in it.
pub const PASSWORD: &str = "Their own, and l0ng";
const PORTS: [u16; 2] = [389, 636];

/// Runs until it is dropped: ann is of `inner`, which is of `outer`; bob is of nothing; carl has to change his password.
#[derive(Debug)]
pub struct Domain {
    samba: Child,
    pub place: Elsewhere,
    pub certificate: Certificate,
}

impl Domain {
    pub async fn start() -> Self {
        let place = Elsewhere::lay(1);
        let certificate = Certificate::make_for(&format!("https://{}", place.address()));
        let domain = Self { samba: provision(&place, &certificate), place, certificate };
        let limit = Instant::now() + Duration::from_secs(60);
        while !PORTS.iter().all(|port| TcpStream::connect((domain.place.address(), *port)).is_ok()) {
            assert!(Instant::now() < limit, "samba does not listen: {}", domain.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        domain
    }

    /// As the settings name it: by the names that people have before the @, with administrators in `outer`.
    pub fn settings(&self) -> Ldap {
        let administrators = vec![format!("cn=Outer,cn=users,{BASE}")];
        Ldap {
            host: self.place.address().to_owned(),
            port: 636,
            safety: LdapSafety::Tls,
            ca_file: Some(self.certificate.file("ca.pem")),
            kind: LdapKind::ActiveDirectory,
            name: LdapName::Suffix("corp.example".to_owned()),
            base_dn: BASE.to_owned(),
            user_filter: "(&(objectClass=user)(!(objectClass=computer))(sAMAccountName={name}))".to_owned(),
            group_base_dn: BASE.to_owned(),
            roles: GroupRoles { administrators, ..GroupRoles::default() },
            sees: None,
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.certificate.folder.path().join("samba.log")).unwrap_or_default()
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        // It ends its own children when it is asked to end.
        let _ = Command::new("kill").arg(self.samba.id().to_string()).status();
        let _ = self.samba.wait();
    }
}

/// Makes the domain and its people, and starts its controller.
fn provision(place: &Elsewhere, certificate: &Certificate) -> Child {
    let folder = certificate.folder.path().display().to_string();
    let settings = format!("{folder}/dc/etc/smb.conf");
    tool(&[
        "domain",
        "provision",
        "--realm=CORP.EXAMPLE",
        "--domain=CORP",
        &format!("--adminpass={PASSWORD}"),
        "--server-role=dc",
        "--dns-backend=NONE",
        "--host-name=dc1",
        &format!("--host-ip={}", place.address()),
        &format!("--targetdir={folder}/dc"),
    ]);
    for (name, more) in [("ann", None), ("bob", None), ("carl", Some("--must-change-at-next-login"))] {
        let args = ["user", "create", name, PASSWORD, "-s", &settings];
        tool(&args.into_iter().chain(more).collect::<Vec<_>>());
    }
    for (group, member) in [("inner", "ann"), ("outer", "inner")] {
        tool(&["group", "add", group, "-s", &settings]);
        tool(&["group", "addmembers", group, member, "-s", &settings]);
    }
    let log = fs::File::create(format!("{folder}/samba.log")).unwrap();
    let mut samba = place.command("/usr/sbin/samba");
    samba.args(["-F", "--no-process-group", "--debug-stdout", "-s", &settings]);
    for option in [
        "server services=ldap".to_owned(),
        format!("interfaces={}", place.address()),
        "bind interfaces only=yes".to_owned(),
        format!("pid directory={folder}"),
        format!("tls certfile={}", certificate.file("server.pem").display()),
        format!("tls keyfile={}", certificate.file("server.key").display()),
        format!("tls cafile={}", certificate.file("ca.pem").display()),
    ] {
        samba.arg(format!("--option={option}"));
    }
    let samba = samba.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    samba.spawn().expect("samba (package samba) starts")
}

fn tool(args: &[&str]) {
    let done = Command::new("samba-tool").args(args).output().expect("samba-tool (package samba-common-bin) runs");
    assert!(
        done.status.success(),
        "samba-tool {}: {}{}",
        args.join(" "),
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}
