//! What the sequencer and an engine say to each other.

use uuid::Uuid;

use crate::{
    append::{Append, Appended, CommandKey, NewEvent},
    error::{AppendError, StoreError},
    ledger,
    numbers::{Position, Revision},
    postgres,
    sqlite,
    stream::StreamId,
};

/// A checked append, numbered within its streams, its digests computed: all that can be done before the queue.
pub(crate) struct Request {
    pub(crate) command: CommandKey,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) writes: Vec<Write>,
    pub(crate) events: Vec<PreparedEvent>,
}

/// One stream of a request; its events are `from..to` of the request.
pub(crate) struct Write {
    pub(crate) stream: StreamId,
    pub(crate) expected: Revision,
    pub(crate) events: u64,
}

pub(crate) struct PreparedEvent {
    pub(crate) stream: StreamId,
    pub(crate) revision: Revision,
    pub(crate) ordinal: u32,
    pub(crate) digest: [u8; 32],
    pub(crate) event: NewEvent,
}

impl PreparedEvent {
    pub(crate) fn event_id(&self) -> Uuid {
        self.event.event_id
    }

    pub(crate) fn metadata(&self) -> &str {
        std::str::from_utf8(&self.event.metadata).expect("metadata was checked to be UTF-8 before it was queued")
    }
}

impl Request {
    pub(crate) fn prepare(append: Append) -> Self {
        let Append { command, fingerprint, writes: given } = append;
        let mut writes = Vec::with_capacity(given.len());
        let mut events: Vec<PreparedEvent> = Vec::new();
        for write in given {
            let mut revision = write.expected;
            writes.push(Write {
                stream: write.stream.clone(),
                expected: write.expected,
                events: write.events.len() as u64,
            });
            for event in write.events {
                revision = revision.next();
                let ordinal = u32::try_from(events.len()).expect("an append holds few events");
                let digest = ledger::content_digest(&ledger::Content {
                    stream: write.stream.as_str(),
                    revision,
                    event_id: event.event_id,
                    event_type: &event.event_type,
                    occurred_at: event.occurred_at,
                    command: &command,
                    ordinal,
                    fingerprint: &fingerprint,
                    metadata: &event.metadata,
                    payload: &event.payload,
                });
                events.push(PreparedEvent { stream: write.stream.clone(), revision, ordinal, digest, event });
            }
        }
        Self { command, fingerprint, writes, events }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.events.iter().map(|e| e.event.payload.len() + e.event.metadata.len() + 256).sum()
    }

    /// The revision of each stream once this is stored.
    pub(crate) fn revisions(&self) -> Vec<(StreamId, Revision)> {
        self.writes.iter().map(|w| (w.stream.clone(), w.expected.plus(w.events))).collect()
    }
}

/// The answer to one append.
pub(crate) type Answer = Result<Appended, AppendError>;

/// A committed batch: one answer per request, in order.
pub(crate) struct Committed {
    pub(crate) head: Position,
    pub(crate) answers: Vec<Answer>,
}

/// Why a whole batch got no answers.
#[derive(Debug)]
pub(crate) enum BatchError {
    /// The database said no; nothing of the batch is stored.
    Rejected(StoreError),
    /// The batch never left; nothing of it is stored.
    NotSent(StoreError),
    /// It left, and no answer came.
    Unknown(StoreError),
    /// What is on disk can no longer be trusted from within this process.
    Fatal(StoreError),
}

/// The one who writes; owned by the sequencer.
pub(crate) enum Writer {
    Sqlite(sqlite::Writer),
    Postgres(Box<postgres::Writer>),
}

impl Writer {
    pub(crate) async fn commit(&mut self, batch: &[Request]) -> Result<Committed, BatchError> {
        match self {
            Self::Sqlite(writer) => writer.commit(batch).await,
            Self::Postgres(writer) => writer.commit(batch).await,
        }
    }

    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(writer) => writer.close().await,
            Self::Postgres(writer) => writer.close().await,
        }
    }
}
