//! `[vault]`: where the keys are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret};

/// The section `[vault]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Vault {
    pub hiv_key: Secret,
    pub hiv_key_file: PathBuf,
    /// A secret as a whole, for it may contain a password.
    pub key_store: Secret,
}

impl Vault {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !self.hiv_key.is_empty() && !self.hiv_key_file.as_os_str().is_empty() {
            return Err(ConfigError::invalid("vault", "takes one of hiv_key and hiv_key_file, not both"));
        }
        let store = self.key_store.expose();
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !store.is_empty() && !known.iter().any(|start| store.starts_with(start)) {
            return Err(ConfigError::invalid("vault.key_store", "has to begin with sqlite: or postgres://"));
        }
        Ok(())
    }
}
