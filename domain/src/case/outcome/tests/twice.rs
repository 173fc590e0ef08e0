//! The rules against the oracle, on every cell.

use std::thread;

use jiff::{Span, civil::Date};

use super::super::oracle::{Asked, Change, Flaw, Life, Resistance};
use crate::{
    actor::Actor,
    case::{
        Case, CaseCommand, CaseEvent,
        fixtures::*,
        laboratory::{CultureGrowth, Drug, Finding, SmearGrade, Susceptibility},
        outcome::{Failure, FailureReason, Outcome, ReportOutcome},
        treatment::{
            Administration, ChangeRegimen, DosesRecorded, MedicineSupplied, RegimenChangeReason,
            SupplyPurpose, TreatmentResumed,
        },
    },
    decider::{Context, Decider as _, Fact},
    ids::EpisodeId,
    testing::context,
    time::OccurredAt,
};

mod lives;

const ASKED: [Asked; 9] = [
    Asked::Cured,
    Asked::Completed,
    Asked::FailedUnresponsive,
    Asked::FailedInTheEyesOfTheClinician,
    Asked::FailedByReaction,
    Asked::FailedByResistance,
    Asked::Lost,
    Asked::NotEvaluated,
    Asked::Died,
];

/// What the table of evidence must find.
const OF_EVIDENCE: [Flaw; 13] = [
    Flaw::OneNegativeIsEnough,
    Flaw::SmearsCountInResistantDisease,
    Flaw::SmearsCountWithIsoniazidResistance,
    Flaw::CuredWithoutConfirmation,
    Flaw::CuredOutsideTheLung,
    Flaw::ReversionForgiven,
    Flaw::EachMeasureForItself,
    Flaw::SixtyDaysAreTwoMonths,
    Flaw::CarriedMedicineForgotten,
    Flaw::ChangeForgiven,
    Flaw::OldIsNew,
    Flaw::FailedWithoutEvidence,
    Flaw::TheDeadAreLost,
];

/// What the table of doses must find.
const OF_DOSES: [Flaw; 7] = [
    Flaw::PauseForgiven,
    Flaw::SilenceIsTaken,
    Flaw::SixtyDaysAreTwoMonths,
    Flaw::CarriedMedicineForgotten,
    Flaw::MedicineIsTakenInAPause,
    Flaw::MedicineOutweighsMissedDoses,
    Flaw::ObservedMedicineIsCarried,
];

/// The events that say the same.
fn history(life: &Life) -> Vec<CaseEvent> {
    let mut history = treated_case();
    for event in &mut history {
        if let CaseEvent::TreatmentStarted(started) = event {
            started.pulmonary = life.lung;
            started.confirmed = life.confirmed;
            started.drug_resistant = life.resistance == Resistance::FromTheStart;
            started.started_on = life.date(0);
            started.expected_end = life.date(0) + Span::new().months(6);
            started.definitions = if life.old { "who-2013" } else { "who-2024" }.into();
        }
    }
    history.extend(specimens(life));
    history.extend(periods(life));
    history.extend(pause(life));
    if let Some(medicine) = life.medicine {
        history.push(CaseEvent::MedicineSupplied(MedicineSupplied {
            episode: EPISODE,
            on: life.date(medicine.from),
            days: u16::try_from(medicine.until - medicine.from + 1).unwrap(),
            purpose: medicine.observed.then_some(SupplyPurpose::ObservedDoses),
        }));
    }
    if life.reaction {
        let mut event = adverse_event(3);
        if let CaseEvent::AdverseEventRecorded(recorded) = &mut event {
            recorded.adverse_event.on = life.date(90);
        }
        history.push(event);
    }
    history.extend(life.died.map(|day| died(life.date(day))));
    if life.change == Change::ResistanceInTajikistan {
        history.push(tb_moved("tb-shymkent", "tj-national-tb-centre"));
    }
    history
}

fn pause(life: &Life) -> Vec<CaseEvent> {
    let Some(since) = (0..=life.last()).find(|day| life.paused[*day]) else { return Vec::new() };
    let mut events = vec![interrupted(life.date(since))];
    if let Some(back) = (since..=life.last()).find(|day| !life.paused[*day]) {
        let days = Span::new().days(i32::try_from(back - since).unwrap());
        let expected_end = life.date(0) + Span::new().months(6) + days;
        events.push(CaseEvent::TreatmentResumed(TreatmentResumed {
            episode: EPISODE,
            on: life.date(back),
            expected_end,
        }));
    }
    events
}

fn specimens(life: &Life) -> Vec<CaseEvent> {
    let growth = |positive| if positive { CultureGrowth::Tuberculosis } else { CultureGrowth::Negative };
    let grade = |positive| if positive { SmearGrade::OnePlus } else { SmearGrade::Negative };
    let cultures = life.cultures.iter().map(|(day, positive)| (*day, culture(growth(*positive))));
    let smears = life
        .smears
        .iter()
        .map(|(day, positive)| (*day, Finding::Smear { grade: grade(*positive), bacilli: None }));
    let resistant = |drug| susceptibility([(drug, Susceptibility::Resistant)]);
    let turned = match life.resistance {
        Resistance::Turned(day) => Some((day, resistant(Drug::Rifampicin))),
        Resistance::IsoniazidTurned(day) => Some((day, resistant(Drug::Isoniazid))),
        _ => None,
    };
    let before = life.date(0).yesterday().unwrap();
    let known = (life.resistance == Resistance::IsoniazidFromTheStart)
        .then(|| [collected(99, before), resulted(99, before, resistant(Drug::Isoniazid))]);
    let all = cultures.chain(smears).chain(turned);
    let told = (100u128..).zip(all).flat_map(|(number, (day, finding))| {
        [collected(number, life.date(day)), resulted(number, life.date(day), finding)]
    });
    known.into_iter().flatten().chain(told).collect()
}

/// One record of doses for each stretch of days without a gap, and one of its own for each where many were missed.
fn periods(life: &Life) -> Vec<CaseEvent> {
    let mut all = Vec::new();
    let mut day = 0;
    let long = |day: usize| life.doses[day..].iter().take_while(|dose| **dose == Some(false)).count();
    while day <= life.last() {
        let stretch = match long(day) {
            missed @ 10.. => missed,
            _ => (day..=life.last()).take_while(|day| life.doses[*day].is_some() && long(*day) < 10).count(),
        };
        if stretch == 0 {
            day += 1;
            continue;
        }
        let days = || day..day + stretch;
        let taken = days().filter(|day| life.doses[*day] == Some(true));
        all.push(CaseEvent::DosesRecorded(DosesRecorded {
            episode: EPISODE,
            from: life.date(day),
            until: life.date(day + stretch - 1),
            taken: u16::try_from(taken.clone().count()).unwrap(),
            missed: u16::try_from(stretch - taken.clone().count()).unwrap(),
            last_taken_on: taken.clone().next_back().map(|day| life.date(day)),
            administration: Administration::DirectlyObserved,
            late: false,
            observed_by: None,
            expected_end: None,
        }));
        day += stretch;
    }
    all
}

fn folded(case: Case, events: impl IntoIterator<Item = CaseEvent>) -> Case {
    events.into_iter().fold(case, |case, event| {
        let occurred_at = OccurredAt::at(NOON, &jiff::tz::TimeZone::UTC);
        case.evolve(&Fact { event, occurred_at, recorded_at: NOON, actor: galaba() })
    })
}

/// The change, decided by the rules themselves on the last day.
fn changed(case: Case, change: Change, at: &Context<'_>) -> Case {
    use RegimenChangeReason::{AdditionalResistance, AdverseReaction, Pregnancy};
    let (reason, count) = match change {
        Change::None => return case,
        Change::ForAWhile => (AdverseReaction, 1),
        Change::Pregnancy => (Pregnancy, 1),
        Change::Reaction(drugs) => (AdverseReaction, drugs),
        Change::Resistance | Change::ResistanceInTajikistan => (AdditionalResistance, 2),
    };
    let permanent = change != Change::ForAWhile;
    let body = ChangeRegimen {
        on: TODAY,
        regimen: if permanent { "BPaL" } else { "2HRZE/4HR" }.into(),
        reason,
        permanent,
        replaced: [Drug::Isoniazid, Drug::Pyrazinamide].into_iter().take(count).collect(),
        weight_kg: Some(60),
        pregnant_or_breastfeeding: None,
        composition: vec![],
        administration: Administration::DirectlyObserved,
    };
    let next = Context { new_id: EpisodeId(uuid::Uuid::from_u128(2)).0, ..at.clone() };
    let events = case.decide(&CaseCommand::ChangeRegimen(body), &next).expect("the change is taken");
    folded(case, events)
}

fn body(asked: Asked, on: Date) -> ReportOutcome {
    let failed = |reason, clinical_judgement| (Outcome::Failed, Some(Failure { reason, clinical_judgement }));
    let (outcome, failure) = match asked {
        Asked::Cured => (Outcome::Cured, None),
        Asked::Completed => (Outcome::Completed, None),
        Asked::FailedUnresponsive => failed(FailureReason::NoResponse, false),
        Asked::FailedInTheEyesOfTheClinician => failed(FailureReason::NoResponse, true),
        Asked::FailedByReaction => failed(FailureReason::AdverseReaction, false),
        Asked::FailedByResistance => failed(FailureReason::AdditionalResistance, false),
        Asked::Lost => (Outcome::LostToFollowUp, None),
        Asked::NotEvaluated => (Outcome::NotEvaluated, None),
        Asked::Died => (Outcome::Died, None),
    };
    ReportOutcome { outcome, on, failure, episode: Some(EPISODE) }
}

/// What a share of the cells has shown.
#[derive(Default)]
struct Found {
    cells: usize,
    /// By what was asked.
    allowed: [usize; ASKED.len()],
    wrong: Vec<String>,
    /// The flaws whose oracle was contradicted.
    caught: Vec<Flaw>,
}

fn compared(life: &Life, (earlier, flaws): (&[usize], &[Flaw]), found: &mut Found) {
    let directory = directory();
    let actor: Actor = if life.change == Change::ResistanceInTajikistan { dushanbe() } else { shymkent() };
    let at = context(&actor, &directory);
    let case = changed(folded(Case::default(), history(life)), life.change, &at);
    let earlier = earlier.iter().filter(|_| life.change == Change::None);
    for on in earlier.copied().chain([life.last()]) {
        for (number, asked) in ASKED.into_iter().enumerate() {
            let ruled = case.decide(&CaseCommand::ReportOutcome(body(asked, life.date(on))), &at);
            found.cells += 1;
            found.allowed[number] += usize::from(ruled.is_ok());
            if ruled.is_ok() != life.allows(asked, on, Flaw::None) && found.wrong.len() < 5 {
                found.wrong.push(format!("{asked:?} on day {on}: {:?} {}", ruled.as_ref().err(), said(life)));
            }
            for flaw in flaws {
                if !found.caught.contains(flaw) && ruled.is_ok() != life.allows(asked, on, *flaw) {
                    found.caught.push(*flaw);
                }
            }
        }
    }
}

/// A life on one line: a dose, a dose missed, a day of an interruption, or nothing on record.
fn said(life: &Life) -> String {
    let day = |day: usize| match life.doses[day] {
        Some(true) => '+',
        Some(false) => '-',
        None if life.paused[day] => 'p',
        None => '.',
    };
    let days: String = (0..=life.last()).map(day).collect();
    let short = Life { dates: [].into(), doses: vec![], paused: vec![], ..life.clone() };
    format!("{short:?} {days}")
}

/// Compares every life on the last day, and those without a change of regimen on earlier days too; answers how many outcomes
/// are allowed in some cells and refused in others.
fn compare(lives: &[Life], earlier: &[usize], flaws: &[Flaw]) -> usize {
    let share = |number: usize| {
        let mut found = Found::default();
        lives.iter().skip(number).step_by(2).for_each(|life| compared(life, (earlier, flaws), &mut found));
        found
    };
    let shares = thread::scope(|scope| {
        let workers = [0, 1].map(|number| scope.spawn(move || share(number)));
        workers.map(|worker| worker.join().expect("a share was compared"))
    });
    let wrong: Vec<_> = shares.iter().flat_map(|found| &found.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let missed: Vec<_> =
        flaws.iter().filter(|flaw| !shares.iter().any(|found| found.caught.contains(flaw))).collect();
    assert!(missed.is_empty(), "no cell refutes {missed:?}");
    let cells: usize = shares.iter().map(|found| found.cells).sum();
    let allowed: Vec<usize> =
        (0..ASKED.len()).map(|number| shares.iter().map(|found| found.allowed[number]).sum()).collect();
    println!("{cells} cells; of {ASKED:?} are allowed {allowed:?}");
    allowed.iter().filter(|count| (1..cells).contains(*count)).count()
}

#[test]
fn the_rules_and_the_oracle_agree_on_every_cell_and_a_wrong_rule_is_found() {
    let all: Vec<Life> = [false, true].into_iter().flat_map(lives::of_evidence).collect();
    assert_eq!(compare(&all, &[100], &OF_EVIDENCE), ASKED.len());
}

#[test]
fn the_rules_and_the_oracle_agree_on_days_without_a_dose_and_without_a_record() {
    assert_eq!(compare(&lives::of_doses(), &[121, 170, 200], &OF_DOSES), 5);
}
