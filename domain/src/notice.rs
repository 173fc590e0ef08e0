//! Notices: which organisations are told that something happened.
//!
//! A notice is a pure function of a recorded fact, so nothing has to be kept beside the log for it: what was recorded was
//! told in the same instant, and a fold that is made anew tells the same. It names what happened by a code, the case and
//! the thing it happened to, and nothing else. Who acted is not told; the clock belongs to nobody, so what time alone
//! brings about is told to every side. The match over the events has no arm for the rest: a new event must say who is
//! told of it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    case::{Case, CaseEvent, programme::Programme, standing::Standing},
    contact_notice::{ContactNotice, ContactNoticeEvent},
    decider::Fact,
    emergency::{Emergency, EmergencyEvent},
    export::{Export, ExportEvent},
    ids::{HandoffId, OrganisationId, ReferralId, SpecimenId},
    organisation::EXTERNAL,
    pull_request::{PullRequest, PullRequestEvent},
};

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "NoticeAbout", extend("x-vocabulary" = "notices"))]
pub enum About {
    /// A patient is offered to the reader's organisation.
    HandoffOffered,
    /// The destination has seen the offer.
    HandoffAcknowledged,
    /// The offer lasts longer.
    HandoffExtended,
    /// The destination takes the patient, whole or in part.
    HandoffAccepted,
    /// The destination does not take the patient.
    HandoffDeclined,
    /// The destination gives back what it had taken.
    HandoffRescinded,
    /// The sender took the offer back.
    HandoffWithdrawn,
    /// Nobody answered in time.
    HandoffExpired,
    /// An arrival before the expiry brought the handoff back.
    HandoffReinstated,
    /// The patient is on the way.
    PatientDeparted,
    /// The patient stayed.
    PatientDidNotTravel,
    /// The destination has seen the patient and answers from now on.
    PatientArrived,
    /// The patient has not come; tracing begins.
    PatientNotArrived,
    /// Another organisation has the patient.
    PatientArrivedElsewhere,
    /// Another organisation's claim stands.
    ClaimConfirmed,
    /// The sender does not believe the claim.
    ClaimRefused,
    /// Care goes on at the destination.
    HandoffCompleted,
    /// The handoff ended with the patient's death.
    HandoffCancelledByDeath,
    /// The handoff should never have been recorded.
    HandoffEnteredInError,
    /// The patient is where another handoff sent them.
    HandoffSuperseded,
    /// The destination tells how care goes on.
    InterimReported,
    /// The person died.
    DeathRecorded,
    /// A result came for a specimen.
    ResultRecorded,
    /// A result does not stand.
    ResultEnteredInError,
    /// The outcome of the treatment is final.
    OutcomeConfirmed,
    /// A programme of the reader's organisation was ended by another.
    ProgrammeClosed,
    /// A patient is sent for a service.
    ReferralMade,
    /// The referral was taken.
    ReferralAccepted,
    /// The referral was declined.
    ReferralDeclined,
    /// The referral was taken back.
    ReferralWithdrawn,
    /// The patient came, or did not.
    ReferralAttendance,
    /// The referral has its result.
    ReferralResult,
    /// Another organisation has a patient and asks for them.
    PullRequest,
    /// The asked organisation has offered the patient.
    PullRequestAnswered,
    /// The asked organisation does not hand the patient over.
    PullRequestDeclined,
    /// The asking organisation took its request back.
    PullRequestWithdrawn,
    /// Nobody answered the request in time.
    PullRequestLapsed,
    /// Somebody near the reader's organisation has shared the air with a patient elsewhere.
    ContactNotice,
    /// The organisation there looks for the contact.
    ContactNoticeAccepted,
    /// The organisation there does not look for the contact.
    ContactNoticeDeclined,
    /// The notice was taken back.
    ContactNoticeWithdrawn,
    /// Something came of looking at the contact.
    ContactNoticeAnswered,
    /// A clinician elsewhere has opened the case in an emergency; it waits for a review.
    EmergencyOpened,
    /// What the reader's organisation opened in an emergency was reviewed.
    EmergencyReviewed,
    /// A colleague asks to take many records out; a second person has to agree.
    ExportRequested,
    /// Somebody agreed to an export of the reader's organisation.
    ExportApproved,
    /// An export of the reader's organisation was refused or taken back.
    ExportRefused,
    /// Records of the reader's organisation were taken out.
    ExportFetched,
}

/// One organisation is told of one fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Who is told.
    pub organisation: OrganisationId,
    /// Of what.
    pub about: About,
    /// The handoff, referral, specimen, episode or pull request that it happened to, if to one of them.
    pub subject: Option<Uuid>,
}

/// The organisations that a fact concerns.
enum Circle<'a> {
    /// Sender and destination of a handoff.
    Handoff(HandoffId),
    /// The same, and the organisation that claims the patient.
    Claim(HandoffId, &'a OrganisationId),
    /// Sender and destination of a referral.
    Referral(ReferralId),
    /// Who took a specimen, unless every tie to the case has ended since, and who answers for the patient.
    Specimen(SpecimenId),
    /// Everybody who answers or ever answered for the case.
    EverResponsible(Uuid),
    /// Who answered for a programme last.
    Programme(Programme),
    /// Everybody who cares for the patient, unless the end of a handoff tells them.
    Caring,
}

/// Who is told of a fact about a case, as the case stands after it; nobody is told twice of one fact.
pub fn told(fact: &Fact<CaseEvent>, after: &Case) -> Vec<Notice> {
    let Some((about, circle)) = telling(&fact.event) else { return Vec::new() };
    let notice = |organisation| Notice { organisation, about, subject: circle.subject() };
    // A facility outside the network reads nothing here.
    let others = |organisation: &OrganisationId| {
        *organisation != fact.actor.organisation && !organisation.as_str().starts_with(EXTERNAL)
    };
    circle.organisations(after).into_iter().filter(others).map(notice).collect()
}

/// Who is told of a fact about a pull request.
pub fn told_of_request(fact: &Fact<PullRequestEvent>, after: &PullRequest) -> Vec<Notice> {
    let about = match fact.event {
        PullRequestEvent::Made { .. } => About::PullRequest,
        PullRequestEvent::Answered { .. } => About::PullRequestAnswered,
        PullRequestEvent::Declined { .. } => About::PullRequestDeclined,
        PullRequestEvent::Withdrawn { .. } => About::PullRequestWithdrawn,
        PullRequestEvent::Lapsed { .. } => About::PullRequestLapsed,
    };
    let Some(asked) = &after.0 else { return Vec::new() };
    let sides = BTreeSet::from([&asked.from, &asked.of]);
    let others = sides.into_iter().filter(|side| **side != fact.actor.organisation);
    let subject = Some(asked.request.0);
    others.map(|side| Notice { organisation: side.clone(), about, subject }).collect()
}

/// Who is told of a fact about a contact notice.
pub fn told_of_contact(fact: &Fact<ContactNoticeEvent>, after: &ContactNotice) -> Vec<Notice> {
    let about = match fact.event {
        ContactNoticeEvent::Sent { .. } => About::ContactNotice,
        ContactNoticeEvent::Accepted { .. } => About::ContactNoticeAccepted,
        ContactNoticeEvent::Declined { .. } => About::ContactNoticeDeclined,
        ContactNoticeEvent::Withdrawn { .. } => About::ContactNoticeWithdrawn,
        ContactNoticeEvent::Answered { .. } => About::ContactNoticeAnswered,
    };
    let Some(told) = &after.0 else { return Vec::new() };
    let sides = BTreeSet::from([&told.from, &told.to]);
    let others = sides.into_iter().filter(|side| **side != fact.actor.organisation);
    let subject = Some(told.notice.0);
    others.map(|side| Notice { organisation: side.clone(), about, subject }).collect()
}

/// Who is told of an emergency access, as it stands after the fact: those who answered for the case, and then who used it.
pub fn told_of_emergency(fact: &Fact<EmergencyEvent>, after: &Emergency) -> Vec<Notice> {
    let used = BTreeSet::from([after.by.organisation.clone()]);
    let (about, circle) = match fact.event {
        EmergencyEvent::Opened(_) => (About::EmergencyOpened, &after.opened.told),
        EmergencyEvent::Reviewed(_) => (About::EmergencyReviewed, &used),
        EmergencyEvent::Missed { .. } => return Vec::new(),
    };
    let subject = Some(after.opened.emergency.0);
    let others = circle.iter().filter(|organisation| **organisation != fact.actor.organisation);
    others.map(|organisation| Notice { organisation: organisation.clone(), about, subject }).collect()
}

/// Who is told of an export: the organisation whose records leave, whoever of it did what.
pub fn told_of_export(event: &ExportEvent, after: &Export) -> Vec<Notice> {
    let about = match event {
        ExportEvent::Requested(_) => About::ExportRequested,
        ExportEvent::Approved { .. } => About::ExportApproved,
        ExportEvent::Refused { .. } => About::ExportRefused,
        ExportEvent::Fetched { .. } => About::ExportFetched,
    };
    vec![Notice { organisation: after.by.organisation.clone(), about, subject: Some(event.export().0) }]
}

/// What a fact is told as, and to whom; `None` where nobody is told, because the organisation that acted answers for the
/// patient itself, or because another event of the same append tells it.
#[expect(clippy::too_many_lines, reason = "one line for each event, and no arm for the rest")]
fn telling(event: &CaseEvent) -> Option<(About, Circle<'_>)> {
    use Circle::{Caring, Claim, EverResponsible, Handoff, Specimen};
    Some(match event {
        CaseEvent::HandoffOffered(event) => (About::HandoffOffered, Handoff(event.handoff)),
        CaseEvent::HandoffAcknowledged(event) => (About::HandoffAcknowledged, Handoff(event.handoff)),
        CaseEvent::HandoffExtended(event) => (About::HandoffExtended, Handoff(event.handoff)),
        CaseEvent::HandoffAccepted(event) if event.implicit => return None,
        CaseEvent::HandoffAccepted(event) => (About::HandoffAccepted, Handoff(event.handoff)),
        CaseEvent::HandoffDeclined(event) => (About::HandoffDeclined, Handoff(event.handoff)),
        CaseEvent::AcceptanceRescinded(event) => (About::HandoffRescinded, Handoff(event.handoff)),
        CaseEvent::HandoffWithdrawn(event) => (About::HandoffWithdrawn, Handoff(event.handoff)),
        CaseEvent::HandoffExpired(event) => (About::HandoffExpired, Handoff(event.handoff)),
        CaseEvent::HandoffReinstated(event) => (About::HandoffReinstated, Handoff(event.handoff)),
        CaseEvent::HandoffCompleted(event) => (About::HandoffCompleted, Handoff(event.handoff)),
        CaseEvent::HandoffCancelledByDeath(event) => (About::HandoffCancelledByDeath, Handoff(event.handoff)),
        CaseEvent::HandoffEnteredInError(event) => (About::HandoffEnteredInError, Handoff(event.handoff)),
        CaseEvent::HandoffSuperseded(event) => (About::HandoffSuperseded, Handoff(event.handoff)),
        CaseEvent::InterimReported(event) => (About::InterimReported, EverResponsible(event.handoff.0)),
        CaseEvent::PatientDeparted(event) => (About::PatientDeparted, Handoff(event.handoff)),
        CaseEvent::PatientDidNotTravel(event) => (About::PatientDidNotTravel, Handoff(event.handoff)),
        CaseEvent::PatientArrived(event) => (About::PatientArrived, Handoff(event.handoff)),
        CaseEvent::PatientNotArrived(event) => (About::PatientNotArrived, Handoff(event.handoff)),
        CaseEvent::PatientArrivedElsewhere(event) => {
            (About::PatientArrivedElsewhere, Claim(event.handoff, &event.organisation))
        }
        CaseEvent::ClaimConfirmed(event) => {
            (About::ClaimConfirmed, Claim(event.handoff, &event.organisation))
        }
        CaseEvent::ClaimRefused(event) => (About::ClaimRefused, Claim(event.handoff, &event.organisation)),
        CaseEvent::DeathRecorded(_) => (About::DeathRecorded, Caring),
        CaseEvent::ResultRecorded(event) => (About::ResultRecorded, Specimen(event.specimen)),
        CaseEvent::ResultEnteredInError(event) => (About::ResultEnteredInError, Specimen(event.specimen)),
        CaseEvent::OutcomeConfirmed(event) => (About::OutcomeConfirmed, EverResponsible(event.episode.0)),
        CaseEvent::ResponsibilityClosed(event) => {
            (About::ProgrammeClosed, Circle::Programme(event.programme))
        }
        CaseEvent::ReferralMade(event) => (About::ReferralMade, Circle::Referral(event.referral)),
        CaseEvent::ReferralAccepted(event) => (About::ReferralAccepted, Circle::Referral(event.referral)),
        CaseEvent::ReferralDeclined(event) => (About::ReferralDeclined, Circle::Referral(event.referral)),
        CaseEvent::ReferralWithdrawn(event) => (About::ReferralWithdrawn, Circle::Referral(event.referral)),
        CaseEvent::ReferralAttendanceRecorded(event) => {
            (About::ReferralAttendance, Circle::Referral(event.referral))
        }
        CaseEvent::ReferralResultRecorded(event) => (About::ReferralResult, Circle::Referral(event.referral)),
        CaseEvent::Opened(_)
        | CaseEvent::ResponsibilityOpened(_)
        | CaseEvent::ResponsibilityMoved(_)
        | CaseEvent::MovementRecorded(_)
        | CaseEvent::ConsentRecorded(_)
        | CaseEvent::ConsentWithdrawn(_)
        | CaseEvent::ScreeningRecorded(_)
        | CaseEvent::ScreeningDeclined(_)
        | CaseEvent::SpecimenCollected(_)
        | CaseEvent::DiagnosisMade(_)
        | CaseEvent::PatientRegistered(_)
        | CaseEvent::TbExcluded(_)
        | CaseEvent::DeNotified(_)
        | CaseEvent::TreatmentStarted(_)
        | CaseEvent::RegimenChanged(_)
        | CaseEvent::WeightRecorded(_)
        | CaseEvent::PhaseRecorded(_)
        | CaseEvent::TreatmentExtended(_)
        | CaseEvent::ChestXrayRecorded(_)
        | CaseEvent::DosesRecorded(_)
        | CaseEvent::MedicineSupplied(_)
        | CaseEvent::TreatmentInterrupted(_)
        | CaseEvent::TreatmentResumed(_)
        | CaseEvent::AdverseEventRecorded(_)
        | CaseEvent::PreventionStarted(_)
        | CaseEvent::PreventionDosesRecorded(_)
        | CaseEvent::PreventionHeld(_)
        | CaseEvent::PreventionResumed(_)
        | CaseEvent::PreventionEnded(_)
        | CaseEvent::OutcomeReported(_)
        | CaseEvent::OutcomeCorrected(_)
        | CaseEvent::ExternalConfirmed(_)
        | CaseEvent::OverrideReviewed(_)
        | CaseEvent::ClaimCodeIssued(_)
        | CaseEvent::ContactAttempted(_)
        | CaseEvent::ContactListed(_)
        | CaseEvent::ContactResultRecorded(_)
        | CaseEvent::ContactLinked(_)
        | CaseEvent::ContactRemoved(_)
        | CaseEvent::SupportGiven(_)
        | CaseEvent::NoteAdded(_)
        | CaseEvent::Closed(_)
        | CaseEvent::Reopened(_) => return None,
    })
}

impl Circle<'_> {
    fn subject(&self) -> Option<Uuid> {
        match self {
            Self::Handoff(id) | Self::Claim(id, _) => Some(id.0),
            Self::Referral(id) => Some(id.0),
            Self::Specimen(id) => Some(id.0),
            Self::EverResponsible(subject) => Some(*subject),
            Self::Programme(_) | Self::Caring => None,
        }
    }

    fn organisations(&self, case: &Case) -> BTreeSet<OrganisationId> {
        let sides = |id: &HandoffId| case.handoffs.all.get(id).map(|handoff| [&handoff.from, &handoff.to]);
        let intervals = case.responsibility.intervals();
        let found: BTreeSet<&OrganisationId> = match self {
            Self::Handoff(id) => sides(id).into_iter().flatten().collect(),
            Self::Claim(id, claimant) => sides(id).into_iter().flatten().chain([*claimant]).collect(),
            Self::Referral(id) => {
                let referral = case.referrals.all.get(id);
                referral.into_iter().flat_map(|referral| [&referral.from, &referral.to]).collect()
            }
            Self::Specimen(id) => {
                let took = case.laboratory.specimens.get(id).map(|specimen| &specimen.collected_by);
                let took = took.filter(|organisation| case.standing(organisation).is_some());
                let answers = [Programme::Tb, Programme::Support];
                let answers = answers.into_iter().find_map(|programme| case.responsibility.of(programme));
                took.into_iter().chain(answers).collect()
            }
            Self::EverResponsible(_) => {
                intervals.values().flatten().map(|interval| &interval.organisation).collect()
            }
            Self::Programme(programme) => {
                let last = intervals.get(programme).and_then(|intervals| intervals.last());
                last.into_iter().map(|interval| &interval.organisation).collect()
            }
            Self::Caring => caring(case),
        };
        found.into_iter().cloned().collect()
    }
}

/// Who cares for the patient now and is on no side of a live handoff: the end of that one is told by itself.
fn caring(case: &Case) -> BTreeSet<&OrganisationId> {
    let cares = |organisation: &&OrganisationId| case.standing(organisation) >= Some(Standing::Expecting);
    let told = |organisation: &&OrganisationId| {
        case.handoffs.live().any(|(_, handoff)| [&handoff.from, &handoff.to].contains(organisation))
    };
    let tied = case.organisations().into_iter();
    tied.filter(cares).filter(|organisation| !told(organisation)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
