//! Exports: many records leave at once, asked for by one worker, agreed to by a second person, fetched once.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use jiff::Timestamp;
use safar_domain::{
    actor::Role,
    case::consent::DataClass,
    export::{
        ApproveExport, Export, ExportCommand, ExportEvent, ExportFormat, ExportPurpose, ExportRefusalReason,
        ExportSelection, ExportState, Exports, RefuseExport, RequestExport,
    },
    ids::{ExportId, OrganisationId, WorkerId},
    policy::Action,
};
use safar_projections::{ExportRecord, ExportsQuery};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    reading::{Disclosed, One, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, model_problem, store_problem},
    problem::{Problem, catalogue},
};

mod content;
mod selected;
mod table;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut rows = commands();
    rows.extend([
        Endpoint::read::<Listing, Page<ExportView>>(
            "/v1/exports",
            ("exports.list", "Lists the exports of one's own organisation, newest first; to auditors all of them."),
            Action::ReadExports,
            || web::route().to(list),
        ),
        Endpoint::read::<One, ExportView>(
            "/v1/exports/{export}",
            ("exports.read", "Reads an export: what it is for, which cases are meant, and how far it has come."),
            Action::ReadExports,
            || web::route().to(read),
        ),
        Endpoint::read::<One, content::Content>(
            "/v1/exports/{export}/content",
            (
                "exports.fetch",
                "Hands an export out, once and within 24 hours, to the one who asked for it; as JSON or CSV, as was asked for.",
            ),
            Action::FetchExport,
            || web::route().to(content::fetch),
        )
        .tabular(),
    ]);
    rows
}

fn commands() -> Vec<Endpoint> {
    vec![
        Endpoint::command::<RequestExport>(
            "/v1/exports",
            (
                "exports.request",
                "Asks to take many cases of one's own organisation out; a second person has to agree.",
            ),
            Action::RequestExport,
            Precondition::None,
            || web::route().to(request_export),
        )
        .creates(),
        Endpoint::command::<ApproveExport>(
            "/v1/exports/{export}/approval",
            ("exports.approve", "Agrees as the second person: a colleague, or an auditor of the country."),
            Action::SettleExport,
            Precondition::None,
            || web::route().to(approve),
        ),
        Endpoint::command::<RefuseExport>(
            "/v1/exports/{export}/refusal",
            ("exports.refuse", "Refuses an export, or takes it back, as long as it was not fetched."),
            Action::SettleExport,
            Precondition::None,
            || web::route().to(refuse),
        ),
    ]
}

listing!(Listing {
    /// Only those that wait for a second person, or only the others.
    waiting: Option<bool>,
});

/// An export: codes, counts, and for who reads this one alone the reason in words.
#[derive(Debug, Serialize, JsonSchema)]
struct ExportView {
    /// The export.
    id: ExportId,
    /// How far it has come.
    state: ExportState,
    /// What it is for.
    purpose: ExportPurpose,
    /// The same in words, or why they cannot be shown; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Value>,
    /// How it is written.
    format: ExportFormat,
    /// The classes of data that were asked for.
    classes: BTreeSet<DataClass>,
    /// Which cases are meant.
    selection: ExportSelection,
    /// How many that were when it was asked for.
    cases: u32,
    /// Who asked for it.
    worker: WorkerId,
    /// For which organisation.
    organisation: OrganisationId,
    /// In which role.
    role: Role,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    asked_at: Timestamp,
    /// Until when it can be agreed to, and then fetched.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    until: Option<Timestamp>,
    /// Who agreed.
    approved_by: Option<WorkerId>,
    /// Who refused it, or took it back.
    refused_by: Option<WorkerId>,
    /// Why.
    decline_reason: Option<ExportRefusalReason>,
    /// How many cases left.
    fetched_cases: Option<u32>,
    /// When they did.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    fetched_at: Option<Timestamp>,
    /// The commands that the reader may give now.
    commands: Vec<&'static str>,
}

impl ExportView {
    fn of(export: Export, caller: &Caller, now: Timestamp) -> Self {
        let (state, until) = (export.state(now), export.until());
        let commands = export.commands(&caller.actor, now);
        let Export { asked, by, approved, refused, fetched } = export;
        Self {
            id: asked.export,
            state,
            purpose: asked.purpose,
            reason: None,
            format: asked.format,
            classes: asked.classes,
            selection: asked.selection,
            cases: asked.cases,
            worker: by.worker,
            organisation: by.organisation,
            role: by.role,
            asked_at: asked.at,
            until,
            approved_by: approved.map(|settled| settled.by.worker),
            decline_reason: refused.as_ref().map(|(_, reason)| *reason),
            refused_by: refused.map(|(settled, _)| settled.by.worker),
            fetched_cases: fetched.map(|(cases, _)| cases),
            fetched_at: fetched.map(|(_, at)| at),
            commands,
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadExports).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let (actor, now) = (&reader.caller.actor, app.clock.now());
    let organisation = (actor.role != Role::Auditor).then(|| actor.organisation.clone());
    let query = ExportsQuery { organisation, waiting: reader.query.waiting, now, after, limit };
    let found = app.models.exports(query).await.map_err(|error| model_problem(&error))?;
    let view = |record: ExportRecord| ExportView::of(record.export, &reader.caller, now);
    let items: Vec<ExportView> = found.into_iter().map(view).collect();
    reader.page((&app, &request), (Disclosed::nobody(), items), limit, |item| item.id.to_string())
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadExports).await?;
    let record = found(&app, part(&request, "export")?).await?;
    let standing = record.export.standing(&reader.caller.actor.organisation);
    reader.caller.reaches(Action::ReadExports, standing)?;
    let reason = Some(reason(&app, &record).await?);
    let view = ExportView { reason, ..ExportView::of(record.export, &reader.caller, app.clock.now()) };
    Ok(reader.one(&app, Disclosed::nobody(), None, &view))
}

async fn found(app: &App, id: ExportId) -> Result<ExportRecord, Problem> {
    let found = app.models.export(id).await.map_err(|error| model_problem(&error))?;
    found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))
}

/// The words of a request, opened.
async fn reason(app: &App, record: &ExportRecord) -> Result<Value, Problem> {
    let event = serde_json::to_value(ExportEvent::Requested(record.export.asked.clone()));
    let mut event = event.map_err(|error| Problem::internal("reading an event", &error))?;
    let name = event["type"].as_str().unwrap_or_default().to_owned();
    app.open_words((&record.stream, record.asked_revision), &name, &mut event["data"]).await?;
    Ok(event["data"]["reason"].take())
}

async fn request_export(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::RequestExport)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<RequestExport>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let (worker, now) = (&caller.actor.worker, app.clock.now());
    // Who has one that waits is refused another whatever it is: nothing is counted for that.
    let pending = app.record::<Exports>(worker).await?.pending(&caller.actor.organisation, now);
    let meant = (&body.selection, now);
    let cases = if pending { 0 } else { selected::cases(&app, &caller, meant).await?.len() };
    let cases = u32::try_from(cases).unwrap_or(u32::MAX);
    let command = ExportCommand::Request(body, cases, app.exports);
    let outcome = app.execute::<Exports>(worker, &command, (&caller, &circumstances), |_| Ok(())).await?;
    let address = format!("/v1/exports/{}", outcome.id);
    Ok(answers::recorded(&app, &caller, outcome, Some(&address)))
}

async fn approve(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, |id, _: ApproveExport| ExportCommand::Approve(id)).await
}

async fn refuse(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    settle(&request, payload, &app, ExportCommand::Refuse).await
}

/// Gives one command about an export of the caller's organisation, or of another one to an auditor.
async fn settle<B: DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    build: impl Fn(ExportId, B) -> ExportCommand,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(request, app).await?;
    caller.may(Action::SettleExport)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(request, &mut payload, (app, &caller), Precondition::None).await?;
    let id: ExportId = part(request, "export")?;
    // In whose stream it is stands in the read models; what was asked for on another node a moment ago is settled too.
    app.reached(app.store.head().await.map_err(|error| store_problem(&error))?).await?;
    let export = found(app, id).await?.export;
    caller.reaches(Action::SettleExport, export.standing(&caller.actor.organisation))?;
    let command = build(id, body);
    let outcome =
        app.execute::<Exports>(&export.by.worker, &command, (&caller, &circumstances), |_| Ok(())).await?;
    Ok(answers::recorded(app, &caller, outcome, None))
}
