//! What can go wrong with keys. No text here holds a key, a name or anything that was sealed.

use std::path::PathBuf;

/// Why something could not be sealed, opened or named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no key for it here now; there may be one later.
    #[error("the key is not available: {0}")]
    KeyUnavailable(Why),
    /// The key was destroyed on purpose, and nothing brings it back.
    #[error("the key was destroyed, for the data was erased")]
    Erased,
    /// The bytes are not those that were sealed at this place under this key.
    #[error("what is sealed is damaged: {0}")]
    Damaged(&'static str),
}

/// Why a key is not available.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// This process was not given the root key of the compartment.
    #[error("this process holds no root key for the compartment")]
    NotHeld,
    /// The root key is not the one under which the keys in the key store are wrapped.
    #[error("the root key is not the one of this key store")]
    WrongRoot,
    /// The key store has no key for this subject, or none of its epoch.
    #[error("the key store does not know it")]
    Unknown,
    /// What stood above the epoch was destroyed with it, and the key store is one from before.
    #[error(
        "the epoch of this key store was destroyed: restore a key store that was backed up after the last rotation"
    )]
    EpochGone,
    /// What the root key is kept in does not answer.
    #[error("the root key cannot be used: {0}")]
    RootAway(String),
    /// The key store does not answer.
    #[error("the key store cannot be used: {0}")]
    StoreAway(String),
}

impl From<Why> for VaultError {
    fn from(why: Why) -> Self {
        Self::KeyUnavailable(why)
    }
}

impl From<sqlx::Error> for VaultError {
    /// Keeps code and primary message: `PostgreSQL` repeats whole rows in the details of an error.
    fn from(error: sqlx::Error) -> Self {
        let text = match error {
            sqlx::Error::Database(error) => {
                format!("{} (code {})", error.message(), error.code().unwrap_or_default())
            }
            other => other.to_string(),
        };
        Why::StoreAway(text).into()
    }
}

/// Why a root key cannot be taken from where it should be.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// The file cannot be read or made.
    #[error("the root key in {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others can read the file.
    #[error("{0} can be read by others; make it private (chmod 600)")]
    NotPrivate(PathBuf),
    /// The token cannot be used.
    #[error("the token {label}: {error}")]
    Token {
        /// Which token.
        label: String,
        /// What its module said.
        error: String,
    },
    /// It is no key.
    #[error("{0} is no root key: it takes 32 random bytes in base64; make one: openssl rand -base64 32")]
    NotAKey(String),
}
