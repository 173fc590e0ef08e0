//! The record's own handoff: offered under its own consent, and responsibility moves when the patient has arrived.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, consent::HivConsents, opening::in_order};
use crate::{
    actor::Actor,
    decider::{Context, Fact},
    ids::{HandoffId, OrganisationId},
    organisation::{OrganisationKind, Service},
    refusal::refusals,
};

/// How long an offer waits for its answer.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Offers the patient's HIV care to another AIDS centre.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferHivHandoff {
    /// To whom.
    pub to: OrganisationId,
    /// The day on which the patient should be there.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expected_arrival: Option<Date>,
}

/// Takes the offer; responsibility moves on arrival.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptHivHandoff {}

/// Why an offer is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-handoff-decline-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum HivDeclineReason {
    NoCapacity,
    ServiceNotOffered,
    OutsideCatchment,
    Other,
}

/// Declines the offer.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineHivHandoff {
    /// Why.
    pub reason: HivDeclineReason,
}

/// Takes one's own offer back, before the arrival.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawHivHandoff {}

/// Records that the patient is here: the destination answers from now on.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArriveHivPatient {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// Records that the patient has not come; the sender goes on answering.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordHivNotArrived {}

/// The care was offered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `OfferHivHandoff`")]
pub struct HivHandoffOffered {
    pub handoff: HandoffId,
    pub from: OrganisationId,
    pub to: OrganisationId,
    pub expected_arrival: Option<Date>,
    pub expires_at: Timestamp,
    /// The consent it rests on.
    pub consent: crate::ids::ConsentId,
}

/// A step of a handoff.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HivHandoffMoved {
    /// Of which.
    pub handoff: HandoffId,
}

/// The destination declined.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `DeclineHivHandoff`")]
pub struct HivHandoffDeclined {
    pub handoff: HandoffId,
    pub reason: HivDeclineReason,
}

/// The patient is there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `ArriveHivPatient`")]
pub struct HivPatientArrived {
    pub handoff: HandoffId,
    pub organisation: OrganisationId,
    pub on: Date,
}

/// How far a handoff has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-handoff-states"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum HivHandoffState {
    Offered,
    Accepted,
    Declined,
    Withdrawn,
    Expired,
    Arrived,
    NotArrived,
}

/// A handoff as it stands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HivHandoff {
    /// Who answers until the arrival.
    pub from: OrganisationId,
    /// Who is asked.
    pub to: OrganisationId,
    /// How far it has come.
    pub state: HivHandoffState,
    /// When it was offered.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub offered_at: Timestamp,
    /// When an unanswered offer ends.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
    /// The day on which the patient should be there.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expected_arrival: Option<Date>,
    /// The day on which the patient came.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub arrived_on: Option<Date>,
    /// Why it was declined.
    pub declined: Option<HivDeclineReason>,
}

/// Every handoff of the record.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct HivHandoffs(pub BTreeMap<HandoffId, HivHandoff>);

refusals! {
    /// Why a handoff of the record, or a step of one, is refused.
    HivHandoffRefusal {
        HandoffUnknown = Absent "not_found", "There is no such handoff in this record.";
        DestinationUnknown = Invalid "hiv_handoff_destination",
            "HIV care is handed to another active AIDS centre that gives ART; look it up in the directory.";
        LiveAlready { to: OrganisationId } = Conflict "hiv_handoff_live", "A handoff to {to} is under way: withdraw that one first.";
        ExpectedInThePast = Invalid "expected_arrival_in_the_past", "The expected arrival lies in the past.";
        NotYours { side: &'static str } = Conflict "hiv_handoff_not_yours", "This step belongs to the {side} of the handoff.";
        MovedAlready { state: &'static str } = Conflict "hiv_handoff_moved", "This handoff is {state}.";
        NotDueYet { expected: Date } = Conflict "hiv_arrival_not_due", "The patient is expected on {expected}; wait until that day has passed.";
    }
}

impl HivHandoffState {
    /// Waits for its end.
    pub const fn live(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Arrived => "arrived",
            Self::NotArrived => "not_arrived",
        }
    }
}

impl OfferHivHandoff {
    /// Sharing HIV data with an organisation that no consent names, and whose country none names, is refused.
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.answers(&context.actor)?;
        record.alive()?;
        let from = context.actor.organisation.clone();
        let destination = context.directory.active(&self.to).filter(|found| {
            found.kind == OrganisationKind::AidsCentre && found.services.contains(&Service::Art)
        });
        if destination.is_none() || self.to == from {
            return Err(HivHandoffRefusal::DestinationUnknown.into());
        }
        if let Some((_, live)) = record.handoffs.live() {
            return Err(HivHandoffRefusal::LiveAlready { to: live.to.clone() }.into());
        }
        if self.expected_arrival.is_some_and(|day| day < context.today) {
            return Err(HivHandoffRefusal::ExpectedInThePast.into());
        }
        let consent = record.consents.allow(&self.to, context)?;
        Ok(vec![HivEvent::HandoffOffered(HivHandoffOffered {
            handoff: HandoffId(context.new_id),
            from,
            to: self.to.clone(),
            expected_arrival: self.expected_arrival,
            expires_at: context.now.saturating_add(EXPIRES_AFTER).unwrap_or(Timestamp::MAX),
            consent,
        })])
    }
}

/// Which side of a handoff a step belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Sender,
    Receiver,
    Either,
}

/// The handoff, if the actor's side may take a step from one of these states.
fn step<'a>(
    record: &'a HivRecord,
    id: HandoffId,
    actor: &Actor,
    (side, from): (Side, &[HivHandoffState]),
) -> Result<&'a HivHandoff, HivRefusal> {
    if record.standing(&actor.organisation).is_none() {
        record.cares(actor)?;
    }
    let handoff = record.handoffs.0.get(&id).ok_or(HivHandoffRefusal::HandoffUnknown)?;
    let (sends, takes) = (handoff.from == actor.organisation, handoff.to == actor.organisation);
    match side {
        Side::Sender if !sends => return Err(HivHandoffRefusal::NotYours { side: "sender" }.into()),
        Side::Receiver if !takes => return Err(HivHandoffRefusal::NotYours { side: "receiver" }.into()),
        Side::Either if !sends && !takes => return Err(HivHandoffRefusal::HandoffUnknown.into()),
        _ => (),
    }
    if from.contains(&handoff.state) {
        Ok(handoff)
    } else {
        Err(HivHandoffRefusal::MovedAlready { state: handoff.state.word() }.into())
    }
}

impl AcceptHivHandoff {
    pub(super) fn decide(
        handoff: HandoffId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let found = step(record, handoff, &context.actor, (Side::Receiver, &[HivHandoffState::Offered]))?;
        record.consents.allow(&found.to, context)?;
        Ok(vec![HivEvent::HandoffAccepted(HivHandoffMoved { handoff })])
    }
}

impl DeclineHivHandoff {
    pub(super) fn decide(
        &self,
        handoff: HandoffId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        step(record, handoff, &context.actor, (Side::Receiver, &[HivHandoffState::Offered]))?;
        Ok(vec![HivEvent::HandoffDeclined(HivHandoffDeclined { handoff, reason: self.reason })])
    }
}

impl WithdrawHivHandoff {
    pub(super) fn decide(
        handoff: HandoffId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let live = [HivHandoffState::Offered, HivHandoffState::Accepted];
        step(record, handoff, &context.actor, (Side::Sender, &live))?;
        Ok(vec![HivEvent::HandoffWithdrawn(HivHandoffMoved { handoff })])
    }
}

impl ArriveHivPatient {
    /// A patient who comes before anybody answered is welcome all the same, and so is one who was given up.
    pub(super) fn decide(
        &self,
        handoff: HandoffId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let from = [HivHandoffState::Offered, HivHandoffState::Accepted, HivHandoffState::NotArrived];
        let found = step(record, handoff, &context.actor, (Side::Receiver, &from))?;
        in_order(&[self.on], context.today)?;
        record.consents.allow(&found.to, context)?;
        if record.responsible() != Some(&found.from) {
            return Err(HivHandoffRefusal::MovedAlready { state: "arrived_elsewhere" }.into());
        }
        Ok(vec![HivEvent::PatientArrived(HivPatientArrived {
            handoff,
            organisation: found.to.clone(),
            on: self.on,
        })])
    }
}

impl RecordHivNotArrived {
    pub(super) fn decide(
        handoff: HandoffId,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let found = step(record, handoff, &context.actor, (Side::Either, &[HivHandoffState::Accepted]))?;
        if let Some(expected) = found.expected_arrival.filter(|expected| *expected >= context.today) {
            return Err(HivHandoffRefusal::NotDueYet { expected }.into());
        }
        Ok(vec![HivEvent::PatientNotArrived(HivHandoffMoved { handoff })])
    }
}

impl HivHandoffs {
    pub(super) fn offered(&mut self, event: &HivHandoffOffered, fact: &Fact<HivEvent>) {
        let handoff = HivHandoff {
            from: event.from.clone(),
            to: event.to.clone(),
            state: HivHandoffState::Offered,
            offered_at: fact.recorded_at,
            expires_at: event.expires_at,
            expected_arrival: event.expected_arrival,
            arrived_on: None,
            declined: None,
        };
        self.0.insert(event.handoff, handoff);
    }

    pub(super) fn moved(&mut self, event: &HivHandoffMoved, state: HivHandoffState) {
        if let Some(handoff) = self.0.get_mut(&event.handoff) {
            handoff.state = state;
        }
    }

    pub(super) fn declined(&mut self, event: &HivHandoffDeclined) {
        if let Some(handoff) = self.0.get_mut(&event.handoff) {
            handoff.state = HivHandoffState::Declined;
            handoff.declined = Some(event.reason);
        }
    }

    pub(super) fn arrived(&mut self, event: &HivPatientArrived) {
        if let Some(handoff) = self.0.get_mut(&event.handoff) {
            handoff.state = HivHandoffState::Arrived;
            handoff.arrived_on = Some(event.on);
        }
    }

    /// The handoff that is under way.
    pub fn live(&self) -> Option<(HandoffId, &HivHandoff)> {
        self.0.iter().find(|(_, handoff)| handoff.state.live()).map(|(id, handoff)| (*id, handoff))
    }

    /// Whether an organisation is asked, awaits the patient, or waited in vain.
    pub fn concerns(&self, organisation: &OrganisationId) -> bool {
        let waits =
            |handoff: &HivHandoff| handoff.state.live() || handoff.state == HivHandoffState::NotArrived;
        self.0.values().any(|handoff| handoff.to == *organisation && waits(handoff))
    }

    /// The withdrawals of live handoffs that none of these consents carries.
    pub(super) fn without_ground(&self, consents: &HivConsents, context: &Context<'_>) -> Vec<HivEvent> {
        let bare = self.live().filter(|(_, handoff)| consents.allow(&handoff.to, context).is_err());
        bare.map(|(handoff, _)| HivEvent::HandoffWithdrawn(HivHandoffMoved { handoff })).into_iter().collect()
    }
}

impl HivRecord {
    /// The offer that time alone has ended by now.
    pub fn due(&self, now: Timestamp) -> Option<(HandoffId, HivEvent)> {
        let (handoff, live) = self.handoffs.live()?;
        let over = live.state == HivHandoffState::Offered && now >= live.expires_at;
        over.then_some((handoff, HivEvent::HandoffExpired(HivHandoffMoved { handoff })))
    }
}
