//! Claims: an organisation that nobody asked has the patient, and says so; the sender or a coordinator settles it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ETAG,
    web::{self, Data, Payload},
};
use jiff::{Timestamp, civil::Date};
use safar_domain::{
    access::Reading,
    actor::Role,
    case::{
        Case, CaseCommand, CaseEvent,
        handoff::{
            HandoffRefusal,
            claim::{ClaimPatient, IssueClaimCode},
            event::ClaimBasis,
        },
    },
    claim_code::ClaimDigits,
    decider::Fact,
    ids::{CaseId, HandoffId, OrganisationId},
    person::{Personal, likeness::confirms},
    policy::Action,
};
use safar_event_store::Position;
use safar_projections::recorded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Endpoint, Precondition,
    answers::Page,
    case_commands::circumstances,
    persons,
    reading::{Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, Request, answer, model_problem, ok, store_problem},
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
        )
        .answers::<Claimed>(),
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

async fn claim(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::ClaimPatient)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<ClaimHandoff>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let (case, command) = claimed(&app, &caller, &body, &circumstances).await?;
    let outcome = app.execute::<Case>(&case, &command, (&caller, &circumstances), |_| Ok(())).await?;
    let (case, handoff) = recorded_claim(&app, &caller, outcome.position).await?;
    let mut response = answer(&app, ok(), outcome.position, caller.sees_numbers());
    response.insert_header((ETAG, format!("\"{}\"", outcome.revision)));
    let (revision, recorded) = (outcome.revision.get(), outcome.recorded);
    Ok(response.json(Claimed { case, handoff, revision, recorded }))
}

/// The command that a claim stands for, on the case that the code, or the handoff, leads to.
pub(super) async fn claimed(
    app: &App,
    caller: &Caller,
    body: &ClaimHandoff,
    circumstances: &Request,
) -> Result<(CaseId, CaseCommand), Problem> {
    // A claim that was made before has used its code up: the log knows it, and answers as it did then.
    if let Some(first) = app.done_before(caller, circumstances).await? {
        let (case, handoff) = recorded_claim(app, caller, first.position).await?;
        let claim = ClaimPatient { on: body.on, basis: ClaimBasis::PersonMatched, code: None };
        return Ok((case, CaseCommand::ClaimPatient(handoff, claim)));
    }
    let (case, handoff, code) = match &body.by {
        ClaimBy::Code(said) => by_code(app, caller, said).await?,
        ClaimBy::Handoff(handoff) => {
            let found = app.models.handoff(*handoff).await.map_err(|error| model_problem(&error))?;
            let (case, _) = found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
            (case, *handoff, None)
        }
    };
    let basis = if code.is_some() { ClaimBasis::ClaimCode } else { ClaimBasis::PersonMatched };
    Ok((case, CaseCommand::ClaimPatient(handoff, ClaimPatient { on: body.on, basis, code })))
}

/// The case and the handoff of the claim that was recorded at a position.
async fn recorded_claim(app: &App, caller: &Caller, at: Position) -> Result<(CaseId, HandoffId), Problem> {
    let before = Position::from(at.get().saturating_sub(1));
    let found = app.store.read_all(before, 1).await.map_err(|error| store_problem(&error))?;
    let event = found.first().filter(|event| event.position == at);
    let fact = event.and_then(|event| Some((event, recorded::decode::<CaseEvent>(event).ok()?)));
    match fact {
        Some((event, Fact { event: CaseEvent::PatientArrivedElsewhere(claim), actor, .. }))
            if actor.organisation == caller.actor.organisation =>
        {
            let case = event.stream.id().parse().map_err(|_| Problem::of(catalogue::INTERNAL_ERROR))?;
            Ok((case, claim.handoff))
        }
        // Made for another organisation, for which the worker works no more.
        _ => Err(Problem::of(catalogue::NOT_FOUND)),
    }
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
    let (now, digest) = (app.clock.now(), app.sealer.code_digest(&digits));
    let worker = format!("worker {}", caller.actor.worker);
    let waits = |seconds| Problem::of(catalogue::TOO_MANY_REQUESTS).retry_after(seconds);
    app.attempts.begin(&worker, MISSES_OF_A_WORKER, now).map_err(waits)?;
    app.attempts.begin(&digest, MISSES_OF_A_CODE, now).map_err(waits)?;
    // A code that was issued a moment ago is known, whatever this node has read so far.
    let head = app.store.head().await.map_err(|error| store_problem(&error))?;
    app.reached(head).await?;
    let found = app.models.claim_code(&digest).await.map_err(|error| model_problem(&error))?;
    let confirmed = match found {
        Some((case, handoff)) => patient_confirms(app, case, said).await?.then_some((case, handoff)),
        None => None,
    };
    let Some((case, handoff)) = confirmed else {
        return Err(Problem::of_refusal(&HandoffRefusal::ClaimCodeInvalid));
    };
    app.attempts.right(&worker);
    app.attempts.right(&digest);
    Ok((case, handoff, Some(digest)))
}

async fn patient_confirms(app: &App, case: CaseId, said: &CodeAndConfirmation) -> Result<bool, Problem> {
    let Some(person) = app.case(case).await?.opening.map(|opening| opening.person) else { return Ok(false) };
    let found = persons::unless_erased(persons::fold(app, person).await)?;
    let Some((_, person)) = found else { return Ok(false) };
    Ok(person
        .description
        .is_some_and(|description| confirms(&description, &said.family_name, said.birth_year)))
}

/// A claim that was recorded.
#[derive(Serialize, JsonSchema)]
struct Claimed {
    /// The case, which the caller's organisation may read from now on.
    case: CaseId,
    /// The handoff.
    handoff: HandoffId,
    /// The case's revision after it; send it as `If-Match` with the next command.
    revision: u64,
    /// The names of the recorded events, in order.
    recorded: Vec<String>,
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
    let command =
        CaseCommand::IssueClaimCode(handoff, IssueClaimCode { digest: app.sealer.code_digest(&next) });
    let outcome = app
        .execute::<Case>(&case, &command, (&caller, &circumstances), |state| {
            caller.reaches(Action::Handoff, state.standing(&caller.actor.organisation))
        })
        .await?;
    let after = app.case(case).await?;
    let (code, expires_at) = in_force(&app, &after, handoff)?;
    let mut response = answer(&app, ok(), outcome.position, caller.sees_numbers());
    response.insert_header((ETAG, format!("\"{}\"", outcome.revision)));
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
    if app.sealer.code_digest(&code) == issued.digest { Ok((code, issued.expires_at)) } else { Err(absent()) }
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
    let listed = Reading::listed(Action::ReadClaims).cases(items.iter().map(|claim| claim.case));
    let shown = reader.discloses((&app, &request), listed).await?;
    reader.page((&app, &request), (shown, items), limit, |claim| claim.handoff.to_string())
}
