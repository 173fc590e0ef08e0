//! What may be asked of an export, and what happened to it: codes, days and counts, and one sealed reason.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    case::{Case, consent::DataClass, programme::Programme, reading::Opened, standing::Standing},
    free_text::FreeText,
    ids::ExportId,
};

/// What records are taken out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "export-purposes"))]
pub enum ExportPurpose {
    /// Compared with a national register.
    RegisterReconciliation,
    /// The work of a programme is evaluated.
    ProgrammeEvaluation,
    /// The records move to another system.
    SystemChange,
    /// An authority that may do so has asked for them.
    OfficialRequest,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "export-formats"))]
pub enum ExportFormat {
    /// Everything of a case, as a reader of it sees it.
    Json,
    /// One line for each case.
    Csv,
}

/// Why nothing is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "export-refusal-reasons"))]
pub enum ExportRefusalReason {
    /// It was taken back by the one who asked.
    Withdrawn,
    /// The purpose was not shown.
    PurposeNotShown,
    /// Fewer cases or classes would do.
    TooMuch,
    /// There is another way to it.
    NotNeeded,
}

/// How far an export has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "export-states"))]
pub enum ExportState {
    /// Waits for a second person.
    Requested,
    /// Two persons agree; the one who asked may fetch it.
    Approved,
    /// Nothing is taken out.
    Refused,
    /// It was taken out.
    Fetched,
    /// Nobody answered it, or nobody fetched it, in time.
    Lapsed,
}

impl ExportState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Requested, Self::Approved, Self::Refused, Self::Fetched, Self::Lapsed];
}

/// Which cases of the organisation are meant; without any of these, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExportSelection {
    /// Only cases that the organisation answers for now.
    pub responsible: bool,
    /// Only cases in which this programme was begun, as far as the organisation is shown that.
    pub programme: Option<Programme>,
    /// Only closed or only open cases.
    pub closed: Option<bool>,
    /// Only cases opened on this day or later.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub opened_from: Option<Date>,
    /// Only cases opened on this day or earlier.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub opened_until: Option<Date>,
}

impl ExportSelection {
    /// Whether a case is meant: one that existed when the export was asked for, with which the organisation has this standing.
    pub fn takes(&self, case: &Case, opened: &Opened, (standing, asked_at): (Standing, Timestamp)) -> bool {
        let Some(opening) = &case.opening else { return false };
        let day = opening.opened_at.date();
        let begun = |programme: Programme| {
            opened.opens(programme.class()) && case.responsibility.intervals().contains_key(&programme)
        };
        opening.opened_at.instant <= asked_at
            && (!self.responsible || standing == Standing::Responsible)
            && self.programme.is_none_or(begun)
            && self.closed.is_none_or(|closed| closed == case.closing.closed())
            && self.opened_from.is_none_or(|from| from <= day)
            && self.opened_until.is_none_or(|until| day <= until)
    }

    pub(super) fn ordered(&self) -> bool {
        !matches!((self.opened_from, self.opened_until), (Some(from), Some(until)) if from > until)
    }
}

/// Asks to take many records out at once; a second person has to agree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestExport {
    /// What for.
    pub purpose: ExportPurpose,
    /// The same in words, at least 20 characters and without a name; the second person and the auditors read them.
    #[schemars(with = "String", length(min = 20, max = 2000))]
    pub reason: FreeText,
    /// How it is written.
    pub format: ExportFormat,
    /// The classes of data that are needed, each shown as far as it is open when the export is fetched; who the patient is only where it is named.
    pub classes: BTreeSet<DataClass>,
    /// Which cases.
    #[serde(default)]
    pub selection: ExportSelection,
}

/// Agrees, as the second person, that these records are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveExport {}

/// Says that nothing is taken out; as long as it was not fetched, also after somebody agreed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseExport {
    /// Why.
    pub reason: ExportRefusalReason,
}

/// How much may be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportLimits {
    /// Cases of one export.
    pub cases: u32,
    /// Cases of all exports of one worker within 30 days.
    pub cases_per_month: u32,
}

/// What may be asked of a worker's exports, with what the edge has counted for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportCommand {
    /// Ask for one that takes so many cases now.
    Request(RequestExport, u32, ExportLimits),
    /// Agree to it.
    Approve(ExportId),
    /// Refuse it, or take it back.
    Refuse(ExportId, RefuseExport),
    /// Take so many cases out.
    Fetch(ExportId, u32, ExportLimits),
}

/// Somebody asked for an export. The reason is sealed under keys of the stream's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RequestExport`")]
pub struct ExportRequested {
    pub export: ExportId,
    pub purpose: ExportPurpose,
    pub reason: FreeText,
    pub format: ExportFormat,
    pub classes: BTreeSet<DataClass>,
    pub selection: ExportSelection,
    /// How many cases were meant then.
    pub cases: u32,
    /// When, by the clock that gives the week; the log's may be another one.
    pub at: Timestamp,
}

/// What happened to a worker's exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields say what they are; see the commands")]
pub enum ExportEvent {
    /// Somebody asked for one.
    #[serde(rename = "export.requested.v1")]
    Requested(ExportRequested),
    /// A second person agreed.
    #[serde(rename = "export.approved.v1")]
    Approved { export: ExportId, at: Timestamp },
    /// Nothing is taken out.
    #[serde(rename = "export.refused.v1")]
    Refused { export: ExportId, reason: ExportRefusalReason },
    /// So many cases were taken out.
    #[serde(rename = "export.fetched.v1")]
    Fetched { export: ExportId, cases: u32, at: Timestamp },
}

impl ExportEvent {
    /// Which export it happened to.
    pub const fn export(&self) -> ExportId {
        match self {
            Self::Requested(asked) => asked.export,
            Self::Approved { export, .. } | Self::Refused { export, .. } | Self::Fetched { export, .. } => {
                *export
            }
        }
    }
}

/// Who agreed to or refused an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}
