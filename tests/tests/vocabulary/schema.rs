//! Which codes the `OpenAPI` document knows, and to which set of the vocabulary it says they belong.

use std::collections::BTreeSet;

use serde_json::Value;

/// A place of the document that names codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where.
    pub(crate) at: String,
    /// The set that it names.
    pub(crate) set: Option<String>,
    /// Only some codes of the set are possible here.
    pub(crate) part: bool,
    /// The codes; none where any code of the set is taken as text.
    pub(crate) codes: BTreeSet<String>,
}

/// Every place below this value that names codes, and every one that names a set.
pub(crate) fn places(document: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    walk(document, &mut String::new(), false, &mut found);
    found
}

/// The codes of one schema: of an enumeration, of the tags of its variants, or of the keys of a map.
pub(crate) fn codes(schema: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let listed = schema["enum"].as_array().into_iter().flatten().filter_map(text);
    let fixed = text(&schema["const"]).into_iter();
    let variants = ["oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    let keys = schema["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned());
    listed.chain(fixed).chain(keys).chain(variants.flat_map(variant)).collect()
}

/// The codes of one variant: itself, its tag, or the one key that it has.
fn variant(schema: &Value) -> BTreeSet<String> {
    let Some(properties) = schema["properties"].as_object() else { return codes(schema) };
    let tags: BTreeSet<_> =
        properties.values().filter_map(|property| property["const"].as_str().map(str::to_owned)).collect();
    if tags.is_empty() { properties.keys().cloned().collect() } else { tags }
}

/// `covered` says that what this value names belongs to a set that was named above it.
fn walk(value: &Value, at: &mut String, covered: bool, found: &mut Vec<Place>) {
    if let Some(items) = value.as_array() {
        each(items.iter().enumerate().map(|(index, item)| (index.to_string(), item)), at, found, |_| false);
    }
    let Some(members) = value.as_object() else { return };
    let set = value["x-vocabulary"].as_str().map(str::to_owned);
    let named = members.contains_key("enum") || value["const"].is_string();
    if set.is_some() || (named && !covered) {
        let part = value["x-vocabulary-part"] == true;
        found.push(Place { at: at.clone(), set: set.clone(), part, codes: codes(value) });
    }
    let covered = covered || set.is_some();
    for (key, member) in members {
        below(key, at, |at| match (key.as_str(), member) {
            ("oneOf" | "anyOf", Value::Array(variants)) => {
                let variants = variants.iter().enumerate();
                each(variants.map(|(index, item)| (index.to_string(), item)), at, found, |_| covered);
            }
            // A variant's tag belongs to the set of its variants; what its other fields hold does not.
            ("properties", Value::Object(properties)) => {
                let tag = |property: &Value| covered && property["const"].is_string();
                each(properties.iter().map(|(name, property)| (name.clone(), property)), at, found, tag);
            }
            _ => walk(member, at, false, found),
        });
    }
}

fn each<'a>(
    values: impl Iterator<Item = (String, &'a Value)>,
    at: &mut String,
    found: &mut Vec<Place>,
    covered: impl Fn(&Value) -> bool,
) {
    for (step, value) in values {
        below(&step, at, |at| walk(value, at, covered(value), found));
    }
}

fn below(step: &str, at: &mut String, then: impl FnOnce(&mut String)) {
    let length = at.len();
    at.push('/');
    at.push_str(step);
    then(at);
    at.truncate(length);
}
