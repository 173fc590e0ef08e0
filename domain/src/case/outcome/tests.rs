use jiff::{Span, civil::Date};

use super::{Outcome, OutcomeRefusal};
use crate::{
    case::{
        CaseEvent, CaseRefusal,
        fixtures::*,
        laboratory::{CultureGrowth, Finding, SmearGrade},
    },
    testing::given,
};

mod corrections;
mod failures;
mod lost;
mod measures;
mod old_definitions;
mod sustained;
mod twice;
mod untreated;

/// A treated case with doses up to the given day of treatment and cultures on the given days of treatment.
fn followed(last_dose: i32, cultures: &[(i32, CultureGrowth)]) -> Vec<CaseEvent> {
    let mut history = treated_case_and([dosed(START, day(last_dose))]);
    for (number, (on, growth)) in (10u128..).zip(cultures) {
        history.push(collected(number, day(*on)));
        history.push(resulted(number, day(*on), culture(*growth)));
    }
    history
}

fn day(n: i32) -> Date {
    START + Span::new().days(n)
}

const NEGATIVE: CultureGrowth = CultureGrowth::Negative;

#[test]
fn cured_needs_completion_and_two_negatives_seven_days_apart_by_collection() {
    let cured =
        |history: &[CaseEvent]| given(history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).code();
    assert_eq!(cured(&followed(170, &[(60, NEGATIVE), (89, NEGATIVE)])), None);
    assert_eq!(cured(&followed(170, &[(60, NEGATIVE), (67, NEGATIVE)])), None);
    assert_eq!(cured(&followed(170, &[(60, NEGATIVE), (65, NEGATIVE)])), Some("cured_needs_conversion"));
    assert_eq!(cured(&followed(170, &[(60, NEGATIVE)])), Some("cured_needs_conversion"));
    assert_eq!(cured(&followed(170, &[])), Some("cured_needs_conversion"));
    assert_eq!(cured(&followed(100, &[(60, NEGATIVE), (89, NEGATIVE)])), Some("treatment_not_completed"));
}

#[test]
fn contaminated_and_non_tuberculous_cultures_are_no_evidence_of_conversion() {
    for growth in [CultureGrowth::Contaminated, CultureGrowth::NonTuberculous] {
        given(&followed(170, &[(60, growth), (89, growth)]))
            .when(report(Outcome::Cured, TODAY))
            .as_(&shymkent())
            .refused("cured_needs_conversion");
    }
}

#[test]
fn reversion_rules_out_cured_until_the_patient_converts_again() {
    let positive = CultureGrowth::Tuberculosis;
    let reverted = [(60, NEGATIVE), (70, NEGATIVE), (90, positive), (100, positive)];
    given(&followed(170, &reverted))
        .when(report(Outcome::Cured, TODAY))
        .as_(&shymkent())
        .refused("cured_after_reversion");
    let again = [reverted.as_slice(), &[(120, NEGATIVE), (130, NEGATIVE)]].concat();
    given(&followed(170, &again)).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).accepted();
}

#[test]
fn negative_smears_do_not_outweigh_cultures_that_turned_positive_again() {
    let positive = CultureGrowth::Tuberculosis;
    let mut history = followed(170, &[(60, NEGATIVE), (70, NEGATIVE), (120, positive), (130, positive)]);
    for (number, on) in [(50u128, 60), (51, 90)] {
        let negative = Finding::Smear { grade: SmearGrade::Negative, bacilli: None };
        history.extend([collected(number, day(on)), resulted(number, day(on), negative)]);
    }
    given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).refused("cured_after_reversion");
}

#[test]
fn a_course_mostly_missed_is_not_complete() {
    let mut history = followed(170, &[(60, NEGATIVE), (89, NEGATIVE)]);
    if let Some(CaseEvent::DosesRecorded(doses)) =
        history.iter_mut().find(|event| matches!(event, CaseEvent::DosesRecorded(_)))
    {
        (doses.taken, doses.missed) = (71, 100);
    }
    given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).refused("treatment_not_completed");
}

#[test]
fn extrapulmonary_disease_is_completed_and_never_cured() {
    let history = extrapulmonary_treated_and([dosed(START, day(170))]);
    given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).refused("cured_needs_pulmonary");
    given(&history).when(report(Outcome::Completed, TODAY)).as_(&shymkent()).accepted();
}

#[test]
fn lost_to_follow_up_needs_two_months_after_the_last_dose_and_the_medicine_carried() {
    let lost = |history: &[CaseEvent], on: i32| {
        given(history).when(report(Outcome::LostToFollowUp, day(on))).as_(&shymkent()).code()
    };
    let history = followed(30, &[]);
    assert_eq!(lost(&history, 70), Some("not_lost_yet"));
    assert_eq!(lost(&history, 92), None);
    let mut carried = history.clone();
    carried.push(supplied(day(31), 20));
    assert_eq!(lost(&carried, 92), Some("not_lost_yet"));
    assert_eq!(lost(&carried, 112), None);
}

#[test]
fn not_evaluated_is_refused_where_the_patient_is_lost() {
    given(&followed(30, &[]))
        .when(report(Outcome::NotEvaluated, day(120)))
        .as_(&shymkent())
        .refused("lost_to_follow_up_applies");
}

#[test]
fn the_one_who_reported_cannot_confirm() {
    let mut history = followed(170, &[(60, NEGATIVE), (89, NEGATIVE)]);
    history.push(reported(Outcome::Cured, TODAY, "tb1-tb-shymkent"));
    given(&history).when(confirm()).as_(&shymkent()).refused("outcome_needs_second_person");
    given(&history).when(confirm()).as_(&second_clinician()).then(&[confirmed(
        Outcome::Cured,
        TODAY,
        "tb-shymkent",
    )]);
}

#[test]
fn another_organisation_cannot_confirm() {
    let mut history = followed(170, &[(60, NEGATIVE), (89, NEGATIVE)]);
    history.push(reported(Outcome::Cured, TODAY, "tb1-tb-shymkent"));
    given(&history).when(confirm()).as_(&galaba()).refused("not_responsible");
}

#[test]
fn an_outcome_cannot_precede_the_start_or_lie_in_the_future() {
    given(&treated_case())
        .when(report(Outcome::Failed, day(-1)))
        .as_(&shymkent())
        .refused("outcome_before_start");
    given(&treated_case())
        .when(report(Outcome::Failed, TODAY.tomorrow().unwrap()))
        .as_(&shymkent())
        .refused("outcome_in_the_future");
}

#[test]
fn the_refusal_names_the_day_from_which_evidence_is_missing() {
    let said = |cultures: &[(i32, CultureGrowth)]| {
        let history = followed(170, cultures);
        match given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).refusal() {
            Some(CaseRefusal::Outcome(OutcomeRefusal::NoConversion { found, from, .. })) => (found, from),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(said(&[]), (0, START));
    assert_eq!(said(&[(60, CultureGrowth::Tuberculosis)]), (0, day(61)));
    assert_eq!(said(&[(60, NEGATIVE)]), (1, day(67)));
    assert_eq!(said(&[(60, NEGATIVE), (64, NEGATIVE)]), (1, day(67)));
    let refused = given(&followed(170, &[(60, NEGATIVE)])).when(report(Outcome::Cured, TODAY));
    let sentence = refused.as_(&shymkent()).refusal().map(|refusal| refusal.to_string()).unwrap_or_default();
    assert!(sentence.contains("On record: 1. Missing: one collected on 2026-08-01 or later."), "{sentence}");
}

#[test]
fn specimens_collected_after_the_day_of_the_outcome_are_no_evidence_for_it() {
    let history = followed(170, &[(60, NEGATIVE), (178, NEGATIVE)]);
    let cured = |on| given(&history).when(report(Outcome::Cured, on)).as_(&shymkent()).code();
    assert_eq!(cured(day(177)), Some("cured_needs_conversion"));
    assert_eq!(cured(day(178)), None);
}

#[test]
fn of_two_specimens_of_one_day_the_positive_one_decides() {
    let history = followed(170, &[(60, NEGATIVE), (70, NEGATIVE), (70, CultureGrowth::Tuberculosis)]);
    given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).refused("cured_needs_conversion");
}

#[test]
fn completed_is_for_those_who_are_not_cured_by_definition() {
    let history = followed(170, &[(60, NEGATIVE), (89, NEGATIVE)]);
    given(&history).when(report(Outcome::Completed, TODAY)).as_(&shymkent()).refused("cured_applies");
    given(&followed(170, &[])).when(report(Outcome::Completed, TODAY)).as_(&shymkent()).accepted();
}

#[test]
fn nobody_is_lost_or_not_evaluated_after_the_last_dose_of_a_complete_course() {
    let mut history = followed(170, &[]);
    for outcome in [Outcome::LostToFollowUp, Outcome::NotEvaluated] {
        given(&history).when(report(outcome, TODAY)).as_(&shymkent()).refused("treatment_completed");
    }
    history.pop();
    given(&history).when(report(Outcome::LostToFollowUp, TODAY)).as_(&shymkent()).accepted();
}

#[test]
fn an_interruption_of_two_months_rules_out_success_even_after_a_return() {
    let cured = |back: i32| {
        let mut history = followed(170, &[(60, NEGATIVE), (89, NEGATIVE)]);
        history.extend([interrupted(day(50)), resumed(day(back), back - 50), dosed(day(back), TODAY)]);
        given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).code()
    };
    assert_eq!(cured(112), Some("interrupted_two_months"));
    assert_eq!(cured(60), None);
}

#[test]
fn who_died_has_died_and_on_one_day() {
    let mut history = followed(170, &[(60, NEGATIVE), (89, NEGATIVE)]);
    given(&history).when(report(Outcome::Died, TODAY)).as_(&shymkent()).refused("death_not_recorded");
    history.push(died(day(175)));
    let said = |outcome, on| given(&history).when(report(outcome, on)).as_(&shymkent()).code();
    assert_eq!(said(Outcome::Died, day(174)), Some("death_on_another_day"));
    assert_eq!(said(Outcome::Died, day(175)), None);
    assert_eq!(said(Outcome::Cured, day(175)), Some("died_applies"));
    assert_eq!(said(Outcome::Cured, day(174)), None);
}
