//! Erasure of persons: asked for, agreed to by a second person, kept back by a legal hold, and how far it has come.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use jiff::Timestamp;
use safar_domain::{
    access::Reading,
    actor::{Actor, Role},
    case::standing::Standing,
    erasure::{
        ApproveErasure, Erasure, ErasureCommand, ErasureGround, ErasureRefusalReason, ErasureState,
        ErasureWarning, Hold, HoldGround, PersonCases, RefuseErasure, ReleaseLegalHold, RequestErasure,
        SetLegalHold,
    },
    ids::{PersonId, WorkerId},
    policy::Action,
};
use safar_projections::{ErasureRecord, ErasuresQuery};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    persons,
    reading::{One, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, model_problem},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::command::<RequestErasure>(
            "/v1/persons/{person}/erasure",
            ("erasures.request", "Asks that a person be erased for good; a second person has to agree."),
            Action::RequestErasure,
            Precondition::None,
            || web::route().to(request_erasure),
        ),
        Endpoint::read::<One, ErasureView>(
            "/v1/persons/{person}/erasure",
            (
                "erasures.read",
                "Reads how far the erasure of a person has come, and whether a legal hold keeps the record.",
            ),
            Action::ReadErasure,
            || web::route().to(read),
        ),
        Endpoint::command::<ApproveErasure>(
            "/v1/persons/{person}/erasure/approval",
            (
                "erasures.approve",
                "Agrees as the second person, after which the person is erased; one of the two is an auditor.",
            ),
            Action::SettleErasure,
            Precondition::Revision,
            || web::route().to(approve),
        ),
        Endpoint::command::<RefuseErasure>(
            "/v1/persons/{person}/erasure/refusal",
            ("erasures.refuse", "Refuses the erasure of a person, or takes the request back."),
            Action::SettleErasure,
            Precondition::Revision,
            || web::route().to(refuse),
        ),
        Endpoint::command::<SetLegalHold>(
            "/v1/persons/{person}/legal-hold",
            ("legal_holds.set", "Keeps the record of a person from being erased."),
            Action::HoldErasure,
            Precondition::None,
            || web::route().to(hold),
        ),
        Endpoint::command::<ReleaseLegalHold>(
            "/v1/persons/{person}/legal-hold/release",
            ("legal_holds.release", "Ends the legal hold on a record; what is agreed on is carried out."),
            Action::HoldErasure,
            Precondition::None,
            || web::route().to(release),
        ),
        Endpoint::read::<Listing, Page<ErasureView>>(
            "/v1/erasures",
            (
                "erasures.list",
                "Lists erasures and legal holds, newest first: those that wait for an auditor are among them.",
            ),
            Action::ListErasures,
            || web::route().to(list),
        ),
    ]
}

listing!(Listing {
    /// Only those whose last request stands so.
    state: Option<ErasureState>,
});

/// How far the erasure of a person has come.
#[derive(Debug, Serialize, JsonSchema)]
struct ErasureView {
    /// Of whom.
    person: PersonId,
    /// The revision; send it as `If-Match` with a command.
    revision: u64,
    /// How far it has come; absent where nobody has asked for it.
    state: Option<ErasureState>,
    /// On which ground it was asked for.
    ground: Option<ErasureGround>,
    /// When it was asked for.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    asked_at: Option<Timestamp>,
    /// Who asked for it; auditors see it.
    asked_by: Option<WorkerId>,
    /// Who agreed or refused; auditors see it.
    settled_by: Option<WorkerId>,
    /// Why it was refused.
    decline_reason: Option<ErasureRefusalReason>,
    /// What to think of before it is agreed to; it refuses nothing.
    warnings: BTreeSet<ErasureWarning>,
    /// The legal hold on the record.
    legal_hold: Option<HoldView>,
    /// What was erased.
    erased: Option<ErasedView>,
    /// The commands that the reader may give now.
    commands: Vec<&'static str>,
}

/// A legal hold.
#[derive(Debug, Serialize, JsonSchema)]
struct HoldView {
    /// Why the record is kept.
    ground: HoldGround,
    /// The last day; without one, until it is released.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    until: Option<jiff::civil::Date>,
}

/// What was erased: identity, and of each case the notes and whatever else was sealed about it.
#[derive(Debug, Serialize, JsonSchema)]
struct ErasedView {
    /// When the last key was destroyed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Of how many cases, whatever each of them had.
    cases: usize,
    /// Whether a backup of the key store from before opens nothing any more.
    backups_closed: bool,
}

impl ErasureView {
    fn of(record: ErasureRecord, reader: &Actor) -> Self {
        let ErasureRecord { person, revision, erasure } = record;
        let (commands, state) = (erasure.commands(reader), erasure.state());
        let Erasure { request, hold, erased } = erasure;
        let audits = reader.role == Role::Auditor;
        let named = |actor: &Actor| audits.then(|| actor.worker.clone());
        let request = request.as_ref();
        Self {
            person,
            revision: revision.get(),
            state,
            ground: request.map(|request| request.ground),
            asked_at: request.map(|request| request.at),
            asked_by: request.and_then(|request| named(&request.by)),
            settled_by: request.and_then(|request| named(&request.settled.as_ref()?.0)),
            decline_reason: request.and_then(|request| request.refused),
            warnings: request.map(|request| request.warnings.clone()).unwrap_or_default(),
            legal_hold: hold.map(|Hold { ground, until }| HoldView { ground, until }),
            erased: erased.map(|(done, at)| ErasedView {
                at,
                cases: done.cases.len(),
                backups_closed: done.backups_closed,
            }),
            commands,
        }
    }
}

/// What the caller's organisation is to a person whose record may be gone.
async fn tie(app: &App, caller: &Caller, person: PersonId) -> Result<Option<Standing>, Problem> {
    let organisation = &caller.actor.organisation;
    match persons::unless_erased(persons::fold(app, person).await)? {
        Some((_, state)) if state.organisation.is_none() => Err(Problem::of(catalogue::NOT_FOUND)),
        Some((_, state)) => persons::standing(app, person, &state, organisation).await,
        None => persons::remaining(app, person, organisation).await,
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ListErasures).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let query = ErasuresQuery { state: reader.query.state, after, limit };
    let found = app.models.erasures(query).await.map_err(|error| model_problem(&error))?;
    let opened = Reading::opened_in_list(Action::ListErasures);
    let opened = opened.persons(found.iter().map(|record| record.person));
    let actor = &reader.caller.actor;
    let items = found.into_iter().map(|record| ErasureView::of(record, actor)).collect();
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |view: &ErasureView| view.person.to_string())
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadErasure).await?;
    let person: PersonId = part(&request, "person")?;
    let tie = tie(&app, &reader.caller, person).await?;
    reader.caller.reaches(Action::ReadErasure, tie)?;
    let (erasure, revision) = app.record_and_revision::<Erasure>(person).await?;
    if erasure == Erasure::default() {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    let view = ErasureView::of(ErasureRecord { person, revision, erasure }, &reader.caller.actor);
    let opened = Reading::opened(Action::ReadErasure, reader.ground(tie)).persons([person]);
    let shown = reader.discloses((&app, &request), opened).await?;
    Ok(reader.one(&app, shown, Some(revision.get()), &view))
}

async fn request_erasure(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let row = (Action::RequestErasure, Precondition::None);
    give(&request, payload, (&app, row), ErasureCommand::Request).await
}

async fn approve(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let row = (Action::SettleErasure, Precondition::Revision);
    give(&request, payload, (&app, row), |_: ApproveErasure, cases| ErasureCommand::Approve(cases)).await
}

async fn refuse(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let row = (Action::SettleErasure, Precondition::Revision);
    give(&request, payload, (&app, row), |body, _| ErasureCommand::Refuse(body)).await
}

async fn hold(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let row = (Action::HoldErasure, Precondition::None);
    give(&request, payload, (&app, row), |body, _| ErasureCommand::Hold(body)).await
}

async fn release(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let row = (Action::HoldErasure, Precondition::None);
    give(&request, payload, (&app, row), |_: ReleaseLegalHold, _| ErasureCommand::Release).await
}

/// Gives one command about the record of a person whom the caller's organisation cares for, or whom an auditor looks at.
async fn give<B: DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: Payload,
    (app, (action, precondition)): (&App, (Action, Precondition)),
    build: impl Fn(B, PersonCases) -> ErasureCommand,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(request, app).await?;
    caller.may(action)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(request, &mut payload, (app, &caller), precondition).await?;
    let person: PersonId = part(request, "person")?;
    caller.reaches(action, tie(app, &caller, person).await?)?;
    let cases = cases(app, person).await?;
    let command = build(body, cases);
    let outcome = app.execute::<Erasure>(&person, &command, (&caller, &circumstances), |_| Ok(())).await?;
    app.erase_soon();
    let warnings = app.record::<Erasure>(person).await?.warnings();
    let warnings = if action == Action::RequestErasure { warnings } else { Vec::new() };
    Ok(answers::recorded_with((app, &caller), outcome, None, &warnings))
}

/// How the cases of a person stand, from the log.
async fn cases(app: &App, person: PersonId) -> Result<PersonCases, Problem> {
    let mut cases = PersonCases::default();
    for case in app.models.cases_of_person(person).await.map_err(|error| model_problem(&error))? {
        cases = cases.and(&app.case(case).await?);
    }
    Ok(cases)
}

/// Nothing begins for a person whose erasure is agreed on.
pub(super) async fn not_agreed_on(app: &App, person: PersonId) -> Result<(), Problem> {
    let agreed = [Some(ErasureState::Approved), Some(ErasureState::Erased)];
    if agreed.contains(&app.record::<Erasure>(person).await?.state()) {
        return Err(Problem::of(catalogue::ERASED));
    }
    Ok(())
}
