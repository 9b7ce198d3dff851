//! What an ID token says, and whether it is said to us, by whom it should, and now. Pure.

use serde_json::{Map, Value};

use super::Demands;
use crate::identity::{Demand, Proof, Refusal, Roles, Sights, Why, shown_name};
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::model::time::{MINUTE_MS, SECOND_MS};

/// How far the provider's clock and ours may be apart.
const SKEW_MS: i64 = MINUTE_MS;
/// A token is fetched when it is made: an older one is no answer to us.
const STALE_MS: i64 = 10 * MINUTE_MS;
/// Characters of what a token says of how somebody signed in that the log repeats.
const LONGEST_TOLD: usize = 200;
/// Longer ones are nobody's (OpenID Connect Core, 2).
const LONGEST_SUBJECT: usize = 255;
/// Where a name may stand, the first one first. AD FS has `upn` and `unique_name`.
const NAMES: [&str; 6] = ["preferred_username", "upn", "unique_name", "name", "email", "nickname"];

/// The claims of a token whose signature is right.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

/// What they have to be.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now_at: i64,
}

impl Claims {
    /// # Errors
    /// They cannot be read.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(payload).map(Self).map_err(|_| wrong(Proof::Form, "its claims cannot be read"))
    }

    /// Whom they are about, if all of them are as they have to be.
    ///
    /// # Errors
    /// What is not.
    pub(super) fn subject(&self, expected: &Expected<'_>) -> Result<String, Refusal> {
        if self.text("iss") != Some(expected.issuer) {
            return Err(wrong(Proof::Issuer, "another issuer (iss) issued it than oidc.issuer"));
        }
        self.check_audience(expected.client_id)?;
        self.check_times(expected.now_at)?;
        // Both were made here: the comparison tells nothing to whoever has the token.
        if self.text("nonce") != Some(expected.nonce) {
            return Err(wrong(Proof::Nonce, "it answers another sign-in (nonce)"));
        }
        let subject = self.text("sub").filter(|sub| (1..=LONGEST_SUBJECT).contains(&sub.len()));
        subject.map(str::to_owned).ok_or_else(|| wrong(Proof::Form, "it is about nobody (sub)"))
    }

    /// The greatest role of its groups.
    ///
    /// # Errors
    /// There is none, or the groups are not told.
    pub(super) fn role(&self, claim: &str, roles: &Roles) -> Result<Role, Refusal> {
        let groups = self.groups(claim, !roles.by_group.is_empty())?;
        roles.greatest(|group| groups.contains(&group)).ok_or_else(|| {
            let detail = match self.at(claim) {
                Some(_) => format!("none of the {} groups in {claim} has a role in the settings", groups.len()),
                None => format!(
                    "the ID token has no {claim}: let the provider put groups into it, or see oidc.groups_claim"
                ),
            };
            Refusal::new(Why::NoRole, detail)
        })
    }

    /// Which hosts its groups see.
    ///
    /// # Errors
    /// The groups are not told.
    pub(super) fn sight(&self, claim: &str, sights: &Sights) -> Result<Sight, Refusal> {
        let groups = self.groups(claim, !sights.by_group.is_empty())?;
        Ok(sights.together(|group| groups.contains(&group)))
    }

    /// Whether somebody signed in as strongly as is demanded.
    ///
    /// # Errors
    /// He did not, or the token does not say it.
    pub(super) fn check_strength(&self, demands: &Demands) -> Result<(), Refusal> {
        for (claim, wanted, demand) in [("acr", &demands.acr, Demand::Class), ("amr", &demands.amr, Demand::Methods)] {
            let told = self.0.get(claim);
            if wanted.is_empty() || texts(told).iter().any(|text| wanted.iter().any(|one| one == text)) {
                continue;
            }
            let told: String = match told {
                Some(told) => format!("says {claim} {told}").chars().take(LONGEST_TOLD).collect(),
                None => format!("has no {claim}"),
            };
            let (setting, wanted) = (demand.setting(), wanted.join(" or "));
            let detail = format!(
                "the ID token {told}, and {setting} demands {wanted}: let the provider ask people of this application for more (it is asked \
                 to by oidc.acr_values) and tell it in the token, or demand less"
            );
            return Err(Refusal::new(Why::Weak(demand), detail));
        }
        Ok(())
    }

    pub(super) fn name(&self, subject: &str) -> String {
        shown_name(NAMES.iter().filter_map(|claim| self.text(claim)).chain([subject]))
    }

    /// The groups that it tells. `is_needed`: something depends on them.
    fn groups(&self, claim: &str, is_needed: bool) -> Result<Vec<&str>, Refusal> {
        let listed = self.at(claim);
        if listed.is_none() && is_needed && self.lists_groups_elsewhere(claim) {
            let detail = format!(
                "the account is in more groups than the provider puts into a token, so {claim} is missing (_claim_names): let it list only \
                 groups that are assigned to the application, or use roles of the application (oidc.groups_claim = \"roles\")"
            );
            return Err(Refusal::new(Why::Groups, detail));
        }
        Ok(texts(listed))
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }

    /// A claim by its name, or by names of objects within each other with dots between.
    fn at(&self, claim: &str) -> Option<&Value> {
        if let Some(found) = self.0.get(claim) {
            return Some(found);
        }
        let mut names = claim.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |within, name| within.get(name))
    }

    /// Entra ID's way to say that there are too many.
    fn lists_groups_elsewhere(&self, claim: &str) -> bool {
        let is_named = self.0.get("_claim_names").is_some_and(|names| names.get(claim).is_some());
        is_named || self.0.get("hasgroups").is_some_and(|has| *has == true || *has == "true")
    }

    fn check_audience(&self, client_id: &str) -> Result<(), Refusal> {
        let (is_meant, others) = match self.0.get("aud") {
            Some(Value::String(one)) => (one == client_id, false),
            Some(Value::Array(all)) => (all.iter().any(|one| one == client_id), all.len() > 1),
            _ => (false, false),
        };
        if !is_meant {
            return Err(wrong(Proof::Audience, "it is for another client (aud) than oidc.client_id"));
        }
        match self.0.get("azp") {
            Some(party) if party != client_id => {
                Err(wrong(Proof::Audience, "it was issued to another client (azp) than oidc.client_id"))
            }
            None if others => {
                Err(wrong(Proof::Audience, "it is for several clients, and does not say to which it was issued (azp)"))
            }
            _ => Ok(()),
        }
    }

    fn check_times(&self, now_at: i64) -> Result<(), Refusal> {
        let (Some(expires_at), Some(issued_at)) = (self.instant("exp"), self.instant("iat")) else {
            return Err(wrong(Proof::Form, "it does not say when it was issued (iat) and expires (exp)"));
        };
        let ago_secs = |at: i64| now_at.saturating_sub(at) / SECOND_MS;
        if now_at >= expires_at.saturating_add(SKEW_MS) {
            return Err(wrong(Proof::Expired, &format!("it expired {} s ago", ago_secs(expires_at))));
        }
        let not_before_at = self.instant("nbf").unwrap_or(issued_at).max(issued_at);
        if not_before_at > now_at.saturating_add(SKEW_MS) || issued_at < now_at.saturating_sub(STALE_MS) {
            let detail =
                format!("it was issued {} s ago by the provider's clock: is this server's right?", ago_secs(issued_at));
            return Err(wrong(Proof::Clock, &detail));
        }
        Ok(())
    }

    /// Seconds since 1970, perhaps with a fraction; none if it is no instant.
    fn instant(&self, claim: &str) -> Option<i64> {
        let value = self.0.get(claim)?;
        if let Some(secs) = value.as_i64() {
            return secs.checked_mul(SECOND_MS);
        }
        let secs = value.as_f64().filter(|secs| secs.abs() < 1e12)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is less than 1e15")]
        let ms = (secs * 1_000.0) as i64;
        Some(ms)
    }
}

/// One text, or those of a list; what is no text is passed over.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}

fn wrong(what: Proof, detail: &str) -> Refusal {
    Refusal::new(Why::Proof(what), format!("the ID token: {detail}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW_AT: i64 = 1_800_000_000_000;
    const EXPECTED: Expected<'_> =
        Expected { issuer: "https://id.example/a", client_id: "hw", nonce: "n-1", now_at: NOW_AT };

    fn claims(change: impl FnOnce(&mut Value)) -> Claims {
        let mut good = json!({
            "iss": "https://id.example/a", "aud": "hw", "sub": "7b1d", "nonce": "n-1",
            "iat": NOW_AT / 1_000, "exp": NOW_AT / 1_000 + 300,
        });
        change(&mut good);
        Claims::read(good.to_string().as_bytes()).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Value)) -> Option<Why> {
        claims(change).subject(&EXPECTED).err().map(|refusal| refusal.why)
    }

    #[test]
    fn a_token_is_for_us_from_the_provider_now_and_about_somebody() {
        assert_eq!(claims(|_| ()).subject(&EXPECTED).as_deref(), Ok("7b1d"));
        for (claim, value, what) in [
            ("iss", json!("https://id.example/a/"), Proof::Issuer),
            ("iss", Value::Null, Proof::Issuer),
            ("aud", json!("other"), Proof::Audience),
            ("aud", json!([]), Proof::Audience),
            ("aud", json!({"hw": true}), Proof::Audience),
            ("aud", json!(["hw", "other"]), Proof::Audience),
            ("azp", json!("other"), Proof::Audience),
            ("nonce", json!("n-2"), Proof::Nonce),
            ("nonce", Value::Null, Proof::Nonce),
            ("sub", json!(""), Proof::Form),
            ("sub", json!(7), Proof::Form),
            ("sub", json!("x".repeat(256)), Proof::Form),
            ("exp", json!("never"), Proof::Form),
            ("iat", Value::Null, Proof::Form),
        ] {
            let given = value.to_string();
            assert_eq!(refused(|claims| claims[claim] = value), Some(Why::Proof(what)), "{claim} = {given}");
        }
        assert_eq!(refused(|claims| claims["aud"] = json!(["hw"])), None);
        let to_us = |claims: &mut Value| {
            claims["aud"] = json!(["other", "hw"]);
            claims["azp"] = json!("hw");
        };
        assert_eq!(refused(to_us), None);
    }

    #[test]
    fn clocks_may_differ_by_a_minute_and_no_more() {
        let now = NOW_AT / 1_000;
        for (iat, exp, what) in [
            (now, now + 1, None),
            (now - 300, now - 59, None),
            (now - 300, now - 60, Some(Proof::Expired)),
            (now + 60, now + 300, None),
            (now + 61, now + 300, Some(Proof::Clock)),
            (now - 600, now + 300, None),
            (now - 601, now + 300, Some(Proof::Clock)),
            (i64::MIN, i64::MAX, Some(Proof::Form)),
        ] {
            let at = |claims: &mut Value| {
                claims["iat"] = json!(iat);
                claims["exp"] = json!(exp);
            };
            assert_eq!(refused(at), what.map(Why::Proof), "{iat} {exp}");
        }
        assert_eq!(refused(|claims| claims["nbf"] = json!(now + 61)), Some(Why::Proof(Proof::Clock)));
        assert_eq!(refused(|claims| claims["exp"] = json!(1.8e9 + 0.5)), None, "a fraction of a second");
        assert_eq!(refused(|claims| claims["exp"] = json!(1e300)), Some(Why::Proof(Proof::Form)));
    }

    fn roles() -> Roles {
        let of = |group: &str, role| (group.to_owned(), role);
        Roles { by_group: vec![of("admins", Role::Administrator), of("it", Role::Viewer)], everybody: None }
    }

    #[test]
    fn groups_are_found_where_the_settings_say_and_the_greatest_role_holds() {
        let role = |claims: Claims, claim: &str| claims.role(claim, &roles()).map_err(|refusal| refusal.why);
        let grouped = || claims(|claims| claims["groups"] = json!(["it", "admins", 7]));
        assert_eq!(role(grouped(), "groups"), Ok(Role::Administrator));
        assert_eq!(role(grouped(), "roles"), Err(Why::NoRole));
        assert_eq!(role(claims(|claims| claims["role"] = json!("it")), "role"), Ok(Role::Viewer));
        let nested = claims(|claims| claims["realm_access"] = json!({"roles": ["it"]}));
        assert_eq!(role(nested, "realm_access.roles"), Ok(Role::Viewer));
        let address = claims(|claims| claims["https://corp.example/groups"] = json!(["it"]));
        assert_eq!(role(address, "https://corp.example/groups"), Ok(Role::Viewer));
        assert_eq!(role(claims(|claims| claims["groups"] = json!(["IT"])), "groups"), Err(Why::NoRole));
    }

    #[test]
    fn too_many_groups_are_told_apart_from_none() {
        let overage = || {
            claims(|claims| {
                claims["_claim_names"] = json!({"groups": "src1"});
                claims["_claim_sources"] = json!({"src1": {"endpoint": "https://graph.example/"}});
            })
        };
        let refusal = overage().role("groups", &roles()).unwrap_err();
        assert_eq!(refusal.why, Why::Groups);
        assert!(refusal.detail.contains("assigned to the application"), "{refusal}");
        assert_eq!(overage().role("roles", &roles()).unwrap_err().why, Why::NoRole);
        let open = Roles { by_group: Vec::new(), everybody: Some(Role::Viewer) };
        assert_eq!(overage().role("groups", &open), Ok(Role::Viewer), "nobody asks for groups");
        let implicit = claims(|claims| claims["hasgroups"] = json!(true));
        assert_eq!(implicit.role("groups", &roles()).unwrap_err().why, Why::Groups);
    }

    #[test]
    fn groups_that_are_not_told_are_not_taken_for_none_where_they_say_what_is_seen() {
        let paris = Sight::of(["Paris"]).unwrap();
        let sights = Sights { by_group: vec![("it".to_owned(), paris.clone())], everybody: Sight::All };
        let sight = |claims: Claims| claims.sight("groups", &sights).map_err(|refusal| refusal.why);
        assert_eq!(sight(claims(|claims| claims["groups"] = json!(["x", "it"]))), Ok(paris));
        assert_eq!(sight(claims(|claims| claims["groups"] = json!(["x"]))), Ok(Sight::All));
        assert_eq!(sight(claims(|claims| claims["hasgroups"] = json!(true))), Err(Why::Groups));
    }

    #[test]
    fn how_strongly_somebody_signed_in_is_what_the_token_says() {
        let checked = |acr: &[&str], amr: &[&str], change: fn(&mut Value)| {
            let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            claims(change).check_strength(&Demands { acr: of(acr), amr: of(amr) })
        };
        let refused = |acr: &[&str], amr: &[&str], change| checked(acr, amr, change).err().map(|refusal| refusal.why);
        let (class, methods) = (Some(Why::Weak(Demand::Class)), Some(Why::Weak(Demand::Methods)));
        let both = |claims: &mut Value| {
            claims["acr"] = json!("2");
            claims["amr"] = json!(["pwd", "otp"]);
        };
        assert_eq!((refused(&[], &[], |_| ()), refused(&[], &[], both)), (None, None), "nothing is demanded");
        assert_eq!((refused(&["1", "2"], &[], both), refused(&[], &["hwk", "otp"], both)), (None, None));
        assert_eq!(refused(&["2"], &["otp"], both), None);
        assert_eq!((refused(&["3"], &["otp"], both), refused(&["2"], &["mfa"], both)), (class, methods), "both count");
        assert_eq!((refused(&["2"], &[], |_| ()), refused(&[], &["otp"], |_| ())), (class, methods), "it is not told");
        for odd in
            [|claims: &mut Value| claims["acr"] = json!(2), |claims: &mut Value| claims["acr"] = json!({"2": true})]
        {
            assert_eq!(refused(&["2"], &[], odd), class);
        }
        assert_eq!(refused(&["2"], &[], |claims| claims["acr"] = json!("22")), class, "letter by letter");
        assert_eq!(refused(&[], &["mfa"], |claims| claims["amr"] = json!("mfa")), None, "as some providers write it");
        let said = checked(&["2", "3"], &[], |claims| claims["acr"] = json!("x".repeat(9_999))).unwrap_err().detail;
        assert!(said.contains("oidc.required_acr demands 2 or 3") && said.len() < 600, "{said}");
    }

    #[test]
    fn a_name_is_what_the_provider_has_for_it() {
        let name = |change: fn(&mut Value)| claims(change).name("7b1d");
        assert_eq!(name(|_| ()), "7b1d");
        assert_eq!(name(|claims| claims["upn"] = json!("ann@corp.example")), "ann@corp.example");
        assert_eq!(name(|claims| *claims = json!({"name": "Ann", "preferred_username": "ann"})), "ann");
    }
}
