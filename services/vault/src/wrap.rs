//! Keys under keys: how a key lies in the key store.
//!
//! ```text
//! wrapped = version (1: 0x01 or 0x03) ‖ nonce (24) ‖ XChaCha20-Poly1305(wrapping key, key) with tag (48)
//! ```
//! The wrapping key is made by HKDF-SHA256 from the key above it; bound into it is what the wrapped key is for. The version says
//! what stands above: a key, a root key and the half of an epoch, or (0x02, another format) a token.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    Compartment,
    derive::{derived, framed},
    key::{self, KEY, Key},
};

/// Under a key alone.
pub(crate) const UNDER_KEY: u8 = 1;
/// Under a key in a token.
pub(crate) const UNDER_TOKEN: u8 = 2;
/// Under a root key and the half of an epoch.
pub(crate) const UNDER_HALF: u8 = 3;
const NONCE: usize = 24;

/// What stands above a wrapped key.
pub(crate) fn version_of(wrapped: &[u8]) -> Option<u8> {
    wrapped.first().copied()
}

/// What a wrapped key is for.
pub(crate) struct For<'a> {
    pub(crate) log: Uuid,
    pub(crate) compartment: Compartment,
    /// `names`, `epoch` or `subject`.
    pub(crate) purpose: &'static str,
    /// Which one: an epoch's number, a subject's name.
    pub(crate) which: &'a str,
}

impl For<'_> {
    pub(crate) fn associated(&self) -> Vec<u8> {
        let (code, purpose) = (self.compartment.code(), self.purpose);
        framed(&[
            b"safar.wrapped.v1",
            self.log.as_bytes(),
            code.as_bytes(),
            purpose.as_bytes(),
            self.which.as_bytes(),
        ])
    }

    /// Wraps a key under the one above it.
    pub(crate) fn wrap(&self, above: &Key, key: &Key) -> Vec<u8> {
        self.wrap_as(UNDER_KEY, above, key)
    }

    /// As [`For::wrap`], with the version that says what `above` is.
    pub(crate) fn wrap_as(&self, version: u8, above: &Key, key: &Key) -> Vec<u8> {
        self.wrap_with((version, key::random()), above, key)
    }

    pub(crate) fn wrap_with(&self, (version, nonce): (u8, [u8; NONCE]), above: &Key, key: &Key) -> Vec<u8> {
        let wrapping = derived(above, "wrap", &[self.purpose.as_bytes()]);
        let payload = Payload { msg: key.expose(), aad: &self.associated() };
        let ciphertext = XChaCha20Poly1305::new(&(*wrapping.expose()).into())
            .encrypt(&XNonce::from(nonce), payload)
            .expect("32 bytes are always encrypted");
        [&[version], nonce.as_slice(), &ciphertext].concat()
    }

    /// The key again, if it was wrapped under this one for this.
    pub(crate) fn unwrap(&self, above: &Key, wrapped: &[u8]) -> Option<Key> {
        let (version, rest) = wrapped.split_first()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
        let wrapping = derived(above, "wrap", &[self.purpose.as_bytes()]);
        let payload = Payload { msg: ciphertext, aad: &self.associated() };
        let cipher = XChaCha20Poly1305::new(&(*wrapping.expose()).into());
        let bytes = Zeroizing::new(cipher.decrypt(&XNonce::from(*nonce), payload).ok()?);
        let mut key = Zeroizing::new([0; KEY]);
        (matches!(*version, UNDER_KEY | UNDER_HALF) && bytes.len() == KEY)
            .then(|| key.copy_from_slice(&bytes))?;
        Some(Key::new(key))
    }
}
