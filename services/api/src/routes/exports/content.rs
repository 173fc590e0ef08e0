//! What leaves with an export, and how it is written down before it does.

use std::collections::BTreeSet;

use actix_web::{FromRequest as _, HttpRequest, HttpResponse, http::Method, web::Data};
use jiff::Timestamp;
use safar_domain::{
    access::{AccessGround, Reading},
    actor::{Actor, Role},
    case::consent::DataClass,
    export::{Export, ExportCommand, ExportFormat, Exports},
    ids::{ExportId, PersonId},
    organisation::Service,
    person::{DescribePerson, Person},
    policy::Action,
    time::OccurredAt,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    selected::{self, Selected},
    table,
};
use crate::{
    app::{App, Caller, Request},
    http::{
        RequestId,
        accept::{accepts, accepts_json},
    },
    problem::{Problem, catalogue},
    routes::{
        persons::unless_erased,
        reading::{Disclosed, One, Reader, part, reader},
        views::CaseView,
    },
};

/// Cases of one entry of the access log.
const CASES_OF_A_READING: usize = 100;

/// Everything that leaves with an export.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportContent")]
pub(super) struct Content {
    /// The export.
    export: ExportId,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    made_at: Timestamp,
    /// The classes of data that were asked for and agreed on.
    classes: BTreeSet<DataClass>,
    /// The cases, newest first.
    pub(super) cases: Vec<ExportedCase>,
}

/// A case as far as it is open at this moment and as was asked for.
#[derive(Serialize, JsonSchema)]
pub(super) struct ExportedCase {
    /// The case as in `GET /v1/cases/{case}`, without commands; of what was asked for, `withheld` says what is not open.
    #[serde(flatten)]
    case: CaseView,
    /// Who the patient is, without telephones.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<DescribePerson>,
    /// The patient's telephones.
    #[serde(skip_serializing_if = "Option::is_none")]
    telephones: Option<Vec<safar_domain::person::Personal>>,
}

/// A case on its way out, with what the access log has to say of it.
struct Leaving {
    exported: ExportedCase,
    reading: Reading,
}

pub(super) async fn fetch(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::FetchExport).await?;
    let (id, caller): (ExportId, &Caller) = (part(&request, "export")?, &reader.caller);
    // An export is in the stream of the one who asked for it; whoever else asks finds nothing in their own.
    let exports: Exports = app.record(&caller.actor.worker).await?;
    let may = |cases: u32| exports.fetch(id, (cases, app.exports), (&caller.actor, app.clock.now()));
    may(0).map_err(|refusal| Problem::of_refusal(&refusal))?;
    let export = exports.get(id).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    caller.reaches(Action::FetchExport, export.standing(&caller.actor.organisation))?;
    let media = media(export.asked.format);
    let taken = match export.asked.format {
        ExportFormat::Json => accepts_json(request.headers()),
        ExportFormat::Csv => accepts(request.headers(), &["text/csv"]),
    };
    if !taken {
        return Err(Problem::of(catalogue::NOT_ACCEPTABLE));
    }
    if request.method() == Method::HEAD {
        return Ok(reader.attachment(&app, Disclosed::nobody(), media, Vec::new()));
    }
    let leaving = leaving(&app, caller, export).await?;
    let cases = u32::try_from(leaving.len()).unwrap_or(u32::MAX);
    may(cases).map_err(|refusal| Problem::of_refusal(&refusal))?;
    let (cases_out, readings): (Vec<_>, Vec<_>) =
        leaving.into_iter().map(|one| (one.exported, one.reading)).unzip();
    let bytes = written(&app, export, cases_out)?;
    // First every case is in the access log, then the export counts as fetched, then it leaves: what dies in between has shown
    // nobody anything, and can be asked for anew.
    let shown = Disclosed::of_many(caller, (&app, &request), entries(&readings)).await?;
    let circumstances = circumstances(&request, &app).await?;
    let command = ExportCommand::Fetch(id, cases, app.exports);
    app.execute::<Exports>(&caller.actor.worker, &command, (caller, &circumstances), |_| Ok(())).await?;
    Ok(reader.attachment(&app, shown, media, bytes))
}

const fn media(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Json => ("application/json", "attachment; filename=\"safar.json\""),
        ExportFormat::Csv => {
            ("text/csv; charset=utf-8; header=present", "attachment; filename=\"safar.csv\"")
        }
    }
}

/// The circumstances of a fetch: each has a key of its own, so that none has the first one's answer.
async fn circumstances(request: &HttpRequest, app: &App) -> Result<Request, Problem> {
    Ok(Request {
        key: app.ids.mint(),
        fingerprint: [0; 32],
        correlation_id: RequestId::extract(request).await?.0,
        occurred_at: OccurredAt::at(app.clock.now(), &jiff::tz::TimeZone::UTC),
        expected: None,
        birth: None,
        person_revision: None,
    })
}

async fn leaving(app: &App, caller: &Caller, export: &Export) -> Result<Vec<Leaving>, Problem> {
    let meant = (&export.asked.selection, export.asked.at);
    let mut leaving = Vec::new();
    for selected in selected::cases(app, caller, meant).await? {
        let exported = exported(app, caller, (&export.asked.classes, selected)).await?;
        leaving.extend(exported.map(|(exported, reading)| {
            let reading = reading.in_export(export.asked.export);
            Leaving { exported, reading }
        }));
    }
    Ok(leaving)
}

/// A case with the classes that were asked for, as far as they are open; nothing of a person who is gone.
async fn exported(
    app: &App,
    caller: &Caller,
    (classes, selected): (&BTreeSet<DataClass>, Selected),
) -> Result<Option<(ExportedCase, Reading)>, Problem> {
    let Selected { id, revision, case, opened } = selected;
    let asked: Vec<DataClass> = classes.iter().copied().collect();
    let open = opened.only(&asked);
    let person = case.opening.as_ref().map(|opening| opening.person);
    let mut reading = Reading::of_case(Action::FetchExport, AccessGround::Export, &open).cases([id]);
    let mut exported = ExportedCase {
        // An auditor gives no commands: an export has none.
        case: CaseView::of(
            (id, revision),
            &case,
            &open,
            &Actor { role: Role::Auditor, ..caller.actor.clone() },
        ),
        identity: None,
        telephones: None,
    };
    keep(&mut exported.case, classes);
    exported.case.withheld = opened.withheld().intersection(classes).copied().collect();
    let (identity, contact) = (open.opens(DataClass::Identity), open.opens(DataClass::Contact));
    if let Some(person) = person.filter(|_| identity || contact) {
        let Some(mut description) = described(app, person).await? else { return Ok(None) };
        let telephones = std::mem::take(&mut description.telephones);
        exported.telephones = contact.then_some(telephones);
        exported.identity = identity.then_some(description);
        reading = reading.persons([person]);
    }
    Ok(Some((exported, reading)))
}

async fn described(app: &App, person: PersonId) -> Result<Option<DescribePerson>, Problem> {
    Ok(unless_erased(app.record::<Person>(person).await)?.and_then(|person| person.description))
}

/// Leaves out what the organisation has a side in and did not ask for, and everything that so much as names HIV.
fn keep(case: &mut CaseView, classes: &BTreeSet<DataClass>) {
    // A consent may name an AIDS centre.
    case.consents.clear();
    case.handoffs
        .retain(|handoff| handoff.programmes.iter().all(|programme| classes.contains(&programme.class())));
    case.referrals.retain(|referral| {
        let service = referral.referral.service;
        let class = if service.clinical() { DataClass::Tb } else { DataClass::Support };
        classes.contains(&class) && !matches!(service, Service::HivTesting | Service::Art)
    });
}

/// The entries of the access log: several cases share one where none of them rests on a consent, which is one patient's.
fn entries(readings: &[Reading]) -> impl Iterator<Item = Reading> {
    let alike = |one: &Reading, next: &Reading| one.consents.is_empty() && next.consents.is_empty();
    readings.chunk_by(alike).flat_map(|alike| alike.chunks(CASES_OF_A_READING)).map(joined)
}

/// One entry of the access log for several cases.
fn joined(readings: &[Reading]) -> Reading {
    let mut all = readings[0].clone();
    for reading in &readings[1..] {
        all.cases.extend(&reading.cases);
        all.persons.extend(&reading.persons);
    }
    all
}

fn written(app: &App, export: &Export, cases: Vec<ExportedCase>) -> Result<Vec<u8>, Problem> {
    let classes = export.asked.classes.clone();
    let content = Content { export: export.asked.export, made_at: app.clock.now(), classes, cases };
    match export.asked.format {
        ExportFormat::Json => {
            serde_json::to_vec(&content).map_err(|error| Problem::internal("writing an export", &error))
        }
        ExportFormat::Csv => table::written(&content.cases, &content.classes)
            .map_err(|error| Problem::internal("writing an export", error.as_ref())),
    }
}
