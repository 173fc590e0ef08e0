use jiff::{Span, civil::date};

use crate::{
    case::{CaseCommand, CaseEvent, advice::AdviceCode, fixtures::*, treatment::StartTreatment},
    testing::{Given, given},
};

/// Treatment that began at START and is entered today.
fn entered_late(regimen: &str) -> CaseCommand {
    match start(regimen) {
        CaseCommand::StartTreatment(body) => {
            CaseCommand::StartTreatment(StartTreatment { started_on: START, ..body })
        }
        other => other,
    }
}

/// What the event says was to be thought of.
fn advised(patient: Given, command: CaseCommand) -> Vec<AdviceCode> {
    let events = patient.when(command).as_(&shymkent()).events();
    let started = events.into_iter().find_map(|event| match event {
        CaseEvent::TreatmentStarted(started) => Some(started.advice.into_iter().collect()),
        _ => None,
    });
    started.expect("treatment starts")
}

/// WHO TB DAK, D9: 2HRZE/2HR from 3 months to 16 years.
#[test]
fn ages_outside_of_a_childrens_regimen_are_advice_and_refuse_nothing() {
    let patient = |months: i32| given(&diagnosed_case()).born_on(TODAY - Span::new().months(months));
    let advice = |months: i32| advised(patient(months), start("2HRZE/2HR"));
    assert_eq!(advice(2), [AdviceCode::RegimenAge]);
    assert_eq!(advice(3), []);
    assert_eq!(advice(17 * 12 - 1), []);
    assert_eq!(advice(17 * 12), [AdviceCode::RegimenAge]);
    assert_eq!(
        advised(given(&diagnosed_case()).of_unknown_age(), start("2HRZE/2HR")),
        [AdviceCode::RegimenAge],
        "an age that nobody knows is outside of every limit"
    );
    assert_eq!(advised(patient(2), start("2HRZE/4HR")), [], "it has no limits");
}

#[test]
fn the_age_that_counts_is_that_of_the_first_day_and_not_of_the_day_of_entry() {
    let fourteen_since_july = || given(&diagnosed_case()).born_on(date(2012, 7, 1));
    fourteen_since_july().when(entered_late("BPaLM")).as_(&shymkent()).refused("regimen_age");
    fourteen_since_july().when(start("BPaLM")).as_(&shymkent()).accepted();
    let seventeen_since_july = || given(&diagnosed_case()).born_on(date(2009, 7, 1));
    assert_eq!(advised(seventeen_since_july(), entered_late("2HRZE/2HR")), []);
    assert_eq!(advised(seventeen_since_july(), start("2HRZE/2HR")), [AdviceCode::RegimenAge]);
}

#[test]
fn neither_a_birth_date_nor_an_age_enters_the_case() {
    let events =
        given(&diagnosed_case()).born_on(date(2009, 7, 1)).when(start("2HRZE/2HR")).as_(&shymkent()).events();
    let stored = format!("{events:?}");
    assert!(stored.contains("RegimenAge") && !stored.contains("2009") && !stored.contains("17"), "{stored}");
}
