//! The two clocks of the laboratory: what was true on a day by what is known now, and what was known at a moment.
//!
//! The day of collection dates what was true, the moment of recording what was known. A result that comes late changes the
//! first and leaves the second as it was; one that was entered in error is out of what is true and stays in what was known.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Drug, Finding, Laboratory, RecordedResult, SpecimenKind, Susceptibility};
use crate::ids::SpecimenId;

/// What is asked of the evidence; the default is everything, by what is known now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AsOf {
    /// Only specimens that were collected by that day.
    pub collected_until: Option<Date>,
    /// Only what had been recorded by that moment.
    pub known_at: Option<Timestamp>,
}

impl AsOf {
    /// What was true on a day, by all that is known now.
    pub const fn true_on(day: Date) -> Self {
        Self { collected_until: Some(day), known_at: None }
    }

    /// What was known at a moment.
    pub const fn known_at(moment: Timestamp) -> Self {
        Self { collected_until: None, known_at: Some(moment) }
    }

    /// What was known of a day at a moment.
    pub const fn known_of(day: Date, moment: Timestamp) -> Self {
        Self { collected_until: Some(day), known_at: Some(moment) }
    }
}

/// One result with the specimen it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation<'a> {
    /// The specimen.
    pub specimen: SpecimenId,
    /// What it is.
    pub kind: SpecimenKind,
    /// When it was taken.
    pub collected_on: Date,
    /// The number of the result on its specimen, from 1.
    pub number: u16,
    /// The result.
    pub recorded: &'a RecordedResult,
}

impl<'a> Observation<'a> {
    /// What was found.
    pub const fn finding(&self) -> &'a Finding {
        &self.recorded.result.finding
    }
}

/// What the results say, as far as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// Every result, by day of collection.
    pub observations: Vec<Observation<'a>>,
}

/// What is known of one drug, with the day of collection on which it rests (WHO TB DAK, C16, C20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DrugReading {
    /// The drug.
    pub drug: Drug,
    /// Susceptible or resistant; absent when it is unknown, which is not susceptible.
    pub result: Option<Susceptibility>,
    /// The day of collection of the specimen that tells.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub collected_on: Option<Date>,
}

impl Laboratory {
    /// What the results say, by day of collection and moment of recording.
    pub fn evidence(&self, as_of: AsOf) -> Evidence<'_> {
        let mut observations: Vec<_> = self
            .specimens
            .iter()
            .filter(|(_, specimen)| as_of.collected_until.is_none_or(|until| specimen.collected_on <= until))
            .flat_map(|(id, specimen)| {
                (1..).zip(&specimen.results).map(|(number, recorded)| Observation {
                    specimen: *id,
                    kind: specimen.kind,
                    collected_on: specimen.collected_on,
                    number,
                    recorded,
                })
            })
            .filter(|observation| observation.recorded.stood(as_of.known_at))
            .collect();
        observations.sort_by_key(|observation| (observation.collected_on, observation.specimen));
        Evidence { observations }
    }

    /// Every finding with its day of collection, oldest first, by what is known now.
    pub fn findings(&self) -> Vec<(Date, &Finding)> {
        let all = self.evidence(AsOf::default()).observations;
        all.into_iter().map(|observation| (observation.collected_on, observation.finding())).collect()
    }

    /// What is known now of the susceptibility to a drug; indeterminate and untested are both unknown.
    pub fn susceptibility(&self, drug: Drug) -> Option<Susceptibility> {
        self.evidence(AsOf::default()).susceptibility(drug)
    }
}

impl RecordedResult {
    /// Whether it was held to be true at a moment, or is now.
    pub(super) fn stood(&self, known_at: Option<Timestamp>) -> bool {
        let error = self.entered_in_error.as_ref().map(|error| error.recorded_at);
        match known_at {
            None => error.is_none(),
            Some(moment) => self.recorded_at <= moment && error.is_none_or(|at| at > moment),
        }
    }
}

impl Evidence<'_> {
    /// The latest definite susceptibility to a drug, or to any drug of a class, of which one resistant member is enough.
    /// Indeterminate and untested are both unknown.
    pub fn susceptibility(&self, drug: Drug) -> Option<Susceptibility> {
        self.reading(drug).result
    }

    /// The same, with the day on which it rests.
    pub fn reading(&self, drug: Drug) -> DrugReading {
        let of_members = drug.members().iter().filter_map(|member| self.latest(*member));
        let own = of_members.chain(self.latest(drug)).reduce(worse);
        let told = own.or_else(|| drug.class().and_then(|class| self.latest(class)));
        DrugReading {
            drug,
            result: told.map(|(_, result)| result),
            collected_on: told.map(|(collected_on, _)| collected_on),
        }
    }

    /// Of two results of one day the resistant one stands, whichever was recorded first.
    fn latest(&self, drug: Drug) -> Option<(Date, Susceptibility)> {
        let definite = |observation: &Observation<'_>| {
            let result = observation.finding().susceptibility(drug)?;
            (result != Susceptibility::Indeterminate).then_some((observation.collected_on, result))
        };
        let told = self.observations.iter().filter_map(definite);
        told.max_by_key(|(on, result)| (*on, *result == Susceptibility::Resistant))
    }
}

fn worse(one: (Date, Susceptibility), other: (Date, Susceptibility)) -> (Date, Susceptibility) {
    let rank = |(on, result): (Date, Susceptibility)| (result == Susceptibility::Resistant, on);
    if rank(other) > rank(one) { other } else { one }
}
