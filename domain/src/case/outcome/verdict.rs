//! What has been said of an episode's end: one outcome in force, one that waits, and those that were corrected.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Claim, CorrectionReason, Failure, Outcome, OutcomeConfirmed, OutcomeCorrected, OutcomeReported};
use crate::{
    case::treatment::Treatment,
    ids::{EpisodeId, WorkerId},
};

/// An outcome as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The outcome.
    pub outcome: Outcome,
    /// The day on which it was reached.
    pub on: Date,
    /// What a failure rests on.
    pub failure: Option<Failure>,
    /// Who reported it.
    pub reporter: WorkerId,
    /// Whether another has confirmed it.
    pub confirmed: bool,
    /// Why it takes the place of another, if it does.
    pub corrects: Option<CorrectionReason>,
}

/// What has been said of the end of an episode. An outcome that was confirmed stays in force until its correction is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome reported or in force.
    pub said: Option<Assessment>,
    /// The correction that waits for a second person.
    pub correction: Option<Assessment>,
    /// The outcomes that were in force before, oldest first.
    pub earlier: Vec<Assessment>,
    /// The day on which Regimen II began, where the register counts that apart and not as an outcome.
    pub left_cohort_on: Option<Date>,
}

impl Assessment {
    pub(super) fn claim(&self) -> Claim {
        Claim { outcome: self.outcome, on: self.on, failure: self.failure }
    }
}

impl Verdict {
    /// The outcome that counts: confirmed, and not yet corrected.
    pub fn in_force(&self) -> Option<&Assessment> {
        self.said.as_ref().filter(|said| said.confirmed)
    }

    /// Whether nothing more is to come: an outcome was confirmed, or Regimen II began. A correction that waits leaves it ended.
    pub fn ended(&self) -> bool {
        self.in_force().is_some() || self.left_cohort_on.is_some()
    }

    /// What a second person has still to confirm.
    pub fn awaiting(&self) -> Option<&Assessment> {
        self.correction.as_ref().or_else(|| self.said.as_ref().filter(|said| !said.confirmed))
    }

    fn confirm(&mut self) {
        if let Some(mut correction) = self.correction.take() {
            correction.confirmed = true;
            self.earlier.extend(self.said.replace(correction));
        } else if let Some(said) = &mut self.said {
            said.confirmed = true;
        }
    }
}

impl Treatment {
    /// What has been said of the end of an episode, or of a patient who never began.
    pub fn verdict(&self, episode: EpisodeId) -> Option<&Verdict> {
        let treated = self.episodes.get(&episode).map(|episode| &episode.verdict);
        treated.or_else(|| self.untreated.all.get(&episode))
    }

    fn verdict_mut(&mut self, episode: EpisodeId) -> Option<&mut Verdict> {
        let treated = self.episodes.get_mut(&episode).map(|episode| &mut episode.verdict);
        treated.or_else(|| self.untreated.all.get_mut(&episode))
    }

    /// Every episode with what has been said of its end, those that began in the order of their first day.
    pub fn judged(&self) -> impl DoubleEndedIterator<Item = (EpisodeId, &Verdict)> {
        let mut treated: Vec<_> = self.episodes.iter().collect();
        treated.sort_by_key(|(id, episode)| (episode.started_on, **id));
        let treated = treated.into_iter().map(|(id, episode)| (*id, &episode.verdict));
        let untreated = self.untreated.all.iter().map(|(id, verdict)| (*id, verdict));
        untreated.chain(treated)
    }

    /// The episodes of whose end a second person has still to say something, in the same order.
    pub fn awaiting(&self) -> impl DoubleEndedIterator<Item = (EpisodeId, &Assessment)> {
        self.judged().filter_map(|(id, verdict)| Some((id, verdict.awaiting()?)))
    }

    /// The episode that a report is about when it names none: the one that runs, then a patient who never began, then
    /// an earlier episode that still has no outcome in force.
    pub(in crate::case) fn reportable(&self) -> Option<EpisodeId> {
        let running = self.open_episode().map(|(id, _)| id);
        running.or(self.untreated.current).or_else(|| self.unended())
    }

    /// The latest episode without an outcome in force.
    pub fn unended(&self) -> Option<EpisodeId> {
        self.judged().filter(|(_, verdict)| !verdict.ended()).map(|(id, _)| id).next_back()
    }

    pub(in crate::case) fn outcome_reported(&mut self, event: &OutcomeReported) {
        if event.untreated {
            self.untreated.current = Some(event.episode);
            self.untreated.all.entry(event.episode).or_default();
        }
        if let Some(verdict) = self.verdict_mut(event.episode) {
            verdict.said = Some(Assessment {
                outcome: event.outcome,
                on: event.on,
                failure: event.failure,
                reporter: event.reporter.clone(),
                confirmed: false,
                corrects: None,
            });
        }
    }

    pub(in crate::case) fn outcome_confirmed(&mut self, event: &OutcomeConfirmed) {
        if let Some(verdict) = self.verdict_mut(event.episode) {
            verdict.confirm();
        }
    }

    pub(in crate::case) fn outcome_corrected(&mut self, event: &OutcomeCorrected) {
        if let Some(verdict) = self.verdict_mut(event.episode) {
            verdict.correction = Some(Assessment {
                outcome: event.outcome,
                on: event.on,
                failure: event.failure,
                reporter: event.reporter.clone(),
                confirmed: false,
                corrects: Some(event.reason),
            });
        }
    }
}
