//! What confirms tuberculosis, and the specimens on which a confirmation rests.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Diagnose, DiagnosisRefusal, TreatmentHistory, history::Earlier};
use crate::{
    case::{
        Case,
        definitions::DefinitionSet,
        laboratory::{AsOf, Finding, Observation},
        treatment::{Episode, Treatment},
    },
    decider::Context,
    ids::SpecimenId,
};

impl Diagnose {
    /// Every specimen that is positive by smear, culture or a WHO-recommended rapid test (WHO TB DAK, C24); where there
    /// is none, those with a trace, if a trace confirms here. Evidence of an episode that has ended confirms nothing new.
    pub(super) fn confirmed_by(
        &self,
        case: &Case,
        context: &Context<'_>,
        (set, earlier): (DefinitionSet, Option<Earlier>),
    ) -> Result<BTreeSet<SpecimenId>, DiagnosisRefusal> {
        let ended = case.treatment.last_ended();
        let mut all = case.laboratory.evidence(AsOf::default()).observations;
        all.retain(|one| ended.is_none_or(|ended| one.collected_on > ended));
        let of = |found: fn(&Finding) -> bool| -> BTreeSet<SpecimenId> {
            let found = |one: &&Observation<'_>| found(one.finding());
            all.iter().filter(found).map(|one| one.specimen).collect()
        };
        let (positive, trace) = (of(Finding::positive), of(Finding::trace));
        if !positive.is_empty() {
            return Ok(positive);
        }
        if trace.is_empty() {
            return Err(DiagnosisRefusal::NotConfirmed);
        }
        if self.trace_confirms(context, set, earlier) {
            Ok(trace)
        } else {
            Err(DiagnosisRefusal::TraceNotEnough)
        }
    }

    /// A trace confirms outside the lung, below 15 years, and where there was no treatment in the last five years (WHO
    /// TB DAK, C16.1.11–20); a person living with HIV is judged inside the HIV compartment.
    fn trace_confirms(&self, context: &Context<'_>, set: DefinitionSet, earlier: Option<Earlier>) -> bool {
        self.sites.iter().any(|site| !site.pulmonary(set))
            || context.age_years.is_some_and(|age| age < 15)
            || self.history == TreatmentHistory::New
            || earlier.is_some_and(|earlier| earlier.long_ago(context.today))
    }
}

impl Treatment {
    /// The day on which the last ended episode ended.
    fn last_ended(&self) -> Option<Date> {
        self.episodes.values().filter_map(Episode::ended_on).max()
    }
}
