//! Workers of the directory: for whom they work, and as what. Rights follow from here at each request.

use std::collections::BTreeSet;

use jiff::{ToSpan as _, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Role,
    decider::{Context, Decider, Fact},
    ids::{OrganisationId, WorkerId},
    organisation::OrganisationState,
    policy::Duty,
    refusal::refusals,
};

/// Days that a leave may last.
const LONGEST: i32 = 366;

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

/// The days on which a worker is off duty, the first and the last among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// The first day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// The last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
}

/// Says when a worker is off duty; it takes the place of what was said before, and nothing ends a leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLeave {
    /// The days; absent when the worker is back.
    #[serde(default)]
    pub leave: Option<Leave>,
}

/// What may be asked of a worker's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerCommand {
    /// Describe the worker.
    Describe(WorkerId, DescribeWorker),
    /// The worker no longer works here; every token stops at once.
    Deactivate(WorkerId),
    /// The worker is off duty, or back.
    SetLeave(WorkerId, SetLeave),
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
    /// It was said when the worker is off duty.
    #[serde(rename = "worker.leave-set.v1")]
    LeaveSet {
        /// Who.
        worker: WorkerId,
        /// On which days; absent when the worker is back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leave: Option<Leave>,
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
    /// On which days they are off duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<Leave>,
}

impl WorkerState {
    /// The worker after a new description, which says nothing of a leave.
    pub(crate) fn described(before: Option<&Self>, description: &DescribeWorker) -> Self {
        let leave = before.and_then(|state| state.leave);
        Self { leave, ..description.into() }
    }

    /// Whether the worker is on duty on a day.
    pub fn duty(&self, day: Date) -> Duty {
        let off = self.leave.is_some_and(|leave| (leave.from..=leave.until).contains(&day));
        if off { Duty::Off } else { Duty::On }
    }
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
        LeaveDates = Invalid "leave_dates", "A leave ends on the day it begins or later, and lasts a year at most.";
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
        let (WorkerCommand::Describe(worker, _)
        | WorkerCommand::Deactivate(worker)
        | WorkerCommand::SetLeave(worker, _)) = command;
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
                if self.0 == Some(WorkerState::described(self.0.as_ref(), description)) {
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
            WorkerCommand::SetLeave(worker, set) => self.set_leave(worker, set.leave, context),
        }
    }

    fn evolve(self, fact: &Fact<WorkerEvent>) -> Self {
        match &fact.event {
            WorkerEvent::Described { description, .. } => {
                Self(Some(WorkerState::described(self.0.as_ref(), description)))
            }
            WorkerEvent::Deactivated { .. } => {
                Self(self.0.map(|state| WorkerState { active: false, ..state }))
            }
            WorkerEvent::LeaveSet { leave, .. } => {
                Self(self.0.map(|state| WorkerState { leave: *leave, ..state }))
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
            leave: None,
        }
    }
}

impl Worker {
    fn set_leave(
        &self,
        worker: &WorkerId,
        leave: Option<Leave>,
        context: &Context<'_>,
    ) -> Result<Vec<WorkerEvent>, WorkerRefusal> {
        let state = self.0.as_ref().filter(|state| state.active).ok_or(WorkerRefusal::Unknown)?;
        let country =
            context.directory.organisations.get(&state.organisation).map(OrganisationState::country);
        if !context.actor.operates() && country != Some(context.actor.country) {
            return Err(WorkerRefusal::OtherCountry);
        }
        let sound = |leave: Leave| {
            leave.from <= leave.until && leave.from.saturating_add(LONGEST.days()) >= leave.until
        };
        if !leave.is_none_or(sound) {
            return Err(WorkerRefusal::LeaveDates);
        }
        let set = WorkerEvent::LeaveSet { worker: worker.clone(), leave };
        Ok((leave != state.leave).then_some(set).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{case::fixtures::*, refusal::Refusal as _, testing::context};

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

    fn described() -> Worker {
        let description = DescribeWorker {
            organisation: organisation("ngo-galaba"),
            role: Role::SocialWorker,
            languages: [].into(),
        };
        Worker(Some((&description).into()))
    }

    fn set_leave(worker: &Worker, leave: Option<(Date, Date)>) -> Result<Vec<WorkerEvent>, &'static str> {
        let leave = leave.map(|(from, until)| Leave { from, until });
        let command = WorkerCommand::SetLeave("sw-other".parse().unwrap(), SetLeave { leave });
        let directory = directory();
        worker.decide(&command, &context(&galaba(), &directory)).map_err(|refusal| refusal.code())
    }

    #[test]
    fn who_is_on_leave_is_off_duty_from_the_first_day_to_the_last() {
        let (first, last) = (date(2026, 7, 1), date(2026, 7, 14));
        let directory = directory();
        let context = context(&galaba(), &directory);
        let step = |worker: Worker, leave| {
            let events = set_leave(&worker, leave).unwrap();
            events.into_iter().fold(worker, |worker, event| worker.evolve(&context.fact(event)))
        };
        let away = step(described(), Some((first, last)));
        assert_eq!(set_leave(&away, Some((first, last))), Ok(vec![]));
        for (day, duty) in [
            (date(2026, 6, 30), Duty::On),
            (first, Duty::Off),
            (last, Duty::Off),
            (date(2026, 7, 15), Duty::On),
        ] {
            assert_eq!(away.0.as_ref().unwrap().duty(day), duty, "{day}");
        }
        let back = step(away, None);
        assert_eq!(back.0.unwrap().duty(first), Duty::On);
    }

    #[test]
    fn a_leave_has_its_days_in_order_and_a_worker_who_works_here() {
        let day = date(2026, 7, 1);
        assert_eq!(set_leave(&described(), Some((day, date(2026, 6, 30)))), Err("leave_dates"));
        assert_eq!(set_leave(&described(), Some((day, date(2027, 7, 3)))), Err("leave_dates"));
        assert!(set_leave(&described(), Some((day, day))).is_ok());
        assert_eq!(set_leave(&Worker::default(), None), Err("not_found"));
    }
}
