//! The definitions a second time, day by day and by brute force, sharing nothing with the rules: both must agree on every
//! cell of site × confirmation × resistance × course × specimens × interruption × change of regimen × definitions × outcome.

use jiff::civil::Date;

/// The last day that anybody can look back on; day 0 is the first day of treatment.
pub(super) const LAST: usize = 180;

/// Rifampicin, in the course of the episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resistance {
    None,
    FromTheStart,
    /// Found in a specimen of this day.
    Turned(usize),
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

/// A treatment as it was, each day for itself.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an axis of the table")]
pub(super) struct Life {
    pub(super) start: Date,
    /// Every day, in order.
    pub(super) dates: Vec<Date>,
    pub(super) old: bool,
    pub(super) lung: bool,
    pub(super) confirmed: bool,
    pub(super) resistance: Resistance,
    /// Taken, missed, or nothing on record.
    pub(super) doses: [Option<bool>; LAST + 1],
    /// Days that lie inside an interruption.
    pub(super) paused: [bool; LAST + 1],
    /// From which day until which one medicine was carried.
    pub(super) carried: Option<(usize, usize)>,
    /// Cultures and smears: positive or negative.
    pub(super) cultures: Vec<(usize, bool)>,
    pub(super) smears: Vec<(usize, bool)>,
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
            Asked::NotEvaluated => !self.lost(on, flaw) && !self.complete(LAST),
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

    /// Followed by culture alone on that day: resistant, turned resistant, or on second-line drugs.
    fn resistant(&self, on: usize) -> bool {
        let turned = matches!(self.resistance, Resistance::Turned(day) if day <= on);
        let second_line = self.goes_on_with_second_line();
        self.resistant_from_start() || turned || second_line
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
        if self.changed_to_failure() && on == LAST && flaw != Flaw::ChangeForgiven {
            return false;
        }
        if self.returned_too_late(flaw) {
            return false;
        }
        if !self.complete(on) {
            return false;
        }
        if self.old_set(flaw) {
            if self.resistant(on) {
                return !reverted(&self.days(true, on), 30);
            }
            return self.days(false, on).iter().all(|(day, positive)| !positive || *day < 140);
        }
        true
    }

    /// 168 days of treatment, the paused ones not counted, were over with a dose; and more were taken than missed.
    fn complete(&self, on: usize) -> bool {
        let mut treated = 0;
        let Some(last) = (0..=LAST).rev().find(|day| self.doses[*day] == Some(true)) else { return false };
        let mut needed = None;
        for day in 0..=LAST {
            if !self.paused[day] {
                treated += 1;
            }
            if treated == 168 && needed.is_none() {
                needed = Some(day);
            }
        }
        let count = |taken: bool| (0..=LAST).filter(|day| self.doses[*day] == Some(taken)).count();
        needed.is_some_and(|needed| needed <= last && needed <= on) && count(true) > count(false)
    }

    fn cured(&self, on: usize, flaw: Flaw) -> bool {
        let resistant = self.resistant(on);
        if self.old_set(flaw) && resistant {
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
        let apart = if flaw == Flaw::OneNegativeIsEnough { 0 } else { 7 };
        let (cultures, smears) = (self.days(true, on), self.smear_days(on));
        let with_smears = !resistant || flaw == Flaw::SmearsCountInResistantDisease;
        let back = reverted(&cultures, apart) || with_smears && reverted(&smears, apart);
        if back && flaw != Flaw::ReversionForgiven {
            return false;
        }
        if flaw == Flaw::ReversionForgiven {
            return !pairs(&cultures, false, apart).is_empty()
                || with_smears && !pairs(&smears, false, apart).is_empty();
        }
        converted(&cultures, apart) || with_smears && converted(&smears, apart)
    }

    /// A negative in the month that ends with the last dose, and one on another day before it.
    fn negative_at_the_end(&self, on: usize) -> bool {
        let Some(last) = (0..=LAST).rev().find(|day| self.doses[*day] == Some(true)) else { return false };
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
            .filter(|(day, _)| later(self.start, months) <= self.date(*day))
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
        if self.changed_to_failure() && on == LAST {
            return true;
        }
        let positive =
            |from: usize| self.days(self.resistant(on), on).iter().any(|(day, seen)| *seen && *day >= from);
        if self.old_set(flaw) && !self.resistant(on) {
            return positive(140);
        }
        match asked {
            Asked::FailedInTheEyesOfTheClinician => true,
            Asked::FailedUnresponsive => positive(1),
            Asked::FailedByReaction => self.reaction && on >= 90,
            _ => matches!(self.resistance, Resistance::Turned(day) if day <= on),
        }
    }

    /// Some day without a dose came two calendar months after the last day that was covered.
    fn lost(&self, on: usize, flaw: Flaw) -> bool {
        if self.returned_too_late(flaw) {
            return self.first_lost(flaw).is_some_and(|day| day <= on);
        }
        !self.complete(LAST) && self.first_lost(flaw).is_some_and(|day| day <= on)
    }

    fn first_lost(&self, flaw: Flaw) -> Option<usize> {
        let mut covered = yesterday(self.start);
        for day in 0..=LAST {
            let carried = self.carried.is_some_and(|(from, until)| (from..=until).contains(&day))
                && flaw != Flaw::CarriedMedicineForgotten;
            if self.doses[day].is_some_and(|taken| taken) || carried {
                covered = self.date(day);
            } else if two_months(covered, flaw) <= self.date(day) {
                return Some(day);
            }
        }
        None
    }

    /// An interruption that ended, and ended too late.
    fn returned_too_late(&self, flaw: Flaw) -> bool {
        let back = (1..=LAST).find(|day| self.paused[*day - 1] && !self.paused[*day]);
        back.is_some_and(|back| self.first_lost(flaw).is_some_and(|lost| lost < back))
    }

    /// Each day with a culture, or with a culture or a smear: positive if anything was.
    fn days(&self, cultures_alone: bool, on: usize) -> Vec<(usize, bool)> {
        let smears = if cultures_alone { &[][..] } else { &self.smears[..] };
        by_day(&self.cultures.iter().chain(smears), on)
    }

    fn smear_days(&self, on: usize) -> Vec<(usize, bool)> {
        by_day(&self.smears.iter(), on)
    }

    pub(super) fn date(&self, day: usize) -> Date {
        self.dates[day]
    }
}

fn by_day<'a>(all: &(impl Iterator<Item = &'a (usize, bool)> + Clone), on: usize) -> Vec<(usize, bool)> {
    (0..=on)
        .filter_map(|day| {
            let mut seen = all.clone().filter(|(of, _)| *of == day).peekable();
            seen.peek()?;
            Some((day, seen.any(|(_, positive)| *positive)))
        })
        .collect()
}

/// Two days of one kind, so far apart, with nothing of the other kind between them.
fn pairs(days: &[(usize, bool)], kind: bool, apart: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (first, seen) in days {
        for (second, again) in days {
            let between = days.iter().any(|(day, other)| first < day && day < second && *other != kind);
            if *seen == kind
                && *again == kind
                && *second >= first + apart
                && (second > first || apart == 0)
                && !between
            {
                found.push((*first, *second));
            }
        }
    }
    found
}

/// Two negatives, and no two positives after them.
fn converted(days: &[(usize, bool)], apart: usize) -> bool {
    let positives = pairs(days, true, apart);
    pairs(days, false, apart).iter().any(|(_, second)| positives.iter().all(|(first, _)| first < second))
}

/// Two positives after two negatives, and not two negatives again after that.
fn reverted(days: &[(usize, bool)], apart: usize) -> bool {
    let negatives = pairs(days, false, apart);
    pairs(days, true, apart).iter().any(|(first, second)| {
        negatives.iter().any(|(_, before)| before < first)
            && negatives.iter().all(|(after, _)| after < second)
    })
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
