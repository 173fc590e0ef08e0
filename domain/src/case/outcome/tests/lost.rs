//! Two consecutive months without a dose (WHO 2021; WHO TB DAK, D24).

use jiff::civil::Date;

use super::{NEGATIVE, day, followed};
use crate::{
    case::{
        CaseEvent,
        fixtures::*,
        handoff::event::{Evidence, ExternalConfirmed, ExternalDestination, ExternalStep},
        outcome::Outcome,
        programme::Programme,
        treatment::SupplyPurpose,
    },
    ids::Country,
    testing::given,
};

fn said(history: &[CaseEvent], outcome: Outcome, on: Date) -> Option<&'static str> {
    given(history).when(report(outcome, on)).as_(&shymkent()).code()
}

fn lost(history: &[CaseEvent], on: i32) -> Option<&'static str> {
    said(history, Outcome::LostToFollowUp, day(on))
}

/// Doses up to the 30th day, then medicine for so many days.
fn supplied_for(days: u16, purpose: Option<SupplyPurpose>) -> Vec<CaseEvent> {
    let mut history = followed(30, &[]);
    let mut event = supplied(day(31), days);
    if let CaseEvent::MedicineSupplied(medicine) = &mut event {
        medicine.purpose = purpose;
    }
    history.push(event);
    history
}

/// Taken or missed on every day of the period.
fn recorded(from: i32, until: i32, taken: u16) -> CaseEvent {
    let mut event = dosed(day(from), day(until));
    if let CaseEvent::DosesRecorded(doses) = &mut event {
        doses.missed = doses.taken - taken;
        doses.taken = taken;
        doses.last_taken_on = (taken > 0).then_some(day(until));
    }
    event
}

#[test]
fn two_months_without_a_record_are_neither_taken_nor_a_success() {
    let course = |back: i32| {
        let mut history = followed(60, &[(60, NEGATIVE), (89, NEGATIVE)]);
        history.push(dosed(day(back), TODAY));
        history
    };
    assert_eq!(said(&course(122), Outcome::Cured, TODAY), None);
    let unknown = course(123);
    assert_eq!(said(&unknown, Outcome::Cured, TODAY), Some("no_dose_for_two_months"));
    assert_eq!(lost(&unknown, 121), Some("not_lost_yet"));
    assert_eq!(lost(&unknown, 122), None);
    let mut told = unknown;
    told.push(dosed(day(90), day(90)));
    assert_eq!(said(&told, Outcome::Cured, TODAY), None, "a dose that is recorded later ends the silence");
    assert_eq!(lost(&told, 122), Some("treatment_completed"));
}

#[test]
fn what_follows_a_complete_course_leaves_it_complete() {
    let mut history = followed(168, &[(60, NEGATIVE), (89, NEGATIVE)]);
    history.push(interrupted(day(170)));
    assert_eq!(said(&history, Outcome::Cured, TODAY), None);
    assert_eq!(said(&history, Outcome::LostToFollowUp, TODAY), Some("treatment_completed"));
}

#[test]
fn doses_too_few_for_their_period_leave_two_months_without_one() {
    let course = |taken| vec![recorded(0, 171, taken)];
    let of = |taken| lost(&treated_case_and(course(taken)), 100);
    assert_eq!(of(2), None);
    assert_eq!(of(100), Some("treatment_completed"));
}

#[test]
fn medicine_in_the_hand_of_the_patient_is_taken_until_treatment_is_interrupted() {
    let mut history = supplied_for(60, Some(SupplyPurpose::Travel));
    assert_eq!(lost(&history, 150), Some("not_lost_yet"));
    assert_eq!(lost(&history, 152), None, "two months after the 90th day");
    history.push(interrupted(day(40)));
    assert_eq!(lost(&history, 99), Some("not_lost_yet"));
    assert_eq!(lost(&history, 101), None, "two months after the 39th day");
}

#[test]
fn medicine_that_goes_on_after_an_interruption_is_taken_again() {
    let mut history = supplied_for(60, Some(SupplyPurpose::SelfAdministration));
    history.extend([interrupted(day(40)), resumed(day(50), 10)]);
    assert_eq!(lost(&history, 150), Some("not_lost_yet"));
}

#[test]
fn medicine_that_the_observer_keeps_is_not_carried() {
    assert_eq!(lost(&supplied_for(60, Some(SupplyPurpose::ObservedDoses)), 92), None);
    assert_eq!(lost(&supplied_for(60, None), 92), Some("not_lost_yet"), "handed out is into the own hand");
}

#[test]
fn doses_recorded_as_missed_outweigh_medicine_in_hand() {
    let mut history = supplied_for(60, Some(SupplyPurpose::Travel));
    history.push(recorded(31, 90, 0));
    assert_eq!(lost(&history, 92), None);
}

#[test]
fn a_return_is_a_dose_and_the_months_begin_anew() {
    let mut history = followed(30, &[]);
    history.extend([interrupted(day(31)), resumed(day(80), 49)]);
    assert_eq!(lost(&history, 130), Some("not_lost_yet"));
    assert_eq!(lost(&history, 142), None, "two months after the 80th day");
}

/// On that day a hospital outside the network has the patient.
fn moved_on(on: i32, mut history: Vec<CaseEvent>) -> Vec<CaseEvent> {
    let mut offer = handoff_offered("tb-shymkent", "external-ru", Programme::Tb);
    if let CaseEvent::HandoffOffered(offered) = &mut offer {
        let name = "City hospital 7, Samara".into();
        offered.external = Some(ExternalDestination { name, country: Country::RU, telephone: None });
    }
    let arrived = ExternalConfirmed {
        handoff: HANDOFF,
        step: ExternalStep::Arrived,
        on: day(on),
        evidence: Evidence::Call,
        reason: None,
    };
    history.extend([offer, CaseEvent::ExternalConfirmed(arrived)]);
    history
}

#[test]
fn a_patient_who_was_lost_before_a_move_is_not_one_who_moved_away() {
    let not_evaluated = |history: Vec<CaseEvent>| said(&history, Outcome::NotEvaluated, TODAY);
    assert_eq!(not_evaluated(moved_on(91, followed(30, &[]))), None);
    assert_eq!(not_evaluated(moved_on(92, followed(30, &[]))), Some("lost_to_follow_up_applies"));
    assert_eq!(not_evaluated(moved_on(179, followed(170, &[]))), Some("treatment_completed"));
    assert_eq!(not_evaluated(moved_on(-10, followed(30, &[]))), Some("lost_to_follow_up_applies"));
}

#[test]
fn who_moved_out_of_the_network_and_is_not_heard_of_is_not_evaluated_and_never_lost() {
    let outcomes = |history: &[CaseEvent]| {
        [Outcome::LostToFollowUp, Outcome::NotEvaluated].map(|outcome| said(history, outcome, TODAY))
    };
    let moved = moved_on(40, followed(30, &[]));
    assert_eq!(outcomes(&moved), [Some("moved_outside_network"), None]);
    assert_eq!(outcomes(&followed(30, &[])), [None, Some("lost_to_follow_up_applies")]);
    let mut back = moved.clone();
    back.push(dosed(day(70), day(80)));
    assert_eq!(outcomes(&back), [None, Some("lost_to_follow_up_applies")], "a return ends the move");
    for on in [20, 40, 91, 92, 100] {
        let both = outcomes(&moved_on(on, followed(30, &[])));
        assert_eq!(both.iter().filter(|refusal| refusal.is_none()).count(), 1, "moved on day {on}");
    }
}

#[test]
fn who_moved_out_of_the_network_before_the_first_dose_is_not_evaluated_and_never_lost() {
    let moved = moved_on(100, diagnosed_case());
    assert_eq!(said(&moved, Outcome::LostToFollowUp, TODAY), Some("moved_outside_network"));
    assert_eq!(said(&moved, Outcome::NotEvaluated, TODAY), None);
}

#[test]
fn an_interruption_of_two_months_before_a_move_is_not_forgotten() {
    let mut history = followed(30, &[]);
    history.extend([interrupted(day(31)), resumed(day(100), 69), dosed(day(100), day(110))]);
    let moved = moved_on(115, history);
    assert_eq!(said(&moved, Outcome::NotEvaluated, TODAY), Some("lost_to_follow_up_applies"));
    assert_eq!(said(&moved, Outcome::LostToFollowUp, TODAY), None);
}
