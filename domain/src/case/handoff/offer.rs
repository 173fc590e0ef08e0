//! The sender's side: offer, extend, withdraw, depart, did not travel.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    HandoffRefusal, HandoffState, Side, Urgency,
    event::{
        ConsentOverride, ErrorReason, ExternalDestination, HandoffClosed, HandoffEnteredInError,
        HandoffExtended, HandoffOffered, HandoffWithdrawn, PatientDeparted, WithdrawReason,
    },
    packet::{self, Packet, PacketTb, SealedPacket, Sender},
};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::{ConsentId, Country, HandoffId, OrganisationId},
    organisation::EXTERNAL,
};

/// Offers responsibility for one or more programmes to another organisation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferHandoff {
    /// To whom, in the network.
    pub to: Option<OrganisationId>,
    /// To whom, outside the network; instead of `to`.
    pub external: Option<ExternalDestination>,
    /// Which programmes; at least one.
    #[schemars(length(min = 1))]
    pub programmes: BTreeSet<Programme>,
    /// How soon it must be answered.
    pub urgency: Urgency,
    /// How long the offer lasts, in hours; 1 to 720, by default 72, or 24 when infectious or an emergency, or 720 outside
    /// the network, where only the sender hears the answer.
    #[schemars(range(min = 1, max = 720))]
    pub expires_in_hours: Option<u16>,
    /// The day on which the patient should arrive, if known.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expected_arrival: Option<Date>,
    /// The ended handoff that this one follows.
    pub previous: Option<HandoffId>,
    /// The ground on which data go without a consent.
    pub consent_override: Option<ConsentOverride>,
}

/// Lets the offer last longer; three times at most.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendHandoff {
    /// The new end.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
}

/// Takes the offer back, before the arrival.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawHandoff {
    /// Why.
    pub reason: WithdrawReason,
}

/// States that a handoff should never have been recorded; what was sent with it stays on record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkEnteredInError {
    /// Why.
    pub reason: ErrorReason,
}

/// Records that the patient left for the destination.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartPatient {
    /// The day of departure.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Days of medicine in hand; 0 to 365.
    #[schemars(range(min = 0, max = 365))]
    pub medicine_days: u16,
    /// The day on which the patient should arrive.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expected_arrival: Option<Date>,
}

/// Records that the patient stayed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordDidNotTravel {}

impl OfferHandoff {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.is_open()?;
        case.is_alive()?;
        if self.programmes.is_empty() {
            return Err(HandoffRefusal::ProgrammesMissing.into());
        }
        for programme in &self.programmes {
            case.answers_for(*programme, &context.actor)?;
            if let Some(handoff) = case.handoffs.live_for(*programme) {
                return Err(HandoffRefusal::AlreadyLive { programme: *programme, handoff }.into());
            }
        }
        let (to, country) = self.destination(context)?;
        self.check(case, context)?;
        let consents = self.consents(case, (&to, country), context)?;
        let mut offered = HandoffOffered {
            handoff: HandoffId(context.new_id),
            from: context.actor.organisation.clone(),
            to,
            programmes: self.programmes.clone(),
            urgency: self.urgency,
            expires_at: self.expires_at(context.now)?,
            expected_arrival: self.expected_arrival,
            consents,
            consent_override: self.consent_override.clone(),
            warnings: packet::warnings(case, &self.programmes, context.today, None),
            previous: self.previous,
            external: self.external.clone(),
            packet: None,
        };
        offered.packet = self.packet(&offered, case, context);
        Ok(vec![CaseEvent::HandoffOffered(Box::new(offered))])
    }

    /// The name and the country of the destination; one outside the network has a name that stands for its country.
    fn destination(&self, context: &Context<'_>) -> Result<(OrganisationId, Country), HandoffRefusal> {
        let to = match (&self.to, &self.external) {
            (Some(to), None) => to,
            (None, Some(external)) => return outside(external),
            _ => return Err(HandoffRefusal::OneDestination),
        };
        if *to == context.actor.organisation {
            return Err(HandoffRefusal::ToItself);
        }
        let destination = context.directory.active(to).ok_or(HandoffRefusal::DestinationUnknown)?;
        match self.programmes.iter().find(|programme| !destination.takes(**programme)) {
            Some(programme) => Err(HandoffRefusal::ServiceNotGiven { programme: *programme }),
            None => Ok((to.clone(), destination.country())),
        }
    }

    /// What goes along, made of the case as it stands before the offer.
    fn packet(&self, offered: &HandoffOffered, case: &Case, context: &Context<'_>) -> Option<SealedPacket> {
        let sender = context.directory.organisations.get(&offered.from);
        let tb = self.programmes.contains(&Programme::Tb).then(|| PacketTb::of(case, context.today));
        SealedPacket::of(&Packet {
            version: packet::VERSION,
            handoff: offered.handoff,
            case_revision: context.revision,
            person: case.opening.as_ref()?.person,
            person_revision: context.person_revision,
            sender: Sender {
                organisation: offered.from.clone(),
                telephone: sender.and_then(|sender| sender.telephone.clone()),
                worker: context.actor.worker.clone(),
            },
            to: offered.to.clone(),
            external: offered.external.clone(),
            offered_at: context.occurred_at.instant,
            programmes: offered.programmes.clone(),
            urgency: offered.urgency,
            expected_arrival: offered.expected_arrival,
            consents: offered.consents.clone(),
            override_ground: offered.consent_override.as_ref().map(|given| given.ground),
            warnings: offered.warnings.clone(),
            support_given: case.support.given,
            tb,
        })
    }

    fn check(&self, case: &Case, context: &Context<'_>) -> Result<(), HandoffRefusal> {
        if case.handoffs.pending_claims().next().is_some() {
            return Err(HandoffRefusal::ClaimPending);
        }
        if self.expected_arrival.is_some_and(|day| day < context.today) {
            return Err(HandoffRefusal::ExpectedInThePast);
        }
        let ended = |id| case.handoffs.all.get(&id).is_some_and(|handoff| !handoff.state.live());
        if self.previous.is_some_and(|id| !ended(id)) {
            return Err(HandoffRefusal::PreviousUnknown);
        }
        let reason = self.consent_override.as_ref().map(|given| given.reason.length());
        if reason.is_some_and(|length| !(20..=500).contains(&length)) {
            return Err(HandoffRefusal::OverrideReason);
        }
        let missing = packet::missing(case, &self.programmes);
        if missing.is_empty() {
            Ok(())
        } else {
            Err(HandoffRefusal::PacketIncomplete { missing: missing.join("; ") })
        }
    }

    fn consents(
        &self,
        case: &Case,
        (to, country): (&OrganisationId, Country),
        context: &Context<'_>,
    ) -> Result<BTreeSet<ConsentId>, HandoffRefusal> {
        let classes = packet::classes(&self.programmes);
        let recipient = (Some(to), country);
        match case.consents.covering(&classes, recipient, context.today) {
            Ok(consents) => Ok(consents),
            Err(_) if self.consent_override.is_some() => Ok(BTreeSet::new()),
            Err(class) => Err(HandoffRefusal::ConsentMissing { class: class.code() }),
        }
    }

    fn expires_at(&self, now: Timestamp) -> Result<Timestamp, HandoffRefusal> {
        let default = match self.urgency {
            _ if self.external.is_some() => 720,
            Urgency::Routine => 72,
            Urgency::Infectious | Urgency::Emergency => 24,
        };
        let hours = self.expires_in_hours.unwrap_or(default);
        if !(1..=720).contains(&hours) {
            return Err(HandoffRefusal::ExpiryOutOfRange);
        }
        now.checked_add(SignedDuration::from_hours(i64::from(hours)))
            .map_err(|_| HandoffRefusal::ExpiryOutOfRange)
    }
}

fn outside(external: &ExternalDestination) -> Result<(OrganisationId, Country), HandoffRefusal> {
    let telephone = external.telephone.as_deref().unwrap_or_default();
    if !(1..=200).contains(&external.name.trim().chars().count()) || telephone.chars().count() > 32 {
        return Err(HandoffRefusal::ExternalName);
    }
    let name = format!("{EXTERNAL}{}", external.country.as_str().to_ascii_lowercase());
    let id = OrganisationId::parse(&name).map_err(|_| HandoffRefusal::ExternalName)?;
    Ok((id, external.country))
}

impl ExtendHandoff {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let pending = [HandoffState::Offered, HandoffState::Acknowledged];
        let found = case.handoff(handoff, &context.actor, Side::Origin, &pending)?;
        if found.extensions >= 3 {
            return Err(HandoffRefusal::TooManyExtensions.into());
        }
        let latest = context.now.saturating_add(SignedDuration::from_hours(720)).unwrap_or(context.now);
        if self.expires_at <= found.expires_at || self.expires_at > latest {
            return Err(HandoffRefusal::ExtendBackwards.into());
        }
        let extended = HandoffExtended { handoff, expires_at: self.expires_at };
        Ok(vec![CaseEvent::HandoffExtended(extended)])
    }
}

impl WithdrawHandoff {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let live = [
            HandoffState::Offered,
            HandoffState::Acknowledged,
            HandoffState::Accepted,
            HandoffState::Departed,
        ];
        case.handoff(handoff, &context.actor, Side::Origin, &live)?;
        Ok(vec![CaseEvent::HandoffWithdrawn(HandoffWithdrawn { handoff, reason: self.reason })])
    }
}

impl MarkEnteredInError {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let live = HandoffState::ALL.into_iter().filter(|state| state.live()).collect::<Vec<_>>();
        case.handoff(handoff, &context.actor, Side::Origin, &live)?;
        let mistake = HandoffEnteredInError { handoff, reason: self.reason };
        Ok(vec![CaseEvent::HandoffEnteredInError(mistake)])
    }
}

impl DepartPatient {
    pub(in crate::case) fn decide(
        &self,
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let found = case.handoff(handoff, &context.actor, Side::Origin, &[HandoffState::Accepted])?;
        let taken = found.taken();
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        if self.medicine_days > 365 {
            return Err(HandoffRefusal::MedicineOutOfRange.into());
        }
        if self.expected_arrival.is_some_and(|day| day < self.on) {
            return Err(HandoffRefusal::ExpectedInThePast.into());
        }
        Ok(vec![CaseEvent::PatientDeparted(PatientDeparted {
            handoff,
            on: self.on,
            medicine_days: self.medicine_days,
            expected_arrival: self.expected_arrival,
            warnings: packet::warnings(case, taken, self.on, Some(self.medicine_days)),
        })])
    }
}

impl RecordDidNotTravel {
    pub(in crate::case) fn decide(
        handoff: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let expected = [HandoffState::Accepted, HandoffState::Departed, HandoffState::NotArrived];
        case.handoff(handoff, &context.actor, Side::Origin, &expected)?;
        Ok(vec![CaseEvent::PatientDidNotTravel(HandoffClosed { handoff })])
    }
}
