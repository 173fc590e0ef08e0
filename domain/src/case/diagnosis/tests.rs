use std::collections::BTreeSet;

use super::{
    Confirmation, PreviousTreatment, RegisterRegimen, RegistrationGroup, RevisionReason, Site, TraceGround,
    TreatmentHistory,
};
use crate::{
    case::{
        Case, CaseCommand, CaseEvent,
        advice::AdviceCode,
        definitions::DefinitionSet,
        fixtures::*,
        laboratory::{CultureGrowth, Finding, MolecularFinding, SmearGrade},
        opening::LateEntry,
        outcome::Outcome,
    },
    ids::Country,
    testing::given,
};

const BC: Confirmation = Confirmation::BacteriologicallyConfirmed;

#[test]
fn a_confirmed_diagnosis_needs_a_positive_specimen() {
    let history = referred_case_and([collected(1, TODAY)]);
    given(&history)
        .when(diagnose(Site::Pulmonary, BC, TreatmentHistory::New))
        .as_(&shymkent())
        .refused("diagnosis_not_confirmed");
}

#[test]
fn the_first_diagnosis_registers_the_patient_and_opens_the_programme() {
    let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, xpert_medium())]);
    given(&history).when(diagnose(Site::Pulmonary, BC, TreatmentHistory::New)).as_(&shymkent()).then(&[
        CaseEvent::DiagnosisMade(diagnosed_by(&[1], (Site::Pulmonary, BC, TreatmentHistory::New))),
        registered("tb-shymkent"),
        tb_opened("tb-shymkent"),
    ]);
}

#[test]
fn rule_4_a_trace_confirms_outside_the_lung_in_children_and_where_nobody_was_treated_in_the_last_five_years()
{
    let trace = molecular(MolecularFinding::Trace, None);
    let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, trace)]);
    let code =
        |age: u8, command: CaseCommand| given(&history).aged(age).when(command).as_(&shymkent()).code();
    let treated = |year| diagnose_after(Site::Pulmonary, (TreatmentHistory::Recurrent, Outcome::Cured), year);
    assert_eq!(code(35, diagnose(Site::Pulmonary, BC, TreatmentHistory::New)), None);
    assert_eq!(code(35, treated(2024)), Some("trace_not_confirming"));
    assert_eq!(code(35, treated(2021)), Some("trace_not_confirming"), "perhaps in December");
    assert_eq!(code(35, treated(2020)), None, "more than five years ago");
    assert_eq!(code(14, treated(2024)), None);
    assert_eq!(code(15, treated(2024)), Some("trace_not_confirming"));
    let unknown = |site| diagnose(site, BC, TreatmentHistory::Unknown);
    assert_eq!(code(35, unknown(Site::Pulmonary)), Some("trace_history_unknown"));
    assert_eq!(code(35, unknown(Site::Meningitis)), None);
    assert_eq!(code(14, unknown(Site::Pulmonary)), None);
}

#[test]
fn rule_4_the_day_that_counts_for_a_trace_is_that_of_its_collection_and_not_that_of_entry() {
    let on = jiff::civil::date(2025, 12, 1);
    let trace = || molecular(MolecularFinding::Trace, None);
    let history = referred_case_and([collected(1, on), resulted(1, on, trace())]);
    let treated = |year| diagnose_after(Site::Pulmonary, (TreatmentHistory::Recurrent, Outcome::Cured), year);
    let fifteen_since_june = || given(&history).born_on(jiff::civil::date(2011, 6, 1));
    fifteen_since_june().when(treated(2024)).as_(&shymkent()).accepted();
    let grown = |history: &[CaseEvent], year| given(history).aged(35).when(treated(year)).as_(&shymkent());
    grown(&history, 2020).refused("trace_not_confirming");
    grown(&history, 2019).accepted();
    let and_today = [history, vec![collected(2, TODAY), resulted(2, TODAY, trace())]].concat();
    let events = grown(&and_today, 2020).events();
    let made = given(&[and_today, events].concat()).state().diagnosis.current.expect("a diagnosis");
    assert_eq!(made.evidence, BTreeSet::from([specimen(2)]), "each is judged for itself");
}

/// What makes a trace confirm may stand in another record: whoever holds that it does says so, and in one word for all.
#[test]
fn rule_4_a_trace_confirms_where_the_clinician_holds_that_it_does_and_the_word_tells_no_group() {
    let trace = molecular(MolecularFinding::Trace, None);
    let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, trace)]);
    let made = |age: u8, body: super::Diagnose| {
        let events = given(&history).aged(age).when(CaseCommand::Diagnose(body)).as_(&shymkent()).events();
        given(&[history.clone(), events].concat()).state().diagnosis.current.expect("a diagnosis")
    };
    let body = |site, history| diagnose_body(site, BC, history);
    let treated = super::Diagnose {
        previous_treatment: Some(told(2024, Some(Outcome::Cured), None)),
        ..body(Site::Pulmonary, TreatmentHistory::Recurrent)
    };
    let held = |ground| super::Diagnose { trace_ground: Some(ground), ..treated.clone() };
    let again = made(35, held(TraceGround::TraceAgain));
    assert_eq!(again.trace_ground, Some(TraceGround::TraceAgain));
    assert_eq!((again.confirmation, again.evidence), (BC, BTreeSet::from([specimen(1)])));
    let neutral = Some(TraceGround::ClinicianHoldsIt);
    assert_eq!(made(35, held(TraceGround::ClinicianHoldsIt)).trace_ground, neutral);
    assert_eq!(made(9, treated.clone()).trace_ground, neutral, "a child");
    assert_eq!(made(35, body(Site::Meningitis, TreatmentHistory::Unknown)).trace_ground, neutral);
    assert_eq!(made(35, body(Site::Pulmonary, TreatmentHistory::New)).trace_ground, neutral);
}

#[test]
fn a_ground_for_a_trace_replaces_no_specimen_and_stands_for_nothing_beside_a_positive_one() {
    let body = diagnose_body(Site::Pulmonary, BC, TreatmentHistory::New);
    let body = super::Diagnose { trace_ground: Some(TraceGround::Imaging), ..body };
    let command = || CaseCommand::Diagnose(body.clone());
    let history = referred_case_and([collected(1, TODAY)]);
    given(&history).when(command()).as_(&shymkent()).refused("diagnosis_not_confirmed");
    let positive = [history, vec![resulted(1, TODAY, xpert_medium())]].concat();
    let events = given(&positive).when(command()).as_(&shymkent()).events();
    let made = given(&[positive, events].concat()).state().diagnosis.current;
    assert_eq!(made.and_then(|made| made.trace_ground), None);
}

#[test]
fn a_diagnosis_of_an_old_register_is_entered_with_a_reason_and_by_the_definitions_of_its_day() {
    let old = |late_entry| {
        let body = diagnose_body(Site::IntrathoracicLymphNode, CD, TreatmentHistory::New);
        let command = CaseCommand::Diagnose(super::Diagnose { late_entry, ..body });
        given(&referred_case_and([])).that_happened_hours_ago(24 * 365 * 8).when(command).as_(&shymkent())
    };
    old(None).refused("occurs_too_long_ago");
    let events = old(Some(LateEntry::OldRegister)).events();
    let Some(CaseEvent::DiagnosisMade(made)) = events.first() else { panic!("a diagnosis") };
    assert_eq!((made.definitions.as_str(), made.pulmonary()), ("who-2013", false));
    assert_eq!(made.late_entry, Some(LateEntry::OldRegister));
    let now = diagnose_body(Site::Pulmonary, CD, TreatmentHistory::New);
    let now = CaseCommand::Diagnose(super::Diagnose { late_entry: Some(LateEntry::OldRegister), ..now });
    let events = given(&referred_case_and([])).when(now).as_(&shymkent()).events();
    let Some(CaseEvent::DiagnosisMade(made)) = events.first() else { panic!("a diagnosis") };
    assert_eq!(made.late_entry, None, "nothing is late");
}

#[test]
fn non_tuberculous_growth_and_contamination_confirm_nothing() {
    for growth in [CultureGrowth::NonTuberculous, CultureGrowth::Contaminated] {
        let history = referred_case_and([collected(1, TODAY), resulted(1, TODAY, culture(growth))]);
        given(&history)
            .when(diagnose(Site::Pulmonary, BC, TreatmentHistory::New))
            .as_(&shymkent())
            .refused("diagnosis_not_confirmed");
    }
}

#[test]
fn another_tb_centre_cannot_diagnose_while_one_is_responsible() {
    let history = registered_case_and([]);
    given(&history)
        .when(diagnose(Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::New))
        .as_(&dushanbe())
        .refused("not_responsible");
}

#[test]
fn evidence_of_an_episode_that_has_ended_confirms_nothing_new() {
    let mut history = treated_case_and([
        reported(Outcome::Failed, TODAY.yesterday().unwrap(), "tb1-tb-shymkent"),
        confirmed(Outcome::Failed, TODAY.yesterday().unwrap(), "tb-shymkent"),
    ]);
    let again = || diagnose(Site::Pulmonary, BC, TreatmentHistory::ReRegistered);
    given(&history).when(again()).as_(&shymkent()).refused("diagnosis_not_confirmed");
    history.extend([collected(2, TODAY), resulted(2, TODAY, xpert_medium())]);
    given(&history).when(again()).as_(&shymkent()).accepted();
}

const CD: Confirmation = Confirmation::ClinicallyDiagnosed;

fn told(year: i16, outcome: Option<Outcome>, regimen: Option<RegisterRegimen>) -> PreviousTreatment {
    PreviousTreatment { year, country: Country::TJ, outcome, regimen, months: Some(6) }
}

fn diagnose_after(site: Site, (history, outcome): (TreatmentHistory, Outcome), year: i16) -> CaseCommand {
    let previous_treatment = Some(told(year, Some(outcome), None));
    CaseCommand::Diagnose(super::Diagnose { previous_treatment, ..diagnose_body(site, BC, history) })
}

fn clinical(history: TreatmentHistory, previous_treatment: Option<PreviousTreatment>) -> CaseCommand {
    let body = diagnose_body(Site::Pulmonary, CD, history);
    CaseCommand::Diagnose(super::Diagnose { previous_treatment, ..body })
}

#[test]
fn rule_3_a_confirmation_names_the_specimens_on_which_it_rests() {
    let negative = Finding::Smear { grade: SmearGrade::Negative, bacilli: None };
    let scanty = Finding::Smear { grade: SmearGrade::Scanty, bacilli: Some(4) };
    let history = registered_case_and([
        collected(1, START),
        resulted(1, START, negative),
        collected(2, START),
        resulted(2, START, scanty),
        collected(3, TODAY),
        resulted(3, TODAY, culture(CultureGrowth::TuberculosisAndNonTuberculous)),
        resulted(3, TODAY, culture(CultureGrowth::Contaminated)),
    ]);
    let command = || diagnose(Site::Pulmonary, BC, TreatmentHistory::New);
    let made = diagnosed_by(&[2, 3], (Site::Pulmonary, BC, TreatmentHistory::New));
    given(&history).when(command()).as_(&shymkent()).then(&[CaseEvent::DiagnosisMade(made)]);
    let wrong = [history, vec![in_error(2, 1), in_error(3, 1)]].concat();
    given(&wrong).when(command()).as_(&shymkent()).refused("diagnosis_not_confirmed");
    let clinical = diagnosed(Site::Pulmonary, CD, TreatmentHistory::New);
    given(&wrong)
        .when(diagnose(Site::Pulmonary, CD, TreatmentHistory::New))
        .as_(&shymkent())
        .then(&[clinical]);
}

#[test]
fn rule_10_recurrent_needs_an_earlier_success_and_re_registered_another_outcome() {
    let code = |history, outcome: Option<Outcome>| {
        let told = Some(told(2020, outcome, None));
        given(&registered_case()).when(clinical(history, told)).as_(&shymkent()).code()
    };
    let undeclared =
        |history| given(&registered_case()).when(clinical(history, None)).as_(&shymkent()).code();
    let (recurrent, again) = (TreatmentHistory::Recurrent, TreatmentHistory::ReRegistered);
    for success in [Outcome::Cured, Outcome::Completed] {
        assert_eq!(code(recurrent, Some(success)), None);
        assert_eq!(code(again, Some(success)), Some("history_not_re_registered"));
    }
    for other in [Outcome::Failed, Outcome::LostToFollowUp, Outcome::NotEvaluated] {
        assert_eq!(code(again, Some(other)), None);
        assert_eq!(code(recurrent, Some(other)), Some("history_not_recurrent"));
    }
    assert_eq!(code(recurrent, None), Some("history_not_recurrent"), "its outcome is not known");
    assert_eq!(undeclared(recurrent), Some("history_not_recurrent"));
    assert_eq!(undeclared(again), Some("history_not_re_registered"));
    assert_eq!(undeclared(TreatmentHistory::Unknown), None);
    assert_eq!(code(TreatmentHistory::New, None), Some("history_not_new"));
    let future = Some(told(2027, Some(Outcome::Cured), None));
    given(&registered_case())
        .when(clinical(recurrent, future))
        .as_(&shymkent())
        .refused("previous_treatment_out_of_range");
}

#[test]
fn rule_10_what_is_on_record_goes_before_what_was_told() {
    let ended = |outcome| {
        let day = TODAY.yesterday().unwrap();
        treated_case_and([
            dosed(START, day),
            reported(outcome, day, "tb1-tb-shymkent"),
            confirmed(outcome, day, "tb-shymkent"),
        ])
    };
    let code =
        |outcome, history| given(&ended(outcome)).when(clinical(history, None)).as_(&shymkent()).code();
    assert_eq!(code(Outcome::Completed, TreatmentHistory::Recurrent), None);
    assert_eq!(code(Outcome::Completed, TreatmentHistory::New), Some("history_not_new"));
    assert_eq!(code(Outcome::Failed, TreatmentHistory::ReRegistered), None);
    let lie = Some(told(2019, Some(Outcome::Cured), None));
    given(&ended(Outcome::Failed))
        .when(clinical(TreatmentHistory::Recurrent, lie))
        .as_(&shymkent())
        .refused("history_not_recurrent");
}

#[test]
fn an_episode_of_less_than_a_month_leaves_a_patient_new() {
    let day = START + jiff::Span::new().days(20);
    let history = treated_case_and([
        dosed(START, day),
        reported(Outcome::LostToFollowUp, TODAY, "tb1-tb-shymkent"),
        confirmed(Outcome::LostToFollowUp, TODAY, "tb-shymkent"),
    ]);
    given(&history).when(clinical(TreatmentHistory::New, None)).as_(&shymkent()).accepted();
}

#[test]
fn a_diagnosis_on_record_is_revised_with_a_reason_and_counted() {
    let history = diagnosed_case();
    let revise = |sites: &[Site], revision| {
        let body = diagnose_body(Site::Pulmonary, BC, TreatmentHistory::New);
        let sites = sites.iter().copied().collect::<BTreeSet<_>>();
        CaseCommand::Diagnose(super::Diagnose { sites, revision, ..body })
    };
    let both = [Site::Pulmonary, Site::Meningitis];
    let reason = Some(RevisionReason::ClinicalCourse);
    given(&history).when(revise(&both, None)).as_(&shymkent()).refused("revision_reason_missing");
    given(&history).when(revise(&[Site::Pulmonary], reason)).as_(&shymkent()).nothing();
    let revised = given(&history).when(revise(&both, reason)).as_(&shymkent()).events();
    let state = given(&[history, revised].concat()).state().diagnosis;
    assert_eq!(state.revisions, 1);
    assert_eq!((state.first_made_on, state.made_on), (Some(TODAY), Some(TODAY)));
    assert_eq!(state.current.unwrap().sites, BTreeSet::from(both));
}

#[test]
fn what_was_excluded_is_diagnosed_anew_without_a_reason() {
    let mut history = diagnosed_case();
    history.push(CaseEvent::TbExcluded(super::TbExcluded {}));
    assert!(given(&history).state().diagnosis.current.is_none());
    let again = given(&history).when(clinical(TreatmentHistory::New, None)).as_(&shymkent()).events();
    let state = given(&[history, again].concat()).state().diagnosis;
    assert!(!state.excluded());
    assert_eq!(state.revisions, 0);
}

#[test]
fn rule_9_lung_and_another_site_are_pulmonary_and_the_nodes_of_the_chest_by_their_day() {
    let made = |sites: &[Site], set: DefinitionSet| {
        let sites = sites.iter().copied().collect();
        let definitions = set.code().to_owned();
        super::DiagnosisMade {
            sites,
            definitions,
            ..diagnosed_by(&[], (Site::Pleural, CD, TreatmentHistory::New))
        }
        .pulmonary()
    };
    assert!(made(&[Site::Meningitis, Site::Pulmonary], DefinitionSet::Who2024));
    assert!(!made(&[Site::Meningitis, Site::Pleural], DefinitionSet::Who2024));
    assert!(made(&[Site::IntrathoracicLymphNode], DefinitionSet::Who2024));
    assert!(!made(&[Site::IntrathoracicLymphNode], DefinitionSet::Who2013));
}

#[test]
fn the_registration_group_of_2013_follows_from_history_outcome_and_regimen() {
    use RegisterRegimen::{RegimenI, RegimenIi};
    use TreatmentHistory::{New, ReRegistered, Recurrent, Unknown};
    let group = |history, outcome: Option<Outcome>, regimen| {
        let previous = outcome.map(|outcome| told(2020, Some(outcome), regimen));
        let events = given(&registered_case()).when(clinical(history, previous)).as_(&shymkent()).events();
        let state = given(&[registered_case(), events].concat()).state();
        state.registration_group(&organisation("tb-shymkent"))
    };
    let (cured, lost, failed) = (Some(Outcome::Cured), Some(Outcome::LostToFollowUp), Some(Outcome::Failed));
    for (history, outcome, regimen, expected) in [
        (New, None, None, RegistrationGroup::New),
        (Recurrent, cured, Some(RegimenI), RegistrationGroup::RelapseAfterRegimenI),
        (Recurrent, cured, Some(RegimenIi), RegistrationGroup::RelapseAfterRegimenIi),
        (Recurrent, cured, None, RegistrationGroup::Other),
        (ReRegistered, lost, Some(RegimenI), RegistrationGroup::AfterLossToFollowUpRegimenI),
        (ReRegistered, lost, Some(RegimenIi), RegistrationGroup::AfterLossToFollowUpRegimenIi),
        (ReRegistered, failed, Some(RegimenI), RegistrationGroup::AfterFailureRegimenI),
        (ReRegistered, failed, Some(RegimenIi), RegistrationGroup::AfterFailureRegimenIi),
        (ReRegistered, Some(Outcome::NotEvaluated), Some(RegimenI), RegistrationGroup::Other),
        (Unknown, None, None, RegistrationGroup::Other),
    ] {
        assert_eq!(group(history, outcome, regimen), Some(expected), "{history:?} {outcome:?} {regimen:?}");
    }
    let mut moved = diagnosed_case();
    moved.push(registered("tj-national-tb-centre"));
    let state = given(&moved).state();
    let of = |id: &str| state.registration_group(&organisation(id));
    assert_eq!(of("tb-shymkent"), Some(RegistrationGroup::New));
    assert_eq!(of("tj-national-tb-centre"), Some(RegistrationGroup::TransferredIn));
    assert_eq!(of("ngo-galaba"), None);
}

/// WHO TB DAK, C4.DE.1: new is who was never treated, or for less than a month; what nobody knows is neither.
#[test]
fn new_after_an_earlier_treatment_of_unknown_length_is_no_group_and_a_warning() {
    let registered_after = |months| {
        let previous = PreviousTreatment { months, ..told(2020, Some(Outcome::Cured), None) };
        let command = clinical(TreatmentHistory::New, Some(previous));
        let events = given(&registered_case()).when(command).as_(&shymkent()).events();
        let state = given(&[registered_case(), events].concat()).state();
        let warned = state.advice().iter().any(|line| line.code == AdviceCode::EarlierTreatmentUnclear);
        (state.registration_group(&organisation("tb-shymkent")), warned)
    };
    assert_eq!(registered_after(None), (Some(RegistrationGroup::Other), true));
    assert_eq!(registered_after(Some(0)), (Some(RegistrationGroup::New), false));
}

#[test]
fn the_registration_group_looks_at_what_ended_before_the_diagnosis_was_made() {
    let ended = Outcome::LostToFollowUp;
    let mut state = given(&treated_case_and([
        reported(ended, TODAY, "tb1-tb-shymkent"),
        confirmed(ended, TODAY, "tb-shymkent"),
    ]))
    .state();
    let group = |state: &Case| state.registration_group(&organisation("tb-shymkent"));
    assert_eq!(group(&state), Some(RegistrationGroup::Other), "no dose says how long that treatment lasted");
    state.diagnosis.first_made_on = Some(START);
    assert_eq!(group(&state), Some(RegistrationGroup::New), "it is what this diagnosis led to");
}
