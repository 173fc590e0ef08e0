//! `[read_models]`: where this node keeps what it answers from.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The section `[read_models]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct ReadModels {
    pub folder: PathBuf,
    pub wait_ms: u64,
}

impl ReadModels {
    /// The folder of the read models: the one that is set, or the data folder.
    pub fn folder_in<'a>(&'a self, data_folder: &'a Path) -> &'a Path {
        if self.folder.as_os_str().is_empty() { data_folder } else { &self.folder }
    }
}
