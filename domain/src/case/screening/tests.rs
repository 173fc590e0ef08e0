use super::{
    Cad, ChestXray, FourSymptoms, FurtherSymptom, RecordScreening, ScreeningAlgorithm, ScreeningDeclined,
    ScreeningResult,
};
use crate::{
    case::{CaseCommand, CaseEvent, fixtures::*},
    testing::given,
};

const NONE: FourSymptoms =
    FourSymptoms { current_cough: false, fever: false, weight_loss: false, night_sweats: false };

#[test]
fn any_symptom_or_an_abnormal_x_ray_is_presumptive_tuberculosis() {
    let fever = FourSymptoms { fever: true, ..NONE };
    for (symptoms, xray, result) in [
        (Some(NONE), None, ScreeningResult::Negative),
        (Some(fever), None, ScreeningResult::Positive),
        (Some(fever), Some(ChestXray::Normal), ScreeningResult::Positive),
        (Some(NONE), Some(ChestXray::Abnormal), ScreeningResult::Positive),
        (None, Some(ChestXray::Unreadable), ScreeningResult::Inconclusive),
        (None, Some(ChestXray::Normal), ScreeningResult::Negative),
    ] {
        given(&a_case())
            .when(screen(symptoms, xray))
            .as_(&galaba())
            .then(&[screened(symptoms, xray, result)]);
    }
}

#[test]
fn a_screening_of_nothing_is_refused() {
    given(&a_case()).when(screen(None, None)).as_(&galaba()).refused("screening_empty");
}

#[test]
fn screening_needs_consent_to_care_first() {
    given(&[opened(), support_opened("ngo-galaba")])
        .when(screen(Some(NONE), None))
        .as_(&galaba())
        .refused("screening_consent_missing");
}

fn taken(screening: RecordScreening) -> Result<ScreeningResult, &'static str> {
    let then = given(&a_case()).when(CaseCommand::RecordScreening(screening.clone())).as_(&galaba());
    if let Some(code) = then.code() {
        return Err(code);
    }
    let events = given(&a_case()).when(CaseCommand::RecordScreening(screening)).as_(&galaba()).events();
    let [CaseEvent::ScreeningRecorded(recorded)] = &events[..] else { panic!("{events:?}") };
    Ok(recorded.result)
}

fn cad(score: u8, threshold: u8) -> Cad {
    Cad { score, threshold, software: "reader".into(), version: "7".into() }
}

#[test]
fn a_program_finds_something_from_its_threshold_on_and_says_nothing_without_its_name() {
    let with = |cad| taken(RecordScreening { cad: Some(cad), ..screening_body(None, None) });
    assert_eq!(with(cad(50, 50)), Ok(ScreeningResult::Positive));
    assert_eq!(with(cad(49, 50)), Ok(ScreeningResult::Negative));
    assert_eq!(with(Cad { version: " ".into(), ..cad(49, 50) }), Err("cad_incomplete"));
    assert_eq!(with(cad(101, 50)), Err("cad_incomplete"));
    let partial = serde_json::json!({ "on": "2026-11-22", "cad": { "score": 50, "threshold": 50, "software": "reader" } });
    assert!(serde_json::from_value::<RecordScreening>(partial).is_err(), "all four together");
}

#[test]
fn c_reactive_protein_is_positive_above_five() {
    let with =
        |tenths| taken(RecordScreening { crp_tenths_mg_l: Some(tenths), ..screening_body(None, None) });
    assert_eq!(with(50), Ok(ScreeningResult::Negative));
    assert_eq!(with(51), Ok(ScreeningResult::Positive));
    assert_eq!(with(10_001), Err("crp_out_of_range"));
}

#[test]
fn any_further_symptom_is_a_reason_to_examine() {
    let with = |further: &[FurtherSymptom]| {
        let further = further.iter().copied().collect();
        taken(RecordScreening { further, ..screening_body(Some(NONE), None) })
    };
    for sign in [
        FurtherSymptom::PoorWeightGain,
        FurtherSymptom::ReducedPlayfulness,
        FurtherSymptom::ChestPain,
        FurtherSymptom::Haemoptysis,
        FurtherSymptom::HighFever,
    ] {
        assert_eq!(with(&[sign]), Ok(ScreeningResult::Positive), "{sign:?}");
    }
    assert_eq!(with(&[]), Ok(ScreeningResult::Negative));
}

#[test]
fn an_algorithm_says_what_two_looks_mean_together() {
    use ScreeningAlgorithm::{Parallel, SequentialNegative, SequentialPositive, Single};
    use ScreeningResult::{Inconclusive, Negative, Positive};
    let cough = FourSymptoms { current_cough: true, ..NONE };
    let (yes, no) = (Some(cough), Some(NONE));
    let (abnormal, normal) = (Some(ChestXray::Abnormal), Some(ChestXray::Normal));
    let mismatch = Err("screening_algorithm_mismatch");
    for (algorithm, symptoms, xray, expected) in [
        (Single, yes, None, Ok(Positive)),
        (Single, yes, normal, mismatch),
        (Parallel, no, abnormal, Ok(Positive)),
        (Parallel, no, None, mismatch),
        (SequentialPositive, yes, abnormal, Ok(Positive)),
        (SequentialPositive, yes, normal, Ok(Negative)),
        (SequentialPositive, no, None, Ok(Negative)),
        (SequentialPositive, yes, None, Ok(Inconclusive)),
        (SequentialNegative, yes, None, Ok(Positive)),
        (SequentialNegative, no, abnormal, Ok(Positive)),
        (SequentialNegative, no, normal, Ok(Negative)),
        (SequentialNegative, no, None, Ok(Inconclusive)),
    ] {
        let screening = RecordScreening { algorithm: Some(algorithm), ..screening_body(symptoms, xray) };
        assert_eq!(taken(screening), expected, "{algorithm:?} {symptoms:?} {xray:?}");
    }
}

#[test]
fn rule_2_who_declines_screening_keeps_the_case() {
    let declined = CaseEvent::ScreeningDeclined(ScreeningDeclined { on: TODAY });
    let decline = || CaseCommand::DeclineScreening(super::DeclineScreening { on: TODAY });
    given(&a_case()).when(decline()).as_(&galaba()).then(std::slice::from_ref(&declined));
    let history = a_case_and([declined]);
    given(&history).when(decline()).as_(&galaba()).nothing();
    let state = given(&history).state();
    assert_eq!((state.screenings.declined_on, state.screenings.latest), (Some(TODAY), None));
    given(&history).when(refer("tb-shymkent")).as_(&galaba()).accepted();
    given(&history).when(screen(Some(NONE), None)).as_(&galaba()).accepted();
}

#[test]
fn rule_3_a_screening_makes_no_diagnosis() {
    let cough = FourSymptoms { current_cough: true, ..NONE };
    let events =
        given(&a_case()).when(screen(Some(cough), Some(ChestXray::Abnormal))).as_(&galaba()).events();
    let state = given(&[a_case(), events].concat()).state();
    assert_eq!(state.screenings.presumptive_since, Some(TODAY));
    assert!(state.diagnosis.current.is_none() && state.diagnosis.registrations.is_empty());
}
