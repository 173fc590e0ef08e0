//! Every command on an HIV record, one row each.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use safar_domain::{
    case::Case,
    hiv::{
        HivCommand, HivRecord, art, coinfection, consent, counselling, grants, handoff, monitoring,
        opening::{CaseTie, OpenHivRecord},
        outcome, remote,
        tasks::TbFacts,
        testing,
    },
    ids::{CaseId, ConsentId, HandoffId, HivTestId},
    policy::{Action, Tie},
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    super::{
        Endpoint, Precondition, answers,
        case_commands::{circumstances, step},
        reading::part,
    },
    evenly, tie, tuberculosis,
};
use crate::{
    app::{App, Caller},
    problem::{Problem, catalogue},
};

/// What a command needs beside its body: the id in its address, and the case where it has to be asked.
struct Beside {
    part: Uuid,
    case: Case,
    /// What it says of tuberculosis, as far as the caller may know it.
    tb: TbFacts,
}

/// A command on an HIV record as it comes in.
trait HivBody: DeserializeOwned + JsonSchema + 'static {
    /// What the table says of it.
    const ROW: HivRow;

    /// The command of the rulebook.
    fn command(self, beside: &Beside) -> HivCommand;
}

/// What the table says of a command.
#[derive(Clone, Copy)]
struct HivRow {
    path: &'static str,
    precondition: Precondition,
    creates: bool,
    /// Whether the case has to be looked up.
    case: bool,
    /// Whether it lets somebody in, so that the first of a centre may give it.
    lets_in: bool,
}

impl HivRow {
    const fn action(self) -> Action {
        if self.lets_in { Action::GrantHiv } else { Action::RecordHiv }
    }
}

const STRICT: Precondition = Precondition::Revision;
const COMMUTES: Precondition = Precondition::RevisionOrAny;

macro_rules! hiv_commands {
    ($($path:literal $name:literal $summary:literal: $body:ty => $build:expr, $precondition:ident $(, $flag:ident)*;)*) => {
        $(impl HivBody for $body {
            const ROW: HivRow = HivRow {
                path: concat!("/v1/cases/{case}/hiv/", $path),
                precondition: $precondition,
                creates: false $(|| hiv_commands!(@creates $flag))*,
                case: false $(|| hiv_commands!(@case $flag))*,
                lets_in: false $(|| hiv_commands!(@lets_in $flag))*,
            };

            fn command(self, beside: &Beside) -> HivCommand {
                let build: fn(Self, &Beside) -> HivCommand = $build;
                build(self, beside)
            }
        })*

        /// The rows.
        pub(super) fn endpoints() -> Vec<Endpoint> {
            let mut endpoints = vec![open_endpoint()];
            endpoints.extend([$(row::<$body>($name, $summary)),*]);
            endpoints
        }
    };
    (@creates creates) => { true };
    (@case case) => { true };
    (@lets_in lets_in) => { true };
    (@$other:ident $flag:ident) => { false };
}

hiv_commands! {
    "accesses" "hiv.grant_access" "Lets a colleague of the own centre into the record for 90 days, or oneself where nobody of the centre is.":
        grants::GrantHivAccess => |body, _| HivCommand::GrantAccess(body), COMMUTES, lets_in;
    "accesses/end" "hiv.end_access" "Ends a colleague's access, or one's own; it counts at the next request.":
        grants::EndHivAccess => |body, _| HivCommand::EndAccess(body), COMMUTES;
    "consents" "hiv.consent" "Records what the person agreed to, or declined, about HIV data; no other consent covers them.":
        consent::RecordHivConsent => |body, _| HivCommand::RecordConsent(body), COMMUTES, creates;
    "consents/{part}/withdraw" "hiv.withdraw_consent" "Takes such a consent back; it counts at the next request.":
        consent::WithdrawHivConsent => |body, at| HivCommand::WithdrawConsent(ConsentId(at.part), body), STRICT;
    "counselling" "hiv.counsel" "Records counselling, alone or as a couple.":
        counselling::RecordCounselling => |body, _| HivCommand::RecordCounselling(body), COMMUTES;
    "tests" "hiv.test" "Records a run of the testing strategy; what it says follows from its assays.":
        testing::RecordHivTest => |body, _| HivCommand::RecordTest(body), COMMUTES, creates;
    "tests/{part}/return" "hiv.return_result" "Records that the person was told the result.":
        testing::ReturnResult => |body, at| HivCommand::ReturnResult(HivTestId(at.part), body), COMMUTES;
    "confirmations" "hiv.confirm" "Records the paper by which an AIDS centre elsewhere confirmed the status.":
        testing::RecordConfirmation => |body, _| HivCommand::RecordConfirmation(body), COMMUTES;
    "cd4" "hiv.cd4" "Records a CD4 measurement.":
        monitoring::RecordCd4 => |body, _| HivCommand::RecordCd4(body), COMMUTES;
    "viral-loads" "hiv.viral_load" "Records a viral load.":
        monitoring::RecordViralLoad => |body, _| HivCommand::RecordViralLoad(body), COMMUTES;
    "who-stages" "hiv.who_stage" "Records the WHO clinical stage.":
        monitoring::RecordWhoStage => |body, _| HivCommand::RecordWhoStage(body), COMMUTES;
    "art" "hiv.start_art" "Starts ART, or records that it runs already.":
        art::StartArt => |body, _| HivCommand::StartArt(body), STRICT;
    "art/substitute" "hiv.substitute_art" "Changes medicines within the line.":
        art::SubstituteArt => |body, _| HivCommand::SubstituteArt(body), STRICT;
    "art/switch" "hiv.switch_art" "Changes to a higher line.":
        art::SwitchArt => |body, _| HivCommand::SwitchArt(body), STRICT;
    "art/stop" "hiv.stop_art" "Ends ART.":
        art::StopArt => |body, _| HivCommand::StopArt(body), STRICT;
    "art/dispense" "hiv.dispense_art" "Hands out medicine for some months.":
        art::DispenseArt => |body, _| HivCommand::DispenseArt(body), COMMUTES;
    "missed-visits" "hiv.missed_visit" "Records that the patient did not come to a visit.":
        outcome::RecordVisitMissed => |body, _| HivCommand::RecordVisitMissed(body), COMMUTES;
    "outreach" "hiv.outreach" "Records that the patient was looked for, and what came of it.":
        outcome::RecordOutreach => |body, _| HivCommand::RecordOutreach(body), COMMUTES;
    "outcome" "hiv.outcome" "Records an outcome of HIV care.":
        outcome::RecordHivOutcome => |body, _| HivCommand::RecordOutcome(body), STRICT;
    "remote-registration" "hiv.begin_remote_registration" "Begins registration from afar at the AIDS centre of origin.":
        remote::BeginRemoteRegistration => |body, _| HivCommand::BeginRemoteRegistration(body), STRICT;
    "remote-registration/steps" "hiv.remote_step" "Records a step of registration from afar.":
        remote::RecordRemoteStep => |body, _| HivCommand::RecordRemoteStep(body), STRICT;
    "lf-lam" "hiv.lf_lam" "Records an LF-LAM of urine.":
        coinfection::RecordLfLam => |body, _| HivCommand::RecordLfLam(body), COMMUTES;
    "traces" "hiv.judge_trace" "States that a trace in a specimen of the case confirms tuberculosis, because the status is positive.":
        coinfection::JudgeTrace => |body, at| {
            let found = coinfection::trace_found(&at.case, body.specimen);
            HivCommand::JudgeTrace(body, found)
        }, STRICT, case;
    "tb-screens" "hiv.tb_screen" "Records that the patient was asked for signs of tuberculosis at a visit.":
        coinfection::RecordTbScreen => |body, _| HivCommand::RecordTbScreen(body), COMMUTES;
    "prophylaxis" "hiv.prophylaxis" "Starts co-trimoxazole or preventive treatment of tuberculosis.":
        coinfection::StartProphylaxis => |body, at| HivCommand::StartProphylaxis(body, at.tb.clone()), COMMUTES, case;
    "prophylaxis/end" "hiv.end_prophylaxis" "Ends co-trimoxazole or preventive treatment of tuberculosis, with how it ended.":
        coinfection::EndProphylaxis => |body, _| HivCommand::EndProphylaxis(body), STRICT;
    "handoffs" "hiv.offer" "Offers the HIV care to another AIDS centre, under a consent that covers it.":
        handoff::OfferHivHandoff => |body, _| HivCommand::OfferHandoff(body), STRICT, creates;
    "handoffs/{part}/accept" "hiv.accept" "Takes the offer; responsibility moves on arrival.":
        handoff::AcceptHivHandoff => |body, at| HivCommand::AcceptHandoff(HandoffId(at.part), body), STRICT;
    "handoffs/{part}/decline" "hiv.decline" "Declines the offer with a reason.":
        handoff::DeclineHivHandoff => |body, at| HivCommand::DeclineHandoff(HandoffId(at.part), body), STRICT;
    "handoffs/{part}/withdraw" "hiv.withdraw" "Takes one's own offer back, before the arrival.":
        handoff::WithdrawHivHandoff => |body, at| HivCommand::WithdrawHandoff(HandoffId(at.part), body), STRICT;
    "handoffs/{part}/arrive" "hiv.arrive" "Records that the patient is here: the destination answers from now on.":
        handoff::ArriveHivPatient => |body, at| HivCommand::ArrivePatient(HandoffId(at.part), body), STRICT;
    "handoffs/{part}/not-arrived" "hiv.not_arrived" "Records that the patient has not come; the sender goes on answering.":
        handoff::RecordHivNotArrived => |body, at| HivCommand::RecordNotArrived(HandoffId(at.part), body), STRICT;
}

fn row<B: HivBody>(name: &'static str, summary: &'static str) -> Endpoint {
    let handler = || web::route().to(give::<B>);
    let row =
        Endpoint::command::<B>(B::ROW.path, (name, summary), B::ROW.action(), B::ROW.precondition, handler);
    if B::ROW.creates { row.creates() } else { row }
}

fn open_endpoint() -> Endpoint {
    Endpoint::command::<OpenHivRecord>(
        "/v1/cases/{case}/hiv",
        ("hiv.open", "Opens the HIV record of a patient who was referred here for an HIV test."),
        Action::OpenHiv,
        Precondition::None,
        || web::route().to(open),
    )
    .creates()
}

/// Opens the record: the referral of the case is looked up, and the case hears nothing of it.
async fn open(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::OpenHiv)?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<OpenHivRecord>(&request, &mut payload, (&app, &caller), Precondition::None).await?;
    let id: CaseId = part(&request, "case")?;
    let tie = CaseTie::of(id, &app.case(id).await?, &caller.actor.organisation);
    let referred = tie.referral.is_some();
    let command = HivCommand::Open(body, tie);
    let reached = |_: &HivRecord| {
        if referred {
            caller.reaches(Action::OpenHiv, Tie::default())
        } else {
            Err(Problem::of(catalogue::NOT_FOUND))
        }
    };
    let executed = app.execute::<HivRecord>(&id, &command, (&caller, &circumstances), reached);
    let outcome = evenly(executed).await?;
    Ok(answers::recorded(&app, &caller, outcome, Some(&format!("/v1/cases/{id}/hiv"))))
}

/// Gives one command to one record.
async fn give<B: HivBody>(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(B::ROW.action())?;
    let mut payload = payload.into_inner();
    let (body, circumstances) =
        circumstances::<B>(&request, &mut payload, (&app, &caller), B::ROW.precondition).await?;
    let id: CaseId = part(&request, "case")?;
    let case = if B::ROW.case { app.case(id).await? } else { Case::default() };
    let now = app.clock.now();
    let tb = tuberculosis(id, &case, &caller.actor, caller.date_of(now)).unwrap_or_default();
    let command = body.command(&Beside { part: step(&request)?, case, tb });
    let reached = |record: &HivRecord| {
        let tie = tie(record, &caller, now);
        let let_in = if B::ROW.lets_in {
            record.may_let_in(&caller.actor, (&caller.directory, now))
        } else {
            tie.let_in
        };
        caller.reaches(B::ROW.action(), Tie { let_in, ..tie })
    };
    let executed = app.execute::<HivRecord>(&id, &command, (&caller, &circumstances), reached);
    let outcome = evenly(executed).await?;
    let address = B::ROW.creates.then(|| format!("/v1/cases/{id}/hiv"));
    Ok(answers::recorded(&app, &caller, outcome, address.as_deref()))
}
