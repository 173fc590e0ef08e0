//! Witnesses (C2SP tlog-witness): what a log asks of one, and one that answers.

use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{
    checkpoint::{self, Checkpoint},
    folder, lock,
    merkle::{self, Hash},
    note::{Kind, Note, NoteError, Signer, Verifier},
};

/// The media type of a size in an answer of 409.
pub const SIZE_MEDIA: &str = "text/x.tlog.size";
/// Longer proofs would be of no tree.
const LONGEST_PROOF: usize = 63;

/// What is sent to `add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness has cosigned before.
    pub old: u64,
    /// That the tree of that size is the beginning of this one.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: String,
}

impl AddCheckpoint {
    /// The body of the request.
    pub fn body(&self) -> String {
        let mut body = format!("old {}\n", self.old);
        for hash in &self.proof {
            body.push_str(&STANDARD.encode(hash));
            body.push('\n');
        }
        body + "\n" + &self.note
    }

    /// Reads the body of a request; the note in it is not verified.
    pub fn parse(body: &[u8]) -> Result<Self, NoteError> {
        let body = std::str::from_utf8(body).map_err(|_| NoteError::Malformed)?;
        let (head, note) = body.split_once("\n\n").ok_or(NoteError::Malformed)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| checkpoint::number(line.strip_prefix("old ")?));
        let proof: Option<Vec<Hash>> = lines.map(checkpoint::hash).collect();
        match (old, proof) {
            (Some(old), Some(proof)) if proof.len() <= LONGEST_PROOF => {
                Ok(Self { old, proof, note: note.to_owned() })
            }
            _ => Err(NoteError::Malformed),
        }
    }
}

/// What a witness answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200: its cosignature.
    Cosigned(String),
    /// 400.
    Malformed,
    /// 403: no signature of the log.
    Unsigned,
    /// 404: not a log of this witness.
    UnknownLog,
    /// 409: what it cosigned last is of this size, or of this size and another root.
    Conflict(u64),
    /// 422: not a continuation of what it cosigned last.
    Inconsistent,
}

/// One that cosigns each checkpoint which continues the last one that it cosigned, and no other.
#[derive(Debug)]
pub struct Witness {
    signer: Signer,
    logs: Vec<Verifier>,
    folder: PathBuf,
    turn: Mutex<()>,
    /// No other witness remembers in the same folder.
    _claim: File,
}

impl Witness {
    /// A witness of these logs, which alone remembers in this folder.
    pub fn new(signer: Signer, logs: Vec<Verifier>, folder: PathBuf) -> io::Result<Self> {
        let claim = lock::claim(&folder.join("lock"))?.ok_or_else(|| {
            io::Error::new(io::ErrorKind::ResourceBusy, "another witness remembers in the same folder")
        })?;
        Ok(Self { signer, logs, folder, turn: Mutex::new(()), _claim: claim })
    }

    /// Its public half.
    pub fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Answers a request at this moment; a cosignature is on disk before it is given.
    pub fn add(&self, body: &[u8], seconds: u64) -> io::Result<Reply> {
        let Ok(request) = AddCheckpoint::parse(body) else { return Ok(Reply::Malformed) };
        let Ok(note) = Note::parse(request.note.as_bytes()) else { return Ok(Reply::Malformed) };
        let Ok(new) = Checkpoint::parse(note.text) else { return Ok(Reply::Malformed) };
        let keys: Vec<Verifier> = self.of_log(&new.origin).cloned().collect();
        if keys.is_empty() {
            return Ok(Reply::UnknownLog);
        }
        if note.verify(&keys).is_err() {
            return Ok(Reply::Unsigned);
        }
        if request.old > new.size {
            return Ok(Reply::Malformed);
        }
        // One after the other: between the look at what is known and its replacement there is no other.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.known(&new.origin)?;
        let (size, root) = known.map_or((0, merkle::empty_root()), |known| (known.size, known.root));
        if request.old != size || (size == new.size && root != new.root) {
            return Ok(Reply::Conflict(size));
        }
        if !merkle::is_consistent((size, &root), (new.size, &new.root), &request.proof) {
            return Ok(Reply::Inconsistent);
        }
        let line = self.signer.cosign(note.text, seconds);
        folder::replace(&self.state(&new.origin), format!("{}\n{line}", note.text).as_bytes())?;
        Ok(Reply::Cosigned(line))
    }

    fn of_log<'a>(&'a self, origin: &'a str) -> impl Iterator<Item = &'a Verifier> + 'a {
        self.logs.iter().filter(move |log| log.kind() == Kind::Log && log.name() == origin)
    }

    /// What was cosigned last; a file that cannot be read is not taken for none.
    fn known(&self, origin: &str) -> io::Result<Option<Checkpoint>> {
        let Some(bytes) = folder::read(&self.state(origin))? else { return Ok(None) };
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "what the witness remembers is damaged");
        let note = Note::parse(&bytes).map_err(|_| damaged())?;
        note.verify(std::slice::from_ref(self.verifier())).map_err(|_| damaged())?;
        Checkpoint::parse(note.text).map(Some).map_err(|_| damaged())
    }

    fn state(&self, origin: &str) -> PathBuf {
        let hash = Sha256::digest(origin);
        let name = hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        self.folder.join(name)
    }
}
