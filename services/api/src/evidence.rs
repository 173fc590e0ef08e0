//! Evidence packs: one file with what was recorded of a case, and everything by which others check that it is in the log.
//!
//! `docs/evidence.md` describes each file in a pack. A pack is made of what an auditor reads, is the same bytes for the same
//! question, and says nothing that its reader has to believe: the page in it is made of the other files, and made again when
//! the pack is checked.

mod check;
mod container;
mod gather;
mod layout;
mod page;

pub use check::{Check, Finding, Outcome, Verdict, check};
pub use container::{Files, LONGEST, NoPack, read, write};
pub use gather::{Asked, Pack, note_over};
pub use layout::{EventFile, MANIFEST, Manifest};

/// The media type of a pack.
pub const MEDIA: &str = "application/zip";
