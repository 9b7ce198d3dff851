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
    assert_eq!(parse(EXAMPLE, &[]).unwrap().0, Config::default());
    assert_eq!(parse("", &[]).unwrap().0, Config::default());
}

/// What the example says of a section, with its head.
fn section(name: &str) -> &'static str {
    let from = if name.is_empty() { 0 } else { EXAMPLE.find(&format!("\n[{name}]\n")).expect(name) + 1 };
    let rest = &EXAMPLE[from..];
    rest.find("\n[").map_or(rest, |end| &rest[..end])
}

#[test]
fn the_example_names_every_key_once() {
    for key in KEYS {
        let (section_name, name) = key.split_once('.').unwrap_or(("", key));
        let wanted = |line: &&str| {
            let line = line.strip_prefix("# ").unwrap_or(line);
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = "))
        };
        assert_eq!(section(section_name).lines().filter(wanted).count(), 1, "{key}");
    }
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
    assert!(!refusal("database = 'postgre://u:hunter2@h/d'", &[]).contains("hunter2"));
}
