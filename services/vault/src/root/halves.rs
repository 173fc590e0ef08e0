//! Halves of epochs: one small file for each, in a folder that no backup takes in.
//!
//! A file is called `<compartment>-<log>-<epoch>.half`, so that several logs can share a folder and each ends only its own.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::private::{create_private, read_private};
use crate::{
    Compartment, RootKeyError, VaultError, Why,
    derive::derived,
    key::{self, KEY, Key},
    wrap::For,
};

const ENDING: &str = "half";
/// The length of a half as text.
const TEXT: usize = 44;

#[derive(Clone)]
pub(super) struct Halves(Arc<Path>);

impl Halves {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self(folder.into())
    }

    /// Makes the half of an epoch, unless it is there. It has its name only when it is whole.
    pub(super) fn prepare(&self, what: &For<'_>) -> Result<(), VaultError> {
        let (path, draft) = (self.path(what), self.0.join(key::hex(&key::random::<8>())));
        let made = || {
            let mut file = create_private(&draft)?.ok_or(io::ErrorKind::AlreadyExists)?;
            file.write_all(Zeroizing::new(BASE64_STANDARD.encode(Key::random().expose())).as_bytes())?;
            file.sync_all()?;
            let named = std::fs::hard_link(&draft, &path);
            std::fs::remove_file(&draft)?;
            File::open(&self.0)?.sync_all()?;
            named.or_else(|error| if path.exists() { Ok(()) } else { Err(error) })
        };
        if path.exists() { Ok(()) } else { made().map_err(|error| away(&self.0, &error)) }
    }

    /// What wraps an epoch: it follows from the root and from the half, and from neither alone. None when the half is gone.
    pub(super) fn above(&self, root: &Key, what: &For<'_>) -> Result<Option<Key>, VaultError> {
        let path = self.path(what);
        let text = match read_private(&path) {
            Ok(text) => text,
            Err(RootKeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(Why::RootAway(error.to_string()).into()),
        };
        let half = BASE64_STANDARD.decode(text.trim()).ok().filter(|half| half.len() == KEY);
        let half = Zeroizing::new(half.ok_or(VaultError::Damaged("the half of an epoch"))?);
        Ok(Some(derived(root, "epoch half", &[&half])))
    }

    /// Overwrites and removes the halves of all epochs of a log's compartment before this one.
    pub(super) fn end_before(
        &self,
        log: Uuid,
        compartment: Compartment,
        first: i64,
    ) -> Result<(), VaultError> {
        let start = start_of(log, compartment);
        let ended = || {
            for entry in std::fs::read_dir(&self.0)? {
                let path = entry?.path();
                if epoch_of(&path, &start).is_some_and(|epoch| epoch < first) {
                    let mut file = File::options().write(true).open(&path)?;
                    file.write_all(&[0; TEXT])?;
                    file.sync_all()?;
                    std::fs::remove_file(&path)?;
                }
            }
            File::open(&self.0)?.sync_all()
        };
        ended().map_err(|error| away(&self.0, &error))
    }

    fn path(&self, what: &For<'_>) -> PathBuf {
        self.0.join(format!("{}{}.{ENDING}", start_of(what.log, what.compartment), what.which))
    }
}

/// How the names of all halves of a log's compartment begin.
fn start_of(log: Uuid, compartment: Compartment) -> String {
    format!("{}-{log}-", compartment.code())
}

/// Of which epoch a file is the half, if its name begins like this.
fn epoch_of(path: &Path, start: &str) -> Option<i64> {
    let rest = path.file_name()?.to_str()?.strip_prefix(start)?;
    rest.strip_suffix(ENDING)?.strip_suffix('.')?.parse().ok()
}

fn away(folder: &Path, error: &io::Error) -> VaultError {
    Why::RootAway(format!("{}: {error}", folder.display())).into()
}
