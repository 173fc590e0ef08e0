//! Rules of the field that lie between the stages of a case; `docs/clinical-rules.md` lists where every other one is tested.

use jiff::civil::date;

use crate::{
    case::{
        CaseCommand, CaseEvent,
        diagnosis::{Confirmation, ExcludeTb, Site, TreatmentHistory},
        fixtures::*,
        handoff::{HandoffState, Urgency, Warning},
        laboratory::MolecularFinding,
        opening::OpenCase,
        outcome::Outcome,
        programme::Programme,
        screening::{ChestXray, FourSymptoms, ScreeningResult},
    },
    person::DescribePerson,
    testing::given,
};

const FEVER: FourSymptoms =
    FourSymptoms { current_cough: false, fever: true, weight_loss: false, night_sweats: false };

/// Rule 3 (WHO TB DAK, C24).
#[test]
fn a_positive_screening_is_no_diagnosis() {
    let positive = screened(Some(FEVER), Some(ChestXray::Abnormal), ScreeningResult::Positive);
    let case = given(&registered_case_and([positive])).state();
    assert!(case.diagnosis.current.is_none() && case.screenings.presumptive_since.is_some());
}

/// Rule 20, mistake 1: transferred out is no outcome (WHO TB DAK, D24.DE.7; F6.DE.3).
#[test]
fn a_patient_who_has_gone_elsewhere_has_no_outcome_by_it() {
    let mut history = treated_and_offered_case();
    history.extend([
        handoff_accepted_of(&[Programme::Tb], false),
        patient_arrived(),
        tb_moved("tb-shymkent", "tj-national-tb-centre"),
    ]);
    let case = given(&history).state();
    let (_, episode) = case.treatment.open_episode().expect("the treatment goes on");
    assert!(!episode.ended() && episode.verdict.said.is_none());
    assert_eq!(case.responsibility.of(Programme::Tb), Some(&organisation("tj-national-tb-centre")));
}

/// Rule 25 (WHO TB DAK, F): who is referred comes back.
#[test]
fn a_referral_leaves_responsibility_where_it_is_and_a_handoff_moves_it() {
    let referred = given(&referred_case_and([])).state();
    assert_eq!(referred.responsibility.of(Programme::Support), Some(&organisation("ngo-galaba")));
    let mut moved = offered_case();
    moved.extend([handoff_accepted(), patient_arrived(), support_moved("ngo-galaba", "ngo-kz-taraz")]);
    let moved = given(&moved).state();
    assert_eq!(moved.responsibility.of(Programme::Support), Some(&organisation("ngo-kz-taraz")));
}

/// Rule 30 (interjurisdictional notification within one working day; `CureTB`).
#[test]
fn an_infectious_patient_is_answered_within_a_day_and_others_within_three() {
    let hours = |urgency: Urgency| {
        let mut body = offer_body("ngo-kz-taraz", Programme::Support);
        body.urgency = urgency;
        let history = a_case_and([consent_to_share_support()]);
        let when = given(&history).when(CaseCommand::OfferHandoff(body));
        when.as_(&galaba()).events().into_iter().find_map(|event| match event {
            CaseEvent::HandoffOffered(offered) => {
                Some((offered.expires_at.as_second() - NOON.as_second()) / 3_600)
            }
            _ => None,
        })
    };
    assert_eq!(hours(Urgency::Infectious), Some(24));
    assert_eq!(hours(Urgency::Routine), Some(72));
}

/// Rule 31 (`CureTB`): with less than 30 days of treatment left it is better to finish first; it is not refused.
#[test]
fn a_treatment_that_ends_soon_is_handed_over_with_a_warning() {
    let offered = |until| {
        let history = treated_case_and([
            dosed(START, until),
            supplied(TODAY, 28),
            consent_to_share_all(crate::ids::Country::TJ),
        ]);
        given(&history).when(offer("tj-national-tb-centre", Programme::Tb)).as_(&shymkent()).events()
    };
    let warned = offered(TODAY).into_iter().any(|event| {
        matches!(event, CaseEvent::HandoffOffered(offered)
            if offered.warnings.contains(&Warning::TreatmentEndsWithin30Days))
    });
    assert!(warned, "treatment ends on 26 November");
}

/// Rule 32 (`CureTB`, outcomes 4 and 7): who did not arrive is looked for, and is not lost by that.
#[test]
fn a_patient_who_did_not_arrive_is_not_lost_by_it() {
    let last = date(2026, 10, 20);
    let mut history = treated_case_and([dosed(START, last), supplied(last, 10)]);
    history.extend([
        handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb),
        handoff_accepted_of(&[Programme::Tb], false),
        not_arrived(),
    ]);
    assert_eq!(state_of(&history), HandoffState::NotArrived);
    given(&history).when(report(Outcome::LostToFollowUp, TODAY)).as_(&shymkent()).refused("not_lost_yet");
}

/// Rule 33 (`CureTB`, outcomes 4 and 5): seen there and then stopped is another end than never arrived.
#[test]
fn a_patient_who_was_seen_and_then_stopped_has_arrived() {
    let mut history = treated_case_and([dosed(START, START)]);
    history.extend([
        handoff_offered("tb-shymkent", "tj-national-tb-centre", Programme::Tb),
        handoff_accepted_of(&[Programme::Tb], false),
        patient_arrived(),
        tb_moved("tb-shymkent", "tj-national-tb-centre"),
    ]);
    assert_eq!(state_of(&history), HandoffState::Arrived);
    given(&history).when(report(Outcome::LostToFollowUp, TODAY)).as_(&dushanbe()).accepted();
}

/// Mistake 10: a rapid molecular test confirms as a smear does (WHO TB DAK, C24.DE.6).
#[test]
fn a_rapid_molecular_test_confirms_without_a_smear() {
    let history = registered_case_and([collected(1, START), resulted(1, START, xpert_medium())]);
    given(&history)
        .when(diagnose(Site::Pulmonary, Confirmation::BacteriologicallyConfirmed, TreatmentHistory::New))
        .as_(&shymkent())
        .accepted();
}

/// Mistake 5: molecular tests find the dead bacilli too and are no evidence of conversion.
#[test]
fn a_negative_molecular_test_is_no_evidence_of_a_cure() {
    let negative = || molecular(MolecularFinding::NotDetected, None);
    let history = treated_case_and([
        dosed(START, TODAY),
        collected(2, date(2026, 9, 1)),
        resulted(2, date(2026, 9, 1), negative()),
        collected(3, date(2026, 11, 1)),
        resulted(3, date(2026, 11, 1), negative()),
    ]);
    given(&history).when(report(Outcome::Cured, TODAY)).as_(&shymkent()).refused("cured_needs_conversion");
}

/// Mistake 16: a migrant is a citizenship, a road and a place on it, and never one yes or no.
#[test]
fn nobody_is_asked_whether_a_person_is_a_migrant() {
    let opening = serde_json::to_string(&schemars::schema_for!(OpenCase)).unwrap();
    let person = serde_json::to_string(&schemars::schema_for!(DescribePerson)).unwrap();
    for word in ["\"origin\"", "\"transit\"", "\"destination\"", "\"phase\""] {
        assert!(opening.contains(word), "{word}");
    }
    assert!(person.contains("\"citizenship\""));
    assert!(!opening.contains("migrant\":") && !person.contains("migrant\":"));
}

/// Mistake 20: a cancelled diagnosis is a further event.
#[test]
fn a_cancelled_diagnosis_rewrites_nothing() {
    let excluded =
        given(&diagnosed_case()).when(CaseCommand::ExcludeTb(ExcludeTb {})).as_(&shymkent()).events();
    assert!(matches!(excluded.as_slice(), [CaseEvent::TbExcluded(_)]));
    let before = given(&diagnosed_case()).state();
    let after = given(&diagnosed_case().into_iter().chain(excluded).collect::<Vec<_>>()).state();
    assert!(before.diagnosis.counted() && !after.diagnosis.counted());
    assert_eq!(before.laboratory, after.laboratory);
}
