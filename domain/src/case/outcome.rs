//! Outcomes by the WHO definitions of 2021: reported by one, confirmed by another who answers for the patient.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    laboratory::{Finding, Laboratory},
    programme::Programme,
    regimen,
    treatment::{Episode, days_between},
};
use crate::{
    decider::Context,
    ids::{EpisodeId, OrganisationId, WorkerId},
    refusal::refusals,
};

/// Outcome of a treatment episode (WHO 2021; WHO TB DAK, D24). "Transferred out" is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Pulmonary, confirmed at the start, completed, with evidence of bacteriological response.
    Cured,
    /// Completed as recommended, neither cured nor failed.
    Completed,
    /// The regimen had to be ended or changed for good.
    Failed,
    /// Died of any cause, before or during treatment.
    Died,
    /// Interrupted for two consecutive months or more.
    LostToFollowUp,
    /// None of the others could be assigned.
    NotEvaluated,
}

impl Outcome {
    /// Cured or completed.
    pub const fn success(self) -> bool {
        matches!(self, Self::Cured | Self::Completed)
    }
}

/// Reports how the treatment ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportOutcome {
    /// The outcome.
    pub outcome: Outcome,
    /// The day on which it was reached.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// Confirms the reported outcome: by a TB clinician of the responsible organisation, never by the one who reported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmOutcome {}

/// An outcome was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ReportOutcome`")]
pub struct OutcomeReported {
    pub episode: EpisodeId,
    pub outcome: Outcome,
    pub on: Date,
    /// Who reported it, so that another confirms.
    pub reporter: WorkerId,
}

/// The outcome was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `OutcomeReported`")]
pub struct OutcomeConfirmed {
    pub episode: EpisodeId,
    pub outcome: Outcome,
    pub on: Date,
    /// The organisation that answers for it.
    pub organisation: OrganisationId,
}

/// An outcome as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The outcome.
    pub outcome: Outcome,
    /// The day on which it was reached.
    pub on: Date,
    /// Who reported it.
    pub reporter: WorkerId,
    /// Whether another has confirmed it.
    pub confirmed: bool,
}

refusals! {
    /// Why an outcome is refused.
    OutcomeRefusal {
        NoEpisode = Conflict "not_on_treatment", "There is no open treatment episode on this case.";
        NothingReported = Conflict "outcome_not_reported", "No outcome has been reported yet.";
        OwnReport = Conflict "outcome_needs_second_person", "The one who reported an outcome cannot confirm it.";
        OutcomeLater = Invalid "outcome_in_the_future", "An outcome is dated today or earlier.";
        BeforeTreatment { started: Date } = Invalid "outcome_before_start", "Treatment started on {started}; its outcome cannot be earlier.";
        NotPulmonary = Conflict "cured_needs_pulmonary", "Only pulmonary tuberculosis can be cured by definition; report completed.";
        NotConfirmedAtStart = Conflict "cured_needs_confirmation",
            "Cured needs bacteriological confirmation at the start of treatment; report completed.";
        NoConversion { missing: String } = Conflict "cured_needs_conversion", "Cured needs evidence of conversion: {missing}.";
        Reverted { on: Date } = Conflict "cured_after_reversion", "The specimens turned positive again on {on}; cured cannot be reported.";
        NotCompleted { until: Date } = Conflict "treatment_not_completed",
            "The regimen is complete after doses until {until} at the earliest, with more of them taken than missed.";
        NotLostYet { from: Date } = Conflict "not_lost_yet",
            "Lost to follow-up means two consecutive months without a dose: from {from} at the earliest.";
        LostInstead = Conflict "lost_to_follow_up_applies",
            "Treatment has been interrupted for two consecutive months; report lost to follow-up.";
        NotDead = Conflict "death_not_recorded", "Record the death first; its outcome is reported with it.";
    }
}

impl ReportOutcome {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (id, episode) = case.treatment.open_episode().ok_or(OutcomeRefusal::NoEpisode)?;
        if self.on > context.today {
            return Err(OutcomeRefusal::OutcomeLater.into());
        }
        justified(self.outcome, self.on, episode, case)?;
        let same = |said: &Assessment| said.outcome == self.outcome && said.on == self.on;
        if episode.outcome.as_ref().is_some_and(same) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::OutcomeReported(OutcomeReported {
            episode: id,
            outcome: self.outcome,
            on: self.on,
            reporter: context.actor.worker.clone(),
        })])
    }
}

impl ConfirmOutcome {
    pub(super) fn decide(case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.answers_for(Programme::Tb, &context.actor)?;
        let (id, episode) = case.treatment.open_episode().ok_or(OutcomeRefusal::NoEpisode)?;
        let reported = episode.outcome.as_ref().ok_or(OutcomeRefusal::NothingReported)?;
        if reported.reporter == context.actor.worker {
            return Err(OutcomeRefusal::OwnReport.into());
        }
        justified(reported.outcome, reported.on, episode, case)?;
        Ok(vec![CaseEvent::OutcomeConfirmed(OutcomeConfirmed {
            episode: id,
            outcome: reported.outcome,
            on: reported.on,
            organisation: context.actor.organisation.clone(),
        })])
    }
}

/// Whether the definitions of 2021 allow this outcome on this evidence.
fn justified(outcome: Outcome, on: Date, episode: &Episode, case: &Case) -> Result<(), OutcomeRefusal> {
    if on < episode.started_on {
        return Err(OutcomeRefusal::BeforeTreatment { started: episode.started_on });
    }
    match outcome {
        Outcome::Cured => {
            if !episode.pulmonary {
                return Err(OutcomeRefusal::NotPulmonary);
            }
            if !episode.confirmed {
                return Err(OutcomeRefusal::NotConfirmedAtStart);
            }
            completed(episode)?;
            converted(episode, &case.laboratory)
        }
        Outcome::Completed => completed(episode),
        Outcome::LostToFollowUp => match lost_from(episode) {
            from if from <= on => Ok(()),
            from => Err(OutcomeRefusal::NotLostYet { from }),
        },
        Outcome::NotEvaluated if lost_from(episode) <= on => Err(OutcomeRefusal::LostInstead),
        Outcome::Died if !case.closing.dead() => Err(OutcomeRefusal::NotDead),
        Outcome::Failed | Outcome::Died | Outcome::NotEvaluated => Ok(()),
    }
}

/// Complete means doses up to the standard duration, a month of treatment being 28 daily doses, moved on by every
/// interruption; and more doses taken than missed. How many may be missed is for the national programme to say.
fn completed(episode: &Episode) -> Result<(), OutcomeRefusal> {
    let months = regimen::find(&episode.regimen).map_or(6, |regimen| i32::from(regimen.months));
    let standard_end = episode.started_on.saturating_add(Span::new().months(months));
    let paused = days_between(standard_end, episode.expected_end).max(0);
    let until = episode.started_on.saturating_add(Span::new().days(months * 28 - 1 + paused));
    let (taken, missed) = episode.doses;
    match episode.last_dose_on {
        Some(last) if last >= until && taken > missed => Ok(()),
        _ => Err(OutcomeRefusal::NotCompleted { until }),
    }
}

/// Two consecutive calendar months after the last dose taken; medicine carried for the road counts as taken
/// (WHO 2021; measured from the last dose, not from the last visit).
fn lost_from(episode: &Episode) -> Date {
    let eve = episode.started_on.yesterday().unwrap_or(episode.started_on);
    let covered = episode.last_dose_on.max(episode.medicine_until).unwrap_or(eve);
    covered.saturating_add(Span::new().months(2))
}

/// Conversion: two consecutive negatives from specimens collected at least 7 days apart, and no later reversion by
/// the same measure (WHO TB DAK, D18). Drug-resistant disease counts cultures alone.
fn converted(episode: &Episode, laboratory: &Laboratory) -> Result<(), OutcomeRefusal> {
    let cultures = Series::of(laboratory, episode.started_on, culture_negative);
    let smears = Series::of(laboratory, episode.started_on, smear_negative);
    if let Some(on) = cultures.reverted_on.or(smears.reverted_on.filter(|_| !episode.drug_resistant)) {
        return Err(OutcomeRefusal::Reverted { on });
    }
    if cultures.converted() || (!episode.drug_resistant && smears.converted()) {
        return Ok(());
    }
    let kind = if episode.drug_resistant { "cultures" } else { "cultures or smears" };
    let last = cultures.last_negative.or(smears.last_negative.filter(|_| !episode.drug_resistant));
    let missing = match last {
        Some(last) => format!("no second negative collected 7 days or more apart after {last}"),
        None => format!("no negative {kind} collected since {}", episode.started_on),
    };
    Err(OutcomeRefusal::NoConversion { missing })
}

fn culture_negative(finding: &Finding) -> Option<bool> {
    finding.culture_positive().map(|positive| !positive)
}

fn smear_negative(finding: &Finding) -> Option<bool> {
    finding.smear_positive().map(|positive| !positive)
}

/// Where a run of negatives or positives leads.
#[derive(Default)]
struct Series {
    run: Option<(bool, Date)>,
    converted_on: Option<Date>,
    reverted_on: Option<Date>,
    last_negative: Option<Date>,
}

impl Series {
    fn of(laboratory: &Laboratory, since: Date, negative: fn(&Finding) -> Option<bool>) -> Self {
        laboratory
            .findings()
            .into_iter()
            .filter(|(on, _)| *on >= since)
            .filter_map(|(on, finding)| Some((on, negative(finding)?)))
            .fold(Self::default(), Self::next)
    }

    fn next(mut self, (on, negative): (Date, bool)) -> Self {
        let (first, apart) = match self.run {
            Some((same, first)) if same == negative => (first, days_between(first, on) >= 7),
            _ => (on, false),
        };
        self.run = Some((negative, first));
        if negative {
            self.last_negative = Some(on);
        }
        match (negative, apart) {
            (true, true) if self.converted_on.is_none() || self.reverted_on.is_some() => {
                self.converted_on = Some(first);
                self.reverted_on = None;
            }
            (false, true) => self.reverted_on = Some(self.reverted_on.unwrap_or(first)),
            _ => (),
        }
        self
    }

    fn converted(&self) -> bool {
        self.converted_on.is_some() && self.reverted_on.is_none()
    }
}

impl super::treatment::Treatment {
    pub(super) fn outcome_reported(&mut self, event: &OutcomeReported) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.outcome = Some(Assessment {
                outcome: event.outcome,
                on: event.on,
                reporter: event.reporter.clone(),
                confirmed: false,
            });
        }
    }

    pub(super) fn outcome_confirmed(&mut self, event: &OutcomeConfirmed) {
        let episode = self.episodes.get_mut(&event.episode);
        if let Some(assessment) = episode.and_then(|episode| episode.outcome.as_mut()) {
            assessment.confirmed = true;
        }
    }
}

#[cfg(test)]
mod tests;
