//! Rule 8, mistakes 7 and 8: resistance is derived, and by which definition is said.

use jiff::{Span, civil::Date};
use proptest::{collection::vec, prelude::*};

use super::{RegisterResistance as Register, ResistanceCategory as Category};
use crate::{
    case::{
        CaseEvent,
        fixtures::*,
        laboratory::{
            AsOf, CultureGrowth,
            Drug::{self, *},
            Finding, Laboratory, MolecularFinding, SmearGrade,
            Susceptibility::{self, Indeterminate, Resistant, Susceptible},
        },
    },
    testing::{Given, given},
};

fn laboratory(results: &[(i32, Finding)]) -> Laboratory {
    let events = (10u128..).zip(results).flat_map(|(id, (day, finding))| {
        let on = START + Span::new().days(*day);
        [collected(id, on), resulted(id, TODAY, finding.clone())]
    });
    given(&registered_case_and(events)).state().laboratory
}

fn resistant_to(drugs: &[Drug]) -> Laboratory {
    let all: Vec<_> = drugs.iter().map(|drug| (0, susceptibility([(*drug, Resistant)]))).collect();
    laboratory(&all)
}

#[test]
fn rule_8_the_category_follows_from_the_drugs_by_the_definitions_of_2021() {
    for (drugs, category) in [
        (&[][..], Category::NoneDocumented),
        (&[Fluoroquinolone, Bedaquiline], Category::NoneDocumented),
        (&[Isoniazid], Category::IsoniazidResistant),
        (&[Rifampicin], Category::RifampicinResistant),
        (&[Rifampicin, Bedaquiline], Category::RifampicinResistant),
        (&[Rifampicin, Isoniazid], Category::MultidrugResistant),
        (&[Rifampicin, Fluoroquinolone], Category::PreExtensivelyDrugResistant),
        (&[Rifampicin, Levofloxacin], Category::PreExtensivelyDrugResistant),
        (&[Rifampicin, Isoniazid, Moxifloxacin], Category::PreExtensivelyDrugResistant),
        (&[Rifampicin, Moxifloxacin, Bedaquiline], Category::ExtensivelyDrugResistant),
        (&[Rifampicin, Isoniazid, Fluoroquinolone, Linezolid], Category::ExtensivelyDrugResistant),
    ] {
        assert_eq!(resistant_to(drugs).resistance(), category, "{drugs:?}");
    }
}

#[test]
fn mistake_8_injectables_make_nothing_xdr_today_and_did_in_older_registers() {
    let drugs = [Rifampicin, Isoniazid, Fluoroquinolone, Kanamycin];
    let evidence = resistant_to(&drugs);
    assert_eq!(evidence.resistance(), Category::PreExtensivelyDrugResistant);
    let register = |drugs: &[Drug]| resistant_to(drugs).evidence(AsOf::default()).register_resistance();
    assert_eq!(register(&drugs), Register::ExtensivelyDrugResistant);
    assert_eq!(register(&[Rifampicin, Isoniazid, Amikacin]), Register::PreExtensivelyDrugResistant);
    assert_eq!(register(&[Rifampicin, Isoniazid, Fluoroquinolone]), Register::PreExtensivelyDrugResistant);
    assert_eq!(register(&[Rifampicin, Isoniazid, Bedaquiline]), Register::MultidrugResistant);
    assert_eq!(register(&[Rifampicin, Ethambutol]), Register::RifampicinResistant);
    assert_eq!(register(&[Isoniazid, Ethambutol]), Register::Polyresistant);
    assert_eq!(register(&[Streptomycin]), Register::Monoresistant);
    assert_eq!(register(&[Bedaquiline]), Register::NoneDocumented);
}

#[test]
fn rule_8_unknown_is_not_susceptible() {
    let drugs = |results: &[(i32, Finding)]| laboratory(results).evidence(AsOf::default()).resistance().drugs;
    let untested = drugs(&[]);
    assert!(untested.iter().all(|reading| reading.result.is_none() && reading.collected_on.is_none()));
    let indeterminate = drugs(&[(0, molecular(MolecularFinding::Medium, Some(Indeterminate)))]);
    assert_eq!(indeterminate[0].result, None);
    let known = drugs(&[(3, susceptibility([(Rifampicin, Susceptible)]))]);
    assert_eq!((known[0].result, known[0].collected_on), (Some(Susceptible), Some(day(3))));
    assert!(known[1..].iter().all(|reading| reading.result.is_none()), "one drug says nothing of another");
}

#[test]
fn a_class_is_resistant_when_one_of_its_drugs_is_and_a_drug_is_read_by_its_class_where_nothing_else_is_known()
{
    let lab = laboratory(&[
        (0, susceptibility([(Levofloxacin, Resistant)])),
        (9, susceptibility([(Moxifloxacin, Susceptible)])),
    ]);
    assert_eq!(lab.susceptibility(Fluoroquinolone), Some(Resistant));
    assert_eq!(lab.susceptibility(Moxifloxacin), Some(Susceptible));
    let lab = laboratory(&[(0, susceptibility([(Fluoroquinolone, Resistant)]))]);
    assert_eq!(lab.susceptibility(Levofloxacin), Some(Resistant));
    assert_eq!(lab.susceptibility(Bedaquiline), None);
}

#[test]
fn a_result_arriving_late_changes_what_was_true_without_changing_what_was_known() {
    let late = susceptibility([(Rifampicin, Resistant)]);
    let mut history = diagnosed_case();
    history.extend([started("2HRZE/4HR", day(3)), resulted(1, day(40), late)]);
    let moment = |hours: i64| NOON + jiff::SignedDuration::from_hours(hours);
    let given = Given::recorded_at(history.into_iter().zip((0..).map(moment)));
    let case = given.state();
    let (_, episode) = case.treatment.latest_episode().expect("an episode");
    let reading = case.laboratory.resistance_of(episode);
    assert_eq!(reading.at_start, Category::RifampicinResistant, "by what is known now");
    assert_eq!(reading.known_at_start, Category::NoneDocumented, "when treatment began");
    assert_eq!(reading.during, Category::RifampicinResistant);
}

#[test]
fn resistance_that_arose_during_treatment_was_not_there_at_the_start() {
    let acquired = susceptibility([(Rifampicin, Resistant)]);
    let history = treated_case_and([collected(40, day(60)), resulted(40, TODAY, acquired)]);
    let case = given(&history).state();
    let (_, episode) = case.treatment.latest_episode().expect("an episode");
    let reading = case.laboratory.resistance_of(episode);
    assert_eq!((reading.at_start, reading.during), (Category::NoneDocumented, Category::RifampicinResistant));
}

#[test]
fn a_result_entered_in_error_was_known_until_then_and_was_never_true() {
    let history = registered_case_and([
        collected(1, START),
        resulted(1, START, susceptibility([(Rifampicin, Resistant)])),
        in_error(1, 1),
    ]);
    let moment = |hours: i64| NOON + jiff::SignedDuration::from_hours(hours);
    let length = i64::try_from(history.len()).expect("short");
    let lab = Given::recorded_at(history.into_iter().zip((0..).map(moment))).state().laboratory;
    let known = |hours| lab.evidence(AsOf::known_at(moment(hours))).resistance_category();
    assert_eq!(known(length - 3), Category::NoneDocumented, "before the result");
    assert_eq!(known(length - 2), Category::RifampicinResistant, "while it was believed");
    assert_eq!(known(length - 1), Category::NoneDocumented, "since it is known to be wrong");
    assert_eq!(lab.resistance(), Category::NoneDocumented);
    assert_eq!(lab.evidence(AsOf::true_on(TODAY)).resistance_category(), Category::NoneDocumented);
}

fn day(n: i32) -> Date {
    START + Span::new().days(n)
}

// What must hold whatever comes from the laboratory.

const TESTED: [Drug; 13] = [
    Rifampicin,
    Isoniazid,
    Fluoroquinolone,
    Levofloxacin,
    Moxifloxacin,
    Bedaquiline,
    Linezolid,
    Amikacin,
    Kanamycin,
    SecondLineInjectable,
    Ethambutol,
    Pyrazinamide,
    Streptomycin,
];

fn tested() -> impl Strategy<Value = (i32, Drug, Susceptibility)> {
    let told = prop_oneof![Just(Susceptible), Just(Resistant), Just(Indeterminate)];
    (0..4i32, proptest::sample::select(TESTED.to_vec()), told)
}

fn neutral() -> impl Strategy<Value = (i32, Finding)> {
    let findings = vec![
        culture(CultureGrowth::NonTuberculous),
        culture(CultureGrowth::Contaminated),
        molecular(MolecularFinding::Error, None),
        molecular(MolecularFinding::Invalid, None),
        molecular(MolecularFinding::NoResult, None),
        Finding::Smear { grade: SmearGrade::Unsatisfactory, bacilli: None },
    ];
    (0..4i32, proptest::sample::select(findings))
}

fn read(results: &[(i32, Drug, Susceptibility)]) -> Laboratory {
    let of = |(day, drug, told): &(i32, Drug, Susceptibility)| (*day, susceptibility([(*drug, *told)]));
    laboratory(&results.iter().map(of).collect::<Vec<_>>())
}

/// Everything that is derived from the results alone.
fn derived(lab: &Laboratory) -> impl PartialEq + std::fmt::Debug + use<> {
    let evidence = lab.evidence(AsOf::default());
    let confirming = evidence.observations.iter().filter(|one| one.finding().positive()).count();
    (evidence.resistance(), TESTED.map(|drug| evidence.reading(drug)), confirming)
}

proptest! {
    #[test]
    fn more_resistance_never_lowers_a_category(results in vec(tested(), 1..12), which in any::<prop::sample::Index>()) {
        let mut more = results.clone();
        more[which.index(results.len())].2 = Resistant;
        let (before, after) = (read(&results), read(&more));
        let (before, after) = (before.evidence(AsOf::default()), after.evidence(AsOf::default()));
        prop_assert!(after.resistance_category() >= before.resistance_category());
        prop_assert!(after.register_resistance() >= before.register_resistance());
    }

    #[test]
    fn in_which_order_results_come_changes_nothing(
        results in vec(tested(), 0..12),
        order in vec(any::<u16>(), 12),
    ) {
        let mut turned: Vec<_> = order.into_iter().zip(results.clone()).collect();
        turned.sort_by_key(|(place, _)| *place);
        let turned: Vec<_> = turned.into_iter().map(|(_, result)| result).collect();
        prop_assert_eq!(derived(&read(&results)), derived(&read(&turned)));
    }

    #[test]
    fn what_says_nothing_changes_nothing(results in vec(tested(), 0..6), more in vec(neutral(), 1..6)) {
        let of = |(day, drug, told): &(i32, Drug, Susceptibility)| (*day, susceptibility([(*drug, *told)]));
        let without: Vec<_> = results.iter().map(of).collect();
        let with: Vec<_> = without.iter().cloned().chain(more).collect();
        prop_assert_eq!(derived(&laboratory(&without)), derived(&laboratory(&with)));
    }

    #[test]
    fn what_was_known_does_not_change_with_what_comes_later(results in vec(tested(), 1..10), cut in 0usize..10) {
        let events: Vec<CaseEvent> = (10u128..)
            .zip(&results)
            .flat_map(|(id, (day, drug, told))| {
                let on = START + Span::new().days(*day);
                [collected(id, on), resulted(id, TODAY, susceptibility([(*drug, *told)]))]
            })
            .collect();
        let moment = |hours: i64| NOON + jiff::SignedDuration::from_hours(hours);
        let cut = cut.min(results.len()) * 2;
        let lab = |events: &[CaseEvent]| {
            let dated = events.iter().cloned().zip((0..).map(moment));
            Given::recorded_at(dated).state().laboratory
        };
        let then = lab(&events[..cut]);
        let now = lab(&events);
        let known_at = AsOf::known_at(moment(i64::try_from(cut).unwrap() - 1));
        prop_assert_eq!(now.evidence(known_at).resistance(), then.evidence(AsOf::default()).resistance());
    }
}
