//! The course of a treatment: doses, medicine in hand, interruptions.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Administration, Days, Episode, Observer, Treatment, TreatmentRefusal};
use crate::{
    case::{Case, CaseEvent, CaseRefusal},
    decider::Context,
    ids::EpisodeId,
};

/// Why treatment is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "interruption-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum InterruptionReason {
    AdverseReaction,
    MedicineUnavailable,
    PatientDecision,
    Travel,
    Unreachable,
    Other,
}

/// Records doses of a day or of a period; a period is whole days, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordDoses {
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// Last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    /// Days on which the dose was taken.
    pub taken: u16,
    /// Days on which it was not.
    pub missed: u16,
    /// The last day on which a dose was taken; needed when some were missed, else the last day of the period.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub last_taken_on: Option<Date>,
    /// How they were observed.
    pub administration: Administration,
    /// Who saw them taken.
    pub observed_by: Option<Observer>,
}

/// For what medicine is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "supply-purposes"))]
pub enum SupplyPurpose {
    /// The patient takes it alone.
    SelfAdministration,
    /// The patient carries it on the road.
    Travel,
    /// Whoever observes the doses keeps it.
    ObservedDoses,
}

/// Records that medicine was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplyMedicine {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// For how many days; 1 to 365.
    #[schemars(range(min = 1, max = 365))]
    pub days: u16,
    /// For what; into the patient's own hand unless told otherwise.
    pub purpose: Option<SupplyPurpose>,
}

/// Records that treatment stopped for a while.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterruptTreatment {
    /// First day without a dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub since: Date,
    /// Why.
    pub reason: InterruptionReason,
}

/// Records that treatment goes on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeTreatment {
    /// First day with a dose again.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// Doses were taken or missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordDoses`")]
pub struct DosesRecorded {
    pub episode: EpisodeId,
    pub from: Date,
    pub until: Date,
    pub taken: u16,
    pub missed: u16,
    pub last_taken_on: Option<Date>,
    pub administration: Administration,
    pub late: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_by: Option<Observer>,
    /// Recomputed, where the doses lie inside an interruption that was recorded: it was shorter than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_end: Option<Date>,
}

/// Medicine was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `SupplyMedicine`")]
pub struct MedicineSupplied {
    pub episode: EpisodeId,
    pub on: Date,
    pub days: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<SupplyPurpose>,
}

/// Medicine that was handed out, as the episode remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `SupplyMedicine`")]
pub struct Supply {
    pub on: Date,
    pub days: u16,
    pub purpose: Option<SupplyPurpose>,
}

/// An interruption that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// First day without a dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub since: Date,
    /// First day with a dose again.
    #[schemars(with = "String", extend("format" = "date"))]
    pub resumed_on: Date,
}

/// Treatment stopped for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `InterruptTreatment`")]
pub struct TreatmentInterrupted {
    pub episode: EpisodeId,
    pub since: Date,
    pub reason: InterruptionReason,
}

/// Treatment went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ResumeTreatment`")]
pub struct TreatmentResumed {
    pub episode: EpisodeId,
    pub on: Date,
    /// Recomputed: moved on by the days of the interruption (WHO TB DAK, D13.DE.4).
    pub expected_end: Date,
}

impl RecordDoses {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let late = case.may_add_late(&context.actor)?;
        let (id, episode) = case.treatment.latest_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
        self.check(episode, context.today)?;
        Ok(vec![CaseEvent::DosesRecorded(DosesRecorded {
            episode: id,
            from: self.from,
            until: self.until,
            taken: self.taken,
            missed: self.missed,
            last_taken_on: (self.taken > 0).then_some(self.last_taken_on.unwrap_or(self.until)),
            administration: self.administration,
            late,
            observed_by: self.observed_by,
            expected_end: self.shortened(episode),
        })])
    }

    /// Doses on every day of the period make the interruptions shorter that were recorded for those days.
    fn shortened(&self, episode: &Episode) -> Option<Date> {
        let days = days_between(self.from, self.until) + 1;
        let inside = |pause: &Pause| {
            let from = self.from.max(pause.since);
            days_between(from, self.until.tomorrow().unwrap_or(self.until).min(pause.resumed_on)).max(0)
        };
        let wrongly: i32 = episode.pauses.iter().map(inside).sum();
        let whole = i32::from(self.taken) == days && wrongly > 0;
        whole.then(|| episode.expected_end.saturating_sub(Span::new().days(wrongly)))
    }

    fn check(&self, episode: &Episode, today: Date) -> Result<(), TreatmentRefusal> {
        if self.until < self.from {
            return Err(TreatmentRefusal::PeriodBackwards);
        }
        if self.until > today {
            return Err(TreatmentRefusal::TreatmentLater);
        }
        if self.from < episode.started_on {
            return Err(TreatmentRefusal::BeforeStart { started: episode.started_on });
        }
        let days = days_between(self.from, self.until) + 1;
        let doses = i32::from(self.taken) + i32::from(self.missed);
        if doses == 0 || doses > days {
            return Err(TreatmentRefusal::TooManyDoses);
        }
        if self.observed_by.is_some_and(|observer| !self.administration.observed_by(observer)) {
            return Err(TreatmentRefusal::ObserverContradicts);
        }
        match self.last_taken_on {
            None if self.taken > 0 && self.missed > 0 => Err(TreatmentRefusal::LastTakenMissing),
            Some(on) if self.taken == 0 || on < self.from || on > self.until => {
                Err(TreatmentRefusal::LastTakenOutside)
            }
            _ => Ok(()),
        }
    }
}

impl SupplyMedicine {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (episode, _) = case.treatment.open_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
        if !(1..=365).contains(&self.days) {
            return Err(TreatmentRefusal::SupplyOutOfRange.into());
        }
        if self.on > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        let supplied = MedicineSupplied { episode, on: self.on, days: self.days, purpose: self.purpose };
        Ok(vec![CaseEvent::MedicineSupplied(supplied)])
    }
}

impl InterruptTreatment {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (id, episode) = case.treatment.open_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
        if episode.interrupted_since.is_some() {
            return Err(TreatmentRefusal::InterruptedAlready.into());
        }
        if self.since > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        if self.since < episode.started_on {
            return Err(TreatmentRefusal::BeforeStart { started: episode.started_on }.into());
        }
        Ok(vec![CaseEvent::TreatmentInterrupted(TreatmentInterrupted {
            episode: id,
            since: self.since,
            reason: self.reason,
        })])
    }
}

impl ResumeTreatment {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (id, episode) = case.treatment.open_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
        let since = episode.interrupted_since.ok_or(TreatmentRefusal::NotInterrupted)?;
        if self.on > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        if self.on < since {
            return Err(TreatmentRefusal::PeriodBackwards.into());
        }
        let pause = Span::new().days(days_between(since, self.on));
        Ok(vec![CaseEvent::TreatmentResumed(TreatmentResumed {
            episode: id,
            on: self.on,
            expected_end: episode.expected_end.saturating_add(pause),
        })])
    }
}

impl Episode {
    /// Days of medicine in hand on a day, that day and the last one included.
    pub(in crate::case) fn medicine_in_hand(&self, on: Date) -> Option<u16> {
        u16::try_from((days_between(on, self.medicine_until?) + 1).max(0)).ok()
    }
}

/// Whole days from one date to another; negative when the second is earlier.
pub(in crate::case) fn days_between(from: Date, until: Date) -> i32 {
    from.until(until).map_or(0, |span| span.get_days())
}

/// No two consecutive months are longer.
const TWO_MONTHS: i32 = 62;

impl DosesRecorded {
    /// The first of the days over which the doses of the period are spread. Where they lie is not recorded, so they have no
    /// two months between them, unless they are too few for that: then the last of them alone is certain.
    fn first_covered(&self, last: Date) -> Date {
        let enough = days_between(self.from, last) < i32::from(self.taken) * TWO_MONTHS;
        if enough { self.from } else { last }
    }
}

impl Pause {
    /// What is left of it when the days of a period turn out not to belong to it.
    fn without(self, from: Date, until: Date) -> impl Iterator<Item = Self> {
        let after = until.tomorrow().unwrap_or(until);
        let before = Self { since: self.since, resumed_on: self.resumed_on.min(from) };
        let rest = Self { since: self.since.max(after), resumed_on: self.resumed_on };
        [before, rest].into_iter().filter(|pause| pause.since < pause.resumed_on)
    }
}

impl Episode {
    /// New medicine is taken when the old is used up.
    fn lay_out_supplies(&mut self) {
        (self.medicine_until, self.carried) = (None, Days::default());
        for supply in &self.supplies {
            let eve = supply.on.yesterday().unwrap_or(supply.on);
            let days = Span::new().days(supply.days);
            let from = self.medicine_until.map_or(eve, |until| until.max(eve));
            self.medicine_until = Some(from.saturating_add(days));
            if supply.purpose != Some(SupplyPurpose::ObservedDoses) {
                let used_up = self.carried.last().map_or(eve, |until| until.max(eve));
                self.carried.add(used_up.tomorrow().unwrap_or(used_up), used_up.saturating_add(days));
            }
        }
    }
}

impl Treatment {
    pub(in crate::case) fn dosed(&mut self, event: &DosesRecorded) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.doses.0 += u32::from(event.taken);
            episode.doses.1 += u32::from(event.missed);
            *episode.taken_by.entry(event.administration).or_default() += u32::from(event.taken);
            episode.last_dose_on = episode.last_dose_on.max(event.last_taken_on);
            if let Some(last) = event.last_taken_on {
                episode.taken.add(event.first_covered(last), last);
            }
            if event.missed > 0 {
                let after = event.last_taken_on.map_or(event.from, |last| last.tomorrow().unwrap_or(last));
                episode.missed.add(after, event.until);
            }
            if let Some(end) = event.expected_end {
                episode.expected_end = end;
                let pauses = episode.pauses.iter().flat_map(|pause| pause.without(event.from, event.until));
                episode.pauses = pauses.collect();
            }
        }
    }

    /// Medicine counts from the day on which it was handed out, in whatever order that is recorded.
    pub(in crate::case) fn supplied(&mut self, event: &MedicineSupplied) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            let place = episode.supplies.partition_point(|earlier| earlier.on <= event.on);
            let supply = Supply { on: event.on, days: event.days, purpose: event.purpose };
            episode.supplies.insert(place, supply);
            episode.lay_out_supplies();
        }
    }

    pub(in crate::case) fn interrupted(&mut self, event: &TreatmentInterrupted) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.interrupted_since = Some(event.since);
        }
    }

    pub(in crate::case) fn resumed(&mut self, event: &TreatmentResumed) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            let since = episode.interrupted_since.take();
            episode.pauses.extend(since.map(|since| Pause { since, resumed_on: event.on }));
            episode.expected_end = event.expected_end;
        }
    }
}
