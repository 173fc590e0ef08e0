//! Correcting an outcome: a new fact beside the old one, with its reason and its author, confirmed by a second person.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Assessment, Claim, Failure, Outcome, OutcomeRefusal};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::{EpisodeId, WorkerId},
};

/// Why an outcome in force is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "outcome-correction-reasons"))]
pub enum CorrectionReason {
    /// It was recorded wrongly.
    RecordedWrongly,
    /// A result came after it was confirmed.
    LateResult,
    /// The patient was found, or another facility told how treatment went on.
    NewsOfPatient,
    /// The death became known afterwards.
    DeathLearnt,
}

/// Corrects an outcome that was confirmed, also after the case was closed; the old one counts until another confirms
/// the correction, and stays in the history (one terminal outcome per episode, corrected only by a further event).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectOutcome {
    /// The episode; the latest one that has an outcome in force unless told otherwise.
    pub episode: Option<EpisodeId>,
    /// The outcome that is right.
    pub outcome: Outcome,
    /// The day on which it was reached.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What a failure rests on; with `failed`, and only then.
    pub failure: Option<Failure>,
    /// Why the old one is wrong.
    pub reason: CorrectionReason,
}

/// An outcome was corrected; it counts once another has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `CorrectOutcome`")]
pub struct OutcomeCorrected {
    pub episode: EpisodeId,
    pub outcome: Outcome,
    pub on: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    pub reason: CorrectionReason,
    /// Who corrected it, so that another confirms.
    pub reporter: WorkerId,
}

impl CorrectOutcome {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.answers_last_for(Programme::Tb, &context.actor)?;
        let ended = |treatment: &crate::case::treatment::Treatment| {
            treatment
                .judged()
                .filter(|(_, verdict)| verdict.in_force().is_some())
                .map(|(id, _)| id)
                .next_back()
        };
        let episode =
            self.episode.or_else(|| ended(&case.treatment)).ok_or(OutcomeRefusal::NotConfirmedYet)?;
        let verdict = case.treatment.verdict(episode).ok_or(OutcomeRefusal::NoEpisode)?;
        let in_force = verdict.in_force().ok_or(OutcomeRefusal::NotConfirmedYet)?;
        let claim = Claim { outcome: self.outcome, on: self.on, failure: self.failure };
        let same = |said: &Assessment| {
            (said.outcome, said.on, said.failure) == (self.outcome, self.on, self.failure)
        };
        if same(in_force) {
            return Err(OutcomeRefusal::CorrectionChangesNothing.into());
        }
        claim.holds(episode, case, context)?;
        if verdict.correction.as_ref().is_some_and(same) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::OutcomeCorrected(OutcomeCorrected {
            episode,
            outcome: self.outcome,
            on: self.on,
            failure: self.failure,
            reason: self.reason,
            reporter: context.actor.worker.clone(),
        })])
    }
}
