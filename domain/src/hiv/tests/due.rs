//! What is due: the windows of ART beside tuberculosis, warnings, reminders.

use std::collections::BTreeSet;

use crate::{
    case::{
        CaseEvent, fixtures as cases,
        laboratory::Drug,
        prevention::PreventionResult,
        screening::FourSymptoms,
        treatment::{ChangeEffect, RegimenChange, RegimenChangeReason, RegimenChanged},
    },
    decider::{Decider as _, Fact},
    hiv::{
        HivCommand, HivEvent,
        art::*,
        coinfection::*,
        fixtures::*,
        outcome::{OutreachOutcome, RecordOutreach},
        tasks::{HivTaskAbout as About, HivTaskKind, TbFacts, tasks},
        testing::{Conclusion, TestPurpose},
    },
};

#[test]
fn art_begins_within_14_days_of_tb_treatment_and_with_meningitis_between_the_4th_and_the_8th_week() {
    // WHO KSP 1927 and 1954.
    let due = |tb: &TbFacts| given(&positive_and([])).is_due(About::ArtStart, tb);
    assert_eq!(due(&tb(3, true, false)), Some((ago(3), ago(-11))));
    assert_eq!(due(&tb(3, true, true)), Some((ago(-25), ago(-53))));
    assert_eq!(given(&treated_and([])).is_due(About::ArtStart, &tb(3, true, false)), None);
    assert_eq!(
        given(&record_and([])).is_due(About::ArtStart, &tb(3, true, false)),
        None,
        "the status is unknown"
    );
}

#[test]
fn tuberculosis_that_waits_for_treatment_is_treated_before_art_begins() {
    // WHO KSP 1927 and 1954: both windows count from the treatment of tuberculosis.
    let due = |tb: &TbFacts, about| given(&positive_and([])).is_due(about, tb);
    for meningitis in [true, false] {
        let waiting = TbFacts { diagnosed: true, meningitis, ..TbFacts::default() };
        assert_eq!(due(&waiting, About::ArtStart), None);
        assert_eq!(due(&waiting, About::TbTreatment), Some((TODAY, TODAY)));
        let treated = TbFacts { on_treatment_since: Some(ago(3)), ..waiting };
        let from = if meningitis { ago(-25) } else { ago(3) };
        assert_eq!(due(&treated, About::ArtStart).map(|(from, _)| from), Some(from));
        assert_eq!(due(&treated, About::TbTreatment), None);
    }
    let well = TbFacts::default();
    assert!(due(&well, About::ArtStart).is_some() && due(&well, About::TbTreatment).is_none());
    let lam = positive_and([lam(1, LfLamResult::Positive)]);
    assert_eq!(given(&lam).is_due(About::ArtStart, &well), None);
    assert!(of_case(&cases::diagnosed_case()).diagnosed);
}

#[test]
fn cotrimoxazole_is_for_everybody_with_hiv_and_active_tuberculosis() {
    // WHO KSP, term 87.
    let due = |history: &[HivEvent], tb: &TbFacts| given(history).is_due(About::Cotrimoxazole, tb).is_some();
    assert!(due(&positive_and([]), &tb(3, true, false)));
    assert!(!due(&positive_and([]), &TbFacts::default()));
    assert!(!due(&positive_and([prophylaxis(Prophylaxis::Cotrimoxazole)]), &tb(3, true, false)));
}

#[test]
fn dolutegravir_with_rifampicin_is_taken_twice_a_day() {
    // WHO KSP 1937.
    let warned = |times, tb: &TbFacts| {
        let changed = HivEvent::ArtSubstituted(SubstituteArt {
            on: ago(50),
            medicines: tld(ago(50), times).medicines,
            reason: ArtChangeReason::TbTreatment,
        });
        given(&treated_and([changed])).is_due(About::DolutegravirDose, tb).is_some()
    };
    assert!(warned(1, &tb(60, true, false)));
    assert!(!warned(2, &tb(60, true, false)));
    assert!(!warned(1, &tb(60, false, false)), "a regimen without rifampicin");
}

#[test]
fn rifampicin_goes_with_neither_nevirapine_nor_a_protease_inhibitor() {
    // WHO KSP 1937.
    let clash = |drug| {
        let medicines = vec![dose(Antiretroviral::Tdf, 1), dose(drug, 1)];
        let changed = SubstituteArt { on: ago(50), medicines, reason: ArtChangeReason::Other };
        let history = treated_and([HivEvent::ArtSubstituted(changed)]);
        let found = tasks(&given(&history).state(), &tb(60, true, false), TODAY);
        found
            .iter()
            .any(|task| task.about == About::RifampicinContraindicated && task.kind == HivTaskKind::Warning)
    };
    for drug in [Antiretroviral::Nvp, Antiretroviral::LpvR, Antiretroviral::AtvR, Antiretroviral::DrvR] {
        assert!(clash(drug), "{drug:?}");
    }
    assert!(!clash(Antiretroviral::Efv) && !clash(Antiretroviral::Dtg));
}

/// Preventive treatment of the HIV record with this regimen, beside ART of this medicine.
fn protected_by(regimen: &str, drug: Antiretroviral, times: u8) -> Vec<HivEvent> {
    let medicines = vec![dose(Antiretroviral::Tdf, 1), dose(drug, times)];
    let changed = SubstituteArt { on: ago(50), medicines, reason: ArtChangeReason::Other };
    let prophylaxis = Prophylaxis::TbPreventive;
    let begun = StartProphylaxis { prophylaxis, on: ago(5), regimen: Some(regimen.into()) };
    treated_and([HivEvent::ArtSubstituted(changed), HivEvent::ProphylaxisStarted(begun)])
}

fn interactions(history: &[HivEvent], tb: &TbFacts) -> Vec<(About, HivTaskKind)> {
    let about = [About::DolutegravirDose, About::RifampicinContraindicated, About::RifapentineInteraction];
    let found = tasks(&given(history).state(), tb, TODAY);
    found.iter().filter(|task| about.contains(&task.about)).map(|task| (task.about, task.kind)).collect()
}

/// WHO KSP 1937: twice a day with rifampicin; JIAS: with 3HR likewise, with 3HP once a day is enough.
#[test]
fn preventive_treatment_with_rifampicin_warns_as_treatment_does_and_weekly_rifapentine_leaves_dolutegravir() {
    let with = |regimen, times| {
        interactions(&protected_by(regimen, Antiretroviral::Dtg, times), &TbFacts::default())
    };
    for regimen in ["3HR", "4R"] {
        assert_eq!(with(regimen, 1), [(About::DolutegravirDose, HivTaskKind::Warning)], "{regimen}");
        assert_eq!(with(regimen, 2), [], "{regimen}");
    }
    for regimen in ["3HP", "6H", "6Lfx"] {
        assert_eq!(with(regimen, 1), [], "{regimen}");
    }
    let unsure = [(About::RifapentineInteraction, HivTaskKind::Advice)];
    assert_eq!(with("1HP", 1), unsure, "our sources tell nothing of it");
    let nevirapine =
        |regimen| interactions(&protected_by(regimen, Antiretroviral::Nvp, 2), &TbFacts::default());
    assert_eq!(nevirapine("4R"), [(About::RifampicinContraindicated, HivTaskKind::Warning)]);
    assert_eq!(nevirapine("3HP"), unsure);
    assert_eq!(nevirapine("9H"), []);
}

/// The case names a regimen, and the table of regimens says what is in it.
#[test]
fn a_regimen_or_a_preventive_course_of_the_case_is_looked_up_in_the_table() {
    let art = || {
        let medicines = tld(ago(50), 1).medicines;
        let body = SubstituteArt { on: ago(50), medicines, reason: ArtChangeReason::Other };
        treated_and([HivEvent::ArtSubstituted(body)])
    };
    let course = |code: &str| TbFacts {
        preventive: Some(code.into()),
        preventive_since: Some(ago(10)),
        ..TbFacts::default()
    };
    assert_eq!(interactions(&art(), &course("3HR")), [(About::DolutegravirDose, HivTaskKind::Warning)]);
    assert_eq!(interactions(&art(), &course("3HP")), []);
    let rifamycins = |code: &str| {
        let mut history = cases::diagnosed_case();
        history.push(cases::started(code, cases::START));
        let facts = of_case(&history);
        (facts.rifampicin, facts.rifapentine)
    };
    assert_eq!(rifamycins("2HRZE/4HR"), (true, false));
    assert_eq!(rifamycins("6REZ-Lfx"), (true, false));
    assert_eq!(rifamycins("2HPMZ/2HPM"), (false, true));
    assert_eq!(rifamycins("BPaLM"), (false, false));
    assert_eq!(rifamycins("longer"), (false, false), "the letter r is no rifampicin");
}

#[test]
fn preventive_treatment_that_has_ended_warns_no_more_and_once_completed_is_not_advised_again() {
    let ended = |result| {
        let mut history = protected_by("4R", Antiretroviral::Dtg, 1);
        let end = EndProphylaxis { prophylaxis: Prophylaxis::TbPreventive, on: ago(1), result };
        history.extend(given(&history).when(HivCommand::EndProphylaxis(end)).as_(&aktobe()).events());
        history
    };
    let completed = ended(PreventionResult::Completed);
    assert_eq!(interactions(&completed, &TbFacts::default()), []);
    let advised = |history: &[HivEvent]| {
        let history: Vec<_> = history.iter().cloned().chain([screened(1, false)]).collect();
        given(&history).is_due(About::TbPreventive, &TbFacts::default()).is_some()
    };
    assert!(!advised(&completed));
    assert!(advised(&ended(PreventionResult::StoppedForReaction)));
}

#[test]
fn preventive_treatment_names_its_regimen_and_ends_once_after_it_began() {
    let protect = |prophylaxis, regimen: Option<&str>| {
        let body = StartProphylaxis { prophylaxis, on: ago(5), regimen: regimen.map(Into::into) };
        let command = HivCommand::StartProphylaxis(body, TbFacts::default());
        given(&positive_and([])).when(command).as_(&aktobe())
    };
    protect(Prophylaxis::TbPreventive, None).refused("hiv_preventive_regimen_missing");
    protect(Prophylaxis::TbPreventive, Some("2HRZE/4HR")).refused("hiv_preventive_regimen_unknown");
    protect(Prophylaxis::Cotrimoxazole, Some("3HP")).refused("hiv_preventive_regimen_unknown");
    protect(Prophylaxis::TbPreventive, Some("3HP")).then(&["hiv.prophylaxis-started.v1"]);
    protect(Prophylaxis::Cotrimoxazole, None).then(&["hiv.prophylaxis-started.v1"]);
    let end = |history: &[HivEvent], on| {
        let result = PreventionResult::Completed;
        let body = EndProphylaxis { prophylaxis: Prophylaxis::Cotrimoxazole, on, result };
        given(history).when(HivCommand::EndProphylaxis(body)).as_(&aktobe())
    };
    let protected = positive_and([prophylaxis(Prophylaxis::Cotrimoxazole)]);
    end(&positive_and([]), ago(1)).refused("hiv_prophylaxis_not_running");
    end(&protected, ago(6)).refused("hiv_prophylaxis_ends_before_start");
    end(&protected, ago(5)).then(&["hiv.prophylaxis-ended.v1"]);
}

#[test]
fn a_positive_lf_lam_asks_for_tb_treatment_at_once() {
    // WHO TB DAK, C12.
    let due = |result, tb: &TbFacts| given(&positive_and([lam(1, result)])).is_due(About::TbTreatment, tb);
    assert_eq!(due(LfLamResult::Positive, &TbFacts::default()), Some((ago(1), ago(1))));
    assert_eq!(due(LfLamResult::Negative, &TbFacts::default()), None);
    assert_eq!(due(LfLamResult::Positive, &tb(1, true, false)), None);
    let settled = |days| TbFacts { settled_on: Some(ago(days)), ..TbFacts::default() };
    assert_eq!(due(LfLamResult::Positive, &settled(1)), None);
    assert!(due(LfLamResult::Positive, &settled(2)).is_some(), "found after the treatment had ended");
}

fn lam(days: i32, result: LfLamResult) -> HivEvent {
    HivEvent::LfLamRecorded(RecordLfLam { collected_on: ago(days), resulted_on: ago(days), result })
}

/// A screen so many days ago, with a cough or without any symptom.
fn screened(days: i32, current_cough: bool) -> HivEvent {
    let symptoms = FourSymptoms { current_cough, fever: false, weight_loss: false, night_sweats: false };
    HivEvent::TbScreened(RecordTbScreen { on: ago(days), symptoms })
}

#[test]
fn who_lives_with_hiv_is_screened_for_tuberculosis_at_each_visit() {
    let visit = HivEvent::ArtDispensed(DispenseArt { on: ago(2), months: 3, next_visit: ago(-88) });
    let due = |history: &[HivEvent]| given(history).is_due(About::TbScreening, &TbFacts::default());
    assert_eq!(due(&treated_and([screened(30, false), visit.clone()])), Some((ago(2), ago(2))));
    assert_eq!(due(&treated_and([visit, screened(2, false)])), None);
}

#[test]
fn preventive_treatment_is_advised_to_those_whose_last_screen_was_negative_and_who_have_no_tuberculosis() {
    let advised = |more: &[HivEvent], tb: &TbFacts| {
        given(&positive_and(more.iter().cloned())).is_due(About::TbPreventive, tb).is_some()
    };
    let (well, negative) = (TbFacts::default(), screened(2, false));
    let waiting = TbFacts { diagnosed: true, ..TbFacts::default() };
    assert!(advised(std::slice::from_ref(&negative), &well));
    assert!(advised(&[screened(3, true), negative.clone()], &well));
    assert!(!advised(&[], &well), "never screened");
    assert!(!advised(&[screened(1, true), negative.clone()], &well), "the last screen counts");
    assert!(!advised(std::slice::from_ref(&negative), &tb(3, true, false)));
    assert!(!advised(std::slice::from_ref(&negative), &waiting));
    assert!(!advised(&[negative.clone(), lam(1, LfLamResult::Positive)], &well));
    assert!(!advised(&[negative, prophylaxis(Prophylaxis::TbPreventive)], &well));
}

#[test]
fn preventive_treatment_does_not_begin_where_tuberculosis_is_or_may_be() {
    let protect = |prophylaxis, more: &[HivEvent], tb: TbFacts| {
        let regimen = (prophylaxis == Prophylaxis::TbPreventive).then(|| "3HP".into());
        let body = StartProphylaxis { prophylaxis, on: ago(5), regimen };
        let command = HivCommand::StartProphylaxis(body, tb);
        given(&positive_and(more.iter().cloned())).when(command).as_(&aktobe())
    };
    let tpt = |more: &[HivEvent], tb| protect(Prophylaxis::TbPreventive, more, tb);
    let begun = ["hiv.prophylaxis-started.v1"];
    let settled = |days| TbFacts { settled_on: Some(ago(days)), ..TbFacts::default() };
    let waiting = TbFacts { diagnosed: true, ..TbFacts::default() };
    let (cough, positive) = (screened(7, true), lam(7, LfLamResult::Positive));
    tpt(&[], tb(3, true, false)).refused("hiv_preventive_beside_tuberculosis");
    tpt(&[], waiting.clone()).refused("hiv_preventive_beside_tuberculosis");
    tpt(std::slice::from_ref(&positive), TbFacts::default()).refused("hiv_tuberculosis_confirmed");
    tpt(std::slice::from_ref(&cough), TbFacts::default()).refused("hiv_screen_positive");
    tpt(&[cough.clone(), positive.clone()], settled(6)).then(&begun);
    tpt(&[positive], settled(8)).refused("hiv_tuberculosis_confirmed");
    tpt(std::slice::from_ref(&cough), settled(8)).refused("hiv_screen_positive");
    tpt(&[cough, screened(6, false)], TbFacts::default()).then(&begun);
    tpt(&[lam(7, LfLamResult::Negative)], TbFacts::default()).then(&begun);
    tpt(&[screened(1, true)], TbFacts::default()).then(&begun);
    protect(Prophylaxis::Cotrimoxazole, &[], waiting).then(&begun);
}

/// WHO KSP 1937: rifabutin takes the place of rifampicin.
#[test]
fn rifampicin_that_rifabutin_replaced_warns_no_more() {
    let rifampicin = |composition: &[Drug], changes: &[(&[Drug], ChangeEffect)]| {
        let mut history = cases::diagnosed_case();
        let mut start = cases::started("2HRZE/4HR", cases::START);
        let CaseEvent::TreatmentStarted(started) = &mut start else { panic!("a treatment begins") };
        started.composition = composition.to_vec();
        history.push(start);
        history.extend(changes.iter().map(|(replaced, effect)| changed(replaced, *effect)));
        of_case(&history).rifampicin
    };
    let (without, replaced) = ([Drug::Rifabutin, Drug::Isoniazid], &[Drug::Rifampicin][..]);
    assert!(rifampicin(&[], &[]) && rifampicin(&[Drug::Rifampicin], &[]));
    assert!(!rifampicin(&without, &[]), "the drugs that were listed are the ones taken");
    assert!(!rifampicin(&[], &[(replaced, ChangeEffect::Substitution)]));
    assert!(!rifampicin(&[Drug::Rifampicin], &[(replaced, ChangeEffect::Substitution)]));
    assert!(!rifampicin(&[], &[(replaced, ChangeEffect::SameEpisode)]));
    assert!(rifampicin(&[], &[(&[Drug::Pyrazinamide], ChangeEffect::Substitution)]));
    let back = (&[Drug::Rifabutin][..], ChangeEffect::Substitution);
    assert!(rifampicin(&[], &[(replaced, ChangeEffect::Substitution), back]));
}

/// Drugs of 2HRZE/4HR are replaced, for a while or for good.
fn changed(replaced: &[Drug], effect: ChangeEffect) -> CaseEvent {
    let change = RegimenChange {
        on: cases::START.tomorrow().unwrap(),
        from: "2HRZE/4HR".into(),
        regimen: "2HRZE/4HR".into(),
        reason: RegimenChangeReason::AdverseReaction,
        permanent: effect != ChangeEffect::Substitution,
        replaced: replaced.iter().copied().collect(),
        effect,
    };
    CaseEvent::RegimenChanged(RegimenChanged {
        episode: cases::EPISODE,
        change,
        composition: vec![],
        drug_resistant: false,
        expected_end: None,
        plan: None,
        advice: BTreeSet::new(),
    })
}

#[test]
fn a_result_waits_to_be_told_and_an_unfinished_run_to_be_finished() {
    let due = |history: &[HivEvent], about| given(history).is_due(about, &TbFacts::default()).is_some();
    assert!(due(&positive_and([]), About::ResultToReturn));
    let open = tested(1, ago(1), TestPurpose::Diagnosis, None);
    assert!(due(&record_and([open.clone()]), About::AssaysIncomplete));
    assert!(!due(&record_and([open]), About::ResultToReturn));
    let split = tested(1, ago(1), TestPurpose::Diagnosis, Some(Conclusion::Inconclusive));
    assert!(due(&record_and([split]), About::RetestInconclusive));
    assert!(due(&positive_and([]), About::RetestBeforeArt) && !due(&treated_and([]), About::RetestBeforeArt));
}

/// WHO HTS.
#[test]
fn art_that_began_without_a_retest_is_warned_of_until_the_second_specimen_is_tested() {
    let start = |elsewhere| HivEvent::ArtStarted(StartArt { begun_elsewhere: elsewhere, ..tld(ago(90), 1) });
    let warned = |history: Vec<HivEvent>| {
        let found = tasks(&given(&history).state(), &TbFacts::default(), TODAY);
        found
            .into_iter()
            .find(|task| task.about == About::ArtWithoutRetest)
            .map(|task| (task.kind, task.from))
    };
    let again = tested(2, ago(80), TestPurpose::RetestBeforeArt, Some(Conclusion::Positive));
    assert_eq!(warned(positive_and([start(false)])), Some((HivTaskKind::Warning, ago(90))));
    assert_eq!(warned(positive_and([start(true)])), None, "whoever began it has tested again");
    assert_eq!(warned(positive_and([start(false), again])), None);
    assert_eq!(warned(treated_and([])), None);
}

#[test]
fn a_missed_visit_is_traced_until_the_patient_counts_as_lost() {
    let due = |history: &[HivEvent]| given(history).is_due(About::MissedVisit, &TbFacts::default());
    assert_eq!(due(&treated_and([missed(3)])), Some((ago(3), ago(-25))));
    let late = HivEvent::ArtDispensed(DispenseArt { on: ago(40), months: 1, next_visit: ago(5) });
    assert_eq!(
        due(&treated_and([late])),
        Some((ago(5), ago(-23))),
        "the visit that nobody recorded as missed"
    );
    assert_eq!(due(&treated_and([])), None);
}

#[test]
fn an_offer_waits_for_its_destination_and_what_is_due_for_the_responsible() {
    let found = tasks(
        &given(&positive_and([consented(named(HOME)), offered(HOME)])).state(),
        &TbFacts::default(),
        TODAY,
    );
    let whose =
        |about| found.iter().find(|task| task.about == about).map(|task| task.organisation.to_string());
    assert_eq!(whose(About::HandoffToAnswer).as_deref(), Some(HOME));
    assert_eq!(whose(About::ResultToReturn).as_deref(), Some(AKTOBE));
}

#[test]
fn nothing_is_due_for_the_dead() {
    let died =
        HivEvent::OutreachRecorded(RecordOutreach { on: ago(2), outcome: OutreachOutcome::Died, area: None });
    assert!(given(&positive_and([died])).due(&tb(3, true, false)).is_empty());
    assert!(given(&positive_and([])).due(&TbFacts { died: true, ..TbFacts::default() }).is_empty());
}

#[test]
fn the_case_is_asked_for_its_treatment_and_for_nothing_else() {
    let treated = of_case(&cases::treated_case());
    assert_eq!(treated.on_treatment_since, Some(cases::START));
    assert!(treated.rifampicin && !treated.meningitis);
    assert!(of_case(&cases::a_case()) == TbFacts::default());
}

/// What a case with this history says.
fn of_case(history: &[crate::case::CaseEvent]) -> TbFacts {
    let fact = |event: &crate::case::CaseEvent| Fact {
        event: event.clone(),
        occurred_at: crate::time::OccurredAt::at(cases::NOON, &jiff::tz::TimeZone::UTC),
        recorded_at: cases::NOON,
        actor: cases::shymkent(),
    };
    let facts: Vec<_> = history.iter().map(fact).collect();
    TbFacts::of(&crate::case::Case::replay(&facts))
}
