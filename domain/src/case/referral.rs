//! Referrals: the patient is sent for a service and comes back. Responsibility stays where it is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, CaseEvent, CaseRefusal, consent::DataClass};
use crate::{
    decider::Context,
    ids::{OrganisationId, ReferralId},
    organisation::Service,
    refusal::refusals,
};

/// Why the patient is sent (WHO TB DAK, F6: reasons of a referral, in contrast to a transfer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "referral-reasons"))]
pub enum ReferralReason {
    /// An emergency.
    Emergency,
    /// To be screened.
    Screening,
    /// For the first tests of a presumptive case.
    InitialTesting,
    /// For follow-up tests.
    FollowUpTesting,
    /// To give a specimen.
    SpecimenCollection,
    /// An adverse drug reaction.
    AdverseReaction,
    /// Medicine is not available here.
    MedicineUnavailable,
    /// The patient asks for it.
    PatientRequest,
    /// A service beyond the clinic: legal aid, family support, a mutual-support team.
    SocialService,
}

/// What came of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "referral-results"))]
pub enum ReferralResult {
    /// The service was given.
    ServiceGiven,
    /// Examined; the results are on the case.
    Examined,
    /// The service could not be given.
    ServiceNotGiven,
}

/// Why a referral is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "referral-decline-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ReferralDeclineReason {
    NoCapacity,
    ServiceNotOffered,
    OutsideCatchment,
    NotEligible,
    PatientUnreachable,
    IncompleteInformation,
}

/// How far a referral has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "referral-states"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ReferralState {
    Made,
    Accepted,
    Declined,
    Withdrawn,
    Attended,
    NotAttended,
    Completed,
}

/// Sends the patient to another organisation for a service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeReferral {
    /// Where to.
    pub to: OrganisationId,
    /// For which service.
    pub service: Service,
    /// Why.
    pub reason: ReferralReason,
}

/// The organisation takes the referral.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptReferral {}

/// The organisation declines the referral.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineReferral {
    /// Why.
    pub reason: ReferralDeclineReason,
    /// Who might help instead.
    pub suggestion: Option<OrganisationId>,
}

/// The sender takes the referral back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawReferral {}

/// The patient came, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordAttendance {
    /// Came, or did not come.
    pub attended: bool,
    /// The day of the visit, or the day on which it was given up.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// What came of the visit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordReferralResult {
    /// The result.
    pub result: ReferralResult,
}

/// The patient was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `MakeReferral`")]
pub struct ReferralMade {
    pub referral: ReferralId,
    pub from: OrganisationId,
    pub to: OrganisationId,
    pub service: Service,
    pub reason: ReferralReason,
}

/// A later step of a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferralMoved {
    /// Which referral.
    pub referral: ReferralId,
}

/// The organisation declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `DeclineReferral`")]
pub struct ReferralDeclined {
    pub referral: ReferralId,
    pub reason: ReferralDeclineReason,
    pub suggestion: Option<OrganisationId>,
}

/// The patient came, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordAttendance`")]
pub struct ReferralAttendanceRecorded {
    pub referral: ReferralId,
    pub attended: bool,
    pub on: Date,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordReferralResult`")]
pub struct ReferralResultRecorded {
    pub referral: ReferralId,
    pub result: ReferralResult,
}

/// A referral as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `MakeReferral`")]
pub struct Referral {
    pub from: OrganisationId,
    pub to: OrganisationId,
    pub service: Service,
    pub reason: ReferralReason,
    pub state: ReferralState,
    /// The day it was made.
    #[schemars(with = "String", extend("format" = "date"))]
    pub made_on: Date,
}

/// Every referral of the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrals {
    /// By id.
    pub all: BTreeMap<ReferralId, Referral>,
}

refusals! {
    /// Why a referral, or a step of one, is refused.
    ReferralRefusal {
        ReferralUnknown = Absent "not_found", "There is no such referral on this case.";
        DestinationUnknown = Invalid "organisation_unknown", "There is no such active organisation in the directory.";
        ServiceNotGiven = Invalid "service_not_offered", "That organisation does not offer this service; look it up in the directory.";
        ConsentMissing = Conflict "consent_missing", "No consent in force covers identity and this service's data for that organisation: record one first.";
        KeptApart = Invalid "referral_kept_apart",
            "A case refers for an HIV test and never for HIV treatment: refer for an HIV test, and the AIDS centre goes on from there.";
        ToItself = Invalid "referral_to_itself", "A patient is referred to another organisation, not to one's own.";
        NotYours = Conflict "referral_not_yours", "This step of the referral belongs to the other organisation.";
        AlreadyMoved { state: &'static str } = Conflict "referral_already_moved", "This referral is {state} already.";
        VisitLater = Invalid "attendance_in_the_future", "Attendance is recorded when the day has come, not before.";
    }
}

impl ReferralState {
    /// Taken, and the result is still to come.
    const fn open(self) -> bool {
        matches!(self, Self::Accepted | Self::Attended)
    }

    /// Taken at some time, whatever came of it.
    const fn taken(self) -> bool {
        matches!(self, Self::Accepted | Self::Attended | Self::Completed)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Attended => "attended",
            Self::NotAttended => "not attended",
            Self::Completed => "completed",
        }
    }
}

impl MakeReferral {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        case.is_alive()?;
        let from = context.actor.organisation.clone();
        if self.to == from {
            return Err(ReferralRefusal::ToItself.into());
        }
        // Whoever is sent for ART has HIV; whoever is sent for a test has tuberculosis or was asked.
        if self.service == Service::Art {
            return Err(ReferralRefusal::KeptApart.into());
        }
        let destination = context.directory.active(&self.to).ok_or(ReferralRefusal::DestinationUnknown)?;
        if !destination.services.contains(&self.service) {
            return Err(ReferralRefusal::ServiceNotGiven.into());
        }
        let class = if self.service.clinical() { DataClass::Tb } else { DataClass::Support };
        let recipient = (Some(&self.to), destination.country());
        let classes = [DataClass::Identity, class].into();
        if case.consents.shared(&classes, recipient, context.today).is_err() {
            return Err(ReferralRefusal::ConsentMissing.into());
        }
        Ok(vec![CaseEvent::ReferralMade(ReferralMade {
            referral: ReferralId(context.new_id),
            from,
            to: self.to.clone(),
            service: self.service,
            reason: self.reason,
        })])
    }
}

/// Which side of a referral a step belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Sender,
    Receiver,
}

/// The referral, if the actor's side may take a step from one of these states.
fn step<'a>(
    case: &'a Case,
    id: ReferralId,
    context: &Context<'_>,
    (side, from): (Side, &[ReferralState]),
) -> Result<&'a Referral, CaseRefusal> {
    case.exists()?;
    let referral = case.referrals.all.get(&id).ok_or(ReferralRefusal::ReferralUnknown)?;
    let owner = if side == Side::Sender { &referral.from } else { &referral.to };
    if *owner != context.actor.organisation {
        return Err(ReferralRefusal::NotYours.into());
    }
    if from.contains(&referral.state) {
        Ok(referral)
    } else {
        Err(ReferralRefusal::AlreadyMoved { state: referral.state.word() }.into())
    }
}

impl AcceptReferral {
    pub(super) fn decide(
        referral: ReferralId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        step(case, referral, context, (Side::Receiver, &[ReferralState::Made]))?;
        Ok(vec![CaseEvent::ReferralAccepted(ReferralMoved { referral })])
    }
}

impl DeclineReferral {
    pub(super) fn decide(
        &self,
        referral: ReferralId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        step(case, referral, context, (Side::Receiver, &[ReferralState::Made]))?;
        Ok(vec![CaseEvent::ReferralDeclined(ReferralDeclined {
            referral,
            reason: self.reason,
            suggestion: self.suggestion.clone(),
        })])
    }
}

impl WithdrawReferral {
    pub(super) fn decide(
        referral: ReferralId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let open = [ReferralState::Made, ReferralState::Accepted];
        step(case, referral, context, (Side::Sender, &open))?;
        Ok(vec![CaseEvent::ReferralWithdrawn(ReferralMoved { referral })])
    }
}

impl RecordAttendance {
    /// A patient who comes before anybody answered is welcome all the same.
    pub(super) fn decide(
        &self,
        referral: ReferralId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let from = [ReferralState::Made, ReferralState::Accepted, ReferralState::NotAttended];
        let found = step(case, referral, context, (Side::Receiver, &from))?;
        if self.on > context.today {
            return Err(ReferralRefusal::VisitLater.into());
        }
        let mut events = Vec::new();
        if self.attended && found.state == ReferralState::Made {
            events.push(CaseEvent::ReferralAccepted(ReferralMoved { referral }));
        }
        events.push(CaseEvent::ReferralAttendanceRecorded(ReferralAttendanceRecorded {
            referral,
            attended: self.attended,
            on: self.on,
        }));
        Ok(events)
    }
}

impl RecordReferralResult {
    pub(super) fn decide(
        &self,
        referral: ReferralId,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        step(case, referral, context, (Side::Receiver, &[ReferralState::Attended]))?;
        let result = ReferralResultRecorded { referral, result: self.result };
        Ok(vec![CaseEvent::ReferralResultRecorded(result)])
    }
}

impl Referrals {
    pub(super) fn made(&mut self, event: &ReferralMade, made_on: Date) {
        let referral = Referral {
            from: event.from.clone(),
            to: event.to.clone(),
            service: event.service,
            reason: event.reason,
            state: ReferralState::Made,
            made_on,
        };
        self.all.insert(event.referral, referral);
    }

    pub(super) fn moved(&mut self, referral: ReferralId, state: ReferralState) {
        if let Some(referral) = self.all.get_mut(&referral) {
            referral.state = state;
        }
    }

    /// Whether an organisation has been asked and waits for the patient, or serves them without needing the case.
    pub fn offered_to(&self, organisation: &OrganisationId) -> bool {
        let serves = |referral: &Referral| !referral.service.needs_the_case() && referral.state.taken();
        self.any(organisation, |referral| {
            matches!(referral.state, ReferralState::Made | ReferralState::NotAttended) || serves(referral)
        })
    }

    /// Whether an organisation has taken a referral whose result is still to come.
    pub fn expects(&self, organisation: &OrganisationId) -> bool {
        self.any(organisation, |referral| referral.service.needs_the_case() && referral.state.open())
    }

    /// Whether an organisation has served a referral to its end.
    pub fn served_by(&self, organisation: &OrganisationId) -> bool {
        let served = |referral: &Referral| referral.state == ReferralState::Completed;
        self.any(organisation, |referral| referral.service.needs_the_case() && served(referral))
    }

    /// Handing the patient on ends what the organisation was asked for.
    pub(super) fn ended_with(&mut self, organisation: &OrganisationId) {
        for referral in self.all.values_mut() {
            if referral.to == *organisation && referral.state.open() {
                referral.state = ReferralState::Completed;
            }
        }
    }

    fn any(&self, organisation: &OrganisationId, such: impl Fn(&Referral) -> bool) -> bool {
        self.all.values().any(|referral| referral.to == *organisation && such(referral))
    }
}

#[cfg(test)]
mod tests;
