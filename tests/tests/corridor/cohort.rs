//! The cohort: always the same for the same seed; its numbers are fixed, chance only decides whom they fall on.

use jiff::{Span, civil::Date};

/// A TB centre with its two clinicians.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Centre {
    pub(crate) organisation: &'static str,
    pub(crate) region: &'static str,
    pub(crate) clinicians: [&'static str; 2],
}

const fn centre(organisation: &'static str, region: &'static str, clinicians: [&'static str; 2]) -> Centre {
    Centre { organisation, region, clinicians }
}

pub(crate) const ORIGINS: [Centre; 3] = [
    centre("tj-tb-dushanbe", "TJ-DU", ["tb-tj-dushanbe-1", "tb-tj-dushanbe-2"]),
    centre("tj-tb-khorugh", "TJ-GB", ["tb-tj-khorugh-1", "tb-tj-khorugh-2"]),
    centre("tj-tb-kulob", "TJ-KT", ["tb-tj-kulob-1", "tb-tj-kulob-2"]),
];
pub(crate) const DESTINATIONS: [Centre; 3] = [
    centre("kz-tb-shymkent", "KZ-79", ["tb-kz-shymkent-1", "tb-kz-shymkent-2"]),
    centre("kz-tb-almaty", "KZ-75", ["tb-kz-almaty-1", "tb-kz-almaty-2"]),
    centre("kz-tb-astana", "KZ-71", ["tb-kz-astana-1", "tb-kz-astana-2"]),
];

/// How a treatment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Completed,
    Failed,
    Lost,
    NotEvaluated,
}

impl End {
    /// The word of the interface, and the days from the first dose after which it can be said.
    pub(crate) const fn said(self) -> (&'static str, i32) {
        match self {
            Self::Completed => ("completed", 170),
            Self::Failed => ("failed", 95),
            Self::Lost => ("lost_to_follow_up", 75),
            Self::NotEvaluated => ("not_evaluated", 20),
        }
    }
}

/// What becomes of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The patient arrives so many days after the offer.
    Arrives {
        after: i32,
        care: Care,
    },
    Declined,
    Expired,
    Withdrawn,
    NotArrived,
    DidNotTravel,
}

/// What becomes of a patient who has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Nobody records a dose.
    None,
    /// The first dose is taken so many days after the arrival; nobody confirms an outcome.
    Open { dose: i32 },
    /// The same, and the treatment ends.
    Ended { dose: i32, end: End },
}

/// One transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) origin: Centre,
    pub(crate) destination: Centre,
    pub(crate) offered: Date,
    /// Days from the offer to its acknowledgement, where the destination says that it has seen it.
    pub(crate) acknowledged: Option<i32>,
    /// Days from the offer to an answer; without one the arrival is the answer.
    pub(crate) accepted: Option<i32>,
    /// Days from the offer to the departure, where the origin records it.
    pub(crate) departed: Option<i32>,
    pub(crate) fate: Fate,
}

impl Transfer {
    /// A day of this transfer.
    pub(crate) fn day(&self, after: i32) -> Date {
        self.offered.saturating_add(Span::new().days(after))
    }

    pub(crate) fn days_to_arrival(&self) -> Option<i32> {
        match self.fate {
            Fate::Arrives { after, .. } => Some(after),
            _ => None,
        }
    }

    pub(crate) fn care(&self) -> Option<Care> {
        match self.fate {
            Fate::Arrives { care, .. } => Some(care),
            _ => None,
        }
    }

    pub(crate) fn without_evaluated_outcome(&self) -> bool {
        let ended = |care| matches!(care, Care::Ended { end, .. } if end != End::NotEvaluated);
        self.care().is_some_and(|care| !ended(care))
    }
}

/// `SplitMix64`: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("31 bits") % bound
    }

    fn days(&mut self, bound: usize) -> i32 {
        i32::try_from(self.below(bound)).expect("few days")
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at + 1));
        }
    }
}

/// Days to arrival: a quarter of them at once, half within three days, three quarters within two weeks.
fn delays(dice: &mut Dice) -> Vec<i32> {
    let bands: [(usize, i32, i32); 6] =
        [(1_900, 0, 0), (1_400, 1, 2), (900, 3, 3), (1_000, 4, 13), (400, 14, 14), (1_487, 15, 90)];
    let mut delays = Vec::new();
    for (count, least, most) in bands {
        let width = usize::try_from(most - least + 1).expect("a band");
        delays.extend((0..count).map(|_| least + dice.days(width)));
    }
    dice.shuffle(&mut delays);
    delays
}

/// How the care of the patients ends, and after how many arrivals: who works abroad goes there and home again, twice. Of
/// the arrivals 5,953 lead to an evaluated outcome and 1,134 to none.
fn lives(dice: &mut Dice) -> Vec<(usize, Care)> {
    let ends = [(1_346, End::Completed), (67, End::Failed), (75, End::Lost), (133, End::NotEvaluated)];
    let mut lives = vec![(4, Care::None); 25];
    lives.extend((0..125).map(|_| (4, Care::Open { dose: dice.days(6) })));
    lives.extend([(1, Care::Ended { dose: 2, end: End::Completed })]);
    lives.extend([(2, Care::Ended { dose: 3, end: End::NotEvaluated })]);
    for (count, end) in ends {
        lives.extend((0..count).map(|_| (4, Care::Ended { dose: dice.days(6), end })));
    }
    dice.shuffle(&mut lives);
    lives
}

/// The whole cohort by patients: the transfers of each in their order, at most one of which is lost, as the last.
pub(crate) fn cohort(seed: u64) -> Vec<Vec<Transfer>> {
    let mut dice = Dice(seed);
    let (mut delays, lives) = (delays(&mut dice), lives(&mut dice));
    let losses = [
        (70, Fate::Declined),
        (40, Fate::Expired),
        (27, Fate::Withdrawn),
        (40, Fate::NotArrived),
        (20, Fate::DidNotTravel),
    ];
    let mut lost = losses.into_iter().flat_map(|(count, fate)| vec![fate; count]);
    let mut patients = Vec::new();
    for (arrivals, care) in lives {
        let delays = delays.split_off(delays.len() - arrivals);
        patients.push(road(&delays, care, lost.next(), &mut dice));
    }
    patients
}

/// The transfers of one patient between the two countries.
fn road(delays: &[i32], care: Care, lost: Option<Fate>, dice: &mut Dice) -> Vec<Transfer> {
    let mut day = Date::constant(2025, 1, 1).saturating_add(Span::new().days(dice.days(181)));
    let (mut here, mut there) = (ORIGINS, DESTINATIONS);
    let mut origin = here[dice.below(here.len())];
    let mut road = Vec::new();
    for fate in delays.iter().map(|after| Fate::Arrives { after: *after, care }).chain(lost) {
        let destination = there[dice.below(there.len())];
        let transfer = transfer((origin, destination), day, fate, dice);
        if let Some(after) = transfer.days_to_arrival() {
            day = transfer.day(after + dice.days(4));
            origin = destination;
            std::mem::swap(&mut here, &mut there);
        }
        road.push(transfer);
    }
    count_from_each_arrival(&mut road);
    road
}

/// The treatment begins after the last arrival; seen from an earlier one it begins so much later.
fn count_from_each_arrival(road: &mut [Transfer]) {
    let arrival = |transfer: &Transfer| Some(transfer.day(transfer.days_to_arrival()?));
    let last = road.iter().filter_map(arrival).next_back().expect("everybody arrives once");
    for transfer in road {
        let Fate::Arrives { after, care } = &mut transfer.fate else { continue };
        let arrived = transfer.offered.saturating_add(Span::new().days(*after));
        let later = arrived.until(last).expect("days").get_days();
        if let Care::Open { dose } | Care::Ended { dose, .. } = care {
            *dose += later;
        }
    }
}

fn transfer((origin, destination): (Centre, Centre), offered: Date, fate: Fate, dice: &mut Dice) -> Transfer {
    // On foot or answered, seen or not, with or without a word of the departure: one in some of each.
    let (walks_in, seen, told) = (dice.below(20) == 0, dice.below(10) == 0, dice.below(5) == 0);
    let latest = match fate {
        Fate::Arrives { after, .. } => after,
        _ => 5,
    };
    let answered = match fate {
        Fate::Arrives { .. } => !walks_in,
        Fate::NotArrived | Fate::DidNotTravel => true,
        _ => false,
    };
    let accepted = answered.then(|| dice.days(3).min(latest));
    let acknowledged = accepted.filter(|_| seen).map(|accepted| dice.days(2).min(accepted));
    let travels = matches!(fate, Fate::Arrives { .. }) && told || fate == Fate::NotArrived;
    let departed = accepted
        .filter(|_| travels)
        .map(|accepted| accepted + dice.days(usize::try_from(latest - accepted).unwrap_or_default() + 1));
    Transfer { origin, destination, offered, acknowledged, accepted, departed, fate }
}
