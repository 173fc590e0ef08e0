use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::PastCase;
use crate::{
    case::{
        Case, CaseEvent,
        diagnosis::{Confirmation, DiagnosisMade, RevisionReason, Site, TreatmentHistory},
        fixtures::*,
        laboratory::CultureGrowth,
        outcome::{CorrectionReason, Outcome, OutcomeCorrected},
        programme::Programme,
    },
    decider::{Decider as _, Fact},
    time::OccurredAt,
};

/// So many days after the noon on which all tests play.
fn noon_and(days: i64) -> Timestamp {
    NOON + SignedDuration::from_hours(24 * days)
}

/// An event that happened on one day and was recorded on another.
fn happened((on, recorded): (i64, i64), event: CaseEvent) -> Fact<CaseEvent> {
    Fact {
        event,
        occurred_at: OccurredAt::at(noon_and(on), &TimeZone::UTC),
        recorded_at: noon_and(recorded),
        actor: shymkent(),
    }
}

fn history(events: impl IntoIterator<Item = CaseEvent>) -> Vec<Fact<CaseEvent>> {
    events.into_iter().map(|event| happened((0, 0), event)).collect()
}

fn so_at(facts: &[Fact<CaseEvent>], day: i64) -> Case {
    let mut past = PastCase::new(Some(noon_and(day)));
    for fact in facts {
        past.take_in(fact);
    }
    past.case
}

#[test]
fn without_a_moment_of_truth_a_case_is_the_fold_of_what_was_known() {
    let facts = history(treated_case());
    let folded = facts.iter().fold(Case::default(), Case::evolve);
    let mut past = PastCase::new(None);
    assert!(facts.iter().all(|fact| past.take_in(fact)));
    assert_eq!(past.case, folded);
}

#[test]
fn what_happened_later_was_not_so_and_what_was_only_recorded_later_was() {
    let mut facts = history(treated_case());
    let before = so_at(&facts, 0);
    let third = TODAY.tomorrow().unwrap().tomorrow().unwrap().tomorrow().unwrap();
    facts.push(happened((3, 3), dosed(START, third)));
    assert_eq!(so_at(&facts, 2), before, "the doses came until the third day");
    assert_ne!(so_at(&facts, 3), before);
    facts.pop();
    facts.push(happened((1, 30), dosed(START, TODAY)));
    assert_ne!(so_at(&facts, 2), before, "written down a month later, they had been taken all the same");
}

#[test]
fn an_event_that_states_its_day_happened_on_that_day_whatever_the_moment_of_the_request() {
    let mut facts = history(treated_case());
    let before = so_at(&facts, 2);
    facts.push(happened((20, 20), dosed(START, TODAY)));
    assert_ne!(so_at(&facts, 2), before, "the worker stated no moment, and the event its day");
}

#[test]
fn in_what_was_so_a_thing_began_when_it_happened() {
    let mut facts = history(treated_case());
    facts.push(happened((1, 4), support_moved("ngo-galaba", "tb-shymkent")));
    let moved = |case: &Case| case.responsibility.intervals()[&Programme::Support][0].until;
    assert_eq!(moved(&so_at(&facts, 2)), Some(noon_and(1)));
    assert_eq!(moved(&so_at(&facts, 0)), None);
}

#[test]
fn a_wrong_result_is_found_by_its_number_among_all_results() {
    let mut facts = history(treated_case());
    facts.push(happened((1, 1), collected(77, TODAY)));
    let ninth = TODAY.saturating_add(jiff::Span::new().days(9));
    facts.push(happened((9, 9), resulted(77, ninth, culture(CultureGrowth::NonTuberculous))));
    facts.push(happened((2, 10), resulted(77, TODAY, culture(CultureGrowth::Negative))));
    let wrong = |facts: &[Fact<CaseEvent>]| {
        let case = so_at(facts, 5);
        let results = case.laboratory.specimens[&specimen(77)].results.clone();
        results.iter().map(|result| result.entered_in_error.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&facts), [false], "the first result came on the ninth day");
    let first = [facts.clone(), vec![happened((11, 11), in_error(77, 1))]].concat();
    assert_eq!(wrong(&first), [false], "the other one is wrong");
    let second = [facts, vec![happened((11, 11), in_error(77, 2))]].concat();
    assert_eq!(wrong(&second), [true]);
}

#[test]
fn a_result_that_was_wrong_was_wrong_before_anybody_knew() {
    let mut facts = history(treated_case());
    let tomorrow = TODAY.tomorrow().unwrap();
    facts.push(happened((1, 1), collected(77, tomorrow)));
    facts.push(happened((1, 1), resulted(77, tomorrow, culture(CultureGrowth::Negative))));
    let wrong = |case: &Case| {
        let results = case.laboratory.specimens.values().flat_map(|specimen| &specimen.results);
        results.filter(|result| result.entered_in_error.is_some()).count()
    };
    let before = wrong(&so_at(&facts, 2));
    facts.push(happened((9, 9), in_error(77, 1)));
    assert_eq!(wrong(&so_at(&facts, 2)), before + 1);
    assert_eq!(wrong(&so_at(&facts, 0)), before, "on the first day there was no such result to be wrong");
}

#[test]
fn a_diagnosis_that_was_recorded_wrongly_was_wrong_before_anybody_knew() {
    let sites = |reason| {
        let mut facts = history(treated_case());
        let said = (Site::Pleural, Confirmation::BacteriologicallyConfirmed, TreatmentHistory::New);
        let made = DiagnosisMade { revision: Some(reason), ..diagnosed_by(&[1], said) };
        facts.push(happened((9, 9), CaseEvent::DiagnosisMade(made)));
        so_at(&facts, 2).diagnosis.current.map(|made| made.sites)
    };
    assert_eq!(sites(RevisionReason::RecordedWrongly), Some([Site::Pleural].into()));
    assert_eq!(sites(RevisionReason::ClinicalCourse), Some([Site::Pulmonary].into()));
}

#[test]
fn an_outcome_is_what_it_was_corrected_to_whenever_that_was() {
    let mut facts = history(treated_case());
    facts.push(happened((1, 1), reported(Outcome::Completed, TODAY, "tb1-tb-shymkent")));
    facts.push(happened((1, 1), confirmed(Outcome::Completed, TODAY, "tb-shymkent")));
    let in_force = |facts: &[Fact<CaseEvent>], day| {
        let case = so_at(facts, day);
        case.treatment.verdict(EPISODE).and_then(|verdict| verdict.in_force().map(|said| said.outcome))
    };
    let corrected = OutcomeCorrected {
        episode: EPISODE,
        outcome: Outcome::Cured,
        on: TODAY,
        failure: None,
        reason: CorrectionReason::LateResult,
        reporter: "tb1-tb-shymkent".parse().unwrap(),
    };
    facts.push(happened((20, 20), CaseEvent::OutcomeCorrected(corrected)));
    assert_eq!(in_force(&facts, 5), Some(Outcome::Completed), "a correction waits for the second person");
    facts.push(happened((21, 21), confirmed(Outcome::Cured, TODAY, "tb-shymkent")));
    assert_eq!(in_force(&facts, 5), Some(Outcome::Cured));
    assert_eq!(in_force(&facts, -1), None, "before it was reached there was none");
}
