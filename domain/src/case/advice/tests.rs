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
        programme::Programme,
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

/// What is advised on the treatment of a patient with this disease.
fn treating(regimen: &str, site: Site, found: Option<(Drug, Susceptibility)>) -> Vec<Code> {
    let clinical = diagnosed(site, Confirmation::ClinicallyDiagnosed, TreatmentHistory::New);
    let tested = found.into_iter().flat_map(|found| self::found(susceptibility([found])));
    codes(tested.chain([clinical, started(regimen, START)]))
}

/// WHO TB DAK, D9: 6HRZEto is for meningitis.
#[test]
fn a_regimen_for_another_site_is_told_of() {
    assert_eq!(treating("6HRZEto", Site::Pulmonary, None), [Code::RegimenSite]);
    assert_eq!(treating("6HRZEto", Site::Meningitis, None), []);
    assert_eq!(treating("2HRZE/4HR", Site::Meningitis, None), [], "it is for every site");
}

/// WHO TB DAK, D9 and D10.
#[test]
fn a_regimen_for_another_resistance_than_is_on_record_is_off_label() {
    let isoniazid = Some((Drug::Isoniazid, Resistant));
    assert_eq!(treating("2HRZE/4HR", Site::Pulmonary, isoniazid), [Code::RegimenOffLabel]);
    assert_eq!(treating("6REZ-Lfx", Site::Pulmonary, isoniazid), []);
    assert_eq!(treating("6REZ-Lfx", Site::Pulmonary, None), [Code::RegimenOffLabel]);
    assert_eq!(treating("BPaLM", Site::Pulmonary, None), [Code::RegimenOffLabel]);
    let rifampicin = Some((Drug::Rifampicin, Resistant));
    assert_eq!(treating("BPaLM", Site::Pulmonary, rifampicin), []);
    let found_later = [
        found(susceptibility([(Drug::Rifampicin, Resistant), (Drug::Fluoroquinolone, Resistant)])).to_vec(),
        vec![
            diagnosed(Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::New),
            started("BPaLM", START),
        ],
    ];
    assert_eq!(codes(found_later.concat()), [Code::RegimenOffLabel], "moxifloxacin does not work");
}

#[test]
fn a_weight_that_was_recorded_later_is_a_weight() {
    let mut light = started("2HRZE/4HR", START);
    if let CaseEvent::TreatmentStarted(begun) = &mut light {
        begun.weight_kg = None;
    }
    let clinical = diagnosed(Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::New);
    let mut history = vec![clinical, light];
    assert_eq!(codes(history.clone()), [Code::WeightMissing]);
    let weighed = crate::case::treatment::WeightRecorded { episode: EPISODE, on: TODAY, weight_kg: 58 };
    history.push(CaseEvent::WeightRecorded(weighed));
    assert_eq!(codes(history), []);
}

/// CDC-INT: medicine for the road; CURETB: under 30 days of treatment left, finish before travel.
#[test]
fn a_journey_with_little_medicine_or_near_the_end_of_treatment_is_told_of_while_the_handoff_lives() {
    let travelling = |days: u16, started_on| {
        let mut history = diagnosed_case();
        history.extend([started("2HRZE/4HR", started_on), dosed(started_on, TODAY), supplied(TODAY, days)]);
        history.push(handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb));
        history
    };
    let advice = |history: &[CaseEvent]| -> Vec<Code> {
        given(history).state().advice().into_iter().map(|line| line.code).collect()
    };
    let lately = TODAY - jiff::Span::new().months(2);
    assert_eq!(advice(&travelling(13, lately)), [Code::SupplyShort]);
    assert_eq!(advice(&travelling(14, lately)), [], "the day on which it is handed out has its dose");
    assert_eq!(advice(&travelling(15, START)), [Code::EndsBeforeTravel]);
    let mut supplied_again = travelling(10, lately);
    supplied_again.push(supplied(TODAY, 10));
    assert_eq!(advice(&supplied_again), []);
    let mut declined = travelling(10, lately);
    declined.push(handoff_declined());
    assert_eq!(advice(&declined), []);
}
