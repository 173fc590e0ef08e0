//! Counselling, measurements, ART, outcomes.

use crate::{
    hiv::{
        HivCommand, HivEvent, art::*, coinfection::*, counselling::*, definitions, fixtures::*,
        monitoring::*, outcome::*,
    },
    ids::{PersonId, SpecimenId},
};

#[test]
fn a_couple_is_counselled_together_only_by_the_will_of_both() {
    let couple = |agreed| {
        let partner = Some(Partner { person: PersonId(uuid::Uuid::from_u128(9)), agreed });
        let talk = RecordCounselling { partner, ..talk(TODAY, CounsellingTopic::PostTest, None) };
        given(&record_and([])).when(HivCommand::RecordCounselling(talk)).as_(&aktobe())
    };
    couple(false).refused("hiv_partner_must_agree");
    couple(true).then(&["hiv.counselling-recorded.v1"]);
}

#[test]
fn counselling_before_a_test_says_whether_the_person_agreed() {
    let talk = |topic, agreed| {
        given(&record_and([])).when(HivCommand::RecordCounselling(talk(TODAY, topic, agreed))).as_(&aktobe())
    };
    talk(CounsellingTopic::PreTest, None).refused("hiv_test_agreement_missing");
    talk(CounsellingTopic::PostTest, Some(true)).refused("hiv_test_agreement_missing");
    talk(CounsellingTopic::PreTest, Some(false)).then(&["hiv.counselling-recorded.v1"]);
}

#[test]
fn nothing_is_recorded_ahead_of_its_day_or_before_its_specimen() {
    let cd4 = |collected: i32, resulted: i32| {
        let body = RecordCd4 {
            collected_on: ago(collected),
            resulted_on: ago(resulted),
            value: 100,
            unit: Cd4Unit::CellsPerMm3,
        };
        given(&record_and([])).when(HivCommand::RecordCd4(body)).as_(&aktobe())
    };
    cd4(-1, -1).refused("hiv_in_the_future");
    cd4(1, 2).refused("hiv_dates_out_of_order");
    cd4(2, 1).then(&["hiv.cd4-recorded.v1"]);
}

#[test]
fn a_percentage_is_not_a_count() {
    let cd4 = |value, unit| {
        let body = RecordCd4 { collected_on: TODAY, resulted_on: TODAY, value, unit };
        HivCommand::RecordCd4(body)
    };
    given(&record_and([])).when(cd4(101, Cd4Unit::Percent)).as_(&aktobe()).refused("cd4_out_of_range");
    let low = positive_and([HivEvent::Cd4Recorded(RecordCd4 {
        collected_on: TODAY,
        resulted_on: TODAY,
        value: 20,
        unit: Cd4Unit::Percent,
    })]);
    assert_eq!(given(&low).state().advanced(Some(30)), Some(false), "20 per cent are not 20 cells");
}

#[test]
fn a_viral_load_is_a_number_or_not_detected() {
    let record = |not_detected, value| {
        let body = RecordViralLoad { not_detected, ..viral_load(TODAY, value) };
        given(&record_and([])).when(HivCommand::RecordViralLoad(body)).as_(&aktobe())
    };
    record(true, Some(40)).refused("viral_load_unclear");
    record(false, None).refused("viral_load_unclear");
    record(false, Some(0)).refused("viral_load_out_of_range");
    record(true, None).then(&["hiv.viral-load-recorded.v1"]);
}

#[test]
fn a_thousand_copies_are_suppressed_by_the_brief_of_2023_and_not_by_the_older_content() {
    let by = |set: &str, value| viral_load(TODAY, value).suppression(definitions::named(set));
    assert_eq!(by("who-vl-2023", Some(1000)), Suppression::Suppressed);
    assert_eq!(by("who-smart-hiv", Some(1000)), Suppression::Unsuppressed);
    for set in ["who-vl-2023", "who-smart-hiv"] {
        assert_eq!(by(set, Some(999)), Suppression::Suppressed);
        assert_eq!(by(set, Some(1001)), Suppression::Unsuppressed);
        assert_eq!(by(set, None), Suppression::Undetectable);
    }
}

#[test]
fn advanced_disease_is_a_low_count_a_late_stage_or_a_small_child() {
    // WHO TB DAK, C2.DE.7.
    let with = |value, stage, age| {
        let history = positive_and([
            HivEvent::Cd4Recorded(RecordCd4 {
                collected_on: TODAY,
                resulted_on: TODAY,
                value,
                unit: Cd4Unit::CellsPerMm3,
            }),
            HivEvent::WhoStageRecorded(RecordWhoStage { on: TODAY, stage }),
        ]);
        given(&history).state().advanced(Some(age))
    };
    assert_eq!(with(200, 2, 5), Some(false));
    assert_eq!(with(199, 2, 5), Some(true));
    assert_eq!(with(500, 3, 30), Some(true));
    assert_eq!(with(900, 1, 4), Some(true));
    assert_eq!(given(&record_and([])).state().advanced(Some(4)), None, "the status is not known");
}

#[test]
fn failure_is_two_high_loads_three_months_apart_with_support_between_them() {
    // WHO SMART HIV, D.DE228.
    let of = |first, days, second, supported| {
        let mut history = treated_and([HivEvent::ViralLoadRecorded(viral_load(ago(days), Some(first)))]);
        if supported {
            history.push(HivEvent::CounsellingRecorded(talk(
                ago(days - 1),
                CounsellingTopic::Adherence,
                None,
            )));
        }
        history.push(HivEvent::ViralLoadRecorded(viral_load(TODAY, Some(second))));
        given(&history).state().virological_failure()
    };
    assert_eq!(of(5000, 84, 4000, true), Some(TODAY));
    assert_eq!(of(5000, 83, 4000, true), None, "too close");
    assert_eq!(of(5000, 84, 1000, true), None, "the second is suppressed");
    assert_eq!(of(5000, 84, 4000, false), None, "nobody supported adherence");
}

#[test]
fn art_needs_a_positive_status_and_does_not_wait_for_the_retest() {
    let start = || HivCommand::StartArt(tld(ago(80), 1));
    given(&record_and([])).when(start()).as_(&aktobe()).refused("hiv_status_not_positive");
    given(&positive_and([])).when(start()).as_(&aktobe()).then(&["hiv.art-started.v1"]);
}

#[test]
fn who_takes_art_already_is_not_tested_again() {
    let elsewhere = StartArt { begun_elsewhere: true, ..tld(ago(700), 1) };
    given(&positive_and([]))
        .when(HivCommand::StartArt(elsewhere))
        .as_(&aktobe())
        .then(&["hiv.art-started.v1"]);
}

#[test]
fn a_switch_leads_to_a_higher_line_and_a_substitution_stays_in_it() {
    let medicines = vec![
        dose(Antiretroviral::Azt, 2),
        dose(Antiretroviral::Lamivudine, 2),
        dose(Antiretroviral::AtvR, 1),
    ];
    let switch = |line| {
        let body = SwitchArt {
            on: TODAY,
            line,
            medicines: medicines.clone(),
            reason: ArtChangeReason::TreatmentFailure,
        };
        given(&treated_and([])).when(HivCommand::SwitchArt(body)).as_(&aktobe())
    };
    switch(ArtLine::First).refused("art_switch_same_line");
    switch(ArtLine::Second).then(&["hiv.art-switched.v1"]);
    let substitution =
        SubstituteArt { on: ago(10), medicines: medicines.clone(), reason: ArtChangeReason::Toxicity };
    let history = treated_and([HivEvent::ArtSubstituted(substitution)]);
    assert_eq!(given(&history).state().art.running().map(|regimen| regimen.line), Some(ArtLine::First));
}

#[test]
fn a_regimen_names_each_medicine_once() {
    let twice = vec![dose(Antiretroviral::Dtg, 1), dose(Antiretroviral::Dtg, 1)];
    for medicines in [vec![], twice, vec![dose(Antiretroviral::Dtg, 4)]] {
        let body = SubstituteArt { on: TODAY, medicines, reason: ArtChangeReason::Other };
        given(&treated_and([]))
            .when(HivCommand::SubstituteArt(body))
            .as_(&aktobe())
            .refused("art_medicines_out_of_range");
    }
}

#[test]
fn six_months_of_medicine_belong_to_the_class_that_the_definitions_say() {
    let class = |months, many| DispenseArt { on: TODAY, months, next_visit: TODAY }.class(many);
    let classes =
        [SupplyClass::UnderThreeMonths, SupplyClass::ThreeToFiveMonths, SupplyClass::SixMonthsOrMore];
    assert_eq!([2, 3, 7].map(|months| class(months, true)), classes);
    assert_eq!(class(6, true), SupplyClass::SixMonthsOrMore);
    assert_eq!(class(6, false), SupplyClass::ThreeToFiveMonths);
}

#[test]
fn a_patient_is_lost_28_days_after_the_missed_visit_and_not_by_the_rule_of_tuberculosis() {
    // WHO SMART HIV, H.DE42; D.DE652 says more than 28, which the older set keeps.
    let lost = |history: &[HivEvent]| {
        let body = RecordHivOutcome { outcome: HivOutcome::LostToFollowUp, on: TODAY };
        given(history).when(HivCommand::RecordOutcome(body)).as_(&aktobe())
    };
    lost(&treated_and([])).refused("hiv_no_missed_visit");
    lost(&treated_and([missed(27)])).refused("hiv_not_lost_yet");
    let pinned = match lost(&treated_and([missed(28)])).events().as_slice() {
        [HivEvent::OutcomeRecorded(said)] => said.definitions.clone(),
        _ => None,
    };
    assert_eq!(pinned.as_deref(), Some("who-vl-2023"), "the set by which it was judged");
    let mut older = treated_and([missed(28)]);
    if let HivEvent::Opened(event) = &mut older[0] {
        event.definitions = "who-smart-hiv".to_owned();
    }
    lost(&older).refused("hiv_not_lost_yet");
}

#[test]
fn a_lost_patient_who_comes_back_is_not_lost() {
    let lost = HivEvent::OutcomeRecorded(HivOutcomeRecorded {
        outcome: HivOutcome::LostToFollowUp,
        on: ago(10),
        definitions: None,
    });
    let back = HivEvent::ArtDispensed(DispenseArt { on: ago(1), months: 3, next_visit: ago(-80) });
    let record = given(&treated_and([missed(40), lost, back])).state();
    assert!(record.attendance.outcome.is_none() && record.attendance.missed_on.is_none());
}

#[test]
fn who_moved_away_has_a_new_place_and_nobody_else_has() {
    let reach = |outcome, area: Option<&str>| {
        let area = area.map(|area| area.parse().unwrap());
        let body = RecordOutreach { on: TODAY, outcome, area };
        given(&treated_and([])).when(HivCommand::RecordOutreach(body)).as_(&aktobe())
    };
    reach(OutreachOutcome::MovedAway, None).refused("hiv_area_missing");
    reach(OutreachOutcome::NotLocated, Some("TJ-DU")).refused("hiv_area_missing");
    reach(OutreachOutcome::MovedAway, Some("tj-nowhere")).refused("hiv_area_unknown");
    reach(OutreachOutcome::MovedAway, Some("TJ-DU")).then(&["hiv.outreach-recorded.v1"]);
}

#[test]
fn nothing_is_begun_for_the_dead_and_late_results_are_taken() {
    let died =
        HivEvent::OutreachRecorded(RecordOutreach { on: ago(2), outcome: OutreachOutcome::Died, area: None });
    let history = positive_and([died]);
    given(&history).when(HivCommand::StartArt(tld(TODAY, 1))).as_(&aktobe()).refused("hiv_patient_died");
    let late = HivCommand::RecordViralLoad(viral_load(ago(9), None));
    given(&history).when(late).as_(&aktobe()).then(&["hiv.viral-load-recorded.v1"]);
}

#[test]
fn a_trace_confirms_here_because_the_status_is_positive() {
    // WHO TB DAK, C16.1.11–20.
    let judge = |found| {
        let body = JudgeTrace { specimen: SpecimenId(uuid::Uuid::from_u128(5)), on: TODAY };
        HivCommand::JudgeTrace(body, found)
    };
    given(&record_and([])).when(judge(true)).as_(&aktobe()).refused("hiv_status_for_trace_missing");
    given(&positive_and([])).when(judge(false)).as_(&aktobe()).refused("hiv_no_trace");
    given(&positive_and([])).when(judge(true)).as_(&aktobe()).then(&["hiv.trace-judged.v1"]);
}
