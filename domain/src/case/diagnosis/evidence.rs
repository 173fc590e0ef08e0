//! What confirms tuberculosis, and the specimens on which a confirmation rests.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Confirmation, Diagnose, DiagnosisMade, DiagnosisRefusal, TreatmentHistory, history::Earlier};
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

/// Why a trace confirms in this patient. Whoever holds that it does may say so, and no word tells which of the groups of
/// WHO TB DAK, C16.1.11–20 somebody belongs to: what makes it confirm may stand in a record that is not this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "trace-grounds"))]
pub enum TraceGround {
    /// The clinician holds the trace to confirm, by all that is known of the patient; so of children and outside the lung too.
    ClinicianHoldsIt,
    /// A fresh specimen showed a trace again.
    TraceAgain,
    /// The chest X-ray or another image is that of active disease.
    Imaging,
    /// The patient has shared the air with somebody ill.
    RecentExposure,
}

/// What a confirmation rests on.
#[derive(Debug, Default)]
pub(super) struct ConfirmedBy {
    pub(super) specimens: BTreeSet<SpecimenId>,
    /// Where it is traces alone: why they confirm.
    pub(super) trace: Option<TraceGround>,
}

impl Case {
    /// The results of specimens that no ended episode accounts for.
    pub(in crate::case) fn unexplained(&self) -> Vec<Observation<'_>> {
        let ended = self.treatment.last_ended();
        let mut all = self.laboratory.evidence(AsOf::default()).observations;
        all.retain(|one| ended.is_none_or(|ended| one.collected_on > ended));
        all
    }
}

impl DiagnosisMade {
    /// Whether a case bears it out: something that may confirm it, and the earlier treatment that it tells of.
    pub(in crate::case) fn borne_out(&self, case: &Case) -> bool {
        let may_confirm = |one: &Observation<'_>| one.finding().positive() || one.finding().trace();
        let clinical = self.confirmation == Confirmation::ClinicallyDiagnosed;
        let earlier = Earlier::of(case, self.previous_treatment.as_ref());
        (clinical || case.unexplained().iter().any(may_confirm)) && self.history.borne_out(earlier).is_ok()
    }

    /// Of the specimens on which it rests, those that may confirm it in this case.
    pub(in crate::case) fn evidence_in(&self, case: &Case) -> BTreeSet<SpecimenId> {
        let may_confirm = |one: &&Observation<'_>| {
            self.evidence.contains(&one.specimen) && (one.finding().positive() || one.finding().trace())
        };
        case.unexplained().iter().filter(may_confirm).map(|one| one.specimen).collect()
    }
}

impl Diagnose {
    /// Every specimen that is positive by smear, culture or a WHO-recommended rapid test (WHO TB DAK, C24); where there
    /// is none, those with a trace, if a trace confirms here. Evidence of an episode that has ended confirms nothing new.
    pub(super) fn confirmed_by(
        &self,
        case: &Case,
        context: &Context<'_>,
        (set, earlier): (DefinitionSet, Option<Earlier>),
    ) -> Result<ConfirmedBy, DiagnosisRefusal> {
        let all = case.unexplained();
        let of = |found: fn(&Finding) -> bool| -> BTreeSet<SpecimenId> {
            let found = |one: &&Observation<'_>| found(one.finding());
            all.iter().filter(found).map(|one| one.specimen).collect()
        };
        let (positive, traces) = (of(Finding::positive), of(Finding::trace));
        if !positive.is_empty() {
            return Ok(ConfirmedBy { specimens: positive, trace: None });
        }
        if traces.is_empty() {
            return Err(DiagnosisRefusal::NotConfirmed);
        }
        if let Some(ground) = self.trace_ground {
            return Ok(ConfirmedBy { specimens: traces, trace: Some(ground) });
        }
        let confirms = |one: &&Observation<'_>| {
            traces.contains(&one.specimen) && self.trace_confirms(one.collected_on, context, (set, earlier))
        };
        let by_rule: BTreeSet<_> = all.iter().filter(confirms).map(|one| one.specimen).collect();
        if !by_rule.is_empty() {
            return Ok(ConfirmedBy { specimens: by_rule, trace: Some(TraceGround::ClinicianHoldsIt) });
        }
        Err(if earlier.is_none() {
            DiagnosisRefusal::TraceHistoryUnknown
        } else {
            DiagnosisRefusal::TraceNotEnough
        })
    }

    /// A trace confirms outside the lung, below 15 years, and where there was no treatment in the last five years (WHO
    /// TB DAK, C16.1.11–20), each on the day on which it was collected. In every other patient the clinician may hold that it
    /// does, and gives the ground.
    fn trace_confirms(
        &self,
        collected_on: Date,
        context: &Context<'_>,
        (set, earlier): (DefinitionSet, Option<Earlier>),
    ) -> bool {
        self.sites.iter().any(|site| !site.pulmonary(set))
            || context.age_on(collected_on).is_some_and(|age| age < 15)
            || self.history == TreatmentHistory::New
            || earlier.is_some_and(|earlier| earlier.long_ago(collected_on))
    }
}

impl Treatment {
    /// The day on which the last ended episode ended.
    pub(crate) fn last_ended(&self) -> Option<Date> {
        self.episodes.values().filter_map(Episode::ended_on).max()
    }
}
