//! One key from another, and keyed hashes: HKDF-SHA256 and HMAC-SHA256 with labels that are on disk for ever.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key::{KEY, Key};

const DOMAIN: &str = "safar.vault.v1";

/// The key that follows from another for one purpose and one thing.
pub(crate) fn derived(key: &Key, label: &str, parts: &[&[u8]]) -> Key {
    let mut bytes = Zeroizing::new([0; KEY]);
    Hkdf::<Sha256>::new(None, key.expose())
        .expand(&labelled(label, parts), bytes.as_mut())
        .expect("32 bytes are never too many for HKDF-SHA256");
    Key::new(bytes)
}

/// The keyed hash of a text for one purpose.
pub(crate) fn keyed_hash(key: &Key, label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    mac.update(&labelled(label, parts));
    mac.finalize().into_bytes().into()
}

fn labelled(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    framed(&[&[DOMAIN.as_bytes(), label.as_bytes()], parts].concat())
}

/// Each part with its length, so that no two lists of parts share their bytes.
pub(crate) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut framed = Vec::new();
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}
