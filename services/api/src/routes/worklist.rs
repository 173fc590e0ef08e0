//! The worklist: what waits for the reader's organisation, urgent offers first, then soonest due first.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::{SignedDuration, Timestamp};
use safar_domain::{
    access::Reading,
    case::{
        handoff::Urgency,
        worklist::{Item, List},
    },
    ids::CaseId,
    language::Language,
    policy::Action,
};
use safar_language::worklist::{self, Line};
use safar_projections::{WorklistCursor, WorklistQuery};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Endpoint,
    answers::Page,
    reading::{Disclosed, One, Reader, limit, listing, reader},
};
use crate::{
    app::{App, Caller, model_problem},
    http::{language, speak},
    problem::Problem,
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
        Endpoint::read::<One, Counts>(
            "/v1/worklist/counts",
            ("worklist.counts", "Counts what waits for the reader's organisation, by list."),
            Action::ReadWorklist,
            || web::route().to(counts),
        ),
    ]
}

listing!(Listing {
    /// Only this list.
    list: Option<List>,
});

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
    let limit = limit(reader.query.limit)?;
    let after: Option<WorklistCursor> =
        reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let now = app.clock.now();
    let query = WorklistQuery {
        organisation: reader.caller.actor.organisation.clone(),
        list: reader.query.list,
        now,
        after,
        limit,
    };
    let found = app.models.worklist(query).await.map_err(|error| model_problem(&error))?;
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
    let listed = Reading::listed(Action::ReadWorklist).cases(items.iter().map(|item| item.case));
    let shown = reader.discloses((&app, &request), listed).await?;
    let mut response = reader.page((&app, &request), (shown, items), limit, |item| item.key.clone())?;
    speak(&mut response, language);
    Ok(response)
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
    let reader: Reader<One> = reader(&request, &app, Action::ReadWorklist).await?;
    let organisation = &reader.caller.actor.organisation;
    let found = app.models.worklist_counts(organisation, app.clock.now()).await;
    let mut lists: BTreeMap<List, u64> = List::ALL.into_iter().map(|list| (list, 0)).collect();
    lists.extend(found.map_err(|error| model_problem(&error))?);
    Ok(reader.one(&app, Disclosed::nobody(), None, &Counts { lists }))
}
