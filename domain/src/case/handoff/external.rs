//! Destinations outside the network: the sender writes down what the facility lets it know, with the evidence.
//!
//! Responsibility does not move to a facility that cannot answer here: the sender goes on answering, asks for the outcome,
//! and ends its programmes by closing the case.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Handoff, HandoffRefusal, HandoffState, Side,
    event::{DeclineReason, Evidence, ExternalConfirmed, ExternalStep},
};
use crate::{
    case::{Case, CaseEvent, CaseRefusal},
    decider::Context,
    ids::HandoffId,
};

/// Records what a facility outside the network has let the sender know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmExternal {
    /// What.
    pub step: ExternalStep,
    /// The day on which it happened there.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// How the sender knows.
    pub evidence: Evidence,
    /// Why it does not take the patient; with `declined` alone.
    pub reason: Option<DeclineReason>,
}

impl ConfirmExternal {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let handoff = case.handoff_seen_from(id, &context.actor, Side::Origin)?;
        if handoff.external.is_none() {
            return Err(HandoffRefusal::NotExternal.into());
        }
        if !self.step.from().contains(&handoff.state) {
            handoff.in_state(&LIVE_OR_ARRIVED)?;
            return Err(HandoffRefusal::ExternalStepTooEarly { state: handoff.state.code() }.into());
        }
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        if self.on < handoff.offered_on() {
            return Err(HandoffRefusal::ArrivedBeforeOffer.into());
        }
        if (self.step == ExternalStep::Declined) != self.reason.is_some() {
            return Err(HandoffRefusal::PartUnexplained.into());
        }
        Ok(vec![CaseEvent::ExternalConfirmed(ExternalConfirmed {
            handoff: id,
            step: self.step,
            on: self.on,
            evidence: self.evidence,
            reason: self.reason,
        })])
    }
}

const LIVE_OR_ARRIVED: [HandoffState; 6] = [
    HandoffState::Offered,
    HandoffState::Acknowledged,
    HandoffState::Accepted,
    HandoffState::Departed,
    HandoffState::Arrived,
    HandoffState::NotArrived,
];

impl ExternalStep {
    /// The states in which the facility can take this step.
    const fn from(self) -> &'static [HandoffState] {
        match self {
            Self::Accepted | Self::Declined => &[HandoffState::Offered],
            Self::Arrived => &[
                HandoffState::Offered,
                HandoffState::Accepted,
                HandoffState::Departed,
                HandoffState::NotArrived,
            ],
            Self::Completed => &[HandoffState::Arrived],
        }
    }

    /// Where the step leads.
    pub(in crate::case) const fn leads_to(self) -> HandoffState {
        match self {
            Self::Accepted => HandoffState::Accepted,
            Self::Declined => HandoffState::Declined,
            Self::Arrived => HandoffState::Arrived,
            Self::Completed => HandoffState::Completed,
        }
    }
}

impl Handoff {
    /// What a facility outside the network has let the sender know, beside the step itself.
    pub(in crate::case) fn confirmed_outside(&mut self, event: &ExternalConfirmed) {
        match event.step {
            ExternalStep::Accepted => self.accepted.clone_from(&self.programmes),
            ExternalStep::Arrived => {
                self.accepted.clone_from(&self.programmes);
                self.arrived_on = Some(event.on);
            }
            ExternalStep::Declined => self.declined = event.reason.map(|reason| (reason, None)),
            ExternalStep::Completed => (),
        }
    }

    /// The day of the offer where it was earliest: east of UTC it is later everywhere on the road, so a patient who arrives in
    /// Moscow on the evening of the offer, when it is tomorrow in Dushanbe, has not arrived before it.
    pub(super) fn offered_on(&self) -> Date {
        jiff::tz::Offset::UTC.to_datetime(self.offered_at).date()
    }
}
