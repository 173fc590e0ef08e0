//! Files that hold a key: for their owner alone.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::RootKeyError;

/// Where systemd puts the credentials of a service; the folder is for that service alone.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What a file says that nobody but its owner can read.
pub fn read_private(path: &Path) -> Result<Zeroizing<String>, RootKeyError> {
    let failed = |source| RootKeyError::File { path: path.to_owned(), source };
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    let credentials = std::env::var_os(CREDENTIALS).map(PathBuf::from);
    if is_private(path, credentials.as_deref()).map_err(failed)? {
        Ok(text)
    } else {
        Err(RootKeyError::NotPrivate(path.to_owned()))
    }
}

/// A new file for its owner alone; none if it is there already.
pub(super) fn create_private(path: &Path) -> io::Result<Option<File>> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// What systemd hands over belongs to root and is opened to the service by a list that shows as the group's right to read;
/// anywhere else a group is others.
#[cfg(unix)]
fn is_private(path: &Path, credentials: Option<&Path>) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    let handed_over = match credentials {
        Some(folder) => path.canonicalize()?.parent() == Some(&folder.canonicalize()?),
        None => false,
    };
    let for_others = mode & 0o077;
    Ok(for_others == 0 || (handed_over && mode == 0o440))
}

#[cfg(not(unix))]
fn is_private(_: &Path, _: Option<&Path>) -> io::Result<bool> {
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_groups_right_to_read_is_taken_in_the_folder_of_credentials_alone() {
        let (service, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = |folder: &Path, mode: u32| {
            let path = folder.join(format!("{mode:o}"));
            std::fs::write(&path, "a key").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let private = |path: &Path| is_private(path, Some(service.path())).unwrap();
        for mode in [0o400, 0o600, 0o440] {
            assert!(private(&file(service.path(), mode)), "{mode:o}");
        }
        for mode in [0o640, 0o444, 0o460] {
            assert!(!private(&file(service.path(), mode)), "{mode:o}");
        }
        assert!(!private(&file(other.path(), 0o440)));
        let linked = service.path().join("link");
        std::os::unix::fs::symlink(other.path().join("440"), &linked).unwrap();
        assert!(!private(&linked), "a link leads out of the folder");
        assert!(!is_private(&file(service.path(), 0o440), None).unwrap());
    }
}
