//! Every state × every side × every command of a handoff: what is taken and where it leads, and that all else is refused
//! and changes nothing. The table is the specification; the test walks over everything that is not in it, too.

use std::collections::BTreeSet;

use super::*;
use crate::{
    actor::{Actor, Role},
    case::{
        Case,
        handoff::{
            HandoffRefusal,
            event::{CareStatus, ErrorReason, Evidence, ExternalStep, ReviewFinding},
            external::ConfirmExternal,
            follow_up::{ReportProgress, ReviewOverride},
            offer::MarkEnteredInError,
        },
    },
    decider::{Context, Decider as _, Fact},
    refusal::{Refusal as _, RefusalKind},
    time::OccurredAt,
};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Sender,
    Receiver,
    Stranger,
    Coordinator,
}

const EVERYBODY: [Who; 4] = [Who::Sender, Who::Receiver, Who::Stranger, Who::Coordinator];

fn actor(who: Who) -> Actor {
    match who {
        Who::Sender => galaba(),
        Who::Receiver => taraz(),
        Who::Stranger => karaganda(),
        Who::Coordinator => Actor {
            role: Role::Coordinator,
            organisation: organisation("coordinator"),
            worker: "co-tj".parse().unwrap(),
            ..galaba()
        },
    }
}

/// Every state, with a history that leads there. A claim that is settled and one that is open are two.
fn states() -> Vec<(&'static str, Vec<CaseEvent>)> {
    use crate::case::handoff::event::{HandoffClosed, HandoffEnteredInError, HandoffSuperseded};
    let closed = HandoffClosed { handoff: HANDOFF };
    let acknowledged = CaseEvent::HandoffAcknowledged(closed.clone());
    let travelled = [handoff_accepted(), departed(20, &[])];
    let arrived = [handoff_accepted(), patient_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")];
    let with = |events: Vec<CaseEvent>| and(offered_case(), events);
    let settled = vec![
        claimed("ngo-kz-karaganda"),
        claim_confirmed("ngo-kz-karaganda", false),
        support_moved("ngo-galaba", "ngo-kz-karaganda"),
    ];
    let mistake = HandoffEnteredInError { handoff: HANDOFF, reason: ErrorReason::EnteredTwice };
    let over = HandoffSuperseded { handoff: HANDOFF, by: HANDOFF };
    vec![
        ("offered", with(vec![])),
        ("acknowledged", with(vec![acknowledged])),
        ("accepted", with(vec![handoff_accepted()])),
        ("departed", with(travelled.to_vec())),
        ("arrived", with(arrived.to_vec())),
        ("completed", with([arrived.to_vec(), vec![completed(CareContinued::FirstVisit)]].concat())),
        ("declined", with(vec![handoff_declined()])),
        ("expired", with(vec![expired()])),
        ("withdrawn", with(vec![withdrawn(WithdrawReason::PlansChanged)])),
        ("not_arrived", with(vec![handoff_accepted(), not_arrived()])),
        ("claimed", with(vec![claimed("ngo-kz-karaganda")])),
        ("arrived_elsewhere", with(settled)),
        ("did_not_travel", with(vec![handoff_accepted(), CaseEvent::PatientDidNotTravel(closed)])),
        ("cancelled_by_death", with(vec![cancelled_by_death()])),
        ("superseded", with(vec![CaseEvent::HandoffSuperseded(over)])),
        ("entered_in_error", with(vec![CaseEvent::HandoffEnteredInError(mistake)])),
    ]
}

/// Every command on a handoff, with a body that is right in itself.
fn commands() -> Vec<CaseCommand> {
    let external =
        ConfirmExternal { step: ExternalStep::Accepted, on: TODAY, evidence: Evidence::Call, reason: None };
    let report = ReportProgress { on: TODAY, status: CareStatus::InCare };
    let review = ReviewOverride { finding: ReviewFinding::Justified };
    vec![
        acknowledge(),
        extend(200),
        accept(),
        decline(),
        withdraw(),
        rescind(),
        depart(20),
        stay(),
        arrive(),
        miss(),
        CaseCommand::RecordContactAttempt(
            HANDOFF,
            crate::case::handoff::arrival::RecordContactAttempt {
                on: TODAY,
                channel: crate::case::handoff::event::ContactChannel::Telephone,
                result: crate::case::handoff::event::ContactResult::NoAnswer,
            },
        ),
        CaseCommand::MarkEnteredInError(HANDOFF, MarkEnteredInError { reason: ErrorReason::WrongPatient }),
        CaseCommand::ConfirmExternal(HANDOFF, external),
        issue_claim_code_anew(),
        claim(),
        confirm_claim(),
        refuse_claim(),
        complete(CareContinued::FirstVisit),
        CaseCommand::ReportProgress(HANDOFF, report),
        CaseCommand::ReviewOverride(HANDOFF, review),
    ]
}

/// What is taken: state, who, command, and where it leads. Everything that is not here is refused.
const TAKEN: &[(&[&str], Who, &str, &str)] = {
    use Who::{Coordinator, Receiver, Sender, Stranger};
    &[
        (&["offered"], Receiver, "acknowledge_handoff", "acknowledged"),
        (&["offered", "acknowledged"], Sender, "extend_handoff", "="),
        (&["offered", "acknowledged"], Receiver, "accept_handoff", "accepted"),
        (&["offered", "acknowledged"], Receiver, "decline_handoff", "declined"),
        (&["offered", "acknowledged", "accepted", "departed"], Sender, "withdraw_handoff", "withdrawn"),
        (&["accepted"], Receiver, "rescind_acceptance", "declined"),
        (&["accepted"], Sender, "depart_patient", "departed"),
        (&["accepted", "departed", "not_arrived"], Sender, "record_did_not_travel", "did_not_travel"),
        (
            &["offered", "acknowledged", "accepted", "departed", "not_arrived"],
            Receiver,
            "arrive_patient",
            "arrived",
        ),
        // A fact that beats the clock: the patient came before the offer ended.
        (&["expired"], Receiver, "arrive_patient", "arrived"),
        (&["accepted", "departed"], Sender, "record_not_arrived", "not_arrived"),
        (&["accepted", "departed"], Receiver, "record_not_arrived", "not_arrived"),
        (&["accepted", "departed", "not_arrived"], Sender, "record_contact_attempt", "="),
        (&["accepted", "departed", "not_arrived"], Receiver, "record_contact_attempt", "="),
        (
            &["offered", "acknowledged", "accepted", "departed"],
            Sender,
            "mark_entered_in_error",
            "entered_in_error",
        ),
        (
            &["offered", "acknowledged", "accepted", "departed", "not_arrived"],
            Sender,
            "issue_claim_code",
            "=",
        ),
        (
            &["offered", "acknowledged", "accepted", "departed", "not_arrived"],
            Stranger,
            "claim_patient",
            "arrived_elsewhere",
        ),
        (&["claimed"], Sender, "confirm_claim", "="),
        (&["claimed"], Coordinator, "confirm_claim", "="),
        (&["claimed"], Sender, "refuse_claim", "offered"),
        (&["claimed"], Coordinator, "refuse_claim", "offered"),
        (&["arrived"], Receiver, "complete_handoff", "completed"),
        (&["arrived", "completed"], Receiver, "report_progress", "="),
        (&["arrived_elsewhere"], Stranger, "report_progress", "="),
    ]
};

/// When a patient is late: arrivals are awaited for two weeks.
const LATE_HOURS: i64 = 20 * 24;

fn decide(
    case: &Case,
    command: &CaseCommand,
    who: Who,
) -> (Context<'static>, Result<Vec<CaseEvent>, &'static str>) {
    static DIRECTORY: std::sync::LazyLock<crate::directory::Directory> = std::sync::LazyLock::new(directory);
    let late = command.name() == "record_not_arrived";
    let now = NOON + jiff::SignedDuration::from_hours(if late { LATE_HOURS } else { 1 });
    let context = Context {
        now,
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        occurred_at: OccurredAt::at(now, &jiff::tz::TimeZone::UTC),
        ..crate::testing::context(&actor(who), &DIRECTORY)
    };
    let decided = case.decide(command, &context);
    if let Err(refusal) = &decided {
        let kind = refusal.kind();
        assert!(kind != RefusalKind::Invalid, "{who:?} {}: {refusal} is not about the state", command.name());
    }
    (context, decided.map_err(|refusal| refusal.code()))
}

fn leads_to(case: &Case, context: &Context<'_>, events: &[CaseEvent]) -> &'static str {
    let fact = |event: &CaseEvent| -> Fact<CaseEvent> { context.fact(event.clone()) };
    let after = events.iter().fold(case.clone(), |case, event| case.evolve(&fact(event)));
    assert_eq!(after.broken_invariant(), None);
    after.handoffs.all[&HANDOFF].state.code()
}

#[test]
fn every_cell_of_state_side_and_command_is_as_the_table_says() {
    let (mut cells, mut taken) = (0, BTreeSet::new());
    for (state, history) in states() {
        let case = given(&history).state();
        for command in commands() {
            for who in EVERYBODY {
                cells += 1;
                let row = TAKEN.iter().find(|(states, by, name, _)| {
                    states.contains(&state) && *by == who && *name == command.name()
                });
                let cell = format!("{state} × {who:?} × {}", command.name());
                let (context, decided) = decide(&case, &command, who);
                match (row, decided) {
                    (Some((_, _, _, to)), Ok(events)) if !events.is_empty() => {
                        let before = case.handoffs.all[&HANDOFF].state.code();
                        let to = if *to == "=" { before } else { to };
                        assert_eq!(leads_to(&case, &context, &events), to, "{cell}");
                        taken.insert(cell);
                    }
                    (None, Ok(events)) if events.is_empty() => (), // said already
                    (None, Err(_)) => (),
                    (row, decided) => panic!("{cell}: {row:?}, and it is {decided:?}"),
                }
            }
        }
    }
    assert_eq!(cells, 16 * 20 * 4);
    let rows: usize = TAKEN.iter().map(|(states, ..)| states.len()).sum();
    assert_eq!(taken.len(), rows, "every row of the table was met");
}

#[test]
fn an_ended_handoff_has_no_way_out_but_those_that_facts_force() {
    // Not arrived: the patient turns up. Expired: an arrival that happened before. Claimed: the claim is settled.
    let open =
        ["offered", "acknowledged", "accepted", "departed", "arrived", "not_arrived", "claimed", "expired"];
    for (state, history) in states().into_iter().filter(|(state, _)| !open.contains(state)) {
        let case = given(&history).state();
        let before = case.handoffs.all[&HANDOFF].state.code();
        for command in commands() {
            for who in EVERYBODY {
                let (context, decided) = decide(&case, &command, who);
                let after = decided.map(|events| leads_to(&case, &context, &events));
                assert!(after.is_err() || after == Ok(before), "{state} × {who:?} × {}", command.name());
            }
        }
    }
}

#[test]
fn a_step_that_comes_too_late_names_who_was_faster_and_when() {
    let history = and(offered_case(), [withdrawn(WithdrawReason::PlansChanged)]);
    let case = given(&history).state();
    let refused = case.decide(&accept(), &crate::testing::context(&taraz(), &directory()));
    let winner =
        HandoffRefusal::AlreadyMoved { state: "withdrawn", by: organisation("ngo-galaba"), at: NOON };
    assert_eq!(refused, Err(winner.into()));
}
