//! Specimens and their results. The day of collection dates the evidence, never the day of the result.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{
    decider::{Context, Fact},
    ids::{OrganisationId, SpecimenId},
    refusal::refusals,
};

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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

/// Grade of an acid-fast smear, as the region's registers print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmearGrade {
    /// No acid-fast bacilli.
    Negative,
    /// 1–19 acid-fast bacilli seen; the raw count is kept beside it.
    Scanty,
    /// 1+.
    OnePlus,
    /// 2+.
    TwoPlus,
    /// 3+.
    ThreePlus,
}

/// What grew (WHO TB DAK, C12): non-tuberculous growth and contamination say nothing about tuberculosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum CultureGrowth {
    Negative,
    Tuberculosis,
    NonTuberculous,
    TuberculosisAndNonTuberculous,
    Contaminated,
}

/// What a rapid molecular test found (WHO TB DAK, C12; semi-quantitative grades of the Ultra cartridge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum MolecularFinding {
    NotDetected,
    Trace,
    VeryLow,
    Low,
    Medium,
    High,
    Detected,
    NoResult,
}

impl MolecularFinding {
    /// Detected beyond a trace.
    pub const fn detected(self) -> bool {
        matches!(self, Self::VeryLow | Self::Low | Self::Medium | Self::High | Self::Detected)
    }
}

/// Susceptibility of the bacilli to one drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Susceptibility {
    Susceptible,
    Resistant,
    Indeterminate,
}

/// The drugs whose susceptibility decides the category (WHO TB DAK, C16/C20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Drug {
    Rifampicin,
    Isoniazid,
    Fluoroquinolone,
    Bedaquiline,
    Linezolid,
    Amikacin,
    Pyrazinamide,
    Clofazimine,
    Delamanid,
    Pretomanid,
}

/// What a test showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "test", rename_all = "snake_case", deny_unknown_fields)]
pub enum Finding {
    /// Microscopy for acid-fast bacilli.
    Smear {
        /// The grade.
        grade: SmearGrade,
        /// The raw count, for scanty smears.
        bacilli: Option<u16>,
    },
    /// Culture.
    Culture {
        /// What grew.
        growth: CultureGrowth,
    },
    /// A WHO-recommended rapid molecular test.
    Molecular {
        /// Mycobacterium tuberculosis.
        mtb: MolecularFinding,
        /// Rifampicin resistance; only with MTB detected, and only indeterminate with a trace.
        rifampicin: Option<Susceptibility>,
    },
    /// Line-probe assay or phenotypic susceptibility test.
    DrugSusceptibility {
        /// By drug; at least one.
        results: BTreeMap<Drug, Susceptibility>,
    },
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
    pub results: Vec<TestResult>,
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
        if specimen.results.iter().any(|result| result.finding == self.finding) {
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

impl Finding {
    /// A rifampicin result only with MTB detected; a trace forces it to be indeterminate (WHO TB DAK, C16.1).
    fn check(&self) -> Result<(), LaboratoryRefusal> {
        match self {
            Self::Molecular { mtb: MolecularFinding::Trace, rifampicin } => match rifampicin {
                None | Some(Susceptibility::Indeterminate) => Ok(()),
                Some(_) => Err(LaboratoryRefusal::TraceIsIndeterminate),
            },
            Self::Molecular { mtb, rifampicin: Some(_) } if !mtb.detected() => {
                Err(LaboratoryRefusal::RifampicinWithoutMtb)
            }
            Self::DrugSusceptibility { results } if results.is_empty() => Err(LaboratoryRefusal::NoDrugs),
            _ => Ok(()),
        }
    }

    /// Whether it confirms tuberculosis by itself; a trace needs the rule of [`super::diagnosis`].
    pub fn positive(&self) -> bool {
        match self {
            Self::Smear { grade, .. } => *grade != SmearGrade::Negative,
            Self::Culture { growth } => {
                matches!(growth, CultureGrowth::Tuberculosis | CultureGrowth::TuberculosisAndNonTuberculous)
            }
            Self::Molecular { mtb, .. } => mtb.detected(),
            Self::DrugSusceptibility { .. } => false,
        }
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

    pub(super) fn resulted(&mut self, event: &ResultRecorded) {
        if let Some(specimen) = self.specimens.get_mut(&event.specimen) {
            specimen.results.push(TestResult {
                performed_on: event.performed_on,
                resulted_on: event.resulted_on,
                finding: event.finding.clone(),
            });
        }
    }

    /// Every finding with its day of collection, oldest first.
    pub fn findings(&self) -> Vec<(Date, &Finding)> {
        let mut findings: Vec<_> = self
            .specimens
            .values()
            .flat_map(|specimen| {
                specimen.results.iter().map(|result| (specimen.collected_on, &result.finding))
            })
            .collect();
        findings.sort_by_key(|(on, _)| *on);
        findings
    }

    /// The latest definite susceptibility to a drug; indeterminate and untested are both unknown.
    pub fn susceptibility(&self, drug: Drug) -> Option<Susceptibility> {
        let of = |finding: &Finding| match finding {
            Finding::Molecular { rifampicin, .. } if drug == Drug::Rifampicin => *rifampicin,
            Finding::DrugSusceptibility { results } => results.get(&drug).copied(),
            _ => None,
        };
        self.findings()
            .into_iter()
            .filter_map(|(_, finding)| of(finding))
            .rfind(|result| *result != Susceptibility::Indeterminate)
    }
}

#[cfg(test)]
mod tests;
