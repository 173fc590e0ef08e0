//! Treatment regimens: what they are made of, how long they last, who may have them, what is due when.
//!
//! The regimens themselves are data, `domain/vocabulary/regimens.toml` and `preventive-regimens.toml`: the WHO names new ones faster
//! than programs change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    diagnosis::{ResistanceCategory, Site},
    laboratory::{Drug, Susceptibility},
};
use crate::vocabulary;

mod plan;

pub use plan::{DrugMonths, Plan};

/// A regimen as national programmes write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regimen {
    /// The code on the card (`2HRZE/4HR`).
    #[serde(skip)]
    pub code: String,
    /// Its parts in order; their medicines may differ.
    pub phases: Vec<Phase>,
    /// Standard duration in months.
    pub months: u8,
    /// How long it may become (`BPaL` 6 to 9); the standard duration where nothing is said.
    pub longest_months: Option<u8>,
    /// Months, counted from its first day, of a drug that is not given as long as its parts last (`9-month-Lzd`: bedaquiline 6,
    /// linezolid 2).
    #[serde(default)]
    pub drug_months: BTreeMap<Drug, u8>,
    /// The disease it is for.
    pub kind: RegimenKind,
    /// Youngest age in years.
    #[serde(default)]
    pub minimum_age: u8,
    /// Youngest age in months, for infants.
    pub minimum_age_months: Option<u8>,
    /// Oldest age in years, inclusive.
    pub maximum_age: Option<u8>,
    /// Lowest weight in kilograms.
    #[serde(default)]
    pub minimum_weight_kg: u8,
    /// Not given in pregnancy and while breastfeeding.
    #[serde(default)]
    pub not_in_pregnancy: bool,
    /// What must be known of fluoroquinolone susceptibility.
    #[serde(default)]
    pub fluoroquinolone: FluoroquinoloneRule,
    /// The sites it is meant for; empty means that the site does not matter.
    #[serde(default)]
    pub sites: Vec<Site>,
    /// The drugs must be listed at the start.
    #[serde(default)]
    pub composition_required: bool,
    /// When the patient is looked at.
    pub monitoring: Monitoring,
    /// What the worker should think of; codes of the vocabulary `regimen-warnings`. They never refuse anything.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What national registers call it, by country; codes of the vocabulary `register-regimens`.
    #[serde(default)]
    pub national: BTreeMap<String, Vec<String>>,
    /// Where it is defined.
    pub source: String,
    /// The definition set that names it.
    pub definitions: String,
}

/// The disease a regimen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "regimen-kinds"))]
pub enum RegimenKind {
    /// Drug-susceptible tuberculosis, or no resistance known.
    Susceptible,
    /// Resistant to isoniazid and susceptible to rifampicin.
    IsoniazidResistant,
    /// Resistant to rifampicin: contains second-line drugs instead, and is followed by culture alone.
    RifampicinResistant,
}

/// A part of a regimen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Which part it is.
    pub name: PhaseName,
    /// How long, in months.
    pub months: u8,
    /// What is taken.
    pub drugs: Vec<Drug>,
}

/// The parts of a regimen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "regimen-phases"))]
pub enum PhaseName {
    /// The first part of two.
    Intensive,
    /// The second part of two.
    Continuation,
    /// One part from beginning to end.
    Single,
}

/// The examinations that are due in the course of a regimen (WHO TB DAK, scheduling logic).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// Smears.
    pub smear: Schedule,
    /// Cultures.
    pub culture: Schedule,
    /// Chest X-rays.
    pub chest_xray: Schedule,
}

/// When one examination is due, in months from the start of treatment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// In these months.
    pub months: Vec<u8>,
    /// In every month of treatment.
    pub every_month: bool,
    /// At the end of treatment.
    pub at_end: bool,
    /// That many months after the end.
    pub after_end: Vec<u8>,
}

/// A regimen for somebody who is infected and not ill (WHO TB DAK, E6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreventiveRegimen {
    /// The code on the card (`3HP`).
    #[serde(skip)]
    pub code: String,
    /// What is taken.
    pub drugs: Vec<Drug>,
    /// How often.
    pub frequency: Frequency,
    /// Doses planned: `months` times 30 for a daily regimen, where the WHO names no number.
    pub doses: u16,
    /// Duration in months.
    pub months: u8,
    /// Youngest age in years.
    #[serde(default)]
    pub minimum_age: u8,
    /// The resistance of the person it was caught from, for which it is suited.
    pub index_resistance: Vec<ResistanceCategory>,
    /// Not suited when that person's bacilli are known to resist fluoroquinolones.
    #[serde(default)]
    pub needs_fluoroquinolone_susceptibility: bool,
    /// From how many doses it may be called completed; our sources do not confirm it, so it only warns.
    pub completed_from_doses: Option<u16>,
    /// What the worker should think of; codes of the vocabulary `regimen-warnings`.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Where it is defined.
    pub source: String,
}

/// How often a preventive regimen is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "dose-frequencies"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Frequency {
    Daily,
    Weekly,
}

/// What must be known of fluoroquinolone susceptibility before a regimen starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "fluoroquinolone-rules"))]
pub enum FluoroquinoloneRule {
    /// Nothing.
    #[default]
    Any,
    /// Not known to be resistant.
    NotResistant,
    /// Known to be susceptible.
    Susceptible,
}

impl FluoroquinoloneRule {
    /// Whether the known susceptibility satisfies the rule.
    pub fn allows(self, known: Option<Susceptibility>) -> bool {
        match self {
            Self::Any => true,
            Self::NotResistant => known != Some(Susceptibility::Resistant),
            Self::Susceptible => known == Some(Susceptibility::Susceptible),
        }
    }
}

impl Regimen {
    /// Is followed by culture alone and replaces rifampicin.
    pub fn drug_resistant(&self) -> bool {
        self.kind == RegimenKind::RifampicinResistant
    }

    /// Lasts up to 12 months (WHO TB DAK, duration class "Short"; what is longer is "Long").
    pub fn short(&self) -> bool {
        self.months <= 12
    }

    /// How long it may become.
    pub fn longest(&self) -> u8 {
        self.longest_months.unwrap_or(self.months)
    }

    /// Whether this drug, or one of its class, is taken in any of its parts.
    pub fn contains(&self, drug: Drug) -> bool {
        let same =
            |taken: &Drug| *taken == drug || taken.class() == Some(drug) || drug.class() == Some(*taken);
        self.phases.iter().flat_map(|phase| &phase.drugs).any(same)
    }

    /// The drugs to which resistance would leave a gap in it, under the name by which they are tested. Against rifampicin resistance
    /// isoniazid is given in a high dose because it is resisted, so it counts for nothing there.
    pub fn tested_drugs(&self) -> impl Iterator<Item = Drug> + '_ {
        let tested = |drug: Drug| match drug {
            Drug::Rifapentine | Drug::Rifabutin => Drug::Rifampicin,
            other => other,
        };
        let drugs = self.phases.iter().flat_map(|phase| &phase.drugs).copied();
        drugs.map(tested).filter(|drug| !(self.drug_resistant() && *drug == Drug::Isoniazid))
    }

    /// Whether it is meant for disease of these sites.
    pub fn suits_sites<'a>(&self, mut sites: impl Iterator<Item = &'a Site>) -> bool {
        self.sites.is_empty() || sites.any(|site| self.sites.contains(site))
    }

    /// Whether it is meant for disease of this resistance, and of this susceptibility to fluoroquinolones.
    pub fn suits_resistance(
        &self,
        category: ResistanceCategory,
        fluoroquinolone: Option<Susceptibility>,
    ) -> bool {
        let kind = match category {
            ResistanceCategory::NoneDocumented => RegimenKind::Susceptible,
            ResistanceCategory::IsoniazidResistant => RegimenKind::IsoniazidResistant,
            _ => RegimenKind::RifampicinResistant,
        };
        self.kind == kind && self.fluoroquinolone.allows(fluoroquinolone)
    }

    /// Whether its ages are bounded.
    pub fn has_age_limits(&self) -> bool {
        self.minimum_age > 0 || self.minimum_age_months.is_some() || self.maximum_age.is_some()
    }

    /// Whether it is meant for somebody of that many completed months.
    pub fn suits_age(&self, months: u16) -> bool {
        let least = u16::from(self.minimum_age) * 12 + u16::from(self.minimum_age_months.unwrap_or_default());
        months >= least && self.maximum_age.is_none_or(|most| months / 12 <= u16::from(most))
    }
}

impl Schedule {
    /// The months of a treatment of that length in which it is due, in order and each once.
    pub fn due(&self, length: u8) -> Vec<u8> {
        let every = (1..=length).filter(|_| self.every_month);
        let end = self.at_end.then_some(length);
        let after = self.after_end.iter().map(|months| length.saturating_add(*months));
        let named = self.months.iter().copied().filter(|month| *month <= length);
        let months: BTreeSet<_> = named.chain(every).chain(end).chain(after).collect();
        months.into_iter().collect()
    }
}

/// Every regimen.
pub fn regimens() -> &'static [Regimen] {
    static ALL: LazyLock<Vec<Regimen>> = LazyLock::new(|| {
        entries("regimens")
            .filter_map(|entry| Some(Regimen { code: entry.code.clone(), ..entry.regimen.clone()? }))
            .collect()
    });
    &ALL
}

/// Every preventive regimen.
pub fn preventive_regimens() -> &'static [PreventiveRegimen] {
    static ALL: LazyLock<Vec<PreventiveRegimen>> = LazyLock::new(|| {
        entries("preventive-regimens")
            .filter_map(|entry| {
                Some(PreventiveRegimen { code: entry.code.clone(), ..entry.preventive.clone()? })
            })
            .collect()
    });
    &ALL
}

fn entries(set: &str) -> impl Iterator<Item = &'static vocabulary::Entry> {
    vocabulary::set(set).into_iter().flat_map(|set| &set.entries)
}

/// The version of the table of regimens.
pub fn table_version() -> &'static str {
    vocabulary::set("regimens").map_or("", |set| set.version.as_str())
}

/// The regimen of this code.
pub fn find(code: &str) -> Option<&'static Regimen> {
    regimens().iter().find(|regimen| regimen.code == code)
}

/// What the worker should think of with this regimen: codes of the vocabulary `regimen-warnings`, none for an unknown one.
pub fn warnings(code: &str) -> &'static [String] {
    let preventive = || preventive(code).map(|regimen| regimen.warnings.as_slice());
    find(code).map(|regimen| regimen.warnings.as_slice()).or_else(preventive).unwrap_or_default()
}

/// The preventive regimen of this code.
pub fn preventive(code: &str) -> Option<&'static PreventiveRegimen> {
    preventive_regimens().iter().find(|regimen| regimen.code == code)
}

#[cfg(test)]
mod tests;
