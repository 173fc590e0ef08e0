use jiff::civil::{Date, date};

use super::{By, Figures, Key, Measured, Report, Stretch, Whereabouts};
use crate::{
    case::{
        fixtures::{directory, organisation},
        handoff::{HandoffState, measure::Steps},
        outcome::Outcome,
    },
    place::{Place, PlaceKind, Places},
    report::{Quartiles, Share},
};

const OFFERED: Date = date(2026, 5, 31);

fn day(after: i32) -> Option<Date> {
    OFFERED.checked_add(jiff::Span::new().days(after)).ok()
}

/// An offer from Farkhor to Shymkent that nobody has answered.
fn unanswered() -> Measured {
    let steps = Steps {
        offered: OFFERED,
        acknowledged: None,
        accepted: None,
        departed: None,
        arrived: None,
        first_dose: None,
        outcome: None,
    };
    Measured {
        origin: organisation("ngo-galaba"),
        destination: organisation("tb-shymkent"),
        outside: None,
        state: HandoffState::Offered,
        counted_tb: true,
        steps,
    }
}

fn arrived(after: i32) -> Measured {
    let mut measured = unanswered();
    measured.state = HandoffState::Arrived;
    measured.steps.arrived = day(after);
    measured
}

fn lost(state: HandoffState) -> Measured {
    Measured { state, ..unanswered() }
}

fn ended(outcome: Outcome) -> Measured {
    let mut measured = arrived(3);
    measured.steps.outcome = day(100).map(|on| (on, outcome));
    measured
}

fn figures(all: &[Measured]) -> Figures {
    let mut figures = Figures::default();
    for measured in all {
        figures.count(measured);
    }
    figures
}

#[test]
fn a_step_counts_as_reached_when_a_later_one_is_on_record() {
    let mut accepted = unanswered();
    accepted.steps.accepted = day(1);
    accepted.state = HandoffState::Declined;
    let found = figures(&[unanswered(), accepted, arrived(3)]);
    let reached = [found.offered, found.acknowledged, found.accepted, found.departed, found.arrived];
    assert_eq!(reached, [3, 2, 2, 1, 1]);
    assert!(reached.is_sorted_by(|one, next| one >= next));
}

#[test]
fn every_handoff_is_live_or_lost_or_has_arrived() {
    let states = HandoffState::ALL.into_iter().filter(|state| *state != HandoffState::EnteredInError);
    let all: Vec<_> = states.map(lost).chain([arrived(0), arrived(4)]).collect();
    let found = figures(&all);
    let lost: u64 = found.lost.values().sum();
    assert_eq!((found.live, found.arrived), (4, 2));
    assert_eq!(found.live + lost + found.arrived, found.offered);
    assert_eq!(found.lost[&HandoffState::NotArrived], 1);
}

#[test]
fn a_handoff_that_was_entered_in_error_is_in_no_number_but_its_own() {
    let error = Measured { state: HandoffState::EnteredInError, ..arrived(3) };
    let mut alone = Figures { entered_in_error: 1, ..Figures::default() };
    assert_eq!(figures(std::slice::from_ref(&error)), alone);
    alone.merge(&figures(&[arrived(3)]));
    assert_eq!(figures(&[arrived(3), error]), alone);
}

#[test]
fn an_outcome_that_was_not_evaluated_is_not_a_known_one_and_nobody_has_confirmed_the_rest() {
    let support = Measured { counted_tb: false, ..arrived(3) };
    let found = figures(&[
        ended(Outcome::Cured),
        ended(Outcome::NotEvaluated),
        arrived(3),
        support,
        lost(HandoffState::Expired),
    ]);
    assert_eq!(found.outcome_known(), Share { numerator: 1, denominator: 3 });
    assert_eq!((found.outcomes[&Outcome::NotEvaluated], found.without_outcome()), (1, 1));
    assert_eq!(found.intervals[&Stretch::ArrivedToOutcome].count(), 1);
}

#[test]
fn an_interval_takes_only_handoffs_of_which_both_days_are_known() {
    let mut whole = arrived(9);
    whole.steps.accepted = day(1);
    whole.steps.departed = day(4);
    whole.steps.first_dose = day(11);
    let found = figures(&[whole, arrived(3), unanswered()]);
    let of = |stretch| found.intervals.get(&stretch).map(|days| (days.count(), days.quartiles().unwrap()));
    let one = |days| Some((1, Quartiles { lower: days, median: days, upper: days }));
    assert_eq!(of(Stretch::OfferedToAcknowledged), None);
    assert_eq!(of(Stretch::OfferedToAccepted), one(1));
    assert_eq!(of(Stretch::AcceptedToDeparted), one(3));
    assert_eq!(of(Stretch::DepartedToArrived), one(5));
    assert_eq!(of(Stretch::OfferedToArrived), Some((2, Quartiles { lower: 3, median: 3, upper: 9 })));
    assert_eq!(of(Stretch::ArrivedToFirstDose), one(2));
    assert_eq!(of(Stretch::ArrivedToOutcome), None);
}

#[test]
fn figures_of_two_parts_merge_to_those_of_the_whole() {
    let (one, other) =
        ([ended(Outcome::Cured), arrived(3)], [ended(Outcome::Cured), lost(HandoffState::Expired)]);
    let mut merged = figures(&one);
    merged.merge(&figures(&other));
    assert_eq!(merged, figures(&[one, other].concat()));
}

fn places() -> Places {
    let rows = [
        ("TJ", None),
        ("TJ-KT", Some("TJ")),
        ("tj-farkhor", Some("TJ-KT")),
        ("KZ", None),
        ("KZ-79", Some("KZ")),
    ];
    let place = |(id, parent): (&str, Option<&str>)| {
        let parent = parent.map(|id| id.parse().unwrap());
        let names = (String::new(), None, None);
        let (name_en, name_ru, name_local) = names;
        (id.parse().unwrap(), Place { kind: PlaceKind::Region, parent, name_en, name_ru, name_local })
    };
    rows.into_iter().map(place).collect()
}

fn report(by: By, all: &[Measured]) -> Report {
    let (directory, places) = (directory(), places());
    let mut report = Report::default();
    for measured in all {
        report.count(by, measured, Whereabouts { directory: &directory, places: &places });
    }
    report
}

fn keys(by: By, all: &[Measured]) -> Vec<Key> {
    report(by, all).groups.into_keys().collect()
}

#[test]
fn groups_are_by_the_place_the_organisation_or_the_time_of_the_offer() {
    let place = |id: &str| Some(id.parse().unwrap());
    let one = [unanswered()];
    assert_eq!(keys(By::Total, &one), []);
    assert_eq!(keys(By::Countries, &one), [Key::Places(place("TJ"), place("KZ"))]);
    assert_eq!(keys(By::Regions, &one), [Key::Places(place("TJ-KT"), place("KZ-79"))]);
    assert_eq!(keys(By::Origin, &one), [Key::Organisation(Some(organisation("ngo-galaba")))]);
    assert_eq!(keys(By::Destination, &one), [Key::Organisation(Some(organisation("tb-shymkent")))]);
    assert_eq!(keys(By::Month, &one), [Key::Period(date(2026, 5, 1))]);
    assert_eq!(keys(By::Quarter, &one), [Key::Period(date(2026, 4, 1))]);
    let unknown = Measured { destination: organisation("not-described"), ..unanswered() };
    assert_eq!(keys(By::Regions, &[unknown]), [Key::Places(place("TJ-KT"), None)]);
    let outside = Measured { destination: organisation("external-ru"), outside: place("RU"), ..unanswered() };
    assert_eq!(keys(By::Destination, std::slice::from_ref(&outside)), [Key::Organisation(None)]);
    assert_eq!(keys(By::Countries, std::slice::from_ref(&outside)), [Key::Places(place("TJ"), place("RU"))]);
    assert_eq!(keys(By::Regions, &[outside]), [Key::Places(place("TJ-KT"), place("RU"))]);
}

#[test]
fn an_organisation_lies_in_its_region_and_in_its_country_and_nowhere_else() {
    let (directory, places) = (directory(), places());
    let whereabouts = Whereabouts { directory: &directory, places: &places };
    let lies_in = |place: &str| whereabouts.origin(&unanswered()).contains(&place.parse().unwrap());
    assert!(["tj-farkhor", "TJ-KT", "TJ"].into_iter().all(lies_in));
    assert!(!["KZ", "TJ-DU"].into_iter().any(lies_in));
}

/// As many offers to each destination.
fn offers(sizes: &[(&str, usize)]) -> Vec<Measured> {
    let offers =
        |(to, size): &(&str, usize)| vec![Measured { destination: organisation(to), ..unanswered() }; *size];
    sizes.iter().flat_map(offers).collect()
}

/// How large the groups are that a reader sees who may not see the people.
fn shown(sizes: &[(&str, usize)]) -> Option<Vec<(Key, u64)>> {
    let coarse = report(By::Destination, &offers(sizes)).coarse()?;
    let all = offers(sizes).len() as u64;
    assert_eq!(coarse.total.offered, all);
    assert_eq!(coarse.groups.values().map(|figures| figures.offered).sum::<u64>(), all);
    Some(coarse.groups.into_iter().map(|(key, figures)| (key, figures.offered)).collect())
}

#[test]
fn groups_that_are_too_small_become_one() {
    let of = |id: &str| Key::Organisation(Some(organisation(id)));
    assert_eq!(shown(&[("tb-shymkent", 9), ("ngo-kz-taraz", 5)]).unwrap().len(), 2);
    let small = [("tb-shymkent", 9), ("ngo-kz-taraz", 4), ("ngo-kz-karaganda", 2)];
    assert_eq!(shown(&small), Some(vec![(of("tb-shymkent"), 9), (Key::Others, 6)]));
}

#[test]
fn a_small_rest_takes_the_smallest_group_along_or_it_could_be_had_by_subtraction() {
    let of = |id: &str| Key::Organisation(Some(organisation(id)));
    let one_small = [("tb-shymkent", 9), ("ngo-kz-taraz", 5), ("ngo-kz-karaganda", 1)];
    assert_eq!(shown(&one_small), Some(vec![(of("tb-shymkent"), 9), (Key::Others, 6)]));
    assert_eq!(shown(&[("tb-shymkent", 9), ("ngo-kz-taraz", 1)]), Some(vec![(Key::Others, 10)]));
}

#[test]
fn of_fewer_than_five_nothing_is_shown() {
    assert_eq!(shown(&[("tb-shymkent", 4)]), None);
    assert!(shown(&[("tb-shymkent", 5)]).is_some());
    assert_eq!(shown(&[("tb-shymkent", 4), ("ngo-kz-taraz", 1)]), Some(vec![(Key::Others, 5)]));
}
