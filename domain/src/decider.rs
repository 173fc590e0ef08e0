//! Command in, facts out: the one shape of every rulebook.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actor::Actor, directory::Directory, person::Birth, place::Places, refusal::Refusal, time::OccurredAt,
};

/// What may happen next, and what is different once it has happened.
pub trait Decider: Default + Clone {
    /// First part of every stream name (`case-<id>`). It is on disk: never change it.
    const CATEGORY: &'static str;

    /// A wish, in the imperative.
    type Command;
    /// What has happened, in the past tense.
    type Event;
    /// The rule that forbids a command. Technical failures never appear here.
    type Refusal: Refusal;

    /// Answers a command. No events means that there is nothing left to do.
    fn decide(
        &self,
        command: &Self::Command,
        context: &Context<'_>,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Takes in one fact. It cannot fail, for history cannot be refused.
    #[must_use]
    fn evolve(self, fact: &Fact<Self::Event>) -> Self;

    /// Rebuilds the state from its history.
    fn replay<'a>(history: impl IntoIterator<Item = &'a Fact<Self::Event>>) -> Self
    where
        Self::Event: 'a,
    {
        history.into_iter().fold(Self::default(), Self::evolve)
    }
}

/// An event with the circumstances that every event shares, so that payloads need not repeat them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<E> {
    /// What happened.
    pub event: E,
    /// When it happened, as the worker says.
    pub occurred_at: OccurredAt,
    /// When the log took it in; it never decreases along the log.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
}

/// What a rule may know besides the state: the edge looks it up and hands it in with the command.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The moment of the decision.
    pub now: Timestamp,
    /// The civil date of that moment where the actor is.
    pub today: Date,
    /// When the worker says it happened; equal to `now` unless told otherwise.
    pub occurred_at: OccurredAt,
    /// Who asks.
    pub actor: Actor,
    /// The id for the thing that this command creates, if it creates one.
    pub new_id: Uuid,
    /// Organisations and workers as this node knows them.
    pub directory: &'a Directory,
    /// The places of the road.
    pub places: &'a Places,
    /// When the patient was born, where the person record says so; it goes into no event of a case.
    pub birth: Option<Birth>,
    /// The revision of the stream that is decided on.
    pub revision: u64,
    /// The revision of the person's record, where the command needs to know who the patient is.
    pub person_revision: Option<u64>,
}

impl Context<'_> {
    /// The fact that an event of this decision will become, for rules that look one event ahead.
    pub fn fact<E>(&self, event: E) -> Fact<E> {
        Fact { event, occurred_at: self.occurred_at, recorded_at: self.now, actor: self.actor.clone() }
    }

    /// The patient's age on a day in completed years, where the birth date is known.
    pub fn age_on(&self, day: Date) -> Option<u8> {
        self.birth.and_then(|birth| birth.age_on(day))
    }

    /// The same in completed months.
    pub fn months_on(&self, day: Date) -> Option<u16> {
        self.birth.and_then(|birth| birth.months_on(day))
    }

    /// The civil date on which it happened.
    pub fn occurred_on(&self) -> Date {
        self.occurred_at.date()
    }
}
