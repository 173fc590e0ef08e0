//! A small builder of forms, as a client has to write one: it knows `/openapi.json` and `/v1/vocabulary`, and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::schema::codes;

/// Labels and hints of one language, by set and code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    sets: BTreeMap<String, BTreeMap<String, Word>>,
}

/// What a form shows for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
}

/// What a worker fills in to give one command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) title: String,
    pub(crate) fields: Vec<Field>,
}

/// One question of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) word: Word,
    pub(crate) required: bool,
    /// What can be chosen: code and label; empty where something is written, counted or answered with yes or no.
    pub(crate) choices: Vec<(String, String)>,
    /// The questions below it.
    pub(crate) fields: Vec<Field>,
}

impl Words {
    /// Takes in the answer of `GET /v1/vocabulary/{set}`.
    pub(crate) fn learn(&mut self, answer: &Value) {
        let word = |item: &Value| {
            let text = |key: &str| item[key].as_str().map(str::to_owned);
            Some((text("code")?, Word { label: text("label")?, hint: text("hint") }))
        };
        let items = answer["items"].as_array().into_iter().flatten().filter_map(word);
        let set = answer["set"].as_str().unwrap_or_default();
        self.sets.entry(set.to_owned()).or_default().extend(items);
    }

    /// Unlearns one code, for a control.
    pub(crate) fn forget(&mut self, set: &str, code: &str) {
        self.sets.get_mut(set).expect("the set").remove(code).expect("the code");
    }

    fn word(&self, set: &str, code: &str) -> Result<Word, String> {
        let word = self.sets.get(set).and_then(|set| set.get(code));
        word.cloned().ok_or_else(|| format!("no word for {set}/{code}"))
    }

    fn codes(&self, set: &str) -> Vec<String> {
        self.sets.get(set).into_iter().flat_map(|set| set.keys().cloned()).collect()
    }

    fn all(&self, set: &str) -> Result<Vec<(String, String)>, String> {
        let set = self.sets.get(set).ok_or_else(|| format!("no set {set}"))?;
        Ok(set.iter().map(|(code, word)| (code.clone(), word.label.clone())).collect())
    }
}

/// Draws forms.
pub(crate) struct Builder<'a> {
    pub(crate) document: &'a Value,
    pub(crate) words: &'a Words,
}

impl Builder<'_> {
    /// The form of every operation that changes something, by the operation's name.
    pub(crate) fn forms(&self) -> Result<BTreeMap<String, Form>, String> {
        let paths = self.document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
        let operations = paths.flat_map(|path| path.as_object().into_iter().flat_map(|path| path.values()));
        let commands = operations.filter(|operation| operation["requestBody"].is_object());
        commands
            .map(|operation| {
                let name = operation["operationId"].as_str().unwrap_or_default();
                let form = self.form(operation).map_err(|missing| format!("{name}: {missing}"))?;
                Ok((name.to_owned(), form))
            })
            .collect()
    }

    fn form(&self, operation: &Value) -> Result<Form, String> {
        let label = operation["x-label"].as_str().ok_or("no x-label")?;
        let (set, code) = label.split_once('/').ok_or("x-label is a set and a code")?;
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        Ok(Form { title: self.words.word(set, code)?.label, fields: self.fields(body, "")? })
    }

    /// The questions of an object; of one with variants, those of each variant.
    fn fields(&self, schema: &Value, owner: &str) -> Result<Vec<Field>, String> {
        let (schema, owner) = self.resolve(schema, owner);
        let mut fields = Vec::new();
        // The keys of a map are codes themselves.
        let keys = schema["x-vocabulary"].as_str();
        let required = schema["required"].as_array();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let required = required.is_some_and(|names| names.iter().any(|one| one == name));
            fields.push(self.field((name, property), (&owner, keys), required)?);
        }
        for variant in ["oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten() {
            for field in self.fields(variant, &owner)? {
                if !fields.iter().any(|known| known.name == field.name && known.choices == field.choices) {
                    fields.push(field);
                }
            }
        }
        if let Some(items) = schema.get("items") {
            fields.extend(self.fields(items, &owner)?);
        }
        if let (Some(set), Some(value)) =
            (keys, schema.get("additionalProperties").filter(|of| of.is_object()))
        {
            for name in self.words.codes(set) {
                fields.push(self.field((&name, value), (&owner, keys), false)?);
            }
        }
        Ok(fields)
    }

    fn field(
        &self,
        (name, property): (&str, &Value),
        (owner, keys): (&str, Option<&str>),
        required: bool,
    ) -> Result<Field, String> {
        let own = self.words.word("fields", &format!("{owner}.{name}"));
        let word = match keys {
            Some(set) => self.words.word(set, name)?,
            None => own.or_else(|_| self.words.word("fields", name))?,
        };
        let choices = self.choices(property).map_err(|missing| format!("{owner}.{name}: {missing}"))?;
        Ok(Field { name: name.to_owned(), word, required, choices, fields: self.fields(property, owner)? })
    }

    /// What can be chosen in a field, through references, lists and values that may be absent.
    fn choices(&self, schema: &Value) -> Result<Vec<(String, String)>, String> {
        let (schema, _) = self.resolve(schema, "");
        if schema["type"] == "object" {
            return Ok(Vec::new());
        }
        let inner = ["oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
        if let Some(set) = schema["x-vocabulary"].as_str() {
            let codes = codes(schema);
            if codes.is_empty() {
                return self.words.all(set);
            }
            return codes
                .into_iter()
                .map(|code| Ok((code.clone(), self.words.word(set, &code)?.label)))
                .collect();
        }
        let mut choices = Vec::new();
        for one in inner.chain(schema.get("items")) {
            choices.extend(self.choices(one)?);
        }
        Ok(choices)
    }

    /// The schema behind a reference, with its name.
    fn resolve<'a>(&'a self, schema: &'a Value, owner: &str) -> (&'a Value, String) {
        let Some(reference) = schema["$ref"].as_str() else { return (schema, owner.to_owned()) };
        let name = reference.rsplit('/').next().unwrap_or_default();
        let target = self.document.pointer(reference.trim_start_matches('#')).unwrap_or(schema);
        (target, name.to_owned())
    }
}
