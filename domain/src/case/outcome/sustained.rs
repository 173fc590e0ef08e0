//! Sustained treatment success: alive and free of tuberculosis six months after a success, and after that of resistant
//! disease twelve months too (KSP-2482). It is said for research, derived from what is on record, and is no outcome.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::{Measure, Series, months_after};
use crate::case::{Case, screening::ScreeningResult, treatment::Episode};

/// What is known of a patient so many months after a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "sustained-success"))]
pub enum SustainedFinding {
    /// Looked at on that day or later, and free of tuberculosis until then.
    Sustained,
    /// Died, or had tuberculosis again by that day, or before anybody looked.
    NotSustained,
    /// Nobody has looked since.
    Unknown,
}

/// The second look at a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sustained {
    /// After how many months.
    pub months: u8,
    /// The day from which it can be said.
    #[schemars(with = "String", extend("format" = "date"))]
    pub due_on: Date,
    /// What is known.
    pub finding: SustainedFinding,
    /// The day on which that was seen.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub seen_on: Option<Date>,
}

impl Case {
    /// The second looks at the success of an episode: none where it has no success in force.
    pub fn sustained_success(&self, episode: &Episode) -> Vec<Sustained> {
        let success = episode.verdict.in_force().filter(|said| said.outcome.success());
        let Some(ended) = success.map(|said| said.on) else { return Vec::new() };
        let resistant = Measure::of(episode, &self.laboratory, ended) == Measure::Culture;
        let months: &[u8] = if resistant { &[6, 12] } else { &[6] };
        months.iter().map(|months| self.sustained(ended, *months)).collect()
    }

    fn sustained(&self, ended: Date, months: u8) -> Sustained {
        let due_on = months_after(ended, months);
        let seen = self.found_free(due_on);
        let back = self.ill_again(ended).filter(|on| *on <= seen.unwrap_or(due_on));
        let (finding, seen_on) = match (back, seen) {
            (Some(_), _) => (SustainedFinding::NotSustained, back),
            (None, Some(_)) => (SustainedFinding::Sustained, seen),
            (None, None) => (SustainedFinding::Unknown, None),
        };
        Sustained { months, due_on, finding, seen_on }
    }

    /// The first sign after that day: death, another diagnosis or treatment, or a positive culture or smear; a rapid test finds the dead
    /// bacilli too and says nothing.
    fn ill_again(&self, ended: Date) -> Option<Date> {
        let after = ended.tomorrow().unwrap_or(ended);
        let measures = [
            Series::cultures(&self.laboratory, after, Date::MAX),
            Series::smears(&self.laboratory, after, Date::MAX),
        ];
        let positive = measures.iter().filter_map(|series| series.positive_since(after));
        let treated = self.treatment.episodes.values().map(|other| other.started_on);
        let diagnosed =
            self.diagnosis.first_made_on.filter(|_| self.diagnosis.counted() && !self.diagnosis.course_ended);
        let signs = positive.chain(treated).chain(diagnosed).chain(self.closing.died_on);
        signs.filter(|on| after <= *on).min()
    }

    /// The first look on that day or later that found nothing: a negative culture or smear, or the latest screening.
    fn found_free(&self, due: Date) -> Option<Date> {
        let measures = [
            Series::cultures(&self.laboratory, due, Date::MAX),
            Series::smears(&self.laboratory, due, Date::MAX),
        ];
        let negative = measures.iter().filter_map(|series| series.negatives().next());
        let screened = self.screenings.latest.filter(|(_, result)| *result == ScreeningResult::Negative);
        negative.chain(screened.map(|(on, _)| on).filter(|on| due <= *on)).min()
    }
}
