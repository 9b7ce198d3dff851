use super::*;

fn parse(file: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<String>), ConfigError> {
    Config::parse(Sources {
        file: Some(("hw.toml".to_owned(), file.to_owned())),
        environment: environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        host_name: "localhost".to_owned(),
    })
}

fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
    parse(file, environment).unwrap_err().to_string()
}

#[test]
fn the_example_states_the_defaults() {
    let example = parse(EXAMPLE, &[]).unwrap().0;
    assert_eq!(Config { said: BTreeMap::new(), ..example }, Config::default());
    assert_eq!(parse("", &[]).unwrap().0, Config::default());
}

#[test]
fn what_is_set_is_said_as_it_was_written_and_of_secrets_only_that_they_are() {
    let file = "trusted_proxies = ['10.0.0.5/32']\n[privacy]\nuser_names = 'off'\n[metrics]\nbearer_token = 'hunter2-of-the-file'\n\
        [retention]\naudit_days = 90\n";
    let database = "postgres://u:hunter2@db.example/d";
    let given = [("HIGHWATER_DATABASE", database), ("HIGHWATER_RETENTION_AUDIT_DAYS", "365"), ("HIGHWATER_LISTEN", "")];
    let said = parse(file, &given).unwrap().0.said;
    let told: Vec<(&str, &str)> = said.iter().map(|(key, text)| (*key, text.as_str())).collect();
    assert_eq!(
        told,
        [
            ("database", "set"),
            ("metrics.bearer_token", "set"),
            ("privacy.user_names", "off"),
            ("retention.audit_days", "365"),
            ("trusted_proxies", "[\"10.0.0.5/32\"]"),
        ]
    );
}

#[test]
fn the_example_names_every_key_once() {
    let (mut section, mut named) = (String::new(), Vec::new());
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        }
        let is_name = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let set = line.strip_prefix("# ").unwrap_or(line).split_once(" = ");
        named.extend(set.map(|(name, _)| name).filter(is_name).map(|name| format!("{section}{name}")));
    }
    assert_eq!(named, KEYS);
}

#[test]
fn the_examples_commented_lines_are_allowed_when_they_are_switched_on() {
    // They name files that have to be there, or stand in the place of others.
    const INSTEAD: [&str; 4] = ["client_secret_file", "bind_password_file", "user_dn", "upn_suffix"];
    let starts_with = |text: &str, name: &str| text.starts_with(&format!("{name} = "));
    let is_switched_on = |text: &str| {
        let is_key = KEYS.iter().any(|key| starts_with(text, key.rsplit('.').next().unwrap()));
        is_key && !INSTEAD.iter().any(|name| starts_with(text, name))
    };
    let all_on: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_switched_on(rest) => rest,
            _ => line,
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let (config, _) = parse(&all_on, &[]).unwrap();
    assert_eq!(config.plain_listen, Some(SocketAddr::from(([127, 0, 0, 1], 8480))));
    assert!(config.given_tls.is_some());
    assert!(config.oidc.is_some() && config.ldap.is_some());
}

#[test]
fn a_variable_wins_over_the_file_and_an_empty_one_is_unset() {
    let file = "listen = '127.0.0.1:1'\n[limits]\nheader_secs = 5";
    let (config, _) =
        parse(file, &[("HIGHWATER_LISTEN", "127.0.0.1:2"), ("HIGHWATER_LIMITS_HEADER_SECS", "")]).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.limits.header, Duration::from_secs(5));
}

#[test]
fn every_refusal_names_the_place_the_key_and_what_is_allowed() {
    let said = refusal("listen = 'here'\n[limits]\nbody_secs = 0", &[("HIGHWATER_LOG_FORMAT", "xml")]);
    assert_eq!(
        said,
        "hw.toml: listen: \"here\" is not allowed. Write an address and a port, for example 0.0.0.0:8443 or [::1]:8480\n\
         hw.toml: limits.body_secs: \"0\" is not allowed. Write a whole number from 1 to 600\n\
         HIGHWATER_LOG_FORMAT: log.format: \"xml\" is not allowed. Write text or json"
    );
}

#[test]
fn a_key_that_does_not_exist_is_refused() {
    for file in ["listn = '0.0.0.0:1'", "[limits]\nmax = 3", "[tsl]\nkey = 'k'", "[log.format]\na = 1"] {
        assert!(parse(file, &[]).is_err(), "{file}");
    }
    assert!(refusal("[limits]\nmax = 3", &[]).starts_with("hw.toml: limits.max: there is no such key. The keys are "));
}

#[test]
fn a_foreign_variable_is_reported_and_not_refused() {
    let (_, unknown) = parse("", &[("HIGHWATER_PORT", "tcp://10.0.0.1:8443"), ("HIGHWATER_CONFIG", "x")]).unwrap();
    assert_eq!(unknown, ["HIGHWATER_PORT"]);
}

#[test]
fn without_tls_only_loopback_is_listened_on() {
    assert!(refusal("plain_listen = '0.0.0.0:80'", &[]).contains("loopback"));
    assert!(parse("plain_listen = '[::1]:80'", &[]).is_ok());
}

#[test]
fn certificates_of_agents_need_their_authority_and_are_asked_for_or_wanted() {
    let of = |file: &str| parse(file, &[]).unwrap().0.client_certificates.map(|c| (c.ca_file, c.is_required));
    assert_eq!(of(""), None);
    assert_eq!(of("[agents]\nclient_ca_file = 'a.pem'"), Some(("a.pem".into(), false)));
    let required = "[agents]\nclient_ca_file = 'a.pem'\nclient_certificates = 'required'";
    assert_eq!(of(required), Some(("a.pem".into(), true)));
    assert!(refusal("[agents]\nclient_certificates = 'required'", &[]).contains("Set agents.client_ca_file too"));
    assert!(refusal("[agents]\nclient_certificates = 'always'", &[]).contains("optional or required"));
}

#[test]
fn lists_of_revoked_certificates_are_files_and_need_the_authority() {
    let of = |file: &str, environment: &[(&str, &str)]| {
        parse(file, environment).unwrap().0.client_certificates.map(|certificates| certificates.crl_files)
    };
    let file = "[agents]\nclient_ca_file = 'a.pem'\nclient_crl_files = ['a.crl', 'b.crl']";
    assert_eq!(of(file, &[]), Some(vec!["a.crl".into(), "b.crl".into()]));
    assert_eq!(
        of(file, &[("HIGHWATER_AGENTS_CLIENT_CRL_FILES", "c.crl, d.crl")]),
        Some(vec!["c.crl".into(), "d.crl".into()])
    );
    assert_eq!(of("[agents]\nclient_ca_file = 'a.pem'", &[]), Some(Vec::new()));
    assert!(refusal("[agents]\nclient_crl_files = ['a.crl']", &[]).contains("Set agents.client_ca_file too"));
    assert!(refusal("[agents]\nclient_ca_file = 'a'\nclient_crl_files = ['']", &[]).contains("paths of PEM or DER"));
}

#[test]
fn proxies_are_a_list_of_which_each_wrong_one_is_named() {
    let proxies = |file: &str, environment: &[(&str, &str)]| -> Vec<String> {
        parse(file, environment).unwrap().0.trusted_proxies.iter().map(ToString::to_string).collect()
    };
    let file = "trusted_proxies = ['10.0.0.5/32', '10.1.2.3/16', '2001:db8::1']";
    assert_eq!(proxies(file, &[]), ["10.0.0.5/32", "10.1.0.0/16", "2001:db8::1/128"]);
    assert_eq!(proxies("trusted_proxies = '10.0.0.5, 10.0.0.6'", &[]), ["10.0.0.5/32", "10.0.0.6/32"]);
    assert_eq!(proxies(file, &[("HIGHWATER_TRUSTED_PROXIES", "10.0.0.7")]), ["10.0.0.7/32"]);
    assert!(proxies("trusted_proxies = []", &[]).is_empty());
    let said = refusal("trusted_proxies = ['10.0.0.5/33', '10.0.0.6', 'proxy.example', 7]", &[]);
    assert!(["\"10.0.0.5/33\"", "\"proxy.example\"", "\"7\""].iter().all(|wrong| said.contains(wrong)), "{said}");
    assert!(!said.contains("\"10.0.0.6\" is"), "{said}");
    assert!(refusal("trusted_proxies = 7", &[]).contains("integer"));
}

#[test]
fn browsers_are_bound_to_tls_with_a_given_certificate_unless_the_settings_say_otherwise() {
    let secs = |file: &str| parse(file, &[]).unwrap().0.hsts_secs();
    assert_eq!((secs(""), secs("[tls]\nhsts_secs = 60")), (0, 60));
    let given = "[tls]\ncertificate = 'a'\nkey = 'b'\n";
    assert_eq!((secs(given), secs(&format!("{given}hsts_secs = 0"))), (31_536_000, 0));
}

#[test]
fn a_certificate_needs_its_key() {
    assert!(refusal("[tls]\ncertificate = 'a'", &[]).contains("Set tls.key too"));
    assert!(refusal("[tls]\nkey = 'a'", &[]).contains("Set tls.certificate too"));
}

#[test]
fn a_public_url_has_a_name_and_no_path() {
    for (good, host) in
        [("https://hw.example:8443", "hw.example"), ("https://[::1]:8443", "::1"), ("http://10.0.0.1", "10.0.0.1")]
    {
        assert_eq!(public_host(good), Some(host));
        assert_eq!(public_url(&format!("{good}/")).as_deref(), Some(good));
    }
    for bad in
        ["hw.example", "https://", "https://hw/path", "https://hw:port", "https://a b", "ftp://hw", "https://u@hw"]
    {
        assert_eq!(public_url(bad), None, "{bad}");
    }
}

#[test]
fn secrets_do_not_reach_a_log_even_when_mistyped() {
    let (config, _) =
        parse("database = 'postgres://u:hunter2@h/d'\n[metrics]\nbearer_token = 'hunter2hunter2hunter2'", &[]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    for wrong in [
        "database = 'postgre://u:hunter2@h/d'",
        "database = postgres://u:hunter2@h/d",
        "listen = '0.0.0.0:1'\nsecrets_key = 'hwm_hunter2",
        "[metrics]\nbearer_token = hunter2",
    ] {
        assert!(!refusal(wrong, &[]).contains("hunter2"), "{}", refusal(wrong, &[]));
    }
    assert!(refusal("listen = '0.0.0.0:1'\nx = y z", &[]).starts_with("hw.toml: (the file): line 2 is not TOML: "));
}

#[test]
fn a_file_says_which_of_its_keys_are_secrets() {
    let file = "database = 'postgres://u:hunter2@h/d'\nsecrets_key = 'hwm_x'\n[metrics]\nbearer_token = 'abc'";
    assert_eq!(secrets_in(file), ["metrics.bearer_token", "database", "secrets_key"]);
    for none in ["", "database = 'sqlite:/d/highwater.db'", "database = 'postgres://u@h/d'", "no TOML", "database = 7"]
    {
        assert!(secrets_in(none).is_empty(), "{none}");
    }
}

#[test]
fn names_of_users_are_seen_and_second_factors_are_demanded_from_a_role_on() {
    let of = |word: &str| {
        let text = format!("[privacy]\nnames_from_role = '{word}'\n[sign_in]\nsecond_factor_from_role = '{word}'");
        parse(&text, &[]).map(|read| (read.0.names_from_role, read.0.second_factor_from))
    };
    let is = |role| (role, Some(role));
    assert_eq!(of("operator").unwrap(), is(RoleWord::Operator));
    assert_eq!(of("administrator").unwrap(), is(RoleWord::Administrator));
    assert_eq!(parse("", &[]).unwrap().0.second_factor_from, None);
    for nobody in ["none", "root", "Viewer"] {
        let said = of(nobody).unwrap_err().to_string();
        assert!(said.matches("Write viewer, operator or administrator").count() == 2, "{said}");
    }
}
