//! Proofs that stand alone (C2SP tlog-proof): where an entry is, what leads from its leaf to the root, and the signed checkpoint.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    checkpoint,
    merkle::Hash,
    note::{LONGEST, NoteError},
};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A tree has no more than 2^63 leaves.
const MOST_HASHES: usize = 63;

/// That an entry is in the tree of a checkpoint; written by `Display` as the format has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The place of the entry, from 0.
    pub index: u64,
    /// The hashes beside the way from its leaf to the root, from below.
    pub hashes: Vec<Hash>,
    /// The checkpoint as it was signed; nothing of it is verified here.
    pub note: String,
}

impl Proof {
    /// Reads a proof. A line of extra data is not taken, for none is written.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        let (head, note) = text.split_once("\n\n").ok_or(NoteError::Malformed)?;
        let mut lines = head.split('\n');
        let named = lines.next() == Some(FIRST_LINE);
        let index = lines.next().and_then(|line| checkpoint::number(line.strip_prefix("index ")?));
        let hashes: Option<Vec<Hash>> = lines.take(MOST_HASHES + 1).map(checkpoint::hash).collect();
        match (index, hashes) {
            (Some(index), Some(hashes)) if named && hashes.len() <= MOST_HASHES && note.len() <= LONGEST => {
                Ok(Self { index, hashes, note: note.to_owned() })
            }
            _ => Err(NoteError::Malformed),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", STANDARD.encode(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(hashes: usize) -> Proof {
        let note = "log.example/l\n1\nroot\n\n\u{2014} log.example/l AAAA\n".to_owned();
        Proof { index: 7, hashes: vec![[9; 32]; hashes], note }
    }

    #[test]
    fn a_proof_is_read_as_it_was_written_with_and_without_hashes() {
        for hashes in [0, 1, 63] {
            let written = proof(hashes).to_string();
            assert!(written.starts_with("c2sp.org/tlog-proof@v1\nindex 7\n"));
            assert_eq!(Proof::parse(written.as_bytes()), Ok(proof(hashes)));
        }
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let whole = proof(1).to_string();
        for (from, to) in [
            ("@v1", "@v2"),
            ("index 7", "index 07"),
            ("index 7", "index -1"),
            ("index 7\n", ""),
            ("index 7", "extra AAAA\nindex 7"),
            ("CQkJ", "CQ"),
            ("\n\n", "\n"),
        ] {
            let changed = whole.replace(from, to);
            assert_eq!(Proof::parse(changed.as_bytes()), Err(NoteError::Malformed), "{changed}");
        }
        assert!(Proof::parse(proof(64).to_string().as_bytes()).is_err());
        assert!(Proof::parse(&[0xff]).is_err() && Proof::parse(b"").is_err());
    }
}
