//! A real OpenLDAP on loopback with the people and groups of a small company.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use highwater::config::{GroupRoles, Hidden, Ldap, LdapKind, LdapName, LdapSafety};
use tokio::time::Instant;

use super::provider::Certificate;
use super::server::free_port;

pub const BASE: &str = "dc=corp,dc=example";
/// Of everybody in it.
pub const PASSWORD: &str = "their own, and long";
/// Of the account that searches.
pub const READER: &str = "cn=reader,dc=corp,dc=example";
pub const READER_PASSWORD: &str = "reads, and nothing else";
const ADMIN_PASSWORD: &str = "admin-of-the-test";
/// A name that would be more than a name in a filter or a DN.
pub const ODD_NAME: &str = "o'neil, (ann)*";

/// Runs until it is dropped.
#[derive(Debug)]
pub struct Directory {
    slapd: Child,
    /// For ldap:// and StartTLS.
    pub port: u16,
    /// For ldaps://.
    pub tls_port: u16,
    pub certificate: Certificate,
}

impl Directory {
    pub async fn start() -> Self {
        let certificate = Certificate::make();
        let folder = certificate.folder.path();
        std::fs::create_dir(folder.join("db")).unwrap();
        std::fs::write(folder.join("slapd.conf"), settings(folder)).unwrap();
        std::fs::write(folder.join("people.ldif"), people()).unwrap();
        // Debian guards the one in its place so that it reads nothing from here.
        std::fs::copy("/usr/sbin/slapd", folder.join("slapd")).expect("slapd (package slapd) is there");
        for _ in 0..5 {
            let (port, tls_port) = (free_port(), free_port());
            let mut slapd = run(folder, port, tls_port);
            if is_up(&mut slapd, [port, tls_port]).await {
                let directory = Self { slapd, port, tls_port, certificate };
                let added = directory.tool("ldapadd", &["-M", "-f", "people.ldif"]);
                assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
                return directory;
            }
        }
        panic!("slapd does not start");
    }

    /// As the settings name it: with TLS, an account that searches, administrators in `outer` and operators in `desk`.
    pub fn settings(&self) -> Ldap {
        let group = |name: &str| vec![format!("CN={name}, OU=Groups, DC=corp, DC=example")];
        let roles = GroupRoles { administrators: group("Outer"), operators: group("desk"), ..GroupRoles::default() };
        Ldap {
            host: "127.0.0.1".to_owned(),
            port: self.tls_port,
            safety: LdapSafety::Tls,
            ca_file: Some(self.certificate.file("ca.pem")),
            kind: LdapKind::OpenLdap,
            name: LdapName::Search { dn: READER.to_owned(), password: Hidden(READER_PASSWORD.to_owned()) },
            base_dn: BASE.to_owned(),
            user_filter: "(uid={name})".to_owned(),
            group_base_dn: format!("ou=groups,{BASE}"),
            roles,
            sees: None,
        }
    }

    /// Gives an entry another name: what stands before the first comma.
    pub fn rename(&self, dn: &str, rdn: &str) {
        let renamed = self.tool("ldapmodrdn", &["-r", dn, rdn]);
        assert!(renamed.status.success(), "{}", String::from_utf8_lossy(&renamed.stderr));
    }

    /// Makes these RDNs below the base, and no others, members of a group.
    pub fn members(&self, group: &str, members: &[&str]) {
        let dns: String = members.iter().map(|member| format!("member: {member},{BASE}\n")).collect();
        let ldif = format!("dn: cn={group},ou=groups,{BASE}\nchangetype: modify\nreplace: member\n{dns}");
        std::fs::write(self.certificate.folder.path().join("members.ldif"), ldif).unwrap();
        let changed = self.tool("ldapmodify", &["-f", "members.ldif"]);
        assert!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));
    }

    /// One of the tools of ldap-utils, as the administrator.
    fn tool(&self, name: &str, args: &[&str]) -> Output {
        let url = format!("ldap://127.0.0.1:{}", self.port);
        let admin = format!("cn=admin,{BASE}");
        Command::new(name)
            .current_dir(self.certificate.folder.path())
            .args(["-x", "-H", &url, "-D", &admin, "-w", ADMIN_PASSWORD])
            .args(args)
            .output()
            .expect("the tools of the package ldap-utils are there")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = self.slapd.kill();
        let _ = self.slapd.wait();
    }
}

fn run(folder: &Path, port: u16, tls_port: u16) -> Child {
    let listens = format!("ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/");
    // It makes room for as many connections as it may have files.
    Command::new("sh")
        .current_dir(folder)
        .args(["-c", "ulimit -n 1024; exec ./slapd -d 0 -f slapd.conf -h \"$1\"", "slapd", &listens])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// False if it has ended: somebody was faster with a port.
async fn is_up(slapd: &mut Child, ports: [u16; 2]) -> bool {
    let limit = Instant::now() + Duration::from_secs(60);
    while slapd.try_wait().unwrap().is_none() {
        if ports.iter().all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok()) {
            return true;
        }
        assert!(Instant::now() < limit, "slapd does not listen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

fn settings(folder: &Path) -> String {
    let folder = folder.display();
    // Two attributes of Active Directory, under their own numbers.
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY MAY ( sAMAccountName $ objectGUID ) )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
TLSCertificateFile {folder}/tls/server.pem
TLSCertificateKeyFile {folder}/tls/server.key
TLSVerifyClient never
database mdb
maxsize 16777216
suffix \"{BASE}\"
rootdn \"cn=admin,{BASE}\"
rootpw {ADMIN_PASSWORD}
directory {folder}/db
dbnosync
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.base=\"{READER}\" read by users read by * none
"
    )
}

/// a.martin is of `inner`, which is of `outer`; b.dupont of the desk; c.solo of nothing; two are called twin; deep is of a group within a
/// dozen others. Two groups are within each other.
fn people() -> String {
    let mut ldif = format!(
        "dn: {BASE}\nobjectClass: domain\ndc: corp\n\ndn: {READER}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\n\
         cn: reader\nuserPassword: {READER_PASSWORD}\n\n"
    );
    for ou in ["people", "others", "groups"] {
        ldif += &format!("dn: ou={ou},{BASE}\nobjectClass: organizationalUnit\nou: {ou}\n\n");
    }
    let odd = "uid=o'neil\\2c (ann)*,ou=people";
    for (rdns, name) in [
        ("uid=a.martin,ou=people", "a.martin"),
        ("uid=b.dupont,ou=people", "b.dupont"),
        ("uid=c.solo,ou=people", "c.solo"),
        ("uid=twin,ou=people", "twin"),
        ("uid=twin,ou=others", "twin"),
        ("uid=deep,ou=people", "deep"),
        (odd, ODD_NAME),
    ] {
        ldif += &format!(
            "dn: {rdns},{BASE}\nobjectClass: inetOrgPerson\nobjectClass: user\nuid: {name}\ncn: {name}\nsn: {name}\n\
             userPassword: {PASSWORD}\n"
        );
        if name == "a.martin" {
            ldif += "sAMAccountName: amartin\nobjectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==\n";
        }
        ldif += "\n";
    }
    let mut group = |name: &str, members: &[&str]| {
        let members: String = members.iter().map(|member| format!("member: {member},{BASE}\n")).collect();
        ldif += &format!("dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{members}\n");
    };
    group("inner", &["uid=a.martin,ou=people", odd]);
    group("outer", &["cn=inner,ou=groups"]);
    group("desk", &["uid=b.dupont,ou=people"]);
    group("loop-a", &["uid=a.martin,ou=people", "cn=loop-b,ou=groups"]);
    group("loop-b", &["cn=loop-a,ou=groups"]);
    group("deep-0", &["uid=deep,ou=people"]);
    for n in 1..13 {
        group(&format!("deep-{n}"), &[format!("cn=deep-{},ou=groups", n - 1).as_str()]);
    }
    let elsewhere = "ldap://branch.corp.example/ou=people,dc=branch,dc=corp,dc=example";
    ldif += &format!(
        "dn: ou=elsewhere,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: {elsewhere}\n"
    );
    ldif
}
