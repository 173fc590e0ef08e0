//! What a correction reaches: the events that were decided while a wrong value was on record, and how each depends on it.
//!
//! Beside the case as it was, another is folded that had been put right at once. What its rules would have refused does not
//! happen in it, so that what follows from that is found as well.

use super::{
    Case, CaseEvent,
    diagnosis::RevisionReason,
    laboratory::{AsOf, Susceptibility},
    reading::Part,
};
use crate::{
    decider::{Decider as _, Fact},
    ids::{ContactId, EpisodeId, HandoffId, SpecimenId},
};

/// What a correction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corrected {
    /// A result.
    Result {
        /// Of which specimen.
        specimen: SpecimenId,
        /// Its number there, from 1.
        number: u16,
    },
    /// The diagnosis.
    Diagnosis,
    /// The outcome of an episode.
    Outcome(EpisodeId),
    /// A handoff.
    Handoff(HandoffId),
    /// A contact.
    Contact(ContactId),
}

/// How a decision depends on a value that was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// Had it been right, the rules would have refused this.
    WouldBeRefused,
    /// What the rules look at for this would have been otherwise.
    RestsOn,
    /// It was decided meanwhile, and nothing on record ties it to the value.
    WhileCurrent,
}

/// An event that was decided while a wrong value was on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Its revision.
    pub revision: u64,
    /// How it depends.
    pub bearing: Bearing,
}

/// A correction with what it reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// What was wrong.
    pub corrected: Corrected,
    /// The revision since which it was on record.
    pub since: u64,
    /// The revision that put it right.
    pub until: u64,
    /// What was recorded in between, oldest first.
    pub decided: Vec<Decided>,
}

/// Every correction in the history of a case, oldest first. One of an outcome counts once the second person has confirmed it.
pub fn corrections(history: &[Fact<CaseEvent>]) -> Vec<Correction> {
    let (mut case, mut found) = (Case::default(), Vec::new());
    for (until, fact) in history.iter().enumerate() {
        let waits = matches!(fact.event, CaseEvent::OutcomeCorrected(_));
        if let Some(corrected) = case.corrects(&fact.event).filter(|_| !waits)
            && let Some(since) = since(corrected, &fact.event, &history[..until])
        {
            let decided = decided(corrected, history, (since, until));
            found.push(Correction { corrected, since: revision(since), until: revision(until), decided });
        }
        case = case.evolve(fact);
    }
    found
}

impl Case {
    /// What on record an event says of that it never was, or was otherwise.
    pub(super) fn corrects(&self, event: &CaseEvent) -> Option<Corrected> {
        let (corrected, on_record) = match event {
            CaseEvent::ResultEnteredInError(event) => {
                let results =
                    self.laboratory.specimens.get(&event.specimen).map(|specimen| &specimen.results);
                let on_record = results.is_some_and(|results| results.len() >= usize::from(event.number));
                (Corrected::Result { specimen: event.specimen, number: event.number }, on_record)
            }
            CaseEvent::HandoffEnteredInError(event) => {
                (Corrected::Handoff(event.handoff), self.handoffs.all.contains_key(&event.handoff))
            }
            CaseEvent::OutcomeCorrected(event) => {
                let verdict = self.treatment.verdict(event.episode);
                let in_force = verdict.is_some_and(|verdict| verdict.in_force().is_some());
                (Corrected::Outcome(event.episode), in_force)
            }
            // The second hand under a correction, not under what was reported later.
            CaseEvent::OutcomeConfirmed(event) => {
                let verdict = self.treatment.verdict(event.episode);
                let waits = verdict.is_some_and(|verdict| verdict.correction.is_some());
                (Corrected::Outcome(event.episode), waits)
            }
            CaseEvent::DeNotified(_) => (Corrected::Diagnosis, self.diagnosis.current.is_some()),
            CaseEvent::DiagnosisMade(made) => {
                let wrong = made.revision == Some(RevisionReason::RecordedWrongly);
                (Corrected::Diagnosis, wrong && self.diagnosis.current.is_some())
            }
            CaseEvent::ContactRemoved(event) => {
                (Corrected::Contact(event.contact), self.contacts.all.contains_key(&event.contact))
            }
            _ => return None,
        };
        on_record.then_some(corrected)
    }
}

/// The revision of an event at this place of its history.
fn revision(at: usize) -> u64 {
    (at as u64).saturating_add(1)
}

/// Where the wrong value came on record. A case that leaves the counts was never to be in them, so that every revision of its
/// diagnosis was wrong.
fn since(corrected: Corrected, by: &CaseEvent, before: &[Fact<CaseEvent>]) -> Option<usize> {
    let mut places = before.iter().enumerate().map(|(at, fact)| (at, &fact.event));
    match corrected {
        Corrected::Result { specimen, number } => {
            let mut of = places.filter(
                |(_, event)| matches!(event, CaseEvent::ResultRecorded(event) if event.specimen == specimen),
            );
            of.nth(usize::from(number).checked_sub(1)?)
        }
        Corrected::Diagnosis => {
            let whole = matches!(by, CaseEvent::DeNotified(_));
            places.rfind(|(_, event)| {
                matches!(event, CaseEvent::DiagnosisMade(made) if !whole || made.revision.is_none())
            })
        }
        Corrected::Outcome(id) => places
            .rfind(|(_, event)| matches!(event, CaseEvent::OutcomeConfirmed(event) if event.episode == id)),
        Corrected::Handoff(id) => {
            places.find(|(_, event)| matches!(event, CaseEvent::HandoffOffered(event) if event.handoff == id))
        }
        Corrected::Contact(id) => {
            places.find(|(_, event)| matches!(event, CaseEvent::ContactListed(event) if event.contact == id))
        }
    }
    .map(|(at, _)| at)
}

/// What was recorded between the wrong value and its correction.
fn decided(
    corrected: Corrected,
    history: &[Fact<CaseEvent>],
    (since, until): (usize, usize),
) -> Vec<Decided> {
    let first_hand = match corrected {
        Corrected::Outcome(id) => history[..until].iter().rposition(
            |fact| matches!(&fact.event, CaseEvent::OutcomeCorrected(event) if event.episode == id),
        ),
        _ => None,
    };
    let mut then = Case::replay(&history[..=since]);
    let at_once = |at: usize| Fact { recorded_at: history[since].recorded_at, ..history[at].clone() };
    let mut righted = first_hand
        .into_iter()
        .chain([until])
        .map(at_once)
        .fold(then.clone(), |case, fact| case.evolve(&fact));
    let mut decided = Vec::new();
    for (at, fact) in history.iter().enumerate().take(until).skip(since + 1) {
        if Some(at) != first_hand {
            let bearing = Bearing::of(&fact.event, corrected, (&then, &righted));
            if bearing != Bearing::WouldBeRefused {
                righted = righted.evolve(fact);
            }
            decided.push(Decided { revision: revision(at), bearing });
        }
        then = then.evolve(fact);
    }
    decided
}

impl Bearing {
    /// How an event depends on what was wrong, from the case as it was when it was decided and as it would have been.
    fn of(event: &CaseEvent, corrected: Corrected, (then, righted): (&Case, &Case)) -> Self {
        let allowed = |case: &Case| match event {
            CaseEvent::DiagnosisMade(made) => case.diagnosis.denotified.is_none() && made.borne_out(case),
            CaseEvent::TreatmentStarted(_) => case.diagnosis.counted(),
            _ => {
                let known = |id| case.treatment.verdict(id).is_some();
                episode(event).is_none_or(known) && case.bears_outcome_out(event, then)
            }
        };
        if names(event, corrected) || allowed(then) && !allowed(righted) {
            return Self::WouldBeRefused;
        }
        let otherwise = match event {
            CaseEvent::DiagnosisMade(made) => made.evidence_in(then) != made.evidence_in(righted),
            CaseEvent::TreatmentStarted(_) | CaseEvent::RegimenChanged(_) => {
                drugs(then) != drugs(righted) || !same_diagnosis(then, righted)
            }
            _ => false,
        };
        if otherwise { Self::RestsOn } else { Self::WhileCurrent }
    }
}

/// Whether an event is a step of the very handoff, or a look at the very contact, that should not have been there.
fn names(event: &CaseEvent, corrected: Corrected) -> bool {
    match (corrected, event) {
        (Corrected::Handoff(id), event) => Part::of(event) == Part::Handoff(id),
        (Corrected::Contact(id), CaseEvent::ContactResultRecorded(event)) => event.contact == id,
        (Corrected::Contact(id), CaseEvent::ContactLinked(event)) => event.contact == id,
        _ => false,
    }
}

/// What is known of each drug.
fn drugs(case: &Case) -> Vec<Option<Susceptibility>> {
    let resistance = case.laboratory.evidence(AsOf::default()).resistance();
    resistance.drugs.into_iter().map(|reading| reading.result).collect()
}

fn same_diagnosis(one: &Case, other: &Case) -> bool {
    match (&one.diagnosis.current, &other.diagnosis.current) {
        (Some(one), Some(other)) => one.says_the_same_as(other),
        (one, other) => one.is_none() == other.is_none(),
    }
}

/// The episode that an event needs.
fn episode(event: &CaseEvent) -> Option<EpisodeId> {
    match event {
        CaseEvent::RegimenChanged(event) => Some(event.episode),
        CaseEvent::DosesRecorded(event) => Some(event.episode),
        CaseEvent::WeightRecorded(event) => Some(event.episode),
        CaseEvent::TreatmentExtended(event) => Some(event.episode),
        CaseEvent::ChestXrayRecorded(event) => Some(event.episode),
        CaseEvent::PhaseRecorded(event) => Some(event.episode),
        CaseEvent::MedicineSupplied(event) => Some(event.episode),
        CaseEvent::TreatmentInterrupted(event) => Some(event.episode),
        CaseEvent::TreatmentResumed(event) => Some(event.episode),
        CaseEvent::AdverseEventRecorded(event) => Some(event.episode),
        CaseEvent::OutcomeReported(event) if !event.untreated => Some(event.episode),
        CaseEvent::OutcomeConfirmed(event) => Some(event.episode),
        CaseEvent::OutcomeCorrected(event) => Some(event.episode),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
