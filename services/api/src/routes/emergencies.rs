//! Emergency access: a clinician opens one case of others for an hour, and somebody else says whether that had to be.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ETAG, LOCATION},
    },
    web::{self, Data, Payload},
};
use jiff::Timestamp;
use safar_domain::{
    access::Reading,
    actor::{Actor, Role},
    case::handoff::event::ReviewFinding,
    emergency::{
        Emergencies, Emergency, EmergencyCommand, EmergencyEvent, EmergencyPurpose, FoundCase,
        OpenEmergencyAccess, ReviewEmergencyAccess,
    },
    ids::{CaseId, EmergencyId, OrganisationId, WorkerId},
    policy::Action,
};
use safar_event_store::{Revision, StreamId};
use safar_projections::{EmergenciesQuery, EmergencyReader, EmergencyRecord};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    reading::{One, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, Outcome, answer, model_problem, store_problem},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::command::<OpenEmergencyAccess>(
            "/v1/emergency-accesses",
            (
                "emergency_accesses.open",
                "Opens one case of others for an hour of reading; those who answer for it and the auditors are told.",
            ),
            Action::OpenEmergency,
            Precondition::None,
            || web::route().to(open),
        )
        .creates()
        .answers::<Opened>(),
        Endpoint::read::<Listing, Page<EmergencyView>>(
            "/v1/emergency-accesses",
            (
                "emergency_accesses.list",
                "Lists one's own emergency accesses and those one's organisation was told of; to auditors all of them.",
            ),
            Action::ReadEmergencies,
            || web::route().to(list),
        ),
        Endpoint::read::<One, EmergencyView>(
            "/v1/emergency-accesses/{emergency}",
            ("emergency_accesses.read", "Reads an emergency access: what was opened, why, and what came of its review."),
            Action::ReadEmergencies,
            || web::route().to(read),
        ),
        Endpoint::command::<ReviewEmergencyAccess>(
            "/v1/emergency-accesses/{emergency}/review",
            ("emergency_accesses.review", "Says whether a case had to be opened; if not, it closes at once."),
            Action::ReviewEmergency,
            Precondition::None,
            || web::route().to(review),
        ),
    ]
}

listing!(Listing {
    /// Only those that were reviewed, or only those that wait for it.
    reviewed: Option<bool>,
});

/// A case is open now.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EmergencyOpened")]
struct Opened {
    /// The emergency access.
    id: EmergencyId,
    /// The revision of the worker's emergency accesses.
    revision: u64,
    /// The names of the recorded events.
    recorded: Vec<String>,
    /// When the case closes again.
    #[schemars(with = "String", extend("format" = "date-time"))]
    until: Timestamp,
    /// By when somebody else must have reviewed it; after that there is no other.
    #[schemars(with = "String", extend("format" = "date-time"))]
    review_by: Timestamp,
    /// How many more there are for this worker now.
    left: u32,
}

/// An emergency access.
#[derive(Debug, Serialize, JsonSchema)]
struct EmergencyView {
    /// The emergency access.
    id: EmergencyId,
    /// The case that was opened.
    case: CaseId,
    /// Why.
    purpose: EmergencyPurpose,
    /// The same in words, or why they cannot be shown.
    justification: Value,
    /// Who opened it.
    worker: WorkerId,
    /// For which organisation.
    organisation: OrganisationId,
    /// In which role.
    role: Role,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// When it closes, or closed, again.
    #[schemars(with = "String", extend("format" = "date-time"))]
    until: Timestamp,
    /// Whether it is open now.
    open: bool,
    /// By when it has to be reviewed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    review_by: Timestamp,
    /// The organisations that were told.
    told: BTreeSet<OrganisationId>,
    /// What a reviewer found.
    review: Option<ReviewView>,
}

/// What a reviewer found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EmergencyReviewView")]
struct ReviewView {
    /// Whether it had to be.
    finding: ReviewFinding,
    /// What speaks for that, or why it cannot be shown.
    comment: Value,
    /// Who reviewed it.
    worker: WorkerId,
    /// For which organisation.
    organisation: OrganisationId,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

impl EmergencyView {
    /// With the words opened.
    async fn of(app: &App, record: EmergencyRecord) -> Result<Self, Problem> {
        let EmergencyRecord { emergency, stream, opened_revision, reviewed_revision } = record;
        let (until, review_by, open) =
            (emergency.until(), emergency.review_by(), emergency.in_force(app.clock.now()));
        let Emergency { opened, by, reviewed } = emergency;
        let event = EmergencyEvent::Opened(opened.clone());
        let mut review = None;
        if let Some((found, by, at)) = reviewed {
            let place = (&stream, reviewed_revision.unwrap_or_default());
            let comment = words(app, place, &EmergencyEvent::Reviewed(found.clone()), "comment").await?;
            let (finding, Actor { worker, organisation, .. }) = (found.finding, by);
            review = Some(ReviewView { finding, comment, worker, organisation, at });
        }
        Ok(Self {
            id: opened.emergency,
            case: opened.case,
            purpose: opened.purpose,
            justification: words(app, (&stream, opened_revision), &event, "justification").await?,
            worker: by.worker,
            organisation: by.organisation,
            role: by.role,
            at: opened.at,
            until,
            open,
            review_by,
            told: opened.told,
            review,
        })
    }
}

/// The words of an event, opened.
async fn words(
    app: &App,
    place: (&StreamId, Revision),
    event: &EmergencyEvent,
    field: &str,
) -> Result<Value, Problem> {
    let event = serde_json::to_value(event);
    let mut event = event.map_err(|error| Problem::internal("reading an event", &error))?;
    let name = event["type"].as_str().unwrap_or_default().to_owned();
    app.open_words(place, &name, &mut event["data"]).await?;
    Ok(event["data"][field].take())
}

async fn open(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::OpenEmergency)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<OpenEmergencyAccess>(&request, &mut payload, (&app, &caller), Precondition::None)
            .await?;
    let case = app.case(body.case).await?;
    let now = app.clock.now();
    let moment = (now, caller.date_of(now));
    let found = case.opening.is_some().then(|| FoundCase::of(&case, &caller.actor, moment));
    let (case, most) = (body.case, app.emergencies_per_month);
    let command = EmergencyCommand::Open(body, found, most);
    let worker = &caller.actor.worker;
    let outcome = app.execute::<Emergencies>(worker, &command, (&caller, &circumstances), |_| Ok(())).await?;
    if outcome.recorded == [EmergencyEvent::MISSED] {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    app.alarm_of_emergency(&caller, &circumstances, case).await?;
    let state: Emergencies = app.record(worker).await?;
    let emergency = state.get(EmergencyId(outcome.id)).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    Ok(opened((&app, &caller), outcome, emergency, state.left(most, app.clock.now())))
}

fn opened(
    (app, caller): (&App, &Caller),
    outcome: Outcome,
    emergency: &Emergency,
    left: u32,
) -> HttpResponse {
    let (id, status) = (emergency.opened.emergency, StatusCode::CREATED);
    let mut response = answer(app, HttpResponse::build(status), outcome.position, caller.sees_numbers());
    response.insert_header((ETAG, format!("\"{}\"", outcome.revision)));
    response.insert_header((LOCATION, format!("/v1/emergency-accesses/{id}")));
    let (revision, recorded) = (outcome.revision.get(), outcome.recorded);
    let (until, review_by) = (emergency.until(), emergency.review_by());
    response.json(Opened { id, revision, recorded, until, review_by, left })
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadEmergencies).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let Actor { worker, organisation, role, .. } = reader.caller.actor.clone();
    let auditor = role == Role::Auditor;
    let by = if auditor { EmergencyReader::Auditor } else { EmergencyReader::Worker(worker, organisation) };
    let query = EmergenciesQuery { reader: by, reviewed: reader.query.reviewed, after, limit };
    let mut items = Vec::new();
    for record in app.models.emergencies(query).await.map_err(|error| model_problem(&error))? {
        items.push(EmergencyView::of(&app, record).await?);
    }
    let opened = Reading::opened_in_list(Action::ReadEmergencies).cases(items.iter().map(|item| item.case));
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |item: &EmergencyView| item.id.to_string())
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadEmergencies).await?;
    let found = found(&app, part(&request, "emergency")?).await?;
    let Actor { worker, organisation, role, .. } = &reader.caller.actor;
    let own = found.emergency.by.worker == *worker;
    if !own && *role != Role::Auditor && found.emergency.standing(organisation).is_none() {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    let view = EmergencyView::of(&app, found).await?;
    let opened = Reading::opened_in_list(Action::ReadEmergencies).cases([view.case]);
    let shown = reader.discloses((&app, &request), opened).await?;
    Ok(reader.one(&app, shown, None, &view))
}

async fn found(app: &App, id: EmergencyId) -> Result<EmergencyRecord, Problem> {
    let found = app.models.emergency(id).await.map_err(|error| model_problem(&error))?;
    found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))
}

async fn review(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::ReviewEmergency)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<ReviewEmergencyAccess>(&request, &mut payload, (&app, &caller), Precondition::None)
            .await?;
    let id: EmergencyId = part(&request, "emergency")?;
    // In whose stream it is stands in the read models; what was opened on another node a moment ago is reviewed too.
    app.reached(app.store.head().await.map_err(|error| store_problem(&error))?).await?;
    let emergency = found(&app, id).await?.emergency;
    caller.reaches(Action::ReviewEmergency, emergency.standing(&caller.actor.organisation))?;
    let command = EmergencyCommand::Review(id, body);
    let outcome = app
        .execute::<Emergencies>(&emergency.by.worker, &command, (&caller, &circumstances), |_| Ok(()))
        .await?;
    Ok(answers::recorded(&app, &caller, outcome, None))
}
