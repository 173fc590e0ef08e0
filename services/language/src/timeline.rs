//! What has happened, one plain sentence for each event.
//!
//! A sentence says less than the entry it stands beside: the days, codes and counts that [`said_of`] names, and nothing that
//! somebody wrote in words of their own.

mod said;

use safar_domain::language::Language;
use serde_json::{Map, Value};

use crate::book::{Book, id, label};
use said::{How, said_of};

/// What stands for a thing that was not recorded.
const NOTHING: &str = "–";

/// How things are called that have their names elsewhere.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Organisations by their ids.
    pub organisation: &'a dyn Fn(&str) -> Option<String>,
    /// Places by their ids.
    pub place: &'a dyn Fn(&str) -> Option<String>,
}

/// What happened and which organisation recorded it; `data` is the payload as the reader may see it.
pub fn entry(
    language: Language,
    (event, data): (&str, &Value),
    organisation: &str,
    names: Names<'_>,
) -> String {
    let by = called(names.organisation, organisation);
    let text = sentence(language, event, data, names);
    Book::Timeline.say(language, "line", &vec![("by", by), ("text", text)])
}

/// What happened.
fn sentence(language: Language, event: &str, data: &Value, names: Names<'_>) -> String {
    let id = message(event);
    let filling = said_of(&id).iter().map(|(name, pointer, how)| {
        let found = data.pointer(pointer).filter(|value| !value.is_null());
        (*name, said(language, found, *how, names))
    });
    Book::Timeline.say(language, &id, &filling.collect())
}

/// The id of the sentence: the name of the event without its version, for a new shape tells the same.
pub(crate) fn message(event: &str) -> String {
    let versioned =
        event.rsplit_once(".v").filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    id(versioned.map_or(event, |(name, _)| name))
}

fn said(language: Language, found: Option<&Value>, how: How, names: Names<'_>) -> String {
    let nothing = if how == How::Count { "none" } else { NOTHING };
    let Some(value) = found else { return nothing.to_owned() };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => {
            let items = items.iter().map(|item| said(language, Some(item), how, names));
            return Some(items.collect::<Vec<_>>().join(", "))
                .filter(|all| !all.is_empty())
                .unwrap_or(nothing.to_owned());
        }
        Value::Object(members) => return found_by_test(language, members),
        Value::Null => nothing.to_owned(),
    };
    match how {
        How::Plain | How::Count => text,
        How::Code(set) => label(language, set, &text),
        How::Organisation => called(names.organisation, &text),
        How::Place => called(names.place, &text),
    }
}

fn called(names: &dyn Fn(&str) -> Option<String>, id: &str) -> String {
    names(id).unwrap_or_else(|| id.to_owned())
}

/// The result of a test: each thing it looked at with what it showed, the raw counts left out.
fn found_by_test(language: Language, members: &Map<String, Value>) -> String {
    let said = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("test" | "kit" | "method", _) => None,
        ("grade", Value::String(code)) => Some(label(language, "smear-results", code)),
        ("growth", Value::String(code)) => Some(label(language, "culture-results", code)),
        ("mtb", Value::String(code)) => Some(label(language, "molecular-results", code)),
        (drug, Value::String(code)) => {
            Some(format!("{}: {}", label(language, "drugs", drug), label(language, "susceptibilities", code)))
        }
        (_, Value::Object(results)) => Some(found_by_test(language, results)),
        _ => None,
    };
    members.iter().filter_map(said).collect::<Vec<_>>().join(", ")
}
