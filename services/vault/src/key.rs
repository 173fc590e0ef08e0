//! A key in memory: 32 bytes that are wiped when they are let go of, and that nothing can print.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::derive;

/// Length of every key here.
pub(crate) const KEY: usize = 32;

/// A secret key. It has neither `Debug` nor `Display`, and can be neither serialised nor compared in plain time.
#[derive(Clone)]
pub(crate) struct Key(Zeroizing<[u8; KEY]>);

impl Key {
    /// A key that nobody can guess.
    pub(crate) fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    pub(crate) fn new(bytes: Zeroizing<[u8; KEY]>) -> Self {
        Self(bytes)
    }

    /// The bytes, for a cipher or a hash.
    pub(crate) fn expose(&self) -> &[u8; KEY] {
        &self.0
    }

    /// What may be shown of it: two keys with one fingerprint are one key, and the fingerprint tells nothing else.
    pub(crate) fn fingerprint(&self) -> String {
        let bytes = derive::derived(self, "fingerprint", &[]);
        bytes.expose()[..16]
            .iter()
            .fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"))
    }

    /// Whether two keys are one, in a time that tells nothing.
    pub(crate) fn is(&self, other: &[u8; KEY]) -> bool {
        self.0.ct_eq(other).into()
    }
}

/// Bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
