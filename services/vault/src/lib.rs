//! The vault: what must not be seen is sealed here, and only here opened again.
//!
//! **The layers.** A root key, one for each [`Compartment`] and kept outside of every database, wraps a key-encryption key
//! for each epoch and the key under which things are named. The key-encryption key wraps one random key for each subject
//! (the stream of one patient in one compartment); from that one, HKDF-SHA256 makes a key for each single thing that is
//! sealed. What is wrapped lies in the key store, a database of its own ([`KeyStore`]).
//!
//! **What is sealed** is padded to steps of 256 bytes and encrypted with XChaCha20-Poly1305. Bound into it is its
//! [`Place`]: log, stream, revision, id, type, compartment and key. So nothing can be moved, and a commitment to the key is
//! stored beside it, for an authenticated cipher alone does not say under which key something was sealed.
//!
//! **What is named** (a stream, an organisation to look for) is named by a keyed hash: who has no key can neither make nor
//! reverse it.
//!
//! **When it does not open.** [`VaultError::KeyUnavailable`] may be over in a minute; [`VaultError::Erased`] never will
//! be; [`VaultError::Damaged`] says that the bytes are not those that were sealed at this place.

mod derive;
mod envelope;
mod error;
mod key;
mod root;
mod rotate;
mod store;
mod vault;
mod wrap;

#[cfg(test)]
mod tests;

pub use error::{RootKeyError, VaultError, Why};
pub use root::{RootKey, RootKeys, Token, read_private};
pub use rotate::rotate;
pub use safar_domain::compartment::Compartment;
pub use store::KeyStore;
pub use vault::{Held, Place, Status, Vault};
