//! What an outcome is judged on: smears and cultures by the day of collection, and resistance as it was true on a day.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};

use crate::case::{
    definitions::DefinitionSet,
    laboratory::{AsOf, Drug, Evidence, Finding, Laboratory, Susceptibility},
    regimen::{self, RegimenKind},
    treatment::{Episode, days_between},
};

/// By what a patient is followed: resistant disease by culture alone (KSP-1973; WHO TB DAK, D18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Culture alone.
    Culture,
    /// Culture or smear.
    CultureOrSmear,
}

impl Measure {
    /// How this episode was followed on a day: one that is or has turned resistant to rifampicin, by culture alone; since 2021
    /// so is one that is resistant to isoniazid, for smears count in susceptible disease only (KSP-1973).
    pub(super) fn of(episode: &Episode, laboratory: &Laboratory, on: Date) -> Self {
        let evidence = laboratory.evidence(AsOf::true_on(on));
        let resistant = |drug| evidence.susceptibility(drug) == Some(Susceptibility::Resistant);
        let treated = regimen::find(&episode.regimen).map(|regimen| regimen.kind);
        let isoniazid = resistant(Drug::Isoniazid) || treated == Some(RegimenKind::IsoniazidResistant);
        let since_2021 = episode.definitions() != DefinitionSet::Who2013;
        let alone = episode.drug_resistant || resistant(Drug::Rifampicin) || since_2021 && isoniazid;
        if alone { Self::Culture } else { Self::CultureOrSmear }
    }
}

/// One measure in the course of an episode: on each day of collection whether it was negative. A day on which one
/// specimen was positive is positive; contamination and other mycobacteria say nothing (WHO TB DAK, C12).
#[derive(Debug, Default)]
pub(super) struct Series(BTreeMap<Date, bool>);

impl Series {
    pub(super) fn cultures(laboratory: &Laboratory, from: Date, until: Date) -> Self {
        Self::of(laboratory, (from, until), Finding::culture_positive)
    }

    pub(super) fn smears(laboratory: &Laboratory, from: Date, until: Date) -> Self {
        Self::of(laboratory, (from, until), Finding::smear_positive)
    }

    /// Both measures as one, or cultures alone.
    pub(super) fn by(measure: Measure, laboratory: &Laboratory, from: Date, until: Date) -> Self {
        let mut series = Self::cultures(laboratory, from, until);
        if measure == Measure::CultureOrSmear {
            for (on, negative) in Self::smears(laboratory, from, until).0 {
                *series.0.entry(on).or_insert(true) &= negative;
            }
        }
        series
    }

    fn of(
        laboratory: &Laboratory,
        (from, until): (Date, Date),
        positive: fn(&Finding) -> Option<bool>,
    ) -> Self {
        let mut days = BTreeMap::new();
        for (on, finding) in laboratory.findings() {
            if let Some(positive) = positive(finding).filter(|_| from <= on && on <= until) {
                *days.entry(on).or_insert(true) &= !positive;
            }
        }
        Self(days)
    }

    /// Every day with an occasion.
    pub(super) fn days(&self) -> impl Iterator<Item = Date> {
        self.0.keys().copied()
    }

    /// Whether the occasion of that day was negative, if there was one.
    pub(super) fn negative_on(&self, day: Date) -> Option<bool> {
        self.0.get(&day).copied()
    }

    /// How many negatives, each so many days after the one before, stand in the best unbroken run, and the last of them.
    pub(super) fn spaced_negatives(&self, apart: i32) -> (u8, Option<Date>) {
        let (mut best, mut run): (_, (u8, Option<Date>)) = ((0, None), (0, None));
        for (on, negative) in &self.0 {
            run = match run {
                _ if !negative => (0, None),
                (found, Some(last)) if days_between(last, *on) >= apart => {
                    (found.saturating_add(1), Some(*on))
                }
                (_, None) => (1, Some(*on)),
                kept => kept,
            };
            if run.0 >= best.0 {
                best = run;
            }
        }
        best
    }

    /// The first positive on that day or later.
    pub(super) fn positive_since(&self, from: Date) -> Option<Date> {
        self.0.range(from..).find(|(_, negative)| !**negative).map(|(on, _)| *on)
    }

    /// The last positive.
    pub(super) fn last_positive(&self) -> Option<Date> {
        self.0.iter().rfind(|(_, negative)| !**negative).map(|(on, _)| *on)
    }

    /// The negatives, oldest first.
    pub(super) fn negatives(&self) -> impl DoubleEndedIterator<Item = Date> {
        self.0.iter().filter(|(_, negative)| **negative).map(|(on, _)| *on)
    }
}

/// Whether the results from specimens collected by that day show resistance to the drug, and those that had come out when
/// treatment started did not.
pub(super) fn new_resistance(laboratory: &Laboratory, drug: Drug, started: Date, on: Date) -> bool {
    let shown = laboratory.evidence(AsOf::true_on(on));
    let known = shown.observations.iter().filter(|seen| seen.recorded.result.resulted_on < started);
    let known = Evidence { observations: known.copied().collect() };
    let resistant =
        |evidence: &Evidence<'_>| evidence.susceptibility(drug) == Some(Susceptibility::Resistant);
    resistant(&shown) && !resistant(&known)
}

/// So many months after a day.
pub(super) fn months_after(day: Date, months: u8) -> Date {
    day.saturating_add(Span::new().months(months))
}

#[cfg(test)]
impl FromIterator<(Date, bool)> for Series {
    fn from_iter<T: IntoIterator<Item = (Date, bool)>>(days: T) -> Self {
        Self(days.into_iter().collect())
    }
}
