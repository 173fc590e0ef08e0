//! What workers write in their own words: whatever it is about, it may name somebody, so it is sealed before it is stored.
//!
//! The rules look at it once, when the command comes in. Afterwards an event holds the words sealed under the keys of the
//! case's notes, and nothing that is folded ever needs them.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Words of a worker, or what they were sealed as. It has no readable `Debug` and no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FreeText(String);

impl FreeText {
    /// How many characters there are, without blanks around them.
    pub fn length(&self) -> usize {
        self.0.trim().chars().count()
    }

    /// How many different characters there are, blanks left out.
    pub fn different(&self) -> usize {
        let characters = self.0.chars().filter(|character| !character.is_whitespace());
        characters.collect::<BTreeSet<_>>().len()
    }
}

impl<T: Into<String>> From<T> for FreeText {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for FreeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// With this a text begins that was sealed; it is on disk for ever.
const SEALED: &str = "sealed.v1:";

/// Where an event has words: its name as stored, and the place in its payload.
const FIELDS: [(&str, &str); 5] = [
    ("case.note-added.v1", "/text"),
    ("case.handoff-offered.v1", "/consent_override/reason"),
    ("emergency.opened.v1", "/justification"),
    ("emergency.reviewed.v1", "/comment"),
    ("export.requested.v1", "/reason"),
];

/// The case whose words these are, where they stand in another stream: they are kept, and erased, with those of the case.
pub fn of_case<'a>(event_type: &str, payload: &'a Value) -> Option<&'a str> {
    if event_type.starts_with("case.") { None } else { payload.get("case")?.as_str() }
}

/// The words in the payload of an event, each with its place; there are none in most.
pub fn words<'a>(event_type: &str, payload: &'a Value) -> Vec<(&'static str, &'a str)> {
    let fields = fields(event_type);
    fields.filter_map(|field| Some((field, payload.pointer(field)?.as_str()?))).collect()
}

/// Whether an event of this name can have words.
pub fn may_have_words(event_type: &str) -> bool {
    fields(event_type).next().is_some()
}

/// Whether an event of this name is nothing without its words.
pub fn is_nothing_else(event_type: &str) -> bool {
    event_type == "case.note-added.v1"
}

/// How sealed words are stored.
pub fn stored(sealed: &str) -> String {
    format!("{SEALED}{sealed}")
}

/// What was sealed, if these are no words in the clear, as events from before have them.
pub fn sealed(words: &str) -> Option<&str> {
    words.strip_prefix(SEALED)
}

fn fields(event_type: &str) -> impl Iterator<Item = &'static str> {
    FIELDS.iter().filter(move |(name, _)| *name == event_type).map(|(_, field)| *field)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FreeText, may_have_words, sealed, stored, words};

    #[test]
    fn words_are_found_where_an_event_has_them_and_nowhere_else() {
        let note = json!({ "text": "hello", "late": false });
        assert_eq!(words("case.note-added.v1", &note), [("/text", "hello")]);
        assert!(words("case.closed.v1", &note).is_empty() && !may_have_words("case.closed.v1"));
        let offer = json!({ "consent_override": { "reason": "fell ill" } });
        assert_eq!(words("case.handoff-offered.v1", &offer), [("/consent_override/reason", "fell ill")]);
        assert!(words("case.handoff-offered.v1", &json!({ "consent_override": null })).is_empty());
    }

    #[test]
    fn sealed_words_are_told_from_words() {
        assert_eq!(sealed(&stored("AQID")), Some("AQID"));
        assert_eq!(sealed("Will call on Friday."), None);
    }

    #[test]
    fn nothing_of_it_is_printed_for_debugging() {
        assert_eq!(format!("{:?}", FreeText::from("Мавзуна")), "…");
        assert_eq!(FreeText::from(" Мавзуна ").length(), 7);
    }
}
