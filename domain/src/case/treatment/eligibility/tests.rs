use jiff::{Span, civil::date};

use crate::{
    case::{
        CaseCommand, CaseEvent,
        advice::AdviceCode,
        fixtures::*,
        laboratory::{Drug, Susceptibility},
        treatment::StartTreatment,
    },
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

/// A result that came after the first day undoes no treatment: it did begin, and the rest is advice.
#[test]
fn a_start_is_refused_for_what_was_known_on_its_first_day_and_not_for_what_came_later() {
    use Susceptibility::{Resistant, Susceptible};
    let found = |on, drugs: [(Drug, Susceptibility); 1]| {
        [diagnosed_case(), vec![collected(2, START), resulted(2, on, susceptibility(drugs))]].concat()
    };
    let code = |history: &[CaseEvent], regimen| {
        given(history).aged(30).when(entered_late(regimen)).as_(&shymkent()).code()
    };
    let (rifampicin, quinolone) = (Drug::Rifampicin, Drug::Fluoroquinolone);
    let next_day = START.tomorrow().unwrap();
    assert_eq!(code(&found(START, [(rifampicin, Resistant)]), "2HRZE/4HR"), Some("regimen_rifampicin"));
    let later = found(next_day, [(rifampicin, Resistant)]);
    assert_eq!(code(&later, "2HRZE/4HR"), None);
    given(&later).when(start("2HRZE/4HR")).as_(&shymkent()).refused("regimen_rifampicin");
    let events = given(&later).when(entered_late("2HRZE/4HR")).as_(&shymkent()).events();
    let advice = given(&[later, events].concat()).state().advice();
    assert!(advice.iter().any(|line| line.code == AdviceCode::RegimenOffLabel), "{advice:?}");
    let refused = Some("regimen_fluoroquinolone");
    assert_eq!(code(&found(START, [(quinolone, Resistant)]), "6REZ-Lfx"), refused);
    assert_eq!(code(&found(next_day, [(quinolone, Resistant)]), "6REZ-Lfx"), None);
    assert_eq!(code(&found(next_day, [(quinolone, Susceptible)]), "9-month-Lzd"), None, "borne out");
}

#[test]
fn neither_a_birth_date_nor_an_age_enters_the_case() {
    let events =
        given(&diagnosed_case()).born_on(date(2009, 7, 1)).when(start("2HRZE/2HR")).as_(&shymkent()).events();
    let stored = format!("{events:?}");
    assert!(stored.contains("RegimenAge") && !stored.contains("2009") && !stored.contains("17"), "{stored}");
}
