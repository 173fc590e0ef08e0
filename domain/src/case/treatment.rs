//! Treatment episodes: their start and their state; [`course`] has what follows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    advice::AdviceCode,
    definitions::DefinitionSet,
    diagnosis::{Confirmation, DiagnosisMade},
    laboratory::Drug,
    opening::LateEntry,
    outcome::{Untreated, Verdict},
    programme::Programme,
    regimen::{self, Plan, Regimen},
};
use crate::{decider::Context, ids::EpisodeId, refusal::refusals};

mod adverse;
mod change;
mod chest_xray;
mod course;
mod days;
mod eligibility;
mod extension;
mod monitoring;

pub use adverse::{
    AdverseAction, AdverseCourse, AdverseEvent, AdverseEventKind, AdverseEventRecorded, RecordAdverseEvent,
};
pub use change::{ChangeEffect, ChangeRegimen, Reading, RegimenChange, RegimenChangeReason, RegimenChanged};
pub use chest_xray::{ChestXrayRecorded, ChestXrayTaken, RecordChestXray};
pub(super) use course::days_between;
pub use course::{
    DosesRecorded, InterruptTreatment, InterruptionReason, MedicineSupplied, Pause, RecordDoses,
    ResumeTreatment, Supply, SupplyMedicine, SupplyPurpose, TreatmentInterrupted, TreatmentResumed,
};
pub(super) use days::Days;
pub use extension::{ExtendTreatment, ExtensionReason, MedicineCourse, TreatmentExtended};
pub use monitoring::{PhaseRecorded, PhaseStep, RecordPhase, RecordWeight, Weight, WeightRecorded};

/// How doses are observed: by a person, by video, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "administrations"))]
pub enum Administration {
    /// Observed by a person (DOT).
    DirectlyObserved,
    /// Observed by video (VOT).
    VideoObserved,
    /// Taken alone.
    SelfAdministered,
}

/// Who saw a dose taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "observers"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Observer {
    HealthWorker,
    CommunitySupporter,
    FamilyMember,
    Video,
    Nobody,
}

impl Administration {
    /// Whether somebody like this can have observed doses of this kind.
    const fn observed_by(self, observer: Observer) -> bool {
        match self {
            Self::DirectlyObserved => !matches!(observer, Observer::Video | Observer::Nobody),
            Self::VideoObserved => matches!(observer, Observer::Video),
            Self::SelfAdministered => matches!(observer, Observer::Nobody | Observer::FamilyMember),
        }
    }
}

/// Starts a treatment episode.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTreatment {
    /// The regimen's code, e.g. `2HRZE/4HR`; see the vocabulary of regimens.
    #[schemars(length(min = 1, max = 32), extend("x-vocabulary" = "regimens"))]
    pub regimen: String,
    /// The day of the first dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub started_on: Date,
    /// Weight at the start, in kilograms; 1 to 300.
    #[schemars(range(min = 1, max = 300))]
    pub weight_kg: Option<u16>,
    /// Pregnant, breastfeeding or shortly after birth.
    pub pregnant_or_breastfeeding: Option<bool>,
    /// The drugs of an individualised regimen.
    #[serde(default)]
    pub composition: Vec<Drug>,
    /// How doses are observed.
    pub administration: Administration,
    /// Why a treatment that began more than 5 years ago is entered now.
    pub late_entry: Option<LateEntry>,
}

/// Treatment began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `StartTreatment`")]
pub struct TreatmentStarted {
    pub episode: EpisodeId,
    pub regimen: String,
    pub started_on: Date,
    pub weight_kg: Option<u16>,
    pub composition: Vec<Drug>,
    pub administration: Administration,
    /// Bacteriologically confirmed when it began.
    pub confirmed: bool,
    /// The lung is affected.
    pub pulmonary: bool,
    /// Followed by culture alone.
    pub drug_resistant: bool,
    /// Start plus the standard duration.
    pub expected_end: Date,
    /// The definition set by which its outcome will be judged.
    pub definitions: String,
    /// Why it was entered more than 5 years after it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_entry: Option<LateEntry>,
    /// Length and parts of the regimen by the table of that day; absent in events of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What was to be thought of and cannot be told from this stream: the age, which stands with the person.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub advice: BTreeSet<AdviceCode>,
}

/// One course of treatment, from its first dose to its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `TreatmentStarted`")]
pub struct Episode {
    pub regimen: String,
    /// Length and parts of the regimen, as the table had them when it was chosen.
    pub plan: Plan,
    /// What was to be thought of when it was chosen.
    pub advice: BTreeSet<AdviceCode>,
    pub started_on: Date,
    /// Since when the start is known.
    pub recorded_at: Timestamp,
    pub confirmed: bool,
    pub pulmonary: bool,
    pub drug_resistant: bool,
    pub expected_end: Date,
    pub weight_kg: Option<u16>,
    pub composition: Vec<Drug>,
    /// Weights recorded since the start, oldest first.
    pub weights: Vec<Weight>,
    /// Months by which the intensive phase was extended.
    pub extended_months: u8,
    /// Months by which the treatment as a whole was extended.
    pub prolonged_months: u8,
    /// Chest X-rays made in its course or after it.
    pub chest_xrays: Vec<ChestXrayTaken>,
    /// The first day of the continuation phase, where it was recorded.
    pub continuation_since: Option<Date>,
    /// Reactions to the medicine so far, as recorded.
    pub adverse_events: Vec<AdverseEvent>,
    /// Doses taken and missed so far.
    pub doses: (u32, u32),
    /// Doses taken, by how they were observed.
    pub taken_by: BTreeMap<Administration, u32>,
    /// The last day on which a dose was taken.
    pub last_dose_on: Option<Date>,
    /// The days over which the doses taken are spread.
    pub taken: Days,
    /// The days of which it is recorded that none was taken any more.
    pub missed: Days,
    /// The days for which the patient was given medicine to take alone or to carry.
    pub carried: Days,
    /// What was handed out, in the order of its days.
    pub supplies: Vec<Supply>,
    /// The last day for which there is medicine in hand.
    pub medicine_until: Option<Date>,
    /// Since when it stands still.
    pub interrupted_since: Option<Date>,
    /// The interruptions that are over, oldest first.
    pub pauses: Vec<Pause>,
    /// Changes of the regimen and substitutions, oldest first.
    pub changes: Vec<RegimenChange>,
    /// The definition set by which its outcome is judged.
    pub definitions: String,
    /// What has been said of its end.
    pub verdict: Verdict,
}

/// Every episode of the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    /// By id.
    pub episodes: BTreeMap<EpisodeId, Episode>,
    /// The episode that runs, or the last one.
    pub latest: Option<EpisodeId>,
    /// Diagnoses that no treatment followed.
    pub untreated: Untreated,
}

refusals! {
    /// Why a step of the treatment is refused.
    TreatmentRefusal {
        NoDiagnosis = Conflict "diagnosis_missing", "Treatment needs a diagnosis first.";
        Overlapping { ended: Date } = Conflict "episode_overlaps",
            "The episode before this one ended on {ended}; a new one cannot have started earlier.";
        AlreadyTreated = Conflict "episode_open", "A treatment episode is open; report its outcome before a new one starts.";
        NotOnTreatment = Conflict "not_on_treatment", "No treatment episode is open.";
        TooLongAgo = Invalid "treatment_too_long_ago", "Treatment began more than 5 years ago; check the date, or give the reason for which it is entered now.";
        TooOld = Invalid "treatment_too_old", "Treatment that began before 1950 is history, not an episode; check the date.";
        LastTakenMissing = Invalid "last_dose_missing", "With doses missed in the period, name the last day on which one was taken.";
        RifampicinResistance = Conflict "regimen_rifampicin", "Rifampicin resistance is on record; this regimen relies on rifampicin.";
        AgeUnknown = Conflict "regimen_age_unknown", "This regimen has an age limit; record the birth date, or at least the year, first.";
        UnknownRegimen = Invalid "regimen_unknown", "There is no such regimen; choose one from the vocabulary of regimens.";
        CompositionMissing = Invalid "composition_missing", "List the drugs of an individualised regimen.";
        TooYoung { minimum: u8 } = Conflict "regimen_age", "This regimen is not given below {minimum} years of age.";
        TooLight { minimum: u8 } = Conflict "regimen_weight", "This regimen needs a recorded weight of at least {minimum} kg.";
        Pregnant = Conflict "regimen_pregnancy", "This regimen is not given in pregnancy or while breastfeeding.";
        FluoroquinoloneResistance = Conflict "regimen_fluoroquinolone",
            "This regimen needs fluoroquinolone susceptibility; look at the susceptibility results.";
        WeightOutOfRange = Invalid "weight_out_of_range", "Weight lies between 1 and 300 kg.";
        TreatmentLater = Invalid "treatment_in_the_future", "This is recorded when it has happened, not before.";
        BeforeStart { started: Date } = Conflict "dose_before_start", "Treatment started on {started}; there are no doses before it.";
        PeriodBackwards = Invalid "dose_period_backwards", "The period must end on or after the day it begins.";
        TooManyDoses = Invalid "doses_exceed_days", "Doses taken and missed cannot exceed the days of the period, and not both be zero.";
        LastTakenOutside = Invalid "last_dose_outside_period", "The last dose taken must lie inside the period, and needs a dose taken.";
        GradeOutOfRange = Invalid "adverse_event_grade", "An adverse event has a grade from 1 (mild) to 5 (death).";
        SupplyOutOfRange = Invalid "supply_out_of_range", "Medicine is supplied for 1 to 365 days.";
        ChangeBeforeStart { started: Date } = Conflict "regimen_change_before_start",
            "Treatment started on {started}; a change of its regimen comes after that day.";
        ChangeBeforeChange { last: Date } = Conflict "regimen_change_before_change",
            "The regimen was changed on {last}; the next change is not earlier.";
        ReplacedMissing = Invalid "replaced_drugs_missing", "Name the medicines that are replaced for a while.";
        SubstitutionKeepsRegimen = Conflict "substitution_keeps_regimen",
            "A medicine replaced for a while keeps the regimen: name the regimen that runs, or change it for good.";
        SameRegimen = Conflict "regimen_unchanged", "This is the regimen that runs, with the same medicines.";
        NeverTreated = Conflict "never_treated", "No treatment has begun that an X-ray could follow; one that looks for tuberculosis is part of a screening.";
        XrayBeforeTreatment { started: Date } = Conflict "chest_xray_before_treatment",
            "Treatment started on {started}; an X-ray made more than 14 days before belongs to a screening.";
        PlannedAlready { months: u8 } = Conflict "treatment_not_extended",
            "Treatment is planned for {months} months already; an extension names more.";
        MonthsOutOfRange = Invalid "treatment_months_out_of_range", "Treatment is planned for at most 36 months.";
        ObserverContradicts = Invalid "observer_contradicts_administration",
            "Doses observed by a person need one who saw them, doses by video the video, and doses taken alone nobody or the family.";
        NoPhases = Conflict "regimen_without_phases", "This regimen has one phase only.";
        InContinuation = Conflict "continuation_phase_begun", "The continuation phase has begun.";
        ExtendedAlready = Conflict "intensive_phase_extended", "The intensive phase has been extended already.";
        ExtensionOutOfRange = Invalid "extension_out_of_range",
            "An extension of the intensive phase is of 1 or 2 months; the begin of the continuation phase has none.";
        InterruptedAlready = Conflict "already_interrupted", "Treatment is interrupted already.";
        NotInterrupted = Conflict "not_interrupted", "Treatment is not interrupted.";
    }
}

impl StartTreatment {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.answers_for(Programme::Tb, &context.actor)?;
        case.is_alive()?;
        let counted = case.diagnosis.counted();
        let diagnosis =
            case.diagnosis.current.as_ref().filter(|_| counted).ok_or(TreatmentRefusal::NoDiagnosis)?;
        if case.treatment.open_episode().is_some() {
            return Err(TreatmentRefusal::AlreadyTreated.into());
        }
        if self.started_on > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        if self.started_on.year() < 1950 {
            return Err(TreatmentRefusal::TooOld.into());
        }
        if self.late_entry.is_none() && self.long_ago(context) {
            return Err(TreatmentRefusal::TooLongAgo.into());
        }
        let ended = case.treatment.episodes.values().filter_map(Episode::ended_on).max();
        if let Some(ended) = ended.filter(|ended| self.started_on < *ended) {
            return Err(TreatmentRefusal::Overlapping { ended }.into());
        }
        let regimen = regimen::find(&self.regimen).ok_or(TreatmentRefusal::UnknownRegimen)?;
        self.eligible(regimen, case, context)?;
        Ok(vec![CaseEvent::TreatmentStarted(self.started(regimen, diagnosis, context))])
    }

    /// So long ago that it is entered with a reason only, as old registers are.
    fn long_ago(&self, context: &Context<'_>) -> bool {
        self.started_on < context.today.saturating_sub(Span::new().years(5))
    }

    /// The episode as it begins.
    fn started(
        &self,
        regimen: &Regimen,
        diagnosis: &DiagnosisMade,
        context: &Context<'_>,
    ) -> TreatmentStarted {
        let set = DefinitionSet::of(context.actor.country, self.started_on);
        TreatmentStarted {
            episode: EpisodeId(context.new_id),
            regimen: self.regimen.clone(),
            started_on: self.started_on,
            weight_kg: self.weight_kg,
            composition: self.composition.clone(),
            administration: self.administration,
            confirmed: diagnosis.confirmation == Confirmation::BacteriologicallyConfirmed,
            pulmonary: diagnosis.pulmonary_by(set),
            drug_resistant: regimen.drug_resistant(),
            expected_end: self.started_on.saturating_add(Span::new().months(regimen.months)),
            definitions: set.code().to_owned(),
            late_entry: self.late_entry.filter(|_| self.long_ago(context)),
            plan: Some(Plan::of(regimen)),
            advice: self.misgivings(regimen, context),
        }
    }
}

impl Treatment {
    /// The episode without a confirmed outcome, if there is one.
    pub fn open_episode(&self) -> Option<(EpisodeId, &Episode)> {
        self.latest_episode().filter(|(_, episode)| !episode.ended())
    }

    /// The episode that runs, or the last one.
    pub fn latest_episode(&self) -> Option<(EpisodeId, &Episode)> {
        let id = self.latest?;
        Some((id, self.episodes.get(&id)?))
    }

    pub(super) fn started(&mut self, event: &TreatmentStarted, recorded_at: Timestamp) {
        self.latest = Some(event.episode);
        self.begun();
        self.episodes.insert(
            event.episode,
            Episode {
                regimen: event.regimen.clone(),
                plan: event.plan.clone().unwrap_or_else(|| Plan::assumed(&event.regimen)),
                advice: event.advice.clone(),
                started_on: event.started_on,
                recorded_at,
                confirmed: event.confirmed,
                pulmonary: event.pulmonary,
                drug_resistant: event.drug_resistant,
                expected_end: event.expected_end,
                weight_kg: event.weight_kg,
                composition: event.composition.clone(),
                adverse_events: Vec::new(),
                doses: (0, 0),
                taken_by: BTreeMap::new(),
                weights: Vec::new(),
                extended_months: 0,
                prolonged_months: 0,
                chest_xrays: Vec::new(),
                continuation_since: None,
                last_dose_on: None,
                taken: Days::default(),
                missed: Days::default(),
                carried: Days::default(),
                supplies: Vec::new(),
                medicine_until: None,
                interrupted_since: None,
                pauses: Vec::new(),
                changes: Vec::new(),
                definitions: event.definitions.clone(),
                verdict: Verdict::default(),
            },
        );
    }
}

impl Episode {
    /// The day of its confirmed outcome, or of the start of Regimen II.
    pub fn ended_on(&self) -> Option<Date> {
        self.verdict.in_force().map(|assessment| assessment.on).or(self.verdict.left_cohort_on)
    }

    /// The last day of which a dose is on record; the first day of treatment, where none is.
    pub(super) fn last_heard_of_on(&self) -> Date {
        let resumed = self.pauses.iter().map(|pause| pause.resumed_on);
        resumed.chain(self.last_dose_on).max().map_or(self.started_on, |on| on.max(self.started_on))
    }

    /// Whether a TB centre has confirmed its outcome.
    pub fn ended(&self) -> bool {
        self.verdict.ended()
    }

    /// The drugs of its regimens whose susceptibility is tested; of a regimen that nobody knows any more, those of the category.
    pub(super) fn relied_on(&self) -> BTreeSet<Drug> {
        let category =
            [Drug::Rifampicin, Drug::Isoniazid, Drug::Fluoroquinolone, Drug::Bedaquiline, Drug::Linezolid];
        let of = |regimen: &Regimen| regimen.tested_drugs().collect::<Vec<_>>();
        let codes = self.changes.iter().map(|change| &change.from).chain([&self.regimen]);
        let all = codes.flat_map(|code| regimen::find(code).map_or_else(|| category.to_vec(), of));
        all.chain(self.composition.iter().copied()).collect()
    }

    /// The set to which it is pinned; a name that nobody knows any more is read by its year, else as the newest.
    pub fn definitions(&self) -> DefinitionSet {
        let old = self.definitions.starts_with(DefinitionSet::Who2013.code());
        let known = DefinitionSet::parse(&self.definitions);
        known.unwrap_or(if old { DefinitionSet::Who2013 } else { DefinitionSet::Who2024 })
    }
}

#[cfg(test)]
mod tests;
