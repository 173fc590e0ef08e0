//! Who may have a regimen, and for whom it is not meant: the one refuses, the other is thought of.

use std::collections::BTreeSet;

use super::{StartTreatment, TreatmentRefusal};
use crate::{
    case::{
        Case,
        advice::AdviceCode,
        laboratory::{AsOf, Drug, Susceptibility},
        regimen::Regimen,
    },
    decider::Context,
};

impl StartTreatment {
    /// Eligibility by age, weight, pregnancy and fluoroquinolone susceptibility (WHO TB DAK, D9.DT and D10.DT).
    pub(super) fn eligible(
        &self,
        regimen: &Regimen,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<(), TreatmentRefusal> {
        if self.weight_kg.is_some_and(|weight| !(1..=300).contains(&weight)) {
            return Err(TreatmentRefusal::WeightOutOfRange);
        }
        match context.age_on(self.started_on) {
            Some(age) if age < regimen.minimum_age => {
                return Err(TreatmentRefusal::TooYoung { minimum: regimen.minimum_age });
            }
            None if regimen.minimum_age > 0 => return Err(TreatmentRefusal::AgeUnknown),
            _ => (),
        }
        if self.weight_kg.unwrap_or_default() < u16::from(regimen.minimum_weight_kg) {
            return Err(TreatmentRefusal::TooLight { minimum: regimen.minimum_weight_kg });
        }
        if regimen.not_in_pregnancy && self.pregnant_or_breastfeeding == Some(true) {
            return Err(TreatmentRefusal::Pregnant);
        }
        self.allowed_by_results(regimen, case)?;
        if regimen.composition_required && self.composition.is_empty() {
            return Err(TreatmentRefusal::CompositionMissing);
        }
        Ok(())
    }

    /// A result that came after the first day refuses nothing: treatment did begin, and that it does not suit is advice. Nor
    /// is anything refused that later results bear out.
    fn allowed_by_results(&self, regimen: &Regimen, case: &Case) -> Result<(), TreatmentRefusal> {
        let now = case.laboratory.evidence(AsOf::default());
        let mut then = now.clone();
        then.observations.retain(|one| one.recorded.result.resulted_on <= self.started_on);
        let forbidden = |drug, by: fn(&Regimen, Option<Susceptibility>) -> bool| {
            [&then, &now].into_iter().all(|known| by(regimen, known.susceptibility(drug)))
        };
        let resistant = |regimen: &Regimen, told: Option<Susceptibility>| {
            told == Some(Susceptibility::Resistant) && !regimen.drug_resistant()
        };
        if forbidden(Drug::Rifampicin, resistant) {
            return Err(TreatmentRefusal::RifampicinResistance);
        }
        if forbidden(Drug::Fluoroquinolone, |regimen, told| !regimen.fluoroquinolone.allows(told)) {
            return Err(TreatmentRefusal::FluoroquinoloneResistance);
        }
        Ok(())
    }

    /// Ages beyond those that refuse are advice: children's regimens have limits that a protocol may set otherwise (WHO TB
    /// DAK, D9). The age is that of the first day, and stays with the person.
    pub(super) fn misgivings(&self, regimen: &Regimen, context: &Context<'_>) -> BTreeSet<AdviceCode> {
        let suits = context.months_on(self.started_on).is_some_and(|months| regimen.suits_age(months));
        let outside = regimen.has_age_limits() && !suits;
        outside.then_some(AdviceCode::RegimenAge).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
