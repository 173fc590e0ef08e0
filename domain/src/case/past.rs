//! A case as it was: what was known by a moment, and what was so at one, as it is known now.
//!
//! The two clocks are asked apart. What was *known* is the stream up to a place, and the caller takes no more of it than that.
//! What was *so* leaves out what happened later, by the workers' own word; what merely says that something earlier never was, or was
//! otherwise, is believed whenever it was said.

use std::collections::BTreeMap;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::{Offset, TimeZone},
};

use super::{Case, CaseEvent, handoff::measure::Measures, laboratory::ResultEnteredInError};
use crate::{
    decider::{Decider as _, Fact},
    ids::SpecimenId,
};

/// A case of the past, folded fact by fact.
#[derive(Debug, Clone, Default)]
pub struct PastCase {
    /// The state.
    pub case: Case,
    /// When each step of its handoffs happened.
    pub measures: Measures,
    true_at: Option<Timestamp>,
    /// Of each specimen, which of its results count: a result is named by its number among all of them.
    results: BTreeMap<SpecimenId, Vec<bool>>,
}

impl PastCase {
    /// Nothing yet; with `true_at`, what happened after that moment will be left out.
    pub fn new(true_at: Option<Timestamp>) -> Self {
        Self { true_at, ..Self::default() }
    }

    /// Takes a fact in, and answers whether it counts. In a case as it was *so*, what happened also began when it happened, and not
    /// when somebody wrote it down.
    pub fn take_in(&mut self, fact: &Fact<CaseEvent>) -> bool {
        let Some(at) = self.true_at else {
            self.fold(fact);
            return true;
        };
        let Some(event) = self.renumbered(&fact.event) else { return false };
        let happened = fact.happened();
        let counts = happened <= at || self.case.corrected_by(&event);
        if let CaseEvent::ResultRecorded(event) = &event {
            self.results.entry(event.specimen).or_default().push(counts);
        }
        if counts {
            self.fold(&Fact { event, recorded_at: happened, ..fact.clone() });
        }
        counts
    }

    fn fold(&mut self, fact: &Fact<CaseEvent>) {
        self.case = std::mem::take(&mut self.case).evolve(fact);
        self.measures.take_in(fact);
    }

    /// An event with the number that a result has among those that count; none, if the result does not.
    fn renumbered(&self, event: &CaseEvent) -> Option<CaseEvent> {
        let CaseEvent::ResultEnteredInError(error) = event else { return Some(event.clone()) };
        let results = self.results.get(&error.specimen)?;
        let at = usize::from(error.number).checked_sub(1)?;
        let counts = *results.get(at)?;
        let number = results[..at].iter().filter(|counts| **counts).count() + 1;
        let number = u16::try_from(number).ok()?;
        counts.then(|| CaseEvent::ResultEnteredInError(ResultEnteredInError { number, ..error.clone() }))
    }
}

impl Fact<CaseEvent> {
    /// When it happened: the moment the worker names, or the day that the event itself states where that is earlier. A day without
    /// an hour is its midnight.
    pub fn happened(&self) -> Timestamp {
        let offset = Offset::from_seconds(self.occurred_at.offset_seconds).unwrap_or(Offset::UTC);
        let stated = self
            .event
            .stated_on()
            .and_then(|day| day.to_datetime(Time::midnight()).to_zoned(TimeZone::fixed(offset)).ok());
        stated.map_or(self.occurred_at.instant, |day| day.timestamp().min(self.occurred_at.instant))
    }
}

impl CaseEvent {
    /// The day on which it happened, where the event states one; of a period its last.
    fn stated_on(&self) -> Option<Date> {
        match self {
            Self::MovementRecorded(event) => Some(event.on),
            Self::ScreeningRecorded(event) => Some(event.on),
            Self::SpecimenCollected(event) => Some(event.collected_on),
            Self::ResultRecorded(event) => Some(event.resulted_on),
            Self::TreatmentStarted(event) => Some(event.started_on),
            Self::DosesRecorded(event) => Some(event.until),
            Self::TreatmentInterrupted(event) => Some(event.since),
            Self::TreatmentResumed(event) => Some(event.on),
            Self::MedicineSupplied(event) => Some(event.on),
            Self::PhaseRecorded(event) => Some(event.on),
            Self::PreventionStarted(event) => Some(event.started_on),
            Self::OutcomeReported(event) => Some(event.on),
            Self::OutcomeConfirmed(event) => Some(event.on),
            Self::OutcomeCorrected(event) => Some(event.on),
            Self::PatientDeparted(event) => Some(event.on),
            Self::PatientArrived(event) => Some(event.on),
            Self::ReferralAttendanceRecorded(event) => Some(event.on),
            Self::SupportGiven(event) => Some(event.on),
            Self::DeathRecorded(event) => Some(event.on),
            _ => None,
        }
    }
}

impl Case {
    /// Whether an event says of something on record that it never was, or was otherwise.
    fn corrected_by(&self, event: &CaseEvent) -> bool {
        self.corrects(event).is_some()
    }
}

#[cfg(test)]
mod tests;
