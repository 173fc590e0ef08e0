//! The header of a token, read before anything in it is believed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::TokenFault;
use crate::{config::SigningAlgorithm, http::document};

/// A longer token is not looked at.
pub(super) const TOKEN_LIMIT: usize = 4 * 1024;

/// Members by which a token could bring its own key, an extension or another encoding.
const FORBIDDEN: [&str; 7] = ["crit", "jku", "jwk", "x5u", "x5c", "zip", "b64"];

/// What a token's header says, once it is well-formed and harmless.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) algorithm: SigningAlgorithm,
    pub(super) key_id: String,
}

/// A JSON object.
type Object = Map<String, Value>;

/// Splits a token into header and claims; neither is verified yet.
pub(super) fn split(token: &str) -> Result<(Object, Object), TokenFault> {
    if token.len() > TOKEN_LIMIT {
        return Err(TokenFault::TooLong);
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { return Err(TokenFault::Malformed) };
    if signature.is_empty() || BASE64_URL_SAFE_NO_PAD.decode(signature).is_err() {
        return Err(TokenFault::Malformed);
    }
    Ok((object(header)?, object(claims)?))
}

fn object(part: &str) -> Result<Object, TokenFault> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)?;
    match document::parse(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(TokenFault::NotStrictJson),
    }
}

impl Head {
    pub(super) fn read(header: &Object) -> Result<Self, TokenFault> {
        if FORBIDDEN.iter().any(|name| header.contains_key(*name)) {
            return Err(TokenFault::ForbiddenHeader);
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let kind = text("typ").ok_or(TokenFault::WrongType)?.to_ascii_lowercase();
        if kind.strip_prefix("application/").unwrap_or(&kind) != "at+jwt" {
            return Err(TokenFault::WrongType);
        }
        let algorithm = match text("alg") {
            Some("EdDSA") => SigningAlgorithm::EdDSA,
            Some("ES256") => SigningAlgorithm::ES256,
            Some("RS256") => SigningAlgorithm::RS256,
            _ => return Err(TokenFault::AlgorithmNotAllowed),
        };
        let key_id = text("kid").filter(|id| is_key_id(id)).ok_or(TokenFault::BadKeyId)?.to_owned();
        Ok(Self { algorithm, key_id })
    }
}

/// `^[A-Za-z0-9_-]{1,64}$`: nothing that could be a path, a query or a line of a log.
pub(super) fn is_key_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
