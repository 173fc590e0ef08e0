use super::{Administration, Observer, Pause, RecordDoses};
use crate::{
    case::{
        CaseCommand, CaseEvent,
        fixtures::*,
        laboratory::{Drug, Susceptibility},
    },
    testing::given,
};

#[test]
fn treatment_needs_a_diagnosis() {
    let history = referred_case_and([tb_opened("tb-shymkent")]);
    given(&history).when(start("2HRZE/4HR")).as_(&shymkent()).refused("diagnosis_missing");
}

#[test]
fn treatment_starts_with_a_regimen_and_an_expected_end() {
    given(&diagnosed_case()).when(start("2HRZE/4HR")).as_(&shymkent()).then(&[started("2HRZE/4HR", TODAY)]);
    given(&diagnosed_case()).when(start("aspirin")).as_(&shymkent()).refused("regimen_unknown");
}

#[test]
fn one_episode_at_a_time() {
    given(&treated_case()).when(start("2HRZE/4HR")).as_(&shymkent()).refused("episode_open");
}

#[test]
fn bpalm_is_refused_at_the_age_of_12() {
    given(&diagnosed_case()).aged(12).when(start("BPaLM")).as_(&shymkent()).refused("regimen_age");
    given(&diagnosed_case()).aged(14).when(start("BPaLM")).as_(&shymkent()).accepted();
}

#[test]
fn a_regimen_with_an_age_limit_needs_an_age() {
    given(&diagnosed_case())
        .of_unknown_age()
        .when(start("BPaLM"))
        .as_(&shymkent())
        .refused("regimen_age_unknown");
    given(&diagnosed_case()).of_unknown_age().when(start("2HRZE/4HR")).as_(&shymkent()).accepted();
}

#[test]
fn the_nine_month_regimen_needs_known_fluoroquinolone_susceptibility() {
    given(&diagnosed_case())
        .when(start("9-month-all-oral"))
        .as_(&shymkent())
        .refused("regimen_fluoroquinolone");
}

#[test]
fn an_individualised_regimen_needs_its_drugs() {
    given(&diagnosed_case()).when(start("longer")).as_(&shymkent()).refused("composition_missing");
}

#[test]
fn a_dose_before_the_start_is_refused() {
    let before = START.yesterday().unwrap();
    given(&treated_case()).when(doses(before, before)).as_(&shymkent()).refused("dose_before_start");
    given(&treated_case()).when(doses(START, START)).as_(&shymkent()).accepted();
}

#[test]
fn doses_cannot_exceed_the_days_of_their_period() {
    given(&treated_case()).when(too_many_doses()).as_(&shymkent()).refused("doses_exceed_days");
}

#[test]
fn doses_added_by_a_former_organisation_are_late_facts() {
    let history = treated_case_and([tb_moved("tb-shymkent", "tj-national-tb-centre")]);
    given(&history).when(doses(START, START)).as_(&shymkent()).then(&[late_doses(START, START)]);
}

#[test]
fn new_medicine_is_used_when_the_old_is_used_up() {
    let history = treated_case_and([supplied(START, 10), supplied(START.tomorrow().unwrap(), 10)]);
    let state = given(&history).state();
    let (_, episode) = state.treatment.open_episode().unwrap();
    assert_eq!(episode.medicine_until, Some(START + jiff::Span::new().days(19)));
}

#[test]
fn the_days_of_medicine_in_hand_do_not_depend_on_the_order_of_recording() {
    let day = |days: i32| START + jiff::Span::new().days(days);
    let supplies =
        [supplied(day(0), 30), supplied(day(10), 30), supplied(day(90), 20), supplied(day(200), 5)];
    let laid_out = |order: [usize; 4]| {
        let state = given(&treated_case_and(order.map(|index| supplies[index].clone()))).state();
        let (_, episode) = state.treatment.open_episode().unwrap();
        (episode.carried.stretches().collect::<Vec<_>>(), episode.medicine_until)
    };
    let expected = vec![(day(0), day(59)), (day(90), day(109)), (day(200), day(204))];
    for order in [[0, 1, 2, 3], [2, 0, 3, 1], [3, 2, 1, 0], [1, 3, 0, 2]] {
        assert_eq!(laid_out(order), (expected.clone(), Some(day(204))), "{order:?}");
    }
}

#[test]
fn an_interruption_moves_the_expected_end() {
    let history = treated_case_and([interrupted(START)]);
    let resumed_on = START + jiff::Span::new().days(9);
    given(&history).when(resume(resumed_on)).as_(&shymkent()).then(&[resumed(resumed_on, 9)]);
}

#[test]
fn a_regimen_that_relies_on_rifampicin_is_refused_where_resistance_is_on_record() {
    let finding = susceptibility([(Drug::Rifampicin, Susceptibility::Resistant)]);
    let mut history = diagnosed_case();
    history.extend([collected(9, START), resulted(9, START, finding)]);
    given(&history).when(start("2HRZE/4HR")).as_(&shymkent()).refused("regimen_rifampicin");
    given(&history).when(start("BPaLM")).as_(&shymkent()).accepted();
}

#[test]
fn doses_on_the_days_of_an_interruption_correct_it_and_the_expected_end() {
    let day = |days: i32| START + jiff::Span::new().days(days);
    let mut history = treated_case_and([interrupted(day(10)), resumed(day(20), 10)]);
    let body = |taken| RecordDoses {
        from: day(10),
        until: day(14),
        taken,
        missed: 0,
        last_taken_on: None,
        administration: Administration::DirectlyObserved,
        observed_by: Some(Observer::FamilyMember),
    };
    let before = given(&history).state().treatment.episodes[&EPISODE].expected_end;
    let some = given(&history).when(CaseCommand::RecordDoses(body(4))).as_(&shymkent()).events();
    assert!(matches!(&some[..], [CaseEvent::DosesRecorded(doses)] if doses.expected_end.is_none()));
    history.extend(given(&history).when(CaseCommand::RecordDoses(body(5))).as_(&shymkent()).events());
    let episode = given(&history).state().treatment.episodes[&EPISODE].clone();
    assert_eq!(episode.expected_end, before - jiff::Span::new().days(5));
    assert_eq!(episode.pauses, [Pause { since: day(15), resumed_on: day(20) }]);
    assert_eq!(episode.taken_by[&Administration::DirectlyObserved], 5);
}

#[test]
fn who_observed_a_dose_fits_how_it_was_observed() {
    let code = |administration, observer| {
        let body = RecordDoses {
            from: START,
            until: START,
            taken: 1,
            missed: 0,
            last_taken_on: None,
            administration,
            observed_by: Some(observer),
        };
        given(&treated_case()).when(CaseCommand::RecordDoses(body)).as_(&shymkent()).code()
    };
    assert_eq!(code(Administration::VideoObserved, Observer::Video), None);
    assert_eq!(code(Administration::DirectlyObserved, Observer::CommunitySupporter), None);
    assert_eq!(code(Administration::SelfAdministered, Observer::Nobody), None);
    let contradiction = Some("observer_contradicts_administration");
    assert_eq!(code(Administration::DirectlyObserved, Observer::Nobody), contradiction);
    assert_eq!(code(Administration::VideoObserved, Observer::HealthWorker), contradiction);
    assert_eq!(code(Administration::SelfAdministered, Observer::Video), contradiction);
}

/// WHO TB DAK, IND.8: the receiver flags the patient as transferred in.
#[test]
fn one_episode_with_two_registrations_across_a_border_counts_once() {
    let history = treated_case_and([
        tb_moved("tb-shymkent", "tj-national-tb-centre"),
        registered("tj-national-tb-centre"),
    ]);
    let state = given(&history).state();
    assert_eq!(state.diagnosis.registrations.len(), 2);
    assert_eq!((state.treatment.episodes.len(), state.treatment.judged().count()), (1, 1));
    given(&history).when(start("2HRZE/4HR")).as_(&dushanbe()).refused("episode_open");
}
