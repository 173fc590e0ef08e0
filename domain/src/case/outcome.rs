//! Outcomes: reported by one, confirmed by another who answers for the patient, corrected in the same two steps.
//!
//! [`rules`] holds the definitions, [`evidence`] what they are judged on, [`correction`] what happens to an outcome that
//! turns out to be wrong, [`untreated`] the outcome of a patient who never began.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal, programme::Programme};
use crate::{
    decider::Context,
    ids::{EpisodeId, OrganisationId, WorkerId},
};

mod clock;
mod correction;
mod evidence;
mod refusal;
mod response;
mod rules;
mod sustained;
mod untreated;
mod verdict;

pub use correction::{CorrectOutcome, CorrectionReason, OutcomeCorrected};
pub use refusal::OutcomeRefusal;
pub use sustained::{Sustained, SustainedFinding};
pub use untreated::Untreated;
pub use verdict::{Assessment, Verdict};

/// Outcome of a treatment episode (WHO 2021; WHO TB DAK, D24). "Transferred out" is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "outcomes"))]
pub enum Outcome {
    /// Pulmonary, confirmed at the start, completed, with evidence of bacteriological response.
    Cured,
    /// Completed as recommended, neither cured nor failed.
    Completed,
    /// The regimen had to be ended or changed for good.
    Failed,
    /// Died of any cause, before or during treatment.
    Died,
    /// Never began, or interrupted for two consecutive months or more.
    LostToFollowUp,
    /// None of the others could be assigned.
    NotEvaluated,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] =
        [Self::Cured, Self::Completed, Self::Failed, Self::Died, Self::LostToFollowUp, Self::NotEvaluated];

    /// Cured or completed.
    pub const fn success(self) -> bool {
        matches!(self, Self::Cured | Self::Completed)
    }
}

/// Why a regimen was ended or changed for good (WHO 2021; WHO TB DAK, D24.DE.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "failure-reasons"))]
pub enum FailureReason {
    /// No clinical or no bacteriological response.
    NoResponse,
    /// A reaction to the medicine.
    AdverseReaction,
    /// Resistance to a drug of the regimen that was not known at the start.
    AdditionalResistance,
}

/// What a failure rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Why.
    pub reason: FailureReason,
    /// With `no_response`: the clinician saw no clinical response, which no result on record has to show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clinical_judgement: bool,
}

/// Reports how the treatment ended, or that a diagnosed patient never began.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportOutcome {
    /// The outcome.
    pub outcome: Outcome,
    /// The day on which it was reached.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What the failure rests on; with `failed`, and only then.
    pub failure: Option<Failure>,
    /// The episode; the latest one unless told otherwise.
    pub episode: Option<EpisodeId>,
}

/// Confirms what was reported: by a TB clinician of the responsible organisation, never by the one who reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmOutcome {
    /// The episode; the latest one that awaits confirmation unless told otherwise.
    pub episode: Option<EpisodeId>,
}

/// An outcome was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ReportOutcome`")]
pub struct OutcomeReported {
    pub episode: EpisodeId,
    pub outcome: Outcome,
    pub on: Date,
    /// Who reported it, so that another confirms.
    pub reporter: WorkerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The patient was diagnosed and never began: the episode is this outcome alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untreated: bool,
}

/// The outcome was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `OutcomeReported`")]
pub struct OutcomeConfirmed {
    pub episode: EpisodeId,
    pub outcome: Outcome,
    pub on: Date,
    /// The organisation that answers for it.
    pub organisation: OrganisationId,
}

/// An outcome with its day, as it is put to the definitions.
#[derive(Debug, Clone, Copy)]
struct Claim {
    outcome: Outcome,
    on: Date,
    failure: Option<Failure>,
}

impl Claim {
    /// What the definitions demand of every outcome, then what they demand of this one.
    fn holds(self, episode: EpisodeId, case: &Case, context: &Context<'_>) -> Result<(), OutcomeRefusal> {
        if self.on > context.today {
            return Err(OutcomeRefusal::OutcomeLater);
        }
        match (self.outcome, self.failure) {
            (Outcome::Failed, None) => return Err(OutcomeRefusal::FailureReasonMissing),
            (Outcome::Failed, Some(_)) | (_, None) => (),
            (_, Some(_)) => return Err(OutcomeRefusal::FailureWithoutFailed),
        }
        self.borne_out(episode, case)
    }

    /// What the definitions demand of this outcome on the evidence of this case.
    fn borne_out(self, episode: EpisodeId, case: &Case) -> Result<(), OutcomeRefusal> {
        rules::dead(self, case)?;
        match case.treatment.episodes.get(&episode) {
            Some(treated) => rules::treated(self, episode, treated, case),
            None => untreated::holds(self, case),
        }
    }
}

impl Case {
    /// Whether the definitions allow on this case what an event says of an end; what was confirmed is what waited in the case
    /// as it was `then`.
    pub(in crate::case) fn bears_outcome_out(&self, event: &CaseEvent, then: &Self) -> bool {
        let (episode, claim) = match event {
            CaseEvent::OutcomeReported(event) if event.untreated && !self.awaits_treatment() => return false,
            CaseEvent::OutcomeReported(event) => {
                let claim = Claim { outcome: event.outcome, on: event.on, failure: event.failure };
                (event.episode, Some(claim))
            }
            CaseEvent::OutcomeCorrected(event) => {
                let claim = Claim { outcome: event.outcome, on: event.on, failure: event.failure };
                (event.episode, Some(claim))
            }
            CaseEvent::OutcomeConfirmed(event) => {
                let verdict = then.treatment.verdict(event.episode);
                (event.episode, verdict.and_then(Verdict::awaiting).map(Assessment::claim))
            }
            _ => return true,
        };
        claim.is_none_or(|claim| claim.borne_out(episode, self).is_ok())
    }
}

impl ReportOutcome {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let claim = Claim { outcome: self.outcome, on: self.on, failure: self.failure };
        let known = self.episode.or_else(|| case.treatment.reportable());
        let untreated = known.is_none_or(|id| !case.treatment.episodes.contains_key(&id));
        let episode = known.unwrap_or(EpisodeId(context.new_id));
        let verdict = case.treatment.verdict(episode);
        if self.episode.is_some() && verdict.is_none() || known.is_none() && !case.awaits_treatment() {
            return Err(OutcomeRefusal::NoEpisode.into());
        }
        if let Some(on) = verdict.and_then(|verdict| verdict.left_cohort_on) {
            return Err(OutcomeRefusal::RegimenTwo { on }.into());
        }
        if verdict.is_some_and(Verdict::ended) {
            return Err(OutcomeRefusal::EndedAlready.into());
        }
        claim.holds(episode, case, context)?;
        let same = |said: &Assessment| {
            (said.outcome, said.on, said.failure) == (self.outcome, self.on, self.failure)
        };
        if verdict.and_then(|verdict| verdict.said.as_ref()).is_some_and(same) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::OutcomeReported(OutcomeReported {
            episode,
            outcome: self.outcome,
            on: self.on,
            reporter: context.actor.worker.clone(),
            failure: self.failure,
            untreated,
        })])
    }
}

impl ConfirmOutcome {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.answers_last_for(Programme::Tb, &context.actor)?;
        let treatment = &case.treatment;
        let awaited = || treatment.awaiting().next_back().map(|(id, _)| id);
        let episode =
            self.episode.or_else(awaited).or_else(|| treatment.judged().next_back().map(|(id, _)| id));
        let episode = episode.ok_or(OutcomeRefusal::NoEpisode)?;
        let verdict = treatment.verdict(episode).ok_or(OutcomeRefusal::NoEpisode)?;
        let reported = verdict.awaiting().ok_or(if verdict.ended() {
            OutcomeRefusal::EndedAlready
        } else {
            OutcomeRefusal::NothingReported
        })?;
        if reported.reporter == context.actor.worker {
            return Err(OutcomeRefusal::OwnReport.into());
        }
        reported.claim().holds(episode, case, context)?;
        Ok(vec![CaseEvent::OutcomeConfirmed(OutcomeConfirmed {
            episode,
            outcome: reported.outcome,
            on: reported.on,
            organisation: context.actor.organisation.clone(),
        })])
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
