//! A case: one person's care from origin through transit to destination and back.
//!
//! Split by stage of the journey; each file holds a stage's state, commands, events, refusals and rules with their
//! tests. This file only joins them: the list of events is what is on disk, the list of commands what may be asked.
//! No name, birth date, telephone number or HIV fact ever enters this stream.

use serde::{Deserialize, Serialize};

use crate::{
    decider::{Context, Decider, Fact},
    ids::{ConsentId, ContactId, HandoffId, ReferralId, SpecimenId},
    refusal::refusal_union,
};

pub mod advice;
pub mod care_clock;
pub mod closing;
pub mod command;
pub mod consent;
pub mod contact_investigation;
pub mod definitions;
pub mod diagnosis;
pub mod handoff;
pub mod impact;
mod invariant;
pub mod laboratory;
pub mod movement;
pub mod opening;
pub mod outcome;
pub mod past;
pub mod prevention;
pub mod programme;
pub mod reading;
pub mod referral;
pub mod regimen;
pub mod screening;
pub mod standing;
pub mod support;
pub mod treatment;
pub mod worklist;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules;

pub use command::CaseCommand;
use handoff::{HandoffState, event as handoff_event};
use referral::ReferralState;

/// What has happened to a case.
///
/// The `rename` strings are on disk for ever. To change a shape, add a `.v2` beside it and teach `evolve` both;
/// `proto/events/` keeps one sample of every version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
#[expect(missing_docs, reason = "each payload is documented where its stage is")]
pub enum CaseEvent {
    #[serde(rename = "case.opened.v1")]
    Opened(opening::CaseOpened),
    #[serde(rename = "case.responsibility-opened.v1")]
    ResponsibilityOpened(programme::ResponsibilityOpened),
    #[serde(rename = "case.responsibility-moved.v1")]
    ResponsibilityMoved(programme::ResponsibilityMoved),
    #[serde(rename = "case.responsibility-closed.v1")]
    ResponsibilityClosed(programme::ResponsibilityClosed),
    #[serde(rename = "case.movement-recorded.v1")]
    MovementRecorded(movement::MovementRecorded),
    #[serde(rename = "case.consent-recorded.v1")]
    ConsentRecorded(consent::ConsentRecorded),
    #[serde(rename = "case.consent-withdrawn.v1")]
    ConsentWithdrawn(consent::ConsentWithdrawn),
    #[serde(rename = "case.screening-recorded.v1")]
    ScreeningRecorded(screening::ScreeningRecorded),
    #[serde(rename = "case.screening-declined.v1")]
    ScreeningDeclined(screening::ScreeningDeclined),
    #[serde(rename = "case.referral-made.v1")]
    ReferralMade(referral::ReferralMade),
    #[serde(rename = "case.referral-accepted.v1")]
    ReferralAccepted(referral::ReferralMoved),
    #[serde(rename = "case.referral-declined.v1")]
    ReferralDeclined(referral::ReferralDeclined),
    #[serde(rename = "case.referral-withdrawn.v1")]
    ReferralWithdrawn(referral::ReferralMoved),
    #[serde(rename = "case.referral-attendance-recorded.v1")]
    ReferralAttendanceRecorded(referral::ReferralAttendanceRecorded),
    #[serde(rename = "case.referral-result-recorded.v1")]
    ReferralResultRecorded(referral::ReferralResultRecorded),
    #[serde(rename = "case.specimen-collected.v1")]
    SpecimenCollected(laboratory::SpecimenCollected),
    #[serde(rename = "case.result-recorded.v1")]
    ResultRecorded(laboratory::ResultRecorded),
    #[serde(rename = "case.result-entered-in-error.v1")]
    ResultEnteredInError(laboratory::ResultEnteredInError),
    #[serde(rename = "case.diagnosis-made.v1")]
    DiagnosisMade(diagnosis::DiagnosisMade),
    #[serde(rename = "case.patient-registered.v1")]
    PatientRegistered(diagnosis::PatientRegistered),
    #[serde(rename = "case.tb-excluded.v1")]
    TbExcluded(diagnosis::TbExcluded),
    #[serde(rename = "case.denotified.v1")]
    DeNotified(diagnosis::CaseDeNotified),
    #[serde(rename = "case.treatment-started.v1")]
    TreatmentStarted(treatment::TreatmentStarted),
    #[serde(rename = "case.regimen-changed.v1")]
    RegimenChanged(treatment::RegimenChanged),
    #[serde(rename = "case.doses-recorded.v1")]
    DosesRecorded(treatment::DosesRecorded),
    #[serde(rename = "case.weight-recorded.v1")]
    WeightRecorded(treatment::WeightRecorded),
    #[serde(rename = "case.treatment-extended.v1")]
    TreatmentExtended(treatment::TreatmentExtended),
    #[serde(rename = "case.chest-xray-recorded.v1")]
    ChestXrayRecorded(treatment::ChestXrayRecorded),
    #[serde(rename = "case.phase-recorded.v1")]
    PhaseRecorded(treatment::PhaseRecorded),
    #[serde(rename = "case.medicine-supplied.v1")]
    MedicineSupplied(treatment::MedicineSupplied),
    #[serde(rename = "case.treatment-interrupted.v1")]
    TreatmentInterrupted(treatment::TreatmentInterrupted),
    #[serde(rename = "case.treatment-resumed.v1")]
    TreatmentResumed(treatment::TreatmentResumed),
    #[serde(rename = "case.adverse-event-recorded.v1")]
    AdverseEventRecorded(treatment::AdverseEventRecorded),
    #[serde(rename = "case.prevention-started.v1")]
    PreventionStarted(prevention::PreventionStarted),
    #[serde(rename = "case.prevention-doses-recorded.v1")]
    PreventionDosesRecorded(prevention::PreventionDosesRecorded),
    #[serde(rename = "case.prevention-held.v1")]
    PreventionHeld(prevention::PreventionHeld),
    #[serde(rename = "case.prevention-resumed.v1")]
    PreventionResumed(prevention::PreventionResumed),
    #[serde(rename = "case.prevention-ended.v1")]
    PreventionEnded(prevention::PreventionEnded),
    #[serde(rename = "case.outcome-reported.v1")]
    OutcomeReported(outcome::OutcomeReported),
    #[serde(rename = "case.outcome-confirmed.v1")]
    OutcomeConfirmed(outcome::OutcomeConfirmed),
    #[serde(rename = "case.outcome-corrected.v1")]
    OutcomeCorrected(outcome::OutcomeCorrected),
    #[serde(rename = "case.handoff-offered.v1")]
    HandoffOffered(Box<handoff_event::HandoffOffered>),
    #[serde(rename = "case.handoff-acknowledged.v1")]
    HandoffAcknowledged(handoff_event::HandoffClosed),
    #[serde(rename = "case.handoff-extended.v1")]
    HandoffExtended(handoff_event::HandoffExtended),
    #[serde(rename = "case.handoff-accepted.v1")]
    HandoffAccepted(handoff_event::HandoffAccepted),
    #[serde(rename = "case.handoff-declined.v1")]
    HandoffDeclined(handoff_event::HandoffDeclined),
    #[serde(rename = "case.handoff-withdrawn.v1")]
    HandoffWithdrawn(handoff_event::HandoffWithdrawn),
    #[serde(rename = "case.handoff-expired.v1")]
    HandoffExpired(handoff_event::HandoffClosed),
    #[serde(rename = "case.handoff-reinstated.v1")]
    HandoffReinstated(handoff_event::HandoffReinstated),
    #[serde(rename = "case.handoff-acceptance-rescinded.v1")]
    AcceptanceRescinded(handoff_event::HandoffDeclined),
    #[serde(rename = "case.handoff-entered-in-error.v1")]
    HandoffEnteredInError(handoff_event::HandoffEnteredInError),
    #[serde(rename = "case.handoff-superseded.v1")]
    HandoffSuperseded(handoff_event::HandoffSuperseded),
    #[serde(rename = "case.handoff-external-confirmed.v1")]
    ExternalConfirmed(handoff_event::ExternalConfirmed),
    #[serde(rename = "case.override-reviewed.v1")]
    OverrideReviewed(handoff_event::OverrideReviewed),
    #[serde(rename = "case.interim-reported.v1")]
    InterimReported(handoff_event::InterimReported),
    #[serde(rename = "case.claim-code-issued.v1")]
    ClaimCodeIssued(handoff_event::ClaimCodeIssued),
    #[serde(rename = "case.handoff-completed.v1")]
    HandoffCompleted(handoff_event::HandoffCompleted),
    #[serde(rename = "case.handoff-cancelled-by-death.v1")]
    HandoffCancelledByDeath(handoff_event::HandoffClosed),
    #[serde(rename = "case.patient-departed.v1")]
    PatientDeparted(handoff_event::PatientDeparted),
    #[serde(rename = "case.patient-arrived.v1")]
    PatientArrived(handoff_event::PatientArrived),
    #[serde(rename = "case.patient-not-arrived.v1")]
    PatientNotArrived(handoff_event::PatientNotArrived),
    #[serde(rename = "case.patient-arrived-elsewhere.v1")]
    PatientArrivedElsewhere(handoff_event::PatientArrivedElsewhere),
    #[serde(rename = "case.patient-did-not-travel.v1")]
    PatientDidNotTravel(handoff_event::HandoffClosed),
    #[serde(rename = "case.claim-confirmed.v1")]
    ClaimConfirmed(handoff_event::ClaimConfirmed),
    #[serde(rename = "case.claim-refused.v1")]
    ClaimRefused(handoff_event::ClaimRefused),
    #[serde(rename = "case.contact-attempted.v1")]
    ContactAttempted(handoff_event::ContactAttempted),
    #[serde(rename = "case.contact-listed.v1")]
    ContactListed(contact_investigation::ContactListed),
    #[serde(rename = "case.contact-result-recorded.v1")]
    ContactResultRecorded(contact_investigation::ContactResultRecorded),
    #[serde(rename = "case.contact-linked.v1")]
    ContactLinked(contact_investigation::ContactLinked),
    #[serde(rename = "case.contact-removed.v1")]
    ContactRemoved(contact_investigation::ContactRemoved),
    #[serde(rename = "case.support-given.v1")]
    SupportGiven(support::SupportGiven),
    #[serde(rename = "case.note-added.v1")]
    NoteAdded(support::NoteAdded),
    #[serde(rename = "case.death-recorded.v1")]
    DeathRecorded(closing::DeathRecorded),
    #[serde(rename = "case.closed.v1")]
    Closed(closing::CaseClosed),
    #[serde(rename = "case.reopened.v1")]
    Reopened(closing::CaseReopened),
}

refusal_union! {
    /// The rule that forbids a command on a case.
    CaseRefusal {
        Standing(standing::StandingRefusal),
        Opening(opening::OpeningRefusal),
        Movement(movement::MovementRefusal),
        Consent(consent::ConsentRefusal),
        Screening(screening::ScreeningRefusal),
        Referral(referral::ReferralRefusal),
        Laboratory(laboratory::LaboratoryRefusal),
        Diagnosis(diagnosis::DiagnosisRefusal),
        Treatment(treatment::TreatmentRefusal),
        Outcome(outcome::OutcomeRefusal),
        Prevention(prevention::PreventionRefusal),
        Handoff(handoff::HandoffRefusal),
        Contact(contact_investigation::ContactRefusal),
        Support(support::SupportRefusal),
        Closing(closing::ClosingRefusal),
    }
}

/// What the rules need to know about a case; screens read projections of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each part is documented where its stage is")]
pub struct Case {
    pub opening: Option<opening::Opening>,
    pub journey: movement::Journey,
    pub responsibility: programme::Responsibility,
    pub consents: consent::Consents,
    pub screenings: screening::Screenings,
    pub referrals: referral::Referrals,
    pub laboratory: laboratory::Laboratory,
    pub diagnosis: diagnosis::Diagnosis,
    pub treatment: treatment::Treatment,
    pub prevention: prevention::Prevention,
    pub handoffs: handoff::Handoffs,
    pub contacts: contact_investigation::Contacts,
    pub support: support::Support,
    pub closing: closing::Closing,
}

impl Decider for Case {
    const CATEGORY: &'static str = "case";

    type Command = CaseCommand;
    type Event = CaseEvent;
    type Refusal = CaseRefusal;

    fn decide(&self, command: &CaseCommand, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        Self::dated(command.late_entry(), context)?;
        command.decide(self, context)
    }

    fn evolve(mut self, fact: &Fact<CaseEvent>) -> Self {
        self.take_in(fact);
        self
    }
}

impl Case {
    /// Nothing has happened more than a few minutes ahead of the clock, nor more than five years ago without a reason.
    fn dated(late: Option<opening::LateEntry>, context: &Context<'_>) -> Result<(), CaseRefusal> {
        let ahead = context.occurred_at.instant.duration_since(context.now);
        if ahead > jiff::SignedDuration::from_mins(5) {
            return Err(opening::OpeningRefusal::HappensLater.into());
        }
        if late.is_none() && Self::long_ago(context) {
            return Err(opening::OpeningRefusal::TooLongAgo.into());
        }
        Ok(())
    }

    /// Whether it happened more than five years ago.
    fn long_ago(context: &Context<'_>) -> bool {
        let longest = jiff::SignedDuration::from_hours(5 * 366 * 24);
        context.now.duration_since(context.occurred_at.instant) > longest
    }

    #[expect(clippy::too_many_lines, reason = "one line for each event, and no arm for the rest")]
    fn take_in(&mut self, fact: &Fact<CaseEvent>) {
        let at = fact.recorded_at;
        match &fact.event {
            CaseEvent::Opened(event) => {
                self.journey.phase = Some(event.phase);
                self.opening = Some(opening::Opening::from_fact(event, fact));
            }
            CaseEvent::ResponsibilityOpened(event) => self.responsibility.opened(event, at),
            CaseEvent::ResponsibilityMoved(event) => {
                self.responsibility.moved(event, at);
                self.referrals.ended_with(&event.from);
            }
            CaseEvent::ResponsibilityClosed(event) => self.responsibility.closed(event, at),
            CaseEvent::MovementRecorded(event) => self.journey.moved(event),
            CaseEvent::ConsentRecorded(event) => self.consents.recorded(event),
            CaseEvent::ConsentWithdrawn(event) => self.consents.withdrawn(event),
            CaseEvent::ScreeningRecorded(event) => self.screenings.recorded(event),
            CaseEvent::ScreeningDeclined(event) => self.screenings.declined(event),
            CaseEvent::SpecimenCollected(event) => self.laboratory.collected(event, fact),
            CaseEvent::ResultRecorded(event) => self.laboratory.resulted(event, fact),
            CaseEvent::ResultEnteredInError(event) => self.laboratory.entered_in_error(event, fact),
            CaseEvent::DiagnosisMade(event) => {
                self.treatment.diagnosed(event, fact.occurred_at.date());
                self.diagnosis.made(event, fact.occurred_at.date());
            }
            CaseEvent::PatientRegistered(event) => self.diagnosis.registered(event),
            CaseEvent::TbExcluded(_) => self
                .diagnosis
                .ruled_out(diagnosis::Exclusion { on: fact.occurred_at.date(), recorded_at: at }),
            CaseEvent::DeNotified(event) => self.diagnosis.denotified = Some(event.reason),
            CaseEvent::TreatmentStarted(_)
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
            | CaseEvent::OutcomeReported(_)
            | CaseEvent::OutcomeConfirmed(_)
            | CaseEvent::OutcomeCorrected(_) => self.take_in_treatment(fact),
            CaseEvent::ContactListed(_)
            | CaseEvent::ContactResultRecorded(_)
            | CaseEvent::ContactLinked(_)
            | CaseEvent::ContactRemoved(_) => self.contacts.take_in(fact),
            CaseEvent::PreventionStarted(_)
            | CaseEvent::PreventionDosesRecorded(_)
            | CaseEvent::PreventionHeld(_)
            | CaseEvent::PreventionResumed(_)
            | CaseEvent::PreventionEnded(_) => self.prevention.take_in(fact),
            CaseEvent::SupportGiven(_) => self.support.given += 1,
            CaseEvent::NoteAdded(_) => self.support.notes += 1,
            CaseEvent::DeathRecorded(event) => self.closing.died_on = Some(event.on),
            CaseEvent::Closed(event) => self.closing.reason = Some(event.reason),
            CaseEvent::Reopened(_) => self.closing.reason = None,
            CaseEvent::ReferralMade(_)
            | CaseEvent::ReferralAccepted(_)
            | CaseEvent::ReferralDeclined(_)
            | CaseEvent::ReferralWithdrawn(_)
            | CaseEvent::ReferralAttendanceRecorded(_)
            | CaseEvent::ReferralResultRecorded(_) => self.take_in_referral(fact),
            CaseEvent::HandoffOffered(_)
            | CaseEvent::HandoffAcknowledged(_)
            | CaseEvent::HandoffExtended(_)
            | CaseEvent::HandoffAccepted(_)
            | CaseEvent::HandoffDeclined(_)
            | CaseEvent::HandoffWithdrawn(_)
            | CaseEvent::HandoffExpired(_)
            | CaseEvent::HandoffReinstated(_)
            | CaseEvent::AcceptanceRescinded(_)
            | CaseEvent::HandoffCompleted(_)
            | CaseEvent::HandoffCancelledByDeath(_)
            | CaseEvent::HandoffEnteredInError(_)
            | CaseEvent::HandoffSuperseded(_)
            | CaseEvent::ExternalConfirmed(_)
            | CaseEvent::OverrideReviewed(_)
            | CaseEvent::InterimReported(_)
            | CaseEvent::PatientDeparted(_)
            | CaseEvent::PatientArrived(_)
            | CaseEvent::PatientNotArrived(_)
            | CaseEvent::PatientDidNotTravel(_) => self.take_in_handoff(fact),
            CaseEvent::PatientArrivedElsewhere(_)
            | CaseEvent::ClaimCodeIssued(_)
            | CaseEvent::ClaimConfirmed(_)
            | CaseEvent::ClaimRefused(_)
            | CaseEvent::ContactAttempted(_) => self.take_in_claim(fact),
        }
    }

    fn take_in_treatment(&mut self, fact: &Fact<CaseEvent>) {
        match &fact.event {
            CaseEvent::TreatmentStarted(event) => self.treatment.started(event, fact.recorded_at),
            CaseEvent::RegimenChanged(event) => self.treatment.changed(event),
            CaseEvent::WeightRecorded(event) => self.treatment.weighed(event),
            CaseEvent::PhaseRecorded(event) => self.treatment.phased(event),
            CaseEvent::TreatmentExtended(event) => self.treatment.extended(event),
            CaseEvent::ChestXrayRecorded(event) => self.treatment.x_rayed(event),
            CaseEvent::DosesRecorded(event) => self.treatment.dosed(event),
            CaseEvent::MedicineSupplied(event) => self.treatment.supplied(event),
            CaseEvent::TreatmentInterrupted(event) => self.treatment.interrupted(event),
            CaseEvent::TreatmentResumed(event) => self.treatment.resumed(event),
            CaseEvent::AdverseEventRecorded(event) => self.treatment.reacted(event),
            CaseEvent::OutcomeReported(event) => self.treatment.outcome_reported(event),
            CaseEvent::OutcomeConfirmed(event) => {
                self.treatment.outcome_confirmed(event);
                self.diagnosis.course_ended |= self.treatment.open_episode().is_none();
            }
            CaseEvent::OutcomeCorrected(event) => self.treatment.outcome_corrected(event),
            _ => (),
        }
    }

    fn take_in_referral(&mut self, fact: &Fact<CaseEvent>) {
        let all = &mut self.referrals;
        match &fact.event {
            CaseEvent::ReferralMade(event) => all.made(event, fact.occurred_at.date()),
            CaseEvent::ReferralAccepted(event) => all.moved(event.referral, ReferralState::Accepted),
            CaseEvent::ReferralDeclined(event) => all.moved(event.referral, ReferralState::Declined),
            CaseEvent::ReferralWithdrawn(event) => all.moved(event.referral, ReferralState::Withdrawn),
            CaseEvent::ReferralAttendanceRecorded(event) if event.attended => {
                all.moved(event.referral, ReferralState::Attended);
            }
            CaseEvent::ReferralAttendanceRecorded(event) => {
                all.moved(event.referral, ReferralState::NotAttended);
            }
            CaseEvent::ReferralResultRecorded(event) => all.moved(event.referral, ReferralState::Completed),
            _ => (),
        }
    }

    fn take_in_handoff(&mut self, fact: &Fact<CaseEvent>) {
        use HandoffState as State;
        let all = &mut self.handoffs;
        let to = |state| (state, &fact.actor.organisation, fact.recorded_at);
        match &fact.event {
            CaseEvent::HandoffOffered(event) => all.offered(event, fact),
            CaseEvent::HandoffExtended(event) => all.changed(event.handoff, |handoff| {
                handoff.expires_at = event.expires_at;
                handoff.extensions += 1;
            }),
            CaseEvent::HandoffAcknowledged(event) => {
                all.moved(event.handoff, to(State::Acknowledged), |_| ());
            }
            CaseEvent::HandoffAccepted(event) => all.moved(event.handoff, to(State::Accepted), |handoff| {
                handoff.accepted.clone_from(&event.programmes);
                handoff.refused.clone_from(&event.refused);
            }),
            CaseEvent::HandoffDeclined(event) | CaseEvent::AcceptanceRescinded(event) => {
                all.moved(event.handoff, to(State::Declined), |handoff| {
                    handoff.declined = Some((event.reason, event.suggestion.clone()));
                });
            }
            CaseEvent::HandoffWithdrawn(event) => all.moved(event.handoff, to(State::Withdrawn), |handoff| {
                handoff.withdrawn = Some(event.reason);
            }),
            CaseEvent::HandoffExpired(event) => all.moved(event.handoff, to(State::Expired), |_| ()),
            CaseEvent::HandoffReinstated(event) => all.moved(event.handoff, to(State::Offered), |_| ()),
            CaseEvent::HandoffCompleted(event) => all.moved(event.handoff, to(State::Completed), |_| ()),
            CaseEvent::HandoffCancelledByDeath(event) => {
                all.moved(event.handoff, to(State::CancelledByDeath), |_| ());
            }
            CaseEvent::HandoffEnteredInError(event) => {
                all.moved(event.handoff, to(State::EnteredInError), |_| ());
            }
            CaseEvent::HandoffSuperseded(event) => all.moved(event.handoff, to(State::Superseded), |_| ()),
            CaseEvent::ExternalConfirmed(event) => {
                all.moved(event.handoff, to(event.step.leads_to()), |handoff| {
                    handoff.confirmed_outside(event);
                });
            }
            CaseEvent::OverrideReviewed(event) => all.changed(event.handoff, |handoff| {
                if let Some((_, finding)) = &mut handoff.consent_override {
                    *finding = Some(event.finding);
                }
            }),
            CaseEvent::InterimReported(event) => all.changed(event.handoff, |handoff| {
                handoff.reported_on = Some(event.on);
            }),
            CaseEvent::PatientDidNotTravel(event) => {
                all.moved(event.handoff, to(State::DidNotTravel), |_| ());
            }
            CaseEvent::PatientDeparted(event) => all.moved(event.handoff, to(State::Departed), |handoff| {
                handoff.expected_arrival = event.expected_arrival.or(handoff.expected_arrival);
                handoff.warnings.extend(&event.warnings);
            }),
            CaseEvent::PatientArrived(event) => all.moved(event.handoff, to(State::Arrived), |handoff| {
                handoff.arrived_on = Some(event.on);
            }),
            CaseEvent::PatientNotArrived(event) => all.moved(event.handoff, to(State::NotArrived), |_| ()),
            _ => (),
        }
    }

    fn take_in_claim(&mut self, fact: &Fact<CaseEvent>) {
        use HandoffState as State;
        let all = &mut self.handoffs;
        let to = |state| (state, &fact.actor.organisation, fact.recorded_at);
        match &fact.event {
            CaseEvent::ClaimCodeIssued(event) => all.changed(event.handoff, |handoff| {
                let issued = handoff.claim_code.as_ref().map_or(1, |code| code.issued + 1);
                handoff.claim_code = Some(handoff::ClaimCode {
                    digest: event.digest.clone(),
                    expires_at: event.expires_at,
                    used: false,
                    issued,
                });
            }),
            CaseEvent::PatientArrivedElsewhere(event) => {
                let used = event.code_of.and_then(|id| all.all.get_mut(&id)?.claim_code.as_mut());
                if let Some(code) = used {
                    code.used = true;
                }
                all.changed(event.handoff, |handoff| handoff.claimed(event, fact.recorded_at));
                all.moved(event.handoff, to(State::ArrivedElsewhere), |_| ());
            }
            CaseEvent::ClaimConfirmed(event) => all.changed(event.handoff, |handoff| {
                if let Some(claim) = &mut handoff.claim {
                    claim.confirmed = true;
                }
            }),
            CaseEvent::ClaimRefused(event) => all.changed(event.handoff, |handoff| {
                if let Some(claim) = handoff.claim.take() {
                    (handoff.state, handoff.moved_by, handoff.moved_at) = claim.before;
                }
            }),
            CaseEvent::ContactAttempted(event) => all.changed(event.handoff, |handoff| {
                handoff.contact_attempts.push(event.on);
            }),
            _ => (),
        }
    }
}
