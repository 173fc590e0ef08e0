//! The person it was caught from: what is known of their bacilli binds the choice of a regimen (WHO TB DAK, DT E6).

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The category by the definitions of 2021.
    pub resistance: ResistanceCategory,
    /// Whether fluoroquinolones fail, where that is known.
    pub resists_fluoroquinolones: Option<bool>,
}

impl Source {
    /// What the patient's own case says.
    pub fn of_case(case: &Case) -> Self {
        let evidence = case.laboratory.evidence(AsOf::default());
        let told = evidence.susceptibility(Drug::Fluoroquinolone);
        Self {
            resistance: evidence.resistance_category(),
            resists_fluoroquinolones: told.map(|told| told == Susceptibility::Resistant),
        }
    }

    /// What a contact notice tells: a category from pre-XDR on means that fluoroquinolones fail.
    pub fn of_notice(told: &Told) -> Self {
        let fails = told.resistance >= ResistanceCategory::PreExtensivelyDrugResistant;
        Self { resistance: told.resistance, resists_fluoroquinolones: fails.then_some(true) }
    }
}

impl StartPrevention {
    /// The same, with what is known of the sources where the worker says nothing; of several the most resistant counts.
    #[must_use]
    pub fn caught_from(mut self, sources: &[Source]) -> Self {
        let worst = sources.iter().map(|source| source.resistance).max();
        let fails = sources.iter().filter_map(|source| source.resists_fluoroquinolones).max();
        self.index_resistance = self.index_resistance.or(worst);
        self.index_resists_fluoroquinolones = self.index_resists_fluoroquinolones.or(fails);
        self
    }
}
