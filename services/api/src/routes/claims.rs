//! Claims: an organisation that nobody asked has the patient, and says so.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Payload},
};
use jiff::civil::Date;
use safar_domain::{
    case::{
        Case, CaseCommand,
        handoff::{arrival::ClaimPatient, event::ClaimBasis},
    },
    ids::HandoffId,
    policy::Action,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Endpoint, Precondition, answers, case_commands::circumstances};
use crate::{
    app::{App, Caller, Outcome, Request, model_problem},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::command::<ClaimHandoff>(
        "/v1/claims",
        (
            "handoffs.claim",
            "Records that the patient of a handoff is here, though another organisation was asked.",
        ),
        Action::ClaimPatient,
        Precondition::None,
        || web::route().to(claim),
    )]
}

/// Names the handoff on the patient's card.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimHandoff {
    /// The handoff, as printed on the card.
    handoff: HandoffId,
    /// The day on which the patient came.
    #[schemars(with = "String", extend("format" = "date"))]
    on: Date,
    /// What says that it is this patient.
    basis: ClaimBasis,
}

/// Why a handoff cannot be claimed is nobody's business who is no part of it.
fn hidden(caller: &Caller, problem: Problem) -> Problem {
    tracing::info!(worker.role = caller.actor.role.code(), code = problem.code(), "a claim was refused");
    if problem.status() == StatusCode::CONFLICT { Problem::of(catalogue::NOT_FOUND) } else { problem }
}

/// A claim needs no tie to the case: knowing the handoff is the tie, and its id cannot be guessed.
async fn claim(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::ClaimPatient)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<ClaimHandoff>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let outcome = claim_patient(&app, &caller, &body, &circumstances).await?;
    Ok(answers::recorded(&app, &caller, outcome, None))
}

/// Records the claim on the case of the handoff that it names.
pub(super) async fn claim_patient(
    app: &App,
    caller: &Caller,
    body: &ClaimHandoff,
    circumstances: &Request,
) -> Result<Outcome, Problem> {
    let found = app.models.handoff(body.handoff).await.map_err(|error| model_problem(&error))?;
    let (case, _) = found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    let command = CaseCommand::ClaimPatient(body.handoff, ClaimPatient { on: body.on, basis: body.basis });
    let claimed = app.execute::<Case>(&case, &command, (caller, circumstances), |_| Ok(())).await;
    claimed.map_err(|problem| hidden(caller, problem))
}
