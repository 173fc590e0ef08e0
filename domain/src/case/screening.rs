//! Screening for tuberculosis: symptoms, chest X-ray read by people or programs, C-reactive protein. A screening never makes a diagnosis.

use std::collections::BTreeSet;

use jiff::civil::Date;
use method::{Looked, put_together};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{decider::Context, refusal::refusals};

mod method;

pub use method::{Cad, FurtherSymptom, ScreeningAlgorithm};

/// The WHO four-symptom screen (W4SS): any of them makes the screen positive (WHO TB DAK, B7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four symptoms, each asked for by itself")]
pub struct FourSymptoms {
    /// A cough now, of any duration.
    pub current_cough: bool,
    /// Fever.
    pub fever: bool,
    /// Loss of weight.
    pub weight_loss: bool,
    /// Night sweats.
    pub night_sweats: bool,
}

impl FourSymptoms {
    /// Whether any symptom is there.
    pub const fn any(self) -> bool {
        self.current_cough || self.fever || self.weight_loss || self.night_sweats
    }
}

/// How the chest X-ray was read (WHO TB DAK, Comm.DE.130).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "chest-xray-results"))]
pub enum ChestXray {
    /// Nothing suggestive of tuberculosis.
    Normal,
    /// Something suggestive of tuberculosis.
    Abnormal,
    /// Could not be read.
    Unreadable,
}

/// The result of a screening (WHO TB DAK, B2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "screening-results"))]
pub enum ScreeningResult {
    /// Presumptive tuberculosis: examine.
    Positive,
    /// No sign of tuberculosis.
    Negative,
    /// Screen again.
    Inconclusive,
}

/// Records a screening; its result follows from what was found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordScreening {
    /// The day of the screening.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// The four symptoms, if asked for.
    pub symptoms: Option<FourSymptoms>,
    /// Weeks of cough, if there is one; 0 to 520.
    #[schemars(range(min = 0, max = 520))]
    pub cough_weeks: Option<u16>,
    /// The chest X-ray, if one was made.
    pub chest_xray: Option<ChestXray>,
    /// Further symptoms and signs.
    #[serde(default)]
    pub further: BTreeSet<FurtherSymptom>,
    /// The chest X-ray as a program read it.
    pub cad: Option<Cad>,
    /// C-reactive protein in tenths of mg/L: 52 is 5.2 mg/L; 0 to 10000.
    #[schemars(range(min = 0, max = 10000))]
    pub crp_tenths_mg_l: Option<u16>,
    /// How the looks are put together; where it is not said, one positive is enough.
    pub algorithm: Option<ScreeningAlgorithm>,
}

/// Records that the person did not want to be screened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineScreening {
    /// The day on which it was offered.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// A person was screened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordScreening`")]
pub struct ScreeningRecorded {
    pub on: Date,
    pub symptoms: Option<FourSymptoms>,
    pub cough_weeks: Option<u16>,
    pub chest_xray: Option<ChestXray>,
    pub result: ScreeningResult,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub further: BTreeSet<FurtherSymptom>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cad: Option<Cad>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crp_tenths_mg_l: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<ScreeningAlgorithm>,
}

/// The person did not want to be screened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `DeclineScreening`")]
pub struct ScreeningDeclined {
    pub on: Date,
}

/// What screening has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screenings {
    /// Day and result of the latest screening.
    pub latest: Option<(Date, ScreeningResult)>,
    /// Since when tuberculosis is presumed (WHO TB DAK, C1.DE.6–7).
    pub presumptive_since: Option<Date>,
    /// The latest day on which the person did not want to be screened.
    pub declined_on: Option<Date>,
    /// The day of the latest chest X-ray.
    pub chest_xray_on: Option<Date>,
}

refusals! {
    /// Why a screening is refused.
    ScreeningRefusal {
        NothingAsked = Invalid "screening_empty", "Record at least one of symptoms, chest X-ray, program score and C-reactive protein.";
        ScreenedLater = Invalid "screening_in_the_future", "A screening is recorded when it has been done, not before.";
        NoConsent = Conflict "screening_consent_missing",
            "Record the person's consent to care before the screening (yes or no, with its date).";
        CadIncomplete = Invalid "cad_incomplete",
            "A program's reading needs its score and its threshold, 0 to 100, and the name and the version of the program.";
        Crp = Invalid "crp_out_of_range", "C-reactive protein lies between 0 and 1000 mg/L.";
        Algorithm = Invalid "screening_algorithm_mismatch",
            "A single algorithm has one look and a parallel one has several: record what was looked at, or name another algorithm.";
        CoughWeeks = Invalid "cough_weeks_out_of_range", "Weeks of cough lie between 0 and 520, and need a cough.";
    }
}

impl RecordScreening {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.on > context.today {
            return Err(ScreeningRefusal::ScreenedLater.into());
        }
        if !case.consents.care_agreed(self.on) {
            return Err(ScreeningRefusal::NoConsent.into());
        }
        let coughs = self.symptoms.is_some_and(|symptoms| symptoms.current_cough);
        if self.cough_weeks.is_some_and(|weeks| weeks > 520 || !coughs) {
            return Err(ScreeningRefusal::CoughWeeks.into());
        }
        if self.cad.as_ref().is_some_and(|cad| !cad.plausible()) {
            return Err(ScreeningRefusal::CadIncomplete.into());
        }
        if self.crp_tenths_mg_l.is_some_and(|tenths| tenths > 10_000) {
            return Err(ScreeningRefusal::Crp.into());
        }
        let looks = self.looked().each();
        if looks.is_empty() {
            return Err(ScreeningRefusal::NothingAsked.into());
        }
        let result = put_together(self.algorithm, &looks).ok_or(ScreeningRefusal::Algorithm)?;
        Ok(vec![CaseEvent::ScreeningRecorded(ScreeningRecorded {
            on: self.on,
            symptoms: self.symptoms,
            cough_weeks: self.cough_weeks,
            chest_xray: self.chest_xray,
            result,
            further: self.further.clone(),
            cad: self.cad.clone(),
            crp_tenths_mg_l: self.crp_tenths_mg_l,
            algorithm: self.algorithm,
        })])
    }

    fn looked(&self) -> Looked<'_> {
        Looked {
            symptoms: self.symptoms,
            further: &self.further,
            chest_xray: self.chest_xray,
            cad: self.cad.as_ref(),
            crp: self.crp_tenths_mg_l,
        }
    }
}

impl DeclineScreening {
    /// The refusal ends the screening and not the case (WHO TB DAK, B2).
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.on > context.today {
            return Err(ScreeningRefusal::ScreenedLater.into());
        }
        if case.screenings.declined_on == Some(self.on) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::ScreeningDeclined(ScreeningDeclined { on: self.on })])
    }
}

impl Screenings {
    pub(super) fn declined(&mut self, event: &ScreeningDeclined) {
        self.declined_on = self.declined_on.max(Some(event.on));
    }

    pub(super) fn recorded(&mut self, event: &ScreeningRecorded) {
        if self.latest.is_none_or(|(on, _)| on <= event.on) {
            self.latest = Some((event.on, event.result));
        }
        if event.chest_xray.is_some() {
            self.chest_xray_on = self.chest_xray_on.max(Some(event.on));
        }
        if event.result == ScreeningResult::Positive {
            let earliest = self.presumptive_since.map_or(event.on, |since| since.min(event.on));
            self.presumptive_since = Some(earliest);
        }
    }
}

#[cfg(test)]
mod tests;
