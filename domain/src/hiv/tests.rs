//! The rules of the HIV record as sentences.

mod care;
mod due;
mod grants;
mod sharing;

use super::{HivEvent, HivRecord, fixtures::*};

#[test]
fn a_record_is_opened_by_the_centre_that_took_the_referral_and_by_nobody_else() {
    given(&[]).when(open(Some(true), true)).as_(&aktobe()).then(&["hiv.opened.v1", "hiv.access-granted.v1"]);
    given(&[]).when(open(Some(false), true)).as_(&aktobe()).refused("hiv_referral_not_taken");
    given(&[]).when(open(None, true)).as_(&aktobe()).refused("not_found");
    given(&[]).when(open(Some(true), false)).as_(&aktobe()).refused("hiv_patient_died");
    given(&[])
        .when(open(Some(true), true))
        .as_(&crate::case::fixtures::shymkent())
        .refused("hiv_not_an_aids_centre");
}

#[test]
fn whoever_has_no_tie_to_a_record_cannot_tell_it_from_none() {
    given(&record_and([])).when(open(Some(true), true)).as_(&aktobe()).refused("hiv_record_open");
    given(&record_and([])).when(open(Some(true), true)).as_(&almaty()).refused("not_found");
    // What the case forbids is said with and without a record in the same way.
    for history in [vec![], record_and([])] {
        given(&history).when(open(Some(false), true)).as_(&almaty()).refused("hiv_referral_not_taken");
        given(&history).when(open(Some(true), false)).as_(&almaty()).refused("hiv_patient_died");
    }
    let test = || run(vec![assay(1, "A", super::testing::AssayResult::Reactive)], None);
    for history in [vec![], record_and([])] {
        given(&history).when(test()).as_(&almaty()).refused("not_found");
        given(&history).when(withdraw()).as_(&almaty()).refused("not_found");
        given(&history).when(offer(HOME)).as_(&almaty()).refused("not_found");
    }
}

#[test]
fn nothing_of_a_record_can_be_printed() {
    let record = given(&positive_and([])).state();
    assert_eq!(format!("{record:?}"), "HivRecord(…)");
    assert_eq!(format!("{:?}", opened()), "HivEvent(…)");
    assert_eq!(format!("{:?}", offer(HOME)), "HivCommand(…)");
}

#[test]
fn a_reading_overtakes_nobody_and_a_change_does() {
    let mut history = positive_and([]);
    let read = given(&history)
        .when(super::HivCommand::Read(super::reading::ReadRecord { shown: super::reading::Shown::Record }));
    history.extend(read.as_(&aktobe()).events());
    let record = given(&history).state();
    assert!(record.unchanged_since(2) && record.unchanged_since(3), "the reading was the third fact");
    assert!(!record.unchanged_since(1) && !record.unchanged_since(4));
    assert_eq!(record.readings.count, 1);
}

#[test]
fn every_event_is_read_back_as_it_was_written() {
    let state = |events: &[HivEvent]| given(events).state();
    let history = treated_and([consented(named(HOME)), offered(HOME), arrived(HOME)]);
    let text = serde_json::to_string(&history).unwrap();
    let again: Vec<HivEvent> = serde_json::from_str(&text).unwrap();
    let record: HivRecord = serde_json::from_str(&serde_json::to_string(&state(&history)).unwrap()).unwrap();
    assert!(again == history && record == state(&again));
}
