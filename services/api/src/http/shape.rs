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
        let known = message.split_once(", ").map_or("There are no fields here.".to_owned(), |(_, known)| {
            format!("A field here is not known; {}.", known.replace('`', ""))
        });
        return shape(parent_of_unknown(error, pointer), "unknown_field", known);
    }
    if let Some(name) = quoted(&message, "missing field") {
        return shape(
            format!("{pointer}/{}", escape(name)),
            "missing_field",
            "This field is missing.".to_owned(),
        );
    }
    if message.starts_with("invalid type: null") {
        return shape(pointer, "null", format!("This must not be null{}.", expected(&message)));
    }
    if message.starts_with("invalid type") || message.starts_with("invalid length") {
        return shape(pointer, "wrong_type", format!("This has the wrong type{}.", expected(&message)));
    }
    if message.starts_with("data did not match any variant") || message.starts_with("duplicate field") {
        return shape(
            pointer,
            "wrong_shape",
            "This has none of the shapes that are possible here.".to_owned(),
        );
    }
    if message.starts_with("unknown variant") {
        let choices = message.split_once(", ").map_or("", |(_, choices)| choices).replace('`', "");
        return value(pointer, "unknown_value", format!("This value is not known here; {choices}."));
    }
    let sentence = own_sentence(&message).unwrap_or("This value is not acceptable here.");
    value(pointer, "invalid_value", sentence.to_owned())
}

fn shape(pointer: String, code: &'static str, detail: String) -> Problem {
    Problem::of(catalogue::INVALID_BODY).error(FieldError::pointer(pointer, code, detail))
}

fn value(pointer: String, code: &'static str, detail: String) -> Problem {
    Problem::of(catalogue::INVALID_VALUES).error(FieldError::pointer(pointer, code, detail))
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

/// What serde expected: its own words, the type's and not the caller's.
fn expected(message: &str) -> String {
    message.rsplit_once(", expected ").map_or_else(String::new, |(_, wanted)| {
        let wanted = if wanted.starts_with("struct ") { "an object" } else { wanted };
        format!("; expected {wanted}")
    })
}

/// The types of this house explain themselves in sentences that do not repeat the value; other types do not.
fn own_sentence(message: &str) -> Option<&str> {
    let sentence = message.starts_with(|first: char| first.is_ascii_uppercase()) && message.ends_with('.');
    let quotes = message.contains(['"', '`', '\'']) || message.starts_with("UUID");
    (sentence && !quotes).then_some(message)
}
