//! One JSON document, read more strictly than JSON itself asks for.
//!
//! Parsers disagree about duplicate keys and about U+0000; a document that means different things to different readers
//! must not reach the log.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Objects and arrays may be this deep within each other.
pub const DEPTH_LIMIT: usize = 64;

/// Why a text is not a document; line and column are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum DocumentError {
    #[error("there is no body")]
    Empty,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body begins with a byte order mark")]
    ByteOrderMark,
    #[error("the body is not JSON at line {line}, column {column}")]
    Syntax { line: usize, column: usize },
    #[error("a key is there twice in one object at line {line}, column {column}")]
    DuplicateKey { line: usize, column: usize },
    #[error("the body is deeper than 64 levels at line {line}, column {column}")]
    TooDeep { line: usize, column: usize },
    #[error("a text contains the character U+0000")]
    NulCharacter,
}

impl DocumentError {
    /// The line and the column, where it is at one.
    pub(super) const fn place(self) -> Option<(usize, usize)> {
        match self {
            Self::Syntax { line, column }
            | Self::DuplicateKey { line, column }
            | Self::TooDeep { line, column } => Some((line, column)),
            Self::Empty | Self::NotUtf8 | Self::ByteOrderMark | Self::NulCharacter => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Defect {
    DuplicateKey,
    TooDeep,
}

/// Reads exactly one document.
pub fn parse(bytes: &[u8]) -> Result<Value, DocumentError> {
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return Err(DocumentError::ByteOrderMark);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::NotUtf8)?;
    if text.trim_ascii().is_empty() {
        return Err(DocumentError::Empty);
    }
    let (defect, nul) = (Cell::new(None), Cell::new(false));
    let mut reader = serde_json::Deserializer::from_str(text);
    let strict = Strict { depth: 0, defect: &defect, nul: &nul };
    let value = strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match defect.get() {
            Some(Defect::DuplicateKey) => DocumentError::DuplicateKey { line, column },
            Some(Defect::TooDeep) => DocumentError::TooDeep { line, column },
            None => DocumentError::Syntax { line, column },
        }
    })?;
    if nul.get() { Err(DocumentError::NulCharacter) } else { Ok(value) }
}

/// The same bytes for every document that means the same: keys sorted, no spaces.
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_canonical(value, &mut bytes);
    bytes
}

fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            out.push(b'{');
            for (index, (name, item)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
                out.push(b':');
                write_canonical(item, out);
            }
            out.push(b'}');
        }
        scalar => out.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    defect: &'a Cell<Option<Defect>>,
    nul: &'a Cell<bool>,
}

impl Strict<'_> {
    fn refuse<E: Error>(&self, defect: Defect) -> E {
        self.defect.set(Some(defect));
        E::custom("refused")
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_LIMIT {
            return Err(self.refuse(Defect::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn look_at(&self, text: &str) {
        if text.contains('\0') {
            self.nul.set(true);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// JSON Schema counts `44.0` as an integer, and so do we: both spellings are the same command.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if let Some(whole) = whole(value) {
            return Ok(whole.into());
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.look_at(value);
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.look_at(&value);
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.look_at(&name);
            let value = members.next_value_seed(inner)?;
            if object.insert(name, value).is_some() {
                return Err(self.refuse(Defect::DuplicateKey));
            }
        }
        Ok(Value::Object(object))
    }
}

/// The integer that a number is, within the range in which every reader of JSON agrees on it (RFC 8259, 6).
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^53 is kept exactly")]
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

#[cfg(test)]
mod tests;
