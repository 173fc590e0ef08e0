//! Signed notes (C2SP signed-note) with Ed25519, and the cosignatures of witnesses (C2SP tlog-cosignature) on them.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A note is read up to this length.
pub const LONGEST: usize = 64 * 1024;
/// Signatures that a note may carry.
const MOST_SIGNATURES: usize = 100;
const DASH: &str = "\u{2014} ";
const KEY_BYTES: usize = 32;

/// What a key signs: a note of its own, or that it has seen somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The note itself: Ed25519.
    Log,
    /// A checkpoint at a moment: cosignature/v1.
    Witness,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// Why a note, a key or a signature is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum NoteError {
    #[error("a name is not empty and has no space, no `+` and no control character")]
    Name,
    #[error("a signing key is 32 random bytes in base64; make one: openssl rand -base64 32")]
    SigningKey,
    #[error("a verifier key is <name>+<key id>+<base64>, of type Ed25519 or of a witness")]
    VerifierKey,
    #[error("this is no signed note")]
    Malformed,
    #[error("no signature of a known key is on the note")]
    Unsigned,
    #[error("a signature on the note is not right")]
    WrongSignature,
}

/// The public half of a key, under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    key: [u8; KEY_BYTES],
}

impl Verifier {
    /// Reads a verifier key: `<name>+<key id>+<base64>`.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey)?;
        let (kind, key) = match key.split_first() {
            Some((1, key)) => (Kind::Log, key),
            Some((4, key)) => (Kind::Witness, key),
            _ => return Err(NoteError::VerifierKey),
        };
        let key = key.try_into().map_err(|_| NoteError::VerifierKey)?;
        let verifier = Self { name: checked_name(name)?, kind, key };
        if hex(verifier.id()) == id { Ok(verifier) } else { Err(NoteError::VerifierKey) }
    }

    /// The name that stands before its signatures; of a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key)
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Whether these are the bytes that this key puts under this text.
    fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.key);
        match (self.kind, signature.split_first_chunk::<8>()) {
            (Kind::Log, _) => key.verify(text.as_bytes(), signature).is_ok(),
            (Kind::Witness, Some((seconds, signature))) => {
                key.verify(&cosigned(text, u64::from_be_bytes(*seconds)), signature).is_ok()
            }
            (Kind::Witness, None) => false,
        }
    }
}

/// As it is configured elsewhere.
impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[self.kind.byte()], self.key.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, hex(self.id()))
    }
}

/// A key that signs; its seed stays inside.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    /// A key under a name, from its seed: 32 bytes in base64.
    pub fn new(name: &str, kind: Kind, seed: &str) -> Result<Self, NoteError> {
        let seed = Zeroizing::new(STANDARD.decode(seed.trim()).map_err(|_| NoteError::SigningKey)?);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NoteError::SigningKey)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| NoteError::SigningKey)?;
        Ok(Self { pair, verifier: Verifier { name: checked_name(name)?, kind, key } })
    }

    /// Its public half.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The note with this text and the signature of a log.
    pub fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.line(self.pair.sign(text.as_bytes()).as_ref()))
    }

    /// The line by which a witness says that it has seen the note with this text at this moment.
    pub fn cosign(&self, text: &str, seconds: u64) -> String {
        let signature = self.pair.sign(&cosigned(text, seconds));
        self.line(&[seconds.to_be_bytes().as_slice(), signature.as_ref()].concat())
    }

    fn line(&self, signature: &[u8]) -> String {
        let bytes = STANDARD.encode([&self.verifier.id(), signature].concat());
        format!("{DASH}{} {bytes}\n", self.verifier.name)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.verifier.to_string()).finish()
    }
}

/// Name, key id and signature.
type Line<'a> = (&'a str, [u8; 4], Vec<u8>);

/// A note that was taken apart; nothing of it is to be believed before it is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note<'a> {
    /// What was signed, with its last newline.
    pub text: &'a str,
    /// The lines below, each with its newline.
    pub signatures: &'a str,
}

impl<'a> Note<'a> {
    /// Takes a note apart.
    pub fn parse(note: &'a [u8]) -> Result<Self, NoteError> {
        let note = std::str::from_utf8(note).map_err(|_| NoteError::Malformed)?;
        let control = |byte: u8| byte < b' ' && byte != b'\n';
        if note.len() > LONGEST || note.bytes().any(control) {
            return Err(NoteError::Malformed);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed)? + 1;
        let note = Self { text: &note[..end], signatures: &note[end + 1..] };
        note.lines().map(|_| note)
    }

    /// Succeeds where one of these keys has signed the note, and none of them wrongly.
    pub fn verify(&self, keys: &[Verifier]) -> Result<(), NoteError> {
        let mut signed = false;
        for (name, id, signature) in self.lines()? {
            let mut known = keys.iter().filter(|key| key.name == name && key.id() == id);
            if let Some(key) = known.next() {
                if !key.verifies(self.text, &signature) {
                    return Err(NoteError::WrongSignature);
                }
                signed = true;
            }
        }
        if signed { Ok(()) } else { Err(NoteError::Unsigned) }
    }

    /// When this witness has cosigned the note, in seconds since 1970; none without a line of this key.
    pub fn cosigned_at(&self, key: &Verifier) -> Result<Option<u64>, NoteError> {
        let mut of_key =
            self.lines()?.into_iter().filter(|(name, id, _)| key.name == *name && key.id() == *id);
        let Some((_, _, signature)) = of_key.next() else { return Ok(None) };
        let seconds = signature.first_chunk().map(|seconds| u64::from_be_bytes(*seconds));
        let good = key.kind == Kind::Witness && key.verifies(self.text, &signature);
        seconds.filter(|_| good).map(Some).ok_or(NoteError::WrongSignature)
    }

    /// Name, key id and signature of each line.
    fn lines(&self) -> Result<Vec<Line<'a>>, NoteError> {
        if !self.signatures.ends_with('\n') {
            return Err(NoteError::Malformed);
        }
        let line = |line: &'a str| {
            let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = STANDARD.decode(bytes).ok()?;
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            (is_name(name) && !signature.is_empty()).then(|| (name, *id, signature.to_vec()))
        };
        let lines: Option<Vec<_>> = self.signatures.split_terminator('\n').map(line).collect();
        lines.filter(|lines| (1..=MOST_SIGNATURES).contains(&lines.len())).ok_or(NoteError::Malformed)
    }
}

/// What a witness signs.
fn cosigned(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

fn checked_name(name: &str) -> Result<String, NoteError> {
    if is_name(name) { Ok(name.to_owned()) } else { Err(NoteError::Name) }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn hex(bytes: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests;
