//! Checking a pack with nothing but its bytes and the keys that the checker knows.

mod events;

use std::collections::BTreeSet;

use safar_domain::language::Language;
use safar_event_store::{
    RecordedEvent,
    ledger::{
        checkpoint::Checkpoint,
        note::{Kind, Note, Verifier},
    },
};
use serde::Serialize;

use super::{
    container::{self, Files},
    layout::{self, CHECKPOINT, FORMAT, FileDigest, Key, MANIFEST, Manifest},
    page,
};

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The file is a pack, with nothing in it besides.
    Container,
    /// Every file is the one that the manifest lists.
    Manifest,
    /// The checkpoint is signed by the key of the log.
    Checkpoint,
    /// The witnesses have cosigned it.
    Witnesses,
    /// Each event has the leaf that leads to the root of the checkpoint.
    Events,
    /// The events are those of the case, in order and without a gap.
    Stream,
    /// The pages say what the files say.
    Pages,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 7] = [
        Self::Container,
        Self::Manifest,
        Self::Checkpoint,
        Self::Witnesses,
        Self::Events,
        Self::Stream,
        Self::Pages,
    ];

    /// What it holds, as a line of the verdict.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Container => "the file is a whole pack with nothing in it besides",
            Self::Manifest => "every file is the one that the manifest lists",
            Self::Checkpoint => "the checkpoint is signed by the key of the log",
            Self::Witnesses => "witnesses have cosigned the checkpoint",
            Self::Events => "every event leads by its leaf to the signed root",
            Self::Stream => "the events are those of one case, in order and without a gap",
            Self::Pages => "the pages say what the events say",
        }
    }
}

/// Something that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// A word for programs.
    pub code: &'static str,
    /// In which file of the pack.
    pub file: String,
    /// What is wrong.
    pub said: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not; a finding says why.
    Fails,
    /// There was nothing to look at, or no way to look at it; a remark says why.
    Open,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Each check with how it ended.
    pub checks: Vec<(Check, Outcome)>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// What the checker should know besides.
    pub remarks: Vec<String>,
    /// Whether the key of the log was one that the checker knows, and not only the one in the pack.
    pub by_known_key: bool,
    /// How many events the pack has.
    pub events: u64,
}

impl Verdict {
    /// Whether the pages are those that this version makes of the other files.
    pub fn pages_hold(&self) -> bool {
        self.checks.contains(&(Check::Pages, Outcome::Holds))
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What is known so far.
#[derive(Default)]
struct Findings {
    all: Vec<Finding>,
    open: BTreeSet<Check>,
    remarks: Vec<String>,
}

impl Findings {
    fn add(&mut self, check: Check, code: &'static str, (file, said): (&str, impl Into<String>)) {
        self.all.push(Finding { check, code, file: file.to_owned(), said: said.into() });
    }

    fn remark(&mut self, check: Check, said: impl Into<String>) {
        self.open.insert(check);
        self.remarks.push(said.into());
    }

    /// Every check from here on has nothing to look at.
    fn stops(&mut self, after: Check) {
        self.open.extend(Check::ALL.into_iter().filter(|check| *check > after));
    }

    fn verdict(self, by_known_key: bool, events: usize) -> Verdict {
        let outcome = |check: Check| {
            if self.all.iter().any(|finding| finding.check == check) {
                Outcome::Fails
            } else if self.open.contains(&check) {
                Outcome::Open
            } else {
                Outcome::Holds
            }
        };
        let checks = Check::ALL.map(|check| (check, outcome(check))).to_vec();
        let Self { all: findings, remarks, .. } = self;
        Verdict { checks, findings, remarks, by_known_key, events: events as u64 }
    }
}

/// Checks the bytes of a pack under the keys that the checker knows, of logs and of witnesses; tells after each event how many
/// are done, and of how many.
pub fn check(bytes: &[u8], known: &[Verifier], progress: impl FnMut(usize, usize)) -> Verdict {
    let mut found = Findings::default();
    let files = match container::read(bytes) {
        Ok(files) => files,
        Err(error) => {
            found.add(Check::Container, "not_a_pack", ("", error.to_string()));
            found.stops(Check::Container);
            return found.verdict(false, 0);
        }
    };
    let Some(manifest) = manifest(&files, &mut found) else {
        found.stops(Check::Manifest);
        return found.verdict(false, 0);
    };
    digests(&files, &manifest, &mut found);
    fingerprints(&manifest, &mut found);
    let by_known_key = known.iter().any(|key| key.kind() == Kind::Log);
    let note = String::from_utf8(files.get(CHECKPOINT).cloned().unwrap_or_default()).unwrap_or_default();
    let checkpoint = checkpoint(&note, (&manifest, known), &mut found);
    witnesses(&note, (&manifest, known), &mut found);
    let events = events::check(&files, (&manifest, &note, checkpoint.as_ref()), &mut found, progress);
    pages(&files, (&manifest, &note, &events), &mut found);
    let by_known_key = by_known_key && checkpoint.is_some();
    found.verdict(by_known_key, events.len())
}

fn manifest(files: &Files, found: &mut Findings) -> Option<Manifest> {
    let manifest: Option<Manifest> = files.get(MANIFEST).and_then(|bytes| serde_json::from_slice(bytes).ok());
    match manifest {
        Some(manifest) if manifest.format == FORMAT => Some(manifest),
        Some(manifest) => {
            let said = format!("the format is {:?}, and this version knows {FORMAT}", manifest.format);
            found.add(Check::Manifest, "manifest_unreadable", (MANIFEST, said));
            None
        }
        None => {
            found.add(Check::Manifest, "manifest_unreadable", (MANIFEST, "it is missing or cannot be read"));
            None
        }
    }
}

fn digests(files: &Files, manifest: &Manifest, found: &mut Findings) {
    for (name, listed) in &manifest.files {
        match files.get(name) {
            None => found.add(
                Check::Manifest,
                "file_missing",
                (name, "the manifest lists it, and it is not there"),
            ),
            Some(bytes) if FileDigest::of(bytes) != *listed => {
                found.add(
                    Check::Manifest,
                    "file_changed",
                    (name, "it is not the file that the manifest lists"),
                );
            }
            Some(_) => (),
        }
    }
    for name in files.keys().filter(|name| *name != MANIFEST && !manifest.files.contains_key(*name)) {
        found.add(Check::Manifest, "file_unlisted", (name, "the manifest does not list it"));
    }
}

/// What the pack says of its keys is so, whoever has made them.
fn fingerprints(manifest: &Manifest, found: &mut Findings) {
    for key in &manifest.keys {
        if Verifier::parse(&key.verifier).is_ok_and(|verifier| Key::of(&verifier) == *key) {
            continue;
        }
        let said = format!("{} is not the fingerprint of its key", key.fingerprint);
        found.add(Check::Manifest, "key_fingerprint_wrong", (MANIFEST, said));
    }
}

/// The keys of one kind: those that the checker knows, or else those of the pack.
fn keys(kind: Kind, (manifest, known): (&Manifest, &[Verifier])) -> (Vec<Verifier>, bool) {
    let of_kind = |key: &Verifier| key.kind() == kind;
    let known: Vec<Verifier> = known.iter().filter(|key| of_kind(key)).cloned().collect();
    if !known.is_empty() {
        return (known, true);
    }
    let listed = manifest.keys.iter().filter_map(|key| Verifier::parse(&key.verifier).ok());
    (listed.filter(of_kind).collect(), false)
}

fn checkpoint(note: &str, from: (&Manifest, &[Verifier]), found: &mut Findings) -> Option<Checkpoint> {
    let (keys, known) = keys(Kind::Log, from);
    let opened = keys.iter().find_map(|key| Some((Checkpoint::open(note.as_bytes(), key).ok()?, key)));
    let Some((checkpoint, key)) = opened else {
        let said = if known {
            "no key that you gave has signed it: it is of another log, or was changed; compare the key with the operator"
        } else {
            "the key in the pack has not signed it"
        };
        found.add(Check::Checkpoint, "checkpoint_not_signed", (CHECKPOINT, said));
        return None;
    };
    if !known {
        let said = format!(
            "the key of the log is the pack's own word; compare it with one that you have in another way, and give it by --verifier-key: {key}"
        );
        found.remark(Check::Checkpoint, said);
    }
    Some(checkpoint)
}

fn witnesses(note: &str, from: (&Manifest, &[Verifier]), found: &mut Findings) {
    let (keys, known) = keys(Kind::Witness, from);
    let Ok(note) = Note::parse(note.as_bytes()) else {
        found.open.insert(Check::Witnesses);
        return;
    };
    let mut seen = 0;
    for key in &keys {
        match note.cosigned_at(key) {
            Err(_) => {
                let said =
                    format!("the cosignature of {} is not of its key, or of another checkpoint", key.name());
                found.add(Check::Witnesses, "cosignature_wrong", (CHECKPOINT, said));
            }
            Ok(None) if known => {
                let said = format!("{} has not cosigned it", key.name());
                found.add(Check::Witnesses, "not_cosigned", (CHECKPOINT, said));
            }
            Ok(None) => (),
            Ok(Some(seconds)) => {
                seen += 1;
                let at = page::seconds(seconds).map_or_else(|| seconds.to_string(), |at| at.to_string());
                found.remarks.push(format!("{} cosigned the checkpoint at {at}", key.name()));
            }
        }
    }
    if seen == 0 {
        found.remark(Check::Witnesses, "no witness whose key is here has cosigned the checkpoint");
    } else if !known {
        found.remark(
            Check::Witnesses,
            "the keys of witnesses are the pack's own word; give those that you know",
        );
    }
}

/// Makes the pages again and compares.
fn pages(files: &Files, (manifest, note, events): (&Manifest, &str, &[RecordedEvent]), found: &mut Findings) {
    let events: Vec<&RecordedEvent> = events.iter().collect();
    for language in Language::ALL {
        let (name, shown) = (layout::page(language), page::Shown { manifest, note, events: &events });
        if files.get(&name).map(Vec::as_slice) == Some(page::page(language, &shown).as_bytes()) {
            continue;
        }
        if manifest.safar == env!("CARGO_PKG_VERSION") {
            found.add(Check::Pages, "page_altered", (&name, "it does not say what the other files say"));
        } else {
            let said = format!(
                "{name} is said to be made by Safar {}, and this is {}: do not believe it before that version has checked it",
                manifest.safar,
                env!("CARGO_PKG_VERSION")
            );
            found.remark(Check::Pages, said);
        }
    }
}
