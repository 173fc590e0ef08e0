//! What can go wrong with a read model. No text here holds stored data.

use std::path::{Path, PathBuf};

use safar_event_store::{Position, StoreError};
use safar_vault::VaultError;

use crate::recorded::Unreadable;

/// Why a read model could not be opened, moved or asked.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something sealed could not be opened.
    #[error(transparent)]
    Sealed(#[from] VaultError),
    /// The local file refused.
    #[error("the read models cannot be used: {message} (code {code})")]
    Database {
        /// The result code of `SQLite`, if it is from there.
        code: String,
        /// Its message.
        message: String,
    },
    /// The file cannot be made, moved or removed.
    #[error("{path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file was written by another version of Safar.
    #[error("the read models in {path} were written by another version of Safar: run `safar rebuild`")]
    SchemaChanged {
        /// Which file.
        path: PathBuf,
    },
    /// The file was replaced by a rebuild while it was open.
    #[error("the read models in {path} were rebuilt meanwhile: open them again, or restart the process")]
    Replaced {
        /// Which file.
        path: PathBuf,
    },
    /// The file follows a log that is not this one, or that was cut.
    #[error(
        "the read models stand at position {at}, which this log does not have as they saw it: run `safar rebuild`"
    )]
    OtherLog {
        /// Their checkpoint.
        at: Position,
    },
    /// The events do not follow the checkpoint without a hole.
    #[error("expected the event at position {expected}, got {found}: read on after the checkpoint")]
    OutOfOrder {
        /// The one that must come next.
        expected: Position,
        /// The one that came.
        found: Position,
    },
    /// A row of the read model does not say what it must.
    #[error("a row of the table {0} cannot be read: run `safar rebuild`")]
    Damaged(&'static str),
    /// An event cannot be read; a rebuild stops at it.
    #[error("the rebuild stopped at position {position}: {reason}; use a version of Safar that knows it")]
    Poison {
        /// Where.
        position: Position,
        /// Why.
        reason: Unreadable,
    },
}

impl ProjectionError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: error.to_string() }
    }
}

impl From<sqlx::Error> for ProjectionError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::Database {
                code: error.code().unwrap_or_default().into_owned(),
                message: error.message().to_owned(),
            },
            sqlx::Error::ColumnDecode { .. } => Self::Damaged("of a question just asked"),
            other => Self::Database { code: "none".to_owned(), message: other.to_string() },
        }
    }
}
