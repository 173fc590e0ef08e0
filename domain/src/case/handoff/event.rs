//! What happens to a handoff, as stored.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Urgency, Warning, answer::DuplicateCheck, packet::SealedPacket};
use crate::{
    case::programme::Programme,
    free_text::FreeText,
    ids::{ConsentId, Country, HandoffId, OrganisationId},
};

/// Why a handoff is declined, or a part of it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "handoff-decline-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum DeclineReason {
    NoCapacity,
    ServiceNotOffered,
    OutsideCatchment,
    NotEligibleDocuments,
    NotEligibleFunding,
    ClinicalLevelUnsuitable,
    PatientUnreachable,
    Duplicate,
    ConsentMissing,
    IncompleteInformation,
    SafetyConcern,
    Other,
}

/// Why a handoff is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "handoff-withdrawal-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum WithdrawReason {
    PlansChanged,
    ConsentWithdrawn,
    WrongDestination,
    FoundBetterDestination,
    ClinicalChange,
    Other,
}

/// On which ground data go to the destination without a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "override-grounds"))]
pub enum OverrideGround {
    /// The life of the patient or of another is at stake.
    VitalInterest,
    /// A law obliges the sender.
    LegalObligation,
}

/// An override of the consent rule, reviewed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentOverride {
    /// The ground.
    pub ground: OverrideGround,
    /// Why, in 20 to 500 characters and without a name.
    #[schemars(with = "String", length(min = 20, max = 500))]
    pub reason: FreeText,
}

/// How the patient was recognised on arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "identity-checks"))]
pub enum IdentityCheck {
    /// By a document.
    Document,
    /// By name and birth year, as told by the patient.
    NameAndBirthYear,
    /// By someone who knows the patient.
    KnownInPerson,
}

/// What tells an organisation that this patient is the one expected elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "claim-bases"))]
pub enum ClaimBasis {
    /// The patient carries the handoff card.
    HandoffCard,
    /// The person was matched by name and birth year.
    PersonMatched,
    /// The patient gave the claim code, and confirmed name and birth year.
    ClaimCode,
}

/// Why a handoff should never have been recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "error-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ErrorReason {
    WrongPatient,
    EnteredTwice,
    NeverAgreed,
    Other,
}

/// What a destination outside the network has let the sender know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "external-steps"))]
pub enum ExternalStep {
    /// It expects the patient.
    Accepted,
    /// It does not take the patient.
    Declined,
    /// It has seen the patient.
    Arrived,
    /// Care goes on there.
    Completed,
}

/// How a destination outside the network has let the sender know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "evidence-kinds"))]
pub enum Evidence {
    /// A telephone call with the facility.
    Call,
    /// A letter or an official message of the facility.
    Letter,
    /// The return slip of the printed packet.
    ReturnSlip,
    /// The patient or a relative says so.
    PatientReport,
}

/// Whether an override of the consent rule was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "review-findings"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ReviewFinding {
    Justified,
    NotJustified,
}

/// How the care goes on, as an interim report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "care-statuses"))]
pub enum CareStatus {
    /// The patient comes and takes the medicine.
    InCare,
    /// Treatment stands still for now.
    Interrupted,
    /// The patient no longer comes.
    OutOfContact,
}

/// How the patient was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "contact-channels"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ContactChannel {
    Telephone,
    Messenger,
    HomeVisit,
    Relatives,
    Workplace,
}

/// What a contact attempt brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "contact-attempt-results"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ContactResult {
    NoAnswer,
    Reached,
    LeadToAnotherPlace,
    Refused,
}

/// The patient's care at the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "care-continued"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum CareContinued {
    FirstDose,
    FirstVisit,
}

/// A destination that takes no part in the network: what is told to it goes on paper, and what it answers by telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalDestination {
    /// The name of the facility, 1 to 200 characters, never of a person.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Its country.
    pub country: Country,
    /// The telephone on which the facility is reached.
    #[schemars(length(max = 32))]
    pub telephone: Option<String>,
}

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $ty:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "the fields say what they are; see the commands")]
        pub struct $name {
            pub handoff: HandoffId,
            $($(#[$field_meta])* pub $field: $ty,)*
        }
    )*};
}

events! {
    /// Responsibility was offered to another organisation.
    HandoffOffered {
        from: OrganisationId,
        to: OrganisationId,
        programmes: BTreeSet<Programme>,
        urgency: Urgency,
        expires_at: Timestamp,
        expected_arrival: Option<Date>,
        consents: BTreeSet<ConsentId>,
        consent_override: Option<ConsentOverride>,
        warnings: BTreeSet<Warning>,
        previous: Option<HandoffId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external: Option<ExternalDestination>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        packet: Option<SealedPacket>,
    }
    /// The offer now lasts longer.
    HandoffExtended { expires_at: Timestamp, }
    /// The destination took the offer, whole or in part.
    HandoffAccepted {
        programmes: BTreeSet<Programme>,
        refused: BTreeMap<Programme, DeclineReason>,
        implicit: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duplicate_check: Option<DuplicateCheck>,
    }
    /// The destination declined, or gave back what it had taken.
    HandoffDeclined { reason: DeclineReason, suggestion: Option<OrganisationId>, }
    /// The sender took the offer back.
    HandoffWithdrawn { reason: WithdrawReason, }
    /// A step that says nothing but its name.
    HandoffClosed { }
    /// The patient left.
    PatientDeparted {
        on: Date,
        medicine_days: u16,
        expected_arrival: Option<Date>,
        warnings: BTreeSet<Warning>,
    }
    /// The destination has seen the patient.
    PatientArrived { on: Date, identity_check: IdentityCheck, }
    /// The patient has not come.
    PatientNotArrived { expected: Date, }
    /// Another organisation has the patient.
    PatientArrivedElsewhere {
        organisation: OrganisationId,
        on: Date,
        basis: ClaimBasis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code_of: Option<HandoffId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        takes: Option<BTreeSet<Programme>>,
    }
    /// The claim stands: by the sender's word, or because nobody objected in 72 hours.
    ClaimConfirmed { organisation: OrganisationId, by_lapse: bool, }
    /// The sender says that the claim is not true.
    ClaimRefused { organisation: OrganisationId, }
    /// The patient was looked for.
    ContactAttempted { on: Date, channel: ContactChannel, result: ContactResult, }
    /// Care goes on at the destination.
    HandoffCompleted { care: CareContinued, on: Date, }
    /// The handoff should never have been recorded.
    HandoffEnteredInError { reason: ErrorReason, }
    /// The patient is where another handoff sent them; this one is over.
    HandoffSuperseded { by: HandoffId, }
    /// A claim code was given to the patient; it takes the place of an earlier one.
    ClaimCodeIssued { digest: String, expires_at: Timestamp, }
    /// A destination outside the network has let the sender know.
    ExternalConfirmed {
        step: ExternalStep,
        on: Date,
        evidence: Evidence,
        reason: Option<DeclineReason>,
    }
    /// A second person looked at an override of the consent rule.
    OverrideReviewed { finding: ReviewFinding, }
    /// The destination told how care goes on.
    InterimReported {
        on: Date,
        status: CareStatus,
        doses_taken: Option<u32>,
        doses_missed: Option<u32>,
        last_dose_on: Option<Date>,
    }
    /// An arrival before the expiry, recorded after it, brought the handoff back.
    HandoffReinstated { arrived_on: Date, }
}
