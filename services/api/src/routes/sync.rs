//! What was recorded offline: a batch of commands in their order, each with its own key and its own answer.
//!
//! A command of a batch is the command of its own route: the same fingerprint, the same rules, the same problem when it is
//! refused. So a batch may be sent again, whole or in parts, or command by command, and everything counts once.

mod item;
mod keeping;
mod running;

use actix_web::{
    FromRequest as _, HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use safar_domain::{
    ids::ConflictId,
    policy::{Action, Duty},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Endpoint, answers::Recorded, case_commands::NoQuery};
use crate::{
    app::{App, Caller, OCCURRED_AT, answer, ok},
    http::{BATCH_LIMIT, RequestId, StrictJson, StrictQuery, language, speak},
    problem::{FieldError, Problem, catalogue},
};
use item::Item;
use running::Running;

/// A batch may have this many commands.
const MOST: usize = 500;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::batch::<Batch, Synced>(
        "/v1/sync",
        (
            "sync.send",
            "Takes in what was recorded offline, in its order: each command counts once and is answered by itself.",
        ),
        Action::Sync,
        || web::route().to(sync),
    )]
}

/// Commands in the order in which they were given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// 1 to 500 of them.
    #[schemars(with = "Vec<Item>", length(min = 1, max = 500))]
    commands: Vec<Value>,
}

/// An answer for each command, in their order.
#[derive(Debug, Serialize, JsonSchema)]
struct Synced {
    /// One for each command.
    results: Vec<Answered>,
}

/// What became of one command of a batch.
#[derive(Debug, Serialize, JsonSchema)]
struct Answered {
    /// Its key, as far as it could be read.
    key: Option<Uuid>,
    /// The status that its own route would have answered.
    status: u16,
    /// What was recorded.
    #[serde(flatten)]
    recorded: Option<Recorded>,
    /// What stands in the way: the problem of its own route, its places counted from the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, Value>>")]
    problem: Option<Value>,
    /// The conflict as which the command is kept, when it changes custody and the world has moved on.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<ConflictId>,
}

async fn sync(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::Sync)?;
    StrictQuery::<NoQuery>::extract(&request).await?;
    of_the_commands(&request)?;
    let batch =
        StrictJson::<Batch, BATCH_LIMIT>::from_request(&request, &mut payload.into_inner()).await?.value;
    if batch.commands.is_empty() || batch.commands.len() > MOST {
        let error = FieldError::pointer("/commands", "out_of_range", "A batch has 1 to 500 commands.");
        return Err(Problem::of(catalogue::INVALID_VALUES).error(error));
    }
    let request_id = RequestId::extract(&request).await?.0;
    let answered_in = language(request.headers());
    // What was done is received on any day; each command is judged by the day on which it was done.
    let caller = Caller { duty: Duty::On, ..caller };
    let mut running = Running::new((&app, &caller), request_id, answered_in).await;
    let mut results = Vec::with_capacity(batch.commands.len());
    for command in batch.commands {
        results.push(running.take(command).await);
    }
    let mut response = answer(&app, ok(), running.position(), caller.sees_numbers());
    let mut response = response.json(Synced { results });
    speak(&mut response, answered_in);
    Ok(response)
}

/// Key, revision and time are each command's own: on the batch they would be taken and mean nothing.
fn of_the_commands(request: &HttpRequest) -> Result<(), Problem> {
    for name in ["Idempotency-Key", "If-Match", OCCURRED_AT] {
        if request.headers().contains_key(name) {
            let error = FieldError::header(name, "not_here", "Each command of a batch carries its own.");
            return Err(Problem::of(catalogue::BAD_REQUEST).error(error));
        }
    }
    Ok(())
}
