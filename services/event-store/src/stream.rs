//! Names of streams.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The name of a stream, `<category>-<id>`: `case-0190…`.
///
/// The category is lower-case ASCII (letters, digits, `_`, at most 32); the id is visible ASCII (at most 128). Ids are
/// pseudonymous: a name or a number of a person must never be part of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId(Arc<str>);

/// Why a text is no name of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a stream is named <category>-<id>: a lower-case category of at most 32 characters, an id of 1 to 128 visible ASCII characters"
)]
pub struct InvalidStreamId;

impl StreamId {
    /// Joins a category and an id that are known to be well formed; a wrong pair is refused when it is appended.
    pub fn new(category: &str, id: impl fmt::Display) -> Self {
        let name = format!("{category}-{id}");
        debug_assert!(is_stream_id(&name), "not a stream id: {InvalidStreamId}");
        Self(name.into())
    }

    /// Reads the name of a stream.
    pub fn parse(name: &str) -> Result<Self, InvalidStreamId> {
        if is_stream_id(name) { Ok(Self(name.into())) } else { Err(InvalidStreamId) }
    }

    /// The part before the first hyphen.
    pub fn category(&self) -> &str {
        self.0.split_once('-').map_or(&*self.0, |(category, _)| category)
    }

    /// The part after the first hyphen.
    pub fn id(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, id)| id)
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn is_stream_id(name: &str) -> bool {
    let Some((category, id)) = name.split_once('-') else { return false };
    let lower = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    (1..=32).contains(&category.len())
        && category.bytes().all(lower)
        && (1..=128).contains(&id.len())
        && id.bytes().all(|c| c.is_ascii_graphic())
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidStreamId;

    fn try_from(name: String) -> Result<Self, InvalidStreamId> {
        Self::parse(&name)
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.0.as_ref().to_owned()
    }
}

impl std::str::FromStr for StreamId {
    type Err = InvalidStreamId;

    fn from_str(name: &str) -> Result<Self, InvalidStreamId> {
        Self::parse(name)
    }
}

#[cfg(test)]
mod tests {
    use super::StreamId;

    #[test]
    fn a_stream_id_splits_at_its_first_hyphen() {
        let stream = StreamId::new("outreach", "osh-2026-03-01");
        assert_eq!((stream.category(), stream.id()), ("outreach", "osh-2026-03-01"));
    }

    #[test]
    fn a_malformed_name_is_refused() {
        for name in ["", "case", "case-", "-1", "Case-1", "case-1 2", "case-\u{0}", "case-қ"] {
            assert!(StreamId::parse(name).is_err(), "{name:?} was accepted");
        }
        let long = format!("case-{}", "x".repeat(129));
        assert!(StreamId::parse(&long).is_err());
    }

    #[test]
    fn a_stream_id_is_a_string_in_json() {
        let stream = StreamId::new("case", 7);
        assert_eq!(serde_json::to_string(&stream).unwrap(), r#""case-7""#);
        assert_eq!(serde_json::from_str::<StreamId>(r#""case-7""#).unwrap(), stream);
        assert!(serde_json::from_str::<StreamId>(r#""nothing""#).is_err());
    }
}
