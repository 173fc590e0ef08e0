//! What a clinician should think of: advice from what is on record. It refuses nothing, and nothing rests on it.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Case,
    diagnosis::{Confirmation, TreatmentHistory},
    handoff::Handoff,
    laboratory::{
        AsOf, CultureGrowth, Drug, Finding, MolecularFinding, MolecularKit, Observation, SmearGrade,
        Susceptibility,
    },
    programme::Programme,
    regimen,
    treatment::days_between,
};
use crate::ids::HandoffId;

/// Days of medicine for the road, below which it is warned of (CDC-INT).
const SUPPLY_DAYS: u16 = 14;
/// Days of treatment left, below which it is better ended before the journey (CURETB).
const REMAINING_DAYS: i32 = 30;

/// A line of advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "advice"))]
pub enum AdviceCode {
    /// Rifampicin resistance where it was not to be expected: test a fresh specimen before treatment is built on it (WHO
    /// TB DAK, C16.1.02–03).
    RepeatRifampicinTest,
    /// The rapid test told nothing: test again with a fresh specimen (WHO TB DAK, C12.04).
    TestAgain,
    /// The culture was contaminated: repeat it (WHO TB DAK, C12.34–35).
    RepeatCulture,
    /// The smear could not be examined: take another specimen.
    RepeatSmear,
    /// A rapid test that finds nothing does not exclude tuberculosis (WHO TB DAK, C12.01).
    NegativeDoesNotExclude,
    /// The count of bacilli does not fit the grade; 1–19 is scanty (TJ-API 54), other limits are [unverified].
    SmearCountUnusual,
    /// Only the Ultra cartridge tells of a trace: check which test it was.
    TraceNeedsUltra,
    /// What confirmed the diagnosis was entered in error since: revise the diagnosis.
    ConfirmationWithdrawn,
    /// The dose depends on the weight, a child's most of all: record it.
    WeightMissing,
    /// Registered as new after an earlier treatment of unknown length: new is a patient who was treated for less than a month
    /// (WHO TB DAK, C4.DE.1).
    EarlierTreatmentUnclear,
    /// Preventive treatment began on a look that was not fresh any more: screen again (WHO TB DAK, E6; how old is data).
    PreventionOnOldScreening,
    /// The regimen does not suit the resistance of the person it was caught from (WHO TB DAK, DT E6).
    PreventionRegimenUnsuited,
    /// Preventive treatment was called completed with fewer doses than the regimen has; which number suffices is [unverified].
    PreventionDosesFew,
    /// The regimen has age limits, and the patient's age when it was chosen lies outside of them or is not known (WHO TB DAK,
    /// D9); which of the two stands with the person.
    RegimenAge,
    /// The regimen is meant for other sites (WHO TB DAK, D9).
    RegimenSite,
    /// The regimen is meant for another resistance than what is on record (WHO TB DAK, D9 and D10).
    RegimenOffLabel,
    /// More months are planned than the table of regimens has of it (WHO TB DAK, D9 and D10).
    TreatmentTooLong,
    /// Less than 14 days of medicine for the road (CDC-INT).
    SupplyShort,
    /// Less than 30 days of treatment are left: end it before the journey (CURETB).
    EndsBeforeTravel,
}

/// Advice, and the specimen or episode that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Advice {
    /// What to think of.
    pub code: AdviceCode,
    /// The specimen, the episode, the course of prevention or the handoff; absent where it is about the case.
    pub subject: Option<Uuid>,
}

impl Case {
    /// What should be thought of on this case, by what is on record now.
    pub fn advice(&self) -> Vec<Advice> {
        let mut advice = Vec::new();
        if self.closing.closed() || self.closing.dead() || self.diagnosis.denotified.is_some() {
            return advice;
        }
        let evidence = self.laboratory.evidence(AsOf::default()).observations;
        advice.extend(evidence.iter().flat_map(|one| of_result(one, &evidence)));
        advice.extend(self.unexpected_resistance(&evidence));
        if self.nothing_found(&evidence) {
            advice.push(Advice { code: AdviceCode::NegativeDoesNotExclude, subject: None });
        }
        if self.confirmation_withdrawn(&evidence) {
            advice.push(Advice { code: AdviceCode::ConfirmationWithdrawn, subject: None });
        }
        if self.new_after_unknown_treatment() {
            advice.push(Advice { code: AdviceCode::EarlierTreatmentUnclear, subject: None });
        }
        advice.extend(self.of_treatment());
        advice.extend(self.of_travel());
        advice.extend(self.of_prevention());
        advice.sort_unstable();
        advice.dedup();
        advice
    }

    /// What the regimen that runs is not meant for.
    fn of_treatment(&self) -> Vec<Advice> {
        let Some((id, episode)) = self.treatment.open_episode() else { return Vec::new() };
        let mut codes: Vec<_> = episode.advice.iter().copied().collect();
        codes.extend(episode.latest_weight().is_none().then_some(AdviceCode::WeightMissing));
        codes.extend(episode.longer_than_foreseen().then_some(AdviceCode::TreatmentTooLong));
        if let Some(regimen) = regimen::find(&episode.regimen) {
            let sites = self.diagnosis.current.iter().flat_map(|made| &made.sites);
            codes.extend((!regimen.suits_sites(sites)).then_some(AdviceCode::RegimenSite));
            let found = self.laboratory.evidence(AsOf::default()).resistance().category;
            let fluoroquinolone = self.laboratory.susceptibility(Drug::Fluoroquinolone);
            let meant = regimen.suits_resistance(found, fluoroquinolone);
            codes.extend((!meant).then_some(AdviceCode::RegimenOffLabel));
        }
        codes.into_iter().map(|code| Advice { code, subject: Some(id.0) }).collect()
    }

    /// Medicine and time, seen from the last step of a handoff that takes the treatment along.
    fn of_travel(&self) -> Vec<Advice> {
        let Some((_, episode)) = self.treatment.open_episode() else { return Vec::new() };
        let live = self.handoffs.live().filter(|(_, handoff)| handoff.taken().contains(&Programme::Tb));
        let of = |(id, handoff): (HandoffId, &Handoff)| {
            let left = |until: Date| days_between(handoff.moved_on(), until);
            let in_hand = episode.medicine_in_hand(handoff.moved_on());
            let short = in_hand.is_none_or(|days| days < SUPPLY_DAYS);
            let soon = left(episode.expected_end) < REMAINING_DAYS;
            let codes =
                [short.then_some(AdviceCode::SupplyShort), soon.then_some(AdviceCode::EndsBeforeTravel)];
            codes.into_iter().flatten().map(move |code| Advice { code, subject: Some(id.0) })
        };
        live.flat_map(of).collect()
    }

    /// What the last course of preventive treatment calls for.
    fn of_prevention(&self) -> Vec<Advice> {
        let Some((id, course)) = self.prevention.last() else { return Vec::new() };
        let runs = course.ended.is_none();
        [
            (AdviceCode::PreventionOnOldScreening, runs && course.on_old_look),
            (AdviceCode::PreventionRegimenUnsuited, runs && !course.suits()),
            (AdviceCode::PreventionDosesFew, course.completed_early()),
        ]
        .into_iter()
        .filter(|(_, called_for)| *called_for)
        .map(|(code, _)| Advice { code, subject: Some(id.0) })
        .collect()
    }

    /// Resistance that one rapid test alone has found in a patient without earlier treatment.
    fn unexpected_resistance(&self, evidence: &[Observation<'_>]) -> Option<Advice> {
        let told = |one: &&Observation<'_>| {
            let told = one.finding().susceptibility(Drug::Rifampicin);
            told.is_some_and(|told| told != Susceptibility::Indeterminate)
        };
        let mut told = evidence.iter().filter(told);
        let (first, second) = (told.next()?, told.next());
        let history = self.diagnosis.current.as_ref().map(|made| made.history);
        let low_risk = !matches!(history, Some(TreatmentHistory::Recurrent | TreatmentHistory::ReRegistered));
        let rapid =
            matches!(first.finding(), Finding::Molecular { rifampicin: Some(Susceptibility::Resistant), .. });
        let code = AdviceCode::RepeatRifampicinTest;
        (rapid && low_risk && second.is_none()).then_some(Advice { code, subject: Some(first.specimen.0) })
    }

    /// Rapid tests found nothing, no culture has told anything, and nobody has decided.
    fn nothing_found(&self, evidence: &[Observation<'_>]) -> bool {
        let undecided = self.diagnosis.current.is_none() && !self.diagnosis.excluded();
        let negative = |one: &Observation<'_>| {
            matches!(one.finding(), Finding::Molecular { mtb: MolecularFinding::NotDetected, .. })
        };
        let told = |one: &Observation<'_>| {
            let finding = one.finding();
            finding.positive() || finding.trace() || finding.culture_positive().is_some()
        };
        undecided && evidence.iter().any(negative) && !evidence.iter().any(told)
    }

    fn confirmation_withdrawn(&self, evidence: &[Observation<'_>]) -> bool {
        let Some(made) = &self.diagnosis.current else { return false };
        let confirms = |one: &Observation<'_>| one.finding().positive() || one.finding().trace();
        made.confirmation == Confirmation::BacteriologicallyConfirmed
            && !made.evidence.is_empty()
            && !evidence.iter().any(|one| made.evidence.contains(&one.specimen) && confirms(one))
    }
}

/// What one result calls for, unless a later one of its kind has told more.
fn of_result(one: &Observation<'_>, evidence: &[Observation<'_>]) -> Vec<Advice> {
    let later = |told: fn(&Finding) -> bool| {
        evidence.iter().any(|other| other.collected_on >= one.collected_on && told(other.finding()))
    };
    let mut codes = Vec::new();
    match one.finding() {
        Finding::Molecular { mtb, .. } if mtb.told_nothing() => {
            let told =
                |finding: &Finding| matches!(finding, Finding::Molecular { mtb, .. } if !mtb.told_nothing());
            codes.extend((!later(told)).then_some(AdviceCode::TestAgain));
        }
        Finding::Molecular { mtb: MolecularFinding::Trace, kit: Some(kit), .. } => {
            let tells = matches!(kit, MolecularKit::XpertUltra | MolecularKit::Other);
            codes.extend((!tells).then_some(AdviceCode::TraceNeedsUltra));
        }
        Finding::Culture { growth: CultureGrowth::Contaminated, .. } => {
            let told = |finding: &Finding| matches!(finding, Finding::Culture { growth, .. } if *growth != CultureGrowth::Contaminated);
            codes.extend((!later(told)).then_some(AdviceCode::RepeatCulture));
        }
        Finding::Smear { grade: SmearGrade::Unsatisfactory, .. } => {
            let told = |finding: &Finding| finding.smear_positive().is_some();
            codes.extend((!later(told)).then_some(AdviceCode::RepeatSmear));
        }
        Finding::Smear { grade: SmearGrade::Scanty, bacilli: Some(20..) } => {
            codes.push(AdviceCode::SmearCountUnusual);
        }
        _ => (),
    }
    codes.into_iter().map(|code| Advice { code, subject: Some(one.specimen.0) }).collect()
}

#[cfg(test)]
mod tests;
