//! Remote registration: a migrant is registered at the AIDS centre of origin without travelling there, medicine comes from
//! home, and what is measured at the place of stay is reported back (Regional Expert Group on Migration and Health).

use jiff::civil::{Date, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, opening::in_order};
use crate::{
    actor::Actor,
    decider::Context,
    ids::{Country, OrganisationId},
    organisation::OrganisationKind,
    refusal::refusals,
};

/// Where it runs, and since when: Kyrgyzstan, Tajikistan and Uzbekistan; Kazakhstan since October 2024; in Central Asia not
/// in Turkmenistan.
pub const RUNS: &[(&str, Option<Date>)] =
    &[("KG", None), ("TJ", None), ("UZ", None), ("KZ", Some(date(2024, 10, 1)))];

/// Begins the remote registration of a patient who was identified here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginRemoteRegistration {
    /// The AIDS centre of origin.
    pub home: OrganisationId,
    /// The day on which the patient was identified, or identified again.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// In pregnancy every step is urgent.
    pub pregnant: bool,
}

/// Remote registration began.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `BeginRemoteRegistration`")]
pub struct RemoteRegistrationBegun {
    pub home: OrganisationId,
    pub on: Date,
    pub pregnant: bool,
    /// The AIDS centre at the place of stay.
    pub stay: OrganisationId,
}

/// A step on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-remote-steps"))]
pub enum RemoteStep {
    /// The papers are collected at the place of stay.
    DocumentsCollected,
    /// They were sent to the AIDS centre of origin.
    DocumentsSent,
    /// The AIDS centre of origin has registered the patient.
    Registered,
    /// It has sent the medicine.
    MedicineSent,
    /// The patient has it.
    MedicineHandedOn,
    /// What was measured at the place of stay was reported home.
    ResultsReported,
}

/// Records a step of remote registration.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRemoteStep {
    /// Which.
    pub step: RemoteStep,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// A step was taken.
pub type RemoteStepRecorded = RecordRemoteStep;

/// The registration as it stands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteRegistration {
    /// The AIDS centre of origin.
    pub home: OrganisationId,
    /// The AIDS centre at the place of stay.
    pub stay: OrganisationId,
    /// The day on which it began.
    #[schemars(with = "String", extend("format" = "date"))]
    pub begun_on: Date,
    /// The patient is pregnant: every step is urgent.
    pub urgent: bool,
    /// The steps that were taken.
    pub steps: Vec<RemoteStepRecorded>,
}

refusals! {
    /// Why remote registration does not go on so.
    RemoteRefusal {
        BegunAlready { home: OrganisationId } = Conflict "remote_registration_begun", "Remote registration with {home} is under way already.";
        NotBegun = Conflict "remote_registration_not_begun", "Remote registration has not begun.";
        HomeUnknown = Invalid "remote_home_unknown", "The AIDS centre of origin must be an active AIDS centre of the directory, other than yours.";
        NotRunHere { country: Country } = Conflict "remote_registration_not_run",
            "Remote registration was not run in {country} on that day: it runs in Kyrgyzstan, Tajikistan and Uzbekistan, and since October 2024 in Kazakhstan.";
        StatusMissing = Conflict "remote_status_missing", "Only a positive status is registered from afar: record the tests or the paper first.";
        OtherSide { organisation: OrganisationId } = Conflict "remote_step_not_yours", "This step belongs to {organisation}.";
        TooEarly { before: &'static str } = Conflict "remote_step_too_early", "Before this step record: {before}.";
        TakenAlready = Conflict "remote_step_taken", "This step was taken already.";
    }
}

impl RemoteStep {
    /// The word on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DocumentsCollected => "documents_collected",
            Self::DocumentsSent => "documents_sent",
            Self::Registered => "registered",
            Self::MedicineSent => "medicine_sent",
            Self::MedicineHandedOn => "medicine_handed_on",
            Self::ResultsReported => "results_reported",
        }
    }

    /// The step that must be behind the patient.
    const fn after(self) -> Option<Self> {
        match self {
            Self::DocumentsCollected => None,
            Self::DocumentsSent => Some(Self::DocumentsCollected),
            Self::Registered => Some(Self::DocumentsSent),
            Self::MedicineSent | Self::ResultsReported => Some(Self::Registered),
            Self::MedicineHandedOn => Some(Self::MedicineSent),
        }
    }

    /// Taken again and again once the patient is registered.
    const fn repeats(self) -> bool {
        matches!(self, Self::MedicineSent | Self::MedicineHandedOn | Self::ResultsReported)
    }

    /// Taken by the AIDS centre of origin.
    const fn at_home(self) -> bool {
        matches!(self, Self::Registered | Self::MedicineSent)
    }
}

impl BeginRemoteRegistration {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.answers(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        if let Some(remote) = &record.remote {
            return Err(RemoteRefusal::BegunAlready { home: remote.home.clone() }.into());
        }
        let home = context.directory.active(&self.home);
        let centre = home.filter(|home| home.kind == OrganisationKind::AidsCentre);
        let centre =
            centre.filter(|_| self.home != context.actor.organisation).ok_or(RemoteRefusal::HomeUnknown)?;
        let country = centre.country();
        let runs = |(code, since): &(&str, Option<Date>)| {
            *code == country.as_str() && since.is_none_or(|since| self.on >= since)
        };
        if !RUNS.iter().any(runs) {
            return Err(RemoteRefusal::NotRunHere { country }.into());
        }
        if !record.testing.positive() {
            return Err(RemoteRefusal::StatusMissing.into());
        }
        Ok(vec![HivEvent::RemoteRegistrationBegun(RemoteRegistrationBegun {
            home: self.home.clone(),
            on: self.on,
            pregnant: self.pregnant,
            stay: context.actor.organisation.clone(),
        })])
    }
}

impl RecordRemoteStep {
    /// The papers leave only under a consent that covers the AIDS centre of origin on the day they are sent.
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        if record.standing(&context.actor.organisation).is_none() {
            record.cares(&context.actor)?;
        }
        record.alive()?;
        let remote = record.remote.as_ref().ok_or(RemoteRefusal::NotBegun)?;
        remote.belongs_to(self.step, &context.actor)?;
        if let Some(before) = self.step.after().filter(|before| !remote.taken(*before)) {
            return Err(RemoteRefusal::TooEarly { before: before.code() }.into());
        }
        if remote.taken(self.step) && !self.step.repeats() {
            return Err(RemoteRefusal::TakenAlready.into());
        }
        in_order(&[remote.begun_on, self.on], context.today)?;
        if matches!(self.step, RemoteStep::DocumentsSent | RemoteStep::ResultsReported) {
            record.consents.allow(&remote.home, context)?;
        }
        Ok(vec![HivEvent::RemoteStepRecorded(self.clone())])
    }
}

impl RemoteRegistration {
    pub(super) fn begun(event: &RemoteRegistrationBegun) -> Self {
        Self {
            home: event.home.clone(),
            stay: event.stay.clone(),
            begun_on: event.on,
            urgent: event.pregnant,
            steps: Vec::new(),
        }
    }

    pub(super) fn stepped(&mut self, event: &RemoteStepRecorded) {
        self.steps.push(event.clone());
    }

    fn belongs_to(&self, step: RemoteStep, actor: &Actor) -> Result<(), RemoteRefusal> {
        let owner = if step.at_home() { &self.home } else { &self.stay };
        if *owner == actor.organisation {
            return Ok(());
        }
        Err(RemoteRefusal::OtherSide { organisation: owner.clone() })
    }

    /// Whether a step was taken.
    pub fn taken(&self, step: RemoteStep) -> bool {
        self.steps.iter().any(|taken| taken.step == step)
    }

    /// Whether the papers are with the AIDS centre of origin.
    pub fn sent(&self) -> bool {
        self.taken(RemoteStep::DocumentsSent)
    }

    /// Whether the AIDS centre of origin has registered the patient.
    pub fn registered(&self) -> bool {
        self.taken(RemoteStep::Registered)
    }

    /// What is waited for, of whom, and since when; nothing once the patient has the medicine.
    pub fn waits_for(&self) -> Option<(RemoteStep, &OrganisationId, Date)> {
        let road = [
            RemoteStep::DocumentsCollected,
            RemoteStep::DocumentsSent,
            RemoteStep::Registered,
            RemoteStep::MedicineSent,
            RemoteStep::MedicineHandedOn,
        ];
        let count = |step| self.steps.iter().filter(|taken| taken.step == step).count();
        let sent_on = count(RemoteStep::MedicineSent) > count(RemoteStep::MedicineHandedOn);
        let next = road.into_iter().find(|step| !self.taken(*step));
        let next = next.or(sent_on.then_some(RemoteStep::MedicineHandedOn))?;
        let since = self.steps.last().map_or(self.begun_on, |step| step.on);
        Some((next, if next.at_home() { &self.home } else { &self.stay }, since))
    }
}
