//! Every command on a case, one row each: path, body, who may give it, and whether it commutes with others.

use actix_web::{
    FromRequest as _, HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use safar_domain::{
    case::{
        Case, CaseCommand, closing, consent,
        consent::DataClass,
        contact_investigation, diagnosis,
        handoff::{answer, arrival, claim, external, follow_up, offer},
        laboratory, movement, opening, outcome, prevention, referral, screening, support, treatment,
    },
    ids::{CaseId, ConsentId, ContactId, HandoffId, ReferralId, SpecimenId},
    policy::{self, Action},
};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use super::{Endpoint, Precondition, answers, reading::part};
use crate::{
    app::{App, Caller, OCCURRED_AT, Outcome, Request, model_problem},
    http::{Fingerprint, IdempotencyKey, IfMatchOrAny, RequestId, StrictJson, StrictQuery, read, single},
    ids::Ids,
    problem::{FieldError, Problem, catalogue},
};

/// A command on a case as it comes in: a body, and for steps on a part of the case that part's id.
pub(super) trait CaseBody: DeserializeOwned + JsonSchema + 'static {
    /// What the table says of it.
    const ROW: CaseRow;

    /// The command of the rulebook; `part` is the id in the address.
    fn command(self, part: Uuid) -> CaseCommand;
}

/// What the table says of a command on a case, however it comes in.
#[derive(Clone, Copy)]
pub(super) struct CaseRow {
    /// Its name; the policy says who may give it.
    pub(super) command: &'static str,
    /// Its address, with the ids in braces.
    pub(super) path: &'static str,
    /// What it must say about the revision.
    pub(super) precondition: Precondition,
    /// The last segment of a created thing's address; `None` when nothing is created.
    pub(super) creates: Option<&'static str>,
    /// Whether the person's record has to be looked up.
    person: bool,
    /// Reads its body; the id is that of the part it steps on.
    pub(super) read: fn(Value, Uuid) -> Result<CaseCommand, Problem>,
}

impl CaseRow {
    /// The row of a command by its name.
    pub(super) fn named(command: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.command == command)
    }

    /// The row of a command by its address.
    pub(super) fn at(path: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.path == path)
    }

    /// The names of all of them.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.command)
    }

    /// Who may give it.
    pub(super) fn action(&self) -> Action {
        policy::of_command(self.command)
    }
}

const STRICT: Precondition = Precondition::Revision;
const COMMUTES: Precondition = Precondition::RevisionOrAny;

macro_rules! case_commands {
    ($($path:literal $name:literal $summary:literal: $body:ty => $build:expr, $command:literal, $precondition:ident
        $(=> $segment:literal)? $(, $person:ident)?;)*) => {
        $(impl CaseBody for $body {
            const ROW: CaseRow = CaseRow {
                command: $command,
                path: concat!("/v1/cases/{case}/", $path),
                precondition: $precondition,
                creates: case_commands!(@creates $($segment)?),
                person: case_commands!(@person $($person)?),
                read: |document, part| Ok(read::<$body>(document)?.command(part)),
            };

            fn command(self, part: Uuid) -> CaseCommand {
                let build: fn(Self, Uuid) -> CaseCommand = $build;
                build(self, part)
            }
        })*

        /// Every command on a case that exists.
        const ROWS: &[CaseRow] = &[$(<$body as CaseBody>::ROW),*];

        /// The rows.
        pub(super) fn endpoints() -> Vec<Endpoint> {
            let mut endpoints = vec![open_endpoint()];
            endpoints.extend([$(row::<$body>($name, $summary)),*]);
            endpoints
        }
    };
    (@creates) => { None };
    (@creates $segment:literal) => { Some($segment) };
    (@person) => { false };
    (@person person) => { true };
}

case_commands! {
    "movements" "movements.record" "Records that the person departed, crossed a border or arrived.":
        movement::RecordMovement => |body, _| CaseCommand::RecordMovement(body), "record_movement", COMMUTES;
    "consents" "consents.record" "Records what the person agreed to, or declined.":
        consent::RecordConsent => |body, _| CaseCommand::RecordConsent(body), "record_consent", COMMUTES => "consents";
    "consents/{part}/withdraw" "consents.withdraw" "Takes a consent back; live handoffs that rest on it are withdrawn.":
        consent::WithdrawConsent => |body, part| CaseCommand::WithdrawConsent(ConsentId(part), body), "withdraw_consent", STRICT;
    "screenings" "screenings.record" "Records a screening; its result follows from what was found.":
        screening::RecordScreening => |body, _| CaseCommand::RecordScreening(body), "record_screening", COMMUTES;
    "screenings/declined" "screenings.declined" "Records that the person did not want to be screened.":
        screening::DeclineScreening => |body, _| CaseCommand::DeclineScreening(body), "decline_screening", COMMUTES;
    "referrals" "referrals.make" "Sends the patient to another organisation for a service.":
        referral::MakeReferral => |body, _| CaseCommand::MakeReferral(body), "make_referral", STRICT => "referrals";
    "referrals/{part}/accept" "referrals.accept" "Takes a referral.":
        referral::AcceptReferral => |body, part| CaseCommand::AcceptReferral(ReferralId(part), body), "accept_referral", STRICT;
    "referrals/{part}/decline" "referrals.decline" "Declines a referral with a reason.":
        referral::DeclineReferral => |body, part| CaseCommand::DeclineReferral(ReferralId(part), body), "decline_referral", STRICT;
    "referrals/{part}/withdraw" "referrals.withdraw" "Takes one's own referral back.":
        referral::WithdrawReferral => |body, part| CaseCommand::WithdrawReferral(ReferralId(part), body), "withdraw_referral", STRICT;
    "referrals/{part}/attendance" "referrals.attendance" "Records that the patient came, or did not.":
        referral::RecordAttendance => |body, part| CaseCommand::RecordAttendance(ReferralId(part), body), "record_attendance", COMMUTES;
    "referrals/{part}/result" "referrals.result" "Records what came of the visit.":
        referral::RecordReferralResult => |body, part| CaseCommand::RecordReferralResult(ReferralId(part), body), "record_referral_result", STRICT;
    "specimens" "specimens.collect" "Records that a specimen was taken.":
        laboratory::CollectSpecimen => |body, _| CaseCommand::CollectSpecimen(body), "collect_specimen", COMMUTES => "specimens";
    "specimens/{part}/results" "results.record" "Records a test result of a specimen.":
        laboratory::RecordResult => |body, part| CaseCommand::RecordResult(SpecimenId(part), body), "record_result", COMMUTES;
    "specimens/{part}/results/entered-in-error" "results.entered_in_error" "States that a result should not stand; what follows from the results is derived again.":
        laboratory::MarkResultInError => |body, part| CaseCommand::MarkResultInError(SpecimenId(part), body), "mark_result_in_error", STRICT;
    "diagnosis" "diagnosis.make" "Makes or revises the diagnosis; the first one registers the patient.":
        diagnosis::Diagnose => |body, _| CaseCommand::Diagnose(body), "diagnose", STRICT, person;
    "registrations" "registrations.make" "Enters the patient in this TB centre's register.":
        diagnosis::RegisterPatient => |body, _| CaseCommand::RegisterPatient(body), "register_patient", STRICT;
    "exclude-tb" "diagnosis.exclude" "States that the person does not have tuberculosis.":
        diagnosis::ExcludeTb => |body, _| CaseCommand::ExcludeTb(body), "exclude_tb", STRICT;
    "denotify" "diagnosis.denotify" "Takes the case out of every count, with the reason.":
        diagnosis::DeNotify => |body, _| CaseCommand::DeNotify(body), "denotify", STRICT;
    "treatments" "treatments.start" "Starts a treatment episode with its regimen.":
        treatment::StartTreatment => |body, _| CaseCommand::StartTreatment(body), "start_treatment", STRICT => "treatments", person;
    "regimen-changes" "regimens.change" "Changes the regimen; by the definitions this may end the episode and begin another.":
        treatment::ChangeRegimen => |body, _| CaseCommand::ChangeRegimen(body), "change_regimen", STRICT => "treatments", person;
    "weights" "weights.record" "Records the patient's weight during treatment.":
        treatment::RecordWeight => |body, _| CaseCommand::RecordWeight(body), "record_weight", COMMUTES;
    "phases" "phases.record" "Records that the intensive phase lasts longer, or that the continuation phase began.":
        treatment::RecordPhase => |body, _| CaseCommand::RecordPhase(body), "record_phase", STRICT;
    "extensions" "treatments.extend" "Plans more months for the treatment that runs, with the reason.":
        treatment::ExtendTreatment => |body, _| CaseCommand::ExtendTreatment(body), "extend_treatment", STRICT;
    "chest-x-rays" "chest_x_rays.record" "Records a chest X-ray that was made to follow a treatment.":
        treatment::RecordChestXray => |body, _| CaseCommand::RecordChestXray(body), "record_chest_xray", COMMUTES;
    "doses" "doses.record" "Records doses taken and missed, of a day or of a period.":
        treatment::RecordDoses => |body, _| CaseCommand::RecordDoses(body), "record_doses", COMMUTES;
    "supplies" "supplies.record" "Records that medicine was handed out.":
        treatment::SupplyMedicine => |body, _| CaseCommand::SupplyMedicine(body), "supply_medicine", COMMUTES;
    "interruptions" "interruptions.record" "Records that treatment stopped for a while.":
        treatment::InterruptTreatment => |body, _| CaseCommand::InterruptTreatment(body), "interrupt_treatment", STRICT;
    "resumption" "interruptions.end" "Records that treatment goes on.":
        treatment::ResumeTreatment => |body, _| CaseCommand::ResumeTreatment(body), "resume_treatment", STRICT;
    "adverse-events" "adverse_events.record" "Records a reaction to the medicine.":
        treatment::RecordAdverseEvent => |body, _| CaseCommand::RecordAdverseEvent(body), "record_adverse_event", COMMUTES;
    "preventions" "preventions.start" "Starts preventive treatment of somebody who is infected and not ill.":
        prevention::StartPrevention => |body, _| CaseCommand::StartPrevention(body), "start_prevention", STRICT => "preventions", person;
    "preventions/doses" "preventions.record_doses" "Records doses of preventive treatment, taken and missed.":
        prevention::RecordPreventionDoses => |body, _| CaseCommand::RecordPreventionDoses(body), "record_prevention_doses", COMMUTES;
    "preventions/hold" "preventions.hold" "Records that preventive treatment stands still.":
        prevention::HoldPrevention => |body, _| CaseCommand::HoldPrevention(body), "hold_prevention", STRICT;
    "preventions/resume" "preventions.resume" "Records that preventive treatment goes on.":
        prevention::ResumePrevention => |body, _| CaseCommand::ResumePrevention(body), "resume_prevention", STRICT;
    "preventions/end" "preventions.end" "Ends preventive treatment.":
        prevention::EndPrevention => |body, _| CaseCommand::EndPrevention(body), "end_prevention", STRICT;
    "outcome" "outcomes.report" "Reports how the treatment ended.":
        outcome::ReportOutcome => |body, _| CaseCommand::ReportOutcome(body), "report_outcome", STRICT;
    "outcome/confirm" "outcomes.confirm" "Confirms the reported outcome; never by the one who reported it.":
        outcome::ConfirmOutcome => |body, _| CaseCommand::ConfirmOutcome(body), "confirm_outcome", STRICT;
    "outcome/correct" "outcomes.correct" "Corrects an outcome that was confirmed; it counts once another has confirmed the correction.":
        outcome::CorrectOutcome => |body, _| CaseCommand::CorrectOutcome(body), "correct_outcome", STRICT;
    "handoffs" "handoffs.offer" "Offers responsibility for one or more programmes to another organisation.":
        offer::OfferHandoff => |body, _| CaseCommand::OfferHandoff(body), "offer_handoff", STRICT => "handoffs", person;
    "handoffs/{part}/acknowledge" "handoffs.acknowledge" "Tells the sender that the offer was seen.":
        answer::AcknowledgeHandoff => |body, part| CaseCommand::AcknowledgeHandoff(HandoffId(part), body), "acknowledge_handoff", STRICT;
    "handoffs/{part}/extend" "handoffs.extend" "Lets the offer last longer.":
        offer::ExtendHandoff => |body, part| CaseCommand::ExtendHandoff(HandoffId(part), body), "extend_handoff", STRICT;
    "handoffs/{part}/accept" "handoffs.accept" "Takes the offer, whole or in part; responsibility moves on arrival.":
        answer::AcceptHandoff => |body, part| CaseCommand::AcceptHandoff(HandoffId(part), body), "accept_handoff", STRICT;
    "handoffs/{part}/decline" "handoffs.decline" "Declines the offer with a reason.":
        answer::DeclineHandoff => |body, part| CaseCommand::DeclineHandoff(HandoffId(part), body), "decline_handoff", STRICT;
    "handoffs/{part}/withdraw" "handoffs.withdraw" "Takes the offer back, before the arrival.":
        offer::WithdrawHandoff => |body, part| CaseCommand::WithdrawHandoff(HandoffId(part), body), "withdraw_handoff", STRICT;
    "handoffs/{part}/rescind" "handoffs.rescind" "Gives back what was taken, before the departure.":
        answer::RescindAcceptance => |body, part| CaseCommand::RescindAcceptance(HandoffId(part), body), "rescind_acceptance", STRICT;
    "handoffs/{part}/depart" "handoffs.depart" "Records that the patient left, with the medicine in hand.":
        offer::DepartPatient => |body, part| CaseCommand::DepartPatient(HandoffId(part), body), "depart_patient", STRICT;
    "handoffs/{part}/did-not-travel" "handoffs.did_not_travel" "Records that the patient stayed.":
        offer::RecordDidNotTravel => |body, part| CaseCommand::RecordDidNotTravel(HandoffId(part), body), "record_did_not_travel", STRICT;
    "handoffs/{part}/arrive" "handoffs.arrive" "Records that the patient is here: the destination answers from now on.":
        arrival::ArrivePatient => |body, part| CaseCommand::ArrivePatient(HandoffId(part), body), "arrive_patient", COMMUTES;
    "handoffs/{part}/not-arrived" "handoffs.not_arrived" "Records that the patient has not come; tracing begins.":
        arrival::RecordNotArrived => |body, part| CaseCommand::RecordNotArrived(HandoffId(part), body), "record_not_arrived", STRICT;
    "handoffs/{part}/contact-attempts" "handoffs.contact_attempt" "Records that the patient was looked for.":
        arrival::RecordContactAttempt => |body, part| CaseCommand::RecordContactAttempt(HandoffId(part), body), "record_contact_attempt", COMMUTES;
    "handoffs/{part}/confirm-claim" "handoffs.confirm_claim" "Confirms another organisation's claim; responsibility follows the patient.":
        claim::ConfirmClaim => |body, part| CaseCommand::ConfirmClaim(HandoffId(part), body), "confirm_claim", STRICT;
    "handoffs/{part}/refuse-claim" "handoffs.refuse_claim" "Refuses another organisation's claim; the handoff goes on from where it was.":
        claim::RefuseClaim => |body, part| CaseCommand::RefuseClaim(HandoffId(part), body), "refuse_claim", STRICT;
    "handoffs/{part}/complete" "handoffs.complete" "Records that care goes on at the destination.":
        arrival::CompleteHandoff => |body, part| CaseCommand::CompleteHandoff(HandoffId(part), body), "complete_handoff", STRICT;
    "handoffs/{part}/entered-in-error" "handoffs.entered_in_error" "States that a handoff should never have been recorded.":
        offer::MarkEnteredInError => |body, part| CaseCommand::MarkEnteredInError(HandoffId(part), body), "mark_entered_in_error", STRICT;
    "handoffs/{part}/external-confirmations" "handoffs.confirm_external" "Records what a facility outside the network has let the sender know.":
        external::ConfirmExternal => |body, part| CaseCommand::ConfirmExternal(HandoffId(part), body), "confirm_external", STRICT;
    "handoffs/{part}/reports" "handoffs.report" "Tells those who answered before how care goes on.":
        follow_up::ReportProgress => |body, part| CaseCommand::ReportProgress(HandoffId(part), body), "report_progress", COMMUTES;
    "handoffs/{part}/review-override" "handoffs.review_override" "Says whether an override of the consent rule was right.":
        follow_up::ReviewOverride => |body, part| CaseCommand::ReviewOverride(HandoffId(part), body), "review_override", STRICT;
    "contacts" "contacts.list" "Lists somebody who shared the air with the patient; never by name.":
        contact_investigation::ListContact => |body, _| CaseCommand::ListContact(body), "list_contact", COMMUTES => "contacts";
    "contacts/{part}/results" "contacts.result" "Records what came of looking at a contact.":
        contact_investigation::RecordContactResult => |body, part| CaseCommand::RecordContactResult(ContactId(part), body), "record_contact_result", COMMUTES;
    "contacts/{part}/case" "contacts.link" "Links a contact to the case that was opened for them.":
        contact_investigation::LinkContact => |body, part| CaseCommand::LinkContact(ContactId(part), body), "link_contact", STRICT;
    "contacts/{part}/remove" "contacts.remove" "Takes a contact off the list that was listed in error.":
        contact_investigation::RemoveContact => |body, part| CaseCommand::RemoveContact(ContactId(part), body), "remove_contact", STRICT;
    "support" "support.give" "Records support that was given.":
        support::GiveSupport => |body, _| CaseCommand::GiveSupport(body), "give_support", COMMUTES;
    "notes" "notes.add" "Adds a note; never with a name, a telephone number or an HIV status.":
        support::AddNote => |body, _| CaseCommand::AddNote(body), "add_note", COMMUTES;
    "death" "deaths.record" "Records a death: live handoffs end, and the outcome is reported.":
        closing::RecordDeath => |body, _| CaseCommand::RecordDeath(body), "record_death", COMMUTES;
    "close" "cases.close" "Ends the work on a case.":
        closing::CloseCase => |body, _| CaseCommand::Close(body), "close_case", STRICT;
    "reopen" "cases.reopen" "Takes the work up again.":
        closing::ReopenCase => |body, _| CaseCommand::Reopen(body), "reopen_case", STRICT;
}

fn row<B: CaseBody>(name: &'static str, summary: &'static str) -> Endpoint {
    let CaseRow { path, precondition, creates, .. } = B::ROW;
    let handler = || web::route().to(give::<B>);
    let row = Endpoint::command::<B>(path, (name, summary), B::ROW.action(), precondition, handler);
    if creates.is_some() { row.creates() } else { row }
}

fn open_endpoint() -> Endpoint {
    Endpoint::command::<opening::OpenCase>(
        "/v1/cases",
        ("cases.open", "Opens the care record of a person; the opener answers for support."),
        Action::OpenCase,
        Precondition::None,
        || web::route().to(open),
    )
    .creates()
}

/// Opens a case for a person whom the caller's organisation may know.
async fn open(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::OpenCase)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<opening::OpenCase>(&request, &mut payload, (&app, &caller), Precondition::None)
            .await?;
    let outcome = open_case(&app, &caller, body, &circumstances).await?;
    let address = format!("/v1/cases/{}", outcome.id);
    Ok(answers::recorded(&app, &caller, outcome, Some(&address)))
}

/// Opens a case under the id that follows from the command's key.
pub(super) async fn open_case(
    app: &App,
    caller: &Caller,
    body: opening::OpenCase,
    circumstances: &Request,
) -> Result<Outcome, Problem> {
    super::persons::known(app, caller, body.person).await?;
    super::erasures::not_agreed_on(app, body.person).await?;
    let case = CaseId(Ids::derive(caller.actor.worker.as_str(), circumstances.key, "created"));
    app.execute::<Case>(&case, &CaseCommand::Open(body), (caller, circumstances), |_| Ok(())).await
}

/// Gives one command to one case.
async fn give<B: CaseBody>(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(B::ROW.action())?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(&request, &mut payload, (&app, &caller), B::ROW.precondition).await?;
    // After the body has been read, or the connection would tell a malformed id from one that nothing has.
    let case: CaseId = part(&request, "case")?;
    let command = body.command(step(&request)?);
    let outcome = carry_out(&app, &caller, &B::ROW, (case, &command), circumstances).await?;
    let created = B::ROW.creates.map(|segment| match segment {
        "handoffs" => format!("/v1/handoffs/{}", outcome.id),
        _ => format!("/v1/cases/{case}"),
    });
    Ok(answers::recorded_with((&app, &caller), outcome, created.as_deref(), command.warnings()))
}

/// Carries out one command on one case for a caller who may use the function, if the case is within reach.
pub(super) async fn carry_out(
    app: &App,
    caller: &Caller,
    row: &CaseRow,
    (case, command): (CaseId, &CaseCommand),
    mut circumstances: Request,
) -> Result<Outcome, Problem> {
    within_reach(app, caller, (case, command)).await?;
    if row.person {
        look_up_the_person(app, case, &mut circumstances).await?;
    }
    let with_source = match command {
        CaseCommand::StartPrevention(body) => {
            let sources = sources(app, caller, case).await?;
            Some(CaseCommand::StartPrevention(body.clone().caught_from(&sources)))
        }
        _ => None,
    };
    let command = with_source.as_ref().unwrap_or(command);
    let reached = |state: &Case| caller.reaches(row.action(), state.standing(&caller.actor.organisation));
    app.execute::<Case>(&case, command, (caller, &circumstances), reached).await
}

/// A contact is named by a record and by a case that the caller's organisation may know.
async fn within_reach(
    app: &App,
    caller: &Caller,
    (case, command): (CaseId, &CaseCommand),
) -> Result<(), Problem> {
    match command {
        CaseCommand::ListContact(contact_investigation::ListContact { person: Some(person), .. }) => {
            super::persons::known(app, caller, *person).await
        }
        CaseCommand::LinkContact(_, body) if body.case == case => Err(Problem::of(catalogue::NOT_FOUND)),
        CaseCommand::LinkContact(_, body) => {
            let other = app.case(body.case).await?;
            caller.reaches(Action::ReadCase, other.standing(&caller.actor.organisation))
        }
        _ => Ok(()),
    }
}

/// A command says everything in its address, its headers and its body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoQuery {}

/// The id of the consent, referral, specimen or handoff in the address; nil where the command is on the case itself.
pub(super) fn step(request: &HttpRequest) -> Result<Uuid, Problem> {
    if request.match_info().get("part").is_none() {
        return Ok(Uuid::nil());
    }
    part::<CaseId>(request, "part").map(|CaseId(id)| id)
}

/// Body, key, precondition and time of a command, in the order in which a caller wants to hear of mistakes.
pub(super) async fn circumstances<B: DeserializeOwned + 'static>(
    request: &HttpRequest,
    payload: &mut actix_web::dev::Payload,
    (app, caller): (&App, &Caller),
    precondition: Precondition,
) -> Result<(B, Request), Problem> {
    StrictQuery::<NoQuery>::extract(request).await?;
    let key = IdempotencyKey::extract(request).await?.0;
    let expected = expected(request, precondition).await?;
    let said = single(request.headers(), OCCURRED_AT)?;
    let occurred_at = caller.occurred_at(said, app.clock.now())?;
    let body = StrictJson::<B>::from_request(request, payload).await?;
    let correlation_id = RequestId::extract(request).await?.0;
    let fingerprint = with_occurred_at(said, body.fingerprint);
    let circumstances = Request {
        key,
        fingerprint,
        correlation_id,
        occurred_at,
        expected,
        birth: None,
        person_revision: None,
    };
    Ok((body.value, circumstances))
}

/// A command that says when it happened is another command when it says another time.
pub(super) fn with_occurred_at(said: Option<&str>, body: Fingerprint) -> Fingerprint {
    use sha2::{Digest as _, Sha256};
    match said {
        None => body,
        Some(text) => Sha256::new().chain_update(body).chain_update(text.as_bytes()).finalize().into(),
    }
}

async fn expected(request: &HttpRequest, precondition: Precondition) -> Result<Option<u64>, Problem> {
    if precondition == Precondition::None {
        return Ok(None);
    }
    decided_on(IfMatchOrAny::extract(request).await?, precondition)
}

/// The revision a command was decided on; only facts that commute may leave the order to the log.
pub(super) fn decided_on(said: IfMatchOrAny, precondition: Precondition) -> Result<Option<u64>, Problem> {
    match said {
        IfMatchOrAny::Revision(revision) => Ok(Some(revision)),
        IfMatchOrAny::Any if precondition == Precondition::RevisionOrAny => Ok(None),
        IfMatchOrAny::Any => {
            let sentence = "This command does not commute with others: name the revision it was decided on.";
            let error = FieldError::header("If-Match", "not_a_revision", sentence);
            Err(Problem::of(catalogue::IF_MATCH_INVALID).error(error))
        }
    }
}

/// What the caller's organisation may know of those from whom this person may have caught it: cases within its reach on which
/// this one is linked, and notices that it was sent about the person.
async fn sources(app: &App, caller: &Caller, case: CaseId) -> Result<Vec<prevention::Source>, Problem> {
    let organisation = &caller.actor.organisation;
    let listed = app.models.listed_on(case).await.map_err(|error| model_problem(&error))?;
    let mut sources = Vec::new();
    for patient in listed {
        let state = app.case(patient).await?;
        let now = app.clock.now();
        let opened = state.opened_to(&caller.actor, (now, caller.date_of(now)));
        let reached = caller.reaches(Action::ReadCase, state.standing(organisation)).is_ok();
        sources.extend((reached && opened.opens(DataClass::Tb)).then(|| prevention::Source::of_case(&state)));
    }
    if let Some(opening) = app.case(case).await?.opening {
        let told = app.models.contact_notices_about(opening.person, organisation).await;
        let told = told.map_err(|error| model_problem(&error))?;
        sources.extend(told.iter().map(|notice| prevention::Source::of_notice(&notice.told)));
    }
    Ok(sources)
}

/// The patient's birth date and the revision of the person's record, for the rules that depend on them. Care goes on for a
/// patient who was erased, as for one whose birth date nobody knows.
async fn look_up_the_person(app: &App, case: CaseId, circumstances: &mut Request) -> Result<(), Problem> {
    let Some(person) = app.case(case).await?.opening.map(|opening| opening.person) else { return Ok(()) };
    let found = super::persons::unless_erased(super::persons::fold(app, person).await)?;
    let Some((revision, state)) = found else { return Ok(()) };
    circumstances.birth = state.description.map(|description| description.birth);
    circumstances.person_revision = Some(revision.get());
    Ok(())
}
