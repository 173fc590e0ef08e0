//! What a root key does: it wraps the key of names and the keys of epochs, wherever it is.

use uuid::Uuid;

use super::{Holder, RootKey};
use crate::{
    Compartment, VaultError, Why,
    key::Key,
    wrap::{For, UNDER_HALF, UNDER_KEY, UNDER_TOKEN, version_of},
};

/// What an epoch's key is for.
pub(crate) const EPOCH: &str = "epoch";

impl RootKey {
    /// Wraps a key. What an epoch needs beside the root is made first.
    pub(crate) fn wrap(&self, what: &For<'_>, key: &Key) -> Result<Vec<u8>, VaultError> {
        match &self.0 {
            Holder::Process { key: root, halves: Some(halves) } if what.purpose == EPOCH => {
                halves.prepare(what)?;
                let above = halves.above(root, what)?.ok_or(Why::EpochGone)?;
                Ok(what.wrap_as(UNDER_HALF, &above, key))
            }
            Holder::Process { key: root, .. } => Ok(what.wrap_as(UNDER_KEY, root, key)),
            Holder::Token(token, _) => token.wrap(what, key),
        }
    }

    /// The key again.
    pub(crate) fn unwrap(&self, what: &For<'_>, wrapped: &[u8]) -> Result<Key, VaultError> {
        match (&self.0, version_of(wrapped)) {
            (Holder::Process { key: root, .. }, Some(UNDER_KEY)) => {
                what.unwrap(root, wrapped).ok_or_else(|| Why::WrongRoot.into())
            }
            (Holder::Process { key: root, halves: Some(halves) }, Some(UNDER_HALF)) => {
                let above = halves.above(root, what)?.ok_or(Why::EpochGone)?;
                what.unwrap(&above, wrapped).ok_or_else(|| Why::WrongRoot.into())
            }
            (Holder::Process { halves: None, .. }, Some(UNDER_HALF)) => Err(Why::EpochGone.into()),
            (Holder::Token(token, _), Some(UNDER_TOKEN)) => token.unwrap(what, wrapped),
            _ => Err(Why::WrongRoot.into()),
        }
    }

    /// Whether there is something above an epoch that can be destroyed.
    pub(crate) fn ends_epochs(&self) -> bool {
        !matches!(&self.0, Holder::Process { halves: None, .. })
    }

    /// Destroys what stands above a log's epochs before this one: nothing opens them again, whatever backup comes back.
    pub(crate) fn end_before(
        &self,
        log: Uuid,
        compartment: Compartment,
        first: i64,
    ) -> Result<(), VaultError> {
        match &self.0 {
            Holder::Process { halves: Some(halves), .. } => halves.end_before(log, compartment, first),
            Holder::Process { halves: None, .. } => Ok(()),
            Holder::Token(token, _) => token.end_before(log, compartment, first),
        }
    }
}
