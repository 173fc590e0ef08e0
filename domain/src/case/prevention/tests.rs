use jiff::{SignedDuration, Span, civil::Date};

use super::{
    EndPrevention, HoldPrevention, PreventionResult, PreventionStatus, RecordPreventionDoses,
    ResumePrevention, Source, StartPrevention,
};
use crate::{
    case::{
        CaseCommand, CaseEvent,
        advice::AdviceCode,
        diagnosis,
        diagnosis::ResistanceCategory,
        fixtures::*,
        laboratory::{CultureGrowth, Drug, MolecularFinding, Susceptibility},
        outcome::Outcome,
        screening::ScreeningResult,
        treatment::{Administration, InterruptionReason},
    },
    refusal::Refusal as _,
    testing::{Given, given},
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
        index_resists_isoniazid: None,
        index_resists_fluoroquinolones: None,
        sources: [].into(),
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

/// WHO TB DAK, E6: active disease is excluded first.
#[test]
fn a_positive_specimen_or_a_trace_on_which_nobody_has_decided_forbids_it_and_is_named() {
    let trace = || molecular(MolecularFinding::Trace, None);
    for finding in [xpert_medium(), trace(), culture(CultureGrowth::Tuberculosis)] {
        let more = [collected(3, START), resulted(3, START, finding)];
        let history = [screened_negative(), more.to_vec()].concat();
        let refusal = given(&history).when(start("3HP")).as_(&shymkent()).refusal().unwrap();
        assert_eq!(refusal.code(), "tuberculosis_sign_undecided");
        assert_eq!(refusal.named()[0], ("specimen", specimen(3).to_string()));
        let in_error = [history, vec![in_error(3, 1)]].concat();
        given(&in_error).when(start("3HP")).as_(&shymkent()).accepted();
    }
    let negative = molecular(MolecularFinding::NotDetected, None);
    let negative = [collected(3, START), resulted(3, START, negative)];
    given(&[screened_negative(), negative.to_vec()].concat()).when(start("3HP")).as_(&shymkent()).accepted();
}

#[test]
fn an_exclusion_speaks_of_what_was_known_when_it_was_made() {
    let excluded = || CaseEvent::TbExcluded(diagnosis::TbExcluded {});
    let result = || resulted(3, START, molecular(MolecularFinding::Trace, None));
    let history = |last: [(CaseEvent, i64); 2]| {
        let before = referred_case_and([collected(3, START)]).into_iter().map(|event| (event, NOON));
        let after = last.map(|(event, hours)| (event, NOON + SignedDuration::from_hours(hours)));
        Given::recorded_at(before.chain(after))
    };
    let code = |last| history(last).when(start("6H")).as_(&shymkent()).code();
    assert_eq!(code([(result(), 0), (excluded(), 1)]), None, "a clinician has decided on the trace");
    assert_eq!(code([(excluded(), 0), (result(), 1)]), Some("tuberculosis_sign_undecided"));
    let again = CaseCommand::ExcludeTb(diagnosis::ExcludeTb {});
    let events = history([(excluded(), 0), (result(), 1)]).when(again.clone()).as_(&shymkent()).events();
    assert_eq!(events.len(), 1, "it is stated again, with the trace in view");
    history([(result(), 0), (excluded(), 1)]).when(again).as_(&shymkent()).nothing();
}

#[test]
fn a_later_look_with_signs_outweighs_an_exclusion_and_a_cured_patient_may_be_protected_again() {
    let excluded = CaseEvent::TbExcluded(diagnosis::TbExcluded {});
    let on = |day, result| {
        let CaseEvent::ScreeningRecorded(mut said) = screened(None, None, result) else { unreachable!() };
        said.on = day;
        CaseEvent::ScreeningRecorded(said)
    };
    let code = |more: &[CaseEvent]| {
        given(&referred_case_and(more.to_vec())).when(start("6H")).as_(&shymkent()).code()
    };
    let tomorrow = TODAY.tomorrow().unwrap();
    let positive = |day| on(day, ScreeningResult::Positive);
    assert_eq!(code(&[excluded.clone(), positive(tomorrow)]), Some("tuberculosis_not_excluded"));
    assert_eq!(code(&[excluded, positive(START)]), None);
    let yesterday = TODAY.yesterday().unwrap();
    let cured = treated_case_and([
        reported(Outcome::Cured, yesterday, "tb1-tb-shymkent"),
        confirmed(Outcome::Cured, yesterday, "tb-shymkent"),
    ]);
    let screened = |day| [cured.clone(), vec![on(day, ScreeningResult::Negative)]].concat();
    given(&screened(START)).when(start("6H")).as_(&shymkent()).refused("tuberculosis_not_excluded");
    given(&screened(TODAY)).when(start("6H")).as_(&shymkent()).accepted();
}

/// How old is too old is data, and only warns.
#[test]
fn an_old_look_a_regimen_that_does_not_suit_and_few_doses_are_advised_on() {
    let advice = |looked_on: i32, index| {
        let mut negative = screened(None, None, ScreeningResult::Negative);
        if let CaseEvent::ScreeningRecorded(said) = &mut negative {
            said.on = day(looked_on);
        }
        let body = StartPrevention { index_resistance: index, ..begin("6H") };
        let history = after(referred_case_and([negative]), CaseCommand::StartPrevention(body));
        given(&history).state().advice().into_iter().map(|line| line.code).collect::<Vec<_>>()
    };
    assert_eq!(advice(-30, None), []);
    assert_eq!(advice(-31, None), [AdviceCode::PreventionOnOldScreening]);
    let resistant = Some(ResistanceCategory::IsoniazidResistant);
    assert_eq!(advice(0, resistant), [AdviceCode::PreventionRegimenUnsuited]);
    let end = EndPrevention { on: TODAY, result: PreventionResult::Completed };
    let history = after(on_prevention("3HP"), CaseCommand::EndPrevention(end));
    let codes: Vec<_> = given(&history).state().advice().into_iter().map(|line| line.code).collect();
    assert_eq!(codes, [AdviceCode::PreventionDosesFew]);
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
    assert!(!suits("6H", RifampicinResistant, None) && !suits("9H", RifampicinResistant, None));
    assert!(suits("6Lfx", RifampicinResistant, None) && !suits("6Lfx", RifampicinResistant, Some(true)));
    assert!(!suits("4R", RifampicinResistant, None));
    assert!(suits("6Lfx", MultidrugResistant, Some(false)) && !suits("6Lfx", MultidrugResistant, Some(true)));
}

#[test]
fn what_is_known_of_the_source_stands_where_the_worker_says_nothing() {
    use ResistanceCategory::{MultidrugResistant, NoneDocumented, RifampicinResistant};
    let source =
        |resistance, fails| Source { resistance, resists_isoniazid: None, resists_fluoroquinolones: fails };
    let known = |body: StartPrevention, sources: &[Source]| {
        let body = body.caught_from(sources);
        (body.index_resistance, body.index_resists_fluoroquinolones)
    };
    assert_eq!(known(begin("6H"), &[]), (None, None));
    let two = [source(NoneDocumented, Some(false)), source(MultidrugResistant, Some(true))];
    assert_eq!(known(begin("6H"), &two), (Some(MultidrugResistant), Some(true)), "the worst of them");
    let said = StartPrevention { index_resistance: Some(RifampicinResistant), ..begin("6H") };
    assert_eq!(known(said, &two).0, Some(RifampicinResistant), "what the worker says");
    let resistant = susceptibility([(Drug::Rifampicin, Susceptibility::Resistant)]);
    let case = given(&a_case_and([collected(1, START), resulted(1, START, resistant)])).state();
    assert_eq!(Source::of_case(&case), source(RifampicinResistant, None));
}

/// WHO TB DAK, DT E6; a rapid test tells nothing of isoniazid, and unknown is not susceptible.
#[test]
fn isoniazid_is_for_contacts_of_rifampicin_resistance_where_it_is_known_to_work() {
    let suits = |regimen: &str, isoniazid| {
        let body = StartPrevention {
            index_resistance: Some(ResistanceCategory::RifampicinResistant),
            index_resists_isoniazid: isoniazid,
            ..begin(regimen)
        };
        let history = after(screened_negative(), CaseCommand::StartPrevention(body));
        given(&history).state().prevention.open().unwrap().1.suits()
    };
    let regimens = ["6H", "9H", "6Lfx", "4R"];
    assert_eq!(regimens.map(|regimen| suits(regimen, Some(false))), [true, true, false, false]);
    assert_eq!(regimens.map(|regimen| suits(regimen, None)), [false, false, true, false]);
    assert_eq!(regimens.map(|regimen| suits(regimen, Some(true))), [false, false, true, false]);
}

#[test]
fn each_of_several_sources_is_judged_for_itself() {
    use ResistanceCategory::{IsoniazidResistant, MultidrugResistant, NoneDocumented, RifampicinResistant};
    let source = |resistance, isoniazid| Source {
        resistance,
        resists_isoniazid: isoniazid,
        resists_fluoroquinolones: None,
    };
    let suits = |regimen: &str, sources: &[Source]| {
        let command = CaseCommand::StartPrevention(begin(regimen).caught_from(sources));
        let history = after(screened_negative(), command);
        given(&history).state().prevention.open().unwrap().1.suits()
    };
    let rifampicin = source(RifampicinResistant, Some(false));
    assert!(suits("6H", &[rifampicin]));
    assert!(!suits("6H", &[rifampicin, source(IsoniazidResistant, Some(true))]), "isoniazid fails in one");
    assert!(!suits("6H", &[rifampicin, source(RifampicinResistant, None)]), "and is untested in the other");
    let none = source(NoneDocumented, None);
    assert!(suits("3HP", &[none]) && !suits("3HP", &[none, rifampicin]) && suits("6H", &[none, rifampicin]));
    assert!(suits("6Lfx", &[none, source(MultidrugResistant, Some(true))]));
}

/// Courses that began before the sources were kept are judged by the one category that they have.
#[test]
fn a_course_on_record_without_its_sources_is_read_and_judged() {
    let stored = |index: &str| {
        let course = crate::ids::EpisodeId(uuid::Uuid::from_u128(7));
        let document = serde_json::json!({
            "course": course, "regimen": "6H", "eligible_on": START, "started_on": START,
            "index_resistance": index, "index_resists_fluoroquinolones": null,
            "administration": "self_administered",
        });
        let event: super::PreventionStarted = serde_json::from_value(document).expect("an old event");
        let history = [screened_negative(), vec![CaseEvent::PreventionStarted(event)]].concat();
        given(&history).state().prevention.open().unwrap().1.suits()
    };
    assert!(stored("none_documented") && !stored("isoniazid_resistant") && !stored("rifampicin_resistant"));
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
