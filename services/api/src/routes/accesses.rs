//! Who has read what: the report on a case and on a person, alerts, and the records that are watched.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use jiff::Timestamp;
use safar_domain::{
    access::{
        AccessEvent, AccessGround, AlertKind, Reading,
        canary::{Canary, SetCanary, WatchCase},
    },
    actor::Role,
    decider::Fact,
    ids::{CaseId, ConsentId, EmergencyId, ExportId, OrganisationId, PersonId, WorkerId},
    policy::Action,
    stored::Metadata,
};
use safar_event_store::{Position, RecordedEvent};
use safar_projections::{CaseRecord, recorded};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    cases::reached,
    reading::{Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, Outcome, model_problem, store_problem},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Listing, Page<AccessView>>(
            "/v1/cases/{case}/accesses",
            ("cases.accesses", "Tells who was shown a case, when and on which ground, the latest first."),
            Action::ReadAccesses,
            || web::route().to(of_case),
        ),
        Endpoint::read::<Listing, Page<AccessView>>(
            "/v1/persons/{person}/accesses",
            (
                "persons.accesses",
                "Tells an auditor who was shown a person or one of the person's cases, the latest first.",
            ),
            Action::AuditAccesses,
            || web::route().to(of_person),
        ),
        Endpoint::read::<Listing, Page<AlertView>>(
            "/v1/alerts",
            ("alerts.list", "Lists the readings that gave the alarm, the latest first."),
            Action::AuditAccesses,
            || web::route().to(alerts),
        ),
        Endpoint::command::<SetCanary>(
            "/v1/cases/{case}/canary",
            (
                "canaries.set",
                "Says whether a case is watched: nobody has a reason to open it, and who does gives the alarm.",
            ),
            Action::WatchCase,
            Precondition::None,
            || web::route().to(set_canary),
        ),
    ]
}

listing!(Listing {});

/// Something that was shown of the record.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AccessView {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(super) at: Timestamp,
    /// To whom.
    worker: WorkerId,
    /// For which organisation.
    organisation: OrganisationId,
    /// In which role.
    role: Role,
    /// By which function.
    what: String,
    /// Whether the record was opened; otherwise a list named it.
    opened: bool,
    /// On which ground.
    ground: AccessGround,
    /// Under which consents.
    consents: BTreeSet<ConsentId>,
    /// Under which emergency access, where that was the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    emergency: Option<EmergencyId>,
    /// With which export it left, where that was the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<ExportId>,
    /// Which of the records that were asked for: cases, or the person.
    records: Vec<Uuid>,
    /// The request, as in `X-Request-Id`.
    request: Uuid,
    #[serde(skip)]
    key: u64,
}

impl AccessView {
    /// One reading; of the records that it showed, those that were asked for.
    fn of(event: &RecordedEvent, asked: &[Uuid]) -> Result<Option<Self>, Problem> {
        let (fact, request) = fact(event)?;
        let AccessEvent::Read(reading) = fact.event else { return Ok(None) };
        let records = reading.records().filter(|record| asked.contains(record)).collect();
        Ok(Some(Self {
            at: fact.recorded_at,
            worker: fact.actor.worker,
            organisation: fact.actor.organisation,
            role: fact.actor.role,
            what: reading.what,
            opened: reading.opened,
            ground: reading.ground,
            consents: reading.consents,
            emergency: reading.emergency,
            export: reading.export,
            records,
            request,
            key: event.position.get(),
        }))
    }

    /// Whether this worker had been shown it by a moment.
    pub(super) fn was_shown_to(&self, worker: &WorkerId, by: Timestamp) -> bool {
        self.worker == *worker && self.at <= by
    }
}

/// The readings of a case and its person that are wanted, the latest first, at most 200.
pub(super) async fn readings(
    app: &App,
    record: &CaseRecord,
    wanted: impl Fn(&AccessView) -> bool,
) -> Result<Vec<AccessView>, Problem> {
    const MOST: usize = 200;
    app.access_caught_up().await?;
    let person = record.case.opening.as_ref().map(|opening| opening.person.0);
    let asked: Vec<Uuid> = [record.id.0].into_iter().chain(person).collect();
    let (mut before, mut found) = (None, Vec::new());
    loop {
        let page = app.access.of(&asked, before, 200).await?;
        let Some(last) = page.last() else { return Ok(found) };
        before = Some(last.position);
        for event in &page {
            let reading = AccessView::of(event, &asked)?;
            found.extend(reading.filter(&wanted));
            if found.len() == MOST {
                return Ok(found);
            }
        }
    }
}

/// The fact in an event of the access log, with its request.
fn fact(event: &RecordedEvent) -> Result<(Fact<AccessEvent>, Uuid), Problem> {
    let unreadable = |error: &dyn std::error::Error| Problem::internal("reading the access log", error);
    let metadata: Metadata = serde_json::from_slice(&event.metadata).map_err(|error| unreadable(&error))?;
    Ok((recorded::decode(event).map_err(|error| unreadable(&error))?, metadata.correlation_id))
}

async fn of_case(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record) = reached::<Listing>(&request, &app, Action::ReadAccesses).await?;
    let ground = reader.ground(record.case.standing(&reader.caller.actor.organisation));
    let own = Reading { opened: false, ..Reading::opened(Action::ReadAccesses, ground) };
    report((&app, &request), &reader, (&[record.id.0], own.cases([record.id]))).await
}

async fn of_person(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::AuditAccesses).await?;
    let id: PersonId = part(&request, "person")?;
    let known = super::persons::unless_erased(super::persons::fold(&app, id).await)?;
    if known.is_some_and(|(_, known)| known.organisation.is_none()) {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    let cases = app.models.cases_of_person(id).await.map_err(|error| model_problem(&error))?;
    let records: Vec<Uuid> = cases.iter().map(|case| case.0).chain([id.0]).collect();
    let own = Reading::opened(Action::AuditAccesses, AccessGround::Audit).persons([id]).cases(cases);
    report((&app, &request), &reader, (&records, Reading { opened: false, ..own })).await
}

/// A page of readings of these records; that it is read is written down like any other.
async fn report(
    (app, request): (&App, &HttpRequest),
    reader: &Reader<Listing>,
    (records, own): (&[Uuid], Reading),
) -> Result<HttpResponse, Problem> {
    let limit = limit(reader.query.limit)?;
    let before = before((app, request), reader).await?;
    let mut items = Vec::new();
    for event in app.access.of(records, before, limit).await? {
        items.extend(AccessView::of(&event, records)?);
    }
    let shown = reader.discloses((app, request), own).await?;
    reader.page((app, request), (shown, items), limit, |item| item.key.to_string())
}

/// Where the page begins, once the index holds everything that was shown until now.
async fn before(
    (app, request): (&App, &HttpRequest),
    reader: &Reader<Listing>,
) -> Result<Option<Position>, Problem> {
    app.access_caught_up().await?;
    let before: Option<u64> = reader.after((app, request), reader.query.cursor.as_deref()).await?;
    Ok(before.map(Position::from))
}

/// A reading that gave the alarm.
#[derive(Debug, Serialize, JsonSchema)]
struct AlertView {
    /// Why.
    kind: AlertKind,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Who gave cause.
    worker: WorkerId,
    /// For which organisation.
    organisation: OrganisationId,
    /// In which role.
    role: Role,
    /// By which function.
    what: String,
    /// Which cases were asked for.
    cases: BTreeSet<CaseId>,
    /// Which persons.
    persons: BTreeSet<PersonId>,
    /// The request, as in `X-Request-Id`.
    request: Uuid,
    #[serde(skip)]
    key: u64,
}

impl AlertView {
    fn of(event: &RecordedEvent) -> Result<Option<Self>, Problem> {
        let (fact, request) = fact(event)?;
        let AccessEvent::Alerted(alert) = fact.event else { return Ok(None) };
        Ok(Some(Self {
            kind: alert.kind,
            at: fact.recorded_at,
            worker: fact.actor.worker,
            organisation: fact.actor.organisation,
            role: fact.actor.role,
            what: alert.what,
            cases: alert.cases,
            persons: alert.persons,
            request,
            key: event.position.get(),
        }))
    }
}

async fn alerts(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::AuditAccesses).await?;
    let limit = limit(reader.query.limit)?;
    let before = before((&app, &request), &reader).await?;
    let mut items = Vec::new();
    for event in app.access.alerts(before, limit).await? {
        items.extend(AlertView::of(&event)?);
    }
    let own = Reading { opened: false, ..Reading::opened(Action::AuditAccesses, AccessGround::Audit) };
    let named = |own: Reading, item: &AlertView| own.cases(item.cases.clone()).persons(item.persons.clone());
    let shown = reader.discloses((&app, &request), items.iter().fold(own, named)).await?;
    reader.page((&app, &request), (shown, items), limit, |item| item.key.to_string())
}

async fn set_canary(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::WatchCase)?;
    let mut payload = payload.into_inner();
    let (set, circumstances) =
        circumstances::<SetCanary>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let case: CaseId = part(&request, "case")?;
    let found = app.case(case).await?.opening.map(|opening| (case, opening.person));
    let command = WatchCase { set, found };
    let log = app.on_access_log();
    let outcome = log.execute::<Canary>(&case, &command, (&caller, &circumstances), |_| Ok(())).await?;
    // From the answer on this node keeps watch.
    app.access_caught_up().await?;
    let position = app.store.head().await.map_err(|error| store_problem(&error))?;
    Ok(answers::recorded(&app, &caller, Outcome { position, ..outcome }, None))
}
