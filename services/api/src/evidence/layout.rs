//! The files of a pack: how they are called, and the shapes of the two that are ours.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;
use safar_domain::{ids::CaseId, language::Language};
use safar_event_store::{CommandKey, RecordedEvent, StreamId, ledger::note::Verifier};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What a pack says of its own shape.
pub(super) const FORMAT: &str = "safar.evidence.v1";
/// What the pack is, and the digest of each of its files.
pub const MANIFEST: &str = "manifest.json";
/// The signed checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// What the pack is, who asked for it, and the digest of each of its files; nothing of it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `safar.evidence.v1`.
    pub format: String,
    /// The version of Safar that made it.
    pub safar: String,
    /// Of which case.
    pub case: CaseId,
    /// Who asked for it: a worker of the directory, or `operator`.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// The position behind which no event was taken, where one was given.
    pub up_to: Option<u64>,
    /// How many events there are.
    pub events: u64,
    /// The keys under which the checkpoint verifies, the log's first; compare them with those that you know.
    pub keys: Vec<Key>,
    /// What the organisations that are named were called when it was asked.
    pub organisations: BTreeMap<String, String>,
    /// Every other file.
    pub files: BTreeMap<String, FileDigest>,
}

/// A verifier key with its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// `<name>+<key id>+<base64>`, as C2SP signed-note has it.
    pub verifier: String,
    /// The SHA-256 of that line, in hexadecimal.
    pub fingerprint: String,
}

/// How long a file is, and its SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Its length.
    pub bytes: u64,
    /// Its digest.
    pub sha256: String,
}

/// Everything of an event but payload and metadata, which lie beside it byte for byte as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of `RecordedEvent`")]
pub struct EventFile {
    pub position: u64,
    pub stream: String,
    pub revision: u64,
    pub event_id: Uuid,
    pub event_type: String,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    pub actor: String,
    pub command_id: Uuid,
    pub ordinal: u32,
    pub fingerprint: String,
    pub leaf_hash: String,
}

impl Key {
    pub(super) fn of(key: &Verifier) -> Self {
        let verifier = key.to_string();
        Self { fingerprint: sha256(verifier.as_bytes()), verifier }
    }
}

impl FileDigest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

impl EventFile {
    pub(super) fn of(event: &RecordedEvent) -> Self {
        Self {
            position: event.position.get(),
            stream: event.stream.to_string(),
            revision: event.revision.get(),
            event_id: event.event_id,
            event_type: event.event_type.clone(),
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            actor: event.command.actor.clone(),
            command_id: event.command.id,
            ordinal: event.ordinal,
            fingerprint: hexadecimal(&event.fingerprint),
            leaf_hash: hexadecimal(&event.leaf_hash),
        }
    }

    /// The event with its bytes, if this is one.
    pub(super) fn with(self, metadata: &[u8], payload: &[u8]) -> Option<RecordedEvent> {
        Some(RecordedEvent {
            position: self.position.into(),
            stream: StreamId::parse(&self.stream).ok()?,
            revision: self.revision.into(),
            event_id: self.event_id,
            event_type: self.event_type,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
            command: CommandKey { actor: self.actor, id: self.command_id },
            ordinal: self.ordinal,
            fingerprint: from_hexadecimal(&self.fingerprint)?,
            metadata: metadata.to_vec(),
            payload: payload.to_vec(),
            leaf_hash: from_hexadecimal(&self.leaf_hash)?,
        })
    }
}

/// What a file of an event holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Event,
    Metadata,
    Payload,
    Proof,
}

/// The file of the event with this revision.
pub(super) fn of_event(revision: u64, holds: Holds) -> String {
    match holds {
        Holds::Event => format!("events/{revision:06}.json"),
        Holds::Metadata => format!("events/{revision:06}.metadata.json"),
        Holds::Payload => format!("events/{revision:06}.payload.json"),
        Holds::Proof => format!("proofs/{revision:06}.tlog-proof"),
    }
}

/// The page in this language.
pub(super) fn page(language: Language) -> String {
    format!("page.{language}.html")
}

/// The revision that a file belongs to; none for files of other kinds.
pub(super) fn revision_of(name: &str) -> Option<u64> {
    let (_, rest) = name.split_once('/')?;
    let revision = rest.split_once('.')?.0.parse().ok()?;
    let kinds = [Holds::Event, Holds::Metadata, Holds::Payload, Holds::Proof];
    kinds.into_iter().any(|holds| of_event(revision, holds) == name).then_some(revision)
}

/// Whether a pack has a file of this name: nothing that leads anywhere else.
pub(super) fn is_known(name: &str) -> bool {
    [MANIFEST, CHECKPOINT].contains(&name)
        || Language::ALL.into_iter().any(|language| page(language) == name)
        || revision_of(name).is_some()
}

/// As people read JSON, with a last newline.
pub(super) fn pretty(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let pairs = text.as_bytes().as_chunks::<2>().0.iter();
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let bytes: [u8; 32] = bytes?.try_into().ok()?;
    (hexadecimal(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_pack_have_a_name_and_one_each() {
        for name in
            ["manifest.json", "checkpoint", "page.tg.html", "events/000001.json", "proofs/1000000.tlog-proof"]
        {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../manifest.json",
            "events/../checkpoint",
            "events/1.json",
            "events/+00001.json",
            "events/000001.tlog-proof",
            "proofs/000001.json",
            "page.xx.html",
            "events\\000001.json",
            "Checkpoint",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn hexadecimal_is_read_as_it_is_written_and_in_no_other_way() {
        let text = hexadecimal(&[0xa7; 32]);
        assert_eq!(from_hexadecimal(&text), Some([0xa7; 32]));
        for wrong in
            [&text[2..], &text.to_uppercase(), &text.replacen("a7", "+7", 1), &format!("{text}a"), ""]
        {
            assert_eq!(from_hexadecimal(wrong), None, "{wrong}");
        }
    }
}
