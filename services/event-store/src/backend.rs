//! What the sequencer and an engine say to each other.

use jiff::Timestamp;

use crate::{
    append::{Append, Appended, CommandKey, NewEvent},
    error::{AppendError, StoreError},
    ledger,
    numbers::{Position, Revision},
    postgres, sqlite,
    stream::StreamId,
};

/// A checked append, numbered within its streams, its digests computed: all that can be done before the queue.
pub(crate) struct Request {
    pub(crate) command: CommandKey,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) writes: Vec<Write>,
    pub(crate) events: Vec<PreparedEvent>,
}

/// One stream of a request.
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
    pub(crate) fn metadata(&self) -> &str {
        std::str::from_utf8(&self.event.metadata)
            .expect("metadata was checked to be UTF-8 before it was queued")
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

    fn check_revisions(&self, actual: &[Revision]) -> Result<(), AppendError> {
        let stale = self.writes.iter().zip(actual).find(|(write, actual)| write.expected != **actual);
        stale.map_or(Ok(()), |(write, actual)| {
            let (stream, expected) = (write.stream.clone(), write.expected);
            Err(AppendError::StaleRevision { stream, expected, actual: *actual })
        })
    }

    /// The revision of each stream once this is stored.
    fn revisions(&self) -> Vec<(StreamId, Revision)> {
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

/// What a log said about a batch before it stored anything of it; decides every answer, on both engines alike.
pub(crate) struct Known {
    pub(crate) head: Position,
    /// Of this batch.
    pub(crate) recorded_at: Timestamp,
    /// One per request: what was asked when its command was done before.
    pub(crate) fingerprints: Vec<Option<Vec<u8>>>,
    /// One per write of the batch, in order.
    pub(crate) revisions: Vec<Revision>,
}

impl Known {
    /// Answers all. A known command gets a bare duplicate, for its first answer has still to be read.
    pub(crate) fn answers(&self, batch: &[Request]) -> Committed {
        let mut head = self.head;
        let mut revisions = self.revisions.as_slice();
        let mut answers = Vec::with_capacity(batch.len());
        for (request, fingerprint) in batch.iter().zip(&self.fingerprints) {
            let (own, rest) = revisions.split_at(request.writes.len());
            revisions = rest;
            let answer = match fingerprint {
                Some(fingerprint) if *fingerprint != request.fingerprint => Err(AppendError::CommandReused),
                Some(_) => Ok(self.appended(request, head, true)),
                None => request.check_revisions(own).map(|()| self.appended(request, head, false)),
            };
            if let Ok(Appended { duplicate: false, last, .. }) = &answer {
                head = *last;
            }
            answers.push(answer);
        }
        Committed { head, answers }
    }

    fn appended(&self, request: &Request, head: Position, duplicate: bool) -> Appended {
        Appended {
            first: head.next(),
            last: head.plus(request.events.len() as u64),
            recorded_at: self.recorded_at,
            revisions: request.revisions(),
            duplicate,
        }
    }
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
