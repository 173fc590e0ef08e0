//! The receiver's answer: acknowledge, accept, decline, rescind.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    HandoffRefusal, HandoffState, Side,
    event::{DeclineReason, HandoffAccepted, HandoffClosed, HandoffDeclined},
};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::{HandoffId, OrganisationId},
};

/// Tells the sender that the offer was seen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeHandoff {}

/// What the search for an earlier record of the same person brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "duplicate-checks"))]
pub enum DuplicateCheck {
    /// Searched, nobody found.
    NoneFound,
    /// Found; the records are linked once the patient is expected here.
    Found,
}

/// Takes the offer, whole or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptHandoff {
    /// What the search for an earlier record of the same person brought.
    pub duplicate_check: DuplicateCheck,
    /// The programmes that are not taken, each with its reason; absent means that the whole offer is taken.
    #[serde(default)]
    pub refused: BTreeMap<Programme, DeclineReason>,
}

/// Declines the offer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineHandoff {
    /// Why.
    pub reason: DeclineReason,
    /// Who might take the patient instead.
    pub suggestion: Option<OrganisationId>,
}

/// Gives back what was taken, before the patient departs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RescindAcceptance {
    /// Why.
    pub reason: DeclineReason,
}

const PENDING: [HandoffState; 2] = [HandoffState::Offered, HandoffState::Acknowledged];

impl AcknowledgeHandoff {
    pub(in crate::case) fn decide(
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let found = case.handoff(handoff, &context.actor, Side::Destination, &PENDING)?;
        if found.state == HandoffState::Acknowledged {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::HandoffAcknowledged(HandoffClosed { handoff })])
    }
}

impl AcceptHandoff {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let found = case.handoff(handoff, &context.actor, Side::Destination, &PENDING)?;
        if self.refused.keys().any(|programme| !found.programmes.contains(programme)) {
            return Err(HandoffRefusal::PartUnexplained.into());
        }
        let taken = |programme: &&Programme| !self.refused.contains_key(programme);
        let programmes: BTreeSet<_> = found.programmes.iter().filter(taken).copied().collect();
        if programmes.is_empty() {
            return Err(HandoffRefusal::PartEmpty.into());
        }
        Ok(vec![CaseEvent::HandoffAccepted(HandoffAccepted {
            handoff,
            programmes,
            refused: self.refused.clone(),
            implicit: false,
            duplicate_check: Some(self.duplicate_check),
        })])
    }
}

impl DeclineHandoff {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.handoff(handoff, &context.actor, Side::Destination, &PENDING)?;
        Ok(vec![CaseEvent::HandoffDeclined(HandoffDeclined {
            handoff,
            reason: self.reason,
            suggestion: self.suggestion.clone(),
        })])
    }
}

impl RescindAcceptance {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.handoff(handoff, &context.actor, Side::Destination, &[HandoffState::Accepted])?;
        Ok(vec![CaseEvent::AcceptanceRescinded(HandoffDeclined {
            handoff,
            reason: self.reason,
            suggestion: None,
        })])
    }
}
