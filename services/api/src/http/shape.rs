//! From a document to the command it should be, and from a mismatch to a problem that helps.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Error, Segment};

use super::objects::Part;
use crate::problem::{FieldError, Problem, catalogue};

/// Reads a document as `T`. A wrong shape is 400, a wrong value in the right shape is 422.
pub(crate) fn read<T: DeserializeOwned>(document: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Part(document)).map_err(|error| explain(&error))
}

fn explain(error: &Error<serde_json::Error>) -> Problem {
    let message = error.inner().to_string();
    let pointer = pointer(error.path().iter());
    if message.starts_with("unknown field") {
        let place = parent_of_unknown(error, pointer);
        return shape(match choices(&message) {
            None => FieldError::pointer(place, "unknown_field", "There are no fields here."),
            Some((said, known)) => {
                let sentence = format!("A field here is not known; {said}.");
                FieldError::pointer(place, "unknown_field", sentence).naming("known", known)
            }
        });
    }
    if let Some(name) = quoted(&message, "missing field") {
        let place = format!("{pointer}/{}", escape(name));
        return shape(FieldError::pointer(place, "missing_field", "This field is missing."));
    }
    if message.starts_with("invalid type: null") {
        return shape(expected(pointer, "null", ("This must not be null", &message)));
    }
    if message.starts_with("invalid type") || message.starts_with("invalid length") {
        return shape(expected(pointer, "wrong_type", ("This has the wrong type", &message)));
    }
    if message.starts_with("data did not match any variant") || message.starts_with("duplicate field") {
        let sentence = "This has none of the shapes that are possible here.";
        return shape(FieldError::pointer(pointer, "wrong_shape", sentence));
    }
    if message.starts_with("unknown variant") {
        let (said, known) = choices(&message).unwrap_or_default();
        let sentence = format!("This value is not known here; {said}.");
        return value(FieldError::pointer(pointer, "unknown_value", sentence).naming("known", known));
    }
    let sentence = own_sentence(&message).unwrap_or("This value is not acceptable here.");
    value(FieldError::pointer(pointer, "invalid_value", sentence.to_owned()))
}

fn shape(error: FieldError) -> Problem {
    Problem::of(catalogue::INVALID_BODY).error(error)
}

fn value(error: FieldError) -> Problem {
    Problem::of(catalogue::INVALID_VALUES).error(error)
}

/// What serde would have known instead, as it says it and as the bare choices; nothing where it knows none.
pub(crate) fn choices(message: &str) -> Option<(String, String)> {
    let said = message.split_once(", ")?.1.replace('`', "");
    let known = said.strip_prefix("expected ")?;
    let known = known.strip_prefix("one of ").unwrap_or(known).to_owned();
    Some((said, known))
}

fn pointer<'a>(segments: impl Iterator<Item = &'a Segment>) -> String {
    segments
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// The name of an unknown field is the caller's own text, so the pointer stops at the object that holds it.
fn parent_of_unknown(error: &Error<serde_json::Error>, whole: String) -> String {
    let name = quoted(&error.inner().to_string(), "unknown field").map(str::to_owned);
    match (error.path().iter().next_back(), name) {
        (Some(Segment::Map { key }), Some(name)) if *key == name => {
            whole.rsplit_once('/').map_or_else(String::new, |(parent, _)| parent.to_owned())
        }
        _ => whole,
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').nth(1)
}

/// What is wrong with what serde expected: its own words, the type's and not the caller's.
fn expected(pointer: String, code: &'static str, (sentence, message): (&str, &str)) -> FieldError {
    let Some((_, wanted)) = message.rsplit_once(", expected ") else {
        return FieldError::pointer(pointer, code, format!("{sentence}."));
    };
    let wanted = if wanted.starts_with("struct ") { "an object" } else { wanted };
    let sentence = format!("{sentence}; expected {wanted}.");
    FieldError::pointer(pointer, code, sentence).naming("expected", wanted)
}

/// The types of this house explain themselves in sentences that do not repeat the value; other types do not.
fn own_sentence(message: &str) -> Option<&str> {
    let sentence = message.starts_with(|first: char| first.is_ascii_uppercase()) && message.ends_with('.');
    let quotes = message.contains(['"', '`', '\'']) || message.starts_with("UUID");
    (sentence && !quotes).then_some(message)
}
