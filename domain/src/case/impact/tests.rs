use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use proptest::prelude::*;

use super::{Bearing, Corrected, Correction, corrections};
use crate::{
    case::{
        CaseEvent,
        contact_investigation::ContactResult,
        diagnosis::{
            CaseDeNotified, Confirmation, DeNotificationReason, RevisionReason, Site, TreatmentHistory,
        },
        fixtures::*,
        handoff::event::{ErrorReason, HandoffEnteredInError},
        outcome::{CorrectionReason, Outcome, OutcomeCorrected},
        programme::Programme,
    },
    decider::Fact,
    time::OccurredAt,
};

/// One event an hour.
fn history(events: impl IntoIterator<Item = CaseEvent>) -> Vec<Fact<CaseEvent>> {
    let fact = |(hours, event)| {
        let at = NOON + SignedDuration::from_hours(hours);
        Fact { event, occurred_at: OccurredAt::at(at, &TimeZone::UTC), recorded_at: at, actor: shymkent() }
    };
    (0..).zip(events).map(fact).collect()
}

fn only(events: Vec<CaseEvent>) -> (Correction, Vec<CaseEvent>) {
    let mut found = corrections(&history(events.clone()));
    assert_eq!(found.len(), 1, "{found:?}");
    (found.remove(0), events)
}

/// How the events depend that this picks.
fn bearings((found, events): &(Correction, Vec<CaseEvent>), pick: fn(&CaseEvent) -> bool) -> Vec<Bearing> {
    let event = |revision: u64| &events[usize::try_from(revision).unwrap() - 1];
    found.decided.iter().filter(|one| pick(event(one.revision))).map(|one| one.bearing).collect()
}

fn is_diagnosis(event: &CaseEvent) -> bool {
    matches!(event, CaseEvent::DiagnosisMade(_))
}

fn is_start(event: &CaseEvent) -> bool {
    matches!(event, CaseEvent::TreatmentStarted(_))
}

fn is_doses(event: &CaseEvent) -> bool {
    matches!(event, CaseEvent::DosesRecorded(_))
}

fn is_note(event: &CaseEvent) -> bool {
    matches!(event, CaseEvent::NoteAdded(_))
}

fn confirmed_on(specimens: &[u128]) -> CaseEvent {
    let said = (Site::Pulmonary, Confirmation::BacteriologicallyConfirmed, TreatmentHistory::New);
    CaseEvent::DiagnosisMade(diagnosed_by(specimens, said))
}

fn treated_on(specimens: &[u128]) -> Vec<CaseEvent> {
    let results =
        specimens.iter().flat_map(|id| [collected(*id, START), resulted(*id, START, xpert_medium())]);
    registered_case_and(results)
        .into_iter()
        .chain([confirmed_on(specimens), started("2HRZE/4HR", START), dosed(START, TODAY), noted("…", false)])
        .collect()
}

fn and(mut events: Vec<CaseEvent>, more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    events.extend(more);
    events
}

#[test]
fn what_followed_from_the_only_result_would_not_have_been() {
    let found = only(and(treated_on(&[1]), [in_error(1, 1)]));
    assert!(matches!(found.0.corrected, Corrected::Result { number: 1, .. }));
    for pick in [is_diagnosis, is_start, is_doses] {
        assert_eq!(bearings(&found, pick), [Bearing::WouldBeRefused]);
    }
    assert_eq!(bearings(&found, is_note), [Bearing::WhileCurrent]);
}

#[test]
fn a_diagnosis_that_another_result_confirms_as_well_only_rests_on_the_wrong_one() {
    let found = only(and(treated_on(&[1, 2]), [in_error(1, 1)]));
    assert_eq!(bearings(&found, is_diagnosis), [Bearing::RestsOn]);
    for pick in [is_start, is_doses] {
        assert_eq!(bearings(&found, pick), [Bearing::WhileCurrent]);
    }
}

#[test]
fn what_was_decided_before_the_wrong_result_or_after_its_correction_is_not_reached() {
    let before = treated_on(&[1]);
    let wrong = before.len() as u64 + 2;
    let late = [
        collected(2, TODAY),
        resulted(2, TODAY, xpert_medium()),
        noted("…", false),
        in_error(2, 1),
        noted("…", false),
    ];
    let (found, _) = only(and(before, late));
    assert_eq!((found.since, found.until), (wrong, wrong + 2));
    let decided: Vec<_> = found.decided.iter().map(|one| one.revision).collect();
    assert_eq!(decided, [wrong + 1]);
}

#[test]
fn no_treatment_is_begun_of_a_case_that_was_never_one() {
    let out = CaseDeNotified { reason: DeNotificationReason::NotTb, duplicate_of: None };
    let found = only(and(treated_on(&[1]), [CaseEvent::DeNotified(out)]));
    assert_eq!(found.0.corrected, Corrected::Diagnosis);
    for pick in [is_start, is_doses] {
        assert_eq!(bearings(&found, pick), [Bearing::WouldBeRefused]);
    }
}

#[test]
fn a_treatment_rests_on_the_diagnosis_that_was_recorded_wrongly() {
    let said = (Site::Pleural, Confirmation::BacteriologicallyConfirmed, TreatmentHistory::New);
    let revised = |reason| {
        let mut made = diagnosed_by(&[1], said);
        made.revision = Some(reason);
        CaseEvent::DiagnosisMade(made)
    };
    let found = only(and(treated_on(&[1]), [revised(RevisionReason::RecordedWrongly)]));
    assert_eq!(bearings(&found, is_start), [Bearing::RestsOn]);
    assert_eq!(bearings(&found, is_doses), [Bearing::WhileCurrent]);
    let course = and(treated_on(&[1]), [revised(RevisionReason::ClinicalCourse)]);
    assert_eq!(corrections(&history(course)), [], "the course of the illness makes nothing wrong");
}

#[test]
fn an_outcome_is_wrong_until_the_second_hand_and_what_was_registered_on_it_is_reached() {
    let recurrent = (Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::Recurrent);
    let corrected = OutcomeCorrected {
        episode: EPISODE,
        outcome: Outcome::LostToFollowUp,
        on: TODAY,
        failure: None,
        reason: CorrectionReason::NewsOfPatient,
        reporter: "tb1-tb-shymkent".parse().unwrap(),
    };
    let wrong = and(
        treated_on(&[1]),
        [
            reported(Outcome::Completed, TODAY, "tb1-tb-shymkent"),
            confirmed(Outcome::Completed, TODAY, "tb-shymkent"),
        ],
    );
    let since = wrong.len() as u64;
    let waiting = and(
        wrong,
        [
            CaseEvent::DiagnosisMade(diagnosed_by(&[], recurrent)),
            CaseEvent::OutcomeCorrected(corrected),
            noted("…", false),
        ],
    );
    assert_eq!(corrections(&history(waiting.clone())), [], "it waits for the second person");
    let found = only(and(waiting, [confirmed(Outcome::LostToFollowUp, TODAY, "tb-shymkent")]));
    assert_eq!((found.0.since, found.0.until), (since, since + 4));
    assert_eq!(bearings(&found, is_diagnosis), [Bearing::WouldBeRefused]);
    assert_eq!(bearings(&found, is_note), [Bearing::WhileCurrent]);
    assert_eq!(found.0.decided.len(), 2, "the first hand is part of the correction");
}

#[test]
fn the_steps_of_a_handoff_and_the_looks_at_a_contact_that_never_were_are_reached() {
    let offered = handoff_offered("ngo-galaba", "ngo-kz-taraz", Programme::Support);
    let never = HandoffEnteredInError { handoff: HANDOFF, reason: ErrorReason::WrongPatient };
    let never = CaseEvent::HandoffEnteredInError(never);
    let (found, _) = only(a_case_and([offered, claim_code_issued(), noted("…", false), never]));
    let told: Vec<_> = found.decided.iter().map(|one| one.bearing).collect();
    assert_eq!(told, [Bearing::WouldBeRefused, Bearing::WhileCurrent]);
    let looked_at = contact_looked_at(ContactResult::NotReached, TODAY);
    let (found, _) =
        only(a_case_and([contact_listed("kz-taraz"), looked_at, noted("…", false), contact_removed()]));
    let told: Vec<_> = found.decided.iter().map(|one| one.bearing).collect();
    assert_eq!(told, [Bearing::WouldBeRefused, Bearing::WhileCurrent]);
}

/// A thing that happens beside: none of these corrects anything.
fn beside(which: u8, day: Date) -> CaseEvent {
    match which % 4 {
        0 => noted("…", false),
        1 => collected(u128::from(which) + 100, day),
        2 => dosed(START, day),
        _ => contact_listed("kz-taraz"),
    }
}

proptest! {
    #[test]
    fn an_event_is_listed_if_and_only_if_it_was_recorded_in_between(
        before in prop::collection::vec(any::<u8>(), 0..8),
        between in prop::collection::vec(any::<u8>(), 0..8),
        after in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let all = |which: &[u8]| which.iter().map(|one| beside(*one, TODAY)).collect::<Vec<_>>();
        let mut events = and(treated_on(&[1]), all(&before));
        events.extend([collected(2, TODAY), resulted(2, TODAY, xpert_medium())]);
        let since = events.len() as u64;
        events.extend(all(&between));
        events.push(in_error(2, 1));
        let until = events.len() as u64;
        events.extend(all(&after));
        let (found, _) = only(events);
        prop_assert_eq!((found.since, found.until), (since, until));
        let listed: Vec<_> = found.decided.iter().map(|one| one.revision).collect();
        prop_assert_eq!(listed, (since + 1..until).collect::<Vec<_>>());
    }
}
