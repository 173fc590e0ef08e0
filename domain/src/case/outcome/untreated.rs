//! The outcome of a patient who was diagnosed and never began: lost, died or not evaluated (WHO 2021).

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Claim, Outcome, OutcomeRefusal, Verdict};
use crate::{
    case::{
        Case,
        diagnosis::{DiagnosisMade, TreatmentHistory},
        handoff::HandoffState,
        programme::Programme,
        treatment::{Episode, Treatment},
    },
    ids::EpisodeId,
};

/// Registrations that no treatment followed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untreated {
    /// What has been said of them; each under the id that its report made.
    pub all: BTreeMap<EpisodeId, Verdict>,
    /// The one that is spoken of since the last diagnosis.
    pub current: Option<EpisodeId>,
    /// The day of the diagnosis that waits for its treatment.
    pub diagnosed_on: Option<Date>,
}

/// A patient who never began is lost by definition; not evaluated is one who moved to a facility outside the network
/// and of whom nothing is known (WHO 2021; WHO TB DAK, D24.DE.7).
pub(super) fn holds(claim: Claim, case: &Case) -> Result<(), OutcomeRefusal> {
    if let Some(diagnosed) = case.treatment.untreated.diagnosed_on.filter(|day| claim.on < *day) {
        return Err(OutcomeRefusal::BeforeDiagnosis { diagnosed });
    }
    let heard_of = case.treatment.episodes.values().map(Episode::last_heard_of_on).max();
    match (claim.outcome, case.moved_outside_on(heard_of.unwrap_or(Date::MIN))) {
        (Outcome::LostToFollowUp, Some(on)) => Err(OutcomeRefusal::MovedOutside { on }),
        (Outcome::NotEvaluated, None) => Err(OutcomeRefusal::NeverBegan),
        (Outcome::Died | Outcome::LostToFollowUp | Outcome::NotEvaluated, _) => Ok(()),
        (Outcome::Cured | Outcome::Completed | Outcome::Failed, _) => Err(OutcomeRefusal::NotStarted),
    }
}

impl Case {
    /// Whether the patient is diagnosed, in the counts, and has not begun the treatment of this diagnosis.
    pub fn awaits_treatment(&self) -> bool {
        let treatment = &self.treatment;
        self.diagnosis.counted()
            && treatment.untreated.diagnosed_on.is_some()
            && treatment.open_episode().is_none()
    }

    /// The day, not before that one, on which the patient came to a facility outside the network: no doses are heard of from
    /// there, so two months without one on record say nothing. A move from before the last dose on record is over.
    pub(super) fn moved_outside_on(&self, since: Date) -> Option<Date> {
        let there = [HandoffState::Arrived, HandoffState::Completed];
        let moves = self.handoffs.all.values().filter(|handoff| {
            let tb = handoff.taken().contains(&Programme::Tb);
            tb && handoff.external.is_some() && there.contains(&handoff.state)
        });
        moves.filter_map(|handoff| handoff.arrived_on).filter(|on| since <= *on).min()
    }
}

impl Treatment {
    /// A first diagnosis, or a new one after an earlier episode, waits for its treatment.
    pub(in crate::case) fn diagnosed(&mut self, event: &DiagnosisMade, on: Date) {
        let again = matches!(event.history, TreatmentHistory::Recurrent | TreatmentHistory::ReRegistered);
        let over = |id: EpisodeId| self.verdict(id).is_some_and(Verdict::ended);
        let first = self.episodes.is_empty() && self.untreated.current.is_none();
        let last = self.untreated.current.or(self.latest);
        if first || again && event.revision.is_none() && last.is_some_and(over) {
            let known = self.untreated.diagnosed_on.filter(|_| self.untreated.current.is_none());
            self.untreated.diagnosed_on = known.or(Some(on));
            self.untreated.current = None;
        }
    }

    /// Treatment began after all: what nobody had confirmed is void.
    pub(in crate::case) fn begun(&mut self) {
        self.untreated.all.retain(|_, verdict| verdict.ended());
        self.untreated.current = None;
        self.untreated.diagnosed_on = None;
    }
}
