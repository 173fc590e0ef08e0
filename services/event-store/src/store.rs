//! The handle that everybody holds.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::{
    append::{Append, Appended, CommandKey},
    backend::Writer,
    error::{AppendError, StoreError},
    event::{DamagedEvent, FirstResult, RecordedEvent},
    head::Head,
    metrics::{Metrics, StoreMetrics},
    numbers::{Position, Revision},
    options::{Engine, StoreOptions, Target},
    postgres,
    read::{Decoded, Reader},
    sequencer::{Rules, Sequencer},
    sqlite,
    stream::StreamId,
    tally::Tally,
};

/// A log, on either engine; cheap to clone. Close it to drain what waits.
#[derive(Clone)]
pub struct EventStore {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    reader: Reader,
    sequencer: Option<Sequencer>,
    head: Head,
    metrics: Arc<Metrics>,
    /// Looks for what other processes append; none where nobody else can.
    watcher: Option<JoinHandle<()>>,
}

/// What an engine hands over once it is open and has passed its assertions.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    pub(crate) reader: Reader,
    pub(crate) writer: Option<Writer>,
    pub(crate) head: Head,
    pub(crate) watcher: Option<JoinHandle<()>>,
}

impl EventStore {
    /// Opens a log: creates an absent `SQLite` file, asserts that the database will keep the promises of the log, starts
    /// the sequencer.
    pub async fn open(options: impl Into<StoreOptions>) -> Result<Self, StoreError> {
        let options = options.into();
        let opened = match options.target()? {
            Target::Sqlite(path) => sqlite::open(&path, &options).await?,
            Target::Postgres => postgres::open(&options).await?,
        };
        let rules = Rules {
            batch_appends: options.batch_appends,
            queue_appends: options.queue_appends,
            patience: options.patience,
        };
        let metrics = Arc::new(Metrics::default());
        let sequencer = (opened.writer)
            .map(|writer| Sequencer::start(writer, &rules, opened.head.clone(), metrics.clone()));
        let Opened { engine, reader, head, watcher, .. } = opened;
        tracing::info!(engine = ?engine, position = head.known().get(), "log opened");
        Ok(Self { inner: Arc::new(Inner { engine, reader, sequencer, head, metrics, watcher }) })
    }

    /// Creates or updates the tables, roles and rights of a log on PostgreSQL, as a user who may; `SQLite` does it while
    /// opening. Safe to repeat.
    pub async fn migrate(options: impl Into<StoreOptions>) -> Result<(), StoreError> {
        let options = options.into();
        match options.target()? {
            Target::Sqlite(_) => {
                Self::open(options).await?.close().await;
                Ok(())
            }
            Target::Postgres => postgres::migrate(&options).await,
        }
    }

    /// Stores all writes of a command or none of them, and answers once they are on disk.
    ///
    /// The same command again gets the first answer. A caller that drops this future does not cancel the append.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        match &self.inner.sequencer {
            Some(sequencer) => sequencer.append(append).await,
            None => Err(StoreError::ReadOnly.into()),
        }
    }

    /// The events of a stream after a revision, oldest first; empty past the end.
    pub async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.reader.stream(stream, after, limit).await
    }

    /// The events of a stream before a revision (or from its end), newest first.
    pub async fn read_stream_backwards(
        &self,
        stream: &StreamId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.reader.stream_backwards(stream, before, limit).await
    }

    /// The events of the whole log after a position, in order and without a hole; empty past the end.
    pub async fn read_all(&self, after: Position, limit: u32) -> Result<Vec<RecordedEvent>, StoreError> {
        self.inner.reader.all(after, limit).await
    }

    /// The same for who has to go on past damage: an event that is not what was stored stands in its place as such.
    pub async fn read_all_marked(
        &self,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Result<RecordedEvent, DamagedEvent>>, StoreError> {
        self.inner.reader.all_marked(after, limit).await
    }

    pub(crate) async fn read_all_unchecked(
        &self,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Decoded>, StoreError> {
        self.inner.reader.all_unchecked(after, limit).await
    }

    pub(crate) async fn damaged_pages(&self) -> Result<Vec<String>, StoreError> {
        self.inner.reader.damaged_pages().await
    }

    /// The ledger leaves after a position, in order; as they are stored, and without a look at their events.
    pub async fn leaves(&self, after: Position, limit: u32) -> Result<Vec<(Position, [u8; 32])>, StoreError> {
        self.inner.reader.leaves(after, limit).await
    }

    /// What a command stored when it was done, if it was.
    pub async fn find_command(&self, key: &CommandKey) -> Result<Option<FirstResult>, StoreError> {
        self.inner.reader.command(key).await
    }

    /// The position of the newest event, as the database has it now.
    pub async fn head(&self) -> Result<Position, StoreError> {
        let head = self.inner.reader.head().await?;
        self.inner.head.advance(head);
        Ok(head)
    }

    /// When the event at a position was taken in; nothing was at position 0.
    pub async fn recorded_at(&self, position: Position) -> Result<Option<Timestamp>, StoreError> {
        if position == Position::START {
            return Ok(None);
        }
        self.inner.reader.recorded_at(position).await.map(Some)
    }

    /// The position of the last event that was taken in by a moment; the times of recording never decrease, so that it is
    /// found in a few looks.
    pub async fn position_at(&self, moment: Timestamp) -> Result<Position, StoreError> {
        let (mut by_then, mut later) = (0, self.head().await?.get() + 1);
        while by_then + 1 < later {
            let middle = by_then + (later - by_then) / 2;
            if self.inner.reader.recorded_at(middle.into()).await? <= moment {
                by_then = middle;
            } else {
                later = middle;
            }
        }
        Ok(by_then.into())
    }

    /// How many events and streams of which kinds there are behind a position, up to another one; it looks at each of these rows.
    pub async fn tally(&self, after: Position, up_to: Position) -> Result<Vec<Tally>, StoreError> {
        self.inner.reader.tally(after, up_to).await
    }

    /// How many bytes the log takes on disk.
    pub async fn bytes(&self) -> Result<u64, StoreError> {
        self.inner.reader.bytes().await
    }

    /// The revision of a stream, as the database has it now.
    pub async fn revision(&self, stream: &StreamId) -> Result<Revision, StoreError> {
        self.inner.reader.revision(stream).await
    }

    /// Resolves with the head as soon as it has reached a position; after the timeout, with the head as it is.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> Result<Position, StoreError> {
        match tokio::time::timeout(timeout, self.inner.head.reached(position)).await {
            Ok(head) => Ok(head),
            Err(_) => self.head().await,
        }
    }

    /// Resolves when the log has stopped acknowledging for good since a write failed, or was closed. The process
    /// should then exit; a fresh one recovers from disk.
    pub async fn stopped(&self) -> StoreError {
        match &self.inner.sequencer {
            Some(sequencer) => sequencer.stopped().await,
            None => std::future::pending().await,
        }
    }

    /// Takes no more appends, commits those that wait, and lets go of the database. Other handles are closed too.
    pub async fn close(&self) {
        if let Some(sequencer) = &self.inner.sequencer {
            sequencer.close().await;
        }
        self.inner.stop_watching();
        self.inner.reader.close().await;
    }

    /// Which engine the address named.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// The counters as they are now.
    pub fn metrics(&self) -> StoreMetrics {
        let queue_depth = self.inner.sequencer.as_ref().map_or(0, Sequencer::queue_depth);
        self.inner.metrics.snapshot(queue_depth)
    }
}

impl Inner {
    fn stop_watching(&self) {
        if let Some(watcher) = &self.watcher {
            watcher.abort();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop_watching();
    }
}

impl fmt::Debug for EventStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStore").field("engine", &self.inner.engine).finish_non_exhaustive()
    }
}
