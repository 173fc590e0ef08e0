//! The words of the field as data: every code that is sent or read, in four languages, with its sources.
//!
//! One file of `domain/vocabulary/` is one set. A code is never taken out of a set, only retired, so that an old case
//! can be read for ever; a set that belongs to a definition set says to which.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    case::regimen::{PreventiveRegimen, Regimen},
    language::Language,
};

mod files;

/// One set of codes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// What it is asked for by.
    #[serde(skip)]
    pub name: &'static str,
    /// The day of its last change.
    pub version: String,
    /// The definition set to which it belongs, e.g. `who-2021`.
    pub definitions: Option<String>,
    /// Where its codes come from, as keys of `domain/vocabulary/README.md`.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Its codes, in the order in which a form offers them.
    #[serde(rename = "entry")]
    pub entries: Vec<Entry>,
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What is stored and sent.
    pub code: String,
    en: String,
    ru: String,
    tg: String,
    kk: String,
    /// The source of a label, by language; a label that is not named here is our own translation.
    #[serde(default)]
    sourced: BTreeMap<Language, String>,
    hint: Option<Words>,
    /// The first day on which it is no longer offered; what was recorded with it is still read.
    pub until: Option<Date>,
    /// ICD-10.
    pub icd10: Option<String>,
    /// ICD-11.
    pub icd11: Option<String>,
    /// LOINC.
    pub loinc: Option<String>,
    /// SNOMED CT; text, since the long ones do not fit a floating-point number.
    pub snomed: Option<String>,
    /// What a regimen is made of and who may have it.
    pub regimen: Option<Regimen>,
    /// The same of a preventive regimen.
    pub preventive: Option<PreventiveRegimen>,
}

/// A text in every language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: String,
    ru: String,
    tg: String,
    kk: String,
}

fn pick(language: Language, [en, ru, tg, kk]: [&str; 4]) -> &str {
    match language {
        Language::En => en,
        Language::Ru => ru,
        Language::Tg => tg,
        Language::Kk => kk,
    }
}

impl Entry {
    /// What people read.
    pub fn label(&self, language: Language) -> &str {
        pick(language, [&self.en, &self.ru, &self.tg, &self.kk])
    }

    /// Unit, format or limit of a field.
    pub fn hint(&self, language: Language) -> Option<&str> {
        self.hint.as_ref().map(|Words { en, ru, tg, kk }| pick(language, [en, ru, tg, kk]))
    }

    /// The key of the source that words it so; none where the translation is ours.
    pub fn source_of_label(&self, language: Language) -> Option<&str> {
        self.sourced.get(&language).map(String::as_str)
    }
}

impl Set {
    /// The entry of this code, retired or not.
    pub fn entry(&self, code: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.code == code)
    }
}

/// Every set, by name.
pub fn sets() -> &'static BTreeMap<&'static str, Set> {
    static SETS: LazyLock<BTreeMap<&'static str, Set>> =
        LazyLock::new(|| files::FILES.iter().map(read).collect());
    &SETS
}

/// The set of this name.
pub fn set(name: &str) -> Option<&'static Set> {
    sets().get(name)
}

/// The files are compiled in, so that one which cannot be read fails every test and never a request.
fn read((name, text): &(&'static str, &str)) -> (&'static str, Set) {
    let set: Set = toml::from_str(text).unwrap_or_else(|fault| panic!("vocabulary {name}: {fault}"));
    (name, Set { name, ..set })
}

#[cfg(test)]
mod tests;
