//! The bacteriological response: conversion and reversion, over cultures and smears together.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::evidence::Series;
use crate::case::treatment::days_between;

/// Where the occasions have led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    /// Nowhere yet: the first of the negatives that stand at the end, if any do.
    Open(Option<Date>),
    /// Negative for good, since the day of collection of the first negative (WHO TB DAK, D18.DE.2–5).
    Converted(Date),
    /// Positive again, counted from the first of them.
    Reverted(Date),
}

/// Two consecutive negative cultures or smears, so many days apart or more, are a conversion, two positive ones after it a
/// reversion, whichever measure had shown the conversion (WHO TB DAK, D18.DE.2–5); after it two negatives convert again. The
/// culture is the stronger measure: a negative smear is none on the day of a positive culture, one positive culture refutes
/// a conversion that smears alone show, and what cultures have reverted cultures alone convert again.
pub(super) fn response(cultures: &Series, smears: &Series, apart: i32) -> Response {
    let days: BTreeSet<Date> = cultures.days().chain(smears.days()).collect();
    let mut course = Course { apart, ..Course::default() };
    for on in days {
        let (culture, smear) = (cultures.negative_on(on), smears.negative_on(on));
        match culture {
            Some(true) => course.culture_negative(on),
            Some(false) => course.culture_positive(on),
            None => (),
        }
        match smear {
            Some(true) if culture != Some(false) => course.smear_negative(on),
            Some(true) => course.smears = None,
            Some(false) => course.smear_positive(on),
            None => (),
        }
    }
    course.response()
}

/// Occasions of one kind that stand at the end: whether they are negative, and the first of them.
type Run = Option<(bool, Date)>;

/// The occasions up to a day.
#[derive(Debug, Default)]
struct Course {
    apart: i32,
    cultures: Run,
    smears: Run,
    /// The day on which the first conversion was established.
    converted_on: Option<Date>,
    /// The first negatives of the conversions that nothing has refuted since.
    by_culture: Option<Date>,
    by_smear: Option<Date>,
    /// The first positives of the last reversion: by cultures, by smears.
    reverted_by_culture: Option<Date>,
    reverted_by_smear: Option<Date>,
}

impl Course {
    fn culture_negative(&mut self, on: Date) {
        if let Some(first) = lengthened(&mut self.cultures, true, on, self.apart) {
            if self.reverted_by_culture.is_some() {
                self.by_smear = None;
            }
            self.by_culture.get_or_insert(first);
            (self.reverted_by_culture, self.reverted_by_smear) = (None, None);
            self.converted(on);
        }
    }

    fn culture_positive(&mut self, on: Date) {
        self.by_smear = None;
        self.smears = self.smears.filter(|(negative, _)| !negative);
        let first = lengthened(&mut self.cultures, false, on, self.apart);
        if let Some(first) = first.filter(|first| self.after_conversion(*first)) {
            self.by_culture = None;
            self.reverted_by_culture = Some(first);
        }
    }

    fn smear_negative(&mut self, on: Date) {
        if let Some(first) = lengthened(&mut self.smears, true, on, self.apart) {
            self.by_smear.get_or_insert(first);
            self.converted(on);
        }
    }

    fn smear_positive(&mut self, on: Date) {
        let first = lengthened(&mut self.smears, false, on, self.apart);
        if let Some(first) = first.filter(|first| self.after_conversion(*first)) {
            (self.by_culture, self.by_smear) = (None, None);
            self.reverted_by_smear = Some(first);
            self.cultures = self.cultures.filter(|(negative, _)| !negative);
        }
    }

    /// Positives from before the first conversion are no part of a reversion.
    fn converted(&mut self, on: Date) {
        if self.converted_on.is_none() {
            self.converted_on = Some(on);
            self.cultures = self.cultures.filter(|(negative, _)| *negative);
            self.smears = self.smears.filter(|(negative, _)| *negative);
        }
    }

    fn after_conversion(&self, first: Date) -> bool {
        self.converted_on.is_some_and(|converted| converted <= first)
    }

    fn response(&self) -> Response {
        let by_smear = self.reverted_by_smear.filter(|_| self.by_smear.is_none());
        if let Some(on) = self.reverted_by_culture.or(by_smear) {
            return Response::Reverted(on);
        }
        if let Some(on) = self.by_culture.into_iter().chain(self.by_smear).min() {
            return Response::Converted(on);
        }
        let standing = |run: Run| run.filter(|(negative, _)| *negative).map(|(_, first)| first);
        Response::Open(standing(self.cultures).or(standing(self.smears)))
    }
}

/// Takes an occasion into a run, and answers its first day once it spans so many days.
fn lengthened(run: &mut Run, negative: bool, on: Date, apart: i32) -> Option<Date> {
    let first = run.filter(|(same, _)| *same == negative).map_or(on, |(_, first)| first);
    *run = Some((negative, first));
    (days_between(first, on) >= apart).then_some(first)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Response, Series, response};

    fn day(day: i8) -> Date {
        date(2026, 1, day)
    }

    fn series(days: &[(i8, bool)]) -> Series {
        days.iter().map(|(on, negative)| (day(*on), *negative)).collect()
    }

    #[test]
    fn a_conversion_has_the_day_of_its_first_negative() {
        let by_cultures = |cultures: &[(i8, bool)]| response(&series(cultures), &Series::default(), 7);
        let first = [(1, false), (3, true), (10, true), (20, true)];
        assert_eq!(by_cultures(&first), Response::Converted(day(3)));
        let one_positive = [(3, true), (10, true), (12, false), (14, true), (25, true)];
        assert_eq!(by_cultures(&one_positive), Response::Converted(day(3)), "one positive reverts nothing");
        let again = [(1, true), (8, true), (10, false), (17, false), (18, true), (25, true)];
        assert_eq!(by_cultures(&again[..4]), Response::Reverted(day(10)));
        assert_eq!(by_cultures(&again), Response::Converted(day(18)), "the last conversion counts");
        let smears = series(&[(2, true), (9, true)]);
        assert_eq!(response(&series(&first), &smears, 7), Response::Converted(day(2)));
        assert_eq!(response(&Series::default(), &smears, 7), Response::Converted(day(2)));
    }
}
