use jiff::{
    Span,
    civil::{Date, date},
};

use super::{ExtendTreatment, ExtensionReason};
use crate::{
    case::{
        CaseCommand, CaseEvent,
        advice::AdviceCode,
        fixtures::*,
        laboratory::Drug,
        outcome::Outcome,
        treatment::{Episode, PhaseStep, RecordPhase},
    },
    testing::given,
};

fn extend(months: u8) -> CaseCommand {
    let reason = ExtensionReason::LateConversion;
    CaseCommand::ExtendTreatment(ExtendTreatment { on: TODAY, months, reason })
}

/// Treatment with this regimen since START, with the end that its months make.
fn treated(regimen: &str) -> Vec<CaseEvent> {
    let mut history = treated_case();
    if let Some(CaseEvent::TreatmentStarted(begun)) = history.last_mut() {
        begun.regimen = regimen.into();
        begun.plan = crate::case::regimen::find(regimen).map(crate::case::regimen::Plan::of);
        begun.expected_end = START + Span::new().months(begun.plan.as_ref().unwrap().months);
    }
    history
}

fn after(mut history: Vec<CaseEvent>, command: CaseCommand) -> Vec<CaseEvent> {
    history.extend(given(&history).when(command).as_(&shymkent()).events());
    history
}

fn episode(history: &[CaseEvent]) -> Episode {
    given(history).state().treatment.episodes[&EPISODE].clone()
}

fn too_long(history: &[CaseEvent]) -> bool {
    let advice = given(history).state().advice();
    advice.iter().any(|line| line.code == AdviceCode::TreatmentTooLong)
}

fn medicine(episode: &Episode, drug: Drug) -> (Date, Date) {
    let medicines = episode.medicines();
    let course = medicines.iter().find(|course| course.drug == drug).expect("it is planned");
    (course.from, course.until)
}

/// WHO TB DAK, D10: BPaL lasts 6 to 9 months, longer regimens 12 to 24.
#[test]
fn an_extension_moves_the_expected_end_and_beyond_the_table_it_is_advised_against() {
    let nine = after(treated("BPaL"), extend(9));
    assert_eq!((episode(&nine).months(), episode(&nine).expected_end), (9, START + Span::new().months(9)));
    assert!(!too_long(&nine));
    let ten = after(nine, extend(10));
    assert_eq!(episode(&ten).months(), 10);
    assert!(too_long(&ten), "advice, and not a refusal");
    let twenty = after(treated("longer"), extend(20));
    assert!(!too_long(&twenty) && too_long(&after(twenty, extend(25))));
    assert!(too_long(&after(treated("2HRZE/4HR"), extend(7))));
}

#[test]
fn an_extension_names_more_months_than_are_planned_and_36_at_most() {
    let code = |months| given(&treated("BPaL")).when(extend(months)).as_(&shymkent()).code();
    assert_eq!(code(6), Some("treatment_not_extended"));
    assert_eq!(code(37), Some("treatment_months_out_of_range"));
    assert_eq!(code(36), None);
    given(&diagnosed_case()).when(extend(9)).as_(&shymkent()).refused("not_on_treatment");
}

#[test]
fn what_was_interrupted_before_stays_added_to_an_extended_treatment() {
    let mut history = treated("BPaL");
    history.extend([interrupted(date(2026, 6, 1)), resumed(date(2026, 6, 11), 10)]);
    let extended = after(history, extend(9));
    assert_eq!(episode(&extended).expected_end, date(2027, 3, 8), "nine months and ten days");
}

#[test]
fn an_extended_treatment_is_complete_only_at_its_later_end() {
    let mut history = treated_case_and([dosed(START, TODAY)]);
    given(&history).when(report(Outcome::Completed, TODAY)).as_(&shymkent()).accepted();
    history = after(history, extend(8));
    given(&history)
        .when(report(Outcome::Completed, TODAY))
        .as_(&shymkent())
        .refused("treatment_not_completed");
}

/// WHO TB DAK, D10: bedaquiline 6 months, linezolid 2, the intensive phase 4 and up to 6.
#[test]
fn bedaquiline_is_planned_for_six_months_and_linezolid_for_two_whatever_the_phases_do() {
    let months = |months: i32| START + Span::new().months(months);
    let nine = episode(&treated("9-month-Lzd"));
    assert_eq!(medicine(&nine, Drug::Bedaquiline), (START, months(6)));
    assert_eq!(medicine(&nine, Drug::Linezolid), (START, months(2)));
    assert_eq!(medicine(&nine, Drug::Isoniazid), (START, months(4)));
    assert_eq!(medicine(&nine, Drug::Clofazimine), (START, months(9)));
    let step = RecordPhase { on: TODAY, step: PhaseStep::IntensiveExtended, months: Some(2) };
    let longer = episode(&after(treated("9-month-Lzd"), CaseCommand::RecordPhase(step)));
    assert_eq!(medicine(&longer, Drug::Bedaquiline), (START, months(6)));
    assert_eq!(medicine(&longer, Drug::Isoniazid), (START, months(6)));
    assert_eq!(medicine(&longer, Drug::Clofazimine), (START, months(11)));
}

#[test]
fn an_old_episode_is_planned_by_the_table_of_its_day() {
    let mut history = treated("BPaL");
    if let Some(CaseEvent::TreatmentStarted(begun)) = history.last_mut() {
        let plan = begun.plan.as_mut().unwrap();
        (plan.table, plan.months, plan.longest_months) = ("2023-01-01".into(), 5, 7);
    }
    let of_its_day = episode(&history);
    assert_eq!((of_its_day.months(), of_its_day.plan.longest_months), (5, 7));
    if let Some(CaseEvent::TreatmentStarted(begun)) = history.last_mut() {
        begun.plan = None;
    }
    let before_plans = episode(&history);
    assert_eq!((before_plans.months(), before_plans.plan.longest_months), (6, 9));
}
