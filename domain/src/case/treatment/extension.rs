//! How long a treatment is planned to last: by its regimen, by what extended it, and moved on by what interrupted it.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Episode, Treatment, TreatmentRefusal, days_between, monitoring::running_on};
use crate::{
    case::{
        Case, CaseEvent, CaseRefusal,
        laboratory::Drug,
        programme::Programme,
        regimen::{DrugMonths, Plan},
    },
    decider::Context,
    ids::EpisodeId,
};

/// The longest treatment that can be planned, in months (WHO TB DAK, D13: month of treatment 0 to 36).
const MOST_MONTHS: u8 = 36;

/// Why a treatment lasts longer than its regimen; our own words, no source fixes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "extension-reasons"))]
pub enum ExtensionReason {
    /// Smear or culture is not negative yet, or not for long enough.
    LateConversion,
    /// The patient recovers slowly.
    SlowResponse,
    /// The disease is extensive or severe.
    ExtensiveDisease,
    /// Missed doses are made up for.
    MissedDoses,
    /// The clinician's judgement on other grounds.
    ClinicalJudgement,
}

/// Plans more months for the treatment that runs: BPaL 6 to 9, longer regimens up to 24 (WHO TB DAK, D10).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendTreatment {
    /// The day of the decision.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Months of the whole treatment from its start, interruptions not counted; up to 36.
    #[schemars(range(min = 1, max = 36))]
    pub months: u8,
    /// Why.
    pub reason: ExtensionReason,
}

/// The treatment will last longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ExtendTreatment`")]
pub struct TreatmentExtended {
    pub episode: EpisodeId,
    pub on: Date,
    pub months: u8,
    pub reason: ExtensionReason,
    /// Recomputed: moved on by the months that were added.
    pub expected_end: Date,
}

/// A medicine of the regimen and the days for which it is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MedicineCourse {
    /// Which.
    pub drug: Drug,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// The first day without it.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
}

impl ExtendTreatment {
    /// What the table of regimens does not foresee is advice and refuses nothing.
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.answers_for(Programme::Tb, &context.actor)?;
        case.is_alive()?;
        let (id, episode) = running_on(case, self.on, context.today)?;
        if self.months > MOST_MONTHS {
            return Err(TreatmentRefusal::MonthsOutOfRange.into());
        }
        let planned = episode.months();
        if self.months <= planned {
            return Err(TreatmentRefusal::PlannedAlready { months: planned }.into());
        }
        let paused = Span::new().days(days_between(episode.standard_end(), episode.expected_end).max(0));
        let end = episode.started_on.saturating_add(Span::new().months(self.months));
        Ok(vec![CaseEvent::TreatmentExtended(TreatmentExtended {
            episode: id,
            on: self.on,
            months: self.months,
            reason: self.reason,
            expected_end: end.saturating_add(paused),
        })])
    }
}

impl Treatment {
    pub(in crate::case) fn extended(&mut self, event: &TreatmentExtended) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.prolonged_months =
                event.months.saturating_sub(episode.plan.months + episode.extended_months);
            episode.expected_end = event.expected_end;
        }
    }
}

impl Episode {
    /// Months for which it is planned, interruptions not counted.
    pub fn months(&self) -> u8 {
        self.plan.months + self.extended_months + self.prolonged_months
    }

    /// Start plus the planned months, as if nothing had been interrupted.
    pub(in crate::case) fn standard_end(&self) -> Date {
        self.started_on.saturating_add(Span::new().months(self.months()))
    }

    /// The day on which that many months of treatment are over: an interruption moves on what comes after it, and nothing
    /// that was due before it (WHO TB DAK, D13.DE.4).
    pub fn day_after(&self, months: u8) -> Date {
        let undisturbed = self.started_on.saturating_add(Span::new().months(months));
        let mut pauses: Vec<_> = self.pauses.iter().collect();
        pauses.sort_by_key(|pause| pause.since);
        pauses.into_iter().filter(|_| months > 0).fold(undisturbed, |day, pause| {
            let days = if pause.since < day { days_between(pause.since, pause.resumed_on).max(0) } else { 0 };
            day.saturating_add(Span::new().days(days))
        })
    }

    /// From when until when each medicine is planned, by the regimen or by the drugs that were listed.
    pub fn medicines(&self) -> Vec<MedicineCourse> {
        let whole = |drug: &Drug| DrugMonths { drug: *drug, from: 0, until: self.months() };
        let planned = self.plan.drugs((self.extended_months, self.prolonged_months));
        let listed: Vec<_> = self.composition.iter().map(whole).collect();
        let given = if listed.is_empty() { planned } else { listed };
        let dated = |DrugMonths { drug, from, until }| MedicineCourse {
            drug,
            from: self.day_after(from),
            until: self.day_after(until),
        };
        given.into_iter().map(dated).collect()
    }

    /// Whether more is planned than the table of regimens has of it.
    pub fn longer_than_foreseen(&self) -> bool {
        self.months() > self.plan.longest_months
    }

    /// Another regimen in the same episode: what extended the old one goes with it.
    pub(super) fn replan(&mut self, plan: Plan) {
        self.plan = plan;
        self.extended_months = 0;
        self.prolonged_months = 0;
    }
}

#[cfg(test)]
mod tests;
