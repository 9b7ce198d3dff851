use super::*;
use crate::delivery::trust;

fn settings(naming: Naming) -> Settings {
    Settings {
        host: "127.0.0.1".to_owned(),
        port: 1,
        safety: Safety::Tls,
        kind: Kind::OpenLdap,
        naming,
        base_dn: "DC=Corp, DC=Example".to_owned(),
        user_filter: "(uid={name})".to_owned(),
        group_base_dn: "dc=corp,dc=example".to_owned(),
        roles: Roles { by_group: vec![("CN=Admins, DC=corp".to_owned(), Role::Administrator)], everybody: None },
        sights: None,
    }
}

fn ldap(settings: Settings) -> Result<Ldap, String> {
    Ldap::new(settings, trust::tls(&[]).unwrap())
}

fn search() -> Naming {
    Naming::Search { dn: "cn=reader,dc=corp".to_owned(), password: "hunter2".to_owned() }
}

#[test]
fn settings_that_mean_nothing_are_refused_and_the_secret_is_not_shown() {
    let good = ldap(settings(search())).unwrap();
    assert_eq!(&*good.issuer, "127.0.0.1/dc=corp,dc=example");
    assert_eq!(good.settings.roles.by_group[0].0, "cn=admins,dc=corp");
    assert!(!format!("{good:?}").contains("hunter2"));
    let filter = Settings { user_filter: "(&(uid={name})".to_owned(), ..settings(search()) };
    assert!(ldap(filter).unwrap_err().contains("ldap.user_filter"));
    let base = Settings { base_dn: "corp".to_owned(), ..settings(search()) };
    assert!(ldap(base).unwrap_err().contains("ldap.base_dn"));
    let by_group = vec![("Admins".to_owned(), Role::Viewer)];
    let group = Settings { roles: Roles { by_group, everybody: None }, ..settings(search()) };
    assert!(ldap(group).unwrap_err().contains("Admins"));
    let seen = |group: &str| {
        let by_group = vec![(group.to_owned(), Sight::of(["Paris"]).unwrap())];
        ldap(Settings { sights: Some(Sights { by_group, everybody: Sight::All }), ..settings(search()) })
    };
    assert!(seen("Paris").unwrap_err().contains("\"Paris\" is no DN"));
    assert_eq!(
        seen("CN=Paris, DC=corp").unwrap().settings.groups(),
        BTreeSet::from(["cn=admins,dc=corp", "cn=paris,dc=corp"])
    );
}

#[tokio::test]
async fn without_a_password_or_a_name_nothing_is_asked() {
    // Nothing listens there: who asked would hear of that.
    let asked = async |naming: Naming, name: &str, password: &str| {
        ldap(settings(naming)).unwrap().sign_in(name, password).await.unwrap_err().why
    };
    assert_eq!(asked(search(), "ann", "right").await, Why::Unreachable);
    for (name, password) in [("ann", ""), ("", "x"), ("a\0n", "x"), ("a\nn", "x"), ("x".repeat(257).as_str(), "x")] {
        assert_eq!(asked(search(), name, password).await, Why::Credentials, "{name:?}");
    }
    for elsewhere in ["ann@evil.example", "EVIL\\ann", "corp/ann"] {
        assert_eq!(asked(Naming::Suffix("corp.example".to_owned()), elsewhere, "x").await, Why::Credentials);
    }
    assert_eq!(asked(search(), "ann@corp.example", "x").await, Why::Unreachable, "a search may find it");
}

#[test]
fn attributes_are_found_however_their_names_are_written_and_whatever_is_in_them() {
    let entry = SearchEntry {
        dn: "cn=x".to_owned(),
        attrs: [("ENTRYUUID".to_owned(), vec!["a".to_owned(), "b".to_owned()])].into(),
        bin_attrs: [("objectguid".to_owned(), vec![vec![0xff; 16]])].into(),
    };
    assert_eq!(value(&entry, "entryUUID"), Some(b"a".to_vec()));
    assert_eq!(value(&entry, "objectGUID"), Some(vec![0xff; 16]));
    assert_eq!(value(&entry, "uid"), None);
}
