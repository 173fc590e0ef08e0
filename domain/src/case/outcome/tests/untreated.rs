//! Lost, died and not evaluated are outcomes of a diagnosed patient who never began, too (WHO 2021; WHO TB DAK, D24).

use crate::{
    case::{
        CaseCommand, CaseEvent,
        fixtures::*,
        outcome::{Outcome, OutcomeReported, ReportOutcome},
    },
    testing::given,
};

fn never_began(outcome: Outcome) -> CaseEvent {
    CaseEvent::OutcomeReported(OutcomeReported {
        episode: EPISODE,
        outcome,
        on: TODAY,
        reporter: "tb1-tb-shymkent".parse().unwrap(),
        failure: None,
        untreated: true,
    })
}

#[test]
fn a_diagnosed_patient_who_never_began_is_lost_without_an_episode() {
    let mut history = diagnosed_case();
    let lost = || report(Outcome::LostToFollowUp, TODAY);
    given(&history).when(lost()).as_(&shymkent()).then(&[never_began(Outcome::LostToFollowUp)]);
    history.push(never_began(Outcome::LostToFollowUp));
    given(&history).when(confirm()).as_(&shymkent()).refused("outcome_needs_second_person");
    history.extend(given(&history).when(confirm()).as_(&second_clinician()).events());
    let state = given(&history).state();
    assert!(state.treatment.episodes.is_empty());
    assert_eq!(state.treatment.judged().filter(|(_, verdict)| verdict.ended()).count(), 1);
    given(&history).when(lost()).as_(&shymkent()).refused("outcome_confirmed_already");
}

#[test]
fn who_never_began_is_neither_cured_nor_failed_nor_not_evaluated() {
    let said = |outcome| given(&diagnosed_case()).when(report(outcome, TODAY)).as_(&shymkent()).code();
    for outcome in [Outcome::Cured, Outcome::Completed, Outcome::Failed] {
        assert_eq!(said(outcome), Some("treatment_not_started"));
    }
    assert_eq!(said(Outcome::NotEvaluated), Some("never_began"));
    given(&registered_case())
        .when(report(Outcome::LostToFollowUp, TODAY))
        .as_(&shymkent())
        .refused("not_on_treatment");
}

#[test]
fn a_death_before_the_first_dose_reports_its_outcome() {
    given(&diagnosed_case())
        .when(die(TODAY))
        .as_(&shymkent())
        .then(&[died(TODAY), never_began(Outcome::Died)]);
    given(&registered_case()).when(die(TODAY)).as_(&shymkent()).then(&[died(TODAY)]);
}

#[test]
fn a_patient_who_begins_after_all_was_not_lost() {
    let mut history = diagnosed_case();
    history.push(never_began(Outcome::LostToFollowUp));
    history.extend(given(&history).when(start("2HRZE/4HR")).as_(&shymkent()).events());
    let state = given(&history).state();
    assert_eq!(state.treatment.awaiting().count(), 0);
    assert_eq!(state.treatment.judged().count(), 1);
}

#[test]
fn an_outcome_is_not_older_than_the_diagnosis() {
    let before = ReportOutcome {
        outcome: Outcome::LostToFollowUp,
        on: TODAY.yesterday().unwrap(),
        failure: None,
        episode: None,
    };
    given(&diagnosed_case())
        .when(CaseCommand::ReportOutcome(before))
        .as_(&shymkent())
        .refused("outcome_before_diagnosis");
}
