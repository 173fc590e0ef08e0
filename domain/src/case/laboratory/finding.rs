//! What a test can show, and what a finding says about tuberculosis.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    LaboratoryRefusal,
    drug::{Drug, MolecularKit, SusceptibilityMethod},
};

/// Grade of an acid-fast smear, as the region's registers print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "smear-results"))]
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
    /// The specimen could not be examined: says nothing (TJ-API 54).
    Unsatisfactory,
}

/// What grew (WHO TB DAK, C12): non-tuberculous growth and contamination say nothing about tuberculosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "culture-results"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum CultureGrowth {
    Negative,
    Tuberculosis,
    NonTuberculous,
    TuberculosisAndNonTuberculous,
    Contaminated,
}

/// How much grew, as the Tajik register grades it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "culture-grades"))]
pub enum CultureGrade {
    /// Single colonies; their number is kept beside it.
    Scanty,
    /// 1+, weakly positive.
    OnePlus,
    /// 2+, moderately positive.
    TwoPlus,
    /// 3+, strongly positive.
    ThreePlus,
}

/// What a rapid molecular test found (WHO TB DAK, C12; semi-quantitative grades of the Ultra cartridge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "molecular-results"))]
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
    Invalid,
    Error,
}

impl MolecularFinding {
    /// Detected beyond a trace.
    pub const fn detected(self) -> bool {
        matches!(self, Self::VeryLow | Self::Low | Self::Medium | Self::High | Self::Detected)
    }

    /// The test told nothing: an error, an invalid run or no result (WHO TB DAK, Comm.DE.88–92).
    pub const fn told_nothing(self) -> bool {
        matches!(self, Self::NoResult | Self::Invalid | Self::Error)
    }
}

/// Susceptibility of the bacilli to one drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "susceptibilities"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Susceptibility {
    Susceptible,
    Resistant,
    Indeterminate,
}

/// What a test showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "test", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-vocabulary" = "tests"))]
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
        /// How much of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grade: Option<CultureGrade>,
        /// The number of colonies, for scanty growth.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        colonies: Option<u16>,
        /// Days until it grew; 1 to 120.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 120))]
        days: Option<u16>,
    },
    /// A WHO-recommended rapid molecular test.
    Molecular {
        /// Mycobacterium tuberculosis.
        mtb: MolecularFinding,
        /// Rifampicin resistance; only with MTB detected, and only indeterminate with a trace.
        rifampicin: Option<Susceptibility>,
        /// Which test it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kit: Option<MolecularKit>,
        /// Resistance to other drugs, where the test tells of it; under the same rule as rifampicin.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        #[schemars(extend("x-vocabulary" = "drugs"))]
        results: BTreeMap<Drug, Susceptibility>,
    },
    /// Line-probe assay or phenotypic susceptibility test.
    DrugSusceptibility {
        /// By drug; at least one.
        #[schemars(extend("x-vocabulary" = "drugs"))]
        results: BTreeMap<Drug, Susceptibility>,
        /// How it was tested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<SusceptibilityMethod>,
    },
}

impl Finding {
    /// What contradicts itself is refused; what is merely unusual is advice ([`crate::case::advice`]).
    pub(super) fn check(&self) -> Result<(), LaboratoryRefusal> {
        match self {
            Self::Smear { grade, bacilli } => smear_agrees(*grade, *bacilli),
            Self::Culture { growth, grade, colonies, days } => {
                let grew = !matches!(growth, CultureGrowth::Negative | CultureGrowth::Contaminated);
                if !grew && (grade.is_some() || colonies.is_some_and(|colonies| colonies > 0)) {
                    return Err(LaboratoryRefusal::GradeWithoutGrowth);
                }
                match days {
                    Some(days) if !(1..=120).contains(days) => Err(LaboratoryRefusal::CultureDays),
                    _ => Ok(()),
                }
            }
            Self::Molecular { mtb, rifampicin, kit, results } => {
                let told = rifampicin.iter().chain(results.values());
                resistance_needs_mtb(*mtb, &told.copied().collect::<Vec<_>>())?;
                let drugs = rifampicin.iter().map(|_| Drug::Rifampicin).chain(results.keys().copied());
                on_panel(kit.and_then(MolecularKit::panel), drugs)
            }
            Self::DrugSusceptibility { results, .. } if results.is_empty() => Err(LaboratoryRefusal::NoDrugs),
            Self::DrugSusceptibility { results, method } => {
                on_panel(method.and_then(SusceptibilityMethod::panel), results.keys().copied())
            }
        }
    }

    /// Whether bacilli were seen; `None` where it was no smear, or the smear says nothing.
    pub const fn smear_positive(&self) -> Option<bool> {
        match self {
            Self::Smear { grade: SmearGrade::Unsatisfactory, .. } => None,
            Self::Smear { grade, .. } => Some(!matches!(grade, SmearGrade::Negative)),
            _ => None,
        }
    }

    /// Whether tuberculosis grew; `None` where it was no culture, or the culture is neither positive nor negative
    /// evidence: non-tuberculous alone, or contaminated (WHO TB DAK, C12.34–35).
    pub const fn culture_positive(&self) -> Option<bool> {
        match self {
            Self::Culture { growth, .. } => match growth {
                CultureGrowth::Negative => Some(false),
                CultureGrowth::Tuberculosis | CultureGrowth::TuberculosisAndNonTuberculous => Some(true),
                CultureGrowth::NonTuberculous | CultureGrowth::Contaminated => None,
            },
            _ => None,
        }
    }

    /// Whether it confirms tuberculosis by itself: by smear, culture or a WHO-recommended rapid test (WHO TB DAK,
    /// C24.DE.6–8). A trace needs the rule of [`crate::case::diagnosis`].
    pub fn positive(&self) -> bool {
        match self {
            Self::Smear { .. } => self.smear_positive() == Some(true),
            Self::Culture { .. } => self.culture_positive() == Some(true),
            Self::Molecular { mtb, .. } => mtb.detected(),
            Self::DrugSusceptibility { .. } => false,
        }
    }

    /// A trace: DNA without countable bacilli.
    pub const fn trace(&self) -> bool {
        matches!(self, Self::Molecular { mtb: MolecularFinding::Trace, .. })
    }

    /// What it says of the susceptibility to exactly this drug.
    pub fn susceptibility(&self, drug: Drug) -> Option<Susceptibility> {
        match self {
            Self::Molecular { rifampicin, .. } if drug == Drug::Rifampicin => *rifampicin,
            Self::Molecular { results, .. } | Self::DrugSusceptibility { results, .. } => {
                results.get(&drug).copied()
            }
            Self::Smear { .. } | Self::Culture { .. } => None,
        }
    }
}

/// No bacilli and a count of them exclude one another; where 1–19 ends in a country's microscopy is [unverified], and
/// a count that does not fit the grade is advice.
const fn smear_agrees(grade: SmearGrade, bacilli: Option<u16>) -> Result<(), LaboratoryRefusal> {
    match (grade, bacilli) {
        (_, None) | (SmearGrade::Negative | SmearGrade::Unsatisfactory, Some(0)) => Ok(()),
        (SmearGrade::Negative | SmearGrade::Unsatisfactory, Some(_)) | (_, Some(0)) => {
            Err(LaboratoryRefusal::CountAgainstGrade)
        }
        _ => Ok(()),
    }
}

/// Resistance is only told with MTB detected; a trace forces it to be indeterminate (WHO TB DAK, C16.1.DE.1).
fn resistance_needs_mtb(mtb: MolecularFinding, told: &[Susceptibility]) -> Result<(), LaboratoryRefusal> {
    let definite = told.iter().any(|result| *result != Susceptibility::Indeterminate);
    match mtb {
        MolecularFinding::Trace if definite => Err(LaboratoryRefusal::TraceIsIndeterminate),
        MolecularFinding::Trace => Ok(()),
        mtb if !mtb.detected() && !told.is_empty() => Err(LaboratoryRefusal::RifampicinWithoutMtb),
        _ => Ok(()),
    }
}

fn on_panel(panel: Option<&[Drug]>, mut drugs: impl Iterator<Item = Drug>) -> Result<(), LaboratoryRefusal> {
    let Some(panel) = panel else { return Ok(()) };
    match drugs.find(|drug| !panel.contains(drug)) {
        Some(drug) => Err(LaboratoryRefusal::DrugNotTested { drug }),
        None => Ok(()),
    }
}
