//! Opaque tokens: positions and cursors as the outside world sees them.
//!
//! A plain number would tell how much happens that the caller may not see, and a plain cursor could be edited. So both
//! leave the house sealed, all of one length, and bound to what they are for. Auditors see plain numbers.

mod cursor;
mod position;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use safar_domain::{claim_code::ClaimDigits, ids::HandoffId};
use sha2::{Digest, Sha256};

pub use cursor::{Cursor, KEY_LIMIT};

use crate::random;

const VERSION: u8 = 1;
const NONCE: usize = 24;
/// What is inside, padded to one size.
const PLAIN: usize = 112;
/// Version, nonce, padded content and tag.
const SEALED: usize = 1 + NONCE + PLAIN + 16;

/// Every sealed token is this many characters of base64url.
pub const TOKEN_LENGTH: usize = SEALED.div_ceil(3) * 4;

/// Seals and opens tokens under one secret; nodes that serve the same users share the secret.
#[derive(Clone)]
pub struct Sealer {
    tokens: XChaCha20Poly1305,
    codes: [u8; 32],
}

/// The token was not sealed here, or not for this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this token was not given out here, or not for this")]
pub struct NotOurs;

impl Sealer {
    /// A sealer under a configured secret, which the configuration has found long enough.
    pub fn from_secret(secret: &[u8]) -> Self {
        let key: [u8; 32] =
            Sha256::new().chain_update(b"safar sealed tokens v1\0").chain_update(secret).finalize().into();
        let codes = Sha256::new().chain_update(b"safar claim codes v1\0").chain_update(secret).finalize();
        Self { tokens: XChaCha20Poly1305::new(&key.into()), codes: codes.into() }
    }

    /// A sealer whose tokens are valid until this process ends.
    pub fn random() -> Self {
        Self::from_secret(&random::bytes::<32>())
    }

    /// The `issued`-th claim code of a handoff: nobody without the secret can tell it from the handoff's id.
    pub fn claim_code(&self, handoff: HandoffId, issued: u32) -> ClaimDigits {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.codes);
        let tag = hmac::sign(&key, &framed(&[handoff.0.as_bytes(), &issued.to_be_bytes()]));
        let number = tag.as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        ClaimDigits::numbered(number)
    }

    /// What the log may know of a code: nobody without the secret can try all codes against it.
    pub fn code_digest(&self, code: &ClaimDigits) -> String {
        use std::fmt::Write as _;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.codes);
        let tag = hmac::sign(&key, &framed(&[b"digest", code.reveal().as_bytes()]));
        tag.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn seal(&self, content: &[u8; PLAIN], purpose: &[&[u8]]) -> String {
        let nonce = random::bytes::<NONCE>();
        let payload = Payload { msg: content, aad: &framed(purpose) };
        let sealed =
            self.tokens.encrypt(&XNonce::from(nonce), payload).expect("a short message is always sealed");
        let mut token = Vec::with_capacity(SEALED);
        token.push(VERSION);
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&sealed);
        BASE64_URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, token: &str, purpose: &[&[u8]]) -> Result<[u8; PLAIN], NotOurs> {
        if token.len() > TOKEN_LENGTH {
            return Err(NotOurs);
        }
        let token = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| NotOurs)?;
        let (version, token) = token.split_first().ok_or(NotOurs)?;
        let (nonce, sealed) = token.split_first_chunk::<NONCE>().ok_or(NotOurs)?;
        if *version != VERSION {
            return Err(NotOurs);
        }
        let payload = Payload { msg: sealed, aad: &framed(purpose) };
        let content = self.tokens.decrypt(&XNonce::from(*nonce), payload).map_err(|_| NotOurs)?;
        content.try_into().map_err(|_| NotOurs)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

/// Each part with its length, so that no two purposes share their bytes.
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut framed = Vec::new();
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}

#[cfg(test)]
mod tests;
