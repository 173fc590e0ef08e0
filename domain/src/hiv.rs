//! The HIV record of a case: a stream of its own, which only an AIDS centre with a tie to it can so much as ask for.
//!
//! Nothing here ever reaches the case: no event, no task, no notice and no error. The record knows the case; the case does
//! not know whether there is a record. Like the case it is split by stage; this file joins the stages. Nothing here has a
//! `Debug` that shows a value.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decider::{Context, Decider, Fact},
    refusal::refusal_union,
};

pub mod art;
pub mod coinfection;
pub mod command;
pub mod consent;
pub mod counselling;
pub mod definitions;
pub mod grants;
pub mod handoff;
mod interaction;
pub mod monitoring;
pub mod opening;
pub mod outcome;
pub mod reading;
pub mod remote;
pub mod tasks;
pub mod testing;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

pub use command::HivCommand;

macro_rules! events {
    ($($variant:ident($body:ty) = $name:literal,)*) => {
        /// What has happened in an HIV record.
        ///
        /// The `rename` strings are on disk for ever. To change a shape, add a `.v2` beside it and teach `evolve` both;
        /// `proto/events/` keeps one sample of every version.
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", content = "data")]
        #[expect(missing_docs, reason = "each payload is documented where its stage is")]
        pub enum HivEvent {
            $(#[serde(rename = $name)] $variant($body),)*
        }

        impl HivEvent {
            /// The names of all events.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name of this event.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(..) => $name,)* }
            }
        }
    };
}

events! {
    Opened(opening::HivRecordOpened) = "hiv.opened.v1",
    AccessGranted(grants::HivAccessGranted) = "hiv.access-granted.v1",
    AccessEnded(grants::HivAccessEnded) = "hiv.access-ended.v1",
    ConsentRecorded(consent::HivConsentRecorded) = "hiv.consent-recorded.v1",
    ConsentWithdrawn(consent::HivConsentWithdrawn) = "hiv.consent-withdrawn.v1",
    CounsellingRecorded(counselling::CounsellingRecorded) = "hiv.counselling-recorded.v1",
    TestRecorded(testing::HivTestRecorded) = "hiv.test-recorded.v1",
    ConfirmationRecorded(testing::ConfirmationRecorded) = "hiv.confirmation-recorded.v1",
    ResultReturned(testing::ResultReturned) = "hiv.result-returned.v1",
    Cd4Recorded(monitoring::Cd4Recorded) = "hiv.cd4-recorded.v1",
    ViralLoadRecorded(monitoring::ViralLoadRecorded) = "hiv.viral-load-recorded.v1",
    WhoStageRecorded(monitoring::WhoStageRecorded) = "hiv.who-stage-recorded.v1",
    ArtStarted(art::ArtStarted) = "hiv.art-started.v1",
    ArtSubstituted(art::ArtSubstituted) = "hiv.art-substituted.v1",
    ArtSwitched(art::ArtSwitched) = "hiv.art-switched.v1",
    ArtStopped(art::ArtStopped) = "hiv.art-stopped.v1",
    ArtDispensed(art::ArtDispensed) = "hiv.art-dispensed.v1",
    VisitMissed(outcome::VisitMissed) = "hiv.visit-missed.v1",
    OutreachRecorded(outcome::OutreachRecorded) = "hiv.outreach-recorded.v1",
    OutcomeRecorded(outcome::HivOutcomeRecorded) = "hiv.outcome-recorded.v1",
    RemoteRegistrationBegun(remote::RemoteRegistrationBegun) = "hiv.remote-registration-begun.v1",
    RemoteStepRecorded(remote::RemoteStepRecorded) = "hiv.remote-step-recorded.v1",
    LfLamRecorded(coinfection::LfLamRecorded) = "hiv.lf-lam-recorded.v1",
    TraceJudged(coinfection::TraceJudged) = "hiv.trace-judged.v1",
    TbScreened(coinfection::TbScreened) = "hiv.tb-screened.v1",
    ProphylaxisStarted(coinfection::ProphylaxisStarted) = "hiv.prophylaxis-started.v1",
    ProphylaxisEnded(coinfection::ProphylaxisEnded) = "hiv.prophylaxis-ended.v1",
    HandoffOffered(handoff::HivHandoffOffered) = "hiv.handoff-offered.v1",
    HandoffAccepted(handoff::HivHandoffMoved) = "hiv.handoff-accepted.v1",
    HandoffDeclined(handoff::HivHandoffDeclined) = "hiv.handoff-declined.v1",
    HandoffWithdrawn(handoff::HivHandoffMoved) = "hiv.handoff-withdrawn.v1",
    HandoffExpired(handoff::HivHandoffMoved) = "hiv.handoff-expired.v1",
    PatientArrived(handoff::HivPatientArrived) = "hiv.patient-arrived.v1",
    PatientNotArrived(handoff::HivHandoffMoved) = "hiv.patient-not-arrived.v1",
    Read(reading::HivRecordRead) = "hiv.read.v1",
}

refusal_union! {
    /// The rule that forbids a command on an HIV record.
    HivRefusal {
        Opening(opening::HivOpeningRefusal),
        Grant(grants::GrantRefusal),
        Consent(consent::HivConsentRefusal),
        Counselling(counselling::CounsellingRefusal),
        Testing(testing::TestingRefusal),
        Monitoring(monitoring::MonitoringRefusal),
        Art(art::ArtRefusal),
        Outcome(outcome::HivOutcomeRefusal),
        Remote(remote::RemoteRefusal),
        Coinfection(coinfection::CoinfectionRefusal),
        Handoff(handoff::HivHandoffRefusal),
    }
}

/// What the rules need to know of an HIV record.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "each part is documented where its stage is")]
pub struct HivRecord {
    pub opening: Option<opening::HivOpening>,
    pub responsibility: opening::HivResponsibility,
    pub grants: grants::Grants,
    pub consents: consent::HivConsents,
    pub counselling: counselling::Counselling,
    pub testing: testing::Testing,
    pub monitoring: monitoring::Monitoring,
    pub art: art::Art,
    pub attendance: outcome::Attendance,
    pub remote: Option<remote::RemoteRegistration>,
    pub coinfection: coinfection::Coinfection,
    pub handoffs: handoff::HivHandoffs,
    pub readings: reading::Readings,
}

impl fmt::Debug for HivRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HivRecord(…)")
    }
}

impl fmt::Debug for HivEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HivEvent(…)")
    }
}

impl Decider for HivRecord {
    const CATEGORY: &'static str = "hiv";

    type Command = HivCommand;
    type Event = HivEvent;
    type Refusal = HivRefusal;

    fn decide(&self, command: &HivCommand, context: &Context<'_>) -> Result<Vec<HivEvent>, HivRefusal> {
        opening::dated(context)?;
        command.decide(self, context)
    }

    fn evolve(mut self, fact: &Fact<HivEvent>) -> Self {
        self.readings.counted(fact);
        self.take_in(fact);
        self
    }
}

impl HivRecord {
    fn take_in(&mut self, fact: &Fact<HivEvent>) {
        match &fact.event {
            HivEvent::Opened(event) => self.opened(event, fact.recorded_at),
            HivEvent::AccessGranted(event) => self.grants.granted(event),
            HivEvent::AccessEnded(event) => self.grants.ended(event),
            HivEvent::ConsentRecorded(event) => self.consents.recorded(event),
            HivEvent::ConsentWithdrawn(event) => self.consents.withdrawn(event),
            HivEvent::CounsellingRecorded(event) => self.counselling.recorded(event),
            HivEvent::TestRecorded(event) => self.testing.tested(event),
            HivEvent::ConfirmationRecorded(event) => self.testing.confirmed(event),
            HivEvent::ResultReturned(event) => self.testing.returned(event),
            HivEvent::Cd4Recorded(event) => self.monitoring.counted(event),
            HivEvent::ViralLoadRecorded(event) => self.monitoring.measured(event),
            HivEvent::WhoStageRecorded(event) => self.monitoring.staged(event),
            HivEvent::ArtStarted(event) => self.art.started(event),
            HivEvent::ArtSubstituted(event) => self.art.substituted(event),
            HivEvent::ArtSwitched(event) => self.art.switched(event),
            HivEvent::ArtStopped(event) => self.art.stopped(event),
            HivEvent::ArtDispensed(event) => {
                self.art.dispensed(event);
                self.attendance.came(event.on);
            }
            HivEvent::VisitMissed(event) => self.attendance.missed(event),
            HivEvent::OutreachRecorded(event) => self.attendance.reached(event),
            HivEvent::OutcomeRecorded(event) => self.attendance.ended(event),
            HivEvent::RemoteRegistrationBegun(event) => {
                self.remote = Some(remote::RemoteRegistration::begun(event));
            }
            HivEvent::RemoteStepRecorded(event) => {
                if let Some(remote) = &mut self.remote {
                    remote.stepped(event);
                }
            }
            HivEvent::LfLamRecorded(event) => self.coinfection.lam(event),
            HivEvent::TraceJudged(event) => self.coinfection.judged(event),
            HivEvent::TbScreened(event) => {
                self.coinfection.screened(event);
                self.attendance.came(event.on);
            }
            HivEvent::ProphylaxisStarted(event) => self.coinfection.protected(event),
            HivEvent::ProphylaxisEnded(event) => self.coinfection.unprotected(event),
            HivEvent::HandoffOffered(event) => self.handoffs.offered(event, fact),
            HivEvent::HandoffAccepted(event) => {
                self.handoffs.moved(event, handoff::HivHandoffState::Accepted);
            }
            HivEvent::HandoffDeclined(event) => self.handoffs.declined(event),
            HivEvent::HandoffWithdrawn(event) => {
                self.handoffs.moved(event, handoff::HivHandoffState::Withdrawn);
            }
            HivEvent::HandoffExpired(event) => self.handoffs.moved(event, handoff::HivHandoffState::Expired),
            HivEvent::PatientArrived(event) => self.arrived(event, fact.recorded_at),
            HivEvent::PatientNotArrived(event) => {
                self.handoffs.moved(event, handoff::HivHandoffState::NotArrived);
            }
            HivEvent::Read(_) => (),
        }
    }
}
