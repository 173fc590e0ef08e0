//! Workers of the directory: for whom they work, and as what. Rights follow from here at each request.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Role,
    decider::{Context, Decider, Fact},
    ids::{OrganisationId, WorkerId},
    refusal::refusals,
};

/// A language of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("x-vocabulary" = "languages"))]
#[expect(missing_docs, reason = "ISO 639-1 codes")]
pub enum Language {
    En,
    Ru,
    Kk,
    Tg,
    Uz,
    Ky,
}

/// Describes a worker, new or known; the description replaces the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeWorker {
    /// For whom.
    pub organisation: OrganisationId,
    /// As what.
    pub role: Role,
    /// In which languages.
    #[serde(default)]
    pub languages: BTreeSet<Language>,
}

/// What may be asked of a worker's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerCommand {
    /// Describe the worker.
    Describe(WorkerId, DescribeWorker),
    /// The worker no longer works here; every token stops at once.
    Deactivate(WorkerId),
}

/// What happened to a worker's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
pub enum WorkerEvent {
    /// The worker was described.
    #[serde(rename = "worker.described.v1")]
    Described {
        /// Who.
        worker: WorkerId,
        /// How.
        description: DescribeWorker,
    },
    /// The worker no longer works here.
    #[serde(rename = "worker.deactivated.v1")]
    Deactivated {
        /// Who.
        worker: WorkerId,
    },
}

/// A worker as the directory knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerState {
    /// For whom.
    pub organisation: OrganisationId,
    /// As what.
    pub role: Role,
    /// In which languages.
    pub languages: BTreeSet<Language>,
    /// Whether they work now.
    pub active: bool,
}

/// The record of one worker; absent until described.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worker(pub Option<WorkerState>);

refusals! {
    /// Why a change of a worker's record is refused.
    WorkerRefusal {
        Unknown = Absent "not_found", "There is no such worker.";
        OrganisationUnknown = Invalid "organisation_unknown", "There is no such active organisation in the directory.";
        Reserved = Invalid "worker_id_reserved", "Ids that begin with safar- belong to the system.";
        OtherCountry = Conflict "other_country", "An administrator describes workers of organisations in their own country.";
        RoleNotThere = Invalid "role_without_service", "A clinician works where the organisation offers the service: TB or HIV care.";
        OwnRecord = Conflict "own_record", "Nobody changes their own role or deactivates themselves; ask another administrator.";
    }
}

impl Decider for Worker {
    const CATEGORY: &'static str = "worker";

    type Command = WorkerCommand;
    type Event = WorkerEvent;
    type Refusal = WorkerRefusal;

    fn decide(
        &self,
        command: &WorkerCommand,
        context: &Context<'_>,
    ) -> Result<Vec<WorkerEvent>, WorkerRefusal> {
        let (WorkerCommand::Describe(worker, _) | WorkerCommand::Deactivate(worker)) = command;
        if *worker == context.actor.worker {
            return Err(WorkerRefusal::OwnRecord);
        }
        if worker.as_str().starts_with("safar-") {
            return Err(WorkerRefusal::Reserved);
        }
        match command {
            WorkerCommand::Describe(worker, description) => {
                let organisation = context.directory.active(&description.organisation);
                let organisation = organisation.ok_or(WorkerRefusal::OrganisationUnknown)?;
                if !context.actor.operates() && organisation.country() != context.actor.country {
                    return Err(WorkerRefusal::OtherCountry);
                }
                if !organisation.employs(description.role) {
                    return Err(WorkerRefusal::RoleNotThere);
                }
                if self.0.as_ref() == Some(&WorkerState::from(description)) {
                    return Ok(vec![]);
                }
                let (worker, description) = (worker.clone(), description.clone());
                Ok(vec![WorkerEvent::Described { worker, description }])
            }
            WorkerCommand::Deactivate(worker) => match &self.0 {
                None => Err(WorkerRefusal::Unknown),
                Some(state) if !state.active => Ok(vec![]),
                Some(_) => Ok(vec![WorkerEvent::Deactivated { worker: worker.clone() }]),
            },
        }
    }

    fn evolve(self, fact: &Fact<WorkerEvent>) -> Self {
        match &fact.event {
            WorkerEvent::Described { description, .. } => Self(Some(description.into())),
            WorkerEvent::Deactivated { .. } => {
                Self(self.0.map(|state| WorkerState { active: false, ..state }))
            }
        }
    }
}

impl From<&DescribeWorker> for WorkerState {
    fn from(description: &DescribeWorker) -> Self {
        Self {
            organisation: description.organisation.clone(),
            role: description.role,
            languages: description.languages.clone(),
            active: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DescribeWorker, Worker, WorkerCommand};
    use crate::{
        actor::Role, case::fixtures::*, decider::Decider as _, refusal::Refusal as _, testing::context,
    };

    fn describe(worker: &str, organisation: &str) -> Option<&'static str> {
        describe_as(worker, organisation, Role::Administrator)
    }

    fn describe_as(worker: &str, organisation: &str, role: Role) -> Option<&'static str> {
        let description =
            DescribeWorker { organisation: organisation.parse().unwrap(), role, languages: [].into() };
        let command = WorkerCommand::Describe(worker.parse().unwrap(), description);
        let directory = directory();
        let context = context(&galaba(), &directory);
        Worker::default().decide(&command, &context).err().map(|refusal| refusal.code())
    }

    #[test]
    fn nobody_changes_their_own_role() {
        assert_eq!(describe("sw-ngo-galaba", "ngo-galaba"), Some("own_record"));
        assert_eq!(describe("sw-other", "ngo-galaba"), None);
    }

    #[test]
    fn an_administrator_stays_in_their_country_and_clinicians_where_there_is_a_clinic() {
        assert_eq!(describe("sw-other", "ngo-kz-taraz"), Some("other_country"));
        assert_eq!(describe_as("tb-other", "ngo-galaba", Role::TbClinician), Some("role_without_service"));
        assert_eq!(describe_as("tb-other", "tj-national-tb-centre", Role::TbClinician), None);
    }

    #[test]
    fn nobody_takes_the_name_of_the_system() {
        assert_eq!(describe("safar-clock", "ngo-galaba"), Some("worker_id_reserved"));
    }

    #[test]
    fn a_worker_belongs_to_an_active_organisation() {
        assert_eq!(describe("sw-other", "nobody"), Some("organisation_unknown"));
    }
}
