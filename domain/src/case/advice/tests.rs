use super::{Advice, AdviceCode as Code};
use crate::{
    case::{
        CaseEvent,
        diagnosis::{Confirmation, Site, TreatmentHistory},
        fixtures::*,
        laboratory::{
            CultureGrowth, Drug, Finding, MolecularFinding, MolecularKit, SmearGrade,
            Susceptibility::{self, Resistant},
        },
    },
    testing::given,
};

fn codes(more: impl IntoIterator<Item = CaseEvent>) -> Vec<Code> {
    let advice = given(&registered_case_and(more)).state().advice();
    advice.into_iter().map(|line| line.code).collect()
}

fn found(finding: Finding) -> [CaseEvent; 2] {
    [collected(1, START), resulted(1, START, finding)]
}

fn then(more: &[CaseEvent], finding: Finding) -> Vec<CaseEvent> {
    [more, &[collected(2, TODAY), resulted(2, TODAY, finding)]].concat()
}

const UNSATISFACTORY: Finding = Finding::Smear { grade: SmearGrade::Unsatisfactory, bacilli: None };
const NEGATIVE_SMEAR: Finding = Finding::Smear { grade: SmearGrade::Negative, bacilli: None };

#[test]
fn unexpected_rifampicin_resistance_is_tested_again_on_a_fresh_specimen() {
    let resistant = || molecular(MolecularFinding::High, Some(Resistant));
    assert_eq!(codes(found(resistant())), [Code::RepeatRifampicinTest]);
    assert_eq!(codes(then(&found(resistant()), resistant())), [], "it was tested again");
    assert_eq!(codes(found(xpert_medium())), []);
    let clinical = Confirmation::ClinicallyDiagnosed;
    let of = |history| {
        let made = diagnosed(Site::Pulmonary, clinical, history);
        codes(found(resistant()).into_iter().chain([made]))
    };
    assert_eq!(of(TreatmentHistory::New), [Code::RepeatRifampicinTest]);
    assert_eq!(of(TreatmentHistory::Recurrent), [], "at high risk the first test is believed");
    let phenotypic = susceptibility([(Drug::Rifampicin, Resistant)]);
    assert_eq!(codes(found(phenotypic)), [], "no rapid test");
}

#[test]
fn what_told_nothing_is_repeated_until_something_tells() {
    for (finding, code, told) in [
        (molecular(MolecularFinding::Error, None), Code::TestAgain, xpert_medium()),
        (molecular(MolecularFinding::Invalid, None), Code::TestAgain, xpert_medium()),
        (culture(CultureGrowth::Contaminated), Code::RepeatCulture, culture(CultureGrowth::Negative)),
        (UNSATISFACTORY, Code::RepeatSmear, NEGATIVE_SMEAR),
    ] {
        let first = found(finding);
        assert_eq!(codes(first.clone()), [code]);
        assert_eq!(codes(then(&first, told)), [], "{code:?}");
    }
}

#[test]
fn a_rapid_test_that_finds_nothing_does_not_exclude_tuberculosis() {
    let negative = || molecular(MolecularFinding::NotDetected, None);
    assert_eq!(codes(found(negative())), [Code::NegativeDoesNotExclude]);
    assert_eq!(codes(then(&found(negative()), culture(CultureGrowth::Negative))), []);
    let excluded = CaseEvent::TbExcluded(crate::case::diagnosis::TbExcluded {});
    assert_eq!(codes(found(negative()).into_iter().chain([excluded])), []);
}

#[test]
fn an_unusual_count_and_a_trace_of_another_cartridge_are_told_and_not_refused() {
    let scanty = |bacilli| Finding::Smear { grade: SmearGrade::Scanty, bacilli };
    assert_eq!(codes(found(scanty(Some(20)))), [Code::SmearCountUnusual]);
    assert_eq!(codes(found(scanty(Some(19)))), []);
    let trace = |kit| Finding::Molecular {
        mtb: MolecularFinding::Trace,
        rifampicin: Some(Susceptibility::Indeterminate),
        kit,
        results: [].into(),
    };
    assert_eq!(codes(found(trace(Some(MolecularKit::XpertMtbRif)))), [Code::TraceNeedsUltra]);
    assert_eq!(codes(found(trace(Some(MolecularKit::XpertUltra)))), []);
    assert_eq!(codes(found(trace(None))), []);
}

#[test]
fn a_diagnosis_whose_confirmation_was_entered_in_error_is_to_be_revised() {
    let confirmed = (Site::Pulmonary, Confirmation::BacteriologicallyConfirmed, TreatmentHistory::New);
    let history =
        [found(xpert_medium()).to_vec(), vec![CaseEvent::DiagnosisMade(diagnosed_by(&[1], confirmed))]]
            .concat();
    assert_eq!(codes(history.clone()), []);
    assert_eq!(codes([history, vec![in_error(1, 1)]].concat()), [Code::ConfirmationWithdrawn]);
}

#[test]
fn advice_names_its_specimen_and_ends_with_the_case() {
    let history = registered_case_and(found(culture(CultureGrowth::Contaminated)));
    let advice = given(&history).state().advice();
    assert_eq!(advice, [Advice { code: Code::RepeatCulture, subject: Some(specimen(1).0) }]);
    assert_eq!(given(&[history, vec![died(TODAY)]].concat()).state().advice(), []);
}
