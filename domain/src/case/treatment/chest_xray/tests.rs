use jiff::{Span, civil::date};

use super::RecordChestXray;
use crate::{
    case::{
        CaseCommand, CaseEvent, care_clock::controls, fixtures::*, outcome::Outcome, screening::ChestXray,
    },
    ids::EpisodeId,
    testing::given,
};

fn made(on: jiff::civil::Date, result: ChestXray) -> CaseCommand {
    CaseCommand::RecordChestXray(RecordChestXray { on, result })
}

/// WHO TB DAK, scheduling logic: months 0 and 2 and the end.
#[test]
fn a_chest_x_ray_of_the_treatment_answers_its_control_and_needs_no_screening() {
    let mut history = treated_case();
    let due = |history: &[_]| {
        let all = controls(&given(history).state());
        all.into_iter().find(|control| control.about == "chest_xray").map(|control| control.due)
    };
    let record = |history: &[_], on, result| given(history).when(made(on, result)).as_(&shymkent()).events();
    assert_eq!(due(&history), Some(START));
    history.extend(record(&history, START, ChestXray::Abnormal));
    assert_eq!(due(&history), Some(date(2026, 7, 26)));
    history.extend(record(&history, date(2026, 7, 20), ChestXray::Unreadable));
    assert_eq!(due(&history), Some(date(2026, 7, 26)), "what cannot be read answers nothing");
    history.extend(record(&history, date(2026, 7, 21), ChestXray::Normal));
    assert_eq!(due(&history), Some(date(2026, 11, 26)));
    given(&history).when(made(date(2026, 7, 21), ChestXray::Normal)).as_(&shymkent()).nothing();
}

#[test]
fn a_chest_x_ray_follows_a_treatment_and_lies_in_the_past() {
    let code = |history: &[_], on| given(history).when(made(on, ChestXray::Normal)).as_(&shymkent()).code();
    assert_eq!(code(&diagnosed_case(), TODAY), Some("never_treated"));
    assert_eq!(code(&treated_case(), TODAY.tomorrow().unwrap()), Some("treatment_in_the_future"));
}

#[test]
fn a_chest_x_ray_belongs_to_the_treatment_of_its_day_and_is_not_made_long_before_it() {
    let before = |days: i32| START - Span::new().days(days);
    let x_ray = |history: &[_], on| given(history).when(made(on, ChestXray::Normal)).as_(&shymkent());
    x_ray(&treated_case(), before(14)).accepted();
    x_ray(&treated_case(), before(15)).refused("chest_xray_before_treatment");
    let ended = date(2026, 8, 26);
    let mut second = started("2HRZE/4HR", TODAY);
    let again = EpisodeId(uuid::Uuid::from_u128(2));
    if let CaseEvent::TreatmentStarted(begun) = &mut second {
        begun.episode = again;
    }
    let twice = treated_case_and([
        reported(Outcome::Completed, ended, "tb1-tb-shymkent"),
        confirmed(Outcome::Completed, ended, "tb-shymkent"),
        second,
    ]);
    let followed = |on| match x_ray(&twice, on).events().first() {
        Some(CaseEvent::ChestXrayRecorded(made)) => Some(made.episode),
        _ => None,
    };
    assert_eq!(followed(date(2026, 7, 26)), Some(EPISODE));
    assert_eq!(followed(TODAY - Span::new().days(15)), Some(EPISODE), "it follows the end");
    assert_eq!(followed(TODAY - Span::new().days(14)), Some(again));
    assert_eq!(followed(TODAY), Some(again));
}
