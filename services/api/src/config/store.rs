//! `[store]`: where the log is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// The section `[store]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Store {
    pub data_folder: PathBuf,
    /// A secret as a whole, for it may contain a password.
    pub url: Secret,
    /// The same.
    pub access_url: Secret,
    pub connections: u32,
    pub acquire_timeout_ms: u64,
}
