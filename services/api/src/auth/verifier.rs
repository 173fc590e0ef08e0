//! From the text of a token to who is asking.

use std::{collections::HashMap, sync::Arc};

use jsonwebtoken::{Algorithm, Validation, decode};
use moka::sync::Cache;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Fetch, TokenFault, Verified,
    claims::{self, Rules},
    head::{self, Head},
    issuer::Issuer,
    keys::{KeysError, PublicKey},
};
use crate::{
    clock::Clock,
    config::{Auth, ConfigError, SigningAlgorithm},
};

/// Verifies tokens of the configured issuers, and remembers the good ones until they expire.
pub struct Verifier {
    issuers: HashMap<String, Arc<Issuer>>,
    remembered: Cache<[u8; 32], Arc<Remembered>>,
    rules: Auth,
    fetch: Fetch,
    clock: Clock,
}

/// A token that was good, and the very key that proved it: when the key is taken back, so is this.
struct Remembered {
    verified: Verified,
    key: Arc<PublicKey>,
    key_id: String,
}

/// Why tokens cannot be verified at all.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum VerifierError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the keys of an issuer cannot be used: {0}")]
    Keys(#[from] KeysError),
    #[error("the self-test failed: a token that {0} was judged wrongly")]
    SelfTest(&'static str),
}

impl Verifier {
    /// A verifier for these issuers. Keys that come from files or addresses are loaded when they are first needed, or
    /// by [`Verifier::refresh`].
    pub fn new(rules: Auth, fetch: Fetch, clock: Clock) -> Result<Self, VerifierError> {
        let mut issuers = HashMap::new();
        for config in &rules.issuers {
            let issuer = Issuer::new(config, config.key_source()?)?;
            issuers.insert(config.issuer.clone(), Arc::new(issuer));
        }
        let remembered = Cache::new(rules.remembered_tokens);
        Ok(Self { issuers, remembered, rules, fetch, clock })
    }

    /// Who this token speaks for.
    pub async fn verify(&self, token: &str) -> Result<Verified, TokenFault> {
        if token.len() > head::TOKEN_LIMIT {
            return Err(TokenFault::TooLong);
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(known) = self.remembered.get(&digest) {
            if self.still_good(&known) {
                return Ok(known.verified.clone());
            }
            self.remembered.invalidate(&digest);
        }
        let (verified, key, key_id) = self.verify_afresh(token).await?;
        let known = Remembered { verified: verified.clone(), key, key_id };
        self.remembered.insert(digest, Arc::new(known));
        Ok(verified)
    }

    /// Loads the keys of all issuers again; false if any of them could not be reached.
    pub async fn refresh(&self) -> bool {
        let mut all = true;
        for issuer in self.issuers.values() {
            all &= issuer.refresh(&self.fetch, &self.clock).await;
        }
        all
    }

    /// How often [`Verifier::refresh`] is due.
    pub fn refresh_every(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.rules.refresh_seconds.unsigned_abs())
    }

    async fn verify_afresh(&self, token: &str) -> Result<(Verified, Arc<PublicKey>, String), TokenFault> {
        let (header, claims) = head::split(token)?;
        let head = Head::read(&header)?;
        let issuer = claims.get("iss").and_then(Value::as_str).and_then(|name| self.issuers.get(name));
        let issuer = issuer.ok_or(TokenFault::UnknownIssuer)?;
        if !issuer.allows(head.algorithm) {
            return Err(TokenFault::AlgorithmNotAllowed);
        }
        let key = issuer.key(&head.key_id, &self.fetch, &self.clock).await.ok_or(TokenFault::UnknownKey)?;
        if key.algorithm != head.algorithm {
            return Err(TokenFault::AlgorithmNotAllowed);
        }
        check_signature(token, &key)?;
        let rules = Rules {
            issuer: &issuer.name,
            audience: &issuer.audience,
            leeway_seconds: self.rules.leeway_seconds,
            max_lifetime_seconds: self.rules.max_lifetime_seconds,
            now: self.clock.now(),
        };
        Ok((claims::check(&claims, &rules)?, key, head.key_id))
    }

    fn still_good(&self, known: &Remembered) -> bool {
        let current = self.issuers.get(&known.verified.issuer).and_then(|issuer| issuer.known(&known.key_id));
        let expires = known.verified.expires_at.as_second().saturating_add(self.rules.leeway_seconds);
        current.is_some_and(|key| Arc::ptr_eq(&key, &known.key)) && expires > self.clock.now().as_second()
    }
}

/// Only the signature: the library's own checks of claims are off, because ours ask for more and by our clock.
fn check_signature(token: &str, key: &PublicKey) -> Result<(), TokenFault> {
    let mut only_signature = Validation::new(match key.algorithm {
        SigningAlgorithm::EdDSA => Algorithm::EdDSA,
        SigningAlgorithm::ES256 => Algorithm::ES256,
        SigningAlgorithm::RS256 => Algorithm::RS256,
    });
    only_signature.required_spec_claims.clear();
    only_signature.validate_exp = false;
    only_signature.validate_nbf = false;
    only_signature.validate_aud = false;
    decode::<IgnoredAny>(token, &key.key, &only_signature).map(|_| ()).map_err(|_| TokenFault::BadSignature)
}
