//! The measures of the corridor: how many patients get from one organisation to another, how fast, and where they are lost.
//!
//! A step counts as reached when it or a later one is on record, so that no step exceeds the one before. An interval counts
//! only handoffs of which both days are on record.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Days, LEAST_SHOWN, Share};
use crate::{
    case::{
        handoff::{HandoffState, measure::Steps},
        outcome::Outcome,
    },
    directory::Directory,
    ids::{OrganisationId, PlaceId},
    place::Places,
};

/// One handoff, as far as a report needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Who offered.
    pub origin: OrganisationId,
    /// To whom.
    pub destination: OrganisationId,
    /// The country of a destination outside the network.
    pub outside: Option<PlaceId>,
    /// How far it has come.
    pub state: HandoffState,
    /// Whether doses and an outcome are to be expected after the arrival.
    pub counted_tb: bool,
    /// When.
    pub steps: Steps,
}

/// A stretch of the road, from one step to a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Stretch {
    OfferedToAcknowledged,
    OfferedToAccepted,
    AcceptedToDeparted,
    DepartedToArrived,
    OfferedToArrived,
    ArrivedToFirstDose,
    ArrivedToOutcome,
}

impl Stretch {
    /// Every stretch, in the order of the road.
    pub const ALL: [Self; 7] = [
        Self::OfferedToAcknowledged,
        Self::OfferedToAccepted,
        Self::AcceptedToDeparted,
        Self::DepartedToArrived,
        Self::OfferedToArrived,
        Self::ArrivedToFirstDose,
        Self::ArrivedToOutcome,
    ];

    fn ends(self, measured: &Measured) -> Option<(Date, Date)> {
        let Steps { offered, acknowledged, accepted, departed, arrived, first_dose, .. } = measured.steps;
        let arrived_of_tb = arrived.filter(|_| measured.counted_tb);
        match self {
            Self::OfferedToAcknowledged => Some(offered).zip(acknowledged),
            Self::OfferedToAccepted => Some(offered).zip(accepted),
            Self::AcceptedToDeparted => accepted.zip(departed),
            Self::DepartedToArrived => departed.zip(arrived),
            Self::OfferedToArrived => Some(offered).zip(arrived),
            Self::ArrivedToFirstDose => arrived_of_tb.zip(first_dose),
            Self::ArrivedToOutcome => arrived_of_tb.zip(measured.known_outcome().map(|(on, _)| on)),
        }
    }
}

impl Measured {
    /// The outcome, unless it says that none is known.
    fn known_outcome(&self) -> Option<(Date, Outcome)> {
        self.steps.outcome.filter(|(_, outcome)| *outcome != Outcome::NotEvaluated)
    }
}

/// What is known of a number of handoffs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many were offered, without those that should never have been recorded.
    pub offered: u64,
    /// How many should never have been recorded; they are in no other number.
    pub entered_in_error: u64,
    /// How many were seen by the destination, or came further.
    pub acknowledged: u64,
    /// How many were taken, or came further.
    pub accepted: u64,
    /// How many patients left, or came further.
    pub departed: u64,
    /// How many patients arrived.
    pub arrived: u64,
    /// How many of the arrived have tuberculosis that is in the counts: of these care is measured.
    pub arrived_with_tb: u64,
    /// How many of these had a dose after the arrival.
    pub first_dose: u64,
    /// How many of these have a confirmed outcome, by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// How many are between offer and arrival.
    pub live: u64,
    /// How many ended before the arrival, by the state in which they did.
    pub lost: BTreeMap<HandoffState, u64>,
    /// Of each stretch, how long it took.
    pub intervals: BTreeMap<Stretch, Days>,
}

impl Figures {
    /// Takes in one handoff.
    pub fn count(&mut self, measured: &Measured) {
        if measured.state == HandoffState::EnteredInError {
            self.entered_in_error += 1;
            return;
        }
        let Steps { acknowledged, accepted, departed, arrived, first_dose, outcome, .. } = &measured.steps;
        let (arrived, departed) = (arrived.is_some(), departed.is_some() || arrived.is_some());
        let accepted = accepted.is_some() || departed;
        self.offered += 1;
        self.acknowledged += u64::from(acknowledged.is_some() || accepted);
        self.accepted += u64::from(accepted);
        self.departed += u64::from(departed);
        self.arrived += u64::from(arrived);
        if arrived && measured.counted_tb {
            self.arrived_with_tb += 1;
            self.first_dose += u64::from(first_dose.is_some());
            if let Some((_, outcome)) = outcome {
                *self.outcomes.entry(*outcome).or_default() += 1;
            }
        }
        if !arrived && measured.state.live() {
            self.live += 1;
        } else if !arrived {
            *self.lost.entry(measured.state).or_default() += 1;
        }
        for stretch in Stretch::ALL {
            if let Some((from, until)) = stretch.ends(measured) {
                let days = from.until(until).map_or(0, |span| span.get_days());
                self.intervals.entry(stretch).or_default().observe(days);
            }
        }
    }

    /// Takes in what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.entered_in_error += other.entered_in_error;
        self.acknowledged += other.acknowledged;
        self.accepted += other.accepted;
        self.departed += other.departed;
        self.arrived += other.arrived;
        self.arrived_with_tb += other.arrived_with_tb;
        self.first_dose += other.first_dose;
        self.live += other.live;
        for (outcome, times) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += times;
        }
        for (state, times) in &other.lost {
            *self.lost.entry(*state).or_default() += times;
        }
        for (stretch, days) in &other.intervals {
            self.intervals.entry(*stretch).or_default().merge(days);
        }
    }

    /// Of how many an outcome is known; that it was not evaluated is none.
    pub fn outcome_known(&self) -> Share {
        let known = self.outcomes.iter().filter(|(outcome, _)| **outcome != Outcome::NotEvaluated);
        Share { numerator: known.map(|(_, times)| times).sum(), denominator: self.arrived_with_tb }
    }

    /// Of how many nobody has confirmed an outcome so far, not even that none could be evaluated.
    pub fn without_outcome(&self) -> u64 {
        self.arrived_with_tb.saturating_sub(self.outcomes.values().sum())
    }
}

/// By what a report sets figures side by side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "report-groupings"))]
pub enum By {
    /// By nothing: the whole alone.
    #[default]
    Total,
    /// By the countries of both sides.
    Countries,
    /// By the regions of both sides; a city that is its own region counts as one.
    Regions,
    /// By the organisation that offered.
    Origin,
    /// By the organisation that was asked.
    Destination,
    /// By the month of the offer.
    Month,
    /// By the quarter of the offer.
    Quarter,
}

/// What a group has in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// From and to a place; absent where the organisation is not in the directory.
    Places(Option<PlaceId>, Option<PlaceId>),
    /// One organisation; absent when it is not in the directory.
    Organisation(Option<OrganisationId>),
    /// The first day of the month or quarter.
    Period(Date),
    /// What the groups have in common that are too small to be shown: nothing.
    Others,
}

/// Where organisations are, as the directory says now.
#[derive(Debug, Clone, Copy)]
pub struct Whereabouts<'a> {
    /// The organisations.
    pub directory: &'a Directory,
    /// The places.
    pub places: &'a Places,
}

impl Whereabouts<'_> {
    fn around(&self, organisation: &OrganisationId) -> Vec<PlaceId> {
        let Some(found) = self.directory.organisations.get(organisation) else { return Vec::new() };
        self.places.with_parents(&found.place).cloned().collect()
    }

    /// Where the offer came from: the place of the organisation, and everything that lies around it.
    pub fn origin(&self, measured: &Measured) -> Vec<PlaceId> {
        self.around(&measured.origin)
    }

    /// Where the offer went: of a destination outside the network no more than the country is known.
    pub fn destination(&self, measured: &Measured) -> Vec<PlaceId> {
        measured.outside.clone().map_or_else(|| self.around(&measured.destination), |country| vec![country])
    }

    fn known(&self, organisation: &OrganisationId) -> Option<OrganisationId> {
        self.directory.organisations.contains_key(organisation).then(|| organisation.clone())
    }

    fn key(&self, by: By, measured: &Measured) -> Option<Key> {
        let Measured { origin, destination, .. } = measured;
        let (from, to) = (self.origin(measured), self.destination(measured));
        let day = measured.steps.offered;
        Some(match by {
            By::Total => return None,
            By::Countries => Key::Places(from.last().cloned(), to.last().cloned()),
            By::Regions => Key::Places(region(&from), region(&to)),
            By::Origin => Key::Organisation(self.known(origin)),
            By::Destination => Key::Organisation(self.known(destination)),
            By::Month => Key::Period(day.first_of_month()),
            By::Quarter => Key::Period(first_of_quarter(day)),
        })
    }
}

/// What lies directly in the country, or the country if nothing closer is known.
fn region(around: &[PlaceId]) -> Option<PlaceId> {
    around.get(around.len().saturating_sub(2)).cloned()
}

fn first_of_quarter(day: Date) -> Date {
    let month = (day.month() - 1) / 3 * 3 + 1;
    Date::new(day.year(), month, 1).unwrap_or(day)
}

/// The whole, and the groups beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// All of it.
    pub total: Figures,
    /// By what was asked for, in order.
    pub groups: BTreeMap<Key, Figures>,
}

impl Report {
    /// Takes in one handoff.
    pub fn count(&mut self, by: By, measured: &Measured, whereabouts: Whereabouts<'_>) {
        self.total.count(measured);
        if let Some(key) = whereabouts.key(by, measured) {
            self.groups.entry(key).or_default().count(measured);
        }
    }

    /// For a reader who may not see the people: groups of fewer than [`LEAST_SHOWN`] become one, and if that is still too
    /// small the smallest of the rest goes with them, or it could be had by subtraction. Of too few nothing is left.
    #[must_use]
    pub fn coarse(self) -> Option<Self> {
        if self.total.offered < LEAST_SHOWN {
            return None;
        }
        let (small, mut groups): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.groups.into_iter().partition(|(_, figures)| figures.offered < LEAST_SHOWN);
        let mut others = Figures::default();
        for figures in small.values() {
            others.merge(figures);
        }
        if !small.is_empty() {
            while others.offered < LEAST_SHOWN
                && let Some(key) = smallest(&groups)
                && let Some(figures) = groups.remove(&key)
            {
                others.merge(&figures);
            }
            groups.insert(Key::Others, others);
        }
        Some(Self { total: self.total, groups })
    }
}

fn smallest(groups: &BTreeMap<Key, Figures>) -> Option<Key> {
    groups.iter().min_by_key(|(_, figures)| figures.offered).map(|(key, _)| key.clone())
}

#[cfg(test)]
mod tests;
