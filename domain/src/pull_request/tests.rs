use std::collections::BTreeSet;

use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::{
    case::{Case, fixtures::*},
    refusal::Refusal as _,
    testing::{context, given},
};

const REQUEST: PullRequestId = PullRequestId(NEW_ID);
const CASE: CaseId = CaseId(Uuid::from_u128(7));
const PERSON: PersonId = PersonId(Uuid::from_u128(1));

/// Given these events, when the worker asks so many hours after noon, what comes of it.
fn when(
    history: &[PullRequestEvent],
    (actor, hours): (&Actor, i64),
    command: &PullRequestCommand,
) -> Result<Vec<PullRequestEvent>, &'static str> {
    let directory = directory();
    let now = NOON + SignedDuration::from_hours(hours);
    let context = Context { now, ..context(actor, &directory) };
    let facts: Vec<_> = history.iter().cloned().map(|event| context.fact(event)).collect();
    let state = PullRequest::replay(&facts);
    let result = state.decide(command, &context).map_err(|refusal| refusal.code());
    let name = match command {
        PullRequestCommand::Make(..) => None,
        PullRequestCommand::Answer(..) => Some("answer_pull_request"),
        PullRequestCommand::Decline(_) => Some("decline_pull_request"),
        PullRequestCommand::Withdraw(_) => Some("withdraw_pull_request"),
    };
    let announced = name.is_none_or(|name| state.commands(&actor.organisation).contains(&name));
    assert!(announced || result.is_err(), "{name:?} was not announced");
    result
}

/// Taraz has a patient of whom Galaba should know, and asks for support.
fn make() -> MakePullRequest {
    MakePullRequest {
        person: PERSON,
        of: organisation("ngo-galaba"),
        programmes: BTreeSet::from([Programme::Support]),
        patient_agreed: true,
        reason: PullReason::CameForCare,
    }
}

fn made() -> PullRequestEvent {
    PullRequestEvent::Made {
        request: REQUEST,
        person: PERSON,
        from: organisation("ngo-kz-taraz"),
        of: organisation("ngo-galaba"),
        programmes: BTreeSet::from([Programme::Support]),
        patient_agreed: true,
        reason: PullReason::CameForCare,
        lapses_at: NOON + SignedDuration::from_hours(14 * 24),
    }
}

fn asks(body: MakePullRequest) -> PullRequestCommand {
    PullRequestCommand::Make(body, None)
}

/// The handoff of a case with this history, as the edge finds it.
fn found(case: &Case) -> Option<Box<Handoff>> {
    case.handoffs.all.get(&HANDOFF).cloned().map(Box::new)
}

fn answers(found: Option<Box<Handoff>>) -> PullRequestCommand {
    PullRequestCommand::Answer(AnswerPullRequest { case: CASE, handoff: HANDOFF }, found)
}

fn declines() -> PullRequestCommand {
    PullRequestCommand::Decline(DeclinePullRequest { reason: PullDeclineReason::NotKnown })
}

const WITHDRAWS: PullRequestCommand = PullRequestCommand::Withdraw(WithdrawPullRequest {});

#[test]
fn an_organisation_asks_another_for_a_patient_who_agrees() {
    assert_eq!(when(&[], (&taraz(), 0), &asks(make())), Ok(vec![made()]));
    assert_eq!(when(&[made()], (&taraz(), 0), &asks(make())), Err("pull_request_made"));
}

#[test]
fn nobody_asks_without_the_patient() {
    let body = MakePullRequest { patient_agreed: false, ..make() };
    assert_eq!(when(&[], (&taraz(), 0), &asks(body)), Err("patient_agreement_missing"));
}

#[test]
fn a_request_goes_to_another_active_organisation_and_names_what_the_asker_can_take() {
    let refused = |body: MakePullRequest| when(&[], (&taraz(), 0), &asks(body)).unwrap_err();
    assert_eq!(
        refused(MakePullRequest { of: organisation("ngo-kz-taraz"), ..make() }),
        "pull_request_to_itself"
    );
    assert_eq!(refused(MakePullRequest { of: organisation("nobody"), ..make() }), "organisation_unknown");
    assert_eq!(
        refused(MakePullRequest { programmes: [].into(), ..make() }),
        "pull_request_without_programme"
    );
    let tb = MakePullRequest { programmes: [Programme::Tb].into(), ..make() };
    assert_eq!(refused(tb.clone()), "programme_not_taken_here");
    assert!(when(&[], (&shymkent(), 0), &asks(tb)).is_ok());
}

#[test]
fn the_same_person_is_not_asked_for_twice_at_a_time() {
    let again = PullRequestCommand::Make(make(), Some(PullRequestId(Uuid::from_u128(9))));
    assert_eq!(when(&[], (&taraz(), 0), &again), Err("pull_request_open"));
}

#[test]
fn it_is_answered_with_a_handoff_that_was_offered_to_the_asker() {
    let offered = given(&offered_case()).state();
    let answered = PullRequestEvent::Answered { request: REQUEST, case: CASE, handoff: HANDOFF };
    assert_eq!(when(&[made()], (&galaba(), 1), &answers(found(&offered))), Ok(vec![answered]));
}

#[test]
fn it_is_not_answered_with_an_offer_to_another_or_one_that_has_ended_or_none() {
    let elsewhere = a_case_and([
        consent_to_share_support(),
        handoff_offered("ngo-galaba", "ngo-kz-karaganda", Programme::Support),
    ]);
    let declined = offered_case().into_iter().chain([handoff_declined()]).collect();
    let tb = a_case_and([handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Tb)]);
    for history in [elsewhere, declined, tb, a_case()] {
        let handoff = found(&given(&history).state());
        assert_eq!(when(&[made()], (&galaba(), 1), &answers(handoff)), Err("pull_request_needs_offer"));
    }
}

#[test]
fn a_patient_who_has_arrived_by_the_offer_answers_it_still() {
    let mut history = offered_case();
    history.extend([handoff_accepted(), patient_arrived()]);
    let handoff = found(&given(&history).state());
    assert!(when(&[made()], (&galaba(), 1), &answers(handoff)).is_ok());
}

#[test]
fn each_side_takes_its_own_steps() {
    let offered = found(&given(&offered_case()).state());
    let steps =
        [(galaba(), WITHDRAWS), (taraz(), declines()), (taraz(), answers(offered)), (karaganda(), WITHDRAWS)];
    for (actor, command) in steps {
        assert_eq!(when(&[made()], (&actor, 1), &command), Err("pull_request_not_yours"), "{command:?}");
    }
    let reason = PullDeclineReason::NotKnown;
    let declined = PullRequestEvent::Declined { request: REQUEST, reason };
    assert_eq!(when(&[made()], (&galaba(), 1), &declines()), Ok(vec![declined]));
    let withdrawn = PullRequestEvent::Withdrawn { request: REQUEST };
    assert_eq!(when(&[made()], (&taraz(), 1), &WITHDRAWS), Ok(vec![withdrawn]));
}

#[test]
fn what_is_settled_stays_settled() {
    let request = REQUEST;
    let ends = [
        PullRequestEvent::Answered { request, case: CASE, handoff: HANDOFF },
        PullRequestEvent::Declined { request, reason: PullDeclineReason::Other },
        PullRequestEvent::Withdrawn { request },
        PullRequestEvent::Lapsed { request },
    ];
    for end in ends {
        let history = [made(), end];
        for (actor, command) in [(galaba(), declines()), (galaba(), answers(None)), (taraz(), WITHDRAWS)] {
            assert_eq!(when(&history, (&actor, 1), &command), Err("pull_request_settled"));
        }
    }
}

#[test]
fn who_comes_second_is_told_who_was_first_and_when() {
    let (directory, actor) = (directory(), galaba());
    let context = context(&actor, &directory);
    let reason = PullDeclineReason::NotKnown;
    let history = [made(), PullRequestEvent::Declined { request: REQUEST, reason }];
    let facts: Vec<_> = history.into_iter().map(|event| context.fact(event)).collect();
    let refusal = PullRequest::replay(&facts).decide(&declines(), &context).unwrap_err();
    assert_eq!(refusal.to_string(), format!("This pull request was declined by ngo-galaba at {NOON}."));
}

#[test]
fn nothing_is_done_with_a_request_that_was_never_made() {
    for command in [WITHDRAWS, declines(), answers(None)] {
        assert_eq!(when(&[], (&galaba(), 0), &command), Err("not_found"));
    }
}

#[test]
fn it_lapses_after_fourteen_days_and_not_before() {
    let directory = directory();
    let actor = taraz();
    let fact = context(&actor, &directory).fact(made());
    let open = PullRequest::default().evolve(&fact);
    let at = |hours: i64| NOON + SignedDuration::from_hours(hours);
    assert_eq!(open.due(at(14 * 24 - 1)), None);
    let lapsed = PullRequestEvent::Lapsed { request: REQUEST };
    assert_eq!(open.due(at(14 * 24)), Some((REQUEST, lapsed.clone())));
    let fact = context(&actor, &directory).fact(lapsed);
    assert_eq!(open.evolve(&fact).due(at(24 * 365)), None);
}

#[test]
fn only_its_two_sides_are_tied_to_it() {
    let directory = directory();
    let state = PullRequest::default().evolve(&context(&taraz(), &directory).fact(made()));
    for (actor, standing) in [(taraz(), true), (galaba(), true), (karaganda(), false)] {
        assert_eq!(state.standing(&actor.organisation).is_some(), standing, "{}", actor.organisation);
    }
    assert_eq!(PullRequest::default().standing(&galaba().organisation), None);
}
