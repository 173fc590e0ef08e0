//! What can go wrong, in two tiers: what the caller may cause, and what the place it runs in may cause.

use std::path::PathBuf;

use crate::{
    append::InvalidAppend,
    numbers::{Position, Revision},
    stream::StreamId,
};

/// Why an append was not (or not surely) stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody was faster; read the stream again and decide anew.
    #[error("the stream {stream} is at revision {actual}, not {expected}: read it again and decide anew")]
    StaleRevision {
        /// The stream that has moved.
        stream: StreamId,
        /// What the caller believed.
        expected: Revision,
        /// What is stored.
        actual: Revision,
    },
    /// The same command id came with another content.
    #[error("this command id was used before for something else: choose a new id for a new command")]
    CommandReused,
    /// It can never be stored.
    #[error("the append cannot be stored: {0}")]
    Invalid(#[from] InvalidAppend),
    /// The queue is full; nothing was stored.
    #[error("the log has more to do than it can take: try again in a moment")]
    Overloaded,
    /// It may or may not have been stored.
    #[error("the outcome is unknown: send the same command id again to learn it")]
    OutcomeUnknown,
    /// The store cannot; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A technical failure of the store. No text here holds stored data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The address of the log makes no sense.
    #[error("the address of the log is not usable: {0}")]
    Address(String),
    /// Another process owns the file.
    #[error(
        "the log {} is in use by another process{}: stop that process first, or open the log read-only (lock: {})",
        file.display(), owner.map(|pid| format!(" (pid {pid})")).unwrap_or_default(), lock.display()
    )]
    InUse {
        /// The database.
        file: PathBuf,
        /// The file that carries the lock.
        lock: PathBuf,
        /// The process that holds it, if it said so.
        owner: Option<u32>,
    },
    /// The place where the log lives would not keep its promises.
    #[error("the log refuses to start: {0}")]
    Unsafe(String),
    /// Tables are missing or of another version.
    #[error("the log has no tables this program knows: {0}")]
    Schema(String),
    /// The database cannot be reached, or has no room.
    #[error("the database of the log cannot be reached: {0}")]
    Unavailable(String),
    /// The database answered with an error.
    #[error("the database of the log refused: {message} (code {code})")]
    Database {
        /// SQLSTATE, or the extended result code of SQLite.
        code: String,
        /// The primary message, without its details.
        message: String,
    },
    /// A stored event does not match its ledger leaf, or cannot be read at all.
    #[error("the event at position {0} is damaged: run `safar verify` and restore the log from a copy")]
    Damaged(Position),
    /// A write or sync failed; nothing is acknowledged any more.
    #[error("the log has stopped since it could not write ({0}): restart the process, it recovers from disk")]
    Stopped(String),
    /// Opened for reading.
    #[error("the log was opened read-only")]
    ReadOnly,
    /// [`crate::EventStore::close`] was called.
    #[error("the log is closed")]
    Closed,
}

impl StoreError {
    /// Whether it says that what is stored is not what was stored: an event, or the pages of the database.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            // Of PostgreSQL, `data_corrupted` and `index_corrupted`; of SQLite, CORRUPT and NOTADB in their extended forms.
            Self::Database { code, .. } => {
                matches!(code.as_str(), "XX001" | "XX002")
                    || code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, 11 | 26))
            }
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    /// Keeps code and primary message: PostgreSQL repeats whole rows in the details of an error.
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) if is_full(&error.code().unwrap_or_default()) => {
                Self::Unavailable("its disk is full: make room".to_owned())
            }
            sqlx::Error::Database(error) => Self::Database {
                code: error.code().unwrap_or_default().into_owned(),
                message: error.message().to_owned(),
            },
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::Schema(format!("column {index} holds something unexpected"))
            }
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Whether the database says that there is no room to write to: `SQLITE_FULL`, or `disk_full` of PostgreSQL.
fn is_full(code: &str) -> bool {
    matches!(code, "13" | "53100")
}
