//! Claims: an organisation that nobody asked has the patient, and says so; the sender or a coordinator settles it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Payload},
};
use jiff::{Timestamp, civil::Date};
use safar_domain::{
    actor::Role,
    case::{
        Case, CaseCommand,
        handoff::{
            HandoffRefusal,
            claim::{ClaimPatient, IssueClaimCode},
            event::ClaimBasis,
        },
    },
    claim_code::ClaimDigits,
    ids::{CaseId, HandoffId, OrganisationId},
    person::Personal,
    policy::Action,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    persons,
    reading::{Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, answer, confirms, model_problem, ok, store_problem},
    problem::{Problem, catalogue},
};

/// How often a worker may name a code that opens nothing, in an hour.
const MISSES_OF_A_WORKER: usize = 10;
/// How often the patient of one code may be confirmed wrongly, in an hour, whoever asks.
const MISSES_OF_A_CODE: usize = 5;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::command::<ClaimHandoff>(
            "/v1/claims",
            (
                "handoffs.claim",
                "Records that the patient of a handoff is here, though another organisation was asked.",
            ),
            Action::ClaimPatient,
            Precondition::None,
            || web::route().to(claim),
        ),
        Endpoint::read::<Listing, Page<ClaimView>>(
            "/v1/claims",
            ("claims.list", "Lists the claims that the reader may settle, newest offer first."),
            Action::ReadClaims,
            || web::route().to(list),
        ),
        Endpoint::command::<NewCode>(
            "/v1/cases/{case}/handoffs/{part}/claim-code",
            (
                "handoffs.issue_claim_code",
                "Gives the patient a claim code for the card; an earlier one is void.",
            ),
            Action::Handoff,
            Precondition::None,
            || web::route().to(issue),
        )
        .answers::<IssuedCode>(),
    ]
}

/// Says how the caller knows the handoff: by the code on the card, or by a tie to the case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimHandoff {
    /// The day on which the patient came.
    #[schemars(with = "String", extend("format" = "date"))]
    on: Date,
    /// What says that it is this patient.
    by: ClaimBy,
}

/// What says that it is this patient.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClaimBy {
    /// The code on the patient's card, and what the patient says: worthless one without the other.
    Code(CodeAndConfirmation),
    /// The handoff itself, for an organisation that knows the case already.
    Handoff(HandoffId),
}

/// The code with the patient's own confirmation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CodeAndConfirmation {
    /// Twelve digits; spaces and hyphens do not matter.
    #[schemars(length(min = 12, max = 32))]
    code: String,
    /// The family name, as the patient says it, in any script.
    family_name: Personal,
    /// The year of birth, as the patient says it.
    #[schemars(range(min = 1900, max = 2100))]
    birth_year: i16,
}

impl std::fmt::Debug for CodeAndConfirmation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeAndConfirmation(…)")
    }
}

/// Why a handoff cannot be claimed is nobody's business who is no part of it; the patient's code makes one a part of it.
pub(super) fn shown(caller: &Caller, command: &CaseCommand, problem: Problem) -> Problem {
    let by_code = matches!(command, CaseCommand::ClaimPatient(_, claim) if claim.code.is_some());
    if by_code || problem.status() != StatusCode::CONFLICT {
        return problem;
    }
    tracing::info!(worker.role = caller.actor.role.code(), code = problem.code(), "a claim was refused");
    Problem::of(catalogue::NOT_FOUND)
}

async fn claim(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::ClaimPatient)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<ClaimHandoff>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let (case, command) = claimed(&app, &caller, &body).await?;
    let outcome = app.execute::<Case>(&case, &command, (&caller, &circumstances), |_| Ok(())).await;
    let outcome = outcome.map_err(|problem| shown(&caller, &command, problem))?;
    Ok(answers::recorded(&app, &caller, outcome, None))
}

/// The command that a claim stands for, on the case that the code, or the handoff, leads to.
pub(super) async fn claimed(
    app: &App,
    caller: &Caller,
    body: &ClaimHandoff,
) -> Result<(CaseId, CaseCommand), Problem> {
    let (case, handoff, code) = match &body.by {
        ClaimBy::Code(said) => by_code(app, caller, said).await?,
        ClaimBy::Handoff(handoff) => {
            let found = app.models.handoff(*handoff).await.map_err(|error| model_problem(&error))?;
            let (case, _) = found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
            (case, *handoff, None)
        }
    };
    let basis = if code.is_none() { ClaimBasis::PersonMatched } else { ClaimBasis::ClaimCode };
    Ok((case, CaseCommand::ClaimPatient(handoff, ClaimPatient { on: body.on, basis, code })))
}

/// The handoff behind a code whose patient confirms it. Whatever is wrong, the answer is the same, and too many wrong ones
/// have to wait.
async fn by_code(
    app: &App,
    caller: &Caller,
    said: &CodeAndConfirmation,
) -> Result<(CaseId, HandoffId, Option<String>), Problem> {
    let digits =
        ClaimDigits::read(&said.code).map_err(|_| Problem::of_refusal(&HandoffRefusal::CodeMistyped))?;
    let (now, digest) = (app.clock.now(), digits.digest());
    let worker = format!("worker {}", caller.actor.worker);
    let waits = app.attempts.wait(&worker, MISSES_OF_A_WORKER, now);
    if let Some(seconds) = waits.max(app.attempts.wait(&digest, MISSES_OF_A_CODE, now)) {
        return Err(Problem::of(catalogue::TOO_MANY_REQUESTS).retry_after(seconds));
    }
    // A code that was issued a moment ago is known, whatever this node has read so far.
    let head = app.store.head().await.map_err(|error| store_problem(&error))?;
    app.reached(head).await?;
    let found = app.models.claim_code(&digest).await.map_err(|error| model_problem(&error))?;
    let confirmed = match found {
        Some((case, handoff)) => patient_confirms(app, case, said).await?.then_some((case, handoff)),
        None => None,
    };
    let Some((case, handoff)) = confirmed else {
        app.attempts.failed(&worker, now);
        if found.is_some() {
            app.attempts.failed(&digest, now);
        }
        return Err(Problem::of_refusal(&HandoffRefusal::ClaimCodeInvalid));
    };
    Ok((case, handoff, Some(digest)))
}

async fn patient_confirms(app: &App, case: CaseId, said: &CodeAndConfirmation) -> Result<bool, Problem> {
    let Some(person) = app.case(case).await?.opening.map(|opening| opening.person) else { return Ok(false) };
    let (_, person) = persons::fold(app, person).await?;
    Ok(person
        .description
        .is_some_and(|description| confirms(&description, &said.family_name, said.birth_year)))
}

/// Asks for a new claim code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewCode {}

/// The claim code that is in force now.
#[derive(Serialize, JsonSchema)]
struct IssuedCode {
    /// The code, in groups of four digits, for the patient's card.
    code: String,
    /// Until when it can be used.
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires_at: Timestamp,
    /// The names of the recorded events; empty when the code was in force already.
    recorded: Vec<String>,
}

async fn issue(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::Handoff)?;
    let mut payload = payload.into_inner();
    let (_, circumstances) =
        circumstances::<NewCode>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let (case, handoff): (CaseId, HandoffId) = (part(&request, "case")?, part(&request, "part")?);
    let before = app.case(case).await?;
    let issued = before.handoffs.all.get(&handoff).and_then(|handoff| handoff.claim_code.as_ref());
    let next = app.sealer.claim_code(handoff, issued.map_or(1, |code| code.issued + 1));
    let command = CaseCommand::IssueClaimCode(handoff, IssueClaimCode { digest: next.digest() });
    let outcome = app
        .execute::<Case>(&case, &command, (&caller, &circumstances), |state| {
            caller.reaches(Action::Handoff, state.standing(&caller.actor.organisation))
        })
        .await?;
    let after = app.case(case).await?;
    let (code, expires_at) = in_force(&app, &after, handoff)?;
    let mut response = answer(&app, ok(), outcome.position, caller.sees_numbers());
    response.insert_header((actix_web::http::header::ETAG, format!("\"{}\"", outcome.revision)));
    Ok(response.json(IssuedCode { code: code.reveal(), expires_at, recorded: outcome.recorded }))
}

/// The code of a handoff that can be used now; the log knows its digest alone, so it is made again from the secret.
pub(super) fn in_force(
    app: &App,
    case: &Case,
    handoff: HandoffId,
) -> Result<(ClaimDigits, Timestamp), Problem> {
    let absent = || Problem::of(catalogue::CLAIM_CODE_ABSENT);
    let issued = case.handoffs.all.get(&handoff).and_then(|handoff| handoff.claim_code.as_ref());
    let issued = issued.filter(|code| !code.used && app.clock.now() < code.expires_at).ok_or_else(absent)?;
    let code = app.sealer.claim_code(handoff, issued.issued);
    if code.digest() == issued.digest { Ok((code, issued.expires_at)) } else { Err(absent()) }
}

listing!(Listing {});

/// A claim that waits for an answer.
#[derive(Debug, Serialize, JsonSchema)]
struct ClaimView {
    /// The handoff.
    handoff: HandoffId,
    /// The case.
    case: CaseId,
    /// The revision of the case; send it as `If-Match` when you settle the claim.
    revision: u64,
    /// Who offered.
    from: OrganisationId,
    /// To whom.
    to: OrganisationId,
    /// Who has the patient.
    claimed_by: OrganisationId,
    /// Since when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    claimed_at: Timestamp,
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadClaims).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let actor = &reader.caller.actor;
    let senders = if actor.role == Role::Coordinator {
        let organisations = reader.caller.directory.organisations.iter();
        organisations
            .filter(|(_, state)| state.country() == actor.country)
            .map(|(id, _)| id.clone())
            .collect()
    } else {
        vec![actor.organisation.clone()]
    };
    let found =
        app.models.open_claims(&senders, after, limit).await.map_err(|error| model_problem(&error))?;
    let mut items = Vec::new();
    for record in found {
        let Some(claim) = &record.handoff.claim else { continue };
        let case = app.models.case(record.case).await.map_err(|error| model_problem(&error))?;
        items.push(ClaimView {
            handoff: record.id,
            case: record.case,
            revision: case.map_or(0, |case| case.revision.get()),
            claimed_by: claim.organisation.clone(),
            claimed_at: claim.claimed_at,
            from: record.handoff.from,
            to: record.handoff.to,
        });
    }
    reader.page((&app, &request), items, limit, |claim| claim.handoff.to_string())
}
