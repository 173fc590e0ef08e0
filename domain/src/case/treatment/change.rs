//! A change of regimen: a substitution for a while, a change within the episode, or the end of the episode.

use std::collections::BTreeSet;

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Administration, Episode, StartTreatment, Treatment, TreatmentRefusal, days_between};
use crate::{
    case::{
        Case, CaseEvent, CaseRefusal,
        advice::AdviceCode,
        definitions::{DefinitionSet, ResistanceFound},
        diagnosis::{DiagnosisMade, TreatmentHistory},
        laboratory::Drug,
        outcome::{Failure, FailureReason, Outcome, OutcomeReported},
        programme::Programme,
        regimen::{self, Plan, Regimen},
    },
    decider::Context,
    ids::{Country, EpisodeId},
};

/// Why a regimen is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "regimen-change-reasons"))]
pub enum RegimenChangeReason {
    /// No clinical or no bacteriological response.
    NoResponse,
    /// A reaction to the medicine.
    AdverseReaction,
    /// Resistance to a drug of the regimen.
    AdditionalResistance,
    /// Pregnancy, or breastfeeding.
    Pregnancy,
    /// A drug of the regimen cannot be had.
    DrugUnavailable,
    /// The disease turned out to need less: resistance was refuted, or the disease is not severe.
    StepDown,
}

impl RegimenChangeReason {
    /// The reason for failure that it is, where it is one (WHO 2021; WHO TB DAK, D24.DE.1).
    pub const fn failure(self) -> Option<FailureReason> {
        match self {
            Self::NoResponse => Some(FailureReason::NoResponse),
            Self::AdverseReaction => Some(FailureReason::AdverseReaction),
            Self::AdditionalResistance => Some(FailureReason::AdditionalResistance),
            Self::Pregnancy | Self::DrugUnavailable | Self::StepDown => None,
        }
    }
}

/// What a change means for the episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "regimen-change-effects"))]
pub enum ChangeEffect {
    /// A drug is replaced for a while: no change of regimen.
    Substitution,
    /// The episode goes on with the new regimen.
    SameEpisode,
    /// The episode failed by definition, and another began.
    Failed,
    /// The episode left its cohort without an outcome of its own, because Regimen II began, and another began.
    RegimenTwo,
}

/// Changes the regimen, or replaces a drug of it for a while.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRegimen {
    /// The first day of the new regimen.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// The new regimen's code; with a substitution for a while, the code of the one that runs.
    #[schemars(length(min = 1, max = 32), extend("x-vocabulary" = "regimens"))]
    pub regimen: String,
    /// Why.
    pub reason: RegimenChangeReason,
    /// For good, and not for a while.
    pub permanent: bool,
    /// The drugs that are no longer given.
    #[serde(default)]
    pub replaced: BTreeSet<Drug>,
    /// Weight on that day, in kilograms; 1 to 300.
    #[schemars(range(min = 1, max = 300))]
    pub weight_kg: Option<u16>,
    /// Pregnant, breastfeeding or shortly after birth.
    pub pregnant_or_breastfeeding: Option<bool>,
    /// The drugs of an individualised regimen.
    #[serde(default)]
    pub composition: Vec<Drug>,
    /// How doses are observed from now on.
    pub administration: Administration,
}

/// The regimen was changed, or a drug of it replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ChangeRegimen`")]
pub struct RegimenChanged {
    pub episode: EpisodeId,
    pub change: RegimenChange,
    /// The drugs of an individualised regimen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub composition: Vec<Drug>,
    /// Followed by culture alone from now on.
    pub drug_resistant: bool,
    /// When the same episode goes on: its expected end by the new regimen.
    pub expected_end: Option<Date>,
    /// When the same episode goes on: length and parts of the new regimen by the table of that day; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// As in [`super::TreatmentStarted`], when the same episode goes on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub advice: BTreeSet<AdviceCode>,
}

/// A change of regimen, as the episode keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ChangeRegimen`")]
pub struct RegimenChange {
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// The regimen that ran before.
    pub from: String,
    pub regimen: String,
    pub reason: RegimenChangeReason,
    pub permanent: bool,
    pub replaced: BTreeSet<Drug>,
    /// What it means, by the definitions and the country's policy of that day.
    pub effect: ChangeEffect,
}

impl ChangeRegimen {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.answers_for(Programme::Tb, &context.actor)?;
        case.is_alive()?;
        let (id, episode) = case.treatment.open_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
        if self.on > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        if self.on <= episode.started_on {
            return Err(TreatmentRefusal::ChangeBeforeStart { started: episode.started_on }.into());
        }
        if let Some(last) =
            episode.changes.iter().map(|change| change.on).max().filter(|last| self.on < *last)
        {
            return Err(TreatmentRefusal::ChangeBeforeChange { last }.into());
        }
        let regimen = regimen::find(&self.regimen).ok_or(TreatmentRefusal::UnknownRegimen)?;
        self.consistent(episode)?;
        let effect = self.effect(episode, regimen, context.actor.country);
        if effect != ChangeEffect::Substitution {
            self.as_start().eligible(regimen, case, context)?;
        }
        let mut changed = self.changed(id, episode, regimen, effect);
        if effect == ChangeEffect::SameEpisode {
            changed.plan = Some(Plan::of(regimen));
            changed.advice = self.as_start().misgivings(regimen, context);
        }
        let mut events = vec![CaseEvent::RegimenChanged(changed)];
        if effect == ChangeEffect::Failed {
            events.extend(self.failed(id, context));
        }
        if matches!(effect, ChangeEffect::Failed | ChangeEffect::RegimenTwo) {
            events.extend(self.begins_anew(regimen, case, context));
        }
        Ok(events)
    }

    /// A substitution names what it replaces and keeps the regimen; a change for good brings another one.
    fn consistent(&self, episode: &Episode) -> Result<(), TreatmentRefusal> {
        let same = self.regimen == episode.regimen;
        match (self.permanent, same) {
            (false, _) if self.replaced.is_empty() => Err(TreatmentRefusal::ReplacedMissing),
            (false, false) => Err(TreatmentRefusal::SubstitutionKeepsRegimen),
            (true, true) if self.replaced.is_empty() && self.composition == episode.composition => {
                Err(TreatmentRefusal::SameRegimen)
            }
            _ => Ok(()),
        }
    }

    /// WHO 2021: changed for good for want of response, a reaction or additional resistance means failed. In 2013 resistant
    /// disease failed when two drugs or more were replaced for good, and susceptible disease by no change at all, but left
    /// its cohort when rifampicin resistance was found (OLD13, W13).
    fn effect(&self, episode: &Episode, regimen: &Regimen, country: Country) -> ChangeEffect {
        let failing = self.reason.failure();
        let second_line = !episode.drug_resistant && regimen.drug_resistant();
        let found = failing == Some(FailureReason::AdditionalResistance) && second_line;
        let old = episode.definitions() == DefinitionSet::Who2013;
        match failing {
            _ if !self.permanent => ChangeEffect::Substitution,
            None => ChangeEffect::SameEpisode,
            Some(_)
                if found
                    && (old || ResistanceFound::counted(country, self.on) == ResistanceFound::RegimenTwo) =>
            {
                ChangeEffect::RegimenTwo
            }
            Some(_) if old && (!episode.drug_resistant || self.replaced.len() < 2) => {
                ChangeEffect::SameEpisode
            }
            Some(_) => ChangeEffect::Failed,
        }
    }

    fn changed(
        &self,
        id: EpisodeId,
        episode: &Episode,
        regimen: &Regimen,
        effect: ChangeEffect,
    ) -> RegimenChanged {
        let change = RegimenChange {
            on: self.on,
            from: episode.regimen.clone(),
            regimen: self.regimen.clone(),
            reason: self.reason,
            permanent: self.permanent,
            replaced: self.replaced.clone(),
            effect,
        };
        let paused = days_between(episode.standard_end(), episode.expected_end).max(0);
        let end = episode.started_on.saturating_add(Span::new().months(regimen.months));
        RegimenChanged {
            episode: id,
            change,
            composition: self.composition.clone(),
            drug_resistant: regimen.drug_resistant(),
            expected_end: (effect == ChangeEffect::SameEpisode)
                .then(|| end.saturating_add(Span::new().days(paused))),
            plan: None,
            advice: BTreeSet::new(),
        }
    }

    /// The outcome of the episode that ends, reported by the one who changed the regimen.
    fn failed(&self, episode: EpisodeId, context: &Context<'_>) -> Option<CaseEvent> {
        let failure = Failure { reason: self.reason.failure()?, clinical_judgement: false };
        Some(CaseEvent::OutcomeReported(OutcomeReported {
            episode,
            outcome: Outcome::Failed,
            on: self.on,
            reporter: context.actor.worker.clone(),
            failure: Some(failure),
            untreated: false,
        }))
    }

    /// The new episode, of a patient who is re-registered (WHO TB DAK, C4.DE.4).
    fn begins_anew(&self, regimen: &Regimen, case: &Case, context: &Context<'_>) -> Vec<CaseEvent> {
        let Some(current) = &case.diagnosis.current else { return Vec::new() };
        let mut events = Vec::new();
        let mut again = DiagnosisMade { revision: None, late_entry: None, ..current.clone() };
        if again.history != TreatmentHistory::ReRegistered {
            again.history = TreatmentHistory::ReRegistered;
            events.push(CaseEvent::DiagnosisMade(again));
        }
        events.push(CaseEvent::TreatmentStarted(self.as_start().started(regimen, current, context)));
        events
    }

    fn as_start(&self) -> StartTreatment {
        StartTreatment {
            regimen: self.regimen.clone(),
            started_on: self.on,
            weight_kg: self.weight_kg,
            pregnant_or_breastfeeding: self.pregnant_or_breastfeeding,
            composition: self.composition.clone(),
            administration: self.administration,
            late_entry: None,
        }
    }
}

impl Treatment {
    pub(in crate::case) fn changed(&mut self, event: &RegimenChanged) {
        let Some(episode) = self.episodes.get_mut(&event.episode) else { return };
        match event.change.effect {
            ChangeEffect::Substitution | ChangeEffect::Failed => (),
            ChangeEffect::SameEpisode => {
                episode.regimen.clone_from(&event.change.regimen);
                episode.replan(event.plan.clone().unwrap_or_else(|| Plan::assumed(&event.change.regimen)));
                episode.advice.clone_from(&event.advice);
                episode.composition.clone_from(&event.composition);
                episode.drug_resistant = event.drug_resistant;
                episode.expected_end = event.expected_end.unwrap_or(episode.expected_end);
            }
            ChangeEffect::RegimenTwo => episode.verdict.left_cohort_on = Some(event.change.on),
        }
        episode.changes.push(event.change.clone());
    }
}

impl Episode {
    /// The drugs of the regimen that are not given for now: what was replaced since the regimen was last laid down anew.
    /// Where rifabutin is replaced in its turn, rifampicin may be back.
    pub fn replaced(&self) -> BTreeSet<Drug> {
        let mut replaced = BTreeSet::new();
        for change in &self.changes {
            match change.effect {
                ChangeEffect::Substitution => {
                    if change.replaced.contains(&Drug::Rifabutin) {
                        replaced.remove(&Drug::Rifampicin);
                    }
                    replaced.extend(&change.replaced);
                }
                ChangeEffect::SameEpisode if change.from == change.regimen => {
                    replaced.clone_from(&change.replaced);
                }
                ChangeEffect::SameEpisode => replaced.clear(),
                ChangeEffect::Failed | ChangeEffect::RegimenTwo => (),
            }
        }
        replaced
    }
}

/// What an episode counts as in a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It runs, or its outcome has not been confirmed.
    Open,
    /// It has this outcome.
    Outcome(Outcome),
    /// It left the cohort when Regimen II began: detected, and not eligible (TJ-WEB, TB08 column 10).
    StartedRegimenTwo,
}

impl Episode {
    /// As the WHO counts since 2021: rifampicin resistance found under first-line drugs is failed.
    pub fn read_by_who(&self) -> Reading {
        let failed = self.verdict.left_cohort_on.map(|_| Outcome::Failed);
        let said = self.verdict.in_force().map(|said| said.outcome);
        said.or(failed).map_or(Reading::Open, Reading::Outcome)
    }

    /// As the Tajik register counts, whichever country the episode was ended in.
    pub fn read_by_tajik_register(&self) -> Reading {
        let second_line = |change: &RegimenChange| {
            let to = regimen::find(&change.regimen).is_some_and(Regimen::drug_resistant);
            let from = regimen::find(&change.from).is_some_and(Regimen::drug_resistant);
            let found = change.permanent && change.reason == RegimenChangeReason::AdditionalResistance;
            found && to && !from
        };
        if self.changes.iter().any(second_line) { Reading::StartedRegimenTwo } else { self.read_by_who() }
    }
}

#[cfg(test)]
mod tests;
