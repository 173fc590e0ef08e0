//! The public keys of one issuer.

use std::{collections::HashMap, sync::Arc};

use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::Value;

use super::head::is_key_id;
use crate::config::SigningAlgorithm;

/// An issuer with more keys than this is not believed.
const KEYS_LIMIT: usize = 100;

/// One public key, good for one algorithm.
pub(super) struct PublicKey {
    pub(super) algorithm: SigningAlgorithm,
    pub(super) key: DecodingKey,
}

/// The keys of one issuer by their ids.
pub(super) type KeySet = HashMap<String, Arc<PublicKey>>;

/// Why a set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum KeysError {
    #[error("the key set is not JSON with a list `keys`")]
    NotAKeySet,
    #[error("the key set has more than 100 keys")]
    TooMany,
    #[error("the key set names the key id of two keys twice")]
    SameIdTwice,
}

/// Reads a key set (RFC 7517). Keys for other purposes or algorithms are left out: a provider may publish them too.
pub(super) fn read(text: &[u8]) -> Result<KeySet, KeysError> {
    let document: Value = serde_json::from_slice(text).map_err(|_| KeysError::NotAKeySet)?;
    let keys = document.get("keys").and_then(Value::as_array).ok_or(KeysError::NotAKeySet)?;
    if keys.len() > KEYS_LIMIT {
        return Err(KeysError::TooMany);
    }
    let mut set = KeySet::new();
    for (id, key) in keys.iter().filter_map(usable) {
        if set.insert(id, Arc::new(key)).is_some() {
            return Err(KeysError::SameIdTwice);
        }
    }
    Ok(set)
}

/// A public key for signatures with one of our algorithms; a secret or a private key is never one.
fn usable(key: &Value) -> Option<(String, PublicKey)> {
    if key.get("d").is_some() || key.get("k").is_some() {
        return None;
    }
    let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let id = jwk.common.key_id.clone().filter(|id| is_key_id(id))?;
    let (algorithm, declared) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (SigningAlgorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (SigningAlgorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (SigningAlgorithm::RS256, KeyAlgorithm::RS256),
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|named| named != declared) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some((id, PublicKey { algorithm, key }))
}
