//! Histories from samples, always the same for the same seed. The folds are total, so any order of events will do.

use safar_event_store::StreamId;
use uuid::Uuid;

use crate::samples;

pub(crate) const ORGANISATIONS: [&str; 4] = ["ngo-galaba", "ngo-kz-taraz", "tb-shymkent", "legal-aid"];

/// An event and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(crate) stream: StreamId,
    pub(crate) event_type: &'static str,
    pub(crate) payload: String,
}

/// `SplitMix64`: the same numbers on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

pub(crate) fn case_id(number: usize) -> Uuid {
    Uuid::from_u64_pair(0xca5e, number as u64)
}

pub(crate) fn person_id(number: usize) -> Uuid {
    Uuid::from_u64_pair(0x9e50, number as u64)
}

pub(crate) fn request_id(number: usize) -> Uuid {
    Uuid::from_u64_pair(0x9a11, number as u64)
}

pub(crate) fn conflict_id(number: usize) -> Uuid {
    Uuid::from_u64_pair(0xc0f1, number as u64)
}

/// An id of a handoff, specimen … of a case.
pub(crate) fn part_id(case: usize, part: usize) -> Uuid {
    Uuid::from_u64_pair(case as u64 + 1, part as u64)
}

/// A day or so of a small network: directory and cases through each other; every case begins with its opening.
pub(crate) fn varied(seed: u64, cases: usize, events: usize) -> Vec<Happening> {
    let mut dice = Dice::new(seed);
    let mut happenings = Vec::new();
    for organisation in ORGANISATIONS {
        happenings.push(of_organisation(organisation, samples::ORGANISATION[0]));
    }
    for number in 0..cases {
        happenings.push(of_case(number, samples::CASE[0], &mut dice));
        happenings.push(of_case(number, samples::CASE[1], &mut dice));
        happenings.push(of_request(number, samples::PULL_REQUEST[0], &mut dice));
        happenings.push(of_contact(number, samples::CONTACT_NOTICE[0], &mut dice));
    }
    while happenings.len() < events {
        let number = dice.below(cases);
        happenings.push(match dice.below(20) {
            4 => of_erasure(number, dice.pick(samples::ERASURE), &mut dice),
            0 => of_organisation(dice.pick(&ORGANISATIONS), dice.pick(samples::ORGANISATION)),
            1 => of_worker(dice.pick(&ORGANISATIONS), dice.pick(samples::WORKER)),
            2 => of_contact(number, dice.pick(&samples::CONTACT_NOTICE[1..]), &mut dice),
            3 => of_request(number, dice.pick(&samples::PULL_REQUEST[1..]), &mut dice),
            _ => {
                let sample = dice.pick(samples::CASE);
                of_case(number, sample, &mut dice)
            }
        });
    }
    let conflict =
        |number, sample| of_conflict(number, samples::CONFLICT[sample], &mut Dice::new(seed + number as u64));
    happenings.extend((0..cases).map(|number| conflict(number, 0)));
    happenings.extend((0..cases).step_by(3).map(|number| conflict(number, 1)));
    let emergency = |number, sample: usize| {
        let stream = StreamId::new("emergency", format!("tb-{}", number % 3));
        let number = 1_000 * usize::try_from(seed).unwrap_or_default() + number;
        fill(stream, number, samples::EMERGENCY[sample], &mut Dice::new(number as u64))
    };
    happenings.extend((0..cases).flat_map(|number| [0, 1].map(|sample| emergency(number, sample))));
    happenings.extend((0..cases).step_by(3).map(|number| emergency(number, 2)));
    let export = |number, sample: usize| {
        let stream = StreamId::new("export", format!("sw-{}", number % 3));
        let number = 2_000 * usize::try_from(seed).unwrap_or_default() + number;
        fill(stream, number, samples::EXPORT[sample], &mut Dice::new(number as u64))
    };
    for (step, sample) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        happenings.extend((0..cases).step_by(step).map(|number| export(number, sample)));
    }
    happenings
}

/// Contacts with a case of their own, on some of these cases.
pub(crate) fn linked(seed: u64, cases: usize) -> Vec<Happening> {
    let names = ["case.contact-listed.v1", "case.contact-linked.v1"];
    let some = (0..cases).filter(|number| !(*number as u64 + seed).is_multiple_of(3));
    some.flat_map(|number| names.map(|name| case_event(number, name))).collect()
}

/// Cases that each stand still at a step at which somebody must do something, so that no list is empty.
pub(crate) fn waiting() -> Vec<Happening> {
    let offered = ["case.handoff-offered.v1", "case.handoff-accepted.v1"];
    let treated = ["case.treatment-started.v1", "case.medicine-supplied.v1"];
    let in_part = ["case.handoff-offered.v1#2", "case.handoff-accepted.v1#1"];
    let arrived = ["case.patient-arrived.v1", "case.responsibility-moved.v1"];
    let steps: [&[&str]; 10] = [
        &offered[..1],
        &offered,
        &[offered[0], offered[1], "case.patient-not-arrived.v1"],
        &treated,
        &[treated[0], treated[1], "case.outcome-reported.v1"],
        &["case.specimen-collected.v1"],
        &[offered[0], offered[1], arrived[0], arrived[1]],
        &["case.contact-listed.v1"],
        &in_part,
        &[treated[0], in_part[0], in_part[1]],
    ];
    let mut happenings = Vec::new();
    for (number, steps) in (100..).zip(steps.iter().cycle().take(45)) {
        let opening = ["case.opened.v1", "case.responsibility-opened.v1"];
        happenings.extend(opening.iter().chain(*steps).map(|name| case_event(number, name)));
    }
    happenings
}

/// One event of a case by the name of its sample; `#1` behind it means the second of this name.
pub(crate) fn case_event(number: usize, named: &str) -> Happening {
    let (event_type, nth) = named.split_once('#').unwrap_or((named, "0"));
    let mut samples = samples::CASE.iter().filter(|(name, _)| *name == event_type);
    let sample = samples.nth(nth.parse().expect("a number")).expect("a sample of this name");
    of_case(number, *sample, &mut Dice::new(number as u64))
}

fn of_case(number: usize, sample: (&'static str, &'static str), dice: &mut Dice) -> Happening {
    fill(StreamId::new("case", case_id(number)), number, sample, dice)
}

fn of_request(number: usize, sample: (&'static str, &'static str), dice: &mut Dice) -> Happening {
    fill(StreamId::new("pull_request", request_id(number)), number, sample, dice)
}

fn of_contact(number: usize, sample: (&'static str, &'static str), dice: &mut Dice) -> Happening {
    fill(StreamId::new("contact_notice", request_id(number)), number, sample, dice)
}

fn of_erasure(number: usize, sample: (&'static str, &'static str), dice: &mut Dice) -> Happening {
    fill(StreamId::new("erasure", person_id(number)), number, sample, dice)
}

/// A conflict that no history has.
pub(crate) fn new_conflict(number: usize) -> Happening {
    of_conflict(number, samples::CONFLICT[0], &mut Dice::new(number as u64))
}

fn of_conflict(number: usize, sample: (&'static str, &'static str), dice: &mut Dice) -> Happening {
    fill(StreamId::new("conflict", conflict_id(number)), number, sample, dice)
}

fn of_organisation(organisation: &str, (event_type, payload): (&'static str, &'static str)) -> Happening {
    let stream = StreamId::new("organisation", organisation);
    Happening { stream, event_type, payload: payload.replace("$a", organisation) }
}

fn of_worker(organisation: &str, (event_type, payload): (&'static str, &'static str)) -> Happening {
    let stream = StreamId::new("worker", format!("sw-{organisation}"));
    Happening { stream, event_type, payload: payload.replace("$a", organisation) }
}

fn fill(
    stream: StreamId,
    number: usize,
    (event_type, payload): (&'static str, &'static str),
    dice: &mut Dice,
) -> Happening {
    let (a, b) = (dice.below(ORGANISATIONS.len()), dice.below(ORGANISATIONS.len() - 1));
    let other = ORGANISATIONS[(a + 1 + b) % ORGANISATIONS.len()];
    let day = 1 + dice.below(28);
    let payload = payload
        .replace("$p", &person_id(number / 2).to_string())
        .replace("$r", &request_id(number).to_string())
        .replace("$1", &part_id(number, 1).to_string())
        .replace("$2", &part_id(number, 2).to_string())
        .replace("$3", &part_id(number, 3).to_string())
        .replace("$a", ORGANISATIONS[a])
        .replace("$b", other)
        .replace("$d", &format!("2026-11-{day:02}"))
        .replace("$t", &format!("2026-11-{day:02}T09:30:00.000123Z"));
    Happening { stream, event_type, payload }
}
