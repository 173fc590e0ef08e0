use jiff::{Span, civil::Date};

use super::{
    EndPrevention, HoldPrevention, PreventionResult, PreventionStatus, RecordPreventionDoses,
    ResumePrevention, StartPrevention,
};
use crate::{
    case::{
        CaseCommand, CaseEvent, diagnosis,
        diagnosis::ResistanceCategory,
        fixtures::*,
        screening::ScreeningResult,
        treatment::{Administration, InterruptionReason},
    },
    testing::given,
};

fn day(n: i32) -> Date {
    START + Span::new().days(n)
}

fn begin(regimen: &str) -> StartPrevention {
    StartPrevention {
        regimen: regimen.into(),
        eligible_on: START,
        started_on: START,
        index_resistance: None,
        index_resists_fluoroquinolones: None,
        administration: Administration::SelfAdministered,
    }
}

fn start(regimen: &str) -> CaseCommand {
    CaseCommand::StartPrevention(begin(regimen))
}

/// A contact whom a TB centre has, screened negative.
fn screened_negative() -> Vec<CaseEvent> {
    referred_case_and([screened(None, None, ScreeningResult::Negative)])
}

fn on_prevention(regimen: &str) -> Vec<CaseEvent> {
    let history = screened_negative();
    let events = given(&history).when(start(regimen)).as_(&shymkent()).events();
    history.into_iter().chain(events).collect()
}

fn after(mut history: Vec<CaseEvent>, command: CaseCommand) -> Vec<CaseEvent> {
    history.extend(given(&history).when(command).as_(&shymkent()).events());
    history
}

fn doses(from: Date, until: Date, taken: u16, missed: u16) -> CaseCommand {
    CaseCommand::RecordPreventionDoses(RecordPreventionDoses { from, until, taken, missed })
}

fn status(history: &[CaseEvent]) -> PreventionStatus {
    let state = given(history).state();
    state.prevention.courses.values().next().unwrap().status()
}

#[test]
fn preventive_treatment_needs_tuberculosis_excluded_or_a_negative_screening_first() {
    given(&referred_case_and([])).when(start("3HP")).as_(&shymkent()).refused("tuberculosis_not_excluded");
    given(&screened_negative()).when(start("3HP")).as_(&shymkent()).accepted();
    let excluded = CaseEvent::TbExcluded(diagnosis::TbExcluded {});
    given(&referred_case_and([excluded])).when(start("3HP")).as_(&shymkent()).accepted();
    let positive = screened(None, None, ScreeningResult::Positive);
    given(&referred_case_and([positive]))
        .when(start("3HP"))
        .as_(&shymkent())
        .refused("tuberculosis_not_excluded");
    given(&diagnosed_case()).when(start("3HP")).as_(&shymkent()).refused("tuberculosis_diagnosed");
}

#[test]
fn it_starts_on_the_day_of_eligibility_or_later_with_a_regimen_of_that_age() {
    let mut early = begin("3HP");
    early.eligible_on = day(1);
    given(&screened_negative())
        .when(CaseCommand::StartPrevention(early))
        .as_(&shymkent())
        .refused("prevention_before_eligible");
    given(&screened_negative())
        .when(start("2HRZE/4HR"))
        .as_(&shymkent())
        .refused("preventive_regimen_unknown");
    given(&screened_negative())
        .aged(12)
        .when(start("1HP"))
        .as_(&shymkent())
        .refused("preventive_regimen_age");
    given(&screened_negative())
        .of_unknown_age()
        .when(start("1HP"))
        .as_(&shymkent())
        .refused("preventive_regimen_age_unknown");
    given(&screened_negative()).of_unknown_age().when(start("6H")).as_(&shymkent()).accepted();
}

#[test]
fn only_the_centre_that_answers_starts_it_once_there_is_one() {
    let mut history = screened_negative();
    history.push(tb_opened("tj-national-tb-centre"));
    given(&history).when(start("3HP")).as_(&shymkent()).refused("not_responsible");
    given(&on_prevention("3HP")).when(start("3HP")).as_(&shymkent()).refused("prevention_open");
}

#[test]
fn its_status_follows_from_doses_holds_and_the_end() {
    let mut history = on_prevention("6H");
    assert_eq!(status(&history), PreventionStatus::OnTreatment);
    let hold = HoldPrevention { since: day(10), reason: InterruptionReason::Travel };
    history = after(history, CaseCommand::HoldPrevention(hold));
    assert_eq!(status(&history), PreventionStatus::OnHold);
    history = after(history, CaseCommand::ResumePrevention(ResumePrevention { on: day(20) }));
    assert_eq!(status(&history), PreventionStatus::OnTreatmentWithInterruptions);
    let end = EndPrevention { on: TODAY, result: PreventionResult::Completed };
    history = after(history, CaseCommand::EndPrevention(end));
    assert_eq!(status(&history), PreventionStatus::Completed);
    given(&history).when(doses(START, START, 1, 0)).as_(&shymkent()).refused("not_on_prevention");
    let stopped = EndPrevention { on: TODAY, result: PreventionResult::StoppedForReaction };
    let history = after(on_prevention("6H"), CaseCommand::EndPrevention(stopped));
    assert_eq!(status(&history), PreventionStatus::Stopped);
}

#[test]
fn a_weekly_regimen_has_one_dose_a_week_and_a_daily_one_a_day() {
    let code = |regimen: &str, taken| {
        given(&on_prevention(regimen)).when(doses(START, day(13), taken, 0)).as_(&shymkent()).code()
    };
    assert_eq!((code("3HP", 2), code("3HP", 3)), (None, Some("prevention_doses_exceed_period")));
    assert_eq!((code("6H", 14), code("6H", 15)), (None, Some("prevention_doses_exceed_period")));
    assert_eq!(code("6H", 0), Some("prevention_doses_exceed_period"));
}

/// WHO TB DAK, DT E6.
#[test]
fn the_resistance_of_the_index_case_decides_what_suits_and_refuses_nothing() {
    use ResistanceCategory::{IsoniazidResistant, MultidrugResistant, RifampicinResistant};
    let suits = |regimen: &str, resistance, fluoroquinolones| {
        let mut body = begin(regimen);
        (body.index_resistance, body.index_resists_fluoroquinolones) = (Some(resistance), fluoroquinolones);
        let history = after(screened_negative(), CaseCommand::StartPrevention(body));
        given(&history).state().prevention.open().unwrap().1.suits()
    };
    assert!(suits("4R", IsoniazidResistant, None) && !suits("6H", IsoniazidResistant, None));
    assert!(suits("6H", RifampicinResistant, None) && suits("9H", RifampicinResistant, None));
    assert!(!suits("4R", RifampicinResistant, None));
    assert!(suits("6Lfx", MultidrugResistant, Some(false)) && !suits("6Lfx", MultidrugResistant, Some(true)));
}

#[test]
fn few_doses_warn_and_do_not_refuse_the_end() {
    let completed = |taken| {
        let history = after(on_prevention("3HP"), doses(START, TODAY, taken, 0));
        let end = EndPrevention { on: TODAY, result: PreventionResult::Completed };
        let history = after(history, CaseCommand::EndPrevention(end));
        given(&history).state().prevention.courses.values().next().unwrap().completed_early()
    };
    assert!(completed(10) && !completed(11));
}
