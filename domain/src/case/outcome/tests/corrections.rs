//! One terminal outcome per episode; a correction is a further event with its reason and its author (MSF; WHO TB DAK, D24).

use super::{NEGATIVE, day, followed};
use crate::{
    case::{
        CaseCommand, CaseEvent,
        fixtures::*,
        outcome::{ConfirmOutcome, CorrectOutcome, CorrectionReason, Outcome, OutcomeCorrected},
    },
    testing::given,
};

fn correct(outcome: Outcome) -> CaseCommand {
    CaseCommand::CorrectOutcome(CorrectOutcome {
        episode: None,
        outcome,
        on: TODAY,
        failure: None,
        reason: CorrectionReason::LateResult,
    })
}

fn corrected(outcome: Outcome, reporter: &str) -> CaseEvent {
    CaseEvent::OutcomeCorrected(OutcomeCorrected {
        episode: EPISODE,
        outcome,
        on: TODAY,
        failure: None,
        reason: CorrectionReason::LateResult,
        reporter: reporter.parse().unwrap(),
    })
}

/// Completed by the knowledge of the day; the second culture came afterwards.
fn completed_then_a_late_result() -> Vec<CaseEvent> {
    let mut history = followed(170, &[(60, NEGATIVE)]);
    history.push(reported(Outcome::Completed, TODAY, "tb1-tb-shymkent"));
    history.push(confirmed(Outcome::Completed, TODAY, "tb-shymkent"));
    history.extend([collected(40, day(90)), resulted(40, day(90), culture(NEGATIVE))]);
    history
}

#[test]
fn a_correction_counts_once_a_second_person_has_confirmed_it_and_the_old_outcome_stays() {
    let mut history = completed_then_a_late_result();
    given(&history)
        .when(correct(Outcome::Cured))
        .as_(&shymkent())
        .then(&[corrected(Outcome::Cured, "tb1-tb-shymkent")]);
    history.push(corrected(Outcome::Cured, "tb1-tb-shymkent"));
    let verdict = |history: &[CaseEvent]| given(history).state().treatment.verdict(EPISODE).unwrap().clone();
    assert_eq!(verdict(&history).in_force().map(|said| said.outcome), Some(Outcome::Completed));
    given(&history).when(confirm()).as_(&shymkent()).refused("outcome_needs_second_person");
    history.extend(given(&history).when(confirm()).as_(&second_clinician()).events());
    assert_eq!(verdict(&history).in_force().map(|said| said.outcome), Some(Outcome::Cured));
    assert_eq!(
        verdict(&history).in_force().and_then(|said| said.corrects),
        Some(CorrectionReason::LateResult)
    );
    assert_eq!(
        verdict(&history).earlier.iter().map(|said| said.outcome).collect::<Vec<_>>(),
        [Outcome::Completed]
    );
    given(&history).when(confirm()).as_(&second_clinician()).refused("outcome_confirmed_already");
}

#[test]
fn a_correction_needs_the_evidence_that_a_report_needs() {
    let mut history = completed_then_a_late_result();
    history.truncate(history.len() - 2);
    given(&history).when(correct(Outcome::Cured)).as_(&shymkent()).refused("cured_needs_conversion");
    given(&history).when(correct(Outcome::Completed)).as_(&shymkent()).refused("correction_changes_nothing");
}

#[test]
fn an_outcome_is_corrected_after_the_case_was_closed_and_by_nobody_else() {
    let mut history = completed_then_a_late_result();
    history.push(support_moved("ngo-galaba", "tb-shymkent"));
    history.extend(given(&history).when(close()).as_(&shymkent()).events());
    given(&history).when(correct(Outcome::Cured)).as_(&galaba()).refused("not_responsible");
    history.extend(given(&history).when(correct(Outcome::Cured)).as_(&shymkent()).events());
    given(&history).when(confirm()).as_(&second_clinician()).accepted();
}

#[test]
fn a_second_outcome_beside_the_one_in_force_is_refused() {
    let history = completed_then_a_late_result();
    let again = CaseCommand::ReportOutcome(crate::case::outcome::ReportOutcome {
        outcome: Outcome::Cured,
        on: TODAY,
        failure: None,
        episode: Some(EPISODE),
    });
    given(&history).when(again).as_(&shymkent()).refused("outcome_confirmed_already");
    given(&treated_case())
        .when(correct(Outcome::Cured))
        .as_(&shymkent())
        .refused("outcome_not_confirmed_yet");
}

#[test]
fn an_episode_that_is_not_on_the_case_has_no_outcome() {
    let stranger = ConfirmOutcome { episode: Some(crate::ids::EpisodeId(uuid::Uuid::from_u128(99))) };
    given(&treated_case())
        .when(CaseCommand::ConfirmOutcome(stranger))
        .as_(&shymkent())
        .refused("not_on_treatment");
}
