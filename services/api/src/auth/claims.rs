//! The claims of a token whose signature is good.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{TokenFault, Verified};

/// What is held against the claims.
pub(super) struct Rules<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) leeway_seconds: i64,
    pub(super) max_lifetime_seconds: i64,
    pub(super) now: Timestamp,
}

/// A token id may be this long.
const TOKEN_ID_LIMIT: usize = 128;

/// Every claim has to be there, of its type, and right.
pub(super) fn check(claims: &Map<String, Value>, rules: &Rules<'_>) -> Result<Verified, TokenFault> {
    if claims.get("iss").and_then(Value::as_str) != Some(rules.issuer) {
        return Err(TokenFault::UnknownIssuer);
    }
    check_audience(claims.get("aud"), rules.audience)?;
    let subject =
        text(claims, "sub").filter(|subject| is_worker_id(subject)).ok_or(TokenFault::BadSubject)?;
    let token_id = text(claims, "jti").filter(|id| (1..=TOKEN_ID_LIMIT).contains(&id.len()));
    let token_id = token_id.ok_or(TokenFault::BadClaims)?;
    let moment = |name| claims.get(name).ok_or(TokenFault::BadClaims).and_then(seconds);
    let (issued, not_before, expires) = (moment("iat")?, moment("nbf")?, moment("exp")?);
    let auth_time = claims.get("auth_time").map(seconds).transpose()?;
    check_times(issued, not_before, expires, rules)?;
    if auth_time
        .is_some_and(|signed_in| signed_in > rules.now.as_second().saturating_add(rules.leeway_seconds))
    {
        return Err(TokenFault::NotYetValid);
    }
    let at = |second| Timestamp::from_second(second).map_err(|_| TokenFault::BadClaims);
    Ok(Verified {
        subject: subject.to_owned(),
        issuer: rules.issuer.to_owned(),
        token_id: token_id.to_owned(),
        issued_at: at(issued)?,
        expires_at: at(expires)?,
        auth_time: auth_time.map(at).transpose()?,
    })
}

/// One text, or a list of texts in which ours is one.
fn check_audience(audience: Option<&Value>, ours: &str) -> Result<(), TokenFault> {
    let for_us = match audience {
        Some(Value::String(one)) => one == ours,
        Some(Value::Array(many)) if many.iter().all(Value::is_string) => many.iter().any(|one| one == ours),
        _ => return Err(TokenFault::BadClaims),
    };
    if for_us { Ok(()) } else { Err(TokenFault::WrongAudience) }
}

fn check_times(issued: i64, not_before: i64, expires: i64, rules: &Rules<'_>) -> Result<(), TokenFault> {
    let (now, leeway) = (rules.now.as_second(), rules.leeway_seconds);
    if expires <= now.saturating_sub(leeway) {
        return Err(TokenFault::Expired);
    }
    if not_before > now.saturating_add(leeway) || issued > now.saturating_add(leeway) {
        return Err(TokenFault::NotYetValid);
    }
    // From the earlier of both, so that a token cannot be made long-lived by a late `iat`.
    let life = expires.saturating_sub(issued.min(not_before));
    if life <= 0 || life > rules.max_lifetime_seconds {
        return Err(TokenFault::LivesTooLong);
    }
    Ok(())
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// Whole seconds since 1970; a text, a fraction or a number beyond the calendar is no time.
fn seconds(value: &Value) -> Result<i64, TokenFault> {
    let second = value.as_i64().filter(|second| *second >= 0).ok_or(TokenFault::BadClaims)?;
    Timestamp::from_second(second).map(|_| second).map_err(|_| TokenFault::BadClaims)
}

/// `^[a-z0-9][a-z0-9-]{0,63}$`, the ids of the directory.
pub(super) fn is_worker_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() <= 64
        && bytes.first().copied().is_some_and(plain)
        && bytes.iter().all(|&b| plain(b) || b == b'-')
}
