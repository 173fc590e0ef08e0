//! The read models: questions that screens ask, answered from a local `SQLite` file that is folded from the log.
//!
//! **What is here.** One file for each question, with its table, its write and its queries: [`mod@cases`] (how does a case
//! stand?), [`mod@timeline`] (what happened to it?), [`mod@worklist`] (what waits, for whom, by when?), [`mod@handoffs`] (which
//! handoffs concern us?), [`mod@measures`] (how did they go?), [`mod@notices`] (what have we been told?), [`mod@pull_requests`]
//! (who asks us for a patient?), [`mod@contact_notices`] (which contact are we to look for?), [`mod@contact_cases`] (whose contact is this?), [`mod@conflicts`] (what was done offline and did not count?), [`mod@emergencies`] (what was opened in an emergency?), [`mod@erasures`] (who is to be erased?), [`mod@exports`] (what is to leave at once?), [`mod@reach`] (who has which tie to a
//! case?), [`mod@persons`] (who registered a person?), [`mod@directory`] (who takes part?), [`mod@parked`] (which streams could
//! not be read?), [`mod@hiv`] (which HIV records concern us? sealed, for those who hold the key). [`mod@accesses`] (who has read this record?) is a
//! file of its own, since it follows a log of its own.
//!
//! **How it moves.** Everything about a case is a pure function of its state after an event, so the state itself is kept
//! and each batch of events loads the states it touches, folds, and writes them and their rows once. All of it, and the
//! checkpoint, is one transaction; the checkpoint moves by compare-and-set, so no event counts twice and none is missed.
//!
//! **What it is worth.** Nothing that the log does not hold: the file may be deleted at any time, and [`rebuild()`] makes
//! it anew. Nothing here names a person: identity stays in the log, in a stream of its own.

pub mod accesses;
mod batch;
pub mod cases;
mod checkpoint;
mod columns;
pub mod conflicts;
pub mod contact_cases;
pub mod contact_notices;
pub mod directory;
pub mod emergencies;
pub mod erasures;
mod error;
pub mod exports;
mod file;
mod follow;
pub mod handoffs;
pub mod hiv;
pub mod measures;
mod models;
pub mod notices;
pub mod parked;
pub mod persons;
pub mod pull_requests;
pub mod reach;
mod rebuild;
pub mod recorded;
pub mod sealed;
pub mod timeline;
mod waiting;
pub mod worklist;

#[cfg(test)]
mod plans;

pub use accesses::Accesses;
pub use cases::{CaseRecord, CasesQuery};
pub use conflicts::{ConflictRecord, ConflictsQuery};
pub use contact_notices::{ContactNoticeRecord, ContactNoticesQuery};
pub use emergencies::{EmergenciesQuery, EmergencyReader, EmergencyRecord};
pub use erasures::{ErasureRecord, ErasuresQuery};
pub use error::ProjectionError;
pub use exports::{ExportRecord, ExportsQuery};
pub use follow::follow;
pub use handoffs::{Direction, HandoffRecord, HandoffsQuery};
pub use hiv::HivRow;
pub use measures::{MeasuresQuery, measured_of};
pub use models::ReadModels;
pub use notices::{NoticeRecord, NoticesQuery};
pub use parked::ParkedStream;
pub use persons::PersonRow;
pub use pull_requests::{PullRequestRecord, PullRequestsQuery};
pub use rebuild::{rebuild, rebuild_with};
pub use timeline::TimelineEntry;
pub use waiting::SealedRow;
pub use worklist::{MalformedCursor, WorklistCursor, WorklistEntry, WorklistQuery};
