//! One process owns the file.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use crate::error::StoreError;

/// Held as long as this lives, and no longer than the process: the kernel lets go of it, whatever kills us.
#[derive(Debug)]
pub(super) struct OwnerLock {
    _file: File,
}

impl OwnerLock {
    /// Locks `<file>.lock` and leaves the number of this process in it, for the message that the next one shows.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        let lock = lock_path(database);
        let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", lock.display()));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let owner = file.read_to_string(&mut owner).ok().and_then(|_| owner.trim().parse().ok());
                return Err(StoreError::InUse { file: database.to_owned(), lock, owner });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}
