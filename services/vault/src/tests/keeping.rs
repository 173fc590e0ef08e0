//! Keys in their store: given, lost, wrong, destroyed.

use super::{HIV, OTHER_ROOT, ROOT, place, roots, store, vault};
use crate::{Compartment, Held, RootKey, RootKeyError, RootKeys, Vault, VaultError, Why};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn what_one_process_seals_the_next_one_opens_and_names_alike() {
    let folder = folder();
    let first = vault(folder.path()).await;
    let sealed = first.seal(HIV, &place(1), b"a word").await.unwrap();
    let next = vault(folder.path()).await;
    assert_eq!(next.unseal(HIV, &place(1), &sealed).await.unwrap().as_slice(), b"a word");
    assert_eq!(next.stream_name(HIV, "a case"), first.stream_name(HIV, "a case"));
    assert_eq!(next.index(HIV, "an organisation"), first.index(HIV, "an organisation"));
    assert_ne!(first.stream_name(HIV, "a case"), first.stream_name(HIV, "another case"));
}

#[tokio::test]
async fn two_key_stores_name_and_seal_differently() {
    let (one, two) = (folder(), folder());
    let (one, two) = (vault(one.path()).await, vault(two.path()).await);
    assert_ne!(one.stream_name(HIV, "a case"), two.stream_name(HIV, "a case"));
    let sealed = one.seal(HIV, &place(1), b"a word").await.unwrap();
    assert_eq!(two.unseal(HIV, &place(1), &sealed).await, Err(Why::Unknown.into()));
    two.seal(HIV, &place(1), b"a word").await.unwrap();
    assert!(matches!(two.unseal(HIV, &place(1), &sealed).await, Err(VaultError::Damaged(_))));
}

#[tokio::test]
async fn without_a_key_or_with_a_wrong_one_nothing_is_sealed_opened_or_named() {
    let folder = folder();
    let sealed = vault(folder.path()).await.seal(HIV, &place(1), b"a word").await.unwrap();
    let absent = Vault::open(store(folder.path()).await, &RootKeys::none()).await.unwrap();
    let wrong = Vault::open(store(folder.path()).await, &roots(OTHER_ROOT)).await.unwrap();
    let locked = Vault::locked();
    for (vault, held, why) in [
        (&absent, Held::Absent, Why::NotHeld),
        (&wrong, Held::WrongRoot, Why::WrongRoot),
        (&locked, Held::Absent, Why::NotHeld),
    ] {
        assert_eq!(vault.holds(HIV), held);
        assert_eq!(vault.unseal(HIV, &place(1), &sealed).await, Err(why.clone().into()));
        assert_eq!(vault.seal(HIV, &place(2), b"a word").await, Err(why.clone().into()));
        assert_eq!(vault.stream_name(HIV, "a case"), Err(why.into()));
    }
}

#[tokio::test]
async fn a_key_opens_its_own_compartment_and_no_other() {
    let folder = folder();
    let vault = vault(folder.path()).await;
    assert_eq!(vault.holds(Compartment::Identity), Held::Absent);
    assert_eq!(vault.seal(Compartment::Identity, &place(1), b"a word").await, Err(Why::NotHeld.into()));
}

#[tokio::test]
async fn what_was_erased_is_not_merely_unavailable() {
    let folder = folder();
    let vault = vault(folder.path()).await;
    let sealed = vault.seal(HIV, &place(1), b"a word").await.unwrap();
    vault.destroy(HIV, "hiv-0a").await.unwrap();
    assert_eq!(vault.unseal(HIV, &place(1), &sealed).await, Err(VaultError::Erased));
    assert_eq!(vault.seal(HIV, &place(2), b"a word").await, Err(VaultError::Erased));
    assert_eq!(vault.status(HIV).await.unwrap().erased, 1);
}

#[tokio::test]
async fn a_key_store_that_is_gone_makes_keys_unavailable_and_damages_nothing() {
    let folder = folder();
    let keys = store(folder.path()).await;
    let vault = Vault::open(keys.clone(), &roots(ROOT)).await.unwrap();
    keys.close().await;
    let failed = vault.seal(HIV, &place(1), b"a word").await;
    assert!(matches!(failed, Err(VaultError::KeyUnavailable(Why::StoreAway(_)))), "{failed:?}");
}

#[tokio::test]
async fn many_who_seal_for_a_new_subject_share_one_key() {
    let folder = folder();
    let (one, two) = (vault(folder.path()).await, vault(folder.path()).await);
    let (first, second) = (place(1), place(2));
    let (a, b) = tokio::join!(one.seal(HIV, &first, b"a word"), two.seal(HIV, &second, b"a word"));
    assert!(two.unseal(HIV, &place(1), &a.unwrap()).await.is_ok());
    assert!(one.unseal(HIV, &place(2), &b.unwrap()).await.is_ok());
}

#[test]
fn a_root_key_is_made_once_kept_private_and_found_again() {
    let folder = folder();
    let path = folder.path().join("hiv.key");
    assert!(matches!(RootKey::read(&path), Err(RootKeyError::File { .. })));
    let first = RootKey::read_or_make(&path).unwrap();
    assert_eq!(RootKey::read(&path).unwrap().fingerprint(), first.fingerprint());
}

#[cfg(unix)]
#[test]
fn a_root_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let path = folder.path().join("hiv.key");
    RootKey::read_or_make(&path).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(RootKey::read(&path), Err(RootKeyError::NotPrivate(_))), "{mode:o}");
    }
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for text in ["", "MARKER", &ROOT[1..], zeros, &format!("{ROOT}{ROOT}")] {
        let Err(refused) = RootKey::parse(text, "vault.hiv_key") else { panic!("{text} was taken") };
        assert!(refused.to_string().starts_with("vault.hiv_key is no root key"));
    }
    assert!(RootKey::parse(&format!(" {ROOT}\n"), "a file").is_ok());
}
