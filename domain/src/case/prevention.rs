//! Preventive treatment of somebody who is infected and not ill (WHO TB DAK, E6 and E9).
//!
//! Why it is given is not asked: a contact has the case of the person it was caught from, and any other ground would tell
//! what does not belong into this stream. What suits depends on the resistance of that person, and only warns.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    diagnosis::ResistanceCategory,
    programme::Programme,
    regimen::{self, Frequency, PreventiveRegimen},
    treatment::{Administration, InterruptionReason, days_between},
};
use crate::{
    decider::{Context, Fact},
    ids::{Country, EpisodeId, SpecimenId},
    refusal::refusals,
};

mod exclusion;
mod source;

pub use source::Source;

/// Starts preventive treatment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartPrevention {
    /// The regimen's code, e.g. `3HP`; see the vocabulary of preventive regimens.
    #[schemars(length(min = 1, max = 32), extend("x-vocabulary" = "preventive-regimens"))]
    pub regimen: String,
    /// The day on which the person was found to be eligible.
    #[schemars(with = "String", extend("format" = "date"))]
    pub eligible_on: Date,
    /// The day of the first dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub started_on: Date,
    /// The resistance of the person it was caught from, where that is known; where nothing is said, it is taken from the
    /// case on which this one is linked as a contact's, and from contact notices, as far as the caller reads them.
    pub index_resistance: Option<ResistanceCategory>,
    /// Whether that person's bacilli resist isoniazid, where that is known: beside resistance to rifampicin it tells what suits.
    pub index_resists_isoniazid: Option<bool>,
    /// Whether that person's bacilli are known to resist fluoroquinolones; taken from there too.
    pub index_resists_fluoroquinolones: Option<bool>,
    /// What is known of each source; looked up, never sent.
    #[serde(skip)]
    pub sources: BTreeSet<Source>,
    /// How doses are observed.
    pub administration: Administration,
}

/// Records doses of a day or of a period; a period is whole days, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordPreventionDoses {
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// Last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    /// Doses taken.
    pub taken: u16,
    /// Doses missed.
    pub missed: u16,
}

/// Records that preventive treatment stands still.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldPrevention {
    /// First day without a dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub since: Date,
    /// Why.
    pub reason: InterruptionReason,
}

/// Records that preventive treatment goes on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumePrevention {
    /// First day with a dose again.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// How a course of preventive treatment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "prevention-results"))]
pub enum PreventionResult {
    /// As many doses as the programme asks.
    Completed,
    /// A reaction to the medicine.
    StoppedForReaction,
    /// Tuberculosis was found.
    StoppedForTuberculosis,
    /// The person did not want to go on.
    StoppedByPerson,
    /// The person could not be reached.
    LostToFollowUp,
    /// The person died.
    Died,
    /// Ended for another reason.
    StoppedForOther,
}

/// Ends preventive treatment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndPrevention {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// How it ended.
    pub result: PreventionResult,
}

/// Preventive treatment began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `StartPrevention`")]
pub struct PreventionStarted {
    pub course: EpisodeId,
    pub regimen: String,
    pub eligible_on: Date,
    pub started_on: Date,
    pub index_resistance: Option<ResistanceCategory>,
    pub index_resists_fluoroquinolones: Option<bool>,
    pub administration: Administration,
    /// The day of the look that found the person not ill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_on: Option<Date>,
    /// What was known of each of those from whom it may have been caught.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sources: BTreeSet<Source>,
}

/// Doses of preventive treatment were taken or missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordPreventionDoses`")]
pub struct PreventionDosesRecorded {
    pub course: EpisodeId,
    pub from: Date,
    pub until: Date,
    pub taken: u16,
    pub missed: u16,
}

/// Preventive treatment stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `HoldPrevention`")]
pub struct PreventionHeld {
    pub course: EpisodeId,
    pub since: Date,
    pub reason: InterruptionReason,
}

/// Preventive treatment goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ResumePrevention`")]
pub struct PreventionResumed {
    pub course: EpisodeId,
    pub on: Date,
}

/// Preventive treatment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `EndPrevention`")]
pub struct PreventionEnded {
    pub course: EpisodeId,
    pub on: Date,
    pub result: PreventionResult,
}

/// Where a course stands (WHO TB DAK, E9.DE.3); no course at all is "not started".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "prevention-statuses"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum PreventionStatus {
    OnTreatment,
    OnTreatmentWithInterruptions,
    OnHold,
    Completed,
    Stopped,
}

/// One course of preventive treatment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `PreventionStarted`")]
pub struct PreventiveCourse {
    pub regimen: String,
    pub eligible_on: Date,
    pub started_on: Date,
    pub index_resistance: Option<ResistanceCategory>,
    pub index_resists_fluoroquinolones: Option<bool>,
    /// What was known of each source; where nothing was kept, what the worker said or the worst of them.
    pub sources: BTreeSet<Source>,
    /// It began on a look that was older than the country takes for fresh.
    pub on_old_look: bool,
    /// Doses taken and missed so far.
    pub doses: (u32, u32),
    /// Since when it stands still.
    pub held_since: Option<Date>,
    /// How often it stood still.
    pub holds: u32,
    /// The day and the way it ended.
    pub ended: Option<(Date, PreventionResult)>,
}

/// Every course of preventive treatment of the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prevention {
    /// By id.
    pub courses: BTreeMap<EpisodeId, PreventiveCourse>,
    /// The one that runs, or the last one.
    pub latest: Option<EpisodeId>,
}

refusals! {
    /// Why a step of preventive treatment is refused.
    PreventionRefusal {
        UnknownRegimen = Invalid "preventive_regimen_unknown",
            "There is no such preventive regimen; choose one from the vocabulary of preventive regimens.";
        NotExcluded = Conflict "tuberculosis_not_excluded",
            "Preventive treatment is for those who are not ill: record a negative screening, or that tuberculosis is excluded.";
        SignOfDisease { specimen: SpecimenId, collected: Date } = Conflict "tuberculosis_sign_undecided",
            "Specimen {specimen}, collected on {collected}, shows tuberculosis or a trace of it, and nobody has decided on it: diagnose, or state that tuberculosis is excluded, before preventive treatment.";
        Ill = Conflict "tuberculosis_diagnosed", "Tuberculosis is diagnosed or treated; preventive treatment is for those who are not ill.";
        Running = Conflict "prevention_open", "A course of preventive treatment is open; end it before a new one starts.";
        NotRunning = Conflict "not_on_prevention", "No course of preventive treatment is open.";
        BeforeEligible { eligible: Date } = Invalid "prevention_before_eligible",
            "The person was found eligible on {eligible}; preventive treatment cannot have started earlier.";
        TooYoung { minimum: u8 } = Conflict "preventive_regimen_age", "This regimen is not given below {minimum} years of age.";
        AgeUnknown = Conflict "preventive_regimen_age_unknown",
            "This regimen has an age limit; record the birth date, or at least the year, first.";
        Later = Invalid "prevention_in_the_future", "This is recorded when it has happened, not before.";
        BeforeStart { started: Date } = Conflict "prevention_before_start",
            "Preventive treatment started on {started}; this cannot be earlier.";
        PeriodBackwards = Invalid "prevention_period_backwards", "The period must end on or after the day it begins.";
        TooManyDoses { most: i32 } = Invalid "prevention_doses_exceed_period",
            "A period of this length has at most {most} doses, taken and missed together, and at least one.";
        HeldAlready = Conflict "prevention_held", "Preventive treatment stands still already.";
        NotHeld = Conflict "prevention_not_held", "Preventive treatment does not stand still.";
    }
}

impl StartPrevention {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.prevents(context)?;
        case.is_alive()?;
        if case.prevention.open().is_some() {
            return Err(PreventionRefusal::Running.into());
        }
        let looked_on = case.found_well()?;
        if self.started_on > context.today {
            return Err(PreventionRefusal::Later.into());
        }
        if self.started_on < self.eligible_on {
            return Err(PreventionRefusal::BeforeEligible { eligible: self.eligible_on }.into());
        }
        let regimen = regimen::preventive(&self.regimen).ok_or(PreventionRefusal::UnknownRegimen)?;
        match context.age_on(self.started_on) {
            Some(age) if age < regimen.minimum_age => {
                return Err(PreventionRefusal::TooYoung { minimum: regimen.minimum_age }.into());
            }
            None if regimen.minimum_age > 0 => return Err(PreventionRefusal::AgeUnknown.into()),
            _ => (),
        }
        Ok(vec![CaseEvent::PreventionStarted(PreventionStarted {
            course: EpisodeId(context.new_id),
            regimen: self.regimen.clone(),
            eligible_on: self.eligible_on,
            started_on: self.started_on,
            index_resistance: self.index_resistance,
            index_resists_fluoroquinolones: self.index_resists_fluoroquinolones,
            administration: self.administration,
            looked_on: Some(looked_on),
            sources: self.caught_from_these(),
        })])
    }
}

impl RecordPreventionDoses {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (course, running) = case.prevention.running_on(self.from, context)?;
        if self.until > context.today {
            return Err(PreventionRefusal::Later.into());
        }
        if self.until < self.from {
            return Err(PreventionRefusal::PeriodBackwards.into());
        }
        let days = days_between(self.from, self.until) + 1;
        let most = match regimen::preventive(&running.regimen).map(|regimen| regimen.frequency) {
            Some(Frequency::Weekly) => (days + 6) / 7,
            _ => days,
        };
        let doses = i32::from(self.taken) + i32::from(self.missed);
        if doses == 0 || doses > most {
            return Err(PreventionRefusal::TooManyDoses { most }.into());
        }
        Ok(vec![CaseEvent::PreventionDosesRecorded(PreventionDosesRecorded {
            course,
            from: self.from,
            until: self.until,
            taken: self.taken,
            missed: self.missed,
        })])
    }
}

impl HoldPrevention {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (course, running) = case.prevention.running_on(self.since, context)?;
        if running.held_since.is_some() {
            return Err(PreventionRefusal::HeldAlready.into());
        }
        let held = PreventionHeld { course, since: self.since, reason: self.reason };
        Ok(vec![CaseEvent::PreventionHeld(held)])
    }
}

impl ResumePrevention {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (course, running) = case.prevention.running_on(self.on, context)?;
        let since = running.held_since.ok_or(PreventionRefusal::NotHeld)?;
        if self.on < since {
            return Err(PreventionRefusal::PeriodBackwards.into());
        }
        Ok(vec![CaseEvent::PreventionResumed(PreventionResumed { course, on: self.on })])
    }
}

impl EndPrevention {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.prevents(context)?;
        let (course, _) = case.prevention.running_on(self.on, context)?;
        let ended = PreventionEnded { course, on: self.on, result: self.result };
        Ok(vec![CaseEvent::PreventionEnded(ended)])
    }
}

impl Case {
    /// The TB centre that answers, or one that cares where nobody answers for tuberculosis; the role says that it is one.
    fn prevents(&self, context: &Context<'_>) -> Result<(), CaseRefusal> {
        if self.responsibility.of(Programme::Tb).is_some() {
            self.answers_for(Programme::Tb, &context.actor)
        } else {
            self.cares(&context.actor)
        }
    }
}

impl Prevention {
    /// The course that runs.
    pub fn open(&self) -> Option<(EpisodeId, &PreventiveCourse)> {
        self.last().filter(|(_, course)| course.ended.is_none())
    }

    /// The course that runs, or the last one.
    pub fn last(&self) -> Option<(EpisodeId, &PreventiveCourse)> {
        let id = self.latest?;
        Some((id, self.courses.get(&id)?))
    }

    /// The course that runs, with a day that lies in it.
    fn running_on(
        &self,
        day: Date,
        context: &Context<'_>,
    ) -> Result<(EpisodeId, &PreventiveCourse), PreventionRefusal> {
        let (id, course) = self.open().ok_or(PreventionRefusal::NotRunning)?;
        if day > context.today {
            return Err(PreventionRefusal::Later);
        }
        if day < course.started_on {
            return Err(PreventionRefusal::BeforeStart { started: course.started_on });
        }
        Ok((id, course))
    }

    pub(super) fn take_in(&mut self, fact: &Fact<CaseEvent>) {
        match &fact.event {
            CaseEvent::PreventionStarted(event) => self.started(event, fact.actor.country),
            CaseEvent::PreventionDosesRecorded(event) => self.on(event.course, |course| {
                course.doses.0 += u32::from(event.taken);
                course.doses.1 += u32::from(event.missed);
            }),
            CaseEvent::PreventionHeld(event) => self.on(event.course, |course| {
                course.held_since = Some(event.since);
                course.holds += 1;
            }),
            CaseEvent::PreventionResumed(event) => self.on(event.course, |course| course.held_since = None),
            CaseEvent::PreventionEnded(event) => self.on(event.course, |course| {
                course.held_since = None;
                course.ended = Some((event.on, event.result));
            }),
            _ => (),
        }
    }

    fn started(&mut self, event: &PreventionStarted, country: Country) {
        self.latest = Some(event.course);
        let told = |resistance| Source::said(resistance, None, event.index_resists_fluoroquinolones);
        let mut sources = event.sources.clone();
        if sources.is_empty() {
            sources.extend(event.index_resistance.map(told));
        }
        let course = PreventiveCourse {
            regimen: event.regimen.clone(),
            eligible_on: event.eligible_on,
            started_on: event.started_on,
            index_resistance: event.index_resistance,
            index_resists_fluoroquinolones: event.index_resists_fluoroquinolones,
            sources,
            on_old_look: event.looked_on.is_some_and(|on| exclusion::old(on, event.started_on, country)),
            doses: (0, 0),
            held_since: None,
            holds: 0,
            ended: None,
        };
        self.courses.insert(event.course, course);
    }

    fn on(&mut self, course: EpisodeId, change: impl FnOnce(&mut PreventiveCourse)) {
        if let Some(course) = self.courses.get_mut(&course) {
            change(course);
        }
    }
}

impl PreventiveCourse {
    /// Where it stands.
    pub fn status(&self) -> PreventionStatus {
        match (self.ended, self.held_since) {
            (Some((_, PreventionResult::Completed)), _) => PreventionStatus::Completed,
            (Some(_), _) => PreventionStatus::Stopped,
            (None, Some(_)) => PreventionStatus::OnHold,
            (None, None) if self.holds > 0 || self.doses.1 > 0 => {
                PreventionStatus::OnTreatmentWithInterruptions
            }
            (None, None) => PreventionStatus::OnTreatment,
        }
    }

    /// Whether the regimen suits the resistance of the person it was caught from: a contact of isoniazid resistance 4R, of
    /// rifampicin resistance with isoniazid known to work 6H or 9H, of both 6Lfx unless fluoroquinolones fail too (WHO TB DAK, DT
    /// E6). Of several sources each is asked; one without known resistance binds only where no other has any.
    pub fn suits(&self) -> bool {
        let Some(regimen) = regimen::preventive(&self.regimen) else { return true };
        let resisted = self.index_resists_fluoroquinolones == Some(true);
        let mut counted: BTreeSet<_> = self.sources.iter().map(|source| source.counted()).collect();
        if counted.len() > 1 {
            counted.remove(&ResistanceCategory::NoneDocumented);
        }
        counted.iter().all(|category| regimen.index_resistance.contains(category))
            && !(regimen.needs_fluoroquinolone_susceptibility && resisted)
    }

    /// Whether it was called completed with fewer doses than the regimen has; which number suffices is [unverified].
    pub fn completed_early(&self) -> bool {
        let completed = matches!(self.ended, Some((_, PreventionResult::Completed)));
        let least = |regimen: &PreventiveRegimen| regimen.completed_from_doses.unwrap_or(regimen.doses);
        completed
            && regimen::preventive(&self.regimen)
                .is_some_and(|regimen| self.doses.0 < u32::from(least(regimen)))
    }
}

#[cfg(test)]
mod tests;
