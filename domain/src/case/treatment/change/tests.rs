use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{ChangeEffect, ChangeRegimen, Reading, RegimenChangeReason};
use crate::{
    actor::Actor,
    case::{
        CaseCommand, CaseEvent, CaseRefusal, diagnosis::TreatmentHistory, fixtures::*, laboratory::Drug,
        outcome::Outcome, treatment::Administration,
    },
    decider::Decider,
    ids::EpisodeId,
    testing::{context, given},
};

const NEXT: EpisodeId = EpisodeId(uuid::Uuid::from_u128(0x5afb));

fn change(regimen: &str, reason: RegimenChangeReason, replaced: &[Drug]) -> ChangeRegimen {
    ChangeRegimen {
        on: TODAY,
        regimen: regimen.into(),
        reason,
        permanent: true,
        replaced: replaced.iter().copied().collect::<BTreeSet<_>>(),
        weight_kg: Some(60),
        pregnant_or_breastfeeding: None,
        composition: vec![],
        administration: Administration::DirectlyObserved,
    }
}

/// What is decided; the new episode has an id of its own.
fn decided(history: &[CaseEvent], body: ChangeRegimen, actor: &Actor) -> Result<Vec<CaseEvent>, CaseRefusal> {
    let directory = directory();
    let at = crate::decider::Context { new_id: NEXT.0, ..context(actor, &directory) };
    given(history).state().decide(&CaseCommand::ChangeRegimen(body), &at)
}

fn changed(history: &[CaseEvent], body: ChangeRegimen, actor: &Actor) -> Vec<CaseEvent> {
    let events = decided(history, body, actor).expect("the change is taken");
    history.iter().cloned().chain(events).collect()
}

fn effect(history: &[CaseEvent]) -> ChangeEffect {
    let state = given(history).state();
    state.treatment.episodes[&EPISODE].changes.last().unwrap().effect
}

/// The patient is treated where the Tajik register counts.
fn treated_in_dushanbe() -> Vec<CaseEvent> {
    treated_case_and([tb_moved("tb-shymkent", "tj-national-tb-centre")])
}

fn resistance_found() -> ChangeRegimen {
    change("BPaLM", RegimenChangeReason::AdditionalResistance, &[Drug::Rifampicin, Drug::Isoniazid])
}

#[test]
fn a_change_for_good_fails_the_episode_and_begins_another_at_once() {
    for reason in [
        RegimenChangeReason::NoResponse,
        RegimenChangeReason::AdverseReaction,
        RegimenChangeReason::AdditionalResistance,
    ] {
        let history = changed(&treated_case(), change("BPaLM", reason, &[Drug::Rifampicin]), &shymkent());
        let state = given(&history).state();
        let old = state.treatment.verdict(EPISODE).unwrap();
        assert_eq!(old.awaiting().map(|said| (said.outcome, said.on)), Some((Outcome::Failed, TODAY)));
        assert_eq!(state.treatment.open_episode().map(|(id, _)| id), Some(NEXT));
        assert_eq!(state.diagnosis.current.map(|made| made.history), Some(TreatmentHistory::ReRegistered));
    }
}

#[test]
fn the_failure_is_confirmed_by_another_while_the_next_episode_runs() {
    let mut history = changed(&treated_case(), resistance_found(), &shymkent());
    given(&history).when(confirm()).as_(&shymkent()).refused("outcome_needs_second_person");
    history.extend(given(&history).when(confirm()).as_(&second_clinician()).events());
    let state = given(&history).state();
    assert!(state.treatment.episodes[&EPISODE].ended() && !state.treatment.episodes[&NEXT].ended());
    given(&history).when(report(Outcome::Failed, TODAY)).as_(&shymkent()).accepted();
}

#[test]
fn a_case_is_not_closed_while_an_earlier_episode_awaits_its_outcome() {
    let mut history = changed(&treated_case(), resistance_found(), &shymkent());
    history.push(support_moved("ngo-galaba", "tb-shymkent"));
    let mut other = reported(Outcome::Failed, TODAY, "tb1-tb-shymkent");
    let mut ended = confirmed(Outcome::Failed, TODAY, "tb-shymkent");
    if let (CaseEvent::OutcomeReported(other), CaseEvent::OutcomeConfirmed(ended)) = (&mut other, &mut ended)
    {
        (other.episode, ended.episode) = (NEXT, NEXT);
    }
    history.extend([other, ended]);
    given(&history).when(close()).as_(&shymkent()).refused("outcome_missing");
}

#[test]
fn success_cannot_be_said_of_an_episode_whose_regimen_was_changed_for_good() {
    let history = changed(&treated_case_and([dosed(START, TODAY)]), resistance_found(), &shymkent());
    for outcome in [Outcome::Cured, Outcome::Completed] {
        let body =
            crate::case::outcome::ReportOutcome { outcome, on: TODAY, failure: None, episode: Some(EPISODE) };
        given(&history)
            .when(CaseCommand::ReportOutcome(body))
            .as_(&shymkent())
            .refused("regimen_changed_for_good");
    }
}

#[test]
fn where_the_register_counts_regimen_two_the_episode_leaves_its_cohort_without_an_outcome() {
    let history = changed(&treated_in_dushanbe(), resistance_found(), &dushanbe());
    assert_eq!(effect(&history), ChangeEffect::RegimenTwo);
    let state = given(&history).state();
    let old = &state.treatment.episodes[&EPISODE];
    assert!(old.ended() && state.treatment.awaiting().next().is_none());
    let body = crate::case::outcome::ReportOutcome {
        outcome: Outcome::Failed,
        on: TODAY,
        failure: Some(UNRESPONSIVE),
        episode: Some(EPISODE),
    };
    given(&history).when(CaseCommand::ReportOutcome(body)).as_(&dushanbe()).refused("regimen_two_started");
}

#[test]
fn both_readings_follow_from_the_same_events_wherever_they_happened() {
    let tajik = changed(&treated_in_dushanbe(), resistance_found(), &dushanbe());
    let mut kazakh = changed(&treated_case(), resistance_found(), &shymkent());
    kazakh.extend(given(&kazakh).when(confirm()).as_(&second_clinician()).events());
    for history in [tajik, kazakh] {
        let episode = given(&history).state().treatment.episodes[&EPISODE].clone();
        assert_eq!(episode.read_by_who(), Reading::Outcome(Outcome::Failed));
        assert_eq!(episode.read_by_tajik_register(), Reading::StartedRegimenTwo);
    }
    let reaction = change("BPaLM", RegimenChangeReason::AdverseReaction, &[Drug::Rifampicin]);
    let mut other = changed(&treated_case(), reaction, &shymkent());
    other.extend(given(&other).when(confirm()).as_(&second_clinician()).events());
    let episode = given(&other).state().treatment.episodes[&EPISODE].clone();
    assert_eq!(episode.read_by_tajik_register(), Reading::Outcome(Outcome::Failed));
}

#[test]
fn a_drug_replaced_for_a_while_is_no_change_of_regimen() {
    let mut body = change("2HRZE/4HR", RegimenChangeReason::AdverseReaction, &[Drug::Pyrazinamide]);
    body.permanent = false;
    let history = changed(&treated_case(), body.clone(), &shymkent());
    let state = given(&history).state();
    assert_eq!(effect(&history), ChangeEffect::Substitution);
    assert_eq!(state.treatment.open_episode().map(|(id, _)| id), Some(EPISODE));
    body.regimen = "2HRZ/4HR".into();
    let code = |body: ChangeRegimen| {
        given(&treated_case()).when(CaseCommand::ChangeRegimen(body)).as_(&shymkent()).code()
    };
    assert_eq!(code(body.clone()), Some("substitution_keeps_regimen"));
    body.replaced.clear();
    assert_eq!(code(body), Some("replaced_drugs_missing"));
}

#[test]
fn a_change_for_pregnancy_or_want_of_a_drug_goes_on_in_the_same_episode() {
    for reason in
        [RegimenChangeReason::Pregnancy, RegimenChangeReason::DrugUnavailable, RegimenChangeReason::StepDown]
    {
        let history = changed(&treated_case(), change("6HREZ", reason, &[]), &shymkent());
        let state = given(&history).state();
        let (id, episode) = state.treatment.open_episode().unwrap();
        assert_eq!((id, episode.regimen.as_str()), (EPISODE, "6HREZ"));
        assert!(state.treatment.awaiting().next().is_none());
    }
}

#[test]
fn in_2013_resistant_disease_failed_when_two_drugs_were_replaced_for_good_and_not_by_one() {
    let mut history = treated_case();
    for event in &mut history {
        if let CaseEvent::TreatmentStarted(started) = event {
            (started.regimen, started.drug_resistant) = ("longer".into(), true);
            started.definitions = "who-2013".into();
        }
    }
    let replaced = [Drug::Amikacin, Drug::Cycloserine];
    let after = |count: usize| {
        let body = change("BPaL", RegimenChangeReason::AdverseReaction, &replaced[..count]);
        effect(&changed(&history, body, &shymkent()))
    };
    assert_eq!(after(1), ChangeEffect::SameEpisode);
    assert_eq!(after(2), ChangeEffect::Failed);
}

#[test]
fn a_new_regimen_is_given_to_those_alone_who_may_have_it() {
    let body = CaseCommand::ChangeRegimen(resistance_found());
    given(&treated_case()).aged(12).when(body.clone()).as_(&shymkent()).refused("regimen_age");
    given(&treated_case()).when(body.clone()).as_(&galaba()).refused("not_responsible");
    given(&diagnosed_case()).when(body).as_(&shymkent()).refused("not_on_treatment");
    let mut early = resistance_found();
    early.on = START;
    given(&treated_case())
        .when(CaseCommand::ChangeRegimen(early))
        .as_(&shymkent())
        .refused("regimen_change_before_start");
    let same = change("2HRZE/4HR", RegimenChangeReason::StepDown, &[]);
    given(&treated_case())
        .when(CaseCommand::ChangeRegimen(same))
        .as_(&shymkent())
        .refused("regimen_unchanged");
}

#[test]
fn an_outcome_of_the_episode_before_is_not_later_than_the_start_of_the_next() {
    let mut body = resistance_found();
    body.on = START + jiff::Span::new().days(40);
    let history = changed(&treated_case(), body, &shymkent());
    let late = |on: Date| {
        let body = crate::case::outcome::ReportOutcome {
            outcome: Outcome::Failed,
            on,
            failure: Some(UNRESPONSIVE),
            episode: Some(EPISODE),
        };
        given(&history).when(CaseCommand::ReportOutcome(body)).as_(&shymkent()).code()
    };
    assert_eq!(late(TODAY), Some("outcome_after_next_start"));
}
