//! Keys of programs that nobody keeps an eye on.

use super::{Finding, named};
use crate::model::account::Account;
use crate::model::api_key::{ApiKey, Maker, Standing};
use crate::model::time::DAY_MS;

/// What no program used for longer than this may not be needed any more.
const UNUSED_DAYS: i64 = 90;

pub(super) fn look(keys: &[ApiKey], accounts: &[Account], now_at: i64) -> [Finding; 3] {
    [endless(keys, now_at), unused(keys, now_at), makers(keys, accounts, now_at)]
}

pub(super) fn good(keys: &[ApiKey], now_at: i64) -> impl Iterator<Item = &ApiKey> {
    keys.iter().filter(move |key| key.standing(now_at) == Standing::Good)
}

fn endless(keys: &[ApiKey], now_at: i64) -> Finding {
    let check = "api-keys-without-end";
    match named(good(keys, now_at).filter(|key| key.expires_at.is_none()).map(ApiKey::signature)) {
        None => Finding::pass(check, "each key of a program ends by itself"),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} never end: {names}"),
            "Make others with an end under Settings, API keys, and revoke these",
        ),
    }
}

fn unused(keys: &[ApiKey], now_at: i64) -> Finding {
    let check = "api-keys-unused";
    let is_unused = |key: &&ApiKey| now_at - key.used_at.unwrap_or(key.created_at) > UNUSED_DAYS * DAY_MS;
    match named(good(keys, now_at).filter(is_unused).map(ApiKey::signature)) {
        None => Finding::pass(check, format!("each was used within {UNUSED_DAYS} days")),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} were not used for {UNUSED_DAYS} days: {names}"),
            "Revoke under Settings, API keys what no program needs",
        ),
    }
}

/// Whether keys work that their makers could not make any more: nobody takes them away with the account.
fn makers(keys: &[ApiKey], accounts: &[Account], now_at: i64) -> Finding {
    let check = "api-keys-makers";
    let left = good(keys, now_at).map(|key| (key, Maker::of(key, accounts))).filter(|(_, maker)| !maker.may());
    match named(left.map(|(key, maker)| format!("{} by {}, {}", key.signature(), key.created_by, maker.word()))) {
        None => Finding::pass(check, "each was made by who is an administrator today"),
        Some((count, names)) => Finding::warn(
            check,
            format!("{count} work whose makers are disabled, deleted or no administrators any more: {names}"),
            "Revoke under Settings, API keys those that such a person has kept or that nobody knows of; of one that a program needs, \
             an administrator makes another",
        ),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::model::account::AccountSource;
    use crate::model::api_key::Scope;
    use crate::model::role::Role;
    use crate::model::sight::Sight;
    use crate::model::{AccountId, ApiKeyId};

    const NOW_AT: i64 = 1_795_512_660_000;

    /// One that reads, and ends in a moment.
    pub(crate) fn key(created_days_ago: i64, used_days_ago: Option<i64>) -> ApiKey {
        ApiKey {
            id: ApiKeyId(1),
            label: "Tickets".to_owned(),
            hint: "hwk_abc123".to_owned(),
            scopes: vec![Scope::Read],
            sight: Sight::All,
            sees_names: true,
            created_at: NOW_AT - created_days_ago * DAY_MS,
            created_by: "ann".to_owned(),
            maker: Some(AccountId(7)),
            expires_at: Some(NOW_AT + 1),
            used_at: used_days_ago.map(|days| NOW_AT - days * DAY_MS),
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_that_is_new_or_used_or_ended_is_no_forgotten_one() {
        let of = |key: ApiKey| unused(&[key], NOW_AT).verdict;
        assert_eq!(of(key(1, None)), Verdict::Pass);
        assert_eq!(of(key(400, Some(89))), Verdict::Pass);
        assert_eq!(of(key(400, Some(91))), Verdict::Warn);
        assert_eq!(of(key(91, None)), Verdict::Warn);
        assert_eq!(of(ApiKey { revoked_at: Some(1), ..key(400, None) }), Verdict::Pass);
        assert_eq!(endless(&[key(1, None)], NOW_AT).verdict, Verdict::Pass);
        assert_eq!(endless(&[ApiKey { expires_at: None, ..key(1, None) }], NOW_AT).verdict, Verdict::Warn);
    }

    #[test]
    fn a_key_whose_maker_could_not_make_it_any_more_is_named_as_long_as_it_works() {
        let ann = Account {
            id: AccountId(7),
            name: "ann".to_owned(),
            role: Role::Administrator,
            source: AccountSource::Local,
            sight: Sight::All,
            created_at: 0,
            disabled_at: None,
            signed_in_at: None,
        };
        let of = |key: ApiKey, accounts: &[Account]| makers(&[key], accounts, NOW_AT);
        assert_eq!(of(key(1, None), std::slice::from_ref(&ann)).verdict, Verdict::Pass);
        let disabled = of(key(1, None), &[Account { disabled_at: Some(1), ..ann.clone() }]);
        assert_eq!(disabled.verdict, Verdict::Warn);
        assert!(disabled.found.ends_with("any more: \"Tickets (hwk_abc123) by ann, disabled\""), "{}", disabled.found);
        assert!(of(key(1, None), &[Account { role: Role::Viewer, ..ann }]).found.ends_with("by ann, demoted\""));
        assert!(of(key(1, None), &[]).found.ends_with("by ann, gone\""));
        assert_eq!(of(ApiKey { revoked_at: Some(1), ..key(1, None) }, &[]).verdict, Verdict::Pass);
    }
}
