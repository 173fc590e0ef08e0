//! What an HIV clinician sees of a record.

use jiff::{Timestamp, civil::Date};
use safar_domain::{
    actor::Actor,
    directory::Directory,
    hiv::{
        HivEvent, HivRecord,
        art::SupplyClass,
        consent::Ground,
        monitoring::Suppression,
        tasks::{HivTask, TbFacts, tasks, to_take_up},
        testing::HivStatus,
    },
    ids::CaseId,
    language::Language,
};
use safar_event_store::{RecordedEvent, Revision};
use safar_language::worklist;
use safar_projections::recorded;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{problem::Problem, routes::cases::told};

/// An HIV record with what follows from it.
#[derive(Serialize, JsonSchema)]
pub(super) struct HivRecordView {
    /// Of which case.
    case: CaseId,
    /// The revision; send it as `If-Match` with a command. Readings that come after it overtake nobody.
    revision: u64,
    /// On which ground this reader sees it.
    ground: Ground,
    /// The status, from the assays and the papers.
    status: HivStatus,
    /// The day of the first proof of a positive status.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    positive_since: Option<Date>,
    /// Advanced HIV disease, where the status is positive.
    advanced_disease: Option<bool>,
    /// What the last viral load means.
    suppression: Option<Suppression>,
    /// The day that proves virological failure.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    virological_failure_on: Option<Date>,
    /// Days from the positive status to ART.
    days_to_art: Option<i32>,
    /// For how long medicine was handed out last.
    supply: Option<SupplyClass>,
    /// What the case says of tuberculosis, where this reader may know.
    tuberculosis: Option<TbFacts>,
    /// What is due, soonest first.
    tasks: Vec<TaskView>,
    /// Everything that was recorded.
    record: HivRecord,
    /// The commands that this reader may give now.
    commands: Vec<&'static str>,
}

impl HivRecordView {
    pub(super) fn of(
        (case, revision): (CaseId, Revision),
        record: HivRecord,
        (ground, tuberculosis): (Ground, Option<TbFacts>),
        (actor, age): (&Actor, Option<u8>),
        (today, language): (Date, Language),
    ) -> Self {
        let definitions = record.definitions();
        let positive_since = record.testing.positive_since();
        let last_load = record.monitoring.viral_loads_in_order().last().copied();
        Self {
            case,
            revision: revision.get(),
            ground,
            status: record.testing.status(),
            positive_since,
            advanced_disease: record.advanced(age),
            suppression: last_load.map(|load| load.suppression(definitions)),
            virological_failure_on: record.virological_failure(),
            days_to_art: record.art.days_to_start(positive_since),
            supply: record.art.last_dispensed().map(|last| last.class(definitions.six_months_are_many)),
            tasks: tasks(&record, tuberculosis.as_ref().unwrap_or(&TbFacts::default()), today)
                .into_iter()
                .map(|task| TaskView::of(task, today, language))
                .collect(),
            tuberculosis,
            commands: record.commands(actor),
            record,
        }
    }
}

/// Something that is due.
#[derive(Serialize, JsonSchema)]
struct TaskView {
    #[serde(flatten)]
    task: HivTask,
    /// What is to be done, in the language of `Accept-Language`.
    text: String,
}

impl TaskView {
    fn of(task: HivTask, today: Date, language: Language) -> Self {
        let days = today.duration_until(task.due).as_hours() / 24;
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let about = serde_json::to_value(task.about).unwrap_or_default();
        let text = worklist::hiv_task(language, about.as_str().unwrap_or_default(), days);
        Self { task, text }
    }
}

/// A record in which something waits.
#[derive(Serialize, JsonSchema)]
pub(super) struct HivWorkView {
    /// Of which case.
    case: CaseId,
    /// What waits for the reader's organisation, soonest first.
    tasks: Vec<TaskView>,
    #[serde(skip)]
    pub(super) key: String,
}

impl HivWorkView {
    /// The row of a record, unless nothing waits.
    pub(super) fn of(
        (case, stream): (CaseId, &str),
        (record, tuberculosis): (&HivRecord, &TbFacts),
        actor: &Actor,
        (today, language): (Date, Language),
    ) -> Option<Self> {
        let mut due = tasks(record, tuberculosis, today);
        due.retain(|task| task.organisation == actor.organisation);
        let tasks: Vec<_> = due.into_iter().map(|task| TaskView::of(task, today, language)).collect();
        (!tasks.is_empty()).then(|| Self { case, tasks, key: stream.to_owned() })
    }

    /// The row of a record into which nobody of the centre is let.
    pub(super) fn to_take_up(
        (case, stream): (CaseId, &str),
        actor: &Actor,
        (today, language): (Date, Language),
    ) -> Self {
        let task = to_take_up(actor.organisation.clone(), today);
        Self { case, tasks: vec![TaskView::of(task, today, language)], key: stream.to_owned() }
    }
}

/// One fact of an HIV record.
#[derive(Serialize, JsonSchema)]
pub(super) struct HivEventView {
    /// Its place in the record.
    pub(super) revision: u64,
    /// Its literal name.
    event: &'static str,
    /// The same as a sentence in the language of `Accept-Language`.
    text: String,
    /// When it happened, as the worker says.
    #[schemars(with = "String", extend("format" = "date-time"))]
    occurred_at: Timestamp,
    /// When it was taken in.
    #[schemars(with = "String", extend("format" = "date-time"))]
    recorded_at: Timestamp,
    /// Who recorded it.
    actor: ActorView,
    /// What was recorded.
    data: Value,
}

/// Who recorded a fact.
#[derive(Serialize, JsonSchema)]
struct ActorView {
    /// The worker.
    worker: String,
    /// For which organisation.
    organisation: String,
}

impl HivEventView {
    pub(super) fn of(
        event: &RecordedEvent,
        language: Language,
        directory: &Directory,
    ) -> Result<Self, Problem> {
        let unreadable = || Problem::of(crate::problem::catalogue::INTERNAL_ERROR);
        let fact = recorded::decode::<HivEvent>(event).map_err(|_| unreadable())?;
        let data = serde_json::from_slice(&event.payload).map_err(|_| unreadable())?;
        let by = fact.actor.organisation.as_str();
        let text = told((fact.event.name(), &data), by, (language, directory));
        Ok(Self {
            text,
            revision: event.revision.get(),
            event: fact.event.name(),
            occurred_at: fact.occurred_at.instant,
            recorded_at: fact.recorded_at,
            actor: ActorView {
                worker: fact.actor.worker.to_string(),
                organisation: fact.actor.organisation.to_string(),
            },
            data,
        })
    }
}
