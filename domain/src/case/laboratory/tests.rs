use super::{Finding, MolecularFinding, Susceptibility};
use crate::{case::fixtures::*, testing::given};

fn molecular(mtb: MolecularFinding, rifampicin: Option<Susceptibility>) -> Finding {
    Finding::Molecular { mtb, rifampicin }
}

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
