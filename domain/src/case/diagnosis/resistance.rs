//! Resistance, derived from dated susceptibility results and never stored as the only truth; unknown is not susceptible.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::{
    laboratory::{AsOf, Drug, DrugReading, Evidence, Laboratory, Susceptibility},
    treatment::Episode,
};

/// The category by the WHO definitions of 2021 (WHO TB DAK, C20.DE.46–52).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "resistance-categories"))]
pub enum ResistanceCategory {
    /// Nothing is known of resistance; managed as susceptible.
    NoneDocumented,
    /// Isoniazid resistant, rifampicin not.
    IsoniazidResistant,
    /// Rifampicin resistant.
    RifampicinResistant,
    /// Rifampicin and isoniazid resistant.
    MultidrugResistant,
    /// Rifampicin resistant and a fluoroquinolone too.
    PreExtensivelyDrugResistant,
    /// That, and bedaquiline or linezolid too.
    ExtensivelyDrugResistant,
}

/// The category as older registers keep it, the Tajik one among them (TJ-API 435, TJ-WEB TB03); the words are theirs, the
/// definitions before 2021 are [unverified], and no rule rests on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "resistance-categories-2013"))]
pub enum RegisterResistance {
    /// Nothing is known of resistance.
    NoneDocumented,
    /// One first-line drug other than rifampicin.
    Monoresistant,
    /// Several first-line drugs other than rifampicin.
    Polyresistant,
    /// Rifampicin, and isoniazid not known to be.
    RifampicinResistant,
    /// Rifampicin and isoniazid.
    MultidrugResistant,
    /// That, and a fluoroquinolone or a second-line injectable.
    PreExtensivelyDrugResistant,
    /// That, and both of them.
    ExtensivelyDrugResistant,
}

/// What is known of resistance, by both definitions and drug by drug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Resistance {
    /// By the definitions of 2021.
    pub category: ResistanceCategory,
    /// As older registers keep it.
    pub register: RegisterResistance,
    /// Drug by drug, each with its own date.
    pub drugs: Vec<DrugReading>,
}

/// Resistance of an episode: registers ask for it at the start and during treatment (TJ-API `TB03u`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EpisodeResistance {
    /// What was true on the first day, by what is known now.
    pub at_start: ResistanceCategory,
    /// What was known of that day when the start was recorded.
    pub known_at_start: ResistanceCategory,
    /// What was true at the end, or is now.
    pub during: ResistanceCategory,
}

/// The drugs of which the WHO asks, each with its own date (WHO TB DAK, C16/C20).
const ASKED: [Drug; 10] = [
    Drug::Rifampicin,
    Drug::Isoniazid,
    Drug::Fluoroquinolone,
    Drug::Bedaquiline,
    Drug::Linezolid,
    Drug::Amikacin,
    Drug::Pyrazinamide,
    Drug::Clofazimine,
    Drug::Delamanid,
    Drug::Pretomanid,
];

impl Evidence<'_> {
    /// What follows for resistance.
    pub fn resistance(&self) -> Resistance {
        Resistance {
            category: self.resistance_category(),
            register: self.register_resistance(),
            drugs: ASKED.into_iter().map(|drug| self.reading(drug)).collect(),
        }
    }

    /// The category by the WHO definitions of 2021 (WHO TB DAK, C20.DE.46–52).
    pub fn resistance_category(&self) -> ResistanceCategory {
        let rifampicin = self.resists(Drug::Rifampicin);
        let isoniazid = self.resists(Drug::Isoniazid);
        let quinolone = self.resists(Drug::Fluoroquinolone);
        let group_a = self.resists(Drug::Bedaquiline) || self.resists(Drug::Linezolid);
        match (rifampicin, isoniazid, quinolone, group_a) {
            (true, _, true, true) => ResistanceCategory::ExtensivelyDrugResistant,
            (true, _, true, false) => ResistanceCategory::PreExtensivelyDrugResistant,
            (true, true, false, _) => ResistanceCategory::MultidrugResistant,
            (true, false, false, _) => ResistanceCategory::RifampicinResistant,
            (false, true, ..) => ResistanceCategory::IsoniazidResistant,
            (false, false, ..) => ResistanceCategory::NoneDocumented,
        }
    }

    /// The category as older registers keep it.
    pub fn register_resistance(&self) -> RegisterResistance {
        use Drug::{
            Ethambutol, Fluoroquinolone, Isoniazid, Pyrazinamide, SecondLineInjectable, Streptomycin,
        };
        let second_line = [Fluoroquinolone, SecondLineInjectable].map(|drug| self.resists(drug));
        let first_line = [Isoniazid, Ethambutol, Pyrazinamide, Streptomycin];
        let first_line = first_line.into_iter().filter(|drug| self.resists(*drug)).count();
        match (self.resists(Drug::Rifampicin), self.resists(Isoniazid), second_line, first_line) {
            (true, true, [true, true], _) => RegisterResistance::ExtensivelyDrugResistant,
            (true, true, [true, _] | [_, true], _) => RegisterResistance::PreExtensivelyDrugResistant,
            (true, true, ..) => RegisterResistance::MultidrugResistant,
            (true, false, ..) => RegisterResistance::RifampicinResistant,
            (false, .., 0) => RegisterResistance::NoneDocumented,
            (false, .., 1) => RegisterResistance::Monoresistant,
            (false, ..) => RegisterResistance::Polyresistant,
        }
    }

    fn resists(&self, drug: Drug) -> bool {
        self.susceptibility(drug) == Some(Susceptibility::Resistant)
    }
}

impl Laboratory {
    /// The category by the definitions of 2021, by what is known now.
    pub fn resistance(&self) -> ResistanceCategory {
        self.evidence(AsOf::default()).resistance_category()
    }

    /// Resistance at the start of an episode, as true and as known, and during it.
    pub fn resistance_of(&self, episode: &Episode) -> EpisodeResistance {
        let category = |as_of| self.evidence(as_of).resistance_category();
        let known: Timestamp = episode.recorded_at;
        EpisodeResistance {
            at_start: category(AsOf::true_on(episode.started_on)),
            known_at_start: category(AsOf::known_of(episode.started_on, known)),
            during: category(AsOf { collected_until: episode.ended_on(), known_at: None }),
        }
    }
}

#[cfg(test)]
mod tests;
