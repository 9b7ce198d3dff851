use super::*;

#[test]
fn programs_get_words_and_instants_of_their_own() {
    let json = serde_json::to_value(body(&talkative(), &Eyes::Names)).unwrap();
    assert_eq!(json["sentence"], sentence(&talkative(), &Locale::machine()));
    assert_eq!(
        (&json["kind"], &json["from"], &json["until"]),
        (&"full".into(), &"2026-11-24T08:31:00Z".into(), &"2026-11-24T08:47:00Z".into())
    );
    assert_eq!(json["host"]["limit"], serde_json::json!({"sessions": 20, "unlimited": false, "source": "api"}));
    assert_eq!((&json["peak"]["idle_zero_open_sessions"], &json["holders"][0]["share"]), (&7.into(), &0.25.into()));
    assert_eq!((&json["causes"][0]["cause"], &json["causes"][0]["likelihood"]), (&"backup".into(), &"likely".into()));
    assert_eq!(json["causes"][0]["for"][0]["point"], "held");
    assert_eq!(json["earlier"]["mostly"], serde_json::json!({"weekday": 2, "hour": 9, "count": 4}));
    assert_eq!(json["changes"][11]["setting"], "AutoDisconnectTimeout");
    let empty = serde_json::to_value(body(&Evidence::default(), &Eyes::Names)).unwrap();
    assert!(empty["kind"].is_null() && empty["peak"].is_null() && empty["until"].is_null());
}
