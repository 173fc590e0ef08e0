//! Arrival, the moment that moves responsibility; and what happens when the patient does not come.

use std::collections::BTreeSet;

use jiff::{SignedDuration, civil::Date};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Handoff, HandoffRefusal, HandoffState, Side,
    event::{
        CareContinued, ContactAttempted, ContactChannel, ContactResult, HandoffAccepted, HandoffCompleted,
        HandoffReinstated, IdentityCheck, PatientArrived, PatientNotArrived,
    },
    packet,
};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::HandoffId,
};

/// How late an arrival may be recorded and still beat the clock.
const LATEST_RECORDING: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Records that the patient is here: the destination answers from now on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivePatient {
    /// The day of arrival.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// How the patient was recognised.
    pub identity_check: IdentityCheck,
}

/// Records that the patient has not come by the day expected; tracing begins.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordNotArrived {}

/// Records that the patient was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordContactAttempt {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// How.
    pub channel: ContactChannel,
    /// What it brought.
    pub result: ContactResult,
}

/// Records that care goes on at the destination, which ends the handoff well.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteHandoff {
    /// A dose or a visit.
    pub care: CareContinued,
    /// On which day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

impl ArrivePatient {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let from = [
            HandoffState::Offered,
            HandoffState::Acknowledged,
            HandoffState::Accepted,
            HandoffState::Departed,
            HandoffState::NotArrived,
            HandoffState::Expired,
        ];
        let handoff = case.handoff(id, &context.actor, Side::Destination, &from)?;
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        if self.on < handoff.offered_on() {
            return Err(HandoffRefusal::ArrivedBeforeOffer.into());
        }
        handoff.still_with_sender(case)?;
        let mut events = self.after_all(id, handoff, case, context)?;
        if handoff.state.pending() || handoff.state == HandoffState::Expired {
            events.push(CaseEvent::HandoffAccepted(HandoffAccepted {
                handoff: id,
                programmes: handoff.programmes.clone(),
                refused: std::collections::BTreeMap::new(),
                implicit: true,
                duplicate_check: None,
            }));
        }
        events.push(CaseEvent::PatientArrived(PatientArrived {
            handoff: id,
            on: self.on,
            identity_check: self.identity_check,
        }));
        events.extend(handoff.moves(id, (&handoff.to, handoff.taken()), case));
        Ok(events)
    }

    /// A patient who was no longer expected here has come: what was arranged meanwhile is over, unless a third
    /// organisation says that it has the patient, which somebody has to settle first.
    fn after_all(
        &self,
        id: HandoffId,
        handoff: &Handoff,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, HandoffRefusal> {
        if handoff.state.live() {
            return Ok(vec![]);
        }
        let claimed = |id: HandoffId| case.handoffs.all.get(&id).map(Handoff::taken);
        let shares = |other: &BTreeSet<Programme>| !other.is_disjoint(handoff.taken());
        if case.handoffs.pending_claims().any(|(id, _)| claimed(id).is_some_and(shares)) {
            return Err(HandoffRefusal::ClaimPending);
        }
        let mut events = case.handoffs.superseded_by(id, handoff.taken());
        if handoff.state == HandoffState::Expired {
            events.extend(self.reinstated(id, handoff, case, context)?);
        }
        Ok(events)
    }

    /// An arrival that happened while the offer lasted beats the clock that ended it meanwhile: within 30 days, while
    /// the consent still stands, and unless others have cared for the patient since.
    /// The day as such counts: a worker who knows no hour has the benefit of the doubt.
    fn reinstated(
        &self,
        id: HandoffId,
        handoff: &Handoff,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, HandoffRefusal> {
        if context.occurred_at.instant >= handoff.expires_at {
            return Err(HandoffRefusal::ExpiredAlready { at: handoff.expires_at });
        }
        let late = context.now.duration_since(context.occurred_at.instant);
        if self.on != context.occurred_on() || late > LATEST_RECORDING {
            return Err(HandoffRefusal::ArrivalNotDated);
        }
        let treated = case.treatment.open_episode().filter(|_| handoff.programmes.contains(&Programme::Tb));
        if treated.is_some_and(|(_, episode)| episode.last_dose_on.is_some_and(|dose| dose > self.on)) {
            return Err(HandoffRefusal::CareSince);
        }
        let recipient = (Some(&handoff.to), context.actor.country);
        let consented =
            case.consents.covering(&packet::classes(&handoff.programmes), recipient, context.today);
        if let (false, Err(class)) = (handoff.consents.is_empty(), consented) {
            return Err(HandoffRefusal::ConsentMissing { class: class.code() });
        }
        let reinstated = CaseEvent::HandoffReinstated(HandoffReinstated { handoff: id, arrived_on: self.on });
        Ok(vec![reinstated])
    }
}

impl RecordNotArrived {
    pub(in crate::case) fn decide(
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let expected = [HandoffState::Accepted, HandoffState::Departed];
        let handoff = case.handoff(id, &context.actor, Side::Either, &expected)?;
        let expected = handoff.expected_on();
        if context.today <= expected {
            return Err(HandoffRefusal::NotDueYet { expected }.into());
        }
        Ok(vec![CaseEvent::PatientNotArrived(PatientNotArrived { handoff: id, expected })])
    }
}

impl RecordContactAttempt {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let open = [HandoffState::Accepted, HandoffState::Departed, HandoffState::NotArrived];
        case.handoff(id, &context.actor, Side::Either, &open)?;
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        Ok(vec![CaseEvent::ContactAttempted(ContactAttempted {
            handoff: id,
            on: self.on,
            channel: self.channel,
            result: self.result,
        })])
    }
}

impl CompleteHandoff {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let handoff = case.handoff(id, &context.actor, Side::Destination, &[HandoffState::Arrived])?;
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        let arrived_on = handoff.arrived_on.unwrap_or(self.on);
        if self.on < arrived_on {
            return Err(HandoffRefusal::CareBeforeArrival.into());
        }
        let treated = handoff.accepted.contains(&Programme::Tb);
        let episode = case.treatment.open_episode().filter(|_| treated);
        let dosed = |(_, episode): (_, &crate::case::treatment::Episode)| {
            episode.last_dose_on.is_some_and(|on| on >= arrived_on)
        };
        if self.care == CareContinued::FirstDose && !episode.is_some_and(dosed) {
            return Err(HandoffRefusal::CareNotShown.into());
        }
        let completed = HandoffCompleted { handoff: id, care: self.care, on: self.on };
        Ok(vec![CaseEvent::HandoffCompleted(completed)])
    }
}
