//! Canaries: records of nobody, kept to see who opens what is none of their business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AccessEvent;
use crate::{
    decider::{Context, Decider, Fact},
    ids::{CaseId, PersonId},
    refusal::refusals,
};

/// Says whether a case is watched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCanary {
    /// Whether each opening of the case, or of its person, gives the alarm from now on.
    pub watched: bool,
}

/// The wish with what the edge has looked up: the case and its person, if there is such a case.
#[derive(Debug, Clone)]
pub struct WatchCase {
    /// What was asked.
    pub set: SetCanary,
    /// The case with its person.
    pub found: Option<(CaseId, PersonId)>,
}

/// A case is watched from now on, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanarySet {
    /// The case.
    pub case: CaseId,
    /// Its person, whose record is watched with it.
    pub person: PersonId,
    /// Whether it is watched.
    pub watched: bool,
}

/// Whether one case is watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Canary {
    /// Whether it is watched.
    pub watched: bool,
}

refusals! {
    /// Why a case is not watched.
    CanaryRefusal {
        Unknown = Absent "not_found", "There is no such case.";
    }
}

impl Decider for Canary {
    const CATEGORY: &'static str = "canary";

    type Command = WatchCase;
    type Event = AccessEvent;
    type Refusal = CanaryRefusal;

    fn decide(&self, command: &WatchCase, _: &Context<'_>) -> Result<Vec<AccessEvent>, CanaryRefusal> {
        let (case, person) = command.found.ok_or(CanaryRefusal::Unknown)?;
        let watched = command.set.watched;
        let set = AccessEvent::CanarySet(CanarySet { case, person, watched });
        Ok((watched != self.watched).then_some(set).into_iter().collect())
    }

    fn evolve(self, fact: &Fact<AccessEvent>) -> Self {
        match &fact.event {
            AccessEvent::CanarySet(set) => Self { watched: set.watched },
            AccessEvent::Read(_) | AccessEvent::Alerted(_) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{case::fixtures::*, testing::context};

    fn asked(watched: bool, found: Option<(CaseId, PersonId)>) -> WatchCase {
        WatchCase { set: SetCanary { watched }, found }
    }

    #[test]
    fn a_case_is_watched_once_and_let_go_once() {
        let found = Some((CaseId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2))));
        let (directory, at) = (directory(), galaba());
        let context = context(&at, &directory);
        let events = Canary::default().decide(&asked(true, found), &context).unwrap();
        let canary = Canary::default().evolve(&context.fact(events[0].clone()));
        assert_eq!(canary.decide(&asked(true, found), &context), Ok(vec![]));
        let events = canary.decide(&asked(false, found), &context).unwrap();
        assert!(!canary.evolve(&context.fact(events[0].clone())).watched);
    }

    #[test]
    fn a_case_that_is_none_is_not_watched() {
        let (directory, at) = (directory(), galaba());
        let refused = Canary::default().decide(&asked(true, None), &context(&at, &directory));
        assert_eq!(refused, Err(CanaryRefusal::Unknown));
    }
}
