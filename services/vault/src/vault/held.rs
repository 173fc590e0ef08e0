//! The keys of one compartment that a process holds.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    Compartment, KeyStore, Place, RootKey, VaultError, Why, envelope::Binding, key::Key, root::EPOCH,
    store::Wrapped, wrap::For,
};

/// Whether a process can use a compartment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It can seal and open.
    Open,
    /// It was given no root key.
    Absent,
    /// It was given a root key that is not the one of the key store.
    WrongRoot,
    /// The key store is older than the destruction of its epoch.
    EpochGone,
}

/// What a key store holds for a compartment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which compartment.
    pub compartment: Compartment,
    /// Whether this process can use it.
    pub held: Held,
    /// Each epoch with the fingerprint of its key and how many subjects' keys it wraps, oldest first.
    pub epochs: Vec<(i64, String, u64)>,
    /// How many subjects' keys were destroyed.
    pub erased: u64,
}

/// The unwrapped keys of a compartment.
pub(crate) struct Keys {
    pub(crate) root: RootKey,
    pub(crate) names: Key,
    pub(crate) epochs: BTreeMap<i64, Key>,
}

impl Keys {
    /// Unwraps the keys of a compartment, makes them where there are none, and tries them.
    pub(crate) async fn open(
        store: &KeyStore,
        compartment: Compartment,
        root: &RootKey,
    ) -> Result<Self, VaultError> {
        let what = For { log: store.log, compartment, purpose: "names", which: "" };
        if store.names(compartment).await?.is_none() {
            let key = Key::random();
            let bytes = root.wrap(&what, &key)?;
            store.add_names(compartment, &Wrapped { fingerprint: key.fingerprint(), bytes }).await?;
        }
        let names = store.names(compartment).await?.ok_or(Why::Unknown)?;
        let names = unwrapped(&what, root, &names)?;
        if store.epochs(compartment).await?.is_empty() {
            new_epoch(store, compartment, root, 1).await?;
        }
        let epochs = epochs(store, compartment, root).await?;
        let keys = Self { root: root.clone(), names, epochs };
        keys.try_out(store.log, compartment)?;
        Ok(keys)
    }

    /// The epoch under which new keys are wrapped.
    pub(crate) fn newest(&self) -> (i64, Key) {
        let (epoch, key) = self.epochs.last_key_value().expect("a compartment is opened with an epoch");
        (*epoch, key.clone())
    }

    /// Seals a word and opens it again; a cipher that does not work must not get to see anything.
    fn try_out(&self, log: Uuid, compartment: Compartment) -> Result<(), VaultError> {
        let place = Place { stream: "self-test", revision: 1, id: Uuid::nil(), event_type: "self-test" };
        let binding = Binding { log, compartment, place: &place, key_id: Uuid::nil(), key: &self.names };
        let sealed = binding.seal(b"safar");
        let opened = binding.open(&sealed)?;
        let moved = Place { revision: 2, ..place };
        let elsewhere = Binding { place: &moved, ..binding }.open(&sealed);
        let every_byte = (0..sealed.len()).all(|at| {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            binding.open(&changed).is_err()
        });
        if opened.as_slice() == b"safar" && elsewhere.is_err() && every_byte {
            return Ok(());
        }
        Err(VaultError::Damaged("the self-test of the cipher failed"))
    }
}

/// Every epoch of a compartment, unwrapped.
pub(crate) async fn epochs(
    store: &KeyStore,
    compartment: Compartment,
    root: &RootKey,
) -> Result<BTreeMap<i64, Key>, VaultError> {
    let mut epochs = BTreeMap::new();
    for (epoch, wrapped) in store.epochs(compartment).await? {
        let which = epoch.to_string();
        epochs.insert(epoch, unwrapped(&epoch_for(store, compartment, &which), root, &wrapped)?);
    }
    if epochs.is_empty() { Err(Why::Unknown.into()) } else { Ok(epochs) }
}

/// Begins an epoch, unless somebody else was faster.
pub(crate) async fn new_epoch(
    store: &KeyStore,
    compartment: Compartment,
    root: &RootKey,
    epoch: i64,
) -> Result<(), VaultError> {
    let (key, which) = (Key::random(), epoch.to_string());
    let bytes = root.wrap(&epoch_for(store, compartment, &which), &key)?;
    store.add_epoch(compartment, epoch, &Wrapped { fingerprint: key.fingerprint(), bytes }).await
}

fn epoch_for<'a>(store: &KeyStore, compartment: Compartment, which: &'a str) -> For<'a> {
    For { log: store.log, compartment, purpose: EPOCH, which }
}

fn unwrapped(what: &For<'_>, root: &RootKey, wrapped: &Wrapped) -> Result<Key, VaultError> {
    let key = root.unwrap(what, &wrapped.bytes)?;
    let known = key.fingerprint() == wrapped.fingerprint;
    if known { Ok(key) } else { Err(VaultError::Damaged("a row of the key store")) }
}

pub(super) async fn status(
    store: &KeyStore,
    compartment: Compartment,
    held: Held,
) -> Result<Status, VaultError> {
    let mut epochs = Vec::new();
    for (epoch, wrapped) in store.epochs(compartment).await? {
        epochs.push((epoch, wrapped.fingerprint, store.count(compartment, epoch).await?));
    }
    Ok(Status { compartment, held, epochs, erased: store.count_erased(compartment).await? })
}
