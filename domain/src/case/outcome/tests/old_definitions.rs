//! The definitions of 2013, for episodes that were begun under them (W13, OLD13).

use super::{NEGATIVE, day};
use crate::{
    case::{CaseEvent, fixtures::*, laboratory::CultureGrowth, outcome::Outcome},
    testing::given,
};

const POSITIVE: CultureGrowth = CultureGrowth::Tuberculosis;

fn begun_in_2013(resistant: bool, last: i32, cultures: &[(i32, CultureGrowth)]) -> Vec<CaseEvent> {
    let mut history = treated_case_and([dosed(START, day(last))]);
    for event in &mut history {
        if let CaseEvent::TreatmentStarted(started) = event {
            started.definitions = "who-2013-rev-2020".into();
            started.drug_resistant = resistant;
        }
    }
    for (number, (on, growth)) in (10u128..).zip(cultures) {
        history.extend([collected(number, day(*on)), resulted(number, day(*on), culture(*growth))]);
    }
    history
}

fn said(history: &[CaseEvent], outcome: Outcome) -> Option<&'static str> {
    given(history).when(report(outcome, TODAY)).as_(&shymkent()).code()
}

#[test]
fn susceptible_disease_is_cured_by_a_negative_in_the_last_month_and_one_before() {
    let cured =
        |cultures: &[(i32, CultureGrowth)]| said(&begun_in_2013(false, 170, cultures), Outcome::Cured);
    assert_eq!(cured(&[(60, NEGATIVE), (165, NEGATIVE)]), None);
    assert_eq!(cured(&[(165, NEGATIVE)]), Some("cured_needs_earlier_negative"));
    assert_eq!(cured(&[(60, NEGATIVE), (89, NEGATIVE)]), Some("cured_needs_last_month_negative"));
    assert_eq!(cured(&[(60, NEGATIVE), (145, POSITIVE), (165, NEGATIVE)]), Some("evidence_of_failure"));
    assert_eq!(cured(&[(60, NEGATIVE), (130, POSITIVE), (165, NEGATIVE)]), None);
}

#[test]
fn susceptible_disease_fails_by_a_positive_specimen_in_month_five_or_later() {
    let failed = |on: i32| said(&begun_in_2013(false, 170, &[(on, POSITIVE)]), Outcome::Failed);
    assert_eq!(failed(139), Some("failure_needs_late_positive"));
    assert_eq!(failed(140), None);
}

#[test]
fn resistant_disease_is_cured_by_three_negatives_thirty_days_apart_after_the_intensive_phase() {
    let cured = |cultures: &[(i32, CultureGrowth)]| said(&begun_in_2013(true, 170, cultures), Outcome::Cured);
    assert_eq!(cured(&[(70, NEGATIVE), (100, NEGATIVE), (130, NEGATIVE)]), None);
    assert_eq!(
        cured(&[(50, NEGATIVE), (100, NEGATIVE), (130, NEGATIVE)]),
        Some("cured_needs_three_negatives")
    );
    assert_eq!(
        cured(&[(70, NEGATIVE), (100, NEGATIVE), (129, NEGATIVE)]),
        Some("cured_needs_three_negatives")
    );
    let between = [(70, NEGATIVE), (100, NEGATIVE), (115, POSITIVE), (130, NEGATIVE)];
    assert_eq!(cured(&between), Some("cured_needs_three_negatives"));
}

#[test]
fn the_same_record_is_judged_by_the_set_that_its_episode_is_pinned_to() {
    let cultures = [(60, NEGATIVE), (89, NEGATIVE)];
    assert_eq!(said(&begun_in_2013(false, 170, &cultures), Outcome::Completed), None);
    assert_eq!(said(&super::followed(170, &cultures), Outcome::Completed), Some("cured_applies"));
}
