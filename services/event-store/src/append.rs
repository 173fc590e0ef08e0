//! What a caller hands over, and what is checked before it may queue.

use std::{collections::HashSet, fmt};

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    numbers::{Position, Revision},
    stream::{StreamId, is_stream_id},
};

/// What one append may carry.
pub mod limits {
    /// Events of one append, over all its streams.
    pub const EVENTS: usize = 500;
    /// Bytes of one payload.
    pub const PAYLOAD_BYTES: usize = 1 << 20;
    /// Bytes of the metadata of one event.
    pub const METADATA_BYTES: usize = 16 << 10;
    /// Bytes of one append, payloads and metadata together.
    pub const APPEND_BYTES: usize = 8 << 20;
    /// Bytes of an event type or of an actor.
    pub const NAME_BYTES: usize = 128;
}

/// Who asked, and by which id: the key under which a command is done at most once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandKey {
    /// Pseudonymous name of the actor, 1 to 128 bytes; two actors never share command ids.
    pub actor: String,
    /// Chosen by the actor's client, the same on each repetition.
    pub id: Uuid,
}

/// An event on its way into the log.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Minted at the edge.
    pub event_id: Uuid,
    /// Literal name that never changes, such as `case.opened.v1`.
    pub event_type: String,
    /// When it happened, by the worker's claim; kept to the microsecond.
    pub occurred_at: Timestamp,
    /// Any bytes, often sealed; stored and returned as they are.
    pub payload: Vec<u8>,
    /// A JSON object as UTF-8 text; stored and returned as it is.
    pub metadata: Vec<u8>,
}

/// The events of one append for one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamWrite {
    /// Where they go.
    pub stream: StreamId,
    /// The revision on which the decision was taken; [`Revision::ABSENT`] for a new stream.
    pub expected: Revision,
    /// At least one.
    pub events: Vec<NewEvent>,
}

/// All that one command stores: every write, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Under which the command is done at most once.
    pub command: CommandKey,
    /// SHA-256 of what was asked; the same key with another fingerprint is refused.
    pub fingerprint: [u8; 32],
    /// One per stream, each stream once.
    pub writes: Vec<StreamWrite>,
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of its first event.
    pub first: Position,
    /// Position of its last event.
    pub last: Position,
    /// The log's own time, the same for all its events; never decreasing along the log.
    pub recorded_at: Timestamp,
    /// The new revision of each stream, in the order of the writes.
    pub revisions: Vec<(StreamId, Revision)>,
    /// Whether the command had been done before and this is its first answer.
    pub duplicate: bool,
}

/// Why an append cannot be stored, whatever the state of the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAppend {
    /// Nothing to store.
    #[error("an append needs at least one event, and each of its streams too")]
    NoEvents,
    /// More than [`limits::EVENTS`].
    #[error("an append holds at most {max} events, this one has {0}", max = limits::EVENTS)]
    TooManyEvents(usize),
    /// One payload is larger than [`limits::PAYLOAD_BYTES`].
    #[error("a payload has at most {max} bytes, this one has {0}", max = limits::PAYLOAD_BYTES)]
    PayloadTooLarge(usize),
    /// The metadata of one event is larger than [`limits::METADATA_BYTES`].
    #[error("metadata has at most {max} bytes, this one has {0}", max = limits::METADATA_BYTES)]
    MetadataTooLarge(usize),
    /// All together is larger than [`limits::APPEND_BYTES`].
    #[error("an append has at most {max} bytes, this one has {0}: split the command", max = limits::APPEND_BYTES)]
    TooLarge(usize),
    /// Metadata must be read by everybody.
    #[error("metadata must be a JSON object in UTF-8")]
    Metadata,
    /// A type is a short literal name.
    #[error("an event type has 1 to {max} bytes and no control characters", max = limits::NAME_BYTES)]
    EventType,
    /// A moment at the very end of the calendar has no microseconds.
    #[error("the time of an event lies outside of the calendar")]
    OccurredAt,
    /// An actor is a short pseudonymous name.
    #[error("an actor has 1 to {max} bytes and no control characters", max = limits::NAME_BYTES)]
    Actor,
    /// The name of a stream is malformed.
    #[error(transparent)]
    Stream(#[from] crate::stream::InvalidStreamId),
    /// Two writes would have to guess each other's revision.
    #[error("the stream {0} occurs twice in one append: put its events in one write")]
    StreamTwice(StreamId),
    /// A revision that no stream can reach.
    #[error("the expected revision of {0} is beyond what a stream can hold")]
    RevisionOutOfRange(StreamId),
}

impl Append {
    /// Checks everything that does not depend on what is stored.
    pub(crate) fn check(&self) -> Result<(), InvalidAppend> {
        if !is_name(&self.command.actor) {
            return Err(InvalidAppend::Actor);
        }
        if self.writes.is_empty() || self.writes.iter().any(|write| write.events.is_empty()) {
            return Err(InvalidAppend::NoEvents);
        }
        let events = self.writes.iter().map(|write| write.events.len()).sum();
        if events > limits::EVENTS {
            return Err(InvalidAppend::TooManyEvents(events));
        }
        let mut streams = HashSet::new();
        let mut bytes = 0;
        for write in &self.writes {
            check_stream(write)?;
            if !streams.insert(&write.stream) {
                return Err(InvalidAppend::StreamTwice(write.stream.clone()));
            }
            for event in &write.events {
                event.check()?;
                bytes += event.payload.len() + event.metadata.len();
            }
        }
        if bytes > limits::APPEND_BYTES { Err(InvalidAppend::TooLarge(bytes)) } else { Ok(()) }
    }
}

fn check_stream(write: &StreamWrite) -> Result<(), InvalidAppend> {
    const LAST: u64 = i64::MAX as u64 - limits::EVENTS as u64;
    if !is_stream_id(write.stream.as_str()) {
        return Err(crate::stream::InvalidStreamId.into());
    }
    if write.expected.get() > LAST {
        return Err(InvalidAppend::RevisionOutOfRange(write.stream.clone()));
    }
    Ok(())
}

impl NewEvent {
    fn check(&self) -> Result<(), InvalidAppend> {
        if !is_name(&self.event_type) {
            return Err(InvalidAppend::EventType);
        }
        if Timestamp::from_microsecond(self.occurred_at.as_microsecond()).is_err() {
            return Err(InvalidAppend::OccurredAt);
        }
        if self.payload.len() > limits::PAYLOAD_BYTES {
            return Err(InvalidAppend::PayloadTooLarge(self.payload.len()));
        }
        if self.metadata.len() > limits::METADATA_BYTES {
            return Err(InvalidAppend::MetadataTooLarge(self.metadata.len()));
        }
        if is_json_object(&self.metadata) { Ok(()) } else { Err(InvalidAppend::Metadata) }
    }
}

fn is_name(text: &str) -> bool {
    (1..=limits::NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_json_object(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    })
}

/// Sizes only: what is inside may be about a person.
impl fmt::Debug for NewEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEvent")
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type)
            .field("payload_bytes", &self.payload.len())
            .field("metadata_bytes", &self.metadata.len())
            .finish_non_exhaustive()
    }
}
