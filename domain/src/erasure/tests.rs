use jiff::ToSpan as _;

use super::*;
use crate::{
    case::{Case, CaseEvent, fixtures::*},
    refusal::Refusal as _,
    testing::context,
};

fn auditor() -> Actor {
    Actor { worker: "au-tj".parse().unwrap(), role: Role::Auditor, ..galaba() }
}

fn ask(ground: ErasureGround) -> ErasureCommand {
    ErasureCommand::Request(RequestErasure { ground }, PersonCases::default())
}

fn hold(until: Option<Date>) -> ErasureCommand {
    ErasureCommand::Hold(SetLegalHold { ground: HoldGround::Complaint, until })
}

fn done() -> ErasureCommand {
    ErasureCommand::Finish(PersonErased { cases: BTreeSet::new(), backups_closed: true })
}

const APPROVE: ErasureCommand =
    ErasureCommand::Approve(PersonCases { open: false, treated: false, on_treatment: false });
const ON_TREATMENT: PersonCases = PersonCases { open: true, treated: true, on_treatment: true };

/// Given these commands of these workers, each of which is taken, what comes of the last one.
fn after(before: &[(Actor, ErasureCommand)], last: (&Actor, &ErasureCommand)) -> Result<usize, &'static str> {
    let (actor, command) = last;
    let decided = state(before).decide(command, &context(actor, &directory()));
    decided.map(|events| events.len()).map_err(|refusal| refusal.code())
}

/// What these commands of these workers bring about, each of which is taken.
fn state(before: &[(Actor, ErasureCommand)]) -> Erasure {
    let directory = directory();
    let mut state = Erasure::default();
    for (actor, command) in before {
        let context = context(actor, &directory);
        for event in state.decide(command, &context).unwrap() {
            state = state.evolve(&context.fact(event));
        }
    }
    state
}

fn requested() -> Vec<(Actor, ErasureCommand)> {
    vec![(galaba(), ask(ErasureGround::OwnRequest))]
}

fn and(
    mut before: Vec<(Actor, ErasureCommand)>,
    more: (Actor, ErasureCommand),
) -> Vec<(Actor, ErasureCommand)> {
    before.push(more);
    before
}

#[test]
fn nobody_agrees_to_their_own_request_and_one_of_the_two_is_an_auditor() {
    assert_eq!(after(&requested(), (&auditor(), &APPROVE)), Ok(1));
    assert_eq!(after(&requested(), (&galaba(), &APPROVE)), Err("second_person_needed"));
    assert_eq!(after(&requested(), (&taraz(), &APPROVE)), Err("auditor_needed"));
    let by_auditor = [(auditor(), ask(ErasureGround::CourtOrder))];
    assert_eq!(after(&by_auditor, (&auditor(), &APPROVE)), Err("second_person_needed"));
    assert_eq!(after(&by_auditor, (&taraz(), &APPROVE)), Ok(1));
    assert_eq!(after(&[], (&auditor(), &APPROVE)), Err("erasure_not_requested"));
}

#[test]
fn a_legal_hold_stops_it_at_every_step_until_it_is_released_or_over() {
    let held = vec![(auditor(), hold(None))];
    assert_eq!(after(&held, (&galaba(), &ask(ErasureGround::CourtOrder))), Err("legal_hold"));
    let asked = and(requested(), (auditor(), hold(None)));
    assert_eq!(after(&asked, (&auditor(), &APPROVE)), Err("legal_hold"));
    let agreed = and(and(requested(), (auditor(), APPROVE)), (auditor(), hold(Some(TODAY))));
    assert!(!state(&agreed).due(TODAY));
    assert_eq!(after(&agreed, (&clock(), &done())), Ok(1), "it came after the keys were gone");
    assert!(state(&and(agreed, (auditor(), ErasureCommand::Release))).due(TODAY));
    assert_eq!(after(&held, (&auditor(), &hold(None))), Ok(0), "the same hold again");
    let yesterday = TODAY.checked_sub(1.day()).unwrap();
    assert_eq!(after(&[], (&auditor(), &hold(Some(yesterday)))), Err("legal_hold_over"));
    assert_eq!(after(&[], (&auditor(), &ErasureCommand::Release)), Err("no_legal_hold"));
    let over = Hold { ground: HoldGround::Complaint, until: Some(yesterday) };
    assert!(!Erasure { hold: Some(over), ..Erasure::default() }.held(TODAY));
}

#[test]
fn who_is_on_treatment_is_erased_by_order_of_a_court_alone() {
    let asked = |ground| ErasureCommand::Request(RequestErasure { ground }, ON_TREATMENT);
    for ground in [ErasureGround::OwnRequest, ErasureGround::EnteredByMistake] {
        assert_eq!(after(&[], (&galaba(), &asked(ground))), Err("erasure_during_treatment"));
    }
    assert_eq!(after(&[], (&galaba(), &asked(ErasureGround::CourtOrder))), Ok(1));
    // Treatment that has begun since counts as well.
    let late = ErasureCommand::Approve(ON_TREATMENT);
    assert_eq!(after(&requested(), (&auditor(), &late)), Err("erasure_during_treatment"));
}

#[test]
fn what_was_done_is_done_once_and_not_taken_back() {
    let agreed = and(requested(), (auditor(), APPROVE));
    let refuse = ErasureCommand::Refuse(RefuseErasure { reason: ErasureRefusalReason::Withdrawn });
    assert_eq!(after(&agreed, (&galaba(), &refuse)), Err("erasure_approved"));
    assert_eq!(after(&agreed, (&galaba(), &ask(ErasureGround::OwnRequest))), Ok(0));
    assert_eq!(after(&requested(), (&clock(), &done())), Err("erasure_not_requested"));
    let erased = and(agreed, (clock(), done()));
    for again in [ask(ErasureGround::OwnRequest), APPROVE, done()] {
        assert_eq!(after(&erased, (&auditor(), &again)), Ok(0), "{again:?}");
    }
    assert_eq!(after(&erased, (&auditor(), &hold(None))), Err("person_erased"));
}

#[test]
fn a_request_that_was_refused_can_be_made_anew() {
    let refuse = ErasureCommand::Refuse(RefuseErasure { reason: ErasureRefusalReason::GroundNotShown });
    let refused = and(requested(), (auditor(), refuse.clone()));
    assert_eq!(after(&refused, (&auditor(), &APPROVE)), Err("erasure_not_requested"));
    assert_eq!(after(&refused, (&galaba(), &refuse)), Ok(0));
    assert_eq!(after(&refused, (&galaba(), &ask(ErasureGround::CourtOrder))), Ok(1));
}

#[test]
fn an_open_case_and_a_treatment_are_pointed_at() {
    let of = |events: &[CaseEvent]| PersonCases::default().and(&crate::testing::given(events).state());
    assert_eq!(of(&a_case()).warnings(), [ErasureWarning::CaseOpen].into());
    let treated = of(&treated_case());
    assert!(treated.on_treatment && treated.treated);
    assert_eq!(treated.warnings(), [ErasureWarning::CaseOpen, ErasureWarning::DutyToKeep].into());
    let over = of(&treated_case_and([closed(), support_closed()]));
    assert!(!over.on_treatment && over.treated && !over.open);
    assert_eq!(PersonCases::default().and(&Case::default()), PersonCases::default());
}

#[test]
fn the_commands_that_are_announced_are_those_that_are_taken() {
    let directory = directory();
    let refuse = ErasureCommand::Refuse(RefuseErasure { reason: ErasureRefusalReason::Withdrawn });
    let all = [
        ("request_erasure", ask(ErasureGround::OwnRequest)),
        ("approve_erasure", APPROVE),
        ("refuse_erasure", refuse),
        ("release_legal_hold", ErasureCommand::Release),
    ];
    let mut state = Erasure::default();
    let steps = [(galaba(), all[0].1.clone()), (auditor(), hold(None)), (auditor(), ErasureCommand::Release)];
    for (actor, step) in steps.into_iter().chain([(auditor(), APPROVE), (clock(), done())]) {
        for (name, command) in &all {
            let context = context(&auditor(), &directory);
            let taken = state.decide(command, &context).is_ok_and(|events| !events.is_empty());
            let held = state.held(TODAY) && !name.starts_with("re");
            assert!(held || state.commands(&auditor()).contains(name) == taken, "{name} on {state:?}");
        }
        let context = context(&actor, &directory);
        for event in state.decide(&step, &context).unwrap() {
            state = state.evolve(&context.fact(event));
        }
    }
    assert!(state.erased.is_some() && state.commands(&auditor()).is_empty());
}

#[test]
fn any_event_on_any_state_is_taken_in() {
    let directory = directory();
    let context = context(&galaba(), &directory);
    let events = [
        ErasureEvent::Requested { ground: ErasureGround::OwnRequest, warnings: BTreeSet::new() },
        ErasureEvent::Approved {},
        ErasureEvent::Refused { reason: ErasureRefusalReason::WrongRecord },
        ErasureEvent::Held { ground: HoldGround::Complaint, until: None },
        ErasureEvent::Released {},
        ErasureEvent::Erased(PersonErased { cases: BTreeSet::new(), backups_closed: false }),
    ];
    for first in &events {
        for second in &events {
            let facts = [first, second].map(|event| context.fact(event.clone()));
            let state = Erasure::replay(&facts);
            let erased = facts.iter().any(|fact| matches!(fact.event, ErasureEvent::Erased(_)));
            assert_eq!(state.erased.is_some(), erased);
            assert!(!state.due(TODAY) || state.state() == Some(ErasureState::Approved));
        }
    }
}
