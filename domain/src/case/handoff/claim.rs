//! Claims: an organisation that nobody asked has the patient, and says so.
//!
//! Whoever has a tie to the case claims by naming the handoff; everybody else needs the code on the patient's card. Care
//! begins at once and provisionally; responsibility follows when the sender or a coordinator confirms, or when nobody has
//! objected for 72 hours.

use std::collections::BTreeSet;

use jiff::{SignedDuration, civil::Date};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Claim, Handoff, HandoffRefusal, HandoffState, Side,
    event::{
        ClaimBasis, ClaimCodeIssued, ClaimConfirmed, ClaimRefused, HandoffClosed, HandoffWithdrawn,
        PatientArrivedElsewhere, WithdrawReason,
    },
};
use crate::{
    actor::Role,
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::{HandoffId, OrganisationId},
};

/// Hours after which an unanswered claim stands.
pub(super) const CLAIM_LAPSES_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// How long a claim code can be used.
const CODE_LASTS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Records that the patient is with an organisation that was not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPatient {
    /// The day on which the patient came.
    pub on: Date,
    /// What says that it is this patient.
    pub basis: ClaimBasis,
    /// The digest of the claim code, where one was given.
    pub code: Option<String>,
}

/// Gives the patient a claim code, which takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueClaimCode {
    /// The digest of the new code.
    pub digest: String,
}

/// Confirms another organisation's claim: responsibility follows the patient.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmClaim {}

/// Refuses another organisation's claim: the handoff goes on from where it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseClaim {}

impl ClaimPatient {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.exists()?;
        let claimant = &context.actor.organisation;
        let (target, handoff) = match &self.code {
            Some(digest) => case.opened_by_code(id, digest, context)?,
            None if case.standing(claimant).is_some() => {
                (id, case.handoffs.all.get(&id).ok_or(HandoffRefusal::HandoffUnknown)?)
            }
            None => return Err(HandoffRefusal::ClaimCodeNeeded.into()),
        };
        if context.actor.role == Role::Coordinator || *claimant == handoff.from || *claimant == handoff.to {
            return Err(HandoffRefusal::NotYours { side: "third organisation" }.into());
        }
        handoff.in_state(&CLAIMABLE)?;
        if let Err(elsewhere) = handoff.still_with_sender(case) {
            let ended = HandoffRefusal::HandoffEnded { from: case.holder_of(handoff) };
            return Err(if self.code.is_some() { ended } else { elsewhere }.into());
        }
        if !handoff.state.live()
            && let Some(live) = case.handoffs.live_for_any(handoff.taken())
        {
            return Err(HandoffRefusal::Superseded { handoff: live }.into());
        }
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        Ok(vec![CaseEvent::PatientArrivedElsewhere(PatientArrivedElsewhere {
            handoff: target,
            organisation: claimant.clone(),
            on: self.on,
            basis: self.basis,
            code_of: self.code.is_some().then_some(id),
            takes: Some(taken_by(handoff, context)),
        })])
    }
}

/// The states from which the patient can turn up somewhere else.
const CLAIMABLE: [HandoffState; 5] = [
    HandoffState::Offered,
    HandoffState::Acknowledged,
    HandoffState::Accepted,
    HandoffState::Departed,
    HandoffState::NotArrived,
];

impl Case {
    /// The handoff that a code opens: the one it was issued for, or the one that has taken its place since.
    fn opened_by_code(
        &self,
        id: HandoffId,
        digest: &str,
        context: &Context<'_>,
    ) -> Result<(HandoffId, &Handoff), HandoffRefusal> {
        let issued = self.handoffs.all.get(&id).ok_or(HandoffRefusal::ClaimCodeInvalid)?;
        let good = issued
            .claim_code
            .as_ref()
            .is_some_and(|code| code.digest == digest && !code.used && context.now < code.expires_at);
        if !good {
            return Err(HandoffRefusal::ClaimCodeInvalid);
        }
        let newer = self.handoffs.live_for_any(issued.taken());
        let newer = newer.and_then(|live| Some((live, self.handoffs.all.get(&live)?)));
        match newer {
            Some(live) => Ok(live),
            None if CLAIMABLE.contains(&issued.state) => Ok((id, issued)),
            None => Err(HandoffRefusal::HandoffEnded { from: self.holder_of(issued) }),
        }
    }

    /// Who answers for what a handoff was about, or answered last.
    fn holder_of(&self, handoff: &Handoff) -> OrganisationId {
        let last = |programme| self.responsibility.intervals().get(programme)?.last();
        let intervals: Vec<_> = handoff.taken().iter().filter_map(last).collect();
        let holder = intervals.iter().find(|interval| interval.until.is_none()).or(intervals.first());
        holder.map_or(&handoff.from, |interval| &interval.organisation).clone()
    }

    /// The claimed handoff, if the actor is the one to settle the claim: the sender, or a coordinator of its country.
    fn claimed(&self, id: HandoffId, context: &Context<'_>) -> Result<&Handoff, CaseRefusal> {
        self.exists()?;
        let handoff = self.handoffs.all.get(&id).ok_or(HandoffRefusal::HandoffUnknown)?;
        if context.actor.role == Role::Coordinator {
            let sender = context.directory.organisations.get(&handoff.from);
            if sender.is_none_or(|sender| sender.country() != context.actor.country) {
                return Err(HandoffRefusal::HandoffUnknown.into());
            }
        } else {
            Side::Origin.check(handoff, &context.actor)?;
        }
        handoff.in_state(&[HandoffState::ArrivedElsewhere])?;
        Ok(handoff)
    }
}

impl super::Handoffs {
    /// The live handoff of any of these programmes.
    fn live_for_any(&self, programmes: &BTreeSet<Programme>) -> Option<HandoffId> {
        programmes.iter().find_map(|programme| self.live_for(*programme))
    }
}

impl IssueClaimCode {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let handoff = case.handoff_seen_from(id, &context.actor, Side::Origin)?;
        if !CLAIMABLE.contains(&handoff.state) {
            return Err(HandoffRefusal::CodeOutOfPlace.into());
        }
        if handoff.claim_code.as_ref().is_some_and(|code| code.digest == self.digest) {
            return Ok(vec![]);
        }
        let expires_at = context.now.saturating_add(CODE_LASTS).unwrap_or(context.now);
        let issued = ClaimCodeIssued { handoff: id, digest: self.digest.clone(), expires_at };
        Ok(vec![CaseEvent::ClaimCodeIssued(issued)])
    }
}

impl ConfirmClaim {
    pub(in crate::case) fn decide(
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let events = claim_stands(id, case.claimed(id, context)?, case, false);
        if events.is_empty() { Err(HandoffRefusal::NoClaim.into()) } else { Ok(events) }
    }
}

impl RefuseClaim {
    pub(in crate::case) fn decide(
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let handoff = case.claimed(id, context)?;
        let claim = handoff.claim.as_ref().filter(|claim| !claim.confirmed).ok_or(HandoffRefusal::NoClaim)?;
        let organisation = claim.organisation.clone();
        let mut events = vec![CaseEvent::ClaimRefused(ClaimRefused { handoff: id, organisation })];
        events.extend(case.ground_gone(id, handoff));
        Ok(events)
    }
}

/// The programmes of a handoff that the claimant's organisation can answer for, as the directory says.
fn taken_by(handoff: &Handoff, context: &Context<'_>) -> BTreeSet<Programme> {
    let claimant = context.directory.organisations.get(&context.actor.organisation);
    let takes = |programme: &&Programme| claimant.is_some_and(|claimant| claimant.takes(**programme));
    handoff.taken().iter().filter(takes).copied().collect()
}

impl Handoff {
    pub(in crate::case) fn claimed(&mut self, event: &PatientArrivedElsewhere, at: jiff::Timestamp) {
        self.claim = Some(Claim {
            organisation: event.organisation.clone(),
            claimed_at: at,
            confirmed: false,
            by_code: event.code_of.is_some(),
            takes: event.takes.clone().unwrap_or_else(|| self.taken().clone()),
            before: (self.state, self.moved_by.clone(), self.moved_at),
        });
    }
}

impl Case {
    /// What ends a handoff that goes on after a refused claim, if it lost its ground meanwhile: a death, or a consent
    /// that was taken back.
    fn ground_gone(&self, id: HandoffId, handoff: &Handoff) -> Option<CaseEvent> {
        let goes_on = handoff.claim.as_ref().is_some_and(|claim| claim.before.0.live());
        let taken_back = |consent| self.consents.all.get(consent).is_some_and(|(_, withdrawn)| *withdrawn);
        if !goes_on {
            return None;
        }
        if self.closing.dead() {
            return Some(CaseEvent::HandoffCancelledByDeath(HandoffClosed { handoff: id }));
        }
        let reason = WithdrawReason::ConsentWithdrawn;
        let withdrawn = CaseEvent::HandoffWithdrawn(HandoffWithdrawn { handoff: id, reason });
        handoff.consents.iter().any(taken_back).then_some(withdrawn)
    }
}

/// An open claim is settled for the claimant, and responsibility follows as far as the sender still holds it.
pub(super) fn claim_stands(id: HandoffId, handoff: &Handoff, case: &Case, by_lapse: bool) -> Vec<CaseEvent> {
    let Some(claim) = handoff.claim.as_ref().filter(|claim| !claim.confirmed) else { return Vec::new() };
    let organisation = claim.organisation.clone();
    let moves = handoff.moves(id, (&organisation, &claim.takes), case);
    let confirmed = ClaimConfirmed { handoff: id, organisation, by_lapse };
    std::iter::once(CaseEvent::ClaimConfirmed(confirmed)).chain(moves).collect()
}
