//! Treatment as readers see it: its episodes, and what was said of their ends.

use std::collections::BTreeMap;

use jiff::civil::Date;
use safar_domain::{
    case::{
        Case,
        diagnosis::EpisodeResistance,
        outcome::{Assessment, CorrectionReason, Failure, Outcome, Sustained},
        regimen,
        treatment::{
            Administration, AdverseEvent, ChestXrayTaken, MedicineCourse, Pause, RegimenChange, Weight,
        },
    },
    ids::{EpisodeId, WorkerId},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A treatment episode.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::routes) struct TreatmentView {
    /// The episode.
    pub(in crate::routes) id: EpisodeId,
    /// The regimen's code.
    pub(in crate::routes) regimen: String,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(in crate::routes) started_on: Date,
    /// Weight at the start, in kilograms.
    pub(in crate::routes) weight_kg: Option<u16>,
    /// Weights recorded since, oldest first.
    pub(in crate::routes) weights: Vec<Weight>,
    /// Months for which it is planned, interruptions not counted.
    pub(in crate::routes) planned_months: u8,
    /// How many months the table of regimens had of it, at most, when it was chosen.
    pub(in crate::routes) longest_months: u8,
    /// The version of the table of regimens by which it was planned.
    pub(in crate::routes) table: String,
    /// From when until when each medicine is planned.
    pub(in crate::routes) medicines: Vec<MedicineCourse>,
    /// What to think of with this regimen, codes of the vocabulary `regimen-warnings`.
    pub(in crate::routes) warnings: Vec<String>,
    /// Chest X-rays made in its course or after it, oldest first.
    pub(in crate::routes) chest_xrays: Vec<ChestXrayTaken>,
    /// Months by which the intensive phase was extended.
    pub(in crate::routes) extended_months: u8,
    /// The first day of the continuation phase, where it was recorded.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) continuation_since: Option<Date>,
    /// Doses taken, by how they were observed.
    pub(in crate::routes) taken_by: BTreeMap<Administration, u32>,
    /// Reactions to the medicine.
    pub(in crate::routes) adverse_events: Vec<AdverseEvent>,
    /// Expected last day, recomputed on interruptions.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(in crate::routes) expected_end: Date,
    /// Days with and without a dose.
    pub(in crate::routes) doses_taken: u32,
    /// Days without a dose.
    pub(in crate::routes) doses_missed: u32,
    /// The last day on which a dose was taken.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) last_dose_on: Option<Date>,
    /// The last day for which there is medicine in hand.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) medicine_until: Option<Date>,
    /// Since when it stands still.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) interrupted_since: Option<Date>,
    /// The interruptions that are over.
    pub(in crate::routes) pauses: Vec<Pause>,
    /// Changes of the regimen, and drugs replaced for a while.
    pub(in crate::routes) changes: Vec<RegimenChange>,
    /// The day on which Regimen II began, where the register counts that apart and not as an outcome.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(in crate::routes) left_cohort_on: Option<Date>,
    /// The definition set by which the outcome is judged.
    pub(in crate::routes) definitions: String,
    /// Resistance at the start, as true and as known, and during treatment.
    pub(in crate::routes) resistance: EpisodeResistance,
    /// The outcome reported or confirmed.
    pub(in crate::routes) outcome: Option<OutcomeView>,
    /// The correction that waits for a second person.
    pub(in crate::routes) correction: Option<OutcomeView>,
    /// The outcomes that were in force before they were corrected.
    pub(in crate::routes) corrected: Vec<OutcomeView>,
    /// After a success: whether the patient was alive and free of tuberculosis some months later.
    pub(in crate::routes) sustained_success: Vec<Sustained>,
}

/// What has been said of a patient who was diagnosed and never began.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::routes) struct UntreatedView {
    /// What a report, a confirmation and a correction name as the episode.
    pub(in crate::routes) id: EpisodeId,
    /// The outcome reported or confirmed.
    pub(in crate::routes) outcome: Option<OutcomeView>,
    /// The correction that waits for a second person.
    pub(in crate::routes) correction: Option<OutcomeView>,
    /// The outcomes that were in force before they were corrected.
    pub(in crate::routes) corrected: Vec<OutcomeView>,
}

/// An outcome as far as it has come.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::routes) struct OutcomeView {
    /// The outcome.
    pub(in crate::routes) outcome: Outcome,
    /// The day on which it was reached.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(in crate::routes) on: Date,
    /// Whether a second person has confirmed it.
    pub(in crate::routes) confirmed: bool,
    /// What a failure rests on.
    pub(in crate::routes) failure: Option<Failure>,
    /// Why it takes the place of another, if it does.
    pub(in crate::routes) corrects: Option<CorrectionReason>,
    /// Who reported it.
    pub(in crate::routes) reporter: WorkerId,
}

impl From<&Assessment> for OutcomeView {
    fn from(assessment: &Assessment) -> Self {
        Self {
            outcome: assessment.outcome,
            on: assessment.on,
            confirmed: assessment.confirmed,
            failure: assessment.failure,
            corrects: assessment.corrects,
            reporter: assessment.reporter.clone(),
        }
    }
}

impl TreatmentView {
    /// Every episode, oldest first.
    pub(super) fn all(case: &Case) -> Vec<Self> {
        let mut all: Vec<_> = case
            .treatment
            .episodes
            .iter()
            .map(|(id, episode)| Self {
                id: *id,
                regimen: episode.regimen.clone(),
                started_on: episode.started_on,
                weight_kg: episode.weight_kg,
                weights: episode.weights.clone(),
                planned_months: episode.months(),
                longest_months: episode.plan.longest_months,
                table: episode.plan.table.clone(),
                medicines: episode.medicines(),
                warnings: regimen::find(&episode.regimen)
                    .map_or_else(Vec::new, |known| known.warnings.clone()),
                chest_xrays: episode.chest_xrays.clone(),
                extended_months: episode.extended_months,
                continuation_since: episode.continuation_since,
                taken_by: episode.taken_by.clone(),
                adverse_events: episode.adverse_events.clone(),
                expected_end: episode.expected_end,
                doses_taken: episode.doses.0,
                doses_missed: episode.doses.1,
                last_dose_on: episode.last_dose_on,
                medicine_until: episode.medicine_until,
                interrupted_since: episode.interrupted_since,
                pauses: episode.pauses.clone(),
                changes: episode.changes.clone(),
                left_cohort_on: episode.verdict.left_cohort_on,
                definitions: episode.definitions.clone(),
                resistance: case.laboratory.resistance_of(episode),
                outcome: episode.verdict.said.as_ref().map(OutcomeView::from),
                correction: episode.verdict.correction.as_ref().map(OutcomeView::from),
                corrected: episode.verdict.earlier.iter().map(OutcomeView::from).collect(),
                sustained_success: case.sustained_success(episode),
            })
            .collect();
        all.sort_by_key(|treatment| treatment.started_on);
        all
    }
}

impl UntreatedView {
    /// Every one of them.
    pub(super) fn all(case: &Case) -> Vec<Self> {
        let all = case.treatment.untreated.all.iter();
        all.map(|(id, verdict)| Self {
            id: *id,
            outcome: verdict.said.as_ref().map(OutcomeView::from),
            correction: verdict.correction.as_ref().map(OutcomeView::from),
            corrected: verdict.earlier.iter().map(OutcomeView::from).collect(),
        })
        .collect()
    }
}
