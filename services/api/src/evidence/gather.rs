//! Putting a pack together from what the log has.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io,
};

use jiff::Timestamp;
use safar_domain::{ids::CaseId, language::Language};
use safar_event_store::{
    RecordedEvent,
    ledger::{checkpoint::Checkpoint, merkle::Hash, note::Verifier, proof::Proof},
};

use super::{
    check::{Finding, check},
    container::{self, Files},
    layout::{
        self, CHECKPOINT, EventFile, FORMAT, FileDigest, Holds, Key, MANIFEST, Manifest, of_event, pretty,
    },
    page,
};

/// The question that a pack answers.
#[derive(Debug, Clone)]
pub struct Asked {
    /// A worker of the directory, or `operator`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Only events up to this position.
    pub up_to: Option<u64>,
}

/// What a pack is made of.
pub struct Pack {
    /// Of which case.
    pub case: CaseId,
    /// Who asked.
    pub asked: Asked,
    /// The stream, in order, each with what leads from its leaf to the root of the checkpoint.
    pub events: Vec<(RecordedEvent, Vec<Hash>)>,
    /// The checkpoint as it was signed.
    pub note: String,
    /// The keys of the log and of its witness.
    pub keys: Vec<Verifier>,
    /// What the organisations that are named are called.
    pub organisations: BTreeMap<String, String>,
}

/// The best of these checkpoints, in the order of preference, that reaches a position; with its size.
pub fn note_over(
    notes: impl IntoIterator<Item = String>,
    key: &Verifier,
    last: u64,
) -> Option<(String, u64)> {
    notes.into_iter().find_map(|note| {
        let size = Checkpoint::open(note.as_bytes(), key).ok()?.size;
        (size >= last).then_some((note, size))
    })
}

impl Pack {
    /// The organisations whose names the page shows.
    pub fn named<'a>(events: impl IntoIterator<Item = &'a RecordedEvent>) -> BTreeSet<String> {
        let named = RefCell::new(BTreeSet::new());
        let note = |id: &str| {
            named.borrow_mut().insert(id.to_owned());
            None
        };
        for event in events {
            page::told(Language::En, event, &note);
        }
        named.into_inner()
    }

    /// The bytes of the pack.
    pub fn write(&self) -> io::Result<Vec<u8>> {
        let mut files = Files::new();
        files.insert(CHECKPOINT.to_owned(), self.note.clone().into_bytes());
        for (event, hashes) in &self.events {
            let revision = event.revision.get();
            let index = event.position.get().saturating_sub(1);
            let proof = Proof { index, hashes: hashes.clone(), note: self.note.clone() };
            for (holds, bytes) in [
                (Holds::Event, pretty(&EventFile::of(event))?),
                (Holds::Metadata, event.metadata.clone()),
                (Holds::Payload, event.payload.clone()),
                (Holds::Proof, proof.to_string().into_bytes()),
            ] {
                files.insert(of_event(revision, holds), bytes);
            }
        }
        let mut manifest = self.manifest();
        let events: Vec<&RecordedEvent> = self.events.iter().map(|(event, _)| event).collect();
        for language in Language::ALL {
            let shown = page::Shown { manifest: &manifest, note: &self.note, events: &events };
            files.insert(layout::page(language), page::page(language, &shown).into_bytes());
        }
        manifest.files = files.iter().map(|(name, bytes)| (name.clone(), FileDigest::of(bytes))).collect();
        files.insert(MANIFEST.to_owned(), pretty(&manifest)?);
        container::write(&files)
    }

    /// What is wrong with the pack before anybody else looks; its own keys are believed.
    pub fn doubts(&self, bytes: &[u8]) -> Option<Finding> {
        check(bytes, &[], |_, _| {}).findings.into_iter().next()
    }

    /// What the pack is, without the digests of its files.
    fn manifest(&self) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            safar: env!("CARGO_PKG_VERSION").to_owned(),
            case: self.case,
            asked_by: self.asked.by.clone(),
            asked_at: self.asked.at,
            up_to: self.asked.up_to,
            events: self.events.len() as u64,
            keys: self.keys.iter().map(Key::of).collect(),
            organisations: self.organisations.clone(),
            files: BTreeMap::new(),
        }
    }
}
