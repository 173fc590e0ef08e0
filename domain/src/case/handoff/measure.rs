//! When each step of a handoff happened, for the reports: the days that workers state, not those of recording.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Handoff, event::ExternalStep};
use crate::{
    case::{
        Case, CaseEvent,
        outcome::Outcome,
        programme::Programme,
        treatment::{DosesRecorded, days_between},
    },
    decider::Fact,
    ids::{EpisodeId, HandoffId},
};

/// The steps of one handoff, each on its day; a step that nobody recorded has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// The offer was made.
    pub offered: Date,
    /// The destination saw it.
    pub acknowledged: Option<Date>,
    /// The destination took it; an arrival at an unanswered offer takes it on the day of arrival.
    pub accepted: Option<Date>,
    /// The patient left.
    pub departed: Option<Date>,
    /// The destination has seen the patient.
    pub arrived: Option<Date>,
    /// The day by which a dose after the arrival, or on its day, had been taken for certain.
    pub first_dose: Option<Date>,
    /// The first outcome on or after the arrival that was confirmed, and its day.
    pub outcome: Option<(Date, Outcome)>,
}

/// The steps of every handoff of a case, folded beside the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    steps: BTreeMap<HandoffId, Steps>,
    /// Since the first offer: an arrival may be recorded after the doses that follow it.
    doses: Vec<DoseDays>,
    /// Of each episode the outcome in force.
    outcomes: Vec<(EpisodeId, Date, Outcome)>,
}

/// Days on which doses were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DoseDays {
    from: Date,
    /// The last day that is known to have had a dose.
    last: Date,
    /// How many of the days had none; nobody knows which.
    without: i32,
}

impl Measures {
    /// Takes in a fact; it is total over facts in any order.
    pub fn take_in(&mut self, fact: &Fact<CaseEvent>) {
        let day = fact.occurred_at.date();
        match &fact.event {
            CaseEvent::HandoffOffered(event) => {
                self.steps.insert(event.handoff, Steps::offered_on(day));
            }
            CaseEvent::HandoffAcknowledged(event) => {
                self.step(event.handoff, |steps| steps.acknowledged = Some(day));
            }
            CaseEvent::HandoffAccepted(event) if !event.implicit => {
                self.step(event.handoff, |steps| steps.accepted = Some(day));
            }
            CaseEvent::PatientDeparted(event) => {
                self.step(event.handoff, |steps| steps.departed = Some(event.on));
            }
            CaseEvent::PatientArrived(event) => self.arrived(event.handoff, event.on),
            CaseEvent::ExternalConfirmed(event) => match event.step {
                ExternalStep::Accepted => self.step(event.handoff, |steps| steps.accepted = Some(event.on)),
                ExternalStep::Arrived => self.arrived(event.handoff, event.on),
                ExternalStep::Declined | ExternalStep::Completed => (),
            },
            CaseEvent::TreatmentStarted(event) => self.dosed(DoseDays::only(event.started_on)),
            CaseEvent::DosesRecorded(event) => {
                if let Some(days) = DoseDays::of(event) {
                    self.dosed(days);
                }
            }
            CaseEvent::OutcomeConfirmed(event) => {
                self.outcomes.retain(|(episode, ..)| *episode != event.episode);
                self.outcomes.push((event.episode, event.on, event.outcome));
                let outcomes = &self.outcomes;
                self.steps.values_mut().for_each(|steps| steps.ended(outcomes));
            }
            _ => (),
        }
    }

    /// The steps of a handoff that was offered.
    pub fn of(&self, handoff: HandoffId) -> Option<&Steps> {
        self.steps.get(&handoff)
    }

    fn step(&mut self, handoff: HandoffId, change: impl FnOnce(&mut Steps)) {
        if let Some(steps) = self.steps.get_mut(&handoff) {
            change(steps);
        }
    }

    fn arrived(&mut self, handoff: HandoffId, on: Date) {
        let Some(steps) = self.steps.get_mut(&handoff) else { return };
        steps.arrived = Some(on);
        steps.accepted.get_or_insert(on);
        self.doses.iter().for_each(|days| steps.dosed(*days));
        steps.ended(&self.outcomes);
    }

    fn dosed(&mut self, days: DoseDays) {
        if self.steps.is_empty() {
            return;
        }
        self.steps.values_mut().for_each(|steps| steps.dosed(days));
        match self.doses.last_mut() {
            Some(before) if before.leads_to(days) => before.last = days.last,
            _ => self.doses.push(days),
        }
    }
}

impl Steps {
    fn offered_on(offered: Date) -> Self {
        Self {
            offered,
            acknowledged: None,
            accepted: None,
            departed: None,
            arrived: None,
            first_dose: None,
            outcome: None,
        }
    }

    fn dosed(&mut self, days: DoseDays) {
        let by = self.arrived.and_then(|arrived| days.dose_by(arrived));
        self.first_dose = [self.first_dose, by].into_iter().flatten().min();
    }

    /// The first outcome since the arrival; of two on one day the one that was confirmed last.
    fn ended(&mut self, outcomes: &[(EpisodeId, Date, Outcome)]) {
        let since = |on: &Date| self.arrived.is_some_and(|arrived| arrived <= *on);
        let found = outcomes.iter().rev().filter(|(_, on, _)| since(on));
        self.outcome = found.min_by_key(|(_, on, _)| *on).map(|(_, on, outcome)| (*on, *outcome));
    }
}

impl DoseDays {
    fn only(day: Date) -> Self {
        Self { from: day, last: day, without: 0 }
    }

    fn of(event: &DosesRecorded) -> Option<Self> {
        let last = event.last_taken_on?;
        let without = (days_between(event.from, event.until) + 1 - i32::from(event.taken)).max(0);
        Some(Self { from: event.from, last: if without == 0 { event.until } else { last }, without })
    }

    /// Without a hole inside either or between them.
    fn leads_to(self, next: Self) -> bool {
        let meets = self.last.tomorrow().is_ok_and(|day| day == next.from);
        meets && self.without == 0 && next.without == 0
    }

    /// The day by which one of the doses since `since` had been taken, even if the days without came first.
    fn dose_by(self, since: Date) -> Option<Date> {
        let latest = self.from.max(since).saturating_add(Span::new().days(self.without));
        (since <= self.last).then(|| latest.min(self.last))
    }
}

impl Handoff {
    /// Whether doses and an outcome are to be expected after the arrival: it is about a tuberculosis that is in the counts.
    pub fn of_counted_tb(&self, case: &Case) -> bool {
        let tb = self.taken().contains(&Programme::Tb);
        tb && !case.diagnosis.excluded() && case.diagnosis.denotified.is_none()
    }
}

#[cfg(test)]
mod tests;
