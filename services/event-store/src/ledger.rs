//! The ledger: one leaf per event, over everything that is stored.
//!
//! ```text
//! content digest = SHA-256( fields, each as: length (8 bytes, big-endian) ‖ bytes )
//!     fields: "safar.event.v1", stream, revision, event id, event type, occurred at, actor, command id,
//!             ordinal, fingerprint, metadata, payload
//!     numbers are 8 bytes big-endian, times are microseconds since 1970 (signed), ids are 16 bytes
//! entry = position (8, big-endian) ‖ recorded at (8, big-endian, µs, signed) ‖ content digest (32)
//! leaf  = SHA-256( 0x00 ‖ entry )                                      as in RFC 6962 and RFC 9162
//! ```
//!
//! The digest needs nothing that is known only at the commit, so it is computed before an append queues; only the last
//! line is left for the one place that orders all appends. As positions have no holes, the Merkle tree of the log is
//! the tree over the leaves in order, and costs the appends nothing.

mod asked;
pub mod checkpoint;
mod copy;
mod evidence;
mod folder;
mod keeper;
mod lock;
pub mod merkle;
pub mod note;
mod opening;
pub mod proof;
pub mod tile;
mod tree;
pub mod witness;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    append::CommandKey,
    numbers::{Position, Revision},
};

pub use copy::{MARKER, is_the_second_place};
pub use evidence::{Evidence, LedgerFinding};
pub use folder::Folder;
pub use keeper::{Ledger, LedgerError, LedgerOptions, Published, Unpublished};
pub use tree::Tree;

/// Length of a ledger entry.
pub const ENTRY_BYTES: usize = 48;

/// First field of each digest: names this encoding, so that a later one can never be mistaken for it.
const ENCODING: &[u8] = b"safar.event.v1";

/// What an event says, apart from its place and time in the log.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the fields are those of `RecordedEvent`")]
#[expect(missing_debug_implementations, reason = "the content may be about a person")]
pub struct Content<'a> {
    pub stream: &'a str,
    pub revision: Revision,
    pub event_id: Uuid,
    pub event_type: &'a str,
    pub occurred_at: Timestamp,
    pub command: &'a CommandKey,
    pub ordinal: u32,
    pub fingerprint: &'a [u8; 32],
    pub metadata: &'a [u8],
    pub payload: &'a [u8],
}

/// SHA-256 over the content in the encoding of this module.
pub fn content_digest(content: &Content<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(ENCODING);
    field(content.stream.as_bytes());
    field(&content.revision.get().to_be_bytes());
    field(content.event_id.as_bytes());
    field(content.event_type.as_bytes());
    field(&content.occurred_at.as_microsecond().to_be_bytes());
    field(content.command.actor.as_bytes());
    field(content.command.id.as_bytes());
    field(&u64::from(content.ordinal).to_be_bytes());
    field(content.fingerprint);
    field(content.metadata);
    field(content.payload);
    hash.finalize().into()
}

/// The entry of an event in the ledger: where, when, what.
pub fn entry(position: Position, recorded_at: Timestamp, content_digest: &[u8; 32]) -> [u8; ENTRY_BYTES] {
    let mut entry = [0; ENTRY_BYTES];
    entry[..8].copy_from_slice(&position.get().to_be_bytes());
    entry[8..16].copy_from_slice(&recorded_at.as_microsecond().to_be_bytes());
    entry[16..].copy_from_slice(content_digest);
    entry
}

/// The leaf of an entry in the Merkle tree (RFC 9162, 2.1.1).
pub fn leaf_hash(entry: &[u8; ENTRY_BYTES]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

#[cfg(test)]
mod tests;
