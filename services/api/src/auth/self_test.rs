//! Before the first request: bad tokens are refused here, whatever a new version of a library does.

use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use super::{
    DevIssuer, Verifier,
    dev::{AUDIENCE, ISSUER},
    verifier::VerifierError,
};
use crate::{clock::Clock, config::Auth};

impl Verifier {
    /// Tries a good token and one bad token per rule on a verifier with these rules and a key of its own.
    pub async fn self_test(rules: &Auth, clock: &Clock) -> Result<(), VerifierError> {
        let issuer = DevIssuer::ephemeral();
        let rules = Auth { issuers: vec![issuer.config()], ..rules.clone() };
        let refuse_to_fetch = std::sync::Arc::new(|_| -> futures_util::future::BoxFuture<'static, _> {
            Box::pin(std::future::ready(Err(super::FetchError("the self-test fetches nothing".to_owned()))))
        });
        let verifier = Self::new(rules, refuse_to_fetch, clock.clone())?;
        let now = clock.now().as_second();
        if verifier.verify(&issuer.sign(&good(now))).await.is_err() {
            return Err(VerifierError::SelfTest("is good"));
        }
        for (what, token) in bad(&issuer, now) {
            if verifier.verify(&token).await.is_ok() {
                return Err(VerifierError::SelfTest(what));
            }
        }
        Ok(())
    }
}

fn good(now: i64) -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "self-test", "jti": "1", "iat": now, "nbf": now, "exp": now + 60})
}

fn bad(issuer: &DevIssuer, now: i64) -> Vec<(&'static str, String)> {
    let changed = |name: &str, value: Value| {
        let mut claims = good(now);
        claims[name] = value;
        issuer.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = good(now);
        claims.as_object_mut().map(|claims| claims.remove(name));
        issuer.sign(&claims)
    };
    let header = |change: fn(&mut Header)| {
        let mut header = Header::new(Algorithm::EdDSA);
        (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some(issuer.key_id()));
        change(&mut header);
        issuer.sign_with(&header, &good(now))
    };
    let signed = issuer.sign(&good(now));
    let unsigned = signed.rsplit_once('.').map_or_else(String::new, |(rest, _)| format!("{rest}."));
    vec![
        ("is not signed", unsigned),
        ("is signed by another key", DevIssuer::ephemeral().sign(&good(now))),
        ("has no audience", without("aud")),
        ("has a number for an audience", changed("aud", json!(1))),
        ("is for another audience", changed("aud", json!("other"))),
        ("has no issuer", without("iss")),
        ("has no subject", without("sub")),
        ("has no end", without("exp")),
        ("ends too late", changed("exp", json!(u64::MAX))),
        ("has expired", changed("exp", json!(now - 60))),
        ("is not valid yet", changed("nbf", json!(now + 60))),
        ("has a text for a time", changed("nbf", json!("0"))),
        ("is an id token", header(|header| header.typ = Some("JWT".to_owned()))),
        (
            "brings a key address along",
            header(|header| header.jku = Some("https://example.invalid".to_owned())),
        ),
        ("has a critical extension", header(|header| header.crit = Some(vec!["exp".to_owned()]))),
        ("names no key", header(|header| header.kid = None)),
    ]
}
