//! What changes in the course of a treatment: the patient's weight, and the phase of the regimen.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Episode, Treatment, TreatmentRefusal};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, handoff::packet::TreatmentPhase},
    decider::Context,
    ids::EpisodeId,
};

/// Records the patient's weight during treatment; doses follow it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordWeight {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// In kilograms; 1 to 300.
    #[schemars(range(min = 1, max = 300))]
    pub weight_kg: u16,
}

/// A step from phase to phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "phase-steps"))]
pub enum PhaseStep {
    /// The intensive phase lasts longer: the nine-month regimen has four months, and six where the smear or culture is
    /// positive at the end of month 4 (WHO TB DAK, D10).
    IntensiveExtended,
    /// The continuation phase began.
    ContinuationBegan,
}

/// Records a step from phase to phase of a regimen that has two.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordPhase {
    /// The day of the decision, or the first day of the new phase.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Which step.
    pub step: PhaseStep,
    /// With `intensive_extended`: by how many months; 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub months: Option<u8>,
}

/// The patient was weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordWeight`")]
pub struct WeightRecorded {
    pub episode: EpisodeId,
    pub on: Date,
    pub weight_kg: u16,
}

/// A step from phase to phase was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordPhase`")]
pub struct PhaseRecorded {
    pub episode: EpisodeId,
    pub on: Date,
    pub step: PhaseStep,
    pub months: Option<u8>,
    /// Recomputed: moved on by the months of an extension.
    pub expected_end: Date,
}

/// A weight on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordWeight`")]
pub struct Weight {
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    pub weight_kg: u16,
}

/// The episode that runs, with a day that lies in it.
pub(super) fn running_on(
    case: &Case,
    day: Date,
    today: Date,
) -> Result<(EpisodeId, &Episode), TreatmentRefusal> {
    let (id, episode) = case.treatment.open_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
    if day > today {
        return Err(TreatmentRefusal::TreatmentLater);
    }
    if day < episode.started_on {
        return Err(TreatmentRefusal::BeforeStart { started: episode.started_on });
    }
    Ok((id, episode))
}

impl RecordWeight {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (episode, running) = running_on(case, self.on, context.today)?;
        if !(1..=300).contains(&self.weight_kg) {
            return Err(TreatmentRefusal::WeightOutOfRange.into());
        }
        if running.weights.contains(&Weight { on: self.on, weight_kg: self.weight_kg }) {
            return Ok(vec![]);
        }
        let weighed = WeightRecorded { episode, on: self.on, weight_kg: self.weight_kg };
        Ok(vec![CaseEvent::WeightRecorded(weighed)])
    }
}

impl RecordPhase {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (id, episode) = running_on(case, self.on, context.today)?;
        if episode.plan.intensive_months().is_none() {
            return Err(TreatmentRefusal::NoPhases.into());
        }
        if episode.continuation_since.is_some() {
            return Err(TreatmentRefusal::InContinuation.into());
        }
        let months = match (self.step, self.months) {
            (PhaseStep::IntensiveExtended, Some(months @ 1..=2)) => months,
            (PhaseStep::ContinuationBegan, None) => 0,
            _ => return Err(TreatmentRefusal::ExtensionOutOfRange.into()),
        };
        if months > 0 && episode.extended_months > 0 {
            return Err(TreatmentRefusal::ExtendedAlready.into());
        }
        Ok(vec![CaseEvent::PhaseRecorded(PhaseRecorded {
            episode: id,
            on: self.on,
            step: self.step,
            months: self.months,
            expected_end: episode.expected_end.saturating_add(Span::new().months(months)),
        })])
    }
}

impl Treatment {
    pub(in crate::case) fn weighed(&mut self, event: &WeightRecorded) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.weights.push(Weight { on: event.on, weight_kg: event.weight_kg });
            episode.weights.sort_by_key(|weight| weight.on);
        }
    }

    pub(in crate::case) fn phased(&mut self, event: &PhaseRecorded) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.extended_months += event.months.unwrap_or_default();
            episode.expected_end = event.expected_end;
            if event.step == PhaseStep::ContinuationBegan {
                episode.continuation_since = Some(event.on);
            }
        }
    }
}

impl Episode {
    /// The last weight on record, with its day.
    pub fn latest_weight(&self) -> Option<Weight> {
        let first = self.weight_kg.map(|weight_kg| Weight { on: self.started_on, weight_kg });
        self.weights.last().copied().or(first)
    }

    /// The phase on a day, of a regimen that has phases: what was recorded, else what the calendar says. What was interrupted
    /// is put back by the days it stood still, and what was extended by the months.
    pub fn phase_on(&self, day: Date) -> Option<TreatmentPhase> {
        let by_calendar = self.day_after(self.plan.intensive_months()? + self.extended_months);
        let continues = self.continuation_since.unwrap_or(by_calendar);
        Some(if day < continues { TreatmentPhase::Intensive } else { TreatmentPhase::Continuation })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::{PhaseStep, RecordPhase, RecordWeight};
    use crate::{
        case::{CaseCommand, CaseEvent, fixtures::*, handoff::packet::TreatmentPhase, treatment::Episode},
        testing::given,
    };

    fn phase(step: PhaseStep, months: Option<u8>) -> CaseCommand {
        CaseCommand::RecordPhase(RecordPhase { on: TODAY, step, months })
    }

    fn treated(regimen: &str) -> Vec<CaseEvent> {
        let mut history = treated_case();
        if let Some(CaseEvent::TreatmentStarted(started)) = history.last_mut() {
            started.regimen = regimen.into();
            started.plan = None;
        }
        history
    }

    fn episode(history: &[CaseEvent]) -> Episode {
        given(history).state().treatment.episodes[&EPISODE].clone()
    }

    #[test]
    fn a_weight_is_a_fact_of_its_day_and_the_last_one_counts() {
        let weigh = |weight_kg| CaseCommand::RecordWeight(RecordWeight { on: TODAY, weight_kg });
        let mut history = treated_case();
        given(&history).when(weigh(301)).as_(&shymkent()).refused("weight_out_of_range");
        history.extend(given(&history).when(weigh(57)).as_(&shymkent()).events());
        assert_eq!(episode(&history).latest_weight().map(|weight| weight.weight_kg), Some(57));
        assert_eq!(episode(&history).weight_kg, Some(60), "the weight at the start stays");
        given(&history).when(weigh(57)).as_(&shymkent()).nothing();
        given(&diagnosed_case()).when(weigh(57)).as_(&shymkent()).refused("not_on_treatment");
    }

    /// WHO TB DAK, D10: four months, six where smear or culture is positive at the end of month 4.
    #[test]
    fn an_extended_intensive_phase_moves_its_end_and_the_end_of_treatment() {
        let mut history = treated("9-month-all-oral");
        let before = episode(&history).expected_end;
        let extend = || phase(PhaseStep::IntensiveExtended, Some(2));
        history.extend(given(&history).when(extend()).as_(&shymkent()).events());
        let after = episode(&history);
        assert_eq!(after.expected_end, before + Span::new().months(2));
        given(&history).when(extend()).as_(&shymkent()).refused("intensive_phase_extended");
        let months = |months: i32| START + Span::new().months(months);
        assert_eq!(after.phase_on(months(5)), Some(TreatmentPhase::Intensive));
        assert_eq!(after.phase_on(months(6)), Some(TreatmentPhase::Continuation));
    }

    #[test]
    fn the_recorded_day_of_the_continuation_phase_outweighs_the_calendar() {
        let mut history = treated_case();
        assert_eq!(
            episode(&history).phase_on(TODAY.yesterday().unwrap()),
            Some(TreatmentPhase::Continuation)
        );
        history.extend(
            given(&history).when(phase(PhaseStep::ContinuationBegan, None)).as_(&shymkent()).events(),
        );
        assert_eq!(episode(&history).phase_on(TODAY.yesterday().unwrap()), Some(TreatmentPhase::Intensive));
        assert_eq!(episode(&history).phase_on(TODAY), Some(TreatmentPhase::Continuation));
        let again = phase(PhaseStep::ContinuationBegan, None);
        given(&history).when(again).as_(&shymkent()).refused("continuation_phase_begun");
    }

    #[test]
    fn phases_are_recorded_of_regimens_that_have_them_and_extended_by_one_or_two_months() {
        let code = |regimen: &str, months| {
            let command = phase(PhaseStep::IntensiveExtended, months);
            given(&treated(regimen)).when(command).as_(&shymkent()).code()
        };
        assert_eq!(code("BPaLM", Some(1)), Some("regimen_without_phases"));
        assert_eq!(code("9-month-all-oral", Some(3)), Some("extension_out_of_range"));
        assert_eq!(code("9-month-all-oral", None), Some("extension_out_of_range"));
    }
}
