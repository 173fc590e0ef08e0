//! What may be asked of a pull request, and what happened to it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    case::{handoff::Handoff, programme::Programme},
    ids::{CaseId, HandoffId, OrganisationId, PersonId, PullRequestId},
};

/// Why the patient is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "pull-request-reasons"))]
pub enum PullReason {
    /// The patient has come and wants to be cared for here.
    CameForCare,
    /// The medicine in hand runs out.
    MedicineNeeded,
    /// The patient has returned home.
    ReturnedHome,
    /// The patient has moved for work.
    MovedForWork,
    /// Something else.
    Other,
}

/// Why the asked organisation does not hand the patient over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "pull-request-decline-reasons"))]
pub enum PullDeclineReason {
    /// Nobody here knows this person.
    NotKnown,
    /// Known, but another organisation answers for the patient.
    NotOurs,
    /// There is no consent that covers it.
    ConsentMissing,
    /// The patient is somewhere else.
    PatientElsewhere,
    /// Something else.
    Other,
}

/// Asks another organisation to hand a patient over, who has come here and agrees to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakePullRequest {
    /// The asker's own record of the person; the asked organisation may read it while the request is open.
    pub person: PersonId,
    /// Who is asked.
    pub of: OrganisationId,
    /// For which programmes.
    pub programmes: BTreeSet<Programme>,
    /// The patient has agreed that this organisation is asked: nobody is asked otherwise.
    pub patient_agreed: bool,
    /// Why.
    pub reason: PullReason,
}

/// Answers with a handoff that was offered to the asker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerPullRequest {
    /// The case of the patient.
    pub case: CaseId,
    /// Its handoff to the asking organisation.
    pub handoff: HandoffId,
}

/// Answers that the patient is not handed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclinePullRequest {
    /// Why.
    pub reason: PullDeclineReason,
}

/// Takes the request back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawPullRequest {}

/// What may be asked of a pull request, with what the edge has looked up for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullRequestCommand {
    /// Make it; beside it the one that is open for the same person between the same two, if there is one.
    Make(MakePullRequest, Option<PullRequestId>),
    /// Answer it; beside it the named handoff of the named case, if there is one.
    Answer(AnswerPullRequest, Option<Box<Handoff>>),
    /// Decline it.
    Decline(DeclinePullRequest),
    /// Withdraw it.
    Withdraw(WithdrawPullRequest),
}

/// What happened to a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields say what they are; see the commands")]
pub enum PullRequestEvent {
    /// One organisation asked another.
    #[serde(rename = "pull_request.made.v1")]
    Made {
        request: PullRequestId,
        person: PersonId,
        from: OrganisationId,
        of: OrganisationId,
        programmes: BTreeSet<Programme>,
        patient_agreed: bool,
        reason: PullReason,
        lapses_at: Timestamp,
    },
    /// The asked organisation offered the patient to the asker.
    #[serde(rename = "pull_request.answered.v1")]
    Answered { request: PullRequestId, case: CaseId, handoff: HandoffId },
    /// The asked organisation does not hand the patient over.
    #[serde(rename = "pull_request.declined.v1")]
    Declined { request: PullRequestId, reason: PullDeclineReason },
    /// The asker took it back.
    #[serde(rename = "pull_request.withdrawn.v1")]
    Withdrawn { request: PullRequestId },
    /// Nobody answered in time.
    #[serde(rename = "pull_request.lapsed.v1")]
    Lapsed { request: PullRequestId },
}
