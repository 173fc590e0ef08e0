//! Arrival, the moment that moves responsibility; and what happens when the patient does not come.

use jiff::{SignedDuration, civil::Date};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Handoff, HandoffRefusal, HandoffState, Side,
    event::{
        CareContinued, ClaimBasis, ClaimConfirmed, ContactAttempted, ContactChannel, ContactResult,
        HandoffAccepted, HandoffCompleted, HandoffReinstated, IdentityCheck, PatientArrived,
        PatientArrivedElsewhere, PatientNotArrived,
    },
};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::HandoffId,
};

/// Hours after which an unanswered claim stands.
pub(super) const CLAIM_LAPSES_AFTER: SignedDuration = SignedDuration::from_hours(72);

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

/// Records that the patient is with an organisation that was not asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimPatient {
    /// The day on which the patient came.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What says that it is this patient.
    pub basis: ClaimBasis,
}

/// Confirms another organisation's claim: responsibility follows the patient.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmClaim {}

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
            HandoffState::Expired,
        ];
        let handoff = case.handoff(id, &context.actor, Side::Destination, &from)?;
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        let mut events = self.reinstated(id, handoff, case, context)?;
        if handoff.state.pending() || handoff.state == HandoffState::Expired {
            events.push(CaseEvent::HandoffAccepted(HandoffAccepted {
                handoff: id,
                programmes: handoff.programmes.clone(),
                refused: std::collections::BTreeMap::new(),
                implicit: true,
            }));
        }
        let moves = handoff.moves(id, &handoff.to, case)?;
        events.push(CaseEvent::PatientArrived(PatientArrived {
            handoff: id,
            on: self.on,
            identity_check: self.identity_check,
        }));
        events.extend(moves);
        Ok(events)
    }

    /// An arrival that happened while the offer lasted beats the clock that ended it meanwhile.
    fn reinstated(
        &self,
        id: HandoffId,
        handoff: &Handoff,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, HandoffRefusal> {
        if handoff.state != HandoffState::Expired {
            return Ok(vec![]);
        }
        if context.occurred_at.instant >= handoff.expires_at {
            return Err(HandoffRefusal::ExpiredAlready { at: handoff.expires_at });
        }
        let newer = handoff.programmes.iter().find_map(|programme| {
            let live = case.handoffs.live_for(*programme)?;
            Some(HandoffRefusal::AlreadyLive { programme: *programme, handoff: live })
        });
        match newer {
            Some(refusal) => Err(refusal),
            None => {
                Ok(vec![CaseEvent::HandoffReinstated(HandoffReinstated { handoff: id, arrived_on: self.on })])
            }
        }
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
        let expected = handoff.expected_arrival.unwrap_or(context.today);
        if context.today <= expected {
            return Err(HandoffRefusal::NotDueYet { expected }.into());
        }
        Ok(vec![CaseEvent::PatientNotArrived(PatientNotArrived { handoff: id, expected })])
    }
}

impl ClaimPatient {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.exists()?;
        let handoff = case.handoffs.all.get(&id).ok_or(HandoffRefusal::HandoffUnknown)?;
        let claimant = &context.actor.organisation;
        if *claimant == handoff.from || *claimant == handoff.to && handoff.state.live() {
            return Err(HandoffRefusal::NotYours { side: "third organisation" }.into());
        }
        handoff.in_state(&[
            HandoffState::Offered,
            HandoffState::Acknowledged,
            HandoffState::Accepted,
            HandoffState::Departed,
            HandoffState::NotArrived,
        ])?;
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        Ok(vec![CaseEvent::PatientArrivedElsewhere(PatientArrivedElsewhere {
            handoff: id,
            organisation: claimant.clone(),
            on: self.on,
            basis: self.basis,
        })])
    }
}

impl ConfirmClaim {
    pub(in crate::case) fn decide(
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let handoff = case.handoff(id, &context.actor, Side::Origin, &[HandoffState::ArrivedElsewhere])?;
        claim_stands(id, handoff, case, false)
    }
}

/// The claim is settled for the claimant, and responsibility follows.
pub(super) fn claim_stands(
    id: HandoffId,
    handoff: &Handoff,
    case: &Case,
    by_lapse: bool,
) -> Result<Vec<CaseEvent>, CaseRefusal> {
    let claim = handoff.claim.as_ref().filter(|claim| !claim.confirmed).ok_or(HandoffRefusal::NoClaim)?;
    let organisation = claim.organisation.clone();
    let mut events = vec![CaseEvent::ClaimConfirmed(ClaimConfirmed {
        handoff: id,
        organisation: organisation.clone(),
        by_lapse,
    })];
    events.extend(handoff.moves(id, &organisation, case)?);
    Ok(events)
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
