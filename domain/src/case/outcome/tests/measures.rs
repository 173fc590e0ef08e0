//! Cultures and smears together (WHO TB DAK, D18.DE.2–5).

use super::{day, followed};
use crate::{
    case::{
        fixtures::*,
        laboratory::{CultureGrowth, Finding, SmearGrade},
        outcome::Outcome,
    },
    testing::given,
};

/// Why cured is refused after a complete course with these cultures and smears; a negative number is a positive specimen.
fn cured(cultures: &[i32], smears: &[i32]) -> Option<&'static str> {
    let mut history = followed(170, &[]);
    let growth = |on: i32| if on < 0 { CultureGrowth::Tuberculosis } else { CultureGrowth::Negative };
    let grade = |on: i32| if on < 0 { SmearGrade::OnePlus } else { SmearGrade::Negative };
    let smear = |on: i32| Finding::Smear { grade: grade(on), bacilli: None };
    let cultures = cultures.iter().map(|on| (*on, culture(growth(*on))));
    let all = cultures.chain(smears.iter().map(|on| (*on, smear(*on))));
    for (number, (on, finding)) in (10u128..).zip(all) {
        history.extend([collected(number, day(on.abs())), resulted(number, day(on.abs()), finding)]);
    }
    given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).code()
}

#[test]
fn cultures_that_turn_positive_after_a_conversion_shown_by_smears_are_a_reversion() {
    assert_eq!(cured(&[], &[60, 90]), None);
    assert_eq!(cured(&[-120, -130], &[60, 90]), Some("cured_after_reversion"));
    assert_eq!(cured(&[-120, -130, 140, 150], &[60, 90]), None, "converted again");
    assert_eq!(cured(&[-10, -20], &[60, 90]), None, "positive before the conversion");
    assert_eq!(cured(&[-10, -120, -130], &[60, 90]), Some("cured_after_reversion"));
}

#[test]
fn one_positive_culture_refutes_what_smears_alone_have_shown() {
    assert_eq!(cured(&[-120], &[60, 90]), Some("cured_needs_conversion"));
    assert_eq!(cured(&[-75], &[60, 90]), Some("cured_needs_conversion"), "no two consecutive negatives");
    assert_eq!(cured(&[-75], &[60, 90, 130]), None, "two of them came after it");
    assert_eq!(cured(&[60, 70, -120], &[]), None, "cultures revert by two, seven days apart");
}

#[test]
fn what_cultures_have_reverted_no_smear_converts_again() {
    assert_eq!(cured(&[60, 70, -120, -130], &[140, 150]), Some("cured_after_reversion"));
    assert_eq!(cured(&[60, 70, -120, -130, 140, 150], &[]), None);
}

#[test]
fn what_smears_have_reverted_either_measure_converts_again_by_two() {
    assert_eq!(cured(&[60, 70], &[-100, -110]), Some("cured_after_reversion"));
    assert_eq!(cured(&[60, 70, 120], &[-100, -110]), Some("cured_after_reversion"));
    assert_eq!(cured(&[60, 70, 120, 130], &[-100, -110]), None);
    assert_eq!(cured(&[60, 70], &[-100, -110, 120, 130]), None);
}
