//! What stands above an epoch is destroyed with it.

use std::{fs, path::Path};

use uuid::Uuid;

use super::{HIV, ROOT, place, store};
use crate::{Held, KeyStore, Place, RootKey, RootKeys, Vault, VaultError, Why, rotate};

fn root(folder: &Path) -> RootKey {
    let halves = folder.join("halves");
    fs::create_dir_all(&halves).unwrap();
    RootKey::parse(ROOT, "a test").unwrap().with_halves_in(&halves)
}

fn roots(root: &RootKey) -> RootKeys {
    RootKeys::none().with(HIV, root.clone())
}

fn halves(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("halves")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// How the half of an epoch of HIV records is called.
fn half(log: Uuid, epoch: i64) -> String {
    format!("hiv-{log}-{epoch}.half")
}

/// Seals, copies the key store, erases, turns the keys, and brings the copy back.
pub(super) async fn a_backup_from_before_a_rotation_opens_nothing(folder: &Path, root: &RootKey) {
    let vault = Vault::open(store(folder).await, &roots(root)).await.unwrap();
    let sealed = vault.seal(HIV, &place(1), b"a word").await.unwrap();
    let (kept, backup) = (Place { stream: "hiv-0b", ..place(1) }, folder.join("backup.sqlite"));
    let other = vault.seal(HIV, &kept, b"a word").await.unwrap();
    fs::copy(folder.join("keys.sqlite"), &backup).unwrap();
    vault.destroy(HIV, "hiv-0a").await.unwrap();
    let restored =
        || async { Vault::open(KeyStore::sqlite(&backup).await.unwrap(), &roots(root)).await.unwrap() };
    assert!(
        restored().await.unseal(HIV, &place(1), &sealed).await.is_ok(),
        "the control: before the rotation it opens"
    );
    assert_eq!(rotate(&store(folder).await, &roots(root), HIV, |_, _| ()).await, Ok(2));
    let restored = restored().await;
    assert_eq!(restored.holds(HIV), Held::EpochGone);
    assert_eq!(restored.unseal(HIV, &place(1), &sealed).await, Err(Why::EpochGone.into()));
    let current = Vault::open(store(folder).await, &roots(root)).await.unwrap();
    assert_eq!(current.unseal(HIV, &place(1), &sealed).await, Err(VaultError::Erased));
    assert_eq!(current.unseal(HIV, &kept, &other).await.unwrap().as_slice(), b"a word");
}

#[tokio::test]
async fn an_epoch_whose_half_was_destroyed_does_not_come_back_with_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    a_backup_from_before_a_rotation_opens_nothing(folder.path(), &root(folder.path())).await;
    assert_eq!(halves(folder.path()), [half(store(folder.path()).await.log, 2)]);
}

/// Two deployments under one root key, each with a log of its own: one rotates, then the other.
pub(super) async fn a_rotation_leaves_the_epochs_of_another_log_alone(folder: &Path, root: &RootKey) {
    let folders = [folder.join("one"), folder.join("other")];
    let mut sealed = Vec::new();
    for folder in &folders {
        fs::create_dir(folder).unwrap();
        let vault = Vault::open(store(folder).await, &roots(root)).await.unwrap();
        sealed.push(vault.seal(HIV, &place(1), b"a word").await.unwrap());
    }
    assert_ne!(store(&folders[0]).await.log, store(&folders[1]).await.log);
    for rotated in &folders {
        assert_eq!(rotate(&store(rotated).await, &roots(root), HIV, |_, _| ()).await, Ok(2));
        for (folder, sealed) in folders.iter().zip(&sealed) {
            let vault = Vault::open(store(folder).await, &roots(root)).await.unwrap();
            assert_eq!(vault.holds(HIV), Held::Open, "{}", folder.display());
            assert_eq!(vault.unseal(HIV, &place(1), sealed).await.unwrap().as_slice(), b"a word");
        }
    }
}

#[tokio::test]
async fn two_logs_that_share_a_folder_end_only_their_own_epochs() {
    let folder = tempfile::tempdir().unwrap();
    a_rotation_leaves_the_epochs_of_another_log_alone(folder.path(), &root(folder.path())).await;
    let mut left = Vec::new();
    for log in ["one", "other"] {
        left.push(half(store(&folder.path().join(log)).await.log, 2));
    }
    left.sort_unstable();
    assert_eq!(halves(folder.path()), left, "and each has ended its own first one");
}

#[tokio::test]
async fn neither_the_root_nor_the_half_alone_opens_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    Vault::open(store(folder.path()).await, &roots(&root(folder.path()))).await.unwrap();
    let held = async |root: &RootKey| {
        Vault::open(store(folder.path()).await, &roots(root)).await.unwrap().holds(HIV)
    };
    assert_eq!(held(&RootKey::parse(ROOT, "a test").unwrap()).await, Held::EpochGone);
    let stranger = RootKey::parse(super::OTHER_ROOT, "a test").unwrap();
    assert_eq!(held(&stranger.with_halves_in(&folder.path().join("halves"))).await, Held::WrongRoot);
    assert_eq!(held(&root(folder.path())).await, Held::Open);
}

#[tokio::test]
async fn an_epoch_from_before_there_were_halves_opens_until_the_next_rotation_gives_it_one() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = super::vault(folder.path()).await.seal(HIV, &place(1), b"a word").await.unwrap();
    let root = root(folder.path());
    let vault = Vault::open(store(folder.path()).await, &roots(&root)).await.unwrap();
    assert!(vault.unseal(HIV, &place(1), &sealed).await.is_ok() && halves(folder.path()).is_empty());
    rotate(&store(folder.path()).await, &roots(&root), HIV, |_, _| ()).await.unwrap();
    assert!(vault.unseal(HIV, &place(1), &sealed).await.is_ok());
    assert_eq!(halves(folder.path()), [half(store(folder.path()).await.log, 2)]);
}

#[tokio::test]
async fn a_half_that_others_can_read_or_that_is_cut_off_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let root = root(folder.path());
    Vault::open(store(folder.path()).await, &roots(&root)).await.unwrap();
    let half = folder.path().join("halves").join(half(store(folder.path()).await.log, 1));
    let refused = async || Vault::open(store(folder.path()).await, &roots(&root)).await.err();
    fs::set_permissions(&half, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(refused().await, Some(VaultError::KeyUnavailable(Why::RootAway(_)))));
    fs::set_permissions(&half, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&half, "AAEC").unwrap();
    assert_eq!(refused().await, Some(VaultError::Damaged("the half of an epoch")));
}

#[test]
fn who_prepares_an_epoch_that_is_prepared_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (key, root) = (super::key(1), root(folder.path()));
    let what = crate::wrap::For { log: Uuid::nil(), compartment: HIV, purpose: "epoch", which: "1" };
    let first = root.wrap(&what, &key).unwrap();
    assert!(root.wrap(&what, &super::key(2)).is_ok());
    assert!(root.unwrap(&what, &first).unwrap().is(key.expose()));
    assert_eq!(halves(folder.path()), [half(Uuid::nil(), 1)]);
}

/// An epoch that was begun and not finished, with a key under it already, lies in a backup; then the key is destroyed.
async fn begun_and_backed_up(folder: &Path) -> (Vec<u8>, std::path::PathBuf) {
    let root = root(folder);
    Vault::open(store(folder).await, &roots(&root)).await.unwrap();
    crate::vault::new_epoch(&store(folder).await, HIV, &root, 2).await.unwrap();
    let vault = Vault::open(store(folder).await, &roots(&root)).await.unwrap();
    let sealed = vault.seal(HIV, &place(1), b"a word").await.unwrap();
    let backup = folder.join("backup.sqlite");
    fs::copy(folder.join("keys.sqlite"), &backup).unwrap();
    vault.destroy(HIV, "hiv-0a").await.unwrap();
    (sealed, backup)
}

#[tokio::test]
async fn an_erasure_ends_an_epoch_too_that_was_begun_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, backup) = begun_and_backed_up(folder.path()).await;
    let root = root(folder.path());
    let restored = async || {
        let vault = Vault::open(KeyStore::sqlite(&backup).await.unwrap(), &roots(&root)).await.unwrap();
        vault.unseal(HIV, &place(1), &sealed).await.map(|word| word.to_vec())
    };
    rotate(&store(folder.path()).await, &roots(&root), HIV, |_, _| ()).await.unwrap();
    assert!(KeyStore::sqlite(&backup).await.unwrap().remove_epoch(HIV, 1).await.unwrap());
    assert_eq!(restored().await.unwrap(), b"a word", "the control: a rotation finishes what was begun");
    let vault = Vault::open(store(folder.path()).await, &roots(&root)).await.unwrap();
    assert_eq!(vault.end_epochs(HIV).await, Ok(true));
    assert_eq!(restored().await, Err(Why::EpochGone.into()));
    assert_eq!(halves(folder.path()), [half(store(folder.path()).await.log, 3)]);
    assert!(vault.seal(HIV, &Place { stream: "hiv-0b", ..place(2) }, b"a word").await.is_ok());
}

#[tokio::test]
async fn what_was_erased_gets_no_key_again_though_it_never_had_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKey::parse(ROOT, "a test").unwrap();
    let vault = Vault::open(store(folder.path()).await, &roots(&root)).await.unwrap();
    for _ in 0..2 {
        vault.destroy(HIV, "hiv-0a").await.unwrap();
        assert_eq!(vault.seal(HIV, &place(1), b"a word").await, Err(VaultError::Erased));
    }
    assert_eq!(vault.end_epochs(HIV).await, Ok(false), "without a half nothing above an epoch ends");
    assert_eq!(vault.status(HIV).await.unwrap().erased, 1);
}
