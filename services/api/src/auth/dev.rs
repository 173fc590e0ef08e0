//! An issuer for development, built in: only with `--dev`, only on loopback, never beside a default account.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::config::{IssuerConfig, SigningAlgorithm};

/// The name of the development issuer; `.invalid` can never be a real host (RFC 2606).
pub const ISSUER: &str = "https://dev.safar.invalid";
/// The audience of its tokens.
pub const AUDIENCE: &str = "safar";

const KEY_FILE: &str = "dev-issuer.key";

/// Makes tokens for a server that runs with `--dev`.
pub struct DevIssuer {
    signing: EncodingKey,
    public: Vec<u8>,
}

/// Why there is no development issuer here.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum DevIssuerError {
    #[error(
        "--dev lets anybody on this machine sign in, so it needs a loopback address; {0} is not one. Leave out --dev, or listen on 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
    #[error("the key of the development issuer cannot be kept in {path}: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{0} can be read by others; make it private (chmod 600) or delete it")]
    NotPrivate(PathBuf),
    #[error("{0} is not a key of the development issuer; delete it and start again")]
    NotAKey(PathBuf),
}

/// Whether `--dev` may run on this address.
pub fn allowed_on(listen: SocketAddr) -> Result<(), DevIssuerError> {
    if listen.ip().is_loopback() { Ok(()) } else { Err(DevIssuerError::NotLoopback(listen)) }
}

impl DevIssuer {
    /// The issuer whose key is kept in this folder; the first one to ask makes it, readable by its owner alone.
    pub fn open(folder: &Path) -> Result<Self, DevIssuerError> {
        let path = folder.join(KEY_FILE);
        let failed = |source| DevIssuerError::Folder { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        match std::fs::read(&path) {
            Ok(key) => {
                check_private(&path)
                    .map_err(failed)?
                    .then_some(())
                    .ok_or(DevIssuerError::NotPrivate(path.clone()))?;
                Self::from_key(&key).ok_or(DevIssuerError::NotAKey(path))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let (issuer, key) = Self::generate();
                write_private(&path, &key).map_err(failed)?;
                Ok(issuer)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// An issuer that ends with the process.
    pub fn ephemeral() -> Self {
        Self::generate().0
    }

    fn generate() -> (Self, Vec<u8>) {
        let pair = Ed25519KeyPair::generate().expect("the operating system gives random bytes");
        let key = pair.to_pkcs8v1().expect("a new key can be written").as_ref().to_vec();
        (Self::from_key(&key).expect("a new key can be read"), key)
    }

    fn from_key(key: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(key).ok()?;
        Some(Self { signing: EncodingKey::from_ed_der(key), public: pair.public_key().as_ref().to_vec() })
    }

    /// The id of its key, made from the key.
    pub fn key_id(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.public))[..16].to_owned()
    }

    /// Its public key, as the configuration of an issuer.
    pub fn config(&self) -> IssuerConfig {
        let x = BASE64_URL_SAFE_NO_PAD.encode(&self.public);
        let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.key_id(), "x": x});
        IssuerConfig {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            algorithms: vec![SigningAlgorithm::EdDSA],
            jwks_url: None,
            jwks_file: None,
            jwks: Some(json!({"keys": [key]}).to_string()),
            discover: false,
        }
    }

    /// A token for this worker from now on for so many seconds, as if they had just signed in.
    pub fn mint(&self, subject: &str, now: Timestamp, seconds: i64, token_id: Uuid) -> String {
        self.mint_for_session(subject, (now, now), seconds, token_id)
    }

    /// The same for a worker who signed in at an earlier moment.
    pub fn mint_for_session(
        &self,
        subject: &str,
        (signed_in, now): (Timestamp, Timestamp),
        seconds: i64,
        token_id: Uuid,
    ) -> String {
        let (signed_in, now) = (signed_in.as_second(), now.as_second());
        self.sign(&json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": token_id, "auth_time": signed_in,
            "iat": now, "nbf": now, "exp": now.saturating_add(seconds),
        }))
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(self.key_id()),
            ..Header::new(Algorithm::EdDSA)
        };
        self.sign_with(&header, claims)
    }

    pub(super) fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.signing).expect("an Ed25519 key signs any claims")
    }

    #[cfg(test)]
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public
    }

    #[cfg(test)]
    pub(super) fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        let pair = Ed25519KeyPair::from_pkcs8(self.signing.as_bytes()).unwrap();
        pair.sign(message).as_ref().to_vec()
    }
}

impl std::fmt::Debug for DevIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DevIssuer")
    }
}

#[cfg(unix)]
fn check_private(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let others = std::fs::metadata(path)?.permissions().mode() & 0o077;
    Ok(others == 0)
}

#[cfg(unix)]
fn write_private(path: &Path, key: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_is_refused_on_an_address_that_others_can_reach() {
        assert!(allowed_on("127.0.0.1:8080".parse().unwrap()).is_ok());
        assert!(allowed_on("[::1]:8080".parse().unwrap()).is_ok());
        for reachable in ["0.0.0.0:8080", "[::]:8080", "192.168.1.5:8080"] {
            let sentence = allowed_on(reachable.parse().unwrap()).unwrap_err().to_string();
            assert!(sentence.contains(reachable) && sentence.contains("listen on 127.0.0.1"), "{sentence}");
        }
    }

    #[test]
    fn the_key_is_made_once_kept_private_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = DevIssuer::open(folder.path()).unwrap();
        assert!(check_private(&folder.path().join(KEY_FILE)).unwrap());
        assert_eq!(DevIssuer::open(folder.path()).unwrap().key_id(), first.key_id());
        assert_ne!(DevIssuer::ephemeral().key_id(), first.key_id());
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        DevIssuer::open(folder.path()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(DevIssuer::open(folder.path()), Err(DevIssuerError::NotPrivate(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, b"not a key").unwrap();
        assert!(matches!(DevIssuer::open(folder.path()), Err(DevIssuerError::NotAKey(_))));
    }
}
