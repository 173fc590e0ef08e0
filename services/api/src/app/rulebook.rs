//! What the edge asks of a rulebook beside deciding.

use jiff::Timestamp;
use safar_domain::{
    case::{Case, CaseRefusal, handoff::expiry},
    decider::Decider,
    organisation::{Organisation, OrganisationRefusal},
    person::{Person, PersonRefusal},
    worker::{Worker, WorkerRefusal},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// Events that time alone has brought about, with the id that makes them happen once.
pub struct Due<E> {
    /// Made from the thing it happens to, so that every node makes the same.
    pub command_id: Uuid,
    /// What happened.
    pub events: Vec<E>,
}

/// A rulebook whose streams the edge can load and append to.
pub trait Rulebook:
    Decider<Event: Serialize + DeserializeOwned + Clone + Send + Sync, Command: Sync, Refusal: Send>
    + Send
    + Sync
    + 'static
{
    /// What is due by now and not yet recorded.
    fn due(&self, _now: Timestamp) -> Vec<Due<Self::Event>> {
        Vec::new()
    }

    /// Every refusal this rulebook can answer with.
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)>;
}

impl Rulebook for Case {
    fn due(&self, now: Timestamp) -> Vec<Due<Self::Event>> {
        let of = |(handoff, events): (safar_domain::ids::HandoffId, Vec<Self::Event>)| {
            let first = events.first().map(std::mem::discriminant);
            let command_id = crate::ids::Ids::derive("safar-clock", handoff.0, &format!("{first:?}"));
            Due { command_id, events }
        };
        expiry::due(self, now).into_iter().map(of).collect()
    }

    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        CaseRefusal::codes()
    }
}

impl Rulebook for Person {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        PersonRefusal::CODES.to_vec()
    }
}

impl Rulebook for Organisation {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        OrganisationRefusal::CODES.to_vec()
    }
}

impl Rulebook for Worker {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        WorkerRefusal::CODES.to_vec()
    }
}
