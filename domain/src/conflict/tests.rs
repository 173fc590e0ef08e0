use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    Conflict, ConflictCommand, ConflictEvent, ConflictRaised, Resolution, ResolutionReason, ResolveConflict,
};
use crate::{
    actor::Actor,
    case::{
        Case, CaseCommand, CaseEvent,
        fixtures::*,
        handoff::{
            HandoffState,
            event::{CareContinued, WithdrawReason},
        },
        programme::Programme,
    },
    decider::Decider as _,
    ids::CaseId,
    policy::{Action, of_command},
    refusal::Refusal as _,
    testing::{context, given},
};

const CASE: CaseId = CaseId(Uuid::from_u128(0xca5e));

/// The commands that change who has the patient.
const CUSTODY: [&str; 12] = [
    "accept_handoff",
    "decline_handoff",
    "withdraw_handoff",
    "rescind_acceptance",
    "depart_patient",
    "record_did_not_travel",
    "arrive_patient",
    "confirm_external",
    "claim_patient",
    "confirm_claim",
    "refuse_claim",
    "complete_handoff",
];

/// A case whose offer to Taraz was taken back.
fn withdrawn_case() -> Case {
    let offered = handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Support);
    given(&a_case_and([offered, withdrawn(WithdrawReason::PlansChanged)])).state()
}

fn kept(command: &CaseCommand, refusal: &str, actor: &Actor) -> Option<ConflictRaised> {
    ConflictRaised::of((CASE, &withdrawn_case()), command, (refusal, &actor.organisation))
}

fn raised() -> ConflictRaised {
    kept(&accept(), "handoff_already_moved", &taraz()).expect("a conflict")
}

fn decide(conflict: &Conflict, command: &ConflictCommand, actor: &Actor) -> Result<usize, &'static str> {
    let directory = directory();
    let decided = conflict.decide(command, &context(actor, &directory));
    decided.map(|events| events.len()).map_err(|refusal| refusal.code())
}

fn evolved(conflict: Conflict, event: ConflictEvent, actor: &Actor) -> Conflict {
    let directory = directory();
    conflict.evolve(&context(actor, &directory).fact(event))
}

fn open() -> Conflict {
    evolved(Conflict::default(), ConflictEvent::Raised(Box::new(raised())), &taraz())
}

fn resolve(resolution: Resolution) -> ConflictCommand {
    ConflictCommand::Resolve(how(resolution))
}

fn how(resolution: Resolution) -> ResolveConflict {
    ResolveConflict { resolution, reason: ResolutionReason::Overtaken }
}

#[test]
fn an_acceptance_that_met_a_withdrawal_is_kept_with_what_it_met() {
    let conflict = raised();
    assert_eq!((conflict.case, conflict.handoff), (CASE, HANDOFF));
    assert_eq!(conflict.attempt.command, "accept_handoff");
    assert_eq!(conflict.winner.state, HandoffState::Withdrawn);
    assert_eq!((conflict.winner.by, conflict.winner.at), (galaba().organisation, NOON));
    assert_eq!(conflict.sides, [galaba().organisation, taraz().organisation].into());
}

#[test]
fn what_changes_no_custody_or_was_never_possible_makes_no_conflict() {
    assert_eq!(kept(&acknowledge(), "handoff_already_moved", &taraz()), None);
    assert_eq!(kept(&accept(), "handoff_not_yours", &taraz()), None);
    // Nor does a step of somebody who may not learn that there is such a case.
    assert_eq!(kept(&accept(), "handoff_already_moved", &karaganda()), None);
    assert!(kept(&accept(), "stale_revision", &taraz()).is_some());
}

#[test]
fn each_step_of_a_handoff_is_known_to_change_custody_or_not_to() {
    let neutral = [
        "offer_handoff",
        "acknowledge_handoff",
        "extend_handoff",
        "record_not_arrived",
        "record_contact_attempt",
        "mark_entered_in_error",
        "issue_claim_code",
        "report_progress",
        "review_override",
    ];
    let steps = [Action::Handoff, Action::Arrive, Action::ClaimPatient, Action::SettleClaim];
    for name in CaseCommand::NAMES.iter().filter(|name| steps.contains(&of_command(name))) {
        assert_ne!(CUSTODY.contains(name), neutral.contains(name), "{name}");
    }
    let first_visit = CareContinued::FirstVisit;
    for command in [accept(), decline(), withdraw(), rescind(), depart(20), arrive(), complete(first_visit)] {
        let kept = kept(&command, "handoff_already_moved", &taraz()).expect("a conflict");
        assert_eq!(kept.attempt.command, command.name());
        assert!(CUSTODY.contains(&command.name()));
    }
}

#[test]
fn what_was_asked_is_kept_in_codes_and_dates() {
    let declined = kept(&decline(), "handoff_already_moved", &taraz()).expect("a conflict").attempt;
    assert_eq!(declined.reason.as_deref(), Some("no_capacity"));
    let departed = kept(&depart(20), "handoff_already_moved", &galaba()).expect("a conflict").attempt;
    assert_eq!((departed.on, departed.medicine_days), (Some(TODAY), Some(20)));
    assert_eq!(super::code(serde_json::json!({ "other": "Anna said so" })), None);
}

#[test]
fn a_conflict_is_raised_once() {
    let raise = ConflictCommand::Raise(Box::new(raised()));
    assert_eq!(decide(&Conflict::default(), &raise, &taraz()), Ok(1));
    assert_eq!(decide(&open(), &raise, &taraz()), Ok(0));
}

#[test]
fn a_conflict_is_settled_once_and_by_those_whose_step_it_was() {
    let dismiss = resolve(Resolution::Dismissed);
    assert_eq!(decide(&Conflict::default(), &dismiss, &taraz()), Err("not_found"));
    assert_eq!(decide(&open(), &dismiss, &galaba()), Err("conflict_not_yours"));
    assert_eq!(decide(&open(), &dismiss, &taraz()), Ok(1));
    let settled = evolved(open(), ConflictEvent::Resolved(how(Resolution::Dismissed)), &taraz());
    assert_eq!(decide(&settled, &dismiss, &taraz()), Ok(0));
    assert_eq!(decide(&settled, &resolve(Resolution::Redone), &taraz()), Err("conflict_settled"));
}

#[test]
fn the_conflict_knows_whose_step_it_was_and_when_it_was_taken() {
    let conflict = open().0.expect("raised");
    assert_eq!((conflict.by.clone(), conflict.raised_at), (taraz(), NOON));
    assert!(conflict.occurred_at.instant <= conflict.raised_at + SignedDuration::ZERO);
    assert_eq!(conflict.organisations().len(), 2);
}

#[test]
fn a_history_in_any_order_is_taken_in() {
    let resolved = || ConflictEvent::Resolved(how(Resolution::Redone));
    let early = evolved(Conflict::default(), resolved(), &taraz());
    assert_eq!(early, Conflict::default());
    let twice = evolved(open(), ConflictEvent::Raised(Box::new(raised())), &galaba());
    assert_eq!(twice, open());
    // A case event is no event of a conflict.
    assert!(serde_json::from_value::<CaseEvent>(serde_json::to_value(resolved()).unwrap()).is_err());
}
