//! Checkpoints (C2SP tlog-checkpoint): how large a log was, and the root over all of it.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    merkle::Hash,
    note::{Note, NoteError, Verifier},
};

/// What a log says of itself in three lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a note; lines of extensions are not taken, for none are written.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.split_terminator('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Malformed);
        };
        let size = number(size).ok_or(NoteError::Malformed)?;
        let root = hash(root).ok_or(NoteError::Malformed)?;
        let checkpoint = Self { origin: origin.to_owned(), size, root };
        if origin.is_empty() || checkpoint.to_string() != text {
            return Err(NoteError::Malformed);
        }
        Ok(checkpoint)
    }

    /// Reads a signed checkpoint of a log, and believes it only under this key.
    pub fn open(note: &[u8], key: &Verifier) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        note.verify(std::slice::from_ref(key))?;
        let checkpoint = Self::parse(note.text)?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(NoteError::Unsigned) }
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root } = self;
        write!(f, "{origin}\n{size}\n{}\n", STANDARD.encode(root))
    }
}

/// A number in decimal, without a sign or a zero in front.
pub(super) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A hash in base64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}
