//! The handle that everybody holds.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use safar_domain::directory::Directory;
use safar_event_store::{DamagedEvent, EventStore, Position, RecordedEvent};
use safar_vault::Vault;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, watch};

use crate::{
    batch::{self, OnPoison},
    checkpoint, directory,
    error::ProjectionError,
    file::{self, Identity},
    waiting::{self, Left},
};

/// The read models of this node; cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    identity: Identity,
    readers: SqlitePool,
    writer: Mutex<SqliteConnection>,
    position: watch::Sender<Position>,
    directory: RwLock<Arc<Directory>>,
    vault: Vault,
    sealed_left: AtomicBool,
}

impl ReadModels {
    /// Opens the file, or makes it; one of another version is refused with [`ProjectionError::SchemaChanged`].
    pub async fn open(path: &Path) -> Result<Self, ProjectionError> {
        Self::open_with(path, Vault::locked()).await
    }

    /// The same with keys: what a vault opens of the sealed streams is folded too, and rests sealed.
    pub async fn open_with(path: &Path, vault: Vault) -> Result<Self, ProjectionError> {
        let mut writer = file::writer(path).await?;
        let identity = Identity::of(path)?;
        let readers = file::readers(path).await?;
        let (position, _) = checkpoint::read(&mut writer).await?;
        let directory = directory::load(&mut writer).await?;
        let left = waiting::take_in(&mut writer, &vault, OnPoison::Park).await?;
        let inner = Inner {
            path: path.to_owned(),
            identity,
            readers,
            writer: Mutex::new(writer),
            position: watch::Sender::new(position),
            directory: RwLock::new(Arc::new(directory)),
            vault,
            sealed_left: AtomicBool::new(left == Left::Something),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How far the read models have come: every answer holds at least what was recorded up to here.
    #[expect(clippy::unused_async, reason = "where the position is kept is nobody's business")]
    pub async fn position(&self) -> Position {
        *self.inner.position.borrow()
    }

    /// Resolves with the checkpoint as soon as it has reached a position; after the timeout, with the one it has.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> Position {
        let mut moved = self.inner.position.subscribe();
        let reached = moved.wait_for(|at| *at >= position);
        match tokio::time::timeout(timeout, reached).await {
            Ok(Ok(at)) => *at,
            _ => *self.inner.position.borrow(),
        }
    }

    /// Takes in the events that come next, whole or not at all, and answers how far that leads. The future must be
    /// driven to its end.
    pub async fn apply(&self, events: &[RecordedEvent]) -> Result<Position, ProjectionError> {
        self.apply_past(events, &[]).await
    }

    /// The same with those among them that are damaged: the stream that such a one names stands still from there on.
    pub async fn apply_past(
        &self,
        events: &[RecordedEvent],
        damaged: &[DamagedEvent],
    ) -> Result<Position, ProjectionError> {
        let ends = (events.last().map(|event| event.position), damaged.last().map(|event| event.position));
        let Some(last) = ends.0.max(ends.1) else { return Ok(self.position().await) };
        let mut writer = self.inner.writer.lock().await;
        if Identity::of(&self.inner.path).ok() != Some(self.inner.identity) {
            return Err(ProjectionError::Replaced { path: self.inner.path.clone() });
        }
        let known = self.known_directory();
        if let Some(changed) = batch::apply(&mut writer, (events, damaged), &known, OnPoison::Park).await? {
            *self.inner.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(changed);
        }
        self.open_sealed(&mut writer).await?;
        self.inner.position.send_replace(last);
        Ok(last)
    }

    /// Tries again what could not be opened when it came, if there is anything.
    pub(crate) async fn retry_sealed(&self) -> Result<(), ProjectionError> {
        if !self.inner.sealed_left.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut writer = self.inner.writer.lock().await;
        self.open_sealed(&mut writer).await
    }

    async fn open_sealed(&self, writer: &mut SqliteConnection) -> Result<(), ProjectionError> {
        let left = waiting::take_in(writer, &self.inner.vault, OnPoison::Park).await?;
        self.inner.sealed_left.store(left == Left::Something, Ordering::Relaxed);
        Ok(())
    }

    /// The keys of this node.
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Lets go of the file; other handles are closed too.
    pub async fn close(&self) -> Result<(), ProjectionError> {
        self.inner.readers.close().await;
        let mut writer = self.inner.writer.lock().await;
        // In place of a connection that cannot be moved out: what waits in the side file goes into the main one.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await?;
        Ok(())
    }

    /// The event at the checkpoint must be the one that was seen there.
    pub(crate) async fn check_log(&self, store: &EventStore) -> Result<(), ProjectionError> {
        let (at, leaf) = checkpoint::read(&mut *self.inner.writer.lock().await).await?;
        let Some(before) = at.get().checked_sub(1) else { return Ok(()) };
        // The leaf alone: whether the event is still what was stored is asked by whoever reads it.
        let seen = store.leaves(before.into(), 1).await?;
        if seen.first().is_some_and(|(position, seen)| *position == at && seen.as_slice() == leaf) {
            return Ok(());
        }
        Err(ProjectionError::OtherLog { at })
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.inner.readers
    }

    pub(crate) fn known_directory(&self) -> Arc<Directory> {
        self.inner.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadModels").field("path", &self.inner.path).finish_non_exhaustive()
    }
}
