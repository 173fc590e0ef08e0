//! The person it was caught from: what is known of their bacilli binds the choice of a regimen (WHO TB DAK, DT E6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::StartPrevention;
use crate::{
    case::{
        Case,
        diagnosis::ResistanceCategory,
        laboratory::{AsOf, Drug, Susceptibility},
    },
    contact_notice::Told,
};

/// What is known of the source; never who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The category by the definitions of 2021.
    pub resistance: ResistanceCategory,
    /// Whether isoniazid fails, where that is known; a rapid test tells of rifampicin alone.
    pub resists_isoniazid: Option<bool>,
    /// Whether fluoroquinolones fail, where that is known.
    pub resists_fluoroquinolones: Option<bool>,
}

impl Source {
    /// What the patient's own case says.
    pub fn of_case(case: &Case) -> Self {
        let evidence = case.laboratory.evidence(AsOf::default());
        let fails = |drug| evidence.susceptibility(drug).map(|told| told == Susceptibility::Resistant);
        Self {
            resistance: evidence.resistance_category(),
            resists_isoniazid: fails(Drug::Isoniazid),
            resists_fluoroquinolones: fails(Drug::Fluoroquinolone),
        }
    }

    /// What a contact notice tells: a category alone, of which pre-XDR and more mean that fluoroquinolones fail.
    pub fn of_notice(told: &Told) -> Self {
        use ResistanceCategory::{IsoniazidResistant, MultidrugResistant, PreExtensivelyDrugResistant};
        let isoniazid = matches!(told.resistance, IsoniazidResistant | MultidrugResistant);
        let fluoroquinolones = told.resistance >= PreExtensivelyDrugResistant;
        Self {
            resistance: told.resistance,
            resists_isoniazid: isoniazid.then_some(true),
            resists_fluoroquinolones: fluoroquinolones.then_some(true),
        }
    }

    /// What a worker says of it.
    pub(super) fn said(
        resistance: ResistanceCategory,
        resists_isoniazid: Option<bool>,
        resists_fluoroquinolones: Option<bool>,
    ) -> Self {
        Self { resistance, resists_isoniazid, resists_fluoroquinolones }
    }

    /// The category for which a regimen is chosen. Rifampicin resistance counts as that to isoniazid too unless isoniazid is known
    /// to work: unknown is not susceptible.
    pub(super) fn counted(self) -> ResistanceCategory {
        match (self.resistance, self.resists_isoniazid) {
            (ResistanceCategory::NoneDocumented, Some(true)) => ResistanceCategory::IsoniazidResistant,
            (ResistanceCategory::RifampicinResistant, None | Some(true)) => {
                ResistanceCategory::MultidrugResistant
            }
            (known, _) => known,
        }
    }
}

impl StartPrevention {
    /// The same, with what is known of the sources where the worker says nothing; the most resistant of them is named, and each
    /// is kept to be judged for itself.
    #[must_use]
    pub fn caught_from(mut self, sources: &[Source]) -> Self {
        if self.index_resistance.is_none() {
            self.sources = sources.iter().map(|source| self.with_what_is_said(*source)).collect();
        }
        let worst = sources.iter().map(|source| source.resistance).max();
        let fails = sources.iter().filter_map(|source| source.resists_fluoroquinolones).max();
        self.index_resistance = self.index_resistance.or(worst);
        self.index_resists_fluoroquinolones = self.index_resists_fluoroquinolones.or(fails);
        self
    }

    fn with_what_is_said(&self, source: Source) -> Source {
        Source {
            resists_isoniazid: self.index_resists_isoniazid.or(source.resists_isoniazid),
            resists_fluoroquinolones: self.index_resists_fluoroquinolones.or(source.resists_fluoroquinolones),
            ..source
        }
    }

    /// What is judged: the sources, or what the worker says.
    pub(super) fn caught_from_these(&self) -> BTreeSet<Source> {
        if !self.sources.is_empty() {
            return self.sources.clone();
        }
        let said = |resistance| {
            Source::said(resistance, self.index_resists_isoniazid, self.index_resists_fluoroquinolones)
        };
        let isoniazid = self.index_resists_isoniazid == Some(true);
        let alone = isoniazid.then_some(ResistanceCategory::IsoniazidResistant);
        self.index_resistance.or(alone).map(said).into_iter().collect()
    }
}
