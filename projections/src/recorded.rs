//! Events of the log as facts of the rulebooks.

use safar_domain::{
    case::{Case, CaseEvent},
    conflict::{Conflict, ConflictEvent},
    contact_notice::{ContactNotice, ContactNoticeEvent},
    decider::{Decider as _, Fact},
    disclosure::{DisclosureEvent, Disclosures},
    emergency::{Emergencies, EmergencyEvent},
    erasure::{Erasure, ErasureEvent},
    export::{ExportEvent, Exports},
    ids::{CaseId, ConflictId, ContactNoticeId, PersonId, PullRequestId},
    organisation::{Organisation, OrganisationEvent},
    pull_request::{PullRequest, PullRequestEvent},
    stored::{self, StoredError},
    worker::{Worker, WorkerEvent},
};
use safar_event_store::RecordedEvent;
use safar_vault::VaultError;
use serde::de::DeserializeOwned;

/// What an event of the log says, by the category of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the rulebooks document their events")]
pub enum Change {
    Case(CaseId, Box<Fact<CaseEvent>>),
    PullRequest(PullRequestId, Box<Fact<PullRequestEvent>>),
    Conflict(ConflictId, Box<Fact<ConflictEvent>>),
    ContactNotice(ContactNoticeId, Box<Fact<ContactNoticeEvent>>),
    Organisation(Box<Fact<OrganisationEvent>>),
    Worker(Box<Fact<WorkerEvent>>),
    Disclosure(CaseId, Box<Fact<DisclosureEvent>>),
    Emergency(Box<Fact<EmergencyEvent>>),
    Erasure(PersonId, Box<Fact<ErasureEvent>>),
    Export(Box<Fact<ExportEvent>>),
}

/// Why an event is not a fact that this version knows. It names shapes and never values.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing here knows streams of this category.
    #[error("streams of the category {0} are not known to this version of Safar")]
    Category(String),
    /// The stream's name holds no id.
    #[error("a {0} stream is named after something that is no id")]
    StreamName(&'static str),
    /// The event is sealed and does not open as one that is known.
    #[error(transparent)]
    Sealed(VaultError),
    /// The event is of an unknown type or shape.
    #[error(transparent)]
    Event(#[from] StoredError),
}

/// Reads an event as a fact of one rulebook.
pub fn decode<E: DeserializeOwned>(event: &RecordedEvent) -> Result<Fact<E>, StoredError> {
    let times = (event.occurred_at, event.recorded_at);
    stored::decode(&event.event_type, &event.payload, &event.metadata, times)
}

/// Reads an event by the rulebook of its stream; what nobody knows is an error and never skipped.
pub fn change(event: &RecordedEvent) -> Result<Change, Unreadable> {
    match event.stream.category() {
        Case::CATEGORY => {
            let id = event.stream.id().parse().map_err(|_| Unreadable::StreamName(Case::CATEGORY))?;
            Ok(Change::Case(id, Box::new(decode(event)?)))
        }
        ContactNotice::CATEGORY => {
            let id = event.stream.id().parse();
            let id = id.map_err(|_| Unreadable::StreamName(ContactNotice::CATEGORY))?;
            Ok(Change::ContactNotice(id, Box::new(decode(event)?)))
        }
        PullRequest::CATEGORY => {
            let id = event.stream.id().parse();
            let id = id.map_err(|_| Unreadable::StreamName(PullRequest::CATEGORY))?;
            Ok(Change::PullRequest(id, Box::new(decode(event)?)))
        }
        Disclosures::CATEGORY => {
            let id = event.stream.id().parse().map_err(|_| Unreadable::StreamName(Disclosures::CATEGORY))?;
            Ok(Change::Disclosure(id, Box::new(decode(event)?)))
        }
        Conflict::CATEGORY => {
            let id = event.stream.id().parse().map_err(|_| Unreadable::StreamName(Conflict::CATEGORY))?;
            Ok(Change::Conflict(id, Box::new(decode(event)?)))
        }
        Emergencies::CATEGORY => Ok(Change::Emergency(Box::new(decode(event)?))),
        Exports::CATEGORY => Ok(Change::Export(Box::new(decode(event)?))),
        Erasure::CATEGORY => {
            let id = event.stream.id().parse().map_err(|_| Unreadable::StreamName(Erasure::CATEGORY))?;
            Ok(Change::Erasure(id, Box::new(decode(event)?)))
        }
        Organisation::CATEGORY => Ok(Change::Organisation(Box::new(decode(event)?))),
        Worker::CATEGORY => Ok(Change::Worker(Box::new(decode(event)?))),
        other => Err(Unreadable::Category(other.to_owned())),
    }
}
