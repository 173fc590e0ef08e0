//! The handoff: an offer of responsibility that is answered, travelled and arrived, or ends with a reason.
//!
//! `offered → acknowledged → accepted → departed → arrived → completed`, with the exits of [`HandoffState`].
//! Responsibility moves on arrival alone: not when the offer is sent and not when it is accepted, for until the
//! destination has seen the patient nobody but the sender can look for them. A terminal state has no way out; what
//! comes later is a new handoff that names its previous one. The one exception is a fact that beats the clock: an
//! arrival that happened before the expiry and was recorded after it reinstates the handoff.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    programme::{Programme, ResponsibilityMoved},
};
use crate::{
    actor::{Actor, Role},
    decider::Fact,
    ids::{ConsentId, HandoffId, OrganisationId, WorkerId},
    refusal::refusals,
};

pub mod answer;
pub mod arrival;
pub mod claim;
pub mod disclosure;
pub mod event;
pub mod expiry;
pub mod external;
pub mod follow_up;
pub mod measure;
pub mod offer;
pub mod packet;

use event::{
    ConsentOverride, DeclineReason, ExternalDestination, HandoffClosed, HandoffOffered, HandoffSuperseded,
    HandoffWithdrawn, ReviewFinding, WithdrawReason,
};
use packet::PacketSeal;

/// How far a handoff has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "handoff-states"))]
pub enum HandoffState {
    /// Sent, not answered.
    Offered,
    /// Seen by the destination.
    Acknowledged,
    /// Taken by the destination, which now expects the patient.
    Accepted,
    /// The patient is on the way.
    Departed,
    /// The destination has seen the patient and answers for them.
    Arrived,
    /// Care goes on: the first dose or visit is recorded.
    Completed,
    /// Refused with a reason, or taken and given back.
    Declined,
    /// Nobody answered in time.
    Expired,
    /// Taken back by the sender.
    Withdrawn,
    /// The patient did not come; tracing is open.
    NotArrived,
    /// The patient came to another organisation.
    ArrivedElsewhere,
    /// The patient stayed.
    DidNotTravel,
    /// The patient died.
    CancelledByDeath,
    /// The patient is where another handoff of the case sent them.
    Superseded,
    /// It should never have been recorded.
    EnteredInError,
}

impl HandoffState {
    /// Every state.
    pub const ALL: [Self; 15] = [
        Self::Offered,
        Self::Acknowledged,
        Self::Accepted,
        Self::Departed,
        Self::Arrived,
        Self::Completed,
        Self::Declined,
        Self::Expired,
        Self::Withdrawn,
        Self::NotArrived,
        Self::ArrivedElsewhere,
        Self::DidNotTravel,
        Self::CancelledByDeath,
        Self::Superseded,
        Self::EnteredInError,
    ];

    /// Between the offer and the arrival: it blocks a second handoff of the same programme.
    pub const fn live(self) -> bool {
        matches!(self, Self::Offered | Self::Acknowledged | Self::Accepted | Self::Departed)
    }

    /// Not yet answered.
    pub const fn pending(self) -> bool {
        matches!(self, Self::Offered | Self::Acknowledged)
    }

    /// The word in sentences and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Acknowledged => "acknowledged",
            Self::Accepted => "accepted",
            Self::Departed => "departed",
            Self::Arrived => "arrived",
            Self::Completed => "completed",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::NotArrived => "not_arrived",
            Self::ArrivedElsewhere => "arrived_elsewhere",
            Self::DidNotTravel => "did_not_travel",
            Self::CancelledByDeath => "cancelled_by_death",
            Self::Superseded => "superseded",
            Self::EnteredInError => "entered_in_error",
        }
    }
}

/// How soon the destination must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "urgencies"))]
pub enum Urgency {
    /// Within 72 hours.
    Routine,
    /// Within 24 hours: the patient may infect others.
    Infectious,
    /// Within 24 hours: an emergency.
    Emergency,
}

impl Urgency {
    /// Emergencies come first, then who may infect others.
    pub const ALL: [Self; 3] = [Self::Emergency, Self::Infectious, Self::Routine];

    /// The place in that order, from 0.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Emergency => 0,
            Self::Infectious => 1,
            Self::Routine => 2,
        }
    }
}

/// Something the sender should think of; never a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "handoff-warnings"))]
pub enum Warning {
    /// Fewer than 14 days of medicine in hand (2 to 4 weeks are usual for travel; CDC international notification).
    #[serde(rename = "medicine_below_14_days")]
    MedicineBelow14Days,
    /// Fewer than 30 days of treatment left: finish before travel (`CureTB`).
    #[serde(rename = "treatment_ends_within_30_days")]
    TreatmentEndsWithin30Days,
    /// The patient may infect others now.
    InfectiousNow,
}

/// A step that another organisation claims: it has the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who has the patient.
    pub organisation: OrganisationId,
    /// When that was recorded.
    pub claimed_at: Timestamp,
    /// Whether responsibility has followed.
    pub confirmed: bool,
    /// The patient gave the code on the card.
    pub by_code: bool,
    /// The programmes that the claimant can answer for; the others stay with the sender.
    pub takes: BTreeSet<Programme>,
    /// How far the handoff had come, by whom and when; it goes back there when the claim is refused.
    pub before: (HandoffState, OrganisationId, Timestamp),
}

/// The claim code that the patient carries, as far as the log may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimCode {
    /// Its digest: the code itself is on the patient's card alone.
    pub digest: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// Whether somebody has claimed the patient with it.
    pub used: bool,
    /// How many codes were issued, this one included.
    pub issued: u32,
}

/// A handoff as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `HandoffOffered`")]
pub struct Handoff {
    pub from: OrganisationId,
    pub to: OrganisationId,
    pub programmes: BTreeSet<Programme>,
    /// The part that the destination took.
    pub accepted: BTreeSet<Programme>,
    pub state: HandoffState,
    pub urgency: Urgency,
    pub previous: Option<HandoffId>,
    pub consents: BTreeSet<ConsentId>,
    /// A destination outside the network; `to` is then a name that no organisation of the directory has.
    pub external: Option<ExternalDestination>,
    /// What was sent along.
    pub packet: Option<PacketSeal>,
    pub warnings: BTreeSet<Warning>,
    pub offered_at: Timestamp,
    pub expires_at: Timestamp,
    pub extensions: u8,
    pub expected_arrival: Option<Date>,
    pub arrived_on: Option<Date>,
    pub claim: Option<Claim>,
    pub claim_code: Option<ClaimCode>,
    /// The programmes that the destination did not take, each with its reason.
    pub refused: BTreeMap<Programme, DeclineReason>,
    /// Why it went without a consent, and whether somebody has looked at that since.
    pub consent_override: Option<(ConsentOverride, Option<ReviewFinding>)>,
    /// The day of the last interim report.
    pub reported_on: Option<Date>,
    /// Why it was declined, and who might take the patient instead.
    pub declined: Option<(DeclineReason, Option<OrganisationId>)>,
    /// Why it was taken back.
    pub withdrawn: Option<WithdrawReason>,
    /// Days on which the patient was looked for.
    pub contact_attempts: Vec<Date>,
    /// Who moved it last, and when.
    /// The worker who made the offer.
    pub offered_by: WorkerId,
    pub moved_by: OrganisationId,
    pub moved_at: Timestamp,
}

/// Every handoff of the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoffs {
    /// By id.
    pub all: BTreeMap<HandoffId, Handoff>,
}

refusals! {
    /// Why a step of a handoff is refused.
    HandoffRefusal {
        HandoffUnknown = Absent "not_found", "There is no such handoff on this case.";
        ProgrammesMissing = Invalid "handoff_without_programme", "Name at least one programme to hand off.";
        ToItself = Invalid "handoff_to_itself", "A handoff goes to another organisation.";
        OneDestination = Invalid "handoff_destination", "Name either an organisation of the network or an external facility.";
        ExternalName = Invalid "external_destination_name", "The name of an external facility has 1 to 200 characters, its telephone at most 32.";
        NotExternal = Conflict "destination_in_network", "The destination answers for itself; only an external facility is answered for by the sender.";
        ExternalStepTooEarly { state: &'static str } = Conflict "external_step_order", "This handoff is {state}; the facility cannot have taken that step now.";
        DestinationUnknown = Invalid "organisation_unknown", "There is no such active organisation in the directory.";
        ServiceNotGiven { programme: Programme } = Invalid "service_not_offered",
            "That organisation does not take the {programme} programme; look it up in the directory.";
        AlreadyLive { programme: Programme, handoff: HandoffId } = Conflict "handoff_live",
            "The {programme} programme is being handed off already, in handoff {handoff}: withdraw that one first.";
        ConsentMissing { class: &'static str } = Conflict "consent_missing",
            "No consent in force covers {class} data for this destination: record one, or override with its ground.";
        OverrideReason = Invalid "override_reason_length", "The reason of an override has 20 to 500 characters.";
        PacketIncomplete { missing: String } = Conflict "packet_incomplete", "Before the handoff, record: {missing}.";
        ExpiryOutOfRange = Invalid "expiry_out_of_range", "An offer lasts from 1 hour to 30 days.";
        PreviousUnknown = Invalid "previous_handoff_unknown", "The previous handoff must be an ended one of this case.";
        ExpectedInThePast = Invalid "expected_arrival_in_the_past", "The expected arrival lies in the past.";
        NotYours { side: &'static str } = Conflict "handoff_not_yours", "This step belongs to the {side} of the handoff.";
        AlreadyMoved { state: &'static str, by: OrganisationId, at: Timestamp } = Conflict "handoff_already_moved",
            "This handoff was {state} by {by} at {at}.";
        ExpiredAlready { at: Timestamp } = Conflict "handoff_expired",
            "This offer expired at {at}; ask the sender for a new one.";
        TooManyExtensions = Conflict "handoff_extended_too_often", "An offer is extended three times at most.";
        ExtendBackwards = Invalid "extension_backwards", "An extension ends later than the present expiry, within 30 days from now.";
        PartEmpty = Invalid "acceptance_of_nothing", "Accept at least one programme that is offered, or decline.";
        PartUnexplained = Invalid "refused_part_without_reason", "Give a reason for each programme that is not accepted, and for no other.";
        NotDueYet { expected: Date } = Conflict "arrival_not_due", "The patient is expected on {expected}; wait until that day has passed.";
        ArrivedBeforeOffer = Invalid "arrival_before_offer", "A patient cannot have arrived before the offer was made; check the date.";
        ArrivalNotDated = Invalid "arrival_not_dated", "To beat the clock, an arrival names the same day as Safar-Occurred-At, within the last 30 days.";
        CareSince = Conflict "care_since_then", "Others have cared for the patient since that day; ask the sender for a new handoff.";
        StepLater = Invalid "handoff_step_in_the_future", "A step is recorded when it has happened, not before.";
        MedicineOutOfRange = Invalid "medicine_out_of_range", "Days of medicine in hand lie between 0 and 365.";
        ResponsibilityElsewhere { programme: Programme } = Conflict "responsibility_elsewhere",
            "Another organisation answers for the {programme} programme by now.";
        CareNotShown = Conflict "care_not_continued",
            "Record the first dose or the first visit at the destination before completing the handoff.";
        CareBeforeArrival = Invalid "care_before_arrival", "Care at the destination begins on the day of arrival or later.";
        ClaimPending = Conflict "claim_pending", "Another organisation has claimed this patient; the claim is open.";
        Superseded { handoff: HandoffId } = Conflict "handoff_superseded", "The patient is being handed off anew, in handoff {handoff}.";
        NoClaim = Conflict "no_claim", "Nobody has claimed this patient, or the claim is settled.";
        ClaimCodeNeeded = Absent "not_found", "To claim a patient whose case you do not know, give the claim code on the card.";
        ClaimCodeInvalid = Conflict "claim_code_unknown", "This code does not open a claim: it is unknown, used or expired. Ask the patient who treated them before, and send that organisation a request.";
        CodeMistyped = Invalid "claim_code_mistyped", "A claim code has twelve digits, and these do not fit together: read it once more.";
        HandoffEnded { from: OrganisationId } = Conflict "handoff_ended", "This handoff has ended; ask {from} for the case with a pull request.";
        CodeOutOfPlace = Conflict "claim_code_out_of_place", "A claim code is issued while the handoff is open.";
        PacketAbsent = Absent "not_found", "There is no such packet.";
        PacketClosed { state: &'static str } = Conflict "packet_closed", "This handoff is {state}: its packet is closed to you.";
        NoOverride = Conflict "no_override", "This handoff rests on a consent, or its override has been reviewed.";
        OwnOverride = Conflict "own_override", "An override is reviewed by somebody else than the one who used it.";
        NotArrivedYet = Conflict "report_before_arrival", "A report follows the arrival; this patient has not arrived by this handoff.";
        ReportBackwards { last: Date } = Invalid "report_backwards", "The last report is of {last}; a new one is of a later day.";
    }
}

/// Which side of a handoff a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Origin,
    Destination,
    Either,
}

impl Side {
    fn check(self, handoff: &Handoff, actor: &Actor) -> Result<(), HandoffRefusal> {
        // A coordinator settles claims for the organisations of the country, and has no other step.
        if actor.role == Role::Coordinator {
            return Err(HandoffRefusal::NotYours { side: "sender or receiver" });
        }
        let origin = handoff.from == actor.organisation;
        let destination = handoff.to == actor.organisation;
        match self {
            Self::Origin if !origin => Err(HandoffRefusal::NotYours { side: "sender" }),
            Self::Destination if !destination => Err(HandoffRefusal::NotYours { side: "receiver" }),
            Self::Either if !origin && !destination => {
                Err(HandoffRefusal::NotYours { side: "sender or receiver" })
            }
            _ => Ok(()),
        }
    }
}

impl Case {
    /// The handoff, if the actor's side may take a step from one of these states.
    fn handoff(
        &self,
        id: HandoffId,
        actor: &Actor,
        side: Side,
        from: &[HandoffState],
    ) -> Result<&Handoff, CaseRefusal> {
        let handoff = self.handoff_seen_from(id, actor, side)?;
        handoff.in_state(from)?;
        Ok(handoff)
    }

    /// The handoff, if the actor is on this side of it, however far it has come.
    fn handoff_seen_from(&self, id: HandoffId, actor: &Actor, side: Side) -> Result<&Handoff, CaseRefusal> {
        self.exists()?;
        let handoff = self.handoffs.all.get(&id).ok_or(HandoffRefusal::HandoffUnknown)?;
        side.check(handoff, actor)?;
        Ok(handoff)
    }
}

impl Handoff {
    fn in_state(&self, from: &[HandoffState]) -> Result<(), HandoffRefusal> {
        if from.contains(&self.state) { Ok(()) } else { Err(self.moved_already()) }
    }

    /// Says which step was taken last, by whom and when.
    pub(super) fn moved_already(&self) -> HandoffRefusal {
        match self.state {
            HandoffState::Expired => HandoffRefusal::ExpiredAlready { at: self.expires_at },
            state => HandoffRefusal::AlreadyMoved {
                state: state.code(),
                by: self.moved_by.clone(),
                at: self.moved_at,
            },
        }
    }

    /// The programmes that this handoff is about: all that were offered, and once taken those that were taken.
    pub fn taken(&self) -> &BTreeSet<Programme> {
        if self.accepted.is_empty() { &self.programmes } else { &self.accepted }
    }

    /// The sender still answers for everything that this handoff is about.
    fn still_with_sender(&self, case: &Case) -> Result<(), HandoffRefusal> {
        let gone = |programme: &&Programme| case.responsibility.of(**programme) != Some(&self.from);
        match self.taken().iter().find(gone) {
            Some(programme) => Err(HandoffRefusal::ResponsibilityElsewhere { programme: *programme }),
            None => Ok(()),
        }
    }

    /// The moves of responsibility to `to`, one for each programme that the sender still answers for.
    fn moves(
        &self,
        id: HandoffId,
        (to, takes): (&OrganisationId, &BTreeSet<Programme>),
        case: &Case,
    ) -> Vec<CaseEvent> {
        let held = |programme: &&Programme| {
            takes.contains(programme) && case.responsibility.of(**programme) == Some(&self.from)
        };
        let move_one = |programme: &Programme| {
            CaseEvent::ResponsibilityMoved(ResponsibilityMoved {
                programme: *programme,
                from: self.from.clone(),
                to: to.clone(),
                handoff: id,
            })
        };
        self.taken().iter().filter(held).map(move_one).collect()
    }

    /// The day by which the patient should be there: as agreed, or two weeks after the last step.
    pub fn expected_on(&self) -> Date {
        self.expected_arrival.unwrap_or_else(|| self.moved_on().saturating_add(jiff::Span::new().days(14)))
    }

    /// The day of the last step, where the programmes are.
    pub fn moved_on(&self) -> Date {
        jiff::tz::Offset::constant(5).to_datetime(self.moved_at).date()
    }
}

impl Handoffs {
    /// The live handoff of a programme, if there is one.
    pub fn live_for(&self, programme: Programme) -> Option<HandoffId> {
        let covers = |handoff: &Handoff| handoff.state.live() && handoff.taken().contains(&programme);
        self.all.iter().find(|(_, handoff)| covers(handoff)).map(|(id, _)| *id)
    }

    /// Every live handoff.
    pub fn live(&self) -> impl Iterator<Item = (HandoffId, &Handoff)> {
        self.all.iter().filter(|(_, handoff)| handoff.state.live()).map(|(id, handoff)| (*id, handoff))
    }

    /// Whether an organisation was offered this case, whatever became of the offer.
    pub fn offered_to(&self, organisation: &OrganisationId) -> bool {
        self.all.values().any(|handoff| handoff.to == *organisation)
    }

    /// Whether an organisation has taken an offer and awaits the patient.
    pub fn expects(&self, organisation: &OrganisationId) -> bool {
        self.all.values().any(|handoff| {
            handoff.to == *organisation
                && matches!(handoff.state, HandoffState::Accepted | HandoffState::Departed)
        })
    }

    /// Whether an organisation has the patient in the house by an unsettled claim. One that was offered the patient
    /// before and did not take them knows the handoff without having met anybody, and waits for the sender's word.
    pub fn claimed_by(&self, organisation: &OrganisationId) -> bool {
        let passed = [HandoffState::Declined, HandoffState::Expired, HandoffState::Withdrawn];
        let let_pass = |handoff: &Handoff| handoff.to == *organisation && passed.contains(&handoff.state);
        let let_one_pass = self.all.values().any(let_pass);
        self.pending_claims()
            .any(|(_, claim)| claim.organisation == *organisation && (claim.by_code || !let_one_pass))
    }

    /// Whether an organisation expects, has or misses a patient of this case, or is asked to take one right now.
    pub fn concerns(&self, organisation: &OrganisationId) -> bool {
        self.all.values().any(|handoff| {
            let there = matches!(
                handoff.state,
                HandoffState::Arrived | HandoffState::Completed | HandoffState::NotArrived
            );
            handoff.to == *organisation && (handoff.state.live() || there)
        })
    }

    /// The claims that await confirmation.
    pub fn pending_claims(&self) -> impl Iterator<Item = (HandoffId, &Claim)> {
        self.all.iter().filter_map(|(id, handoff)| {
            let claim = handoff.claim.as_ref()?;
            (!claim.confirmed).then_some((*id, claim))
        })
    }

    /// The withdrawals that follow when a consent is taken back: one for each live handoff that rests on it.
    pub(super) fn withdrawn_with(&self, consent: ConsentId) -> Vec<CaseEvent> {
        let rests = self.live().filter(|(_, handoff)| handoff.consents.contains(&consent));
        rests
            .map(|(handoff, _)| {
                CaseEvent::HandoffWithdrawn(HandoffWithdrawn {
                    handoff,
                    reason: WithdrawReason::ConsentWithdrawn,
                })
            })
            .collect()
    }

    /// The ends of live handoffs of these programmes that an arrival elsewhere brings.
    fn superseded_by(&self, by: HandoffId, programmes: &BTreeSet<Programme>) -> Vec<CaseEvent> {
        let same =
            |(id, handoff): &(HandoffId, &Handoff)| *id != by && !handoff.taken().is_disjoint(programmes);
        let over = |(handoff, _)| CaseEvent::HandoffSuperseded(HandoffSuperseded { handoff, by });
        self.live().filter(same).map(over).collect()
    }

    /// The ends that a death brings: one for each live handoff; terminal ones are never rewritten.
    pub(super) fn cancelled_by_death(&self) -> Vec<CaseEvent> {
        let closed = |(handoff, _)| CaseEvent::HandoffCancelledByDeath(HandoffClosed { handoff });
        self.live().map(closed).collect()
    }

    pub(super) fn offered(&mut self, event: &HandoffOffered, fact: &Fact<CaseEvent>) {
        let handoff = Handoff {
            from: event.from.clone(),
            to: event.to.clone(),
            programmes: event.programmes.clone(),
            accepted: BTreeSet::new(),
            state: HandoffState::Offered,
            urgency: event.urgency,
            previous: event.previous,
            consents: event.consents.clone(),
            external: event.external.clone(),
            packet: event.packet.as_ref().map(|packet| packet.seal.clone()),
            warnings: event.warnings.clone(),
            offered_at: fact.occurred_at.instant,
            expires_at: event.expires_at,
            extensions: 0,
            expected_arrival: event.expected_arrival,
            arrived_on: None,
            claim: None,
            claim_code: None,
            refused: BTreeMap::new(),
            consent_override: event.consent_override.clone().map(|given| (given, None)),
            reported_on: None,
            declined: None,
            withdrawn: None,
            contact_attempts: Vec::new(),
            offered_by: fact.actor.worker.clone(),
            moved_by: event.from.clone(),
            moved_at: fact.recorded_at,
        };
        self.all.insert(event.handoff, handoff);
    }

    /// Moves a handoff to a state and applies what else the event says of it.
    pub(super) fn moved(
        &mut self,
        id: HandoffId,
        (state, by, at): (HandoffState, &OrganisationId, Timestamp),
        change: impl FnOnce(&mut Handoff),
    ) {
        if let Some(handoff) = self.all.get_mut(&id) {
            handoff.state = state;
            handoff.moved_by = by.clone();
            handoff.moved_at = at;
            change(handoff);
        }
    }

    /// Applies something that leaves the state as it is.
    pub(super) fn changed(&mut self, id: HandoffId, change: impl FnOnce(&mut Handoff)) {
        if let Some(handoff) = self.all.get_mut(&id) {
            change(handoff);
        }
    }
}

#[cfg(test)]
mod tests;
