//! Values on their way into columns and back: times are microseconds, ids 16 bytes, rows travel as one JSON array.

use jiff::Timestamp;
use safar_event_store::{Position, Revision};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::error::ProjectionError;

/// Rows of one statement: `json_each` takes them apart again, so that a batch costs one statement per table.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("maps of a case have text keys, and everything else has a JSON form")
}

/// What [`json`] wrote into a column.
pub(crate) fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, ProjectionError> {
    serde_json::from_str(text).map_err(|_| ProjectionError::Damaged(table))
}

/// The code of a unit variant, as it is on the wire.
pub(crate) fn code(value: &impl Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}

/// What [`code`] wrote.
pub(crate) fn from_code<T: DeserializeOwned>(
    table: &'static str,
    code: String,
) -> Result<T, ProjectionError> {
    serde_json::from_value(code.into()).map_err(|_| ProjectionError::Damaged(table))
}

/// For `unhex` in a statement.
pub(crate) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}

pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(crate) fn timestamp(table: &'static str, micros: i64) -> Result<Timestamp, ProjectionError> {
    Timestamp::from_microsecond(micros).map_err(|_| ProjectionError::Damaged(table))
}

pub(crate) fn number(position: Position) -> i64 {
    i64::try_from(position.get()).unwrap_or(i64::MAX)
}

pub(crate) fn position(number: i64) -> Position {
    u64::try_from(number).unwrap_or_default().into()
}

pub(crate) fn revision(number: i64) -> Revision {
    u64::try_from(number).unwrap_or_default().into()
}
