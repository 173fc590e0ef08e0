//! One layer over the other, and a clear word about keys that nobody reads.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::DEFAULTS;

/// A smaller likeness is no hint.
const LIKENESS: f64 = 0.7;
const PREFIX: &str = "SAFAR__";

/// What lies over the defaults; later ones win.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file given by `--config`.
    pub file: Option<PathBuf>,
    /// Variables of the environment; those that do not begin with `SAFAR__` are not looked at.
    pub environment: Vec<(String, String)>,
    /// Flags that set a key: `("server.listen", "0.0.0.0:8080")`.
    pub flags: Vec<(&'static str, String)>,
}

impl Sources {
    /// The environment of this process, and nothing else yet.
    pub fn from_environment() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { environment: std::env::vars_os().filter_map(text).collect(), ..Self::default() }
    }
}

/// Why the configuration cannot be used, in words that say what to change. Values are never repeated.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{layer} is not TOML: {message}{line}")]
    Syntax { layer: String, message: String, line: String },
    #[error("{layer} sets {key}, which does not exist{hint}")]
    UnknownKey { layer: String, key: String, hint: String },
    #[error("{layer} sets {key} to the wrong type: it has to be {expected}")]
    WrongType { layer: String, key: String, expected: &'static str },
    #[error("{key} {sentence}")]
    Invalid { key: String, sentence: String },
}

impl ConfigError {
    pub(super) fn invalid(key: &str, sentence: &str) -> Self {
        Self::Invalid { key: key.to_owned(), sentence: sentence.to_owned() }
    }
}

/// Lays file, environment and flags over the defaults.
pub(super) fn merge<T: DeserializeOwned>(sources: &Sources) -> Result<T, ConfigError> {
    let defaults = parse(DEFAULTS, "the defaults file")?;
    let mut merged = defaults.clone();
    if let Some(path) = &sources.file {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let layer = path.display().to_string();
        lay(&mut merged, parse(&text, &layer)?, &Layer { name: &layer, defaults: &defaults }, "")?;
    }
    for (name, text) in &sources.environment {
        if let Some(key) = name.strip_prefix(PREFIX) {
            let key = key.to_ascii_lowercase().replace("__", ".");
            set(
                &mut merged,
                &key,
                text,
                &Layer { name: &format!("the variable {name}"), defaults: &defaults },
            )?;
        }
    }
    for (key, text) in &sources.flags {
        set(&mut merged, key, text, &Layer { name: "the command line", defaults: &defaults })?;
    }
    serde_path_to_error::deserialize(Value::Table(merged)).map_err(|error| {
        let sentence = error.inner().message().lines().next().unwrap_or_default().to_owned();
        ConfigError::Invalid { key: error.path().to_string(), sentence: format!("is not right: {sentence}") }
    })
}

struct Layer<'a> {
    name: &'a str,
    defaults: &'a Table,
}

fn parse(text: &str, layer: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| text[..span.start].lines().count().max(1));
        ConfigError::Syntax {
            layer: layer.to_owned(),
            message: error.message().to_owned(),
            line: line.map_or_else(String::new, |line| format!(" (line {line})")),
        }
    })
}

/// Lays a table over another; every key has to be known to the defaults.
fn lay(under: &mut Table, over: Table, layer: &Layer<'_>, path: &str) -> Result<(), ConfigError> {
    for (name, value) in over {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (under.get_mut(&name), value) {
            (None, _) => return Err(layer.unknown(&key)),
            (Some(Value::Table(under)), Value::Table(over)) => lay(under, over, layer, &key)?,
            (Some(known), value) => *known = layer.fitting(&key, known, value)?,
        }
    }
    Ok(())
}

/// Sets one key from a text: verbatim where the default is a text, as TOML where it is not.
fn set(under: &mut Table, key: &str, text: &str, layer: &Layer<'_>) -> Result<(), ConfigError> {
    let (section, name) = key.split_once('.').ok_or_else(|| layer.unknown(key))?;
    let section = under.get_mut(section).and_then(Value::as_table_mut).ok_or_else(|| layer.unknown(key))?;
    let known = section.get_mut(name).ok_or_else(|| layer.unknown(key))?;
    let value = if known.is_str() {
        Value::String(text.to_owned())
    } else {
        let read =
            format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
        read.ok_or_else(|| layer.wrong_type(key, known))?
    };
    *known = layer.fitting(key, known, value)?;
    Ok(())
}

impl Layer<'_> {
    fn fitting(&self, key: &str, known: &Value, value: Value) -> Result<Value, ConfigError> {
        match (known, value) {
            (Value::Float(_), Value::Integer(whole)) => {
                let whole = i32::try_from(whole).map_err(|_| self.wrong_type(key, known))?;
                Ok(Value::Float(whole.into()))
            }
            (known, value) if known.same_type(&value) => Ok(value),
            (known, _) => Err(self.wrong_type(key, known)),
        }
    }

    fn wrong_type(&self, key: &str, known: &Value) -> ConfigError {
        let expected = match known {
            Value::Table(_) => "a section",
            Value::Array(_) => "a list",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            _ => "a text",
        };
        ConfigError::WrongType { layer: self.name.to_owned(), key: key.to_owned(), expected }
    }

    fn unknown(&self, key: &str) -> ConfigError {
        let likeness = |known: &String| strsim::jaro_winkler(known, key);
        let nearest = self.keys().into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let hint = nearest.filter(|known| likeness(known) > LIKENESS);
        let hint = hint.map_or_else(String::new, |known| format!("; did you mean {known}?"));
        ConfigError::UnknownKey { layer: self.name.to_owned(), key: key.to_owned(), hint }
    }

    fn keys(&self) -> Vec<String> {
        let sections = self.defaults.iter().filter_map(|(name, value)| Some((name, value.as_table()?)));
        sections.flat_map(|(name, table)| table.keys().map(move |key| format!("{name}.{key}"))).collect()
    }
}
