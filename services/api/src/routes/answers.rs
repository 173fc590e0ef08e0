//! How successes are answered.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{ETAG, LOCATION},
    },
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::app::{App, Caller, Outcome, answer};

/// What became of a command.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recorded {
    /// The stream's revision after it; send it as `If-Match` with the next command.
    pub revision: u64,
    /// The id of the thing that was created, where the command creates one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The names of the recorded events, in order; empty when there was nothing left to do.
    pub recorded: Vec<String>,
    /// What to think of with the regimen that the command names, or with an erasure that is asked for: codes of the
    /// vocabularies `regimen-warnings` and `erasure-warnings`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Recorded {
    /// What is said of an outcome.
    pub(super) fn of(outcome: Outcome, created: bool) -> Self {
        let Outcome { revision, recorded, id, .. } = outcome;
        Self { revision: revision.get(), id: created.then_some(id), recorded, warnings: Vec::new() }
    }

    /// With what the worker should think of.
    pub(super) fn warned(self, warnings: &[String]) -> Self {
        Self { warnings: warnings.to_vec(), ..self }
    }
}

/// `200` or `201` with the new revision, the position for reading one's own write, and for a created thing its address.
pub(super) fn recorded(app: &App, caller: &Caller, outcome: Outcome, created: Option<&str>) -> HttpResponse {
    recorded_with((app, caller), outcome, created, &[])
}

/// The same, with what the worker should think of.
pub(super) fn recorded_with(
    (app, caller): (&App, &Caller),
    outcome: Outcome,
    created: Option<&str>,
    warnings: &[String],
) -> HttpResponse {
    let status = if created.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = answer(app, HttpResponse::build(status), outcome.position, caller.sees_numbers());
    response.insert_header((ETAG, format!("\"{}\"", outcome.revision)));
    if let Some(location) = created {
        response.insert_header((LOCATION, location));
    }
    response.json(Recorded::of(outcome, created.is_some()).warned(warnings))
}

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    pub next_cursor: Option<String>,
}
