use jiff::{Span, civil::Date};

use super::{
    CultureGrade, CultureGrowth, Drug, Finding, MolecularFinding, MolecularKit, RecordResult, SmearGrade,
    Susceptibility, SusceptibilityMethod,
};
use crate::{
    case::{CaseCommand, fixtures::*},
    testing::{Given, given},
};

#[test]
fn a_specimen_of_tomorrow_is_refused() {
    let tomorrow = TODAY.tomorrow().unwrap();
    given(&registered_case()).when(collect(tomorrow)).as_(&shymkent()).refused("specimen_in_the_future");
}

#[test]
fn a_rifampicin_result_needs_mtb_detected() {
    let history = registered_case_and([collected(1, TODAY)]);
    for (mtb, rifampicin, code) in [
        (MolecularFinding::NotDetected, Some(Susceptibility::Susceptible), "rifampicin_without_mtb"),
        (MolecularFinding::NoResult, Some(Susceptibility::Resistant), "rifampicin_without_mtb"),
        (MolecularFinding::Trace, Some(Susceptibility::Susceptible), "trace_rifampicin_indeterminate"),
    ] {
        given(&history).when(result(1, TODAY, molecular(mtb, rifampicin))).as_(&shymkent()).refused(code);
    }
    for (mtb, rifampicin) in [
        (MolecularFinding::Medium, Some(Susceptibility::Susceptible)),
        (MolecularFinding::Trace, Some(Susceptibility::Indeterminate)),
        (MolecularFinding::NotDetected, None),
    ] {
        let finding = molecular(mtb, rifampicin);
        given(&history)
            .when(result(1, TODAY, finding.clone()))
            .as_(&shymkent())
            .then(&[resulted(1, TODAY, finding)]);
    }
}

#[test]
fn a_result_cannot_precede_its_specimen() {
    let yesterday = TODAY.yesterday().unwrap();
    let history = registered_case_and([collected(1, TODAY)]);
    given(&history)
        .when(result(1, yesterday, molecular(MolecularFinding::NotDetected, None)))
        .as_(&shymkent())
        .refused("result_dates_out_of_order");
}

#[test]
fn the_same_result_again_changes_nothing() {
    let finding = molecular(MolecularFinding::NotDetected, None);
    let history = registered_case_and([collected(1, TODAY), resulted(1, TODAY, finding.clone())]);
    given(&history).when(result(1, TODAY, finding)).as_(&shymkent()).nothing();
}

#[test]
fn rule_7_collected_performed_resulted_and_recorded_follow_one_another() {
    let days = [TODAY - Span::new().days(9), TODAY - Span::new().days(6), TODAY - Span::new().days(3), TODAY];
    let order = |collected_on: Date, performed_on: Date, resulted_on: Date| {
        let history = registered_case_and([collected(1, collected_on)]);
        let body = RecordResult { performed_on, resulted_on, finding: culture(CultureGrowth::Negative) };
        given(&history).when(CaseCommand::RecordResult(specimen(1), body)).as_(&shymkent()).code()
    };
    let [first, second, third, today] = days;
    assert_eq!(order(first, second, third), None);
    assert_eq!(order(today, today, today), None, "all on one day");
    let wrong = Some("result_dates_out_of_order");
    assert_eq!(order(second, first, third), wrong, "performed before it was collected");
    assert_eq!(order(first, third, second), wrong, "resulted before it was performed");
    assert_eq!(order(third, first, second), wrong, "resulted before it was collected");
    assert_eq!(order(first, second, today.tomorrow().unwrap()), wrong, "resulted tomorrow");
}

#[test]
fn rule_5_and_mistake_7_no_test_tells_of_resistance_without_mtb_and_a_trace_tells_nothing_of_it() {
    let history = registered_case_and([collected(1, TODAY)]);
    let code = |mtb, results: &[(Drug, Susceptibility)]| {
        let results = results.iter().copied().collect();
        let finding =
            Finding::Molecular { mtb, rifampicin: None, kit: Some(MolecularKit::XpertXdr), results };
        given(&history).when(result(1, TODAY, finding)).as_(&shymkent()).code()
    };
    let isoniazid = |told| [(Drug::Isoniazid, told)];
    assert_eq!(code(MolecularFinding::Detected, &isoniazid(Susceptibility::Resistant)), None);
    assert_eq!(code(MolecularFinding::Trace, &isoniazid(Susceptibility::Indeterminate)), None);
    let trace = Some("trace_rifampicin_indeterminate");
    assert_eq!(code(MolecularFinding::Trace, &isoniazid(Susceptibility::Susceptible)), trace);
    let without = Some("rifampicin_without_mtb");
    for mtb in [MolecularFinding::NotDetected, MolecularFinding::Error, MolecularFinding::Invalid] {
        assert_eq!(code(mtb, &isoniazid(Susceptibility::Indeterminate)), without, "{mtb:?}");
    }
}

#[test]
fn a_test_tells_only_of_the_drugs_that_it_tests() {
    let history = registered_case_and([collected(1, TODAY)]);
    let code = |finding: Finding| given(&history).when(result(1, TODAY, finding)).as_(&shymkent()).code();
    let dst = |method, drug| Finding::DrugSusceptibility {
        results: [(drug, Susceptibility::Resistant)].into(),
        method: Some(method),
    };
    let unheard = Some("drug_not_in_test");
    assert_eq!(code(dst(SusceptibilityMethod::LpaFirstLine, Drug::Isoniazid)), None);
    assert_eq!(code(dst(SusceptibilityMethod::LpaFirstLine, Drug::Fluoroquinolone)), unheard);
    assert_eq!(code(dst(SusceptibilityMethod::LpaSecondLine, Drug::SecondLineInjectable)), None);
    assert_eq!(code(dst(SusceptibilityMethod::LpaSecondLine, Drug::Rifampicin)), unheard);
    assert_eq!(code(dst(SusceptibilityMethod::Phenotypic, Drug::Bedaquiline)), None);
    let rifampicin = |kit| Finding::Molecular {
        mtb: MolecularFinding::Low,
        rifampicin: Some(Susceptibility::Resistant),
        kit: Some(kit),
        results: [].into(),
    };
    assert_eq!(code(rifampicin(MolecularKit::XpertUltra)), None);
    assert_eq!(code(rifampicin(MolecularKit::Other)), None);
    assert_eq!(code(rifampicin(MolecularKit::XpertXdr)), unheard);
}

#[test]
fn a_smear_does_not_count_bacilli_that_it_denies() {
    let history = registered_case_and([collected(1, TODAY)]);
    let code = |grade, bacilli| {
        let finding = Finding::Smear { grade, bacilli };
        given(&history).when(result(1, TODAY, finding)).as_(&shymkent()).code()
    };
    let against = Some("smear_count_against_grade");
    assert_eq!(code(SmearGrade::Negative, Some(3)), against);
    assert_eq!(code(SmearGrade::Scanty, Some(0)), against);
    for (grade, bacilli) in [
        (SmearGrade::Negative, Some(0)),
        (SmearGrade::Scanty, Some(7)),
        (SmearGrade::Scanty, Some(40)),
        (SmearGrade::OnePlus, None),
        (SmearGrade::Unsatisfactory, None),
    ] {
        assert_eq!(code(grade, bacilli), None, "{grade:?} {bacilli:?}");
    }
}

#[test]
fn only_what_grew_has_a_grade() {
    let history = registered_case_and([collected(1, TODAY)]);
    let code = |growth, grade, days| {
        let finding = Finding::Culture { growth, grade, colonies: None, days };
        given(&history).when(result(1, TODAY, finding)).as_(&shymkent()).code()
    };
    let plus = Some(CultureGrade::OnePlus);
    assert_eq!(code(CultureGrowth::Tuberculosis, plus, Some(12)), None);
    assert_eq!(code(CultureGrowth::Negative, None, Some(56)), None);
    assert_eq!(code(CultureGrowth::Negative, plus, None), Some("culture_grade_without_growth"));
    assert_eq!(code(CultureGrowth::Contaminated, plus, None), Some("culture_grade_without_growth"));
    assert_eq!(code(CultureGrowth::Negative, None, Some(0)), Some("culture_days_out_of_range"));
}

#[test]
fn rule_6_what_is_neither_positive_nor_negative_says_so() {
    for growth in [CultureGrowth::NonTuberculous, CultureGrowth::Contaminated] {
        assert_eq!((culture(growth).culture_positive(), culture(growth).positive()), (None, false));
    }
    let unsatisfactory = Finding::Smear { grade: SmearGrade::Unsatisfactory, bacilli: None };
    assert_eq!((unsatisfactory.smear_positive(), unsatisfactory.positive()), (None, false));
    assert_eq!(culture(CultureGrowth::Negative).culture_positive(), Some(false));
    assert!(culture(CultureGrowth::TuberculosisAndNonTuberculous).positive());
}

#[test]
fn a_wrong_result_is_entered_in_error_and_keeps_its_place() {
    let positive = xpert_medium();
    let history = registered_case_and([collected(1, TODAY), resulted(1, TODAY, positive.clone())]);
    given(&history).when(mark_in_error(1, 1)).as_(&shymkent()).then(&[in_error(1, 1)]);
    given(&history).when(mark_in_error(1, 2)).as_(&shymkent()).refused("not_found");
    given(&history).when(mark_in_error(1, 0)).as_(&shymkent()).refused("not_found");
    let corrected = [history, vec![in_error(1, 1)]].concat();
    given(&corrected).when(mark_in_error(1, 1)).as_(&shymkent()).nothing();
    let state = given(&corrected).state();
    assert_eq!(state.laboratory.findings(), vec![]);
    assert_eq!(state.laboratory.specimens[&specimen(1)].results.len(), 1);
    given(&corrected)
        .when(result(1, TODAY, positive.clone()))
        .as_(&shymkent())
        .then(&[resulted(1, TODAY, positive)]);
}

#[test]
fn who_does_not_care_for_the_patient_corrects_only_what_it_recorded() {
    let mut history = registered_case_and([collected(1, TODAY), resulted(1, TODAY, xpert_medium())]);
    history.push(tb_moved("tb-shymkent", "tj-national-tb-centre"));
    given(&history).when(mark_in_error(1, 1)).as_(&shymkent()).refused("not_caring");
    given(&history).when(mark_in_error(1, 1)).as_(&dushanbe()).accepted();
    let own = Given::recorded_by(history, &shymkent());
    own.when(mark_in_error(1, 1)).as_(&shymkent()).accepted();
}
