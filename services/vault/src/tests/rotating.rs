//! Epochs: begun, interrupted, finished, and gone.

use super::{HIV, ROOT, place, roots, store, vault};
use crate::{Place, VaultError, Why, rotate, vault::new_epoch};

fn place_of(stream: &str) -> Place<'_> {
    Place { stream, ..place(1) }
}

#[tokio::test]
async fn after_a_rotation_everything_opens_and_the_old_epoch_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let running = vault(folder.path()).await;
    let streams: Vec<String> = (0..5).map(|number| format!("hiv-{number}")).collect();
    let mut sealed = Vec::new();
    for stream in &streams {
        sealed.push(running.seal(HIV, &place_of(stream), b"a word").await.unwrap());
    }
    let name = running.stream_name(HIV, "a case");
    let mut steps = Vec::new();
    let keys = store(folder.path()).await;
    let epoch = rotate(&keys, &roots(ROOT), HIV, |done, all| steps.push((done, all))).await.unwrap();
    assert_eq!((epoch, steps.first(), steps.last()), (2, Some(&(0, 5)), Some(&(5, 5))));
    for vault in [running, vault(folder.path()).await] {
        for (stream, sealed) in streams.iter().zip(&sealed) {
            assert!(vault.unseal(HIV, &place_of(stream), sealed).await.is_ok());
        }
        assert!(vault.seal(HIV, &place_of("hiv-new"), b"a word").await.is_ok());
        assert_eq!(vault.stream_name(HIV, "a case"), name);
    }
    let epochs = keys.epochs(HIV).await.unwrap();
    assert_eq!(epochs.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_rotation_that_broke_off_is_finished_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = vault(folder.path()).await.seal(HIV, &place(1), b"a word").await.unwrap();
    let keys = store(folder.path()).await;
    // As far as it would have come: a new epoch, and nothing wrapped under it.
    new_epoch(&keys, HIV, roots(ROOT).of(HIV).unwrap(), 2).await.unwrap();
    assert!(vault(folder.path()).await.unseal(HIV, &place(1), &sealed).await.is_ok());
    assert!(!keys.remove_epoch(HIV, 1).await.unwrap(), "an epoch that wraps something is held");
    assert_eq!(rotate(&keys, &roots(ROOT), HIV, |_, _| ()).await, Ok(2));
    assert_eq!(keys.epochs(HIV).await.unwrap().len(), 1);
    assert!(vault(folder.path()).await.unseal(HIV, &place(1), &sealed).await.is_ok());
}

#[tokio::test]
async fn what_was_erased_stays_erased_in_the_next_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let running = vault(folder.path()).await;
    let sealed = running.seal(HIV, &place(1), b"a word").await.unwrap();
    running.destroy(HIV, "hiv-0a").await.unwrap();
    rotate(&store(folder.path()).await, &roots(ROOT), HIV, |_, _| ()).await.unwrap();
    assert_eq!(vault(folder.path()).await.unseal(HIV, &place(1), &sealed).await, Err(VaultError::Erased));
}

#[tokio::test]
async fn who_holds_no_root_key_cannot_rotate() {
    let folder = tempfile::tempdir().unwrap();
    let keys = store(folder.path()).await;
    let refused = rotate(&keys, &crate::RootKeys::none(), HIV, |_, _| ()).await;
    assert_eq!(refused, Err(Why::NotHeld.into()));
}
