//! The testing strategy as sentences (WHO HTS; WHO SMART HIV, B7 and B.DE88–115).

use super::{
    AssayResult::{Invalid, NonReactive, Reactive},
    Conclusion::{Inconclusive, Negative, Positive},
    HivStatus, RecordConfirmation, TestPurpose,
};
use crate::hiv::{
    HivCommand, HivEvent,
    counselling::CounsellingTopic,
    fixtures::*,
    testing::{Assay, Conclusion, ConfirmationDocument, ReturnResult},
};

/// The conclusion of a run, or the code of the refusal.
fn concluded(assays: &[(u8, &str, super::AssayResult)]) -> Result<Option<Conclusion>, &'static str> {
    use crate::{decider::Decider as _, refusal::Refusal as _};
    let assays: Vec<Assay> =
        assays.iter().map(|(number, product, result)| assay(*number, product, *result)).collect();
    let (directory, actor) = (directory(), aktobe());
    let context = crate::testing::context(&actor, &directory);
    let decided = given(&record_and([])).state().decide(&run(assays, None), &context);
    let events = decided.map_err(|refusal| refusal.code())?;
    match events.as_slice() {
        [HivEvent::TestRecorded(test)] => Ok(test.conclusion),
        _ => panic!("a run is one event"),
    }
}

#[test]
fn three_consecutive_reactive_results_of_three_products_are_positive_and_nothing_less_is() {
    assert_eq!(concluded(&[(1, "A", Reactive), (2, "B", Reactive), (3, "C", Reactive)]), Ok(Some(Positive)));
    assert_eq!(concluded(&[(1, "A", Reactive), (2, "B", Reactive)]), Ok(None));
    assert_eq!(concluded(&[(1, "A", Reactive)]), Ok(None));
}

#[test]
fn hiv_positive_from_one_rapid_test_is_refused_and_says_what_is_missing() {
    let one = || run(vec![assay(1, "A", Reactive)], Some(Positive));
    given(&record_and([])).when(one()).as_(&aktobe()).refused("hiv_positive_needs_three_reactive");
    given(&record_and([])).when(one()).as_(&aktobe()).says("of assay: 2, 3");
}

#[test]
fn a_self_test_is_no_part_of_the_strategy() {
    assert_eq!(concluded(&[(0, "Self", Reactive)]), Ok(None));
    let three = [(0, "Self", Reactive), (1, "A", Reactive), (2, "B", Reactive)];
    assert_eq!(concluded(&three), Ok(None), "assay 0 is not the third");
    assert_eq!(concluded(&[(0, "A", Reactive), (1, "A", NonReactive)]), Ok(Some(Negative)));
}

#[test]
fn a_non_reactive_first_assay_is_negative_and_ends_the_strategy() {
    assert_eq!(concluded(&[(1, "A", NonReactive)]), Ok(Some(Negative)));
    assert_eq!(concluded(&[(1, "A", NonReactive), (2, "B", Reactive)]), Err("hiv_strategy_ended"));
}

#[test]
fn assays_that_disagree_are_inconclusive_and_a_third_one_breaks_no_tie() {
    assert_eq!(concluded(&[(1, "A", Reactive), (2, "B", NonReactive)]), Ok(Some(Inconclusive)));
    let third = [(1, "A", Reactive), (2, "B", Reactive), (3, "C", NonReactive)];
    assert_eq!(concluded(&third), Ok(Some(Inconclusive)));
    let tie = [(1, "A", Reactive), (2, "B", NonReactive), (3, "C", Reactive)];
    assert_eq!(concluded(&tie), Err("hiv_tie_breaker"));
}

#[test]
fn an_inconclusive_status_is_tested_again_in_14_days() {
    let history = record_and([tested(1, ago(4), TestPurpose::Diagnosis, Some(Inconclusive))]);
    assert_eq!(given(&history).state().testing.retest_due(14), Some(ago(-10)));
}

#[test]
fn the_three_assays_are_three_products_in_their_turn() {
    let same = [(1, "Determine", Reactive), (2, " determine ", Reactive)];
    assert_eq!(concluded(&same), Err("hiv_assay_repeated_product"));
    assert_eq!(concluded(&[(2, "B", Reactive)]), Err("hiv_assays_out_of_turn"));
    assert_eq!(concluded(&[(1, "A", Reactive), (3, "C", Reactive)]), Err("hiv_assays_out_of_turn"));
    assert_eq!(concluded(&[(4, "A", Reactive)]), Err("hiv_assays_out_of_range"));
}

#[test]
fn an_invalid_assay_says_nothing_and_is_run_again() {
    assert_eq!(concluded(&[(1, "A", Invalid)]), Ok(None));
    let again =
        [(1, "A", Invalid), (1, "A", Reactive), (2, "B", Invalid), (2, "B", Reactive), (3, "C", Reactive)];
    assert_eq!(concluded(&again), Ok(Some(Positive)));
    assert_eq!(concluded(&[(1, "A", Invalid), (2, "B", Reactive)]), Err("hiv_assays_out_of_turn"));
    assert_eq!(concluded(&[(1, "A", Reactive), (1, "A", Reactive)]), Err("hiv_assays_out_of_turn"));
}

#[test]
fn what_the_assays_do_not_say_is_not_concluded() {
    let wrong = || run(vec![assay(1, "A", NonReactive)], Some(Inconclusive));
    given(&record_and([])).when(wrong()).as_(&aktobe()).refused("hiv_conclusion_differs");
}

#[test]
fn every_run_of_the_strategy_agrees_with_the_table_of_the_manual() {
    // Each sequence of valid results for assays 1, 2, 3, judged by the table itself.
    let letters = ["A", "B", "C"];
    for length in 1..=3 {
        for bits in 0..(1_u8 << length) {
            let results: Vec<bool> = (0..length).map(|at| bits >> at & 1 == 1).collect();
            let assays: Vec<_> = (1..)
                .zip(letters)
                .zip(&results)
                .map(|((number, letter), reactive)| {
                    (number, letter, if *reactive { Reactive } else { NonReactive })
                })
                .collect();
            let expected = match results.as_slice() {
                [false] => Ok(Some(Negative)),
                [true] | [true, true] => Ok(None),
                [true, true, true] => Ok(Some(Positive)),
                [true, false] | [true, true, false] => Ok(Some(Inconclusive)),
                [false, ..] => Err("hiv_strategy_ended"),
                _ => Err("hiv_tie_breaker"),
            };
            assert_eq!(concluded(&assays), expected, "{results:?}");
        }
    }
}

#[test]
fn who_declined_the_test_is_not_tested() {
    let asked = |answer| HivEvent::CounsellingRecorded(talk(ago(2), CounsellingTopic::PreTest, Some(answer)));
    let test = || run(vec![assay(1, "A", NonReactive)], None);
    given(&record_and([asked(false)])).when(test()).as_(&aktobe()).refused("hiv_test_declined");
    given(&record_and([asked(true)])).when(test()).as_(&aktobe()).then(&["hiv.test-recorded.v1"]);
}

#[test]
fn the_paper_of_another_aids_centre_proves_the_status() {
    let paper = RecordConfirmation {
        centre: "Городской центр СПИД".to_owned(),
        country: crate::ids::Country::KZ,
        confirmed_on: ago(400),
        document: ConfirmationDocument::Certificate,
    };
    let command = HivCommand::RecordConfirmation(paper.clone());
    given(&record_and([])).when(command).as_(&aktobe()).then(&["hiv.confirmation-recorded.v1"]);
    let record = given(&record_and([HivEvent::ConfirmationRecorded(paper)])).state();
    assert_eq!(record.testing.status(), HivStatus::Positive);
    assert_eq!(record.testing.positive_since(), Some(ago(400)));
}

#[test]
fn a_retest_that_disagrees_takes_the_certainty_away_and_a_later_negative_elsewhere_does_not() {
    let then = |purpose, conclusion| {
        let later = tested(2, ago(50), purpose, Some(conclusion));
        given(&positive_and([later])).state().testing.status()
    };
    assert_eq!(then(TestPurpose::RetestBeforeArt, Negative), HivStatus::Inconclusive);
    assert_eq!(then(TestPurpose::RetestBeforeArt, Positive), HivStatus::Positive);
    assert_eq!(then(TestPurpose::Diagnosis, Negative), HivStatus::Positive);
}

#[test]
fn a_result_is_told_after_the_test_and_only_when_there_is_one() {
    let told = |id: u128, days: i32| {
        let test = crate::ids::HivTestId(uuid::Uuid::from_u128(id));
        HivCommand::ReturnResult(test, ReturnResult { on: ago(days) })
    };
    let open = tested(7, ago(1), TestPurpose::Diagnosis, None);
    given(&positive_and([])).when(told(1, 99)).as_(&aktobe()).then(&["hiv.result-returned.v1"]);
    given(&positive_and([])).when(told(1, 101)).as_(&aktobe()).refused("hiv_dates_out_of_order");
    given(&positive_and([])).when(told(8, 1)).as_(&aktobe()).refused("not_found");
    given(&positive_and([open])).when(told(7, 0)).as_(&aktobe()).refused("hiv_no_result_yet");
}
