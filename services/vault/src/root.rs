//! Root keys: given to the process from outside, never stored with what they protect.
//!
//! A root key is either 32 bytes in the memory of this process ([`RootKey::parse`], [`RootKey::read`]) or stays in a token that
//! speaks PKCS#11 ([`Token`]). What it wraps of its own accord is the key of names and the key of each epoch. An epoch's key is
//! wrapped under something that can be destroyed with the epoch, where there is a place for it: a key of its own in the token,
//! or a half in a folder that no backup takes in ([`RootKey::with_halves_in`]).

mod halves;
mod private;
mod token;
mod wrapping;

use std::{collections::BTreeMap, io::Write as _, path::Path, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

pub use private::read_private;
pub use token::Token;
pub(crate) use wrapping::EPOCH;

use crate::{
    Compartment, RootKeyError,
    key::{KEY, Key},
};
use halves::Halves;
use private::create_private;

/// The key above all keys of one compartment.
#[derive(Clone)]
pub struct RootKey(Holder);

#[derive(Clone)]
enum Holder {
    Process { key: Key, halves: Option<Halves> },
    Token(Arc<Token>, Compartment),
}

impl RootKey {
    /// Reads 32 bytes of base64; `source` is what the operator knows it by.
    pub fn parse(text: &str, source: &str) -> Result<Self, RootKeyError> {
        let wrong = || RootKeyError::NotAKey(source.to_owned());
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.trim()).map_err(|_| wrong())?);
        let mut key = Zeroizing::new([0; KEY]);
        if bytes.len() != KEY || bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(wrong());
        }
        key.copy_from_slice(&bytes);
        Ok(Self(Holder::Process { key: Key::new(key), halves: None }))
    }

    /// Reads a file that nobody but its owner can read, or that systemd has handed over as a credential.
    pub fn read(path: &Path) -> Result<Self, RootKeyError> {
        Self::parse(&read_private(path)?, &path.display().to_string())
    }

    /// Reads the file, and makes it with a new key if it is not there: for development and demonstrations.
    pub fn read_or_make(path: &Path) -> Result<Self, RootKeyError> {
        let failed = |source| RootKeyError::File { path: path.to_owned(), source };
        if let Some(mut file) = create_private(path).map_err(failed)? {
            let text = Zeroizing::new(BASE64_STANDARD.encode(Key::random().expose()) + "\n");
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Self::read(path)
    }

    /// This key, with half of what wraps each new epoch in a folder: when the half is gone, so is the epoch, and a backup of
    /// the key store from before opens nothing. A key in a token needs none and stays as it is.
    #[must_use]
    pub fn with_halves_in(self, folder: &Path) -> Self {
        match self.0 {
            Holder::Process { key, .. } => {
                Self(Holder::Process { key, halves: Some(Halves::in_folder(folder)) })
            }
            token @ Holder::Token(..) => Self(token),
        }
    }

    /// What may be shown of it: a fingerprint, or its name in a token.
    pub fn fingerprint(&self) -> String {
        match &self.0 {
            Holder::Process { key, .. } => key.fingerprint(),
            Holder::Token(token, compartment) => token.name_of(*compartment),
        }
    }
}

/// The root keys that a process was given; it serves the compartments without one as if they were locked.
#[derive(Clone, Default)]
pub struct RootKeys(BTreeMap<Compartment, RootKey>);

impl RootKeys {
    /// None: nothing can be sealed or opened.
    pub fn none() -> Self {
        Self::default()
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, compartment: Compartment, key: RootKey) -> Self {
        self.0.insert(compartment, key);
        self
    }

    /// These without one.
    #[must_use]
    pub fn without(mut self, compartment: Compartment) -> Self {
        self.0.remove(&compartment);
        self
    }

    /// These, each with its halves in a folder ([`RootKey::with_halves_in`]).
    #[must_use]
    pub fn with_halves_in(self, folder: &Path) -> Self {
        Self(self.0.into_iter().map(|(of, key)| (of, key.with_halves_in(folder))).collect())
    }

    /// What may be shown of the one of a compartment.
    pub fn fingerprint(&self, compartment: Compartment) -> Option<String> {
        self.0.get(&compartment).map(RootKey::fingerprint)
    }

    /// The compartments for which there is one.
    pub fn compartments(&self) -> impl Iterator<Item = Compartment> + use<> {
        Compartment::ALL.into_iter().filter({
            let held: Vec<_> = self.0.keys().copied().collect();
            move |compartment| held.contains(compartment)
        })
    }

    pub(crate) fn of(&self, compartment: Compartment) -> Option<&RootKey> {
        self.0.get(&compartment)
    }
}
