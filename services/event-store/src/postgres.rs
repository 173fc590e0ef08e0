//! The log on a PostgreSQL server, shared by several nodes.

use crate::{
    backend::{BatchError, Committed, Request},
    error::StoreError,
    options::StoreOptions,
    store::Opened,
};

pub(crate) struct Writer;

impl Writer {
    pub(crate) async fn commit(&mut self, _batch: &[Request]) -> Result<Committed, BatchError> {
        Err(BatchError::NotSent(StoreError::Closed))
    }

    pub(crate) async fn close(self) {}
}

pub(crate) async fn open(_options: &StoreOptions) -> Result<Opened, StoreError> {
    Err(StoreError::Closed)
}

pub(crate) async fn migrate(_options: &StoreOptions) -> Result<(), StoreError> {
    Err(StoreError::Closed)
}
