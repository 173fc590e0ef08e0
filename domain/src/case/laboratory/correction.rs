//! A result that was wrong is entered in error, never edited: it stays in the log and leaves the evidence.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Laboratory, LaboratoryRefusal};
use crate::{
    case::{Case, CaseEvent, CaseRefusal},
    decider::{Context, Fact},
    ids::SpecimenId,
};

/// Why a result is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "result-error-reasons"))]
pub enum ResultErrorReason {
    /// It belongs to somebody else.
    OtherPerson,
    /// It belongs to another specimen.
    OtherSpecimen,
    /// It was typed in wrongly.
    Typing,
    /// It was recorded twice.
    EnteredTwice,
    /// The laboratory has taken it back.
    WithdrawnByLaboratory,
}

/// States that a result should not stand; what follows from the results is derived again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkResultInError {
    /// The number of the result on its specimen, from 1, as the case shows it.
    #[schemars(range(min = 1))]
    pub number: u16,
    /// Why.
    pub reason: ResultErrorReason,
}

/// A result should not have stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `MarkResultInError`")]
pub struct ResultEnteredInError {
    pub specimen: SpecimenId,
    pub number: u16,
    pub reason: ResultErrorReason,
}

/// Why a result does not stand, and since when that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnteredInError {
    /// Why.
    pub reason: ResultErrorReason,
    /// Since when it is known.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub recorded_at: Timestamp,
}

impl MarkResultInError {
    /// By the organisation that recorded it, or by one that cares for the patient now.
    pub(in crate::case) fn decide(
        &self,
        id: SpecimenId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.may_add_late(&context.actor)?;
        let specimen = case.laboratory.specimens.get(&id).ok_or(LaboratoryRefusal::SpecimenUnknown)?;
        let at = usize::from(self.number).checked_sub(1);
        let result = at.and_then(|at| specimen.results.get(at));
        let result = result.ok_or(LaboratoryRefusal::NoSuchResult)?;
        if result.recorded_by != context.actor.organisation {
            case.cares(&context.actor)?;
        }
        if result.entered_in_error.is_some() {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::ResultEnteredInError(ResultEnteredInError {
            specimen: id,
            number: self.number,
            reason: self.reason,
        })])
    }
}

impl Laboratory {
    pub(in crate::case) fn entered_in_error(&mut self, event: &ResultEnteredInError, fact: &Fact<CaseEvent>) {
        let specimen = self.specimens.get_mut(&event.specimen);
        let at = usize::from(event.number).wrapping_sub(1);
        if let Some(result) = specimen.and_then(|specimen| specimen.results.get_mut(at)) {
            let error = EnteredInError { reason: event.reason, recorded_at: fact.recorded_at };
            result.entered_in_error.get_or_insert(error);
        }
    }
}
