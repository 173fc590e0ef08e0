//! What comes back: interim reports of the destination, and the second look at an override.

use jiff::{Span, civil::Date, tz::Offset};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Handoff, HandoffRefusal, HandoffState, Side,
    event::{CareStatus, InterimReported, OverrideReviewed, ReviewFinding},
};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, programme::Programme},
    decider::Context,
    ids::{HandoffId, OrganisationId},
};

/// Days after the arrival at which the first report is due.
const FIRST_REPORT_DAYS: i32 = 30;
/// Days between reports after the first.
const NEXT_REPORT_DAYS: i32 = 90;

/// Tells those who answered before how care goes on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportProgress {
    /// As of which day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// How care goes on; doses and the last dose are read from the case.
    pub status: CareStatus,
}

/// Says whether an override of the consent rule was right; never by the one who used it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewOverride {
    /// What the second look brought.
    pub finding: ReviewFinding,
}

impl Handoff {
    /// Who has the patient by this handoff, and since when: the destination, a claimant whose claim stands, or, for a
    /// facility outside the network, the sender who hears from it.
    pub fn receiver(&self) -> Option<(&OrganisationId, Date)> {
        match self.state {
            HandoffState::Arrived | HandoffState::Completed => {
                let by = if self.external.is_some() { &self.from } else { &self.to };
                Some((by, self.arrived_on?))
            }
            HandoffState::ArrivedElsewhere => {
                let claim = self.claim.as_ref().filter(|claim| claim.confirmed)?;
                Some((&claim.organisation, Offset::constant(5).to_datetime(claim.claimed_at).date()))
            }
            _ => None,
        }
    }

    /// The day on which the next report is due: 30 days after the arrival, then 90 days after each report.
    pub fn report_due(&self, case: &Case) -> Option<(&OrganisationId, Date)> {
        let (receiver, since) = self.receiver()?;
        let answers = |programme: &Programme| case.responsibility.of(*programme) == Some(receiver);
        let awaited = |programme: &Programme| match programme {
            Programme::Tb => case.treatment.latest_episode().is_none_or(|(_, episode)| !episode.ended()),
            Programme::Support => true,
        };
        if !self.taken().iter().any(|programme| answers(programme) && awaited(programme)) {
            return None;
        }
        let due = match self.reported_on {
            Some(last) => last.saturating_add(Span::new().days(NEXT_REPORT_DAYS)),
            None => since.saturating_add(Span::new().days(FIRST_REPORT_DAYS)),
        };
        Some((receiver, due))
    }
}

impl ReportProgress {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.is_open()?;
        let handoff = case.handoffs.all.get(&id).ok_or(HandoffRefusal::HandoffUnknown)?;
        let (receiver, since) = handoff.receiver().ok_or(HandoffRefusal::NotArrivedYet)?;
        if *receiver != context.actor.organisation {
            return Err(HandoffRefusal::NotYours { side: "receiver" }.into());
        }
        if self.on > context.today {
            return Err(HandoffRefusal::StepLater.into());
        }
        if self.on < since {
            return Err(HandoffRefusal::CareBeforeArrival.into());
        }
        if let Some(last) = handoff.reported_on.filter(|last| self.on <= *last) {
            return Err(HandoffRefusal::ReportBackwards { last }.into());
        }
        let tb = handoff.taken().contains(&Programme::Tb);
        let episode = case.treatment.latest_episode().filter(|_| tb).map(|(_, episode)| episode);
        Ok(vec![CaseEvent::InterimReported(InterimReported {
            handoff: id,
            on: self.on,
            status: self.status,
            doses_taken: episode.map(|episode| episode.doses.0),
            doses_missed: episode.map(|episode| episode.doses.1),
            last_dose_on: episode.and_then(|episode| episode.last_dose_on),
        })])
    }
}

impl ReviewOverride {
    pub(in crate::case) fn decide(
        &self,
        id: HandoffId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let handoff = case.handoff_seen_from(id, &context.actor, Side::Origin)?;
        if !matches!(handoff.consent_override, Some((_, None))) {
            return Err(HandoffRefusal::NoOverride.into());
        }
        if handoff.offered_by == context.actor.worker {
            return Err(HandoffRefusal::OwnOverride.into());
        }
        let reviewed = OverrideReviewed { handoff: id, finding: self.finding };
        Ok(vec![CaseEvent::OverrideReviewed(reviewed)])
    }
}
