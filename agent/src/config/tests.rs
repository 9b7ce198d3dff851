use super::*;

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let file = parse("server = 'https://file'\ntoken = 'file'\nsource = 'file'\nsampling_secs = 30\n").unwrap();
    let vars = |name: &str| match name {
        "HIGHWATER_AGENT_TOKEN" | "HIGHWATER_AGENT_SOURCE" => Some("env".to_owned()),
        _ => None,
    };
    let flags = Partial { source: Some("flag".into()), ..Partial::default() };
    let settings = flags.or(environment(vars).unwrap()).or(file).settings().unwrap();
    assert_eq!(settings.server, "https://file");
    assert_eq!(settings.token.as_deref(), Some("env"));
    assert_eq!(settings.source, "flag");
    assert_eq!(settings.sampling, Sampling { calm_secs: 30, near_secs: 15, full_secs: 5 });
}

#[test]
fn a_misspelt_key_is_an_error_that_names_it() {
    let error = parse("sampling_secs = 60\nsever = 'https://x'").unwrap_err();
    assert!(error.starts_with("line 2: ") && error.contains("sever"), "{error}");
}

#[test]
fn a_token_is_never_shown_even_when_it_is_mistyped() {
    let said = parse("token = 'hwe_hunter2'").unwrap();
    assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
    let settings = Partial { server: Some("https://x".into()), ..said }.settings().unwrap();
    assert_eq!(settings.token.as_deref(), Some("hwe_hunter2"));
    assert!(!format!("{settings:?}").contains("hunter2") && format!("{settings:?}").contains("https://x"));
    for wrong in ["token = hwe_hunter2", "token = 'hwe_hunter2"] {
        let error = parse(wrong).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn what_is_missing_or_senseless_is_said_in_words() {
    assert!(matches!(Partial::default().settings(), Err(ConfigError::NoServer)));
    let zero = Partial { server: Some("https://x".into()), sampling_secs: Some(0), ..Partial::default() };
    assert!(zero.settings().unwrap_err().to_string().contains("at least 1 second"));
    let key = Partial { server: Some("https://x".into()), client_key: Some("k.pem".into()), ..Partial::default() };
    assert!(key.settings().unwrap_err().to_string().contains("client_cert"));
    let number = environment(|name| (name == "HIGHWATER_AGENT_SPOOL_MIB").then(|| "lots".to_owned()));
    assert!(number.unwrap_err().to_string().contains("HIGHWATER_AGENT_SPOOL_MIB"));
}
