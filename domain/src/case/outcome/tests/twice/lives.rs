//! The two tables: one of what outcomes rest on, half a year long, and one of the doses, long enough for a patient who
//! was away for two months to take every dose in the end.

use std::sync::Arc;

use jiff::{Span, civil::Date};

use super::super::super::oracle::{Change, Life, Medicine, Resistance};
use crate::case::fixtures::{START, TODAY};

/// The days of the cultures and of the smears; a negative number is a positive specimen.
type Specimens = (&'static [i16], &'static [i16]);

const SPECIMENS: [Specimens; 14] = [
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

/// Cultures against smears.
const BOTH: [Specimens; 10] = [
    (&[-75], &[60, 70]),
    (&[-75], &[60, 90]),
    (&[-75], &[60, 70, 130, 140]),
    (&[-1, -120, -130], &[60, 90]),
    (&[60, 70], &[-100, -110]),
    (&[60, 70, 115], &[-100, -110]),
    (&[60, 70, 115, 125], &[-100, -110]),
    (&[60, 70, -120, -130], &[140, 150]),
    (&[60, 70, -70], &[]),
    (&[-70, 90], &[60, 70, 80]),
];

/// How the medicine was taken: the last dose, whether most of the others were missed, medicine carried for 70 days, and
/// the day of death.
type Course = (Option<usize>, bool, bool, Option<usize>);

const COURSES: [Course; 6] = [
    (Some(179), false, false, None),
    (Some(60), false, false, None),
    (Some(60), false, true, None),
    (Some(179), true, false, None),
    (None, false, false, None),
    (Some(99), false, false, Some(100)),
];

/// The last day of the table of evidence.
const LAST: usize = 180;

/// From the 40th day until that day, or to the end.
const PAUSES: [Option<usize>; 4] = [None, Some(101), Some(112), Some(LAST + 1)];

const CHANGES: [Change; 7] = [
    Change::None,
    Change::ForAWhile,
    Change::Pregnancy,
    Change::Reaction(1),
    Change::Reaction(2),
    Change::Resistance,
    Change::ResistanceInTajikistan,
];

const SITES: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

/// Site × confirmation × resistance × course × specimens × interruption × change of regimen; and isoniazid and the contests
/// of cultures with smears without the changes.
pub(super) fn of_evidence(old: bool) -> Vec<Life> {
    use Resistance::{FromTheStart, IsoniazidFromTheStart, IsoniazidTurned, Turned};
    let rifampicin = [Resistance::None, FromTheStart, Turned(95)];
    let mut lives = product(old, (&rifampicin, &SPECIMENS), &PAUSES, &CHANGES);
    let isoniazid = [IsoniazidFromTheStart, IsoniazidTurned(95)];
    lives.extend(product(old, (&isoniazid, &SPECIMENS), &PAUSES, &[Change::None]));
    let all = [rifampicin.as_slice(), &isoniazid].concat();
    lives.extend(product(old, (&all, &BOTH), &[None], &[Change::None]));
    lives
}

fn product(
    old: bool,
    (resistances, specimens): (&[Resistance], &[Specimens]),
    pauses: &[Option<usize>],
    changes: &[Change],
) -> Vec<Life> {
    let dates = dates(START);
    let mut lives = Vec::new();
    for site in SITES {
        for resistance in resistances {
            for course in COURSES {
                for seen in specimens {
                    for pause in pauses {
                        for change in changes.iter().filter(|of| course.3.is_none() || **of == Change::None) {
                            let mut life = blank(&dates, old, site, *resistance);
                            (life.cultures, life.smears) = (days(seen.0), days(seen.1));
                            (life.change, life.died) = (*change, course.3);
                            life.reaction = *change == Change::Pregnancy;
                            lives.push(lived(life, course, *pause));
                        }
                    }
                }
            }
        }
    }
    lives
}

fn dates(from: Date) -> Arc<[Date]> {
    let next = |day: &Date| day.tomorrow().ok().filter(|next| *next <= TODAY);
    std::iter::successors(Some(from), next).collect()
}

fn blank(dates: &Arc<[Date]>, old: bool, (lung, confirmed): (bool, bool), resistance: Resistance) -> Life {
    Life {
        dates: Arc::clone(dates),
        old,
        lung,
        confirmed,
        resistance,
        doses: vec![None; dates.len()],
        paused: vec![false; dates.len()],
        medicine: None,
        cultures: Vec::new(),
        smears: Vec::new(),
        reaction: false,
        change: Change::None,
        died: None,
    }
}

fn days(numbers: &[i16]) -> Vec<(usize, bool)> {
    numbers.iter().map(|day| (usize::from(day.unsigned_abs()), *day < 0)).collect()
}

/// Fills in the days; a pause moves the last dose on.
fn lived(mut life: Life, (last, missed, carries, died): Course, pause: Option<usize>) -> Life {
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
    life.medicine =
        taken.filter(|_| carries).map(|last| Medicine { from: last, until: last + 70, observed: false });
    life
}

/// Days with doses, both ends included; two months after the 60th are over on the 121st.
const TAKEN: [&[(usize, usize)]; 6] = [
    &[(0, 249)],
    &[(0, 60)],
    &[(0, 60), (121, 249)],
    &[(0, 60), (122, 249)],
    &[(0, 60), (180, 249)],
    &[(0, 175), (245, 249)],
];

/// Interruptions: their first day, and the first one after them.
const STANDING_STILL: [Option<(usize, usize)>; 5] =
    [None, Some((61, 121)), Some((61, 122)), Some((90, 160)), Some((61, 251))];

const MEDICINE: [Option<Medicine>; 4] = [
    None,
    Some(Medicine { from: 60, until: 100, observed: false }),
    Some(Medicine { from: 60, until: 100, observed: true }),
    Some(Medicine { from: 60, until: 140, observed: false }),
];

/// Definitions × isoniazid × specimens × days with doses × interruption × medicine × doses recorded as missed.
pub(super) fn of_doses() -> Vec<Life> {
    let dates = dates(TODAY - Span::new().days(250));
    let specimens: [Specimens; 3] = [(&[], &[]), (&[60, 70, 230], &[]), (&[], &[60, 90, 230])];
    let mut lives = Vec::new();
    for (old, resistance) in [
        (false, Resistance::None),
        (false, Resistance::IsoniazidFromTheStart),
        (true, Resistance::None),
        (true, Resistance::IsoniazidFromTheStart),
    ] {
        for seen in specimens {
            for taken in TAKEN {
                for pause in STANDING_STILL {
                    for medicine in MEDICINE {
                        for missed in [0..0, 100..141] {
                            let mut life = blank(&dates, old, (true, true), resistance);
                            (life.cultures, life.smears) = (days(seen.0), days(seen.1));
                            life.medicine = medicine;
                            let (from, until) = pause.unwrap_or_default();
                            (from..until).for_each(|day| life.paused[day] = true);
                            for day in missed {
                                life.doses[day] = (!life.paused[day]).then_some(false);
                            }
                            for day in taken.iter().flat_map(|(from, until)| *from..=*until) {
                                life.doses[day] = (!life.paused[day]).then_some(true);
                            }
                            lives.push(life);
                        }
                    }
                }
            }
        }
    }
    lives
}
