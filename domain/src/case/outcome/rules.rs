//! The definitions of outcomes: those of 2021, and those of 2013 for episodes that were begun under them.

use jiff::{Span, civil::Date};

use super::{
    Claim, Failure, FailureReason, Outcome, OutcomeRefusal,
    clock::{Gap, first_gap},
    evidence::{Measure, Series, months_after, new_resistance},
    response::{Response, response},
};
use crate::{
    case::{
        Case,
        definitions::DefinitionSet,
        laboratory::{Drug, Laboratory},
        treatment::{ChangeEffect, Episode, RegimenChange, days_between},
    },
    ids::EpisodeId,
};

/// The numbers in the definitions.
struct Arithmetic {
    /// Calendar months without a dose after which a patient is lost.
    lost_months: u8,
    /// Days of a month of treatment: 28 daily doses. How many doses make a month is for the national programme to say; 28
    /// is ours [unverified].
    month_days: i32,
    /// Days between two specimens that count as different occasions.
    apart_days: i32,
    /// From which month of treatment a positive specimen is a failure; of susceptible disease, in 2013 alone.
    failure_month: i32,
    /// Months of the intensive phase of a regimen that has no phases; in 2013 alone.
    without_phases: u8,
}

/// The numbers of each set (WHO 2021 and WHO TB DAK, D18 and D24; W13 and OLD13 for 2013); the days of a month are in none of
/// these sources.
const fn arithmetic(set: DefinitionSet) -> Arithmetic {
    let apart_days = if matches!(set, DefinitionSet::Who2013) { 30 } else { 7 };
    Arithmetic { lost_months: 2, month_days: 28, apart_days, failure_month: 5, without_phases: 8 }
}

/// An episode with what the definitions look at.
struct Judged<'a> {
    episode: &'a Episode,
    laboratory: &'a Laboratory,
    numbers: Arithmetic,
    old: bool,
    on: Date,
    measure: Measure,
    /// The day of a move out of the network since which no dose has been heard of.
    moved_on: Option<Date>,
}

/// The dead have died, and on one day (WHO 2021: died of any cause, before or during treatment).
pub(super) fn dead(claim: Claim, case: &Case) -> Result<(), OutcomeRefusal> {
    match (claim.outcome, case.closing.died_on) {
        (Outcome::Died, None) => Err(OutcomeRefusal::NotDead),
        (Outcome::Died, Some(died)) if died != claim.on => Err(OutcomeRefusal::DiedOn { died }),
        (Outcome::Died, Some(_)) | (_, None) => Ok(()),
        (_, Some(died)) if died <= claim.on => Err(OutcomeRefusal::DiedInstead { died }),
        (_, Some(_)) => Ok(()),
    }
}

/// Whether the definitions that the episode is pinned to allow this outcome on this evidence.
pub(super) fn treated(
    claim: Claim,
    id: EpisodeId,
    episode: &Episode,
    case: &Case,
) -> Result<(), OutcomeRefusal> {
    if claim.on < episode.started_on {
        return Err(OutcomeRefusal::BeforeTreatment { started: episode.started_on });
    }
    let next = case
        .treatment
        .episodes
        .iter()
        .filter(|(other, later)| **other != id && (later.started_on, **other) > (episode.started_on, id));
    if let Some(started) = next.map(|(_, later)| later.started_on).min().filter(|started| *started < claim.on)
    {
        return Err(OutcomeRefusal::AfterNextStart { started });
    }
    let set = episode.definitions();
    let judged = Judged {
        episode,
        laboratory: &case.laboratory,
        numbers: arithmetic(set),
        old: set == DefinitionSet::Who2013,
        on: claim.on,
        measure: Measure::of(episode, &case.laboratory, claim.on),
        moved_on: case.moved_outside_on(episode.last_heard_of_on()),
    };
    match claim.outcome {
        Outcome::Cured => judged.finished().and_then(|()| judged.cured()),
        Outcome::Completed => judged.finished().and_then(|()| judged.not_cured()),
        Outcome::Failed => {
            claim.failure.map_or(Err(OutcomeRefusal::FailureReasonMissing), |why| judged.failed(why))
        }
        Outcome::LostToFollowUp => judged.lost(),
        Outcome::NotEvaluated => judged.not_evaluated(),
        Outcome::Died => Ok(()),
    }
}

impl Judged<'_> {
    /// What cured and completed have in common: the regimen taken to its end, not changed for good, and never left for
    /// two months.
    fn finished(&self) -> Result<(), OutcomeRefusal> {
        if let Some(on) = self.changed_for_good() {
            return Err(OutcomeRefusal::ChangedForGood { on });
        }
        match self.gap().filter(|gap| gap.ended) {
            Some(Gap { recorded: true, lost_on: from, .. }) => {
                return Err(OutcomeRefusal::InterruptedTooLong { from });
            }
            Some(Gap { after, lost_on, .. }) => {
                return Err(OutcomeRefusal::DosesUnrecorded { after, lost_on });
            }
            None => (),
        }
        self.complete()?;
        self.no_late_evidence()
    }

    /// In 2013 evidence of failure ruled out completed too: a positive from month 5 on, and in resistant disease a
    /// reversion (W13, OLD13).
    fn no_late_evidence(&self) -> Result<(), OutcomeRefusal> {
        match self.measure {
            _ if !self.old => Ok(()),
            Measure::CultureOrSmear => {
                let late = self.series().positive_since(self.late_from());
                late.map_or(Ok(()), |on| Err(OutcomeRefusal::PositiveLate { on }))
            }
            Measure::Culture => {
                let (cultures, none) = self.measures();
                match response(&cultures, &none, self.numbers.apart_days) {
                    Response::Reverted(on) => Err(OutcomeRefusal::Reverted { on }),
                    _ => Ok(()),
                }
            }
        }
    }

    fn cured(&self) -> Result<(), OutcomeRefusal> {
        if self.old && self.measure == Measure::Culture {
            return self.three_negatives();
        }
        if !self.episode.pulmonary {
            return Err(OutcomeRefusal::NotPulmonary);
        }
        if !self.episode.confirmed {
            return Err(OutcomeRefusal::NotConfirmedAtStart);
        }
        if self.old { self.negative_twice() } else { self.converted() }
    }

    /// The outcomes exclude one another: completed is what is neither cured nor failed (WHO 2021; WHO TB DAK, D24).
    fn not_cured(&self) -> Result<(), OutcomeRefusal> {
        if self.cured().is_ok() { Err(OutcomeRefusal::CuredInstead) } else { Ok(()) }
    }

    /// Conversion, and no reversion by any measure that counts (WHO TB DAK, D18).
    fn converted(&self) -> Result<(), OutcomeRefusal> {
        let (cultures, smears) = self.measures();
        match response(&cultures, &smears, self.numbers.apart_days) {
            Response::Converted(_) => Ok(()),
            Response::Reverted(on) => Err(OutcomeRefusal::Reverted { on }),
            Response::Open(Some(first)) => {
                let from = first.saturating_add(Span::new().days(self.numbers.apart_days));
                Err(OutcomeRefusal::NoConversion { found: 1, from })
            }
            Response::Open(None) => {
                let last = cultures.last_positive().max(smears.last_positive());
                let after = last.and_then(|last| last.tomorrow().ok());
                let from = after.unwrap_or(self.episode.started_on);
                Err(OutcomeRefusal::NoConversion { found: 0, from })
            }
        }
    }

    /// Susceptible disease in 2013: negative in the last month of treatment and on one occasion before (W13).
    fn negative_twice(&self) -> Result<(), OutcomeRefusal> {
        let series = self.series();
        let last = self.episode.last_dose_on.unwrap_or(self.on);
        let month = last.saturating_sub(Span::new().months(1));
        let Some(latest) = series.negatives().next_back().filter(|on| *on >= month) else {
            return Err(OutcomeRefusal::NoNegativeLastMonth { from: month });
        };
        if series.negatives().any(|on| on < latest) {
            return Ok(());
        }
        let until = latest.yesterday().unwrap_or(latest);
        Err(OutcomeRefusal::NoNegativeBefore { from: self.episode.started_on, until })
    }

    /// Resistant disease in 2013: three consecutive negative cultures, 30 days apart or more, after the intensive phase
    /// (OLD13); eight months where the regimen has no phases.
    fn three_negatives(&self) -> Result<(), OutcomeRefusal> {
        let months = self.episode.plan.intensive_months().unwrap_or(self.numbers.without_phases);
        let from = months_after(self.episode.started_on, months);
        let series = Series::cultures(self.laboratory, from, self.on);
        match series.spaced_negatives(self.numbers.apart_days) {
            (3.., _) => Ok(()),
            (found, last) => {
                let next = last.map(|last| last.saturating_add(Span::new().days(self.numbers.apart_days)));
                Err(OutcomeRefusal::NotThreeNegatives { found, from: next.unwrap_or(from) })
            }
        }
    }

    /// Ended or changed for good for one of three reasons (WHO 2021; WHO TB DAK, D24.DE.1); in 2013 susceptible disease
    /// failed by a positive specimen in month 5 or later (W13).
    fn failed(&self, why: Failure) -> Result<(), OutcomeRefusal> {
        if self.old && self.measure == Measure::CultureOrSmear {
            let from = self.late_from();
            let late = self.series().positive_since(from);
            return late.map_or(Err(OutcomeRefusal::NotPositiveLate { from }), |_| Ok(()));
        }
        let started = self.episode.started_on;
        if self.changed_for_good().is_some() {
            return Ok(());
        }
        match why.reason {
            FailureReason::AdverseReaction => {
                let seen = self.episode.adverse_events.iter().any(|event| event.on <= self.on);
                if seen { Ok(()) } else { Err(OutcomeRefusal::NoReactionOnRecord { until: self.on }) }
            }
            FailureReason::AdditionalResistance => {
                let drugs = self.episode.relied_on();
                let new = |drug: &Drug| new_resistance(self.laboratory, *drug, started, self.on);
                if drugs.iter().any(new) { Ok(()) } else { Err(OutcomeRefusal::NoNewResistance { started }) }
            }
            FailureReason::NoResponse if why.clinical_judgement => Ok(()),
            FailureReason::NoResponse => {
                let from = started.tomorrow().unwrap_or(started);
                let positive = self.series().positive_since(from);
                let refused = OutcomeRefusal::ResponseNotRefuted { from };
                positive.map_or(Err(refused), |_| Ok(()))
            }
        }
    }

    /// Lost is who has no dose for two months, and not by a move out of the network (WHO 2021; WHO TB DAK, D24.DE.7).
    fn lost(&self) -> Result<(), OutcomeRefusal> {
        let gap = self.gap().ok_or(OutcomeRefusal::CompletedInstead)?;
        match self.moved_before(gap) {
            Some(on) => Err(OutcomeRefusal::MovedOutside { on }),
            None if gap.lost_on <= self.on => Ok(()),
            None => Err(OutcomeRefusal::NotLostYet { from: gap.lost_on }),
        }
    }

    /// Not where the patient is lost, nor where treatment is complete: something else can be assigned (WHO 2021). Of a
    /// patient who moved to a facility outside the network no doses are heard of any more: lost is who was lost before.
    fn not_evaluated(&self) -> Result<(), OutcomeRefusal> {
        let gap = self.gap().ok_or(OutcomeRefusal::CompletedInstead)?;
        let lost = self.moved_before(gap).is_none() && gap.lost_on <= self.on;
        if lost { Err(OutcomeRefusal::LostInstead) } else { Ok(()) }
    }

    /// The day of the move that explains why no doses are heard of any more: one from before the patient was lost.
    fn moved_before(&self, gap: Gap) -> Option<Date> {
        self.moved_on.filter(|moved| *moved <= gap.lost_on)
    }

    /// Complete means doses up to the standard duration, a month of treatment being 28 daily doses, moved on by every
    /// interruption; and more doses taken than missed. How many may be missed is for the national programme to say (WHO 2021):
    /// both numbers are ours [unverified], and the lowest that no programme would undercut.
    fn taken_to_the_end(&self) -> Result<Date, OutcomeRefusal> {
        let episode = self.episode;
        let paused = days_between(episode.standard_end(), episode.expected_end).max(0);
        let days = i32::from(episode.months()) * self.numbers.month_days - 1 + paused;
        let until = episode.started_on.saturating_add(Span::new().days(days));
        let (taken, missed) = episode.doses;
        match episode.last_dose_on {
            Some(last) if last >= until && taken > missed => Ok(until),
            _ => Err(OutcomeRefusal::NotCompleted { until }),
        }
    }

    /// Complete by the day of the outcome.
    fn complete(&self) -> Result<(), OutcomeRefusal> {
        match self.taken_to_the_end()? {
            until if until <= self.on => Ok(()),
            until => Err(OutcomeRefusal::NotCompleted { until }),
        }
    }

    /// The first two months without a dose, before treatment was complete.
    fn gap(&self) -> Option<Gap> {
        first_gap(self.episode, self.numbers.lost_months, self.taken_to_the_end().ok())
    }

    /// The day of the change of regimen by which this episode failed.
    fn changed_for_good(&self) -> Option<Date> {
        let failing = |change: &&RegimenChange| change.effect == ChangeEffect::Failed && change.on <= self.on;
        self.episode.changes.iter().find(failing).map(|change| change.on)
    }

    /// From when a positive specimen is one of month 5 or later.
    fn late_from(&self) -> Date {
        let days = self.numbers.failure_month * self.numbers.month_days;
        self.episode.started_on.saturating_add(Span::new().days(days))
    }

    /// Cultures, and the smears where they count.
    fn measures(&self) -> (Series, Series) {
        let (from, until) = (self.episode.started_on, self.on);
        let smears = match self.measure {
            Measure::Culture => Series::default(),
            Measure::CultureOrSmear => Series::smears(self.laboratory, from, until),
        };
        (Series::cultures(self.laboratory, from, until), smears)
    }

    fn series(&self) -> Series {
        Series::by(self.measure, self.laboratory, self.episode.started_on, self.on)
    }
}
