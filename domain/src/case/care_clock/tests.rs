use jiff::civil::{Date, date};

use super::{Control, contacts, controls};
use crate::{
    case::{
        CaseEvent,
        contact_investigation::ContactResult,
        diagnosis::{Confirmation, Site, TreatmentHistory},
        fixtures::*,
        laboratory::{CultureGrowth, Finding, SmearGrade},
        outcome::Outcome,
        screening::{ChestXray, ScreeningResult},
    },
    testing::given,
};

/// What is due, with its day.
fn due(history: &[CaseEvent]) -> Vec<(&'static str, Date)> {
    controls(&given(history).state()).into_iter().map(|control| (control.about, control.due)).collect()
}

fn due_of(history: &[CaseEvent], about: &str) -> Option<Date> {
    due(history).into_iter().find(|(word, _)| *word == about).map(|(_, day)| day)
}

fn negative_smear() -> Finding {
    Finding::Smear { grade: SmearGrade::Negative, bacilli: None }
}

fn taken(id: u128, on: Date, finding: Finding) -> [CaseEvent; 2] {
    [collected(id, on), resulted(id, on, finding)]
}

/// Treatment with 2HRZE/4HR since 26 May: controls in month 2 and at the end, X-rays in months 0 and 2 and at the end.
#[test]
fn a_regimen_of_two_phases_is_controlled_in_the_second_month_and_at_its_end() {
    let history = treated_case();
    assert_eq!(
        due(&history),
        [
            ("smear", date(2026, 7, 26)),
            ("culture", date(2026, 7, 26)),
            ("chest_xray", START),
            ("end_of_treatment", date(2026, 11, 26)),
        ]
    );
}

#[test]
fn a_control_is_done_by_the_day_on_which_it_was_taken_and_the_next_one_follows() {
    let early = treated_case_and(taken(20, date(2026, 7, 1), negative_smear()));
    assert_eq!(due_of(&early, "smear"), Some(date(2026, 7, 26)), "too early to answer the second month");
    let in_time = treated_case_and(taken(20, date(2026, 7, 14), negative_smear()));
    assert_eq!(due_of(&in_time, "smear"), Some(date(2026, 11, 26)));
    assert_eq!(due_of(&in_time, "culture"), Some(date(2026, 7, 26)), "a smear is no culture");
    let waiting = treated_case_and([collected(20, date(2026, 7, 14))]);
    assert_eq!(due_of(&waiting, "culture"), Some(date(2026, 11, 26)), "its result is asked for elsewhere");
}

#[test]
fn drug_resistant_disease_is_controlled_every_month() {
    let mut history = diagnosed_case();
    history.push(started("BPaLM", START));
    assert_eq!(due_of(&history, "culture"), Some(date(2026, 6, 26)));
    history.extend(taken(20, date(2026, 6, 26), culture(CultureGrowth::Negative)));
    assert_eq!(due_of(&history, "culture"), Some(date(2026, 7, 26)));
}

#[test]
fn an_interruption_moves_what_comes_after_it() {
    let paused = treated_case_and([interrupted(date(2026, 6, 1)), resumed(date(2026, 6, 11), 10)]);
    assert_eq!(due_of(&paused, "smear"), Some(date(2026, 8, 5)));
    assert_eq!(due_of(&paused, "end_of_treatment"), Some(date(2026, 12, 6)));
    assert_eq!(due(&treated_case_and([interrupted(date(2026, 6, 1))])), [], "nobody takes anything now");
}

/// WHO TB DAK, D13.DE.4: what comes after it moves on; what was due before stays where it was.
#[test]
fn an_interruption_leaves_what_was_due_before_it() {
    let paused = treated_case_and([interrupted(date(2026, 9, 1)), resumed(date(2026, 10, 1), 30)]);
    assert_eq!(due_of(&paused, "smear"), Some(date(2026, 7, 26)));
    assert_eq!(due_of(&paused, "end_of_treatment"), Some(date(2026, 12, 26)));
    let both = treated_case_and([
        interrupted(date(2026, 6, 1)),
        resumed(date(2026, 6, 11), 10),
        interrupted(date(2026, 9, 1)),
        resumed(date(2026, 10, 1), 40),
    ]);
    assert_eq!(due_of(&both, "smear"), Some(date(2026, 8, 5)));
    assert_eq!(due_of(&both, "end_of_treatment"), Some(date(2027, 1, 5)));
}

#[test]
fn an_x_ray_is_a_control_whenever_it_was_made() {
    let xray = screened(None, Some(ChestXray::Normal), ScreeningResult::Negative);
    let history = treated_case_and([xray]);
    assert_eq!(due_of(&history, "chest_xray"), None, "made today, four days before the end");
}

#[test]
fn signs_of_tuberculosis_lead_to_an_examination_until_a_specimen_is_taken_or_it_is_excluded() {
    let fever = screened(None, Some(ChestXray::Abnormal), ScreeningResult::Positive);
    let presumptive = a_case_and([fever.clone()]);
    assert_eq!(due(&presumptive), [("examination", date(2026, 11, 29))]);
    assert_eq!(due(&registered_case_and([fever, collected(20, TODAY)])), []);
}

#[test]
fn a_diagnosis_without_treatment_is_due_within_thirty_days_of_the_screening() {
    assert_eq!(due(&diagnosed_case()), [("treatment_start", date(2026, 12, 22))]);
    assert!(due_of(&treated_case(), "treatment_start").is_none());
}

#[test]
fn after_a_cure_the_patient_is_looked_at_as_long_as_the_regimen_says() {
    let mut history = diagnosed_case();
    history.push(started("BPaLM", START));
    history.extend([
        reported(Outcome::Cured, TODAY, "tb1-tb-shymkent"),
        confirmed(Outcome::Cured, TODAY, "tb-shymkent"),
    ]);
    assert_eq!(due_of(&history, "culture"), Some(date(2027, 5, 22)));
    let mut died = diagnosed_case();
    died.push(started("BPaLM", START));
    died.extend([
        reported(Outcome::Failed, TODAY, "tb1-tb-shymkent"),
        confirmed(Outcome::Failed, TODAY, "tb-shymkent"),
    ]);
    assert_eq!(due_of(&died, "culture"), None);
}

#[test]
fn a_contact_is_to_be_looked_at_within_two_weeks() {
    let waiting = |history: &[CaseEvent]| -> Vec<Control> { contacts(&given(history).state()) };
    let listed = a_case_and([contact_listed("tj-farkhor")]);
    assert_eq!(waiting(&listed).iter().map(|control| control.due).collect::<Vec<_>>(), [date(2026, 12, 6)]);
    let looked_at =
        a_case_and([contact_listed("tj-farkhor"), contact_looked_at(ContactResult::NoSign, TODAY)]);
    assert_eq!(waiting(&looked_at), []);
}

#[test]
fn a_clinical_diagnosis_counts_as_one() {
    let clinical = diagnosed(Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::New);
    assert_eq!(due(&registered_case_and([clinical])).len(), 1);
}
