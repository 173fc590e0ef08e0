//! What the edge asks of a rulebook beside deciding.

use std::sync::Arc;

use jiff::Timestamp;
use safar_domain::{
    access::canary::{Canary, CanaryRefusal},
    actor::Actor,
    case::{Case, CaseEvent, CaseRefusal, handoff::expiry},
    compartment::Compartment,
    conflict::{Conflict, ConflictRefusal},
    contact_notice::{ContactNotice, ContactNoticeRefusal},
    decider::Decider,
    disclosure::{DisclosureRefusal, Disclosures},
    emergency::{Emergencies, EmergencyRefusal},
    erasure::{Erasure, ErasureRefusal},
    export::{ExportRefusal, Exports},
    hiv::{HivEvent, HivRecord, HivRefusal},
    ids::HandoffId,
    organisation::{Organisation, OrganisationRefusal},
    person::{Person, PersonRefusal},
    policy,
    pull_request::{PullRequest, PullRequestRefusal},
    worker::{Worker, WorkerRefusal},
};
use safar_event_store::{Revision, StreamId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{App, Loaded};
use crate::ids::Ids;

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
    /// The compartment in which its streams are sealed, if they are.
    fn compartment() -> Option<Compartment> {
        Compartment::of_category(Self::CATEGORY)
    }

    /// What is due by now and not yet recorded.
    fn due(&self, _now: Timestamp) -> Vec<Due<Self::Event>> {
        Vec::new()
    }

    /// The commands that this actor may give now.
    fn allowed(&self, _actor: &Actor) -> Vec<&'static str> {
        Vec::new()
    }

    /// Who was faster, for a command that was decided on an earlier state and would be allowed still.
    fn overtaken(&self, _command: &Self::Command, _before: &Self) -> Option<Self::Refusal> {
        None
    }

    /// Whether a command that was decided on this revision of the stream has missed nothing that counts.
    fn current(&self, decided_on: u64, revision: u64) -> bool {
        decided_on == revision
    }

    /// The state that this node keeps at hand, so that only what came since is read.
    fn at_hand(_app: &App, _stream: &StreamId) -> Option<Loaded<Self>> {
        None
    }

    /// Keeps the state at hand.
    fn keep_at_hand(&self, _app: &App, _stream: &StreamId, _revision: Revision) {}

    /// Every refusal this rulebook can answer with.
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)>;
}

impl Rulebook for Case {
    fn due(&self, now: Timestamp) -> Vec<Due<Self::Event>> {
        let of = |(handoff, events): (HandoffId, Vec<CaseEvent>)| {
            let label = if matches!(events.first(), Some(CaseEvent::HandoffExpired(_))) {
                "expired"
            } else {
                "lapsed"
            };
            Due { command_id: Ids::derive("safar-clock", handoff.0, label), events }
        };
        expiry::due(self, now).into_iter().map(of).collect()
    }

    fn allowed(&self, actor: &Actor) -> Vec<&'static str> {
        let mut names = self.all_commands(actor);
        names.retain(|name| policy::permits(actor.role, policy::of_command(name)));
        names
    }

    fn overtaken(&self, command: &Self::Command, before: &Self) -> Option<Self::Refusal> {
        Case::overtaken(self, command, before)
    }

    fn at_hand(app: &App, stream: &StreamId) -> Option<Loaded<Self>> {
        app.cases.get(stream).map(|loaded| loaded.as_ref().clone())
    }

    fn keep_at_hand(&self, app: &App, stream: &StreamId, revision: Revision) {
        app.cases.insert(stream.clone(), Arc::new(Loaded { revision, state: self.clone() }));
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

impl Rulebook for PullRequest {
    fn due(&self, now: Timestamp) -> Vec<Due<Self::Event>> {
        let lapsed = PullRequest::due(self, now).into_iter();
        let due = lapsed.map(|(request, event)| Due {
            command_id: Ids::derive("safar-clock", request.0, "lapsed"),
            events: vec![event],
        });
        due.collect()
    }

    fn allowed(&self, actor: &Actor) -> Vec<&'static str> {
        let mut names = self.commands(&actor.organisation);
        names.retain(|_| policy::permits(actor.role, policy::Action::SettlePullRequest));
        names
    }

    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        PullRequestRefusal::CODES.to_vec()
    }
}

impl Rulebook for ContactNotice {
    fn allowed(&self, actor: &Actor) -> Vec<&'static str> {
        let mut names = self.commands(&actor.organisation);
        names.retain(|_| policy::permits(actor.role, policy::Action::SettleContactNotice));
        names
    }

    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        ContactNoticeRefusal::CODES.to_vec()
    }
}

impl Rulebook for HivRecord {
    fn due(&self, now: Timestamp) -> Vec<Due<Self::Event>> {
        let expired = |(handoff, event): (HandoffId, HivEvent)| Due {
            command_id: Ids::derive("safar-clock", handoff.0, "expired"),
            events: vec![event],
        };
        HivRecord::due(self, now).into_iter().map(expired).collect()
    }

    fn allowed(&self, actor: &Actor) -> Vec<&'static str> {
        let mut names = self.commands(actor);
        names.retain(|_| policy::permits(actor.role, policy::Action::RecordHiv));
        names
    }

    fn current(&self, decided_on: u64, _: u64) -> bool {
        self.unchanged_since(decided_on)
    }

    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        HivRefusal::codes()
    }
}

impl Rulebook for Erasure {
    fn allowed(&self, actor: &Actor) -> Vec<&'static str> {
        let mut names = self.commands(actor);
        names.retain(|_| policy::permits(actor.role, policy::Action::SettleErasure));
        names
    }

    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        ErasureRefusal::CODES.to_vec()
    }
}

impl Rulebook for Disclosures {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        DisclosureRefusal::CODES.to_vec()
    }
}

impl Rulebook for Canary {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        CanaryRefusal::CODES.to_vec()
    }
}

impl Rulebook for Emergencies {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        EmergencyRefusal::CODES.to_vec()
    }
}

impl Rulebook for Exports {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        ExportRefusal::CODES.to_vec()
    }
}

impl Rulebook for Conflict {
    fn codes() -> Vec<(&'static str, safar_domain::refusal::RefusalKind, &'static str)> {
        ConflictRefusal::CODES.to_vec()
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
