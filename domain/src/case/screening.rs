//! Screening for tuberculosis: symptoms and chest X-ray. A screening never makes a diagnosis.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal};
use crate::{decider::Context, refusal::refusals};

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
}

/// What screening has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screenings {
    /// Day and result of the latest screening.
    pub latest: Option<(Date, ScreeningResult)>,
    /// Since when tuberculosis is presumed (WHO TB DAK, C1.DE.6–7).
    pub presumptive_since: Option<Date>,
    /// The day of the latest chest X-ray.
    pub chest_xray_on: Option<Date>,
}

refusals! {
    /// Why a screening is refused.
    ScreeningRefusal {
        NothingAsked = Invalid "screening_empty", "Record the four symptoms, the chest X-ray, or both.";
        ScreenedLater = Invalid "screening_in_the_future", "A screening is recorded when it has been done, not before.";
        NoConsent = Conflict "screening_consent_missing",
            "Record the person's consent to care before the screening (yes or no, with its date).";
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
        let result = self.result().ok_or(ScreeningRefusal::NothingAsked)?;
        Ok(vec![CaseEvent::ScreeningRecorded(ScreeningRecorded {
            on: self.on,
            symptoms: self.symptoms,
            cough_weeks: self.cough_weeks,
            chest_xray: self.chest_xray,
            result,
        })])
    }

    /// Any symptom or an abnormal X-ray is positive; an unreadable X-ray alone says nothing (WHO TB DAK, B4).
    fn result(&self) -> Option<ScreeningResult> {
        let symptoms = self.symptoms.map(FourSymptoms::any);
        match (symptoms, self.chest_xray) {
            (None, None) => None,
            (Some(true), _) | (_, Some(ChestXray::Abnormal)) => Some(ScreeningResult::Positive),
            (_, Some(ChestXray::Unreadable)) => Some(ScreeningResult::Inconclusive),
            (Some(false), _) | (_, Some(ChestXray::Normal)) => Some(ScreeningResult::Negative),
        }
    }
}

impl Screenings {
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
mod tests {
    use super::{ChestXray, FourSymptoms, ScreeningResult};
    use crate::{case::fixtures::*, testing::given};

    const NONE: FourSymptoms =
        FourSymptoms { current_cough: false, fever: false, weight_loss: false, night_sweats: false };

    #[test]
    fn any_symptom_or_an_abnormal_x_ray_is_presumptive_tuberculosis() {
        let fever = FourSymptoms { fever: true, ..NONE };
        for (symptoms, xray, result) in [
            (Some(NONE), None, ScreeningResult::Negative),
            (Some(fever), None, ScreeningResult::Positive),
            (Some(fever), Some(ChestXray::Normal), ScreeningResult::Positive),
            (Some(NONE), Some(ChestXray::Abnormal), ScreeningResult::Positive),
            (None, Some(ChestXray::Unreadable), ScreeningResult::Inconclusive),
            (None, Some(ChestXray::Normal), ScreeningResult::Negative),
        ] {
            given(&a_case())
                .when(screen(symptoms, xray))
                .as_(&galaba())
                .then(&[screened(symptoms, xray, result)]);
        }
    }

    #[test]
    fn a_screening_of_nothing_is_refused() {
        given(&a_case()).when(screen(None, None)).as_(&galaba()).refused("screening_empty");
    }

    #[test]
    fn screening_needs_consent_to_care_first() {
        given(&[opened(), support_opened("ngo-galaba")])
            .when(screen(Some(NONE), None))
            .as_(&galaba())
            .refused("screening_consent_missing");
    }
}
