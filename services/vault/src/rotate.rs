//! A new epoch: every subject's key is wrapped anew, and then the old epochs are destroyed.
//!
//! It may be interrupted anywhere and run again. An epoch that others are still wrapped under cannot be removed, and a node
//! that wraps a new key under one that is gone is refused by the database, learns the new one and tries again.

use crate::{
    Compartment, KeyStore, RootKey, RootKeys, VaultError, Why,
    vault::{Keys, new_epoch},
    wrap::For,
};

const PAGE: i64 = 200;

/// Wraps all keys of a compartment under a new epoch and destroys the old ones; says after each page how many are done and
/// how many there are. Answers the number of the new epoch. One that was begun and not finished is finished.
pub async fn rotate(
    store: &KeyStore,
    roots: &RootKeys,
    compartment: Compartment,
    progress: impl FnMut(u64, u64),
) -> Result<i64, VaultError> {
    let root = roots.of(compartment).ok_or(Why::NotHeld)?;
    let before = Keys::open(store, compartment, root).await?;
    if before.epochs.len() == 1 {
        new_epoch(store, compartment, root, before.newest().0 + 1).await?;
    }
    finish(store, root, compartment, progress).await
}

/// The same, always under an epoch that begins now: one that was begun and not finished may stand in a backup together with
/// what has been destroyed since.
pub(crate) async fn renew(
    store: &KeyStore,
    root: &RootKey,
    compartment: Compartment,
) -> Result<(), VaultError> {
    let before = Keys::open(store, compartment, root).await?;
    new_epoch(store, compartment, root, before.newest().0 + 1).await?;
    finish(store, root, compartment, |_, _| ()).await?;
    Ok(())
}

/// Wraps everything under the newest epoch and destroys the ones before it.
async fn finish(
    store: &KeyStore,
    root: &RootKey,
    compartment: Compartment,
    mut progress: impl FnMut(u64, u64),
) -> Result<i64, VaultError> {
    let keys = Keys::open(store, compartment, root).await?;
    let (to, wrapping) = keys.newest();
    let old: Vec<i64> = keys.epochs.keys().copied().filter(|epoch| *epoch != to).collect();
    let (mut done, mut all) = (0, 0);
    for epoch in &old {
        all += store.count(compartment, *epoch).await?;
    }
    progress(done, all);
    for epoch in old {
        loop {
            let page = store.of_epoch(compartment, epoch, PAGE).await?;
            // A node that has not heard of the new epoch may wrap one more key under the old one until it is gone.
            if page.is_empty() && store.remove_epoch(compartment, epoch).await? {
                break;
            }
            for (subject, bytes) in &page {
                let what = For { log: store.log, compartment, purpose: "subject", which: subject };
                let key = what.unwrap(&keys.epochs[&epoch], bytes);
                let key = key.ok_or(VaultError::Damaged("a row of the key store"))?;
                store.rewrap(compartment, subject, (epoch, to, &what.wrap(&wrapping, &key))).await?;
                done += 1;
                progress(done, all.max(done));
            }
        }
    }
    root.end_before(store.log, compartment, to)?;
    Ok(to)
}
