use std::collections::BTreeSet;

use super::{
    DrugMonths, PhaseName, Plan, RegimenKind, Schedule, find, preventive, preventive_regimens, regimens,
};
use crate::{
    case::{
        diagnosis::ResistanceCategory,
        laboratory::{Drug, Susceptibility},
    },
    vocabulary,
};

#[test]
fn a_regimen_with_two_phases_says_how_long_the_first_one_is() {
    let codes = ["2HRZE/4HR", "2HRZE/10HR", "9-month-Eto", "BPaLM", "longer", "?"];
    let months = codes.map(|code| Plan::assumed(code).intensive_months());
    assert_eq!(months, [Some(2), Some(2), Some(4), None, None, None]);
}

#[test]
fn the_phases_of_a_regimen_make_up_its_duration_and_it_lasts_4_to_24_months() {
    for regimen in regimens() {
        let sum: u8 = regimen.phases.iter().map(|phase| phase.months).sum();
        assert_eq!(sum, regimen.months, "{}", regimen.code);
        assert!(regimen.months >= 4 && regimen.longest() <= 24, "{}", regimen.code);
        assert!(regimen.longest() >= regimen.months, "{}", regimen.code);
        let names: Vec<_> = regimen.phases.iter().map(|phase| phase.name).collect();
        let two = names == [PhaseName::Intensive, PhaseName::Continuation];
        assert!(two || names == [PhaseName::Single], "{}", regimen.code);
    }
}

#[test]
fn every_regimen_of_the_vocabulary_is_one_that_can_be_started() {
    let codes = |set: &str| vocabulary::set(set).expect(set).entries.iter().map(|entry| entry.code.clone());
    assert!(codes("regimens").all(|code| find(&code).is_some_and(|regimen| regimen.code == code)));
    assert!(codes("preventive-regimens").all(|code| preventive(&code).is_some()));
    assert_eq!(codes("regimens").collect::<BTreeSet<_>>().len(), regimens().len());
    assert_eq!(preventive_regimens().len(), 7);
}

/// The letters of the code are the drugs of the phases, so a slip of the pen in the file is found.
#[test]
fn a_phase_contains_the_medicines_that_its_name_spells() {
    let letters = |code: &str, at: usize| code.split('/').nth(at).map(|part| part[1..].to_owned());
    for code in ["2HRZE/4HR", "2HRZ/4HR", "2HRZE/2HR", "2HRZ/2HR", "2HRZE/10HR"] {
        for (at, phase) in find(code).expect(code).phases.iter().enumerate() {
            let spelt: String = phase.drugs.iter().map(|drug| letter(*drug)).collect();
            assert_eq!(letters(code, at).map(|name| name.replace('0', "")), Some(spelt), "{code}");
        }
    }
}

fn letter(drug: Drug) -> char {
    match drug {
        Drug::Isoniazid => 'H',
        Drug::Rifampicin => 'R',
        Drug::Pyrazinamide => 'Z',
        Drug::Ethambutol => 'E',
        _ => '?',
    }
}

#[test]
fn only_regimens_without_rifampicin_are_for_rifampicin_resistance() {
    for regimen in regimens() {
        let contained = regimen.contains(Drug::Rifampicin) || regimen.contains(Drug::Rifapentine);
        assert_eq!(contained, regimen.kind != RegimenKind::RifampicinResistant, "{}", regimen.code);
    }
}

#[test]
fn the_regimens_that_the_who_added_in_2025_are_there_and_the_unverified_ones_only_warn() {
    for code in ["BDLLfxC", "BLMZ", "BLLfxCZ", "BDLLfxCZ"] {
        let regimen = find(code).expect(code);
        let unverified = regimen.warnings.iter().any(|warning| warning == "regimen_not_verified");
        assert_eq!(unverified, code.ends_with("CZ"), "{code}");
        assert!(regimen.fluoroquinolone.allows(Some(Susceptibility::Resistant)), "{code}");
        assert_eq!(regimen.definitions, "who-2025");
    }
}

#[test]
fn eligibility_is_that_of_the_kit() {
    let bpalm = find("BPaLM").expect("BPaLM");
    assert!(bpalm.minimum_age == 14 && bpalm.not_in_pregnancy);
    assert!(bpalm.fluoroquinolone.allows(None));
    assert!(!bpalm.fluoroquinolone.allows(Some(Susceptibility::Resistant)));
    let short = find("9-month-Lzd").expect("9 months");
    assert!(!short.fluoroquinolone.allows(None));
    assert!(short.fluoroquinolone.allows(Some(Susceptibility::Susceptible)));
    let hpmz = find("2HPMZ/2HPM").expect("HPMZ");
    assert_eq!((hpmz.minimum_age, hpmz.minimum_weight_kg, hpmz.not_in_pregnancy), (12, 40, true));
    assert!(find("longer").is_some_and(|longer| longer.composition_required && !longer.short()));
}

#[test]
fn susceptible_disease_is_controlled_in_month_2_and_at_the_end() {
    let monitoring = &find("2HRZE/4HR").expect("standard").monitoring;
    assert_eq!(monitoring.smear.due(6), [2, 6]);
    assert_eq!(monitoring.culture.due(7), [2, 7]);
    assert_eq!(monitoring.chest_xray.due(6), [0, 2, 6]);
}

#[test]
fn resistant_disease_is_controlled_every_month_and_6_and_12_months_after_the_end() {
    let monitoring = &find("BPaLM").expect("BPaLM").monitoring;
    assert_eq!(monitoring.culture.due(6), [1, 2, 3, 4, 5, 6, 12, 18]);
    assert_eq!(monitoring.chest_xray.due(6), [6, 12, 18]);
    assert_eq!(Schedule::default().due(6), Vec::<u8>::new());
}

#[test]
fn a_preventive_regimen_suits_the_resistance_of_the_index_case() {
    let suited = |index: ResistanceCategory| -> Vec<&str> {
        let fits = preventive_regimens().iter().filter(|regimen| regimen.index_resistance.contains(&index));
        fits.map(|regimen| regimen.code.as_str()).collect()
    };
    assert_eq!(suited(ResistanceCategory::IsoniazidResistant), ["4R"]);
    assert_eq!(suited(ResistanceCategory::RifampicinResistant), ["6H", "9H"]);
    assert_eq!(suited(ResistanceCategory::MultidrugResistant), ["6Lfx"]);
    assert_eq!(suited(ResistanceCategory::PreExtensivelyDrugResistant), Vec::<&str>::new());
    assert_eq!(suited(ResistanceCategory::NoneDocumented).len(), 6);
}

#[test]
fn rifapentine_has_its_ages() {
    let ages = ["3HP", "1HP", "6H"].map(|code| preventive(code).expect(code).minimum_age);
    assert_eq!(ages, [2, 13, 0]);
}

#[test]
fn a_drug_is_found_under_its_own_name_and_under_that_of_its_class() {
    let contains = |code: &str, drug| find(code).expect(code).contains(drug);
    assert!(contains("BPaLM", Drug::Moxifloxacin) && contains("BPaLM", Drug::Fluoroquinolone));
    assert!(contains("9-month-Eto", Drug::Levofloxacin) && contains("9-month-Eto", Drug::Ethionamide));
    assert!(!contains("BPaL", Drug::Fluoroquinolone) && !contains("9-month-Lzd", Drug::Ethionamide));
}

#[test]
fn isoniazid_in_a_high_dose_leaves_no_gap_when_it_is_resisted_and_rifapentine_is_tested_as_rifampicin() {
    let relies = |code: &str, drug: Drug| find(code).expect(code).tested_drugs().any(|tested| tested == drug);
    assert!(relies("2HRZE/4HR", Drug::Isoniazid) && !relies("9-month-Eto", Drug::Isoniazid));
    assert!(relies("2HPMZ/2HPM", Drug::Rifampicin) && relies("9-month-Eto", Drug::Ethionamide));
}

/// WHO TB DAK, D10: Bdq 6 months, Lzd 2 months, the other drugs as long as their phases.
#[test]
fn a_drug_with_a_length_of_its_own_is_not_given_as_long_as_its_phase() {
    let months = |code: &str, drug: Drug| {
        let drugs = Plan::assumed(code).drugs((0, 0));
        drugs.into_iter().find(|given| given.drug == drug).map(|DrugMonths { from, until, .. }| (from, until))
    };
    for code in ["9-month-all-oral", "9-month-Eto", "9-month-Lzd"] {
        assert_eq!(months(code, Drug::Bedaquiline), Some((0, 6)), "{code}");
        assert_eq!(months(code, Drug::Pyrazinamide), Some((0, 9)), "{code}");
    }
    assert_eq!(months("9-month-Lzd", Drug::Linezolid), Some((0, 2)));
    assert_eq!(months("9-month-Eto", Drug::Ethionamide), Some((0, 4)));
    assert_eq!(months("2HRZE/4HR", Drug::Ethambutol), Some((0, 2)));
    assert_eq!(months("2HRZE/4HR", Drug::Isoniazid), Some((0, 6)));
}

#[test]
fn only_a_drug_of_the_regimen_has_a_length_of_its_own_and_not_beyond_its_end() {
    for regimen in regimens() {
        for (drug, months) in &regimen.drug_months {
            assert!(regimen.contains(*drug) && *months <= regimen.months, "{} {drug:?}", regimen.code);
        }
    }
}
