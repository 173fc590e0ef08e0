use jiff::civil::{Date, date};
use uuid::Uuid;

use super::{Measures, Steps};
use crate::{
    case::{
        Case, CaseEvent,
        fixtures::*,
        handoff::event::{CareContinued, Evidence, ExternalConfirmed, ExternalStep},
        outcome::{Outcome, OutcomeConfirmed},
        programme::Programme,
        treatment::{Administration, DosesRecorded},
    },
    decider::{Decider as _, Fact},
    ids::EpisodeId,
    time::OccurredAt,
};

/// The steps after this history, each event with the day on which it happened; all of it is recorded today.
fn steps(history: &[(Date, CaseEvent)]) -> Steps {
    let mut measures = Measures::default();
    for (day, event) in history {
        let occurred_at = OccurredAt::on(*day, &jiff::tz::TimeZone::UTC).unwrap();
        measures.take_in(&Fact { event: event.clone(), occurred_at, recorded_at: NOON, actor: galaba() });
    }
    measures.of(HANDOFF).unwrap().clone()
}

fn november(day: i8) -> Date {
    date(2026, 11, day)
}

fn offered() -> (Date, CaseEvent) {
    (november(1), handoff_offered("ngo-galaba", "tb-shymkent", Programme::Tb))
}

fn arrived(day: i8) -> (Date, CaseEvent) {
    (november(20), patient_arrived_on(november(day)))
}

fn dosed(from: i8, until: i8, taken: u16, last: i8) -> (Date, CaseEvent) {
    let event = DosesRecorded {
        episode: EpisodeId(NEW_ID),
        from: november(from),
        until: november(until),
        taken,
        missed: 0,
        last_taken_on: (taken > 0).then_some(november(last)),
        administration: Administration::DirectlyObserved,
        late: false,
        observed_by: None,
        expected_end: None,
    };
    (november(20), CaseEvent::DosesRecorded(event))
}

fn ended(day: i8, outcome: Outcome) -> (Date, CaseEvent) {
    let organisation = organisation("tb-shymkent");
    let episode = EpisodeId(Uuid::from_u128(u128::from(day.unsigned_abs())));
    let event = OutcomeConfirmed { episode, outcome, on: november(day), organisation };
    (november(20), CaseEvent::OutcomeConfirmed(event))
}

#[test]
fn each_step_has_the_day_that_the_worker_states() {
    let accepted = handoff_accepted_of(&[Programme::Tb], false);
    let completed = completed(CareContinued::FirstDose);
    let history = [
        offered(),
        (november(2), CaseEvent::HandoffAcknowledged(super::super::HandoffClosed { handoff: HANDOFF })),
        (november(3), accepted),
        (november(20), departed(14, &[])),
        arrived(8),
        dosed(9, 9, 1, 9),
        (november(20), completed),
        ended(21, Outcome::Completed),
    ];
    let expected = Steps {
        offered: november(1),
        acknowledged: Some(november(2)),
        accepted: Some(november(3)),
        departed: Some(TODAY),
        arrived: Some(november(8)),
        first_dose: Some(november(9)),
        outcome: Some((november(21), Outcome::Completed)),
    };
    assert_eq!(steps(&history), expected);
}

#[test]
fn an_arrival_at_an_unanswered_offer_takes_it_on_that_day() {
    let implicit = handoff_accepted_of(&[Programme::Tb], true);
    let found = steps(&[offered(), (november(20), implicit), arrived(8)]);
    assert_eq!((found.accepted, found.acknowledged), (Some(november(8)), None));
}

#[test]
fn what_a_facility_outside_the_network_lets_the_sender_know_is_dated_as_told() {
    let told = |day: i8, step| {
        let event = CaseEvent::ExternalConfirmed(ExternalConfirmed {
            handoff: HANDOFF,
            step,
            on: november(day),
            evidence: Evidence::Letter,
            reason: None,
        });
        (november(20), event)
    };
    let found = steps(&[offered(), told(4, ExternalStep::Accepted), told(9, ExternalStep::Arrived)]);
    assert_eq!((found.accepted, found.arrived), (Some(november(4)), Some(november(9))));
    let found = steps(&[offered(), told(9, ExternalStep::Arrived), told(10, ExternalStep::Completed)]);
    assert_eq!((found.accepted, found.arrived), (Some(november(9)), Some(november(9))));
    assert_eq!(steps(&[offered(), told(4, ExternalStep::Declined)]).accepted, None);
}

#[test]
fn a_dose_counts_from_the_day_of_arrival_on_whichever_is_recorded_first() {
    let first_dose = |events: &[(Date, CaseEvent)]| steps(&[&[offered()], events].concat()).first_dose;
    let (before, after, later) = (dosed(2, 7, 6, 7), dosed(10, 12, 3, 12), dosed(15, 15, 1, 15));
    assert_eq!(first_dose(&[before.clone(), arrived(8), later.clone(), after.clone()]), Some(november(10)));
    assert_eq!(first_dose(&[later, after, before.clone(), arrived(8)]), Some(november(10)));
    assert_eq!(first_dose(&[before, arrived(8)]), None);
    assert_eq!(first_dose(&[dosed(2, 12, 11, 12), arrived(8)]), Some(november(8)));
    assert_eq!(first_dose(&[dosed(5, 7, 3, 7), dosed(8, 9, 2, 9), arrived(8)]), Some(november(8)));
    assert_eq!(first_dose(&[dosed(8, 12, 0, 8), arrived(8)]), None);
}

#[test]
fn a_treatment_begins_with_its_first_dose() {
    let begun = (november(20), started("2HRZE/4HR", november(10)));
    assert_eq!(steps(&[offered(), arrived(8), begun.clone()]).first_dose, Some(november(10)));
    assert_eq!(steps(&[offered(), arrived(11), begun]).first_dose, None);
}

#[test]
fn of_a_period_with_days_without_a_dose_only_so_much_is_certain() {
    let first_dose = |days| steps(&[offered(), days, arrived(8)]).first_dose;
    assert_eq!(first_dose(dosed(9, 18, 8, 18)), Some(november(11)));
    assert_eq!(first_dose(dosed(2, 18, 9, 10)), Some(november(10)));
    assert_eq!(first_dose(dosed(2, 18, 3, 7)), None);
}

#[test]
fn the_outcome_is_the_first_one_from_the_arrival_on() {
    let outcome = |events: &[(Date, CaseEvent)]| steps(&[&[offered()], events].concat()).outcome;
    let (failed, cured) = (ended(12, Outcome::Failed), ended(19, Outcome::Cured));
    assert_eq!(outcome(&[arrived(8), cured.clone(), failed.clone()]), Some((november(12), Outcome::Failed)));
    assert_eq!(outcome(&[cured.clone(), failed.clone(), arrived(8)]), Some((november(12), Outcome::Failed)));
    assert_eq!(outcome(&[failed.clone(), arrived(13), cured]), Some((november(19), Outcome::Cured)));
    assert_eq!(outcome(&[arrived(13), failed]), None);
}

#[test]
fn an_outcome_that_was_corrected_is_not_counted_beside_the_one_that_is_in_force() {
    let outcome = |events: &[(Date, CaseEvent)]| steps(&[&[offered(), arrived(8)], events].concat()).outcome;
    let (lost, mut cured) = (ended(12, Outcome::LostToFollowUp), ended(19, Outcome::Cured));
    if let (CaseEvent::OutcomeConfirmed(lost), CaseEvent::OutcomeConfirmed(cured)) = (&lost.1, &mut cured.1) {
        cured.episode = lost.episode;
    }
    assert_eq!(outcome(&[lost, cured]), Some((november(19), Outcome::Cured)));
}

#[test]
fn facts_of_a_handoff_that_was_not_offered_leave_no_trace() {
    let mut measures = Measures::default();
    for event in [patient_arrived(), handoff_accepted(), departed(3, &[])] {
        let occurred_at = OccurredAt::on(TODAY, &jiff::tz::TimeZone::UTC).unwrap();
        measures.take_in(&Fact { event, occurred_at, recorded_at: NOON, actor: galaba() });
    }
    assert_eq!(measures, Measures::default());
}

#[test]
fn tuberculosis_that_is_excluded_or_taken_out_of_the_counts_awaits_no_outcome() {
    let counted = |history: &[CaseEvent]| {
        let mut case = Case::default();
        let all = [offered().1].into_iter().chain(history.iter().cloned());
        for event in all {
            let occurred_at = OccurredAt::on(TODAY, &jiff::tz::TimeZone::UTC).unwrap();
            case = case.evolve(&Fact { event, occurred_at, recorded_at: NOON, actor: galaba() });
        }
        case.handoffs.all[&HANDOFF].of_counted_tb(&case)
    };
    assert!(counted(&[]));
    let excluded = CaseEvent::TbExcluded(crate::case::diagnosis::TbExcluded {});
    assert!(!counted(&[excluded]));
    assert!(!counted(&[handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Support)]));
}
