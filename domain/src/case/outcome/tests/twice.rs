//! The rules against the oracle, on every cell.

use std::{collections::BTreeMap, thread};

use jiff::civil::Date;

use super::super::oracle::{Asked, Change, Flaw, LAST, Life, Resistance};
use crate::{
    actor::Actor,
    case::{
        Case, CaseCommand, CaseEvent,
        fixtures::*,
        laboratory::{CultureGrowth, Drug, Finding, SmearGrade, Susceptibility},
        outcome::{Failure, FailureReason, Outcome, ReportOutcome},
        treatment::{Administration, ChangeRegimen, DosesRecorded, RegimenChangeReason},
    },
    decider::{Context, Decider as _, Fact},
    ids::EpisodeId,
    testing::context,
    time::OccurredAt,
};

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

const FLAWS: [Flaw; 11] = [
    Flaw::OneNegativeIsEnough,
    Flaw::SmearsCountInResistantDisease,
    Flaw::CuredWithoutConfirmation,
    Flaw::CuredOutsideTheLung,
    Flaw::ReversionForgiven,
    Flaw::SixtyDaysAreTwoMonths,
    Flaw::CarriedMedicineForgotten,
    Flaw::ChangeForgiven,
    Flaw::OldIsNew,
    Flaw::FailedWithoutEvidence,
    Flaw::TheDeadAreLost,
];

/// The days of the cultures and of the smears; a negative number is a positive specimen.
const SPECIMENS: [(&[i16], &[i16]); 14] = [
    (&[], &[]),
    (&[60, 66], &[]),
    (&[60, 67], &[]),
    (&[60, -64, 90], &[]),
    (&[60, 70, -90, -100], &[]),
    (&[60, 70, -90, -100, 120, 130], &[]),
    (&[70, 100, 130], &[]),
    (&[60, 165], &[]),
    (&[60, -145, 165], &[]),
    (&[], &[60, 90]),
    (&[-120, -130], &[60, 90]),
    (&[60, -60, 90], &[]),
    (&[60, 70], &[30, 40, -50, -58]),
    (&[-30, -150], &[]),
];

/// How the medicine was taken: the last dose, whether most of the others were missed, medicine carried for 70 days, and
/// the day of death.
const COURSES: [(Option<usize>, bool, bool, Option<usize>); 6] = [
    (Some(179), false, false, None),
    (Some(60), false, false, None),
    (Some(60), false, true, None),
    (Some(179), true, false, None),
    (None, false, false, None),
    (Some(99), false, false, Some(100)),
];

/// From the 40th day until that day, or to the end.
const PAUSES: [Option<usize>; 5] = [None, Some(50), Some(101), Some(112), Some(LAST + 1)];

const CHANGES: [Change; 7] = [
    Change::None,
    Change::ForAWhile,
    Change::Pregnancy,
    Change::Reaction(1),
    Change::Reaction(2),
    Change::Resistance,
    Change::ResistanceInTajikistan,
];

fn lives(old: bool) -> Vec<Life> {
    let mut lives = Vec::new();
    let day = |_: usize, day: &mut Date| {
        let today = *day;
        *day = day.tomorrow().ok()?;
        Some(today)
    };
    let dates: Vec<Date> = (0..=LAST).scan(START, |next, at| day(at, next)).collect();
    for (lung, confirmed) in [(true, true), (true, false), (false, true), (false, false)] {
        for resistance in [Resistance::None, Resistance::FromTheStart, Resistance::Turned(95)] {
            for course in COURSES {
                for (cultures, smears) in SPECIMENS {
                    for pause in PAUSES {
                        for change in
                            CHANGES.into_iter().filter(|change| course.3.is_none() || *change == Change::None)
                        {
                            let blank = Life {
                                start: START,
                                dates: dates.clone(),
                                old,
                                lung,
                                confirmed,
                                resistance,
                                doses: [None; LAST + 1],
                                paused: [false; LAST + 1],
                                carried: None,
                                cultures: seen(cultures),
                                smears: seen(smears),
                                reaction: change == Change::Pregnancy,
                                change,
                                died: course.3,
                            };
                            lives.push(lived(blank, course, pause));
                        }
                    }
                }
            }
        }
    }
    lives
}

fn seen(days: &[i16]) -> Vec<(usize, bool)> {
    days.iter().map(|day| (usize::from(day.unsigned_abs()), *day < 0)).collect()
}

/// Fills in the days; a pause moves the last dose on.
fn lived(
    mut life: Life,
    (last, missed, carries, died): (Option<usize>, bool, bool, Option<usize>),
    pause: Option<usize>,
) -> Life {
    let until = died.unwrap_or(LAST + 1).min(LAST + 1);
    let back = pause.unwrap_or(40).min(until);
    (40..back).for_each(|day| life.paused[day] = true);
    let end = last.map(|last| (last + back - 40).min(until - 1).min(179));
    for day in 0..=end.unwrap_or(0) {
        if end.is_some() && !life.paused[day] {
            // Treatment goes on with a dose, by the word's own meaning.
            let goes_on = day > 0 && life.paused[day - 1];
            life.doses[day] = Some(!missed || day % 5 == 0 || Some(day) == end || day == 39 || goes_on);
        }
    }
    let taken = (0..=LAST).rev().find(|day| life.doses[*day] == Some(true));
    life.carried = taken.filter(|_| carries).map(|last| (last, last + 70));
    life
}

/// The events that say the same.
fn history(life: &Life) -> Vec<CaseEvent> {
    let mut history = treated_case();
    for event in &mut history {
        if let CaseEvent::TreatmentStarted(started) = event {
            started.pulmonary = life.lung;
            started.confirmed = life.confirmed;
            started.drug_resistant = life.resistance == Resistance::FromTheStart;
            started.definitions = if life.old { "who-2013" } else { "who-2024" }.into();
        }
    }
    history.extend(specimens(life));
    history.extend(periods(life));
    if let Some(since) = (0..=LAST).find(|day| life.paused[*day]) {
        history.push(interrupted(life.date(since)));
        let back = (since..=LAST).find(|day| !life.paused[*day]);
        history.extend(back.map(|back| resumed(life.date(back), i32::try_from(back - since).unwrap())));
    }
    if let Some((last, until)) = life.carried {
        history.push(supplied(life.date(last), u16::try_from(until - last + 1).unwrap()));
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

fn specimens(life: &Life) -> Vec<CaseEvent> {
    let growth = |positive| if positive { CultureGrowth::Tuberculosis } else { CultureGrowth::Negative };
    let grade = |positive| if positive { SmearGrade::OnePlus } else { SmearGrade::Negative };
    let cultures = life.cultures.iter().map(|(day, positive)| (*day, culture(growth(*positive))));
    let smears = life
        .smears
        .iter()
        .map(|(day, positive)| (*day, Finding::Smear { grade: grade(*positive), bacilli: None }));
    let resistant = [(Drug::Rifampicin, Susceptibility::Resistant)];
    let turned = match life.resistance {
        Resistance::Turned(day) => {
            Some((day, Finding::DrugSusceptibility { results: resistant.into(), method: None }))
        }
        _ => None,
    };
    let all = cultures.chain(smears).chain(turned);
    (100u128..)
        .zip(all)
        .flat_map(|(number, (day, finding))| {
            [collected(number, life.date(day)), resulted(number, life.date(day), finding)]
        })
        .collect()
}

/// One record of doses for each stretch of days without a gap.
fn periods(life: &Life) -> Vec<CaseEvent> {
    let mut all = Vec::new();
    let mut day = 0;
    while day <= LAST {
        let stretch = (day..=LAST).take_while(|day| life.doses[*day].is_some()).count();
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
    allowed: BTreeMap<String, usize>,
    wrong: Vec<String>,
    /// By flaw, the cells in which its oracle is contradicted.
    caught: BTreeMap<String, usize>,
}

fn compared(life: &Life, found: &mut Found) {
    let directory = directory();
    let actor: Actor = if life.change == Change::ResistanceInTajikistan { dushanbe() } else { shymkent() };
    let at = context(&actor, &directory);
    let case = changed(folded(Case::default(), history(life)), life.change, &at);
    let earlier = (life.change == Change::None).then_some(100);
    for on in [LAST].into_iter().chain(earlier) {
        for asked in ASKED {
            let ruled = case.decide(&CaseCommand::ReportOutcome(body(asked, life.date(on))), &at);
            found.cells += 1;
            *found.allowed.entry(format!("{asked:?}")).or_default() += usize::from(ruled.is_ok());
            if ruled.is_ok() != life.allows(asked, on, Flaw::None) && found.wrong.len() < 5 {
                found.wrong.push(format!("{asked:?} on day {on}: {:?} {life:?}", ruled.as_ref().err()));
            }
            for flaw in FLAWS {
                let caught = found.caught.entry(format!("{flaw:?}")).or_default();
                if *caught == 0 {
                    *caught += usize::from(ruled.is_ok() != life.allows(asked, on, flaw));
                }
            }
        }
    }
}

fn compare(share: &[Life]) -> Found {
    let mut found = Found::default();
    for life in share {
        compared(life, &mut found);
    }
    found
}

#[test]
fn the_rules_and_the_oracle_agree_on_every_cell_and_a_wrong_rule_is_found() {
    let all: Vec<Life> = [false, true].into_iter().flat_map(lives).collect();
    let shares: Vec<Found> = thread::scope(|scope| {
        let workers: Vec<_> =
            all.chunks(all.len().div_ceil(2)).map(|share| scope.spawn(|| compare(share))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a share was compared")).collect()
    });
    let cells: usize = shares.iter().map(|found| found.cells).sum();
    let sum = |of: fn(&Found) -> &BTreeMap<String, usize>| {
        let mut sum = BTreeMap::new();
        for (name, count) in shares.iter().flat_map(of) {
            *sum.entry(name.clone()).or_insert(0) += count;
        }
        sum
    };
    let (allowed, caught) = (sum(|found| &found.allowed), sum(|found| &found.caught));
    println!("{cells} cells; allowed: {allowed:?}; cells that refute a wrong rule: {caught:?}");
    let wrong: Vec<_> = shares.iter().flat_map(|found| &found.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        allowed.len() == ASKED.len() && allowed.values().all(|count| *count > 0 && *count < cells),
        "{allowed:?}"
    );
    assert!(caught.len() == FLAWS.len() && caught.values().all(|count| *count > 0), "{caught:?}");
}
