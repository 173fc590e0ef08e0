//! Claims and their codes.

use super::*;
use crate::{
    actor::{Actor, Role},
    claim_code::ClaimDigits,
};

fn coordinator(country: Country) -> Actor {
    Actor { role: Role::Coordinator, country, organisation: organisation("coordinator"), ..galaba() }
}

#[test]
fn the_sender_gives_the_patient_a_code_and_the_same_one_counts_once() {
    let mut history = shared_case();
    history.push(handoff_offered("ngo-galaba", "ngo-kz-taraz", Support));
    given(&history).when(issue_claim_code()).as_(&galaba()).then(&[claim_code_issued()]);
    given(&history).when(issue_claim_code()).as_(&taraz()).refused("handoff_not_yours");
    given(&offered_case()).when(issue_claim_code()).as_(&galaba()).nothing();
    let ended = and(offered_case(), [handoff_declined()]);
    given(&ended).when(issue_claim_code()).as_(&galaba()).refused("claim_code_out_of_place");
}

#[test]
fn a_stranger_claims_with_the_code_and_with_nothing_else() {
    given(&offered_case()).when(claim()).as_(&karaganda()).then(&[claimed("ngo-kz-karaganda")]);
    given(&offered_case()).when(claim_with(None)).as_(&karaganda()).refused("not_found");
    let wrong = claim_with(Some(ClaimDigits::numbered(1)));
    given(&offered_case()).when(wrong).as_(&karaganda()).refused("claim_code_unknown");
}

#[test]
fn a_code_opens_one_claim_and_not_for_ever() {
    let used = and(offered_case(), [claimed("ngo-kz-karaganda"), claim_refused("ngo-kz-karaganda")]);
    given(&used).when(claim()).as_(&shymkent()).refused("claim_code_unknown");
    given(&offered_case()).hours_later(90 * 24).when(claim()).as_(&karaganda()).refused("claim_code_unknown");
}

#[test]
fn a_code_of_an_ended_handoff_opens_the_one_that_follows_it() {
    let mut next = handoff_offered("ngo-galaba", "ngo-kz-karaganda", Support);
    let second = crate::ids::HandoffId(uuid::Uuid::from_u128(9));
    if let CaseEvent::HandoffOffered(offered) = &mut next {
        offered.handoff = second;
    }
    let history = and(offered_case(), [handoff_declined(), next]);
    let events = given(&history).when(claim()).as_(&shymkent()).events();
    let [CaseEvent::PatientArrivedElsewhere(arrived)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((arrived.handoff, arrived.code_of), (second, Some(HANDOFF)));
}

#[test]
fn a_code_of_an_ended_handoff_without_another_says_whom_to_ask() {
    let history = and(offered_case(), [handoff_declined()]);
    given(&history).when(claim()).as_(&karaganda()).refused("handoff_ended");
}

#[test]
fn a_coordinator_of_the_senders_country_settles_a_claim_and_one_of_another_does_not() {
    let history = and(offered_case(), [claimed("ngo-kz-karaganda")]);
    let moved = support_moved("ngo-galaba", "ngo-kz-karaganda");
    let confirmed = [claim_confirmed("ngo-kz-karaganda", false), moved];
    given(&history).when(confirm_claim()).as_(&coordinator(Country::TJ)).then(&confirmed);
    given(&history).when(refuse_claim()).as_(&coordinator(Country::TJ)).accepted();
    given(&history).when(confirm_claim()).as_(&coordinator(Country::KZ)).refused("not_found");
}

#[test]
fn a_claimant_answers_for_what_it_can_and_the_rest_stays_with_the_sender() {
    let history = treated_and_offered_case();
    let events = given(&history).when(claim()).as_(&karaganda()).events();
    let claimed = and(history, events);
    let confirmed = given(&claimed).when(confirm_claim()).as_(&shymkent()).events();
    assert_eq!(confirmed, [claim_confirmed("ngo-kz-karaganda", false)], "an NGO gives no TB treatment");
    let case = given(&and(claimed, confirmed)).state();
    assert_eq!(case.responsibility.of(Tb), Some(&shymkent().organisation));
    let needs = crate::case::worklist::worklist(&case);
    assert!(
        needs.iter().any(|item| item.about == "open_need" && item.organisation == shymkent().organisation)
    );
}

#[test]
fn a_refused_claim_brings_back_no_handoff_of_the_dead_and_none_whose_consent_is_gone() {
    let claimed = and(offered_case(), [claimed("ngo-kz-karaganda")]);
    let dead = and(claimed.clone(), [died(TODAY)]);
    let refused = claim_refused("ngo-kz-karaganda");
    given(&dead).when(refuse_claim()).as_(&galaba()).then(&[refused.clone(), cancelled_by_death()]);
    let withdrawn_consent = given(&claimed).when(withdraw_consent_to_share_all()).as_(&galaba()).events();
    let gone = withdrawn(WithdrawReason::ConsentWithdrawn);
    given(&and(claimed, withdrawn_consent)).when(refuse_claim()).as_(&galaba()).then(&[refused, gone]);
}

#[test]
fn a_coordinator_takes_no_other_step() {
    let galaba = Actor { role: Role::Coordinator, ..galaba() };
    for command in [withdraw(), depart(10), stay(), extend(80), issue_claim_code()] {
        given(&offered_case()).when(command).as_(&galaba).refused("handoff_not_yours");
    }
}
