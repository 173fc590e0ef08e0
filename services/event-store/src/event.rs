//! What the log gives back.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    append::{Appended, CommandKey},
    error::{AppendError, StoreError},
    ledger,
    numbers::{Position, Revision},
    stream::StreamId,
};

/// An event as it is stored, for ever.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its place in the log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in that stream.
    pub revision: Revision,
    /// Minted by the caller.
    pub event_id: Uuid,
    /// Literal name of its shape.
    pub event_type: String,
    /// When it happened, by the worker's claim; to the microsecond.
    pub occurred_at: Timestamp,
    /// When the log took it in; never decreasing along positions; to the microsecond.
    pub recorded_at: Timestamp,
    /// The command that caused it.
    pub command: CommandKey,
    /// Its place among the events of that command, from 0.
    pub ordinal: u32,
    /// What was asked by that command, as a SHA-256.
    pub fingerprint: [u8; 32],
    /// JSON object, byte for byte as it came.
    pub metadata: Vec<u8>,
    /// Byte for byte as it came.
    pub payload: Vec<u8>,
    /// Its leaf in the ledger, see [`ledger`].
    pub leaf_hash: [u8; 32],
}

impl RecordedEvent {
    /// SHA-256 over everything that the caller handed over; see [`ledger::content_digest`].
    pub fn content_digest(&self) -> [u8; 32] {
        ledger::content_digest(&ledger::Content {
            stream: self.stream.as_str(),
            revision: self.revision,
            event_id: self.event_id,
            event_type: &self.event_type,
            occurred_at: self.occurred_at,
            command: &self.command,
            ordinal: self.ordinal,
            fingerprint: &self.fingerprint,
            metadata: &self.metadata,
            payload: &self.payload,
        })
    }

    /// The 48 bytes of its ledger entry.
    pub fn ledger_entry(&self) -> [u8; ledger::ENTRY_BYTES] {
        ledger::entry(self.position, self.recorded_at, &self.content_digest())
    }

    /// Whether the stored leaf is that of the stored bytes.
    pub fn is_intact(&self) -> bool {
        ledger::leaf_hash(&self.ledger_entry()) == self.leaf_hash
    }
}

/// Names, numbers and sizes only: what is inside may be about a person.
impl fmt::Debug for RecordedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedEvent")
            .field("position", &self.position)
            .field("stream", &self.stream)
            .field("revision", &self.revision)
            .field("event_type", &self.event_type)
            .field("recorded_at", &self.recorded_at)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// An event that is not what was stored: what its row says of its place, none of which is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedEvent {
    /// Its place in the log.
    pub position: Position,
    /// The stream that the row names, if it names one.
    pub stream: Option<StreamId>,
    /// The place in that stream that the row names.
    pub revision: Revision,
    /// The name of its shape, as far as it can be read.
    pub event_type: String,
    /// The leaf beside it, where it has the length of one.
    pub leaf_hash: Option<[u8; 32]>,
}

/// What a command stored when it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstResult {
    /// Of what was asked then.
    pub fingerprint: [u8; 32],
    /// The first answer, marked as a duplicate.
    pub appended: Appended,
    /// What was stored, in order.
    pub events: Vec<RecordedEvent>,
}

impl FirstResult {
    /// The first answer of a command that is known to have been done.
    pub(crate) fn answer(events: Result<Vec<RecordedEvent>, StoreError>) -> Result<Appended, AppendError> {
        Self::of(events?).map(|first| first.appended).ok_or(AppendError::OutcomeUnknown)
    }

    /// Puts the answer together again from the events of one command, in order; none for an unknown command.
    pub(crate) fn of(events: Vec<RecordedEvent>) -> Option<Self> {
        let (first, last) = (events.first()?, events.last()?);
        let mut revisions: Vec<(StreamId, Revision)> = Vec::new();
        for event in &events {
            match revisions.last_mut() {
                Some((stream, revision)) if *stream == event.stream => *revision = event.revision,
                _ => revisions.push((event.stream.clone(), event.revision)),
            }
        }
        let appended = Appended {
            first: first.position,
            last: last.position,
            recorded_at: first.recorded_at,
            revisions,
            duplicate: true,
        };
        Some(Self { fingerprint: first.fingerprint, appended, events })
    }
}
