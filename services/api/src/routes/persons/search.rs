//! Search: who of those whom the worker's organisation may know can be the person who is here.

use actix_web::{
    FromRequest as _, HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use safar_domain::{
    access::{AccessGround, Reading},
    case::consent::DataClass,
    ids::PersonId,
    person::{
        DescribePerson,
        likeness::{Likeness, likeness},
        search::SearchPersons,
    },
    policy::Action,
};
use safar_projections::PersonRow;
use schemars::JsonSchema;
use serde::Serialize;

use super::ties::Ties;
use crate::{
    app::{App, Caller, model_problem},
    http::{StrictJson, StrictQuery},
    problem::{Problem, catalogue},
    routes::{
        case_commands::NoQuery,
        reading::{Disclosed, Reader},
    },
};

/// How many records with the same keys are opened.
const OPENED: u32 = 500;
/// How many are shown, the likeliest first.
const SHOWN: usize = 20;

/// Who can be the person.
#[derive(Serialize, JsonSchema)]
pub(super) struct Found {
    /// The likeliest first; 20 at most.
    candidates: Vec<Candidate>,
}

/// A record that can be of the person.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FoundPerson")]
struct Candidate {
    /// The record.
    person: PersonId,
    /// The person as the record describes them.
    description: DescribePerson,
    /// In what it agrees with what was asked.
    likeness: Likeness,
}

pub(super) async fn search(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::SearchPersons)?;
    StrictQuery::<NoQuery>::extract(&request).await?;
    let body = StrictJson::<SearchPersons>::from_request(&request, &mut payload.into_inner()).await?.value;
    let keys = body.keys().map_err(|refusal| Problem::of_refusal(&refusal))?;
    let worker = format!("search {}", caller.actor.worker);
    let waits = |seconds| Problem::of(catalogue::TOO_MANY_REQUESTS).retry_after(seconds);
    app.attempts.begin(&worker, app.searches_per_hour, app.clock.now()).map_err(waits)?;
    let position = app.models.position().await;
    let rows = app.models.find_persons(&keys, &caller.actor.organisation, OPENED).await;
    let mut candidates = Vec::new();
    for row in rows.map_err(|error| model_problem(&error))? {
        candidates.extend(candidate(&app, &caller, row, &body).await?);
    }
    candidates.sort_by_key(|Candidate { likeness, person, .. }| {
        (std::cmp::Reverse((likeness.score, likeness.agree.len())), *person)
    });
    candidates.truncate(SHOWN);
    let found = Reading::opened(Action::SearchPersons, AccessGround::OwnList);
    let found = found.persons(candidates.iter().map(|candidate| candidate.person));
    let shown = Disclosed::to(&caller, (&app, &request), found).await?;
    let reader = Reader { caller, query: (), position, emergency: None };
    Ok(reader.one(&app, shown, None, &Found { candidates }))
}

/// The record, if it can be of the person and the caller may read it.
async fn candidate(
    app: &App,
    caller: &Caller,
    row: PersonRow,
    body: &SearchPersons,
) -> Result<Option<Candidate>, Problem> {
    let (Some(person), Some(description)) = (row.record.id, &row.record.description) else {
        return Ok(None);
    };
    let Some(likeness) = likeness(description, body.sought()) else { return Ok(None) };
    let ties = Ties::of(app, caller, (person, &row.record)).await?;
    let reached = caller.reaches(Action::SearchPersons, ties.standing);
    if reached.and(ties.open(&[DataClass::Identity])).is_err() {
        return Ok(None);
    }
    let description = row.record.description.map(|description| ties.shown(description));
    Ok(description.map(|description| Candidate { person, description, likeness }))
}
