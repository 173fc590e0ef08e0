//! Alive and free of tuberculosis after a success (KSP-2482).

use jiff::{Span, civil::Date};

use crate::{
    case::{
        CaseEvent,
        diagnosis::{Confirmation, Site, TreatmentHistory},
        fixtures::*,
        laboratory::{CultureGrowth, Drug, Susceptibility},
        outcome::{Outcome, SustainedFinding},
        screening::ScreeningResult,
    },
    testing::given,
};

/// The day of the outcome; six months after it is the 22nd of June, 153 days before today.
const ENDED: Date = jiff::civil::date(2025, 12, 22);

fn ended(outcome: Outcome, more: impl IntoIterator<Item = CaseEvent>) -> Vec<CaseEvent> {
    let mut history = treated_case();
    for event in &mut history {
        if let CaseEvent::TreatmentStarted(started) = event {
            started.started_on = ENDED - Span::new().months(6);
        }
    }
    history.extend([reported(outcome, ENDED, "tb1-tb-shymkent"), confirmed(outcome, ENDED, "tb-shymkent")]);
    history.into_iter().chain(more).collect()
}

fn found(history: &[CaseEvent]) -> Vec<(u8, SustainedFinding, Option<Date>)> {
    let case = given(history).state();
    let looks = case.sustained_success(&case.treatment.episodes[&EPISODE]);
    looks.iter().map(|look| (look.months, look.finding, look.seen_on)).collect()
}

fn cultured(on: Date, growth: CultureGrowth) -> [CaseEvent; 2] {
    [collected(20, on), resulted(20, on, culture(growth))]
}

#[test]
fn a_success_is_sustained_once_the_patient_was_seen_free_of_tuberculosis_after_six_months() {
    use SustainedFinding::{NotSustained, Sustained, Unknown};
    let due = ENDED + Span::new().months(6);
    let negative = |on| found(&ended(Outcome::Cured, cultured(on, CultureGrowth::Negative)));
    let positive = |on| found(&ended(Outcome::Completed, cultured(on, CultureGrowth::Tuberculosis)));
    assert_eq!(found(&ended(Outcome::Cured, [])), [(6, Unknown, None)]);
    assert_eq!(negative(due), [(6, Sustained, Some(due))]);
    assert_eq!(negative(due.yesterday().unwrap()), [(6, Unknown, None)]);
    assert_eq!(positive(due), [(6, NotSustained, Some(due))]);
    assert_eq!(positive(due.tomorrow().unwrap()), [(6, Unknown, None)], "ill again after the six months");
    let relapsed = [
        collected(21, due + Span::new().days(15)),
        resulted(21, due + Span::new().days(15), culture(CultureGrowth::Tuberculosis)),
    ];
    let later = cultured(due + Span::new().months(4), CultureGrowth::Negative);
    assert_eq!(
        found(&ended(Outcome::Cured, relapsed.into_iter().chain(later))),
        [(6, NotSustained, Some(due + Span::new().days(15)))],
        "nobody was free of it from the end of treatment until the look"
    );
    let again = diagnosed(Site::Pulmonary, Confirmation::ClinicallyDiagnosed, TreatmentHistory::Recurrent);
    let next = found(&ended(Outcome::Cured, [again, screened(None, None, ScreeningResult::Negative)]));
    assert_eq!(next, [(6, NotSustained, Some(TODAY))], "a new diagnosis is a sign of illness");
    let well = screened(None, None, ScreeningResult::Negative);
    assert_eq!(found(&ended(Outcome::Cured, [well])), [(6, Sustained, Some(TODAY))]);
    assert_eq!(found(&ended(Outcome::Cured, [died(due)])), [(6, NotSustained, Some(due))]);
}

#[test]
fn resistant_disease_is_looked_at_after_twelve_months_too() {
    let resistant = susceptibility([(Drug::Rifampicin, Susceptibility::Resistant)]);
    let day = ENDED - Span::new().months(1);
    let months = |history: &[CaseEvent]| found(history).iter().map(|look| look.0).collect::<Vec<_>>();
    let history = ended(Outcome::Cured, [collected(20, day), resulted(20, day, resistant)]);
    assert_eq!(months(&history), [6, 12]);
}

#[test]
fn what_was_no_success_is_not_sustained() {
    assert_eq!(found(&ended(Outcome::Failed, [])), []);
    assert_eq!(found(&treated_case()), []);
}
