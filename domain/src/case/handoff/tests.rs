use super::{
    HandoffState, Warning,
    event::{CareContinued, ConsentOverride, DeclineReason, OverrideGround, WithdrawReason},
    expiry,
};
use crate::{
    case::{
        CaseCommand, CaseEvent,
        fixtures::*,
        programme::Programme::{Support, Tb},
    },
    ids::Country,
    testing::given,
};

fn and(mut history: Vec<CaseEvent>, more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    history.extend(more);
    history
}

mod claims;
mod ends;
mod matrix;

fn shared_case() -> Vec<CaseEvent> {
    a_case_and([consent_to_share_all(Country::KZ)])
}

#[test]
fn the_responsible_organisation_offers_under_a_consent() {
    given(&shared_case())
        .when(offer("ngo-kz-taraz", Support))
        .as_(&galaba())
        .without_packets()
        .then(&[handoff_offered("ngo-galaba", "ngo-kz-taraz", Support)]);
}

#[test]
fn an_offer_without_a_covering_consent_is_refused_unless_overridden_with_a_reason() {
    let history = a_case_and([consent_to_share_all(Country::RU)]);
    given(&history).when(offer("ngo-kz-taraz", Support)).as_(&galaba()).refused("consent_missing");
    let with_reason = |reason: &str| {
        let ground = OverrideGround::VitalInterest;
        let mut body = offer_body("ngo-kz-taraz", Support);
        body.consent_override = Some(ConsentOverride { ground, reason: reason.into() });
        CaseCommand::OfferHandoff(body)
    };
    given(&history).when(with_reason("urgent")).as_(&galaba()).refused("override_reason_length");
    given(&history).when(with_reason("unconscious at the border, needs care")).as_(&galaba()).accepted();
}

#[test]
fn an_offer_goes_to_an_active_organisation_that_takes_the_programme() {
    given(&shared_case()).when(offer("legal-aid", Support)).as_(&galaba()).refused("service_not_offered");
    given(&shared_case()).when(offer("nobody", Support)).as_(&galaba()).refused("organisation_unknown");
    given(&shared_case()).when(offer("ngo-galaba", Support)).as_(&galaba()).refused("handoff_to_itself");
}

#[test]
fn only_the_responsible_organisation_offers() {
    given(&shared_case()).when(offer("ngo-galaba", Support)).as_(&taraz()).refused("not_responsible");
    given(&shared_case()).when(offer("tb-shymkent", Tb)).as_(&galaba()).refused("programme_not_open");
}

#[test]
fn a_second_offer_for_a_programme_with_a_live_handoff_is_refused() {
    given(&offered_case()).when(offer("ngo-kz-karaganda", Support)).as_(&galaba()).refused("handoff_live");
}

#[test]
fn a_patient_in_treatment_is_offered_with_doses_and_medicine_on_record() {
    let history = treated_case_and([consent_to_share_all(Country::TJ)]);
    given(&history).when(offer("tj-national-tb-centre", Tb)).as_(&shymkent()).refused("packet_incomplete");
    let history = and(history, [dosed(START, TODAY), supplied(TODAY, 10)]);
    given(&history).when(offer("tj-national-tb-centre", Tb)).as_(&shymkent()).without_packets().then(&[
        handoff_offered_of(
            "tb-shymkent",
            "tj-national-tb-centre",
            &[Tb],
            &[Warning::MedicineBelow14Days, Warning::TreatmentEndsWithin30Days],
        ),
    ]);
}

#[test]
fn medicine_for_fourteen_days_from_today_is_not_below_fourteen_days() {
    let soon = Warning::TreatmentEndsWithin30Days;
    let warned = |days, warnings: &[Warning]| {
        let supply = [consent_to_share_all(Country::TJ), dosed(START, TODAY), supplied(TODAY, days)];
        let offered = handoff_offered_of("tb-shymkent", "tj-national-tb-centre", &[Tb], warnings);
        let offering = given(&treated_case_and(supply)).when(offer("tj-national-tb-centre", Tb));
        offering.as_(&shymkent()).without_packets().then(&[offered]);
    };
    warned(13, &[Warning::MedicineBelow14Days, soon]);
    warned(14, &[soon]);
}

#[test]
fn only_the_destination_answers() {
    for command in [acknowledge(), accept(), decline()] {
        given(&offered_case()).when(command.clone()).as_(&galaba()).refused("handoff_not_yours");
        given(&offered_case()).when(command).as_(&karaganda()).refused("handoff_not_yours");
    }
    given(&offered_case()).when(accept()).as_(&taraz()).then(&[handoff_accepted()]);
}

#[test]
fn acceptance_moves_nothing_and_arrival_moves_responsibility() {
    let accepted = and(offered_case(), [handoff_accepted()]);
    let responsible = given(&accepted).state().responsibility;
    assert_eq!(responsible.of(Support), Some(&organisation("ngo-galaba")));
    given(&accepted)
        .when(arrive())
        .as_(&taraz())
        .then(&[patient_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")]);
}

#[test]
fn a_patient_who_walks_in_before_the_answer_is_accepted_by_arriving() {
    given(&offered_case()).when(arrive()).as_(&taraz()).then(&[
        handoff_accepted_of(&[Support], true),
        patient_arrived(),
        support_moved("ngo-galaba", "ngo-kz-taraz"),
    ]);
}

#[test]
fn a_part_of_an_offer_can_be_refused_with_its_reason() {
    let both = treated_case_and([
        consent_to_share_all(Country::TJ),
        support_moved("ngo-galaba", "tb-shymkent"),
        handoff_offered_of("tb-shymkent", "tj-national-tb-centre", &[Support, Tb], &[]),
    ]);
    let all = [(Support, DeclineReason::NoCapacity), (Tb, DeclineReason::NoCapacity)];
    given(&both).when(accept_without(&all)).as_(&dushanbe()).refused("acceptance_of_nothing");
    let taken = and(both, [handoff_accepted_of(&[Tb], false)]);
    given(&taken)
        .when(arrive())
        .as_(&dushanbe())
        .then(&[patient_arrived(), tb_moved("tb-shymkent", "tj-national-tb-centre")]);
}

#[test]
fn the_loser_of_a_race_learns_who_won() {
    let withdrawn = and(offered_case(), [withdrawn(WithdrawReason::PlansChanged)]);
    given(&withdrawn).when(accept()).as_(&taraz()).refused("handoff_already_moved");
    let accepted = and(offered_case(), [handoff_accepted()]);
    given(&accepted).when(accept()).as_(&taraz()).refused("handoff_already_moved");
}

#[test]
fn time_alone_expires_an_unanswered_offer_once() {
    let state = given(&offered_case()).state();
    assert_eq!(expiry::next_due(&state), Some(NOON + jiff::SignedDuration::from_hours(72)));
    let at = |hours| expiry::due(&state, NOON + jiff::SignedDuration::from_hours(hours));
    assert_eq!(at(71), []);
    assert_eq!(at(72), [(HANDOFF, vec![expired()])]);
    let ended = given(&and(offered_case(), [expired()])).state();
    assert_eq!(expiry::due(&ended, NOON + jiff::SignedDuration::from_hours(100)), []);
    given(&and(offered_case(), [expired()]))
        .hours_later(73)
        .when(accept())
        .as_(&taraz())
        .refused("handoff_expired");
}

#[test]
fn an_arrival_before_the_expiry_recorded_after_it_beats_the_clock() {
    let history = and(offered_case(), [expired()]);
    let on = TODAY + jiff::Span::new().days(2);
    let arrived_in_time = || given(&history).hours_later(96).that_happened_hours_ago(48);
    arrived_in_time().when(arrive_on(on)).as_(&taraz()).then(&[
        reinstated_on(on),
        handoff_accepted_of(&[Support], true),
        patient_arrived_on(on),
        support_moved("ngo-galaba", "ngo-kz-taraz"),
    ]);
    arrived_in_time().when(arrive_on(TODAY)).as_(&taraz()).refused("arrival_not_dated");
    let too_late = given(&history).hours_later(96).that_happened_hours_ago(12);
    too_late.when(arrive_on(on)).as_(&taraz()).refused("handoff_expired");
}

#[test]
fn an_arrival_that_beats_the_clock_still_needs_the_consent_and_a_free_programme() {
    let on = TODAY + jiff::Span::new().days(2);
    let late = |more: CaseEvent| {
        let history = and(offered_case(), [expired(), more]);
        let given = given(&history).hours_later(96).that_happened_hours_ago(48);
        given.when(arrive_on(on)).as_(&taraz()).code()
    };
    let withdrawn = CaseEvent::ConsentWithdrawn(crate::case::consent::ConsentWithdrawn {
        consent: crate::ids::ConsentId(uuid::Uuid::from_u128(22)),
    });
    assert_eq!(late(withdrawn), Some("consent_missing"));
    assert_eq!(late(support_moved("ngo-galaba", "ngo-kz-karaganda")), Some("responsibility_elsewhere"));
}

#[test]
fn a_patient_cannot_have_arrived_before_the_offer() {
    let before = TODAY.yesterday().unwrap();
    given(&offered_case()).when(arrive_on(before)).as_(&taraz()).refused("arrival_before_offer");
    let mut late = given(&offered_case()).state().handoffs.all[&HANDOFF].clone();
    late.offered_at = NOON + jiff::SignedDuration::from_hours(11);
    assert_eq!(late.offered_on(), TODAY, "tomorrow in Dushanbe, today in Moscow");
}

#[test]
fn without_an_agreed_day_the_patient_is_expected_within_two_weeks() {
    let history = and(offered_case(), [handoff_accepted()]);
    let after = |days: i64| given(&history).hours_later(24 * days).when(miss()).as_(&galaba());
    after(14).refused("arrival_not_due");
    after(15).accepted();
}

#[test]
fn a_programme_that_the_destination_did_not_take_can_be_offered_elsewhere() {
    let both = treated_case_and([
        consent_to_share_all(Country::KZ),
        support_moved("ngo-galaba", "tb-shymkent"),
        handoff_offered_of("tb-shymkent", "tj-national-tb-centre", &[Support, Tb], &[]),
        handoff_accepted_of(&[Tb], false),
    ]);
    given(&both).when(offer("ngo-kz-taraz", Support)).as_(&shymkent()).accepted();
    given(&both).when(offer("ngo-kz-taraz", Tb)).as_(&shymkent()).refused("handoff_live");
}

#[test]
fn an_extension_is_longer_and_comes_three_times_at_most() {
    given(&offered_case()).when(extend(71)).as_(&galaba()).refused("extension_backwards");
    given(&offered_case()).when(extend(100)).as_(&galaba()).then(&[handoff_extended(100)]);
    let often = and(offered_case(), [handoff_extended(80), handoff_extended(90), handoff_extended(100)]);
    given(&often).when(extend(110)).as_(&galaba()).refused("handoff_extended_too_often");
}

#[test]
fn departure_with_less_than_fourteen_days_of_medicine_warns() {
    let history = treated_case_and([
        dosed(START, TODAY),
        handoff_offered("tb-shymkent", "tj-national-tb-centre", Tb),
        handoff_accepted_of(&[Tb], false),
    ]);
    given(&history)
        .when(depart(10))
        .as_(&shymkent())
        .then(&[departed(10, &[Warning::MedicineBelow14Days, Warning::TreatmentEndsWithin30Days])]);
    given(&history)
        .when(depart(21))
        .as_(&shymkent())
        .then(&[departed(21, &[Warning::TreatmentEndsWithin30Days])]);
}

#[test]
fn non_arrival_is_recorded_after_the_expected_day_and_leaves_responsibility_with_the_sender() {
    let history = and(offered_case(), [handoff_accepted(), departed(21, &[])]);
    given(&history).when(miss()).as_(&galaba()).refused("arrival_not_due");
    given(&history).hours_later(24).when(miss()).as_(&galaba()).then(&[not_arrived()]);
    let traced = given(&and(history, [not_arrived()])).state();
    assert_eq!(traced.responsibility.of(Support), Some(&organisation("ngo-galaba")));
}

#[test]
fn a_third_organisation_claims_and_responsibility_follows_the_confirmation() {
    let history = and(offered_case(), [handoff_accepted()]);
    given(&history).when(claim()).as_(&taraz()).refused("handoff_not_yours");
    given(&history).when(claim()).as_(&karaganda()).then(&[claimed("ngo-kz-karaganda")]);
    let claimed = and(history, [claimed("ngo-kz-karaganda")]);
    given(&claimed).when(note("provisional care")).as_(&karaganda()).accepted();
    given(&claimed).when(offer("ngo-kz-taraz", Support)).as_(&galaba()).refused("claim_pending");
    given(&claimed)
        .when(confirm_claim())
        .as_(&galaba())
        .then(&[claim_confirmed("ngo-kz-karaganda", false), support_moved("ngo-galaba", "ngo-kz-karaganda")]);
}

#[test]
fn a_refused_claim_leaves_the_handoff_where_it_was() {
    let claimed = and(offered_case(), [handoff_accepted(), claimed("ngo-kz-karaganda")]);
    given(&claimed).when(refuse_claim()).as_(&karaganda()).refused("handoff_not_yours");
    given(&claimed).when(refuse_claim()).as_(&galaba()).then(&[claim_refused("ngo-kz-karaganda")]);
    let refused = and(claimed, [claim_refused("ngo-kz-karaganda")]);
    assert_eq!(state_of(&refused), HandoffState::Accepted);
    assert!(given(&refused).state().standing(&karaganda().organisation).is_none());
    given(&refused).when(arrive()).as_(&taraz()).accepted();
}

#[test]
fn a_claim_on_a_handoff_that_others_have_moved_past_is_refused() {
    let moved =
        and(offered_case(), [handoff_accepted(), not_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")]);
    given(&moved).when(claim()).as_(&karaganda()).refused("handoff_ended");
}

#[test]
fn one_who_let_the_patient_pass_does_not_get_the_case_by_a_claim_of_its_own() {
    let mut second = and(offered_case(), [handoff_declined()]);
    let CaseEvent::HandoffOffered(mut offered) = handoff_offered("ngo-galaba", "ngo-kz-karaganda", Support)
    else {
        unreachable!("an offer is an offer")
    };
    offered.handoff = crate::ids::HandoffId(uuid::Uuid::from_u128(9));
    let CaseEvent::PatientArrivedElsewhere(mut by_taraz) = claimed("ngo-kz-taraz") else {
        unreachable!("a claim is a claim")
    };
    by_taraz.handoff = offered.handoff;
    second.push(CaseEvent::HandoffOffered(offered));
    let with_the_card = and(second.clone(), [CaseEvent::PatientArrivedElsewhere(by_taraz.clone())]);
    by_taraz.code_of = None;
    let by_its_word = and(second, [CaseEvent::PatientArrivedElsewhere(by_taraz)]);
    let standing = |history: &[CaseEvent]| given(history).state().standing(&taraz().organisation);
    assert_eq!(standing(&by_its_word), Some(crate::case::standing::Standing::Offered));
    assert_eq!(standing(&with_the_card), Some(crate::case::standing::Standing::Provisional));
}

#[test]
fn an_unanswered_claim_stands_after_72_hours() {
    let state = given(&and(offered_case(), [handoff_accepted(), claimed("ngo-kz-karaganda")])).state();
    let at = |hours| expiry::due(&state, NOON + jiff::SignedDuration::from_hours(hours));
    assert_eq!(at(71), []);
    assert_eq!(
        at(72),
        [(
            HANDOFF,
            vec![claim_confirmed("ngo-kz-karaganda", true), support_moved("ngo-galaba", "ngo-kz-karaganda")]
        )]
    );
}

#[test]
fn withdrawing_a_consent_withdraws_the_live_handoffs_that_rest_on_it() {
    given(&offered_case()).when(withdraw_consent_to_share_all()).as_(&galaba()).then(&[
        CaseEvent::ConsentWithdrawn(crate::case::consent::ConsentWithdrawn {
            consent: crate::ids::ConsentId(uuid::Uuid::from_u128(22)),
        }),
        withdrawn(WithdrawReason::ConsentWithdrawn),
    ]);
}

#[test]
fn care_at_the_destination_completes_the_handoff() {
    let arrived = treated_case_and([
        handoff_offered("tb-shymkent", "tj-national-tb-centre", Tb),
        handoff_accepted_of(&[Tb], false),
        patient_arrived(),
        tb_moved("tb-shymkent", "tj-national-tb-centre"),
    ]);
    given(&arrived).when(complete(CareContinued::FirstDose)).as_(&dushanbe()).refused("care_not_continued");
    let dosed = and(arrived, [dosed(TODAY, TODAY)]);
    given(&dosed)
        .when(complete(CareContinued::FirstDose))
        .as_(&dushanbe())
        .then(&[completed(CareContinued::FirstDose)]);
}

#[test]
fn a_terminal_state_has_no_way_out() {
    let ends =
        [vec![handoff_declined()], vec![withdrawn(WithdrawReason::PlansChanged)], vec![cancelled_by_death()]];
    for end in ends {
        let history = and(offered_case(), end);
        assert!(!state_of(&history).live());
        for command in [acknowledge(), accept(), decline(), arrive(), rescind()] {
            given(&history).when(command).as_(&taraz()).refused("handoff_already_moved");
        }
        for command in [withdraw(), extend(100), depart(21), stay(), confirm_claim()] {
            given(&history).when(command).as_(&galaba()).refused("handoff_already_moved");
        }
    }
}

#[test]
fn every_live_state_blocks_and_every_other_does_not() {
    let live =
        [HandoffState::Offered, HandoffState::Acknowledged, HandoffState::Accepted, HandoffState::Departed];
    for state in HandoffState::ALL {
        assert_eq!(state.live(), live.contains(&state), "{state:?}");
    }
}

#[test]
fn a_new_handoff_names_the_ended_one_before_it() {
    let declined = and(offered_case(), [handoff_declined()]);
    let mut body = offer_body("ngo-kz-karaganda", Support);
    body.previous = Some(HANDOFF);
    given(&declined).when(CaseCommand::OfferHandoff(body.clone())).as_(&galaba()).accepted();
    given(&shared_case())
        .when(CaseCommand::OfferHandoff(body))
        .as_(&galaba())
        .refused("previous_handoff_unknown");
}
