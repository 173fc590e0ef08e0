//! Who is let into a record by name.

use jiff::SignedDuration;

use crate::{
    actor::Actor,
    case::fixtures::NOON,
    hiv::{HivCommand, HivEvent, fixtures::*, grants::*, reading::*, remote::RemoteStep},
};

fn grant(to: &Actor) -> HivCommand {
    let body = GrantHivAccess { worker: to.worker.clone(), purpose: AccessPurpose::Consultation };
    HivCommand::GrantAccess(body)
}

fn end(of: &Actor) -> HivCommand {
    HivCommand::EndAccess(EndHivAccess { worker: of.worker.clone() })
}

fn lets_in(history: &[HivEvent], actor: &Actor) -> bool {
    given(history).state().lets_in(actor, NOON)
}

#[test]
fn who_opens_a_record_is_let_in_and_the_colleagues_are_not() {
    let history = given(&[]).when(open(Some(true), true)).as_(&aktobe()).events();
    assert!(lets_in(&history, &aktobe()));
    assert!(!lets_in(&history, &colleague()) && !lets_in(&history, &almaty()));
}

#[test]
fn who_is_let_in_lets_a_colleague_in_and_who_is_not_lets_in_nobody() {
    let mut history = record_and([let_in(&aktobe())]);
    given(&history).when(grant(&colleague())).as_(&colleague()).refused("not_found");
    given(&history).when(grant(&colleague())).as_(&almaty()).refused("not_found");
    history.extend(given(&history).when(grant(&colleague())).as_(&aktobe()).events());
    assert!(lets_in(&history, &colleague()));
}

#[test]
fn nobody_of_another_centre_and_of_another_role_is_let_in() {
    let history = record_and([let_in(&aktobe())]);
    given(&history).when(grant(&home())).as_(&aktobe()).refused("hiv_access_for_others");
    let social = Actor { worker: "sw-ngo-galaba".parse().unwrap(), ..aktobe() };
    given(&history).when(grant(&social)).as_(&aktobe()).refused("hiv_access_for_others");
}

#[test]
fn where_nobody_of_a_centre_with_a_tie_is_let_in_its_clinician_takes_the_record_up() {
    let offered = positive_and([let_in(&aktobe()), consented(named(HOME)), offered(HOME)]);
    let record = given(&offered).state();
    let directory = directory();
    assert!(record.may_let_in(&home(), (&directory, NOON)));
    assert!(!record.may_let_in(&almaty(), (&directory, NOON)));
    given(&offered).when(grant(&home())).as_(&home()).then(&["hiv.access-granted.v1"]);
    // Themselves alone: the first one reads before others do.
    given(&record_and([])).when(grant(&colleague())).as_(&aktobe()).refused("not_found");
}

#[test]
fn who_has_left_the_centre_keeps_nobody_out() {
    let record = given(&record_and([let_in(&aktobe())])).state();
    let mut directory = directory();
    assert!(!record.may_let_in(&colleague(), (&directory, NOON)));
    directory.workers.get_mut(&aktobe().worker).unwrap().active = false;
    assert!(record.may_let_in(&colleague(), (&directory, NOON)));
}

#[test]
fn a_line_of_the_worklist_is_written_down_once_a_day_for_each_reader() {
    let list = || HivCommand::Read(ReadRecord { shown: Shown::Worklist });
    let mut history = record_and([let_in(&aktobe())]);
    history.extend(given(&history).when(list()).as_(&aktobe()).events());
    assert!(given(&history).when(list()).as_(&aktobe()).events().is_empty());
    given(&history).when(list()).as_(&colleague()).then(&["hiv.read.v1"]);
}

#[test]
fn an_access_ends_after_ninety_days_with_the_tie_with_the_place_of_work_and_by_hand() {
    let mut history = record_and([let_in(&aktobe()), let_in(&colleague())]);
    let record = given(&history).state();
    let after = |days: i64| NOON + SignedDuration::from_hours(days * 24);
    assert!(record.lets_in(&aktobe(), after(89)) && !record.lets_in(&aktobe(), after(90)));
    let moved = Actor { organisation: organisation(HOME), ..aktobe() };
    assert!(!record.lets_in(&moved, NOON), "an access counts for the centre it was given at");
    assert!(!lets_in(&record_and([let_in(&almaty())]), &almaty()), "without a tie an access opens nothing");
    history.extend(given(&history).when(end(&colleague())).as_(&aktobe()).events());
    assert!(!lets_in(&history, &colleague()) && lets_in(&history, &aktobe()));
    given(&history).when(end(&aktobe())).as_(&colleague()).refused("not_found");
}

#[test]
fn a_centre_that_registered_from_afar_cannot_give_back_to_itself_what_was_withdrawn() {
    let step = |step, days| HivEvent::RemoteStepRecorded(remote_step(step, days));
    let (sent, registered) = (step(RemoteStep::DocumentsSent, 20), step(RemoteStep::Registered, 10));
    let mut history = positive_and([consented(named(HOME)), begun(HOME), sent, registered]);
    let again = || HivCommand::RecordConsent(consent(named(HOME)));
    given(&history).when(again()).as_(&home()).then(&["hiv.consent-recorded.v1"]);
    history.extend(given(&history).when(withdraw()).as_(&aktobe()).events());
    given(&history).when(again()).as_(&home()).refused("hiv_consent_missing");
    given(&history).when(again()).as_(&aktobe()).then(&["hiv.consent-recorded.v1"]);
}
