//! Failed needs its reason, and evidence of it (WHO 2021; WHO TB DAK, D24.DE.1).

use super::{day, followed};
use crate::{
    case::{
        CaseCommand, CaseEvent,
        fixtures::*,
        laboratory::{CultureGrowth, Drug, Finding, Susceptibility},
        outcome::{Failure, FailureReason, Outcome, ReportOutcome},
    },
    testing::given,
};

fn failed(history: &[CaseEvent], reason: Option<FailureReason>) -> Option<&'static str> {
    let failure = reason.map(|reason| Failure { reason, clinical_judgement: false });
    let body = ReportOutcome { outcome: Outcome::Failed, on: TODAY, failure, episode: None };
    given(history).when(CaseCommand::ReportOutcome(body)).as_(&shymkent()).code()
}

#[test]
fn failed_needs_a_reason_and_no_other_outcome_has_one() {
    assert_eq!(failed(&followed(100, &[]), None), Some("failure_reason_missing"));
    let body =
        ReportOutcome { outcome: Outcome::Completed, on: TODAY, failure: Some(UNRESPONSIVE), episode: None };
    given(&followed(170, &[]))
        .when(CaseCommand::ReportOutcome(body))
        .as_(&shymkent())
        .refused("failure_without_failed");
}

#[test]
fn want_of_response_is_shown_by_a_positive_specimen_or_said_by_the_clinician() {
    let reason = Some(FailureReason::NoResponse);
    assert_eq!(failed(&followed(100, &[]), reason), Some("failure_needs_positive"));
    assert_eq!(
        failed(&followed(100, &[(0, CultureGrowth::Tuberculosis)]), reason),
        Some("failure_needs_positive")
    );
    assert_eq!(failed(&followed(100, &[(90, CultureGrowth::Tuberculosis)]), reason), None);
    given(&followed(100, &[])).when(report(Outcome::Failed, TODAY)).as_(&shymkent()).accepted();
}

#[test]
fn failure_by_a_reaction_needs_the_reaction() {
    let reason = Some(FailureReason::AdverseReaction);
    let mut history = followed(100, &[]);
    assert_eq!(failed(&history, reason), Some("failure_needs_adverse_event"));
    history.push(adverse_event(4));
    assert_eq!(failed(&history, reason), None);
}

#[test]
fn failure_by_resistance_needs_resistance_that_was_not_known_at_the_start() {
    let reason = Some(FailureReason::AdditionalResistance);
    let resistant = || Finding::DrugSusceptibility {
        results: [(Drug::Rifampicin, Susceptibility::Resistant)].into(),
        method: None,
    };
    let mut history = followed(100, &[]);
    assert_eq!(failed(&history, reason), Some("failure_needs_resistance"));
    let mut known = history.clone();
    known.extend([collected(30, day(-20)), resulted(30, day(-10), resistant())]);
    assert_eq!(failed(&known, reason), Some("failure_needs_resistance"));
    history.extend([collected(30, day(10)), resulted(30, day(40), resistant())]);
    assert_eq!(failed(&history, reason), None);
}

#[test]
fn an_episode_that_turned_resistant_is_followed_by_culture_alone() {
    let smear = || Finding::Smear { grade: crate::case::laboratory::SmearGrade::Negative, bacilli: None };
    let mut history = followed(170, &[]);
    for (number, on) in [(50u128, 60), (51, 90)] {
        history.extend([collected(number, day(on)), resulted(number, day(on), smear())]);
    }
    let cured =
        |history: &[CaseEvent], on| given(history).when(report(Outcome::Cured, on)).as_(&shymkent()).code();
    assert_eq!(cured(&history, TODAY), None);
    for drug in [Drug::Rifampicin, Drug::Isoniazid] {
        let resistant = susceptibility([(drug, Susceptibility::Resistant)]);
        let mut turned = history.clone();
        turned.extend([collected(60, day(177)), resulted(60, day(177), resistant)]);
        assert_eq!(cured(&turned, TODAY), Some("cured_needs_conversion"), "{drug:?}");
        assert_eq!(cured(&turned, day(176)), None, "the resistance of that day decides, not that of today");
    }
}
