//! Specimens and their results. The day of collection dates the evidence, never the day of the result.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{
    decider::{Context, Fact},
    ids::{OrganisationId, SpecimenId},
    refusal::refusals,
};

mod correction;
mod drug;
mod evidence;
mod finding;

pub use correction::{EnteredInError, MarkResultInError, ResultEnteredInError, ResultErrorReason};
pub use drug::{Drug, MolecularKit, SusceptibilityMethod};
pub use evidence::{AsOf, DrugReading, Evidence, Observation};
pub use finding::{CultureGrade, CultureGrowth, Finding, MolecularFinding, SmearGrade, Susceptibility};

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "specimen-kinds"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum SpecimenKind {
    Sputum,
    BronchialLavage,
    GastricAspirate,
    LymphNode,
    CerebrospinalFluid,
    PleuralFluid,
    Urine,
    Stool,
    Other,
}

/// Records that a specimen was taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectSpecimen {
    /// What.
    pub kind: SpecimenKind,
    /// On which day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub collected_on: Date,
}

/// Records a result: collected ≤ performed ≤ resulted ≤ today (WHO TB DAK, common validations).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordResult {
    /// The day the test was done.
    #[schemars(with = "String", extend("format" = "date"))]
    pub performed_on: Date,
    /// The day the result came out.
    #[schemars(with = "String", extend("format" = "date"))]
    pub resulted_on: Date,
    /// What it showed.
    pub finding: Finding,
}

/// A specimen was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `CollectSpecimen`")]
pub struct SpecimenCollected {
    pub specimen: SpecimenId,
    pub kind: SpecimenKind,
    pub collected_on: Date,
}

/// A result came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordResult`")]
pub struct ResultRecorded {
    pub specimen: SpecimenId,
    pub performed_on: Date,
    pub resulted_on: Date,
    pub finding: Finding,
    /// Added by an organisation that no longer cares for the patient, or after closing.
    pub late: bool,
}

/// A specimen with what it has shown so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `CollectSpecimen`")]
pub struct Specimen {
    pub kind: SpecimenKind,
    pub collected_on: Date,
    /// Who took it, and so waits for what it shows.
    pub collected_by: OrganisationId,
    /// In the order of their recording; a result that was entered in error keeps its place.
    pub results: Vec<RecordedResult>,
}

/// A result with the circumstances of its recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedResult {
    /// What the test showed.
    pub result: TestResult,
    /// Since when it is known.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub recorded_by: OrganisationId,
    /// Why it does not stand, if it does not.
    pub entered_in_error: Option<EnteredInError>,
}

/// What a test of a specimen showed, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestResult {
    /// The day the test was done.
    #[schemars(with = "String", extend("format" = "date"))]
    pub performed_on: Date,
    /// The day the result came out.
    #[schemars(with = "String", extend("format" = "date"))]
    pub resulted_on: Date,
    /// What it showed.
    pub finding: Finding,
}

/// Every specimen of the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laboratory {
    /// By id.
    pub specimens: BTreeMap<SpecimenId, Specimen>,
}

refusals! {
    /// Why a specimen or a result is refused.
    LaboratoryRefusal {
        SpecimenUnknown = Absent "not_found", "There is no such specimen on this case.";
        CollectedLater = Invalid "specimen_in_the_future", "A specimen cannot have been collected in the future.";
        DatesOutOfOrder = Invalid "result_dates_out_of_order",
            "The dates must follow one another: collected, performed, resulted, today.";
        RifampicinWithoutMtb = Invalid "rifampicin_without_mtb",
            "A rifampicin result needs MTB detected.";
        TraceIsIndeterminate = Invalid "trace_rifampicin_indeterminate",
            "A trace never gives a rifampicin result: record it as indeterminate.";
        NoDrugs = Invalid "susceptibility_without_drugs", "Name at least one drug with its result.";
        DrugNotTested { drug: Drug } = Invalid "drug_not_in_test",
            "This test does not tell of {drug}: check which test it was, or record the result under the test that did.";
        CountAgainstGrade = Invalid "smear_count_against_grade",
            "The grade and the count of bacilli exclude one another: negative means none, every other grade at least one.";
        GradeWithoutGrowth = Invalid "culture_grade_without_growth", "Only a culture in which something grew has a grade.";
        CultureDays = Invalid "culture_days_out_of_range", "A culture grows in 1 to 120 days.";
        NoSuchResult = Absent "not_found", "The specimen has no result of this number.";
    }
}

impl CollectSpecimen {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.collected_on > context.today {
            return Err(LaboratoryRefusal::CollectedLater.into());
        }
        Ok(vec![CaseEvent::SpecimenCollected(SpecimenCollected {
            specimen: SpecimenId(context.new_id),
            kind: self.kind,
            collected_on: self.collected_on,
        })])
    }
}

impl RecordResult {
    pub(super) fn decide(
        &self,
        id: SpecimenId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let late = case.may_add_late(&context.actor)?;
        let specimen = case.laboratory.specimens.get(&id).ok_or(LaboratoryRefusal::SpecimenUnknown)?;
        let dates = [specimen.collected_on, self.performed_on, self.resulted_on, context.today];
        if !dates.is_sorted() {
            return Err(LaboratoryRefusal::DatesOutOfOrder.into());
        }
        self.finding.check()?;
        let same = TestResult {
            performed_on: self.performed_on,
            resulted_on: self.resulted_on,
            finding: self.finding.clone(),
        };
        if specimen.standing().any(|recorded| recorded.result == same) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::ResultRecorded(ResultRecorded {
            specimen: id,
            performed_on: self.performed_on,
            resulted_on: self.resulted_on,
            finding: self.finding.clone(),
            late,
        })])
    }
}

impl Specimen {
    /// The results that stand.
    pub fn standing(&self) -> impl Iterator<Item = &RecordedResult> {
        self.results.iter().filter(|recorded| recorded.entered_in_error.is_none())
    }

    /// Whether nothing is known of it yet.
    pub fn waits(&self) -> bool {
        self.standing().next().is_none()
    }
}

impl Laboratory {
    pub(super) fn collected(&mut self, event: &SpecimenCollected, fact: &Fact<CaseEvent>) {
        let specimen = Specimen {
            kind: event.kind,
            collected_on: event.collected_on,
            collected_by: fact.actor.organisation.clone(),
            results: Vec::new(),
        };
        self.specimens.insert(event.specimen, specimen);
    }

    pub(super) fn resulted(&mut self, event: &ResultRecorded, fact: &Fact<CaseEvent>) {
        if let Some(specimen) = self.specimens.get_mut(&event.specimen) {
            specimen.results.push(RecordedResult {
                result: TestResult {
                    performed_on: event.performed_on,
                    resulted_on: event.resulted_on,
                    finding: event.finding.clone(),
                },
                recorded_at: fact.recorded_at,
                recorded_by: fact.actor.organisation.clone(),
                entered_in_error: None,
            });
        }
    }
}

#[cfg(test)]
mod tests;
