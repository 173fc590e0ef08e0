//! The handle that everybody holds.

mod held;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use moka::sync::Cache;
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

pub use held::{Held, Status};
pub(crate) use held::{Keys, epochs, new_epoch};

use crate::{
    Compartment, KeyStore, RootKeys, VaultError, Why,
    derive::keyed_hash,
    envelope::Binding,
    key::{self, Key},
    rotate::renew,
    store::Subject,
    wrap::For,
};

/// A destroyed key may be remembered this long.
const REMEMBERED: Duration = Duration::from_mins(1);
const SUBJECTS_AT_HAND: u64 = 2_000;
/// How often an epoch may end under our hands before we say that something is wrong.
const ATTEMPTS: u32 = 4;

/// Where something sealed belongs: it opens nowhere else.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The stream, which is also the subject whose key is taken.
    pub stream: &'a str,
    /// The revision that it has, or will have, in the stream.
    pub revision: u64,
    /// The id of the event; nil for what is no event.
    pub id: Uuid,
    /// The neutral name under which it is stored, or that of a table.
    pub event_type: &'a str,
}

/// Seals, opens and names, as far as this process holds the keys; cheap to clone.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    store: Option<KeyStore>,
    held: BTreeMap<Compartment, Held>,
    keys: RwLock<BTreeMap<Compartment, Keys>>,
    subjects: Cache<(Compartment, Box<str>), Arc<SubjectKey>>,
}

struct SubjectKey {
    id: Uuid,
    key: Key,
}

impl Vault {
    /// A vault to which nobody has given a key.
    pub fn locked() -> Self {
        Self::of(None, BTreeMap::new(), BTreeMap::new())
    }

    /// Takes the compartments into use for which there is a root key: what a new key store lacks is made, and a sealed
    /// word is opened again before anything else is trusted. A wrong root key leaves its compartment locked.
    pub async fn open(store: KeyStore, roots: &RootKeys) -> Result<Self, VaultError> {
        let (mut held, mut keys) = (BTreeMap::new(), BTreeMap::new());
        for compartment in Compartment::ALL {
            let Some(root) = roots.of(compartment) else { continue };
            match Keys::open(&store, compartment, root).await {
                Ok(opened) => {
                    held.insert(compartment, Held::Open);
                    keys.insert(compartment, opened);
                }
                Err(VaultError::KeyUnavailable(why @ (Why::WrongRoot | Why::EpochGone))) => {
                    tracing::error!(compartment = compartment.code(), "{why}");
                    let gone = why == Why::EpochGone;
                    held.insert(compartment, if gone { Held::EpochGone } else { Held::WrongRoot });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Self::of(Some(store), held, keys))
    }

    fn of(
        store: Option<KeyStore>,
        held: BTreeMap<Compartment, Held>,
        keys: BTreeMap<Compartment, Keys>,
    ) -> Self {
        let subjects = Cache::builder().max_capacity(SUBJECTS_AT_HAND).time_to_live(REMEMBERED).build();
        Self { inner: Arc::new(Inner { store, held, keys: RwLock::new(keys), subjects }) }
    }

    /// Whether this process can use a compartment.
    pub fn holds(&self, compartment: Compartment) -> Held {
        self.inner.held.get(&compartment).copied().unwrap_or(Held::Absent)
    }

    /// The opaque id of the stream that is about something, the same each time and on each node.
    pub fn stream_name(&self, compartment: Compartment, id: &str) -> Result<String, VaultError> {
        let hash = self.blind(compartment, "stream", id.as_bytes())?;
        Ok(key::hex(&hash[..16]))
    }

    /// What a text is called where it has to be found again and must not be read.
    pub fn index(&self, compartment: Compartment, text: &str) -> Result<[u8; 16], VaultError> {
        let hash = self.blind(compartment, "index", text.as_bytes())?;
        Ok(*hash.first_chunk().expect("a hash of 32 bytes begins with 16"))
    }

    /// The keyed hash of something for one purpose.
    pub fn blind(
        &self,
        compartment: Compartment,
        purpose: &str,
        content: &[u8],
    ) -> Result<[u8; 32], VaultError> {
        self.with_keys(compartment, |keys| keyed_hash(&keys.names, "name", &[purpose.as_bytes(), content]))
    }

    /// Seals content for a place. The first time, the subject gets its key.
    pub async fn seal(
        &self,
        compartment: Compartment,
        place: &Place<'_>,
        content: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let subject = match self.subject(compartment, place.stream).await {
            Err(VaultError::KeyUnavailable(Why::Unknown)) => {
                self.new_subject(compartment, place.stream).await?
            }
            known => known?,
        };
        Ok(self.binding(compartment, place, &subject)?.seal(content))
    }

    /// Seals content that can be made again, of a subject that has its key: the same content for the same place gives the
    /// same bytes, so that what was made again can be compared.
    pub async fn reseal(
        &self,
        compartment: Compartment,
        place: &Place<'_>,
        content: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let subject = self.subject(compartment, place.stream).await?;
        Ok(self.binding(compartment, place, &subject)?.seal_alike(content))
    }

    /// Opens what was sealed for a place.
    pub async fn unseal(
        &self,
        compartment: Compartment,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let subject = self.subject(compartment, place.stream).await?;
        self.binding(compartment, place, &subject)?.open(sealed)
    }

    /// Destroys the key of a subject: what was sealed under it can never be opened again, and nothing is sealed under it any
    /// more, though it may never have had one. Other nodes remember the key until they [`Vault::forget`] it, a minute at most.
    pub async fn destroy(&self, compartment: Compartment, stream: &str) -> Result<(), VaultError> {
        let row = Builder::from_random_bytes(key::random()).into_uuid();
        self.store()?.erase(compartment, stream, row).await?;
        self.forget(compartment, stream);
        Ok(())
    }

    /// Drops a subject's key from memory; the key store is asked the next time.
    pub fn forget(&self, compartment: Compartment, stream: &str) {
        self.inner.subjects.invalidate(&(compartment, stream.into()));
    }

    /// Whether anything was ever sealed in a compartment here, with the keys of this process or of others.
    pub async fn in_use(&self, compartment: Compartment) -> Result<bool, VaultError> {
        self.store()?.knows(compartment).await
    }

    /// Wraps what is left in a compartment under an epoch that begins now and ends all epochs from before, so that a backup of
    /// the key store does not bring back what was destroyed until now. Answers whether it does not: what stands above an epoch
    /// can only be destroyed where it lies in a folder or in a token.
    pub async fn end_epochs(&self, compartment: Compartment) -> Result<bool, VaultError> {
        let root = self.with_keys(compartment, |keys| keys.root.clone())?;
        renew(self.store()?, &root, compartment).await?;
        self.learn_epochs(compartment).await?;
        Ok(root.ends_epochs())
    }

    /// What the key store holds for a compartment, without any key.
    pub async fn status(&self, compartment: Compartment) -> Result<Status, VaultError> {
        held::status(self.store()?, compartment, self.holds(compartment)).await
    }

    fn binding<'a>(
        &'a self,
        compartment: Compartment,
        place: &'a Place<'a>,
        subject: &'a SubjectKey,
    ) -> Result<Binding<'a>, VaultError> {
        let log = self.store()?.log;
        Ok(Binding { log, compartment, place, key_id: subject.id, key: &subject.key })
    }

    async fn subject(&self, compartment: Compartment, stream: &str) -> Result<Arc<SubjectKey>, VaultError> {
        self.with_keys(compartment, |_| ())?;
        let name = (compartment, Box::from(stream));
        if let Some(known) = self.inner.subjects.get(&name) {
            return Ok(known);
        }
        for _ in 0..ATTEMPTS {
            let (key_id, epoch, bytes) = match self.store()?.subject(compartment, stream).await? {
                None => return Err(Why::Unknown.into()),
                Some(Subject::Erased) => return Err(VaultError::Erased),
                Some(Subject::Wrapped { key_id, epoch, bytes }) => (key_id, epoch, bytes),
            };
            let Some(wrapping) = self.with_keys(compartment, |keys| keys.epochs.get(&epoch).cloned())? else {
                self.learn_epochs(compartment).await?;
                continue;
            };
            let what = self.subject_key(compartment, stream)?;
            let key = what.unwrap(&wrapping, &bytes).ok_or(VaultError::Damaged("a row of the key store"))?;
            let subject = Arc::new(SubjectKey { id: key_id, key });
            self.inner.subjects.insert(name, subject.clone());
            return Ok(subject);
        }
        Err(Why::Unknown.into())
    }

    /// Gives a subject its key; whoever is faster, all nodes go on with the one that is stored.
    async fn new_subject(
        &self,
        compartment: Compartment,
        stream: &str,
    ) -> Result<Arc<SubjectKey>, VaultError> {
        for _ in 0..ATTEMPTS {
            let (epoch, wrapping) = self.with_keys(compartment, Keys::newest)?;
            let bytes = self.subject_key(compartment, stream)?.wrap(&wrapping, &Key::random());
            let key_id = Builder::from_random_bytes(key::random()).into_uuid();
            if self.store()?.add_subject(compartment, stream, (key_id, epoch, &bytes)).await? {
                return self.subject(compartment, stream).await;
            }
            self.learn_epochs(compartment).await?;
        }
        Err(Why::Unknown.into())
    }

    fn subject_key<'a>(&self, compartment: Compartment, stream: &'a str) -> Result<For<'a>, VaultError> {
        Ok(For { log: self.store()?.log, compartment, purpose: "subject", which: stream })
    }

    /// Reads the epochs again: another process may have begun a new one.
    async fn learn_epochs(&self, compartment: Compartment) -> Result<(), VaultError> {
        let root = self.with_keys(compartment, |keys| keys.root.clone())?;
        let epochs = epochs(self.store()?, compartment, &root).await?;
        let mut keys = self.inner.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = keys.get_mut(&compartment) {
            keys.epochs = epochs;
        }
        Ok(())
    }

    fn with_keys<T>(&self, compartment: Compartment, ask: impl FnOnce(&Keys) -> T) -> Result<T, VaultError> {
        let keys = self.inner.keys.read().unwrap_or_else(PoisonError::into_inner);
        match (keys.get(&compartment), self.holds(compartment)) {
            (Some(keys), _) => Ok(ask(keys)),
            (None, Held::WrongRoot) => Err(Why::WrongRoot.into()),
            (None, Held::EpochGone) => Err(Why::EpochGone.into()),
            (None, _) => Err(Why::NotHeld.into()),
        }
    }

    fn store(&self) -> Result<&KeyStore, VaultError> {
        self.inner.store.as_ref().ok_or(VaultError::KeyUnavailable(Why::NotHeld))
    }
}
