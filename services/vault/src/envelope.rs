//! The one format of sealed bytes.
//!
//! ```text
//! version (1: 0x01) ‖ key id (16) ‖ nonce (24) ‖ commitment (32) ‖ ciphertext (n × 256) ‖ tag (16)
//! plaintext  = length (4, big-endian) ‖ content ‖ zeros up to the next multiple of 256
//! item key   = HKDF-SHA256(subject key, "item", type ‖ id)
//! commitment = HKDF-SHA256(item key, "commitment", nonce)
//! AAD        = "safar.sealed.v1", log, stream, revision, id, type, compartment, key id, each with its length
//! ```

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    Compartment, Place, VaultError,
    derive::{derived, framed, keyed_hash},
    key::{self, Key},
};

/// Sealed content grows in steps of this many bytes.
pub(crate) const STEP: usize = 256;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const LENGTH: usize = 4;
const HEADER: usize = 1 + 16 + NONCE + 32;

#[derive(Clone, Copy)]
/// Everything around the content: what it is bound to, and the key of its subject.
pub(crate) struct Binding<'a> {
    pub(crate) log: Uuid,
    pub(crate) compartment: Compartment,
    pub(crate) place: &'a Place<'a>,
    pub(crate) key_id: Uuid,
    pub(crate) key: &'a Key,
}

impl Binding<'_> {
    fn item_key(&self) -> Key {
        derived(self.key, "item", &[self.place.event_type.as_bytes(), self.place.id.as_bytes()])
    }

    fn associated(&self) -> Vec<u8> {
        framed(&[
            b"safar.sealed.v1",
            self.log.as_bytes(),
            self.place.stream.as_bytes(),
            &self.place.revision.to_be_bytes(),
            self.place.id.as_bytes(),
            self.place.event_type.as_bytes(),
            self.compartment.code().as_bytes(),
            self.key_id.as_bytes(),
        ])
    }

    /// Seals content, with a nonce that was never used before.
    pub(crate) fn seal(&self, content: &[u8]) -> Vec<u8> {
        self.seal_with(content, key::random())
    }

    /// Seals content so that the same content at the same place gives the same bytes: for what can be made again.
    pub(crate) fn seal_alike(&self, content: &[u8]) -> Vec<u8> {
        let nonce = keyed_hash(&self.item_key(), "nonce", &[&self.associated(), content]);
        self.seal_with(content, *nonce.first_chunk().expect("32 bytes begin with 24"))
    }

    pub(crate) fn seal_with(&self, content: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
        let item_key = self.item_key();
        let payload = Payload { msg: &padded(content), aad: &self.associated() };
        let ciphertext = XChaCha20Poly1305::new(&(*item_key.expose()).into())
            .encrypt(&XNonce::from(nonce), payload)
            .expect("content of a stream is far below the limits of the cipher");
        let mut sealed = Vec::with_capacity(HEADER + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(self.key_id.as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(derived(&item_key, "commitment", &[&nonce]).expose());
        sealed.extend_from_slice(&ciphertext);
        sealed
    }

    /// Opens what was sealed at this place, and nothing else.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let parts = Parts::of(sealed)?;
        if parts.key_id != self.key_id {
            return Err(VaultError::Damaged("it was sealed under the key of something else"));
        }
        let item_key = self.item_key();
        if !derived(&item_key, "commitment", &[&parts.nonce]).is(&parts.commitment) {
            return Err(VaultError::Damaged("it was not sealed under this key"));
        }
        let payload = Payload { msg: parts.ciphertext, aad: &self.associated() };
        let padded = XChaCha20Poly1305::new(&(*item_key.expose()).into())
            .decrypt(&XNonce::from(parts.nonce), payload)
            .map_err(|_| VaultError::Damaged("it was changed, or belongs to another place"))?;
        unpadded(&Zeroizing::new(padded))
    }
}

struct Parts<'a> {
    key_id: Uuid,
    nonce: [u8; NONCE],
    commitment: [u8; 32],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Result<Self, VaultError> {
        const CUT: VaultError = VaultError::Damaged("it is cut off");
        let (version, rest) = sealed.split_first().ok_or(CUT)?;
        if *version != VERSION {
            return Err(VaultError::Damaged("it is of an unknown version"));
        }
        let (key_id, rest) = rest.split_first_chunk::<16>().ok_or(CUT)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(CUT)?;
        let (commitment, ciphertext) = rest.split_first_chunk::<32>().ok_or(CUT)?;
        match ciphertext.len().checked_sub(TAG) {
            Some(length) if length >= STEP && length.is_multiple_of(STEP) => {
                let (nonce, commitment) = (*nonce, *commitment);
                Ok(Self { key_id: Uuid::from_bytes(*key_id), nonce, commitment, ciphertext })
            }
            _ => Err(CUT),
        }
    }
}

fn padded(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let whole = (LENGTH + content.len()).next_multiple_of(STEP);
    let mut padded = Zeroizing::new(Vec::with_capacity(whole));
    let length = u32::try_from(content.len()).expect("content of a stream is below 4 GiB");
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(whole, 0);
    padded
}

fn unpadded(padded: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    const WRONG: VaultError = VaultError::Damaged("its padding is wrong");
    let (length, rest) = padded.split_first_chunk::<LENGTH>().ok_or(WRONG)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| WRONG)?;
    let (content, zeros) = rest.split_at_checked(length).ok_or(WRONG)?;
    if zeros.len() >= STEP || zeros.iter().any(|byte| *byte != 0) {
        return Err(WRONG);
    }
    Ok(Zeroizing::new(content.to_vec()))
}
