//! Root keys: given to the process from outside, never stored with what they protect.

use std::{collections::BTreeMap, io::Write as _, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::{
    Compartment, RootKeyError,
    key::{KEY, Key},
};

/// The key above all keys of one compartment.
#[derive(Clone)]
pub struct RootKey(pub(crate) Key);

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
        Ok(Self(Key::new(key)))
    }

    /// Reads a file that nobody but its owner can read.
    pub fn read(path: &Path) -> Result<Self, RootKeyError> {
        let failed = |source| RootKeyError::File { path: path.to_owned(), source };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        if !is_private(path).map_err(failed)? {
            return Err(RootKeyError::NotPrivate(path.to_owned()));
        }
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads the file, and makes it with a new key if it is not there: for development and demonstrations.
    pub fn read_or_make(path: &Path) -> Result<Self, RootKeyError> {
        let failed = |source| RootKeyError::File { path: path.to_owned(), source };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                let text = Zeroizing::new(BASE64_STANDARD.encode(Key::random().expose()) + "\n");
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(failed(error)),
        }
        Self::read(path)
    }

    /// What may be shown of it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
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

    pub(crate) fn of(&self, compartment: Compartment) -> Option<&Key> {
        self.0.get(&compartment).map(|root| &root.0)
    }
}

#[cfg(unix)]
fn is_private(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode();
    let for_others = mode & 0o077;
    // What systemd hands over as a credential is for its service alone and looks like this.
    Ok(for_others == 0 || mode & 0o777 == 0o440)
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> std::io::Result<bool> {
    Ok(true)
}
