use std::collections::BTreeMap;

use super::{Confirmation, ResistanceCategory, Site, TreatmentHistory};
use crate::{
    case::{
        fixtures::*,
        laboratory::{
            CultureGrowth,
            Drug::{self, Bedaquiline, Fluoroquinolone, Isoniazid, Rifampicin},
            Finding, MolecularFinding, Susceptibility,
        },
        outcome::Outcome,
    },
    testing::given,
};

const BC: Confirmation = Confirmation::BacteriologicallyConfirmed;

#[test]
fn a_confirmed_diagnosis_needs_a_positive_specimen() {
    let history = referred_case_and([collected(1, TODAY)]);
    given(&history)
        .when(diagnose(Site::Pulmonary, BC, TreatmentHistory::New))
        .as_(&shymkent())
        .refused("diagnosis_not_confirmed");
}

#[test]
fn the_first_diagnosis_registers_the_patient_and_opens_the_programme() {
    let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, xpert_medium())]);
    given(&history).when(diagnose(Site::Pulmonary, BC, TreatmentHistory::New)).as_(&shymkent()).then(&[
        diagnosed(Site::Pulmonary, BC, TreatmentHistory::New),
        registered("tb-shymkent"),
        tb_opened("tb-shymkent"),
    ]);
}

#[test]
fn a_trace_confirms_a_new_patient_but_not_an_adult_treated_before() {
    let trace = molecular(MolecularFinding::Trace, None);
    let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, trace)]);
    let with = |history_of| diagnose(Site::Pulmonary, BC, history_of);
    given(&history).when(with(TreatmentHistory::New)).as_(&shymkent()).accepted();
    given(&history)
        .when(with(TreatmentHistory::ReRegistered))
        .as_(&shymkent())
        .refused("trace_not_confirming");
    given(&history).aged(9).when(with(TreatmentHistory::ReRegistered)).as_(&shymkent()).accepted();
    given(&history)
        .when(diagnose(Site::Meningitis, BC, TreatmentHistory::ReRegistered))
        .as_(&shymkent())
        .accepted();
}

#[test]
fn non_tuberculous_growth_and_contamination_confirm_nothing() {
    for growth in [CultureGrowth::NonTuberculous, CultureGrowth::Contaminated] {
        let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, culture(growth))]);
        given(&history)
            .when(diagnose(Site::Pulmonary, BC, TreatmentHistory::New))
            .as_(&shymkent())
            .refused("diagnosis_not_confirmed");
    }
}

#[test]
fn resistance_is_derived_from_results_and_unknown_is_not_susceptible() {
    let category = |drugs: &[Drug]| {
        let results: BTreeMap<_, _> = drugs.iter().map(|drug| (*drug, Susceptibility::Resistant)).collect();
        let finding = Finding::DrugSusceptibility { results, method: None };
        let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, finding)]);
        given(&history).state().laboratory.resistance()
    };
    assert_eq!(category(&[]), ResistanceCategory::NoneDocumented);
    assert_eq!(category(&[Isoniazid]), ResistanceCategory::IsoniazidResistant);
    assert_eq!(category(&[Rifampicin]), ResistanceCategory::RifampicinResistant);
    assert_eq!(category(&[Rifampicin, Isoniazid]), ResistanceCategory::MultidrugResistant);
    assert_eq!(category(&[Rifampicin, Fluoroquinolone]), ResistanceCategory::PreExtensivelyDrugResistant);
    assert_eq!(
        category(&[Rifampicin, Fluoroquinolone, Bedaquiline]),
        ResistanceCategory::ExtensivelyDrugResistant
    );
}

#[test]
fn another_tb_centre_cannot_diagnose_while_one_is_responsible() {
    let history = registered_case_and([]);
    given(&history)
        .when(diagnose(Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::New))
        .as_(&dushanbe())
        .refused("not_responsible");
}

#[test]
fn evidence_of_an_episode_that_has_ended_confirms_nothing_new() {
    let mut history = treated_case_and([
        reported(Outcome::Failed, TODAY.yesterday().unwrap(), "tb1-tb-shymkent"),
        confirmed(Outcome::Failed, TODAY.yesterday().unwrap(), "tb-shymkent"),
    ]);
    let again = || diagnose(Site::Pulmonary, BC, TreatmentHistory::ReRegistered);
    given(&history).when(again()).as_(&shymkent()).refused("diagnosis_not_confirmed");
    history.extend([collected(2, TODAY), resulted(2, TODAY, xpert_medium())]);
    given(&history).when(again()).as_(&shymkent()).accepted();
}
