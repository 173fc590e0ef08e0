//! What may be asked of an erasure, and what happened to it: codes and days alone, for it outlives the person's record.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{case::Case, ids::CaseId};

/// On which ground a person is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "erasure-grounds"))]
pub enum ErasureGround {
    /// The person asks for it.
    OwnRequest,
    /// The record should never have been made.
    EnteredByMistake,
    /// A court has ordered it.
    CourtOrder,
}

/// Why a person is not erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "erasure-refusal-reasons"))]
pub enum ErasureRefusalReason {
    /// It was taken back by those who asked, or by the person.
    Withdrawn,
    /// The ground was not shown.
    GroundNotShown,
    /// A law asks to keep the record.
    DutyToKeep,
    /// It is the record of somebody else.
    WrongRecord,
}

/// Why a record must be kept for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "legal-hold-grounds"))]
pub enum HoldGround {
    /// A court has to decide on something that the record shows.
    CourtProceedings,
    /// A complaint is looked into.
    Complaint,
    /// An authority that may do so has asked to keep it.
    AuthorityRequest,
}

/// What to think of before a person is erased; it refuses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "erasure-warnings"))]
pub enum ErasureWarning {
    /// A case of the person is open: those who care for it will find no name.
    CaseOpen,
    /// Tuberculosis was treated: the law of the country may ask to keep the record for some years.
    DutyToKeep,
}

impl ErasureWarning {
    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CaseOpen => "case_open",
            Self::DutyToKeep => "duty_to_keep",
        }
    }
}

/// How far an erasure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "erasure-states"))]
pub enum ErasureState {
    /// Waits for a second person.
    Requested,
    /// Two persons agree; a node is about to carry it out.
    Approved,
    /// The record stays.
    Refused,
    /// The keys are destroyed.
    Erased,
}

/// Asks that a person be erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestErasure {
    /// On which ground.
    pub ground: ErasureGround,
}

/// Agrees, as the second person, that this person be erased for good.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveErasure {}

/// Says that the person is not erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseErasure {
    /// Why.
    pub reason: ErasureRefusalReason,
}

/// Keeps a record from being erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLegalHold {
    /// Why.
    pub ground: HoldGround,
    /// The last day; without one, until it is released.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Date>,
}

/// Lets a record be erased again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseLegalHold {}

/// What the edge has looked up about the person's cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PersonCases {
    /// One of them is open.
    pub open: bool,
    /// Tuberculosis was treated.
    pub treated: bool,
    /// Tuberculosis is treated now.
    pub on_treatment: bool,
}

impl PersonCases {
    /// These and one more case.
    #[must_use]
    pub fn and(self, case: &Case) -> Self {
        let open = case.opening.is_some() && !case.closing.closed();
        let running = case.treatment.episodes.values().any(|episode| !episode.ended());
        Self {
            open: self.open || open,
            treated: self.treated || !case.treatment.episodes.is_empty(),
            on_treatment: self.on_treatment || (open && running && !case.closing.dead()),
        }
    }

    pub(super) fn warnings(self) -> BTreeSet<ErasureWarning> {
        let open = self.open.then_some(ErasureWarning::CaseOpen);
        open.into_iter().chain(self.treated.then_some(ErasureWarning::DutyToKeep)).collect()
    }
}

/// What may be asked of an erasure, with what the edge has looked up for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureCommand {
    /// Ask for it.
    Request(RequestErasure, PersonCases),
    /// Agree to it.
    Approve(PersonCases),
    /// Refuse it, or take it back.
    Refuse(RefuseErasure),
    /// Keep the record.
    Hold(SetLegalHold),
    /// Keep it no longer.
    Release,
    /// The keys are destroyed: of the person, and of these cases.
    Finish(PersonErased),
}

/// The end of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonErased {
    /// The cases whose notes were erased, and whatever else was sealed about them. All of them are here, whatever each had.
    pub cases: BTreeSet<CaseId>,
    /// Whether a backup of the key store from before opens nothing any more.
    pub backups_closed: bool,
}

/// What happened to an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields say what they are; see the commands")]
pub enum ErasureEvent {
    /// Somebody asked for it.
    #[serde(rename = "erasure.requested.v1")]
    Requested { ground: ErasureGround, warnings: BTreeSet<ErasureWarning> },
    /// A second person agreed: from here on it is carried out, whatever happens to the node that does it.
    #[serde(rename = "erasure.approved.v1")]
    Approved {},
    /// The record stays.
    #[serde(rename = "erasure.refused.v1")]
    Refused { reason: ErasureRefusalReason },
    /// The record must be kept for now.
    #[serde(rename = "erasure.held.v1")]
    Held { ground: HoldGround, until: Option<Date> },
    /// It need not be kept any more.
    #[serde(rename = "erasure.released.v1")]
    Released {},
    /// The keys are destroyed.
    #[serde(rename = "erasure.person-erased.v1")]
    Erased(PersonErased),
}
