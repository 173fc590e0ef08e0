//! The smallest request that a row's schema allows, so that no route has to be listed by hand.

use safar_api::routes::{Endpoint, Kind, Precondition, openapi};
use safar_tests::http::{As, Ask};
use serde_json::{Map, Value, json};

/// An id that nothing has.
pub(crate) const NOBODY: &str = "0190a000-0000-7000-8000-00000000dead";

/// Builds requests from the document that the server publishes.
pub(crate) struct Minimal {
    document: Value,
}

impl Minimal {
    /// Reads the document once.
    pub(crate) fn new() -> Self {
        Self { document: openapi::document() }
    }

    /// The document itself.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// The smallest body of a command.
    pub(crate) fn body(&self, row: &Endpoint) -> Value {
        let method = row.method.as_str().to_lowercase();
        let operation = &self.document["paths"][row.path][method];
        self.value(&operation["requestBody"]["content"]["application/json"]["schema"])
    }

    /// The whole request: with a body, a key and a revision where the row takes them.
    pub(crate) fn request<'a>(&self, who: &As<'a>, row: &Endpoint, path: &str) -> Ask<'a> {
        match row.kind {
            Kind::Read => who.ask(row.method.as_str(), path),
            Kind::Batch | Kind::Search => who.ask(row.method.as_str(), path).json(&self.body(row)),
            Kind::Command(precondition) => {
                let ask = who.command(row.method.as_str(), path, &self.body(row));
                if precondition == Precondition::None { ask } else { ask.on(2) }
            }
        }
    }

    fn value(&self, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            return self.value(self.document.pointer(pointer).expect("references resolve"));
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(values) = schema["enum"].as_array() {
            return values[0].clone();
        }
        if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            return self.value(&choices[0]);
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
        match kind {
            Some("object") => self.object(schema),
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(1);
                (0..least).map(|_| self.value(&schema["items"])).collect()
            }
            Some("string") => text(schema),
            Some("boolean") => json!(true),
            Some("integer" | "number") => json!(schema["minimum"].as_u64().unwrap_or_default().max(1)),
            _ => panic!("no smallest value for {schema}"),
        }
    }

    fn object(&self, schema: &Value) -> Value {
        let none = Vec::new();
        let required = schema["required"].as_array().unwrap_or(&none);
        let member = |name: &Value| {
            let name = name.as_str().expect("a name");
            (name.to_owned(), self.value(&schema["properties"][name]))
        };
        Value::Object(required.iter().map(member).collect::<Map<_, _>>())
    }
}

/// A text of this form; 24 letters are long enough for every text here that has a least length.
fn text(schema: &Value) -> Value {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    match (schema["format"].as_str(), pattern) {
        (Some("date"), _) => json!("2026-05-01"),
        (Some("date-time"), _) => json!("2026-05-06T06:00:00Z"),
        (Some("uuid"), _) => json!(NOBODY),
        (_, "") => json!("a text of some length ok"),
        (_, "^[a-z0-9][a-z0-9-]{0,63}$") => json!("ngo-galaba"),
        (_, places) if places.starts_with("^([A-Z]{2}(-") => json!("KZ"),
        (_, "^[A-Z]{2}$") => json!("KZ"),
        (_, other) => panic!("no text for {other}"),
    }
}

/// The address of a row with these ids in it; a part that is not named gets an id that nothing has.
pub(crate) fn address(row: &Endpoint, ids: &[(&str, &str)]) -> String {
    let part = |part: &str| {
        let Some(name) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return part.to_owned();
        };
        let given = ids.iter().find(|(known, _)| *known == name).map(|(_, id)| (*id).to_owned());
        given.unwrap_or_else(|| NOBODY.to_owned())
    };
    row.path.split('/').map(part).collect::<Vec<_>>().join("/")
}
