//! The definitions a second time, day by day and by brute force, sharing nothing with the rules: both must agree on every
//! cell of site × confirmation × resistance × course × specimens × interruption × change of regimen × definitions × outcome.

use std::sync::Arc;

use jiff::civil::Date;

mod specimens;

use specimens::{Seen, by_day, responded, reverted};

/// Resistance in the course of the episode, to rifampicin or to isoniazid alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resistance {
    None,
    FromTheStart,
    /// Found in a specimen of this day.
    Turned(usize),
    IsoniazidFromTheStart,
    IsoniazidTurned(usize),
}

/// What became of the regimen on the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// A drug replaced for a while, because of a reaction.
    ForAWhile,
    /// A second-line regimen for good, because of a pregnancy.
    Pregnancy,
    /// A second-line regimen for good, because of a reaction; so many drugs replaced.
    Reaction(usize),
    /// A second-line regimen for good, because of resistance, where the WHO counts.
    Resistance,
    /// The same, where the Tajik register counts.
    ResistanceInTajikistan,
}

/// Medicine that was handed out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Medicine {
    pub(super) from: usize,
    pub(super) until: usize,
    /// Kept by whoever observes the doses.
    pub(super) observed: bool,
}

/// A treatment as it was, each day for itself; day 0 is the first day of treatment, and the last one is today.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an axis of the table")]
pub(super) struct Life {
    /// Every day, in order.
    pub(super) dates: Arc<[Date]>,
    pub(super) old: bool,
    pub(super) lung: bool,
    pub(super) confirmed: bool,
    pub(super) resistance: Resistance,
    /// Taken, missed, or nothing on record.
    pub(super) doses: Vec<Option<bool>>,
    /// Days that lie inside an interruption.
    pub(super) paused: Vec<bool>,
    pub(super) medicine: Option<Medicine>,
    /// Cultures and smears: positive or negative.
    pub(super) cultures: Vec<Seen>,
    pub(super) smears: Vec<Seen>,
    pub(super) reaction: bool,
    pub(super) change: Change,
    pub(super) died: Option<usize>,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Cured,
    Completed,
    FailedUnresponsive,
    FailedInTheEyesOfTheClinician,
    FailedByReaction,
    FailedByResistance,
    Lost,
    NotEvaluated,
    Died,
}

/// One rule read wrongly, as a naive team would; `None` reads all of them rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    OneNegativeIsEnough,
    SmearsCountInResistantDisease,
    CuredWithoutConfirmation,
    CuredOutsideTheLung,
    ReversionForgiven,
    EachMeasureForItself,
    SmearsCountWithIsoniazidResistance,
    PauseForgiven,
    SilenceIsTaken,
    MedicineIsTakenInAPause,
    MedicineOutweighsMissedDoses,
    ObservedMedicineIsCarried,
    SixtyDaysAreTwoMonths,
    CarriedMedicineForgotten,
    ChangeForgiven,
    OldIsNew,
    FailedWithoutEvidence,
    TheDeadAreLost,
}

impl Life {
    /// Whether the outcome may be said on that day, read with that flaw.
    pub(super) fn allows(&self, asked: Asked, on: usize, flaw: Flaw) -> bool {
        if self.left_its_cohort() {
            return false;
        }
        let dead = self.died.is_some_and(|day| day <= on);
        if asked == Asked::Died {
            return self.died == Some(on);
        }
        if dead && flaw != Flaw::TheDeadAreLost {
            return false;
        }
        match asked {
            Asked::Cured => self.success(on, flaw) && self.cured(on, flaw),
            Asked::Completed => self.success(on, flaw) && !self.cured(on, flaw),
            Asked::Lost => self.lost(on, flaw),
            Asked::NotEvaluated => !self.lost(on, flaw) && !self.carried_through(flaw),
            Asked::Died => false,
            _ => self.failed(asked, on, flaw),
        }
    }

    fn old_set(&self, flaw: Flaw) -> bool {
        self.old && flaw != Flaw::OldIsNew
    }

    fn resistant_from_start(&self) -> bool {
        self.resistance == Resistance::FromTheStart
    }

    /// Followed by culture alone on that day: resistant, turned resistant, or on second-line drugs; to isoniazid, by the
    /// definitions of 2021.
    fn by_culture_alone(&self, on: usize, flaw: Flaw) -> bool {
        let isoniazid = !self.old_set(flaw) && flaw != Flaw::SmearsCountWithIsoniazidResistance;
        let resistant = match self.resistance {
            Resistance::None => false,
            Resistance::FromTheStart => true,
            Resistance::Turned(day) => day <= on,
            Resistance::IsoniazidFromTheStart => isoniazid,
            Resistance::IsoniazidTurned(day) => isoniazid && day <= on,
        };
        resistant || self.goes_on_with_second_line()
    }

    /// The change that leaves the episode running, on second-line drugs.
    fn goes_on_with_second_line(&self) -> bool {
        match self.change {
            Change::Pregnancy => true,
            Change::Reaction(drugs) => self.old && (!self.resistant_from_start() || drugs < 2),
            _ => false,
        }
    }

    /// The change that is a failure by definition.
    fn changed_to_failure(&self) -> bool {
        match self.change {
            Change::Reaction(drugs) => !self.old || self.resistant_from_start() && drugs >= 2,
            Change::Resistance | Change::ResistanceInTajikistan => !self.left_its_cohort(),
            _ => false,
        }
    }

    /// Resistance was found under first-line drugs, and the episode has no outcome of its own: in the Tajik register, and
    /// everywhere in 2013.
    fn left_its_cohort(&self) -> bool {
        let found = matches!(self.change, Change::Resistance | Change::ResistanceInTajikistan);
        found && !self.resistant_from_start() && (self.old || self.change == Change::ResistanceInTajikistan)
    }

    /// Neither changed to a failure by that day, nor interrupted for two months, and complete by then.
    fn success(&self, on: usize, flaw: Flaw) -> bool {
        if self.changed_to_failure() && on == self.last() && flaw != Flaw::ChangeForgiven {
            return false;
        }
        if !self.carried_through(flaw) || !self.complete(on) {
            return false;
        }
        if self.old_set(flaw) {
            if self.by_culture_alone(on, flaw) {
                return !reverted(&self.days(true, on), 30);
            }
            return self.days(false, on).iter().all(|(day, positive)| !positive || *day < 140);
        }
        true
    }

    fn last_dose(&self) -> Option<usize> {
        (0..=self.last()).rev().find(|day| self.doses[*day] == Some(true))
    }

    /// 168 days of treatment, the paused ones not counted, were over by the last dose; and more were taken than missed.
    fn completed_on(&self) -> Option<usize> {
        let last = self.last_dose()?;
        let needed = (0..=self.last()).filter(|day| !self.paused[*day]).nth(167)?;
        let count = |taken: bool| self.doses.iter().filter(|dose| **dose == Some(taken)).count();
        (needed <= last && count(true) > count(false)).then_some(needed)
    }

    fn complete(&self, on: usize) -> bool {
        self.completed_on().is_some_and(|day| day <= on)
    }

    /// Complete in the end, and never left for two months before.
    fn carried_through(&self, flaw: Flaw) -> bool {
        let forgiven = flaw == Flaw::PauseForgiven || self.first_lost(flaw).is_none();
        self.complete(self.last()) && forgiven
    }

    fn cured(&self, on: usize, flaw: Flaw) -> bool {
        let culture_alone = self.by_culture_alone(on, flaw);
        if self.old_set(flaw) && culture_alone {
            return self.three_cultures(on);
        }
        if !self.lung && flaw != Flaw::CuredOutsideTheLung {
            return false;
        }
        if !self.confirmed && flaw != Flaw::CuredWithoutConfirmation {
            return false;
        }
        if self.old_set(flaw) {
            return self.negative_at_the_end(on);
        }
        let smears = if culture_alone && flaw != Flaw::SmearsCountInResistantDisease {
            Vec::new()
        } else {
            by_day(self.smears.iter(), on)
        };
        responded(&self.days(true, on), &smears, flaw)
    }

    /// A negative in the month that ends with the last dose, and one on another day before it.
    fn negative_at_the_end(&self, on: usize) -> bool {
        let Some(last) = self.last_dose() else { return false };
        let month = (0..=last).rev().find(|day| one_month(self.date(*day)) <= self.date(last)).unwrap_or(0);
        let negative: Vec<_> =
            self.days(false, on).into_iter().filter(|(_, positive)| !positive).map(|(day, _)| day).collect();
        let Some(latest) = negative.last() else { return false };
        *latest >= month && negative.len() > 1
    }

    /// Three cultures, each thirty days after the one before, nothing positive among them, after the intensive phase.
    fn three_cultures(&self, on: usize) -> bool {
        let months = if self.goes_on_with_second_line() { 8 } else { 2 };
        let days: Vec<_> = self
            .days(true, on)
            .into_iter()
            .filter(|(day, _)| later(self.date(0), months) <= self.date(*day))
            .collect();
        let clean = |from: usize, until: usize| {
            days.iter().all(|(day, positive)| *day < from || *day > until || !positive)
        };
        let at: Vec<_> = days.iter().map(|(day, _)| *day).collect();
        at.iter().any(|a| at.iter().any(|b| at.iter().any(|c| *b >= a + 30 && *c >= b + 30 && clean(*a, *c))))
    }

    fn failed(&self, asked: Asked, on: usize, flaw: Flaw) -> bool {
        if flaw == Flaw::FailedWithoutEvidence {
            return true;
        }
        if self.changed_to_failure() && on == self.last() {
            return true;
        }
        let culture_alone = self.by_culture_alone(on, flaw);
        let positive =
            |from: usize| self.days(culture_alone, on).iter().any(|(day, seen)| *seen && *day >= from);
        if self.old_set(flaw) && !culture_alone {
            return positive(140);
        }
        match asked {
            Asked::FailedInTheEyesOfTheClinician => true,
            Asked::FailedUnresponsive => positive(1),
            Asked::FailedByReaction => self.reaction && on >= 90,
            _ => match self.resistance {
                Resistance::Turned(day) | Resistance::IsoniazidTurned(day) => day <= on,
                _ => false,
            },
        }
    }

    fn lost(&self, on: usize, flaw: Flaw) -> bool {
        let forgiven = flaw == Flaw::PauseForgiven && self.complete(self.last());
        !forgiven && self.first_lost(flaw).is_some_and(|day| day <= on)
    }

    /// The first day without a dose that came two calendar months after the last one with a dose, before all was taken.
    fn first_lost(&self, flaw: Flaw) -> Option<usize> {
        let end = self.completed_on();
        let mut limit = Some(two_months(yesterday(self.date(0)), flaw));
        for day in 0..=self.last() {
            if self.dosed(day, flaw) {
                limit = None;
                if end.is_some_and(|end| end <= day) {
                    return None;
                }
            } else if *limit.get_or_insert_with(|| two_months(self.date(day - 1), flaw)) <= self.date(day) {
                return Some(day);
            }
        }
        None
    }

    /// A dose was seen, or treatment went on with one; or the patient had medicine, nothing was said of a dose missed, and
    /// treatment did not stand still.
    fn dosed(&self, day: usize, flaw: Flaw) -> bool {
        let resumed = day > 0 && self.paused[day - 1] && !self.paused[day];
        if self.doses[day] == Some(true) || resumed {
            return true;
        }
        if flaw == Flaw::SilenceIsTaken && self.doses[day].is_none() && !self.paused[day] {
            return self.last_dose().is_some_and(|last| day < last);
        }
        self.medicine.is_some_and(|medicine| {
            (medicine.from..=medicine.until).contains(&day)
                && flaw != Flaw::CarriedMedicineForgotten
                && (!medicine.observed || flaw == Flaw::ObservedMedicineIsCarried)
                && (!self.paused[day] || flaw == Flaw::MedicineIsTakenInAPause)
                && (self.doses[day].is_none() || flaw == Flaw::MedicineOutweighsMissedDoses)
        })
    }

    /// Each day with a culture, or with a culture or a smear: positive if anything was.
    fn days(&self, cultures_alone: bool, on: usize) -> Vec<Seen> {
        let smears = if cultures_alone { &[][..] } else { &self.smears[..] };
        by_day(self.cultures.iter().chain(smears), on)
    }

    pub(super) fn last(&self) -> usize {
        self.dates.len() - 1
    }

    pub(super) fn date(&self, day: usize) -> Date {
        self.dates[day]
    }
}

fn yesterday(day: Date) -> Date {
    day.yesterday().unwrap()
}

fn two_months(day: Date, flaw: Flaw) -> Date {
    if flaw == Flaw::SixtyDaysAreTwoMonths {
        return (0..60).fold(day, |day, _| day.tomorrow().unwrap());
    }
    later(day, 2)
}

fn one_month(day: Date) -> Date {
    later(day, 1)
}

/// The same day of a later month, or the last one that this month has.
fn later(day: Date, months: i8) -> Date {
    let (mut year, mut month) = (day.year(), day.month() + months);
    while month > 12 {
        (year, month) = (year + 1, month - 12);
    }
    (1..=day.day()).rev().find_map(|of| Date::new(year, month, of).ok()).unwrap()
}
