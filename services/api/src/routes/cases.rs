//! Reading cases: the list, one case, its timeline, and the raw events for auditors.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::Timestamp;
use safar_domain::{
    access::Reading,
    actor::Actor,
    case::{Case, consent::DataClass, opening::Phase, reading::Opened},
    decider::Decider as _,
    directory::Directory,
    ids::{CaseId, Country, OrganisationId, PlaceId, WorkerId},
    language::Language,
    policy::Action,
    time::Precision,
};
use safar_event_store::{Revision, StreamId};
use safar_language::timeline::{self, Names};
use safar_projections::{CaseRecord, CasesQuery, TimelineEntry};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    Endpoint,
    answers::Page,
    past::{Asked, OneThen, asks_about_the_past},
    reading::{Disclosed, Query, Reader, limit, listing, part, reader},
    views::CaseView,
};
use crate::{
    app::{App, model_problem, places, store_problem},
    http::{language, speak},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Listing, Page<CaseSummary>>(
            "/v1/cases",
            ("cases.list", "Lists the cases of the reader's organisation, newest first."),
            Action::ListCases,
            || web::route().to(list),
        ),
        Endpoint::read::<OneThen, CaseView>(
            "/v1/cases/{case}",
            (
                "cases.read",
                "Reads a case, with the commands that the reader may give now; or as it was at an earlier moment, without them.",
            ),
            Action::ReadCase,
            || web::route().to(read),
        ),
        Endpoint::read::<Story, Page<TimelineView>>(
            "/v1/cases/{case}/timeline",
            ("cases.timeline", "Tells the story of a case, oldest first."),
            Action::ReadTimeline,
            || web::route().to(tell),
        ),
        Endpoint::read::<Pages, Page<EventView>>(
            "/v1/cases/{case}/events",
            ("cases.events", "Shows the raw events of a case to an auditor."),
            Action::ReadEvents,
            || web::route().to(events),
        ),
    ]
}

listing!(Listing {
    /// Only cases that the organisation answers for now.
    #[serde(default)]
    responsible: bool,
    /// Only closed or only open cases.
    closed: Option<bool>,
    /// Only cases in this phase of the journey.
    phase: Option<Phase>,
});

listing!(Pages {});

listing!(Story {
    /// As it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer.
    as_of: Option<String>,
    /// As it was so then: a moment with its offset. What happened later, by the workers' word, is left out.
    as_true_at: Option<String>,
});
asks_about_the_past!(Story);

/// A case in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct CaseSummary {
    /// The case.
    id: CaseId,
    /// Its revision.
    revision: u64,
    /// Where on the road.
    phase: Option<Phase>,
    /// Whether work has ended.
    closed: bool,
    /// Whether it counts as a notified patient; absent where the reader is not shown that.
    notified: Option<bool>,
    /// Whether a treatment episode runs; absent where the reader is not shown that.
    on_treatment: Option<bool>,
}

impl CaseSummary {
    fn of(record: &CaseRecord, opened: &Opened) -> Self {
        let shown = opened.opens(DataClass::Tb);
        Self {
            id: record.id,
            revision: record.revision.get(),
            phase: record.case.journey.phase,
            closed: record.case.closing.closed(),
            notified: shown.then(|| record.case.diagnosis.counted()),
            on_treatment: shown.then(|| record.case.treatment.open_episode().is_some()),
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ListCases).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let query = CasesQuery {
        organisation: reader.caller.actor.organisation.clone(),
        responsible_only: reader.query.responsible,
        closed: reader.query.closed,
        phase: reader.query.phase,
        after,
        limit,
    };
    let found = app.models.cases(query).await.map_err(|error| model_problem(&error))?;
    let opened = |record: &CaseRecord| opened(&app, &reader, &record.case);
    let opened: Vec<Opened> = found.iter().map(opened).collect();
    let items: Vec<CaseSummary> =
        found.iter().zip(&opened).map(|(record, opened)| CaseSummary::of(record, opened)).collect();
    let mut listed = Reading::listed(Action::ListCases).cases(items.iter().map(|case| case.id));
    listed.consents.extend(opened.iter().flat_map(Opened::consents));
    let shown = reader.discloses((&app, &request), listed).await?;
    reader.page((&app, &request), (shown, items), limit, |case| case.id.to_string())
}

/// The case in the address, if the reader's organisation reaches it.
pub(super) async fn reached<Q: Query>(
    request: &HttpRequest,
    app: &App,
    action: Action,
) -> Result<(Reader<Q>, CaseRecord), Problem> {
    let mut reader: Reader<Q> = reader(request, app, action).await?;
    let id: CaseId = part(request, "case")?;
    let record = app.models.case(id).await.map_err(|error| model_problem(&error))?;
    let organisation = &reader.caller.actor.organisation;
    let standing = record.as_ref().and_then(|record| record.case.standing(organisation));
    let (tie, emergency) = app.tie(&reader.caller, action, (standing, &[id])).await?;
    reader.caller.reaches(action, tie)?;
    reader.emergency = emergency;
    Ok((reader, record.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?))
}

/// Writes down that a case is shown to a reader who reaches it.
pub(super) async fn disclosed<Q>(
    at: (&App, &HttpRequest),
    reader: &Reader<Q>,
    record: &CaseRecord,
    action: Action,
) -> Result<Disclosed, Problem> {
    let ground = reader.ground(record.case.standing(&reader.caller.actor.organisation));
    reader.discloses(at, Reading::opened(action, ground).cases([record.id])).await
}

/// What the reader is shown of a case at this moment.
fn opened<Q>(app: &App, reader: &Reader<Q>, case: &Case) -> Opened {
    let now = app.clock.now();
    case.opened_to(&reader.caller.actor, (now, reader.caller.date_of(now)))
}

/// The case in the address with what its reader is shown of it. The log is asked, not a read model: a consent that was
/// withdrawn a moment ago counts.
pub(super) async fn shown<Q: Query>(
    request: &HttpRequest,
    app: &App,
    action: Action,
) -> Result<(Reader<Q>, CaseRecord, Opened), Problem> {
    let (mut reader, mut record) = reached::<Q>(request, app, action).await?;
    (record.case, record.revision) = app.case_and_revision(record.id).await?;
    let mut opened = opened(app, &reader, &record.case);
    if reader.emergency.is_none() {
        reader.caller.reaches(action, record.case.standing(&reader.caller.actor.organisation))?;
        if !opened.withheld().is_empty() {
            reader.emergency = app.emergency(&reader.caller, &[record.id]).await?;
        }
    }
    if reader.emergency.is_some() {
        opened = Opened::in_emergency(&reader.caller.actor);
    }
    Ok((reader, record, opened))
}

/// Writes down that as much of a case is shown as is open to the reader.
pub(super) async fn shows<Q>(
    at: (&App, &HttpRequest),
    reader: &Reader<Q>,
    (record, opened): (&CaseRecord, &Opened),
    action: Action,
) -> Result<Disclosed, Problem> {
    let ground = reader.ground(record.case.standing(&reader.caller.actor.organisation));
    reader.discloses(at, Reading::of_case(action, ground, opened).cases([record.id])).await
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<OneThen>(&request, &app, Action::ReadCase).await?;
    let asked = Asked::of(&app, &reader, (&record, &opened)).await?;
    let view = view(&app, (record.id, &asked), &opened, &reader.caller.actor).await?;
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadCase).await?;
    Ok(reader.one(&app, shown, asked.tag(), &view))
}

/// What a reader sees of a case; of one of the past, without commands.
pub(super) async fn view(
    app: &App,
    (id, asked): (CaseId, &Asked),
    opened: &Opened,
    reader: &Actor,
) -> Result<CaseView, Problem> {
    let mut view = CaseView::of((id, asked.revision.get()), &asked.case, opened, reader);
    if asked.then.is_some() {
        view.leave_out_commands();
    }
    if let Some(person) = view.person {
        view.person_erased = app.is_erased(person, asked.moment()).await?;
    }
    Ok(view)
}

/// One line of the story of a case.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TimelineView {
    /// Its place in the story.
    pub(super) revision: u64,
    /// What happened.
    event: String,
    /// The same as a sentence in the language of `Accept-Language`.
    text: String,
    /// When it happened, as the worker said.
    #[schemars(with = "String", extend("format" = "date-time"))]
    occurred_at: Timestamp,
    /// Whether the instant or only the day is known.
    occurred_precision: &'static str,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    recorded_at: Timestamp,
    /// Who recorded it.
    worker: WorkerId,
    /// For whom.
    organisation: OrganisationId,
    /// In which country.
    country: Country,
    /// What was recorded.
    data: Value,
}

impl TimelineView {
    pub(super) fn of(entry: TimelineEntry, language: Language, directory: &Directory) -> Self {
        let what = (entry.event_type.as_str(), &entry.data);
        let text = told(what, entry.actor.organisation.as_str(), (language, directory));
        let day = entry.occurred_at.precision == Precision::Day;
        Self {
            revision: entry.revision.get(),
            event: entry.event_type,
            text,
            occurred_at: entry.occurred_at.instant,
            occurred_precision: if day { "day" } else { "instant" },
            recorded_at: entry.recorded_at,
            worker: entry.actor.worker,
            organisation: entry.actor.organisation,
            country: entry.actor.country,
            data: entry.data,
        }
    }
}

/// What an event tells, with organisations and places by their names, and first the organisation that recorded it.
pub(super) fn told(what: (&str, &Value), by: &str, (language, directory): (Language, &Directory)) -> String {
    let organisation = |id: &str| {
        let id = OrganisationId::parse(id).ok()?;
        directory.organisations.get(&id).map(|organisation| organisation.name.clone())
    };
    let place = |id: &str| places::all().name(&PlaceId::parse(id).ok()?, language).map(str::to_owned);
    let names = Names { organisation: &organisation, place: &place };
    timeline::entry(language, what, by, names)
}

/// The next events of a case that are open to the reader and count at the moment asked for, as many as a page has, with the
/// workers' own words opened.
pub(super) async fn story(
    app: &App,
    (record, opened, asked): (&CaseRecord, &Opened, &Asked),
    mut after: Revision,
    limit: u32,
) -> Result<Vec<TimelineEntry>, Problem> {
    let most = limit as usize;
    let mut story = Vec::new();
    loop {
        let found = app.models.timeline(record.id, after, limit).await;
        let found = found.map_err(|error| model_problem(&error))?;
        let whole = found.len() == most;
        after = found.last().map_or(after, |entry| entry.revision);
        let open = |entry: &TimelineEntry| {
            asked.counts(entry.revision) && record.case.shows(opened, entry.part, &entry.actor.organisation)
        };
        story.extend(found.into_iter().filter(open).take(most - story.len()));
        if !whole || story.len() == most {
            break;
        }
    }
    let stream = StreamId::new(Case::CATEGORY, record.id);
    for entry in &mut story {
        app.open_words((&stream, entry.revision), &entry.event_type, &mut entry.data).await?;
    }
    Ok(story)
}

async fn tell(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<Story>(&request, &app, Action::ReadTimeline).await?;
    let limit = limit(reader.query.limit)?;
    let after: Option<u64> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let after = after.map_or(Revision::ABSENT, Revision::from);
    let asked = Asked::of(&app, &reader, (&record, &opened)).await?;
    let found = story(&app, (&record, &opened, &asked), after, limit).await?;
    let language = language(request.headers());
    let directory = reader.directory(&app, asked.moment()).await?;
    let items: Vec<_> =
        found.into_iter().map(|entry| TimelineView::of(entry, language, &directory)).collect();
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadTimeline).await?;
    let mut response =
        reader.page((&app, &request), (shown, items), limit, |entry| entry.revision.to_string())?;
    speak(&mut response, language);
    Ok(response)
}

/// An event as it is stored.
#[derive(Debug, Serialize, JsonSchema)]
struct EventView {
    /// Its place in the log.
    position: u64,
    /// Its place in the stream.
    revision: u64,
    /// Its id.
    id: uuid::Uuid,
    /// The name of its shape.
    event: String,
    /// When it happened, as the worker said.
    #[schemars(with = "String", extend("format" = "date-time"))]
    occurred_at: Timestamp,
    /// When the log took it in.
    #[schemars(with = "String", extend("format" = "date-time"))]
    recorded_at: Timestamp,
    /// The payload as stored.
    payload: Value,
    /// The metadata as stored.
    metadata: Value,
    /// The leaf of the ledger, in hexadecimal.
    leaf_hash: String,
}

/// Straight from the log: the auditor sees what is stored, not what was made of it.
async fn events(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record) = reached::<Pages>(&request, &app, Action::ReadEvents).await?;
    let limit = limit(reader.query.limit)?;
    let after: Option<u64> = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let stream = StreamId::new("case", record.id);
    let after = after.map_or(Revision::ABSENT, Revision::from);
    let found = app.store.read_stream(&stream, after, limit).await.map_err(|error| store_problem(&error))?;
    let items: Vec<EventView> = found
        .into_iter()
        .map(|event| EventView {
            position: event.position.get(),
            revision: event.revision.get(),
            id: event.event_id,
            leaf_hash: hexadecimal(&event.leaf_hash),
            payload: serde_json::from_slice(&event.payload).unwrap_or(Value::Null),
            metadata: serde_json::from_slice(&event.metadata).unwrap_or(Value::Null),
            event: event.event_type,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
        })
        .collect();
    let shown = disclosed((&app, &request), &reader, &record, Action::ReadEvents).await?;
    reader.page((&app, &request), (shown, items), limit, |event| event.revision.to_string())
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
