//! What happens to a handoff, as stored.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Urgency, Warning};
use crate::{
    case::programme::Programme,
    ids::{ConsentId, HandoffId, OrganisationId},
};

/// Why a handoff is declined, or a part of it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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
    #[schemars(length(min = 20, max = 500))]
    pub reason: String,
}

/// How the patient was recognised on arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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
pub enum ClaimBasis {
    /// The patient carries the handoff card.
    HandoffCard,
    /// The person was matched by name and birth year.
    PersonMatched,
}

/// How the patient was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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
#[expect(missing_docs, reason = "the words say what they are")]
pub enum CareContinued {
    FirstDose,
    FirstVisit,
}

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident { $($field:ident : $ty:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "the fields say what they are; see the commands")]
        pub struct $name {
            pub handoff: HandoffId,
            $(pub $field: $ty,)*
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
    }
    /// The offer now lasts longer.
    HandoffExtended { expires_at: Timestamp, }
    /// The destination took the offer, whole or in part.
    HandoffAccepted {
        programmes: BTreeSet<Programme>,
        refused: BTreeMap<Programme, DeclineReason>,
        implicit: bool,
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
    PatientArrivedElsewhere { organisation: OrganisationId, on: Date, basis: ClaimBasis, }
    /// The claim stands: by the sender's word, or because nobody objected in 72 hours.
    ClaimConfirmed { organisation: OrganisationId, by_lapse: bool, }
    /// The sender says that the claim is not true.
    ClaimRefused { organisation: OrganisationId, }
    /// The patient was looked for.
    ContactAttempted { on: Date, channel: ContactChannel, result: ContactResult, }
    /// Care goes on at the destination.
    HandoffCompleted { care: CareContinued, on: Date, }
    /// An arrival before the expiry, recorded after it, brought the handoff back.
    HandoffReinstated { arrived_on: Date, }
}
