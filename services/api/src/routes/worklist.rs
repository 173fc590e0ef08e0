//! The worklist: what waits for the reader's organisation, urgent offers first, then soonest due first.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::{SignedDuration, Timestamp};
use safar_domain::{
    access::Reading,
    actor::Role,
    case::{
        handoff::Urgency,
        worklist::{Item, List},
    },
    ids::{CaseId, OrganisationId},
    language::Language,
    policy::Action,
};
use safar_language::worklist::{self, Line};
use safar_projections::{WorklistCursor, WorklistEntry, WorklistQuery};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Endpoint,
    answers::Page,
    past::{OneThen, asks_about_the_past},
    reading::{Disclosed, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, Moment, model_problem},
    http::{language, speak},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Listing, Page<ItemView>>(
            "/v1/worklist",
            (
                "worklist.read",
                "Lists what waits for the reader's organisation, urgent offers first, then soonest due first.",
            ),
            Action::ReadWorklist,
            || web::route().to(read),
        ),
        Endpoint::read::<OneThen, Counts>(
            "/v1/worklist/counts",
            ("worklist.counts", "Counts what waits for the reader's organisation, by list."),
            Action::ReadWorklist,
            || web::route().to(counts),
        ),
        Endpoint::read::<Listing, Page<ItemView>>(
            "/v1/organisations/{organisation}/worklist",
            (
                "worklist.audit",
                "Shows an auditor what waits, or waited at an earlier moment, for an organisation.",
            ),
            Action::AuditWorklist,
            || web::route().to(audit),
        ),
    ]
}

listing!(Listing {
    /// Only this list.
    list: Option<List>,
    /// What waited as it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer.
    as_of: Option<String>,
    /// What waited then, as it is known now: a moment with its offset.
    as_true_at: Option<String>,
});
asks_about_the_past!(Listing);

/// One thing that waits.
#[derive(Debug, Serialize, JsonSchema)]
struct ItemView {
    /// On which list.
    list: List,
    /// On which case.
    case: CaseId,
    /// What it is about: `handoff_offer`, `referral`, `claim`, `arrival`, `attendance`, `medicine`, `specimen`, `outcome`,
    /// `tracing`, `interim_report`, `medicine_gap`, `open_need`, `override_review`, `smear`, `culture`, `chest_xray`, `end_of_treatment`,
    /// `examination`, `treatment_start`, `contact_screening`.
    about: String,
    /// How soon an offer must be answered: emergencies come first, then who may infect others.
    urgency: Urgency,
    /// The handoff, referral, specimen, episode or contact; absent where it is about the case itself.
    subject: Option<Uuid>,
    /// What is to be done, in the language of `Accept-Language`.
    text: String,
    /// By when it should be done.
    #[schemars(with = "String", extend("format" = "date-time"))]
    due: Timestamp,
    /// Whether that moment has passed.
    overdue: bool,
    #[serde(skip)]
    key: String,
}

/// How much waits on each list.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    /// By list; a list on which nothing waits is there with 0.
    lists: BTreeMap<List, u64>,
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadWorklist).await?;
    let organisation = reader.caller.actor.organisation.clone();
    list((&app, &request), &reader, organisation, Reading::listed(Action::ReadWorklist)).await
}

async fn audit(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::AuditWorklist).await?;
    let organisation: OrganisationId = part(&request, "organisation")?;
    if !reader.caller.directory.organisations.contains_key(&organisation) {
        return Err(Problem::of(catalogue::NOT_FOUND));
    }
    list((&app, &request), &reader, organisation, Reading::listed(Action::AuditWorklist)).await
}

/// A page of what waits, or waited, for an organisation.
async fn list(
    (app, request): (&App, &HttpRequest),
    reader: &Reader<Listing>,
    organisation: OrganisationId,
    listed: Reading,
) -> Result<HttpResponse, Problem> {
    let limit = limit(reader.query.limit)?;
    let after: Option<WorklistCursor> = reader.after((app, request), reader.query.cursor.as_deref()).await?;
    let moment = reader.moment(app).await?;
    let now = moment.map_or_else(|| app.clock.now(), |moment| moment.at);
    let query = WorklistQuery { organisation, list: reader.query.list, now, after, limit };
    let found = match moment {
        Some(moment) => query.page(past(app, &reader.caller, &query, &moment).await?),
        None => app.models.worklist(query).await.map_err(|error| model_problem(&error))?,
    };
    let language = language(request.headers());
    let items: Vec<ItemView> = found
        .into_iter()
        .map(|entry| ItemView {
            text: text(&entry.item, (&reader.caller, now), language),
            key: entry.cursor().to_string(),
            list: entry.item.list,
            case: entry.case,
            about: entry.item.about.to_owned(),
            urgency: entry.item.urgency,
            subject: Some(entry.item.subject).filter(|subject| !subject.is_nil()),
            due: entry.item.due,
            overdue: entry.item.due < now,
        })
        .collect();
    let listed = listed.cases(items.iter().map(|item| item.case));
    let shown = reader.discloses((app, request), listed).await?;
    let mut response = reader.page((app, request), (shown, items), limit, |item| item.key.clone())?;
    speak(&mut response, language);
    Ok(response)
}

/// What waited for an organisation, from every case in which it had a part. A worker is told of what is within the
/// organisation's reach and open to it now, an auditor of all.
async fn past(
    app: &App,
    caller: &Caller,
    query: &WorklistQuery,
    moment: &Moment,
) -> Result<Vec<WorklistEntry>, Problem> {
    let _turn = app.turn_in_the_past()?;
    let organisation = &query.organisation;
    let now = app.clock.now();
    let cases = app.models.cases_ever_of(organisation, moment.known).await;
    let mut waited = Vec::new();
    for id in cases.map_err(|error| model_problem(&error))? {
        let Some(then) = app.case_then(id, moment).await? else { continue };
        if caller.actor.role == Role::Auditor {
            waited.extend(query.of_case(id, &then.past.case));
            continue;
        }
        let present = app.case(id).await?;
        if present.standing(organisation).is_some() {
            let opened = present.opened_to(&caller.actor, (now, caller.date_of(now)));
            waited.extend(query.of_case(id, &then.past.case.as_opened_by(&present, &opened)));
        }
    }
    Ok(waited)
}

/// What is to be done, with the days to or since the day on which it is due where the reader is; what is due at midnight is
/// due on the day that ends then.
fn text(item: &Item, (caller, now): (&Caller, Timestamp), language: Language) -> String {
    let day = caller.date_of(item.due.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(item.due));
    let days = caller.date_of(now).duration_until(day).as_hours() / 24;
    let Item { list, about, urgency, .. } = item;
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    worklist::line(language, &Line { list: *list, about, urgency: *urgency, days })
}

async fn counts(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<OneThen> = reader(&request, &app, Action::ReadWorklist).await?;
    let organisation = reader.caller.actor.organisation.clone();
    let mut lists: BTreeMap<List, u64> = List::ALL.into_iter().map(|list| (list, 0)).collect();
    match reader.moment(&app).await? {
        None => {
            let found = app.models.worklist_counts(&organisation, app.clock.now()).await;
            lists.extend(found.map_err(|error| model_problem(&error))?);
        }
        Some(moment) => {
            let query =
                WorklistQuery { organisation, list: None, now: moment.at, after: None, limit: u32::MAX };
            let waited = past(&app, &reader.caller, &query, &moment).await?;
            for entry in query.page(waited) {
                *lists.entry(entry.item.list).or_default() += 1;
            }
        }
    }
    Ok(reader.one(&app, Disclosed::nobody(), None, &Counts { lists }))
}
