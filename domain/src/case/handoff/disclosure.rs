//! Who may read a packet now, and on which ground. It is asked at every reading, not once when the offer is sent.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Handoff, HandoffRefusal, HandoffState, event::ReviewFinding, packet};
use crate::{
    actor::{Actor, Role},
    case::Case,
    ids::{ConsentId, HandoffId, OrganisationId},
};

/// How long an override opens a packet, from the offer on.
pub const OVERRIDE_LASTS: SignedDuration = SignedDuration::from_hours(72);

/// The ground on which data were disclosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "disclosure-grounds"))]
pub enum DisclosureGround {
    /// The sender reads what it sent.
    OwnRecord,
    /// The patient agreed.
    Consents(BTreeSet<ConsentId>),
    /// The sender overrode the consent rule, for a while.
    Override,
    /// An auditor proves what was sent.
    Audit,
}

impl Case {
    /// The ground on which this reader may see the packet of a handoff now.
    pub fn packet_ground(
        &self,
        id: HandoffId,
        reader: &Actor,
        (now, today): (Timestamp, Date),
    ) -> Result<DisclosureGround, HandoffRefusal> {
        let handoff = self.handoffs.all.get(&id).filter(|handoff| handoff.packet.is_some());
        let handoff = handoff.ok_or(HandoffRefusal::PacketAbsent)?;
        if reader.role == Role::Auditor {
            return Ok(DisclosureGround::Audit);
        }
        if reader.organisation == handoff.from {
            return Ok(DisclosureGround::OwnRecord);
        }
        if !handoff.concerns(&reader.organisation) {
            return Err(HandoffRefusal::PacketAbsent);
        }
        if !handoff.open_to(&reader.organisation) {
            return Err(HandoffRefusal::PacketClosed { state: handoff.state.code() });
        }
        let classes = packet::classes(&handoff.programmes);
        let recipient = (Some(&reader.organisation), reader.country);
        match self.consents.covering(&classes, recipient, today) {
            Ok(consents) => Ok(DisclosureGround::Consents(consents)),
            Err(_) if handoff.overridden(now) => Ok(DisclosureGround::Override),
            Err(class) => Err(HandoffRefusal::ConsentMissing { class: class.code() }),
        }
    }
}

impl Handoff {
    fn concerns(&self, organisation: &OrganisationId) -> bool {
        let claimant = self.claim.as_ref().map(|claim| &claim.organisation);
        self.to == *organisation || claimant == Some(organisation)
    }

    /// The receiver reads from the offer on, as long as the handoff is on its way or has arrived there.
    pub(in crate::case) fn open_to(&self, organisation: &OrganisationId) -> bool {
        match self.state {
            HandoffState::ArrivedElsewhere => {
                self.claim.as_ref().is_some_and(|claim| claim.organisation == *organisation)
            }
            HandoffState::Arrived | HandoffState::Completed => self.to == *organisation,
            state => state.live() && self.to == *organisation,
        }
    }

    pub(in crate::case) fn overridden(&self, now: Timestamp) -> bool {
        let lasts = now.duration_since(self.offered_at) < OVERRIDE_LASTS;
        let stands =
            |(_, finding): &(_, Option<ReviewFinding>)| *finding != Some(ReviewFinding::NotJustified);
        lasts && self.consent_override.as_ref().is_some_and(stands)
    }
}
