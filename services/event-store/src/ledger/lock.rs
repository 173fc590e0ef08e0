//! One after the other, among processes as well.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
};

/// Waits for its turn at this file; the kernel ends the turn with the handle, whatever kills the process.
pub(super) fn turn(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    file.lock()?;
    Ok(file)
}

/// Takes this file for as long as the handle lives; none where another process has it.
pub(super) fn claim(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}
