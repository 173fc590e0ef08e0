//! Facts as bytes: the one place where an event is written for the log and read back.
//!
//! The log keeps the event's name, its payload and its metadata as they are. A name that a rulebook does not know is
//! an error and never skipped: a fold that passes over a fact would answer wrongly in silence.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    actor::Actor,
    decider::Fact,
    time::{OccurredAt, Precision},
};

/// What is written beside every payload: who, and what it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Who recorded it, in which role, for which organisation.
    pub actor: Actor,
    /// How exactly `occurred_at` is known.
    pub precision: Precision,
    /// Seconds east of UTC where it happened.
    pub offset_seconds: i32,
    /// The request that everything of one conversation shares.
    pub correlation_id: Uuid,
    /// The event or request that led to this one.
    pub causation_id: Uuid,
}

/// An event ready for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The literal name (`case.opened.v1`).
    pub event_type: String,
    /// The payload, JSON.
    pub payload: Vec<u8>,
    /// The [`Metadata`], JSON.
    pub metadata: Vec<u8>,
}

/// The stored bytes are not a fact that this rulebook knows.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The name or the shape is unknown to this version of Safar.
    #[error("the event {event_type} is not known to this version of Safar: {reason}")]
    Unknown {
        /// The name as stored.
        event_type: String,
        /// What the decoder said; it names fields and never values.
        reason: String,
    },
    /// An event could not be written as JSON.
    #[error("an event could not be encoded: {0}")]
    Encode(String),
}

/// An event with everything around it that a seal has to hide.
#[derive(Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// Name, payload and metadata, as they would be stored in the clear.
    pub encoded: Encoded,
    /// When it happened, by the worker's claim.
    pub occurred_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct EnclosedText<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    occurred_at: Timestamp,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
}

impl Enclosed {
    /// The bytes that are sealed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoredError> {
        let failed = |error: serde_json::Error| StoredError::Encode(without_values(&error));
        let text = EnclosedText {
            event_type: &self.encoded.event_type,
            occurred_at: self.occurred_at,
            data: serde_json::from_slice(&self.encoded.payload).map_err(failed)?,
            metadata: serde_json::from_slice(&self.encoded.metadata).map_err(failed)?,
        };
        serde_json::to_vec(&text).map_err(failed)
    }

    /// The event again, from the bytes that were sealed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoredError> {
        let unknown = |error: serde_json::Error| StoredError::Unknown {
            event_type: "of a sealed stream".to_owned(),
            reason: without_values(&error),
        };
        let text: EnclosedText<'_> = serde_json::from_slice(bytes).map_err(unknown)?;
        let encoded = Encoded {
            event_type: text.event_type.to_owned(),
            payload: text.data.get().as_bytes().to_vec(),
            metadata: text.metadata.get().as_bytes().to_vec(),
        };
        Ok(Self { encoded, occurred_at: text.occurred_at })
    }
}

#[derive(Serialize, Deserialize)]
struct Tagged<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Writes an event and its metadata.
pub fn encode<E: Serialize>(event: &E, metadata: &Metadata) -> Result<Encoded, StoredError> {
    let failed = |error: serde_json::Error| StoredError::Encode(error.to_string());
    let text = serde_json::to_string(event).map_err(failed)?;
    let tagged: Tagged<'_> = serde_json::from_str(&text).map_err(failed)?;
    Ok(Encoded {
        event_type: tagged.event_type.to_owned(),
        payload: tagged.data.get().as_bytes().to_vec(),
        metadata: serde_json::to_vec(metadata).map_err(failed)?,
    })
}

/// Reads an event back, with its circumstances.
pub fn decode<E: DeserializeOwned>(
    event_type: &str,
    payload: &[u8],
    metadata: &[u8],
    times: (Timestamp, Timestamp),
) -> Result<Fact<E>, StoredError> {
    let unknown = |reason: String| StoredError::Unknown { event_type: event_type.to_owned(), reason };
    let data: &RawValue = serde_json::from_slice(payload).map_err(|error| unknown(without_values(&error)))?;
    let tagged = serde_json::to_string(&Tagged { event_type, data })
        .map_err(|error| unknown(without_values(&error)))?;
    let event = serde_json::from_str(&tagged).map_err(|error| unknown(without_values(&error)))?;
    let metadata: Metadata =
        serde_json::from_slice(metadata).map_err(|error| unknown(without_values(&error)))?;
    let (occurred_at, recorded_at) = times;
    Ok(Fact {
        event,
        occurred_at: OccurredAt {
            instant: occurred_at,
            precision: metadata.precision,
            offset_seconds: metadata.offset_seconds,
        },
        recorded_at,
        actor: metadata.actor,
    })
}

/// The place of a JSON error without the text it stumbled over, which may be personal.
fn without_values(error: &serde_json::Error) -> String {
    format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::{Enclosed, Encoded};

    #[test]
    fn what_is_enclosed_comes_out_byte_for_byte() {
        let encoded = Encoded {
            event_type: "case.closed.v1".to_owned(),
            payload: br#"{"b": 1.0, "a": 9007199254740993}"#.to_vec(),
            metadata: br#"{"x": "\u0642"}"#.to_vec(),
        };
        let enclosed = Enclosed { encoded, occurred_at: "2026-05-04T06:00:00.123456Z".parse().unwrap() };
        let bytes = enclosed.to_bytes().unwrap();
        assert!(Enclosed::from_bytes(&bytes).unwrap() == enclosed);
    }

    #[test]
    fn bytes_that_are_none_are_refused_without_being_repeated() {
        for bytes in [&b""[..], b"MARKER", br#"{"type": "MARKER"}"#] {
            let Err(refused) = Enclosed::from_bytes(bytes) else { panic!("it was taken") };
            assert!(!refused.to_string().contains("MARKER"));
        }
    }
}
