//! `[ledger]`: who signs what the logs have become, and where else that is kept.

use std::path::{Path, PathBuf};

use safar_event_store::ledger::note::{Kind, Signer, Verifier};
use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret, is_safe_address, known::is_known, vault::resolved};

/// The name of the logs of a development server.
const DEVELOPMENT: &str = "safar.dev";

/// The section `[ledger]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Ledger {
    pub origin: String,
    pub key: Secret,
    pub key_file: PathBuf,
    pub copy_folder: PathBuf,
    pub witness_url: String,
    pub witness_key: String,
}

impl Ledger {
    /// The name of one of the logs: `log` or `access`.
    pub fn origin_of(&self, log: &str) -> String {
        let origin = if self.origin.is_empty() { DEVELOPMENT } else { &self.origin };
        format!("{origin}/{log}")
    }

    /// The key of the witness, if there is one.
    pub fn witness(&self) -> Option<Verifier> {
        Verifier::parse(&self.witness_key).ok().filter(|key| key.kind() == Kind::Witness)
    }

    pub(super) fn check(&self, dev: bool, data_folder: &Path) -> Result<(), ConfigError> {
        let (key, file) = (&self.key, !self.key_file.as_os_str().is_empty());
        if !dev && !key.is_empty() && is_known(key.expose()) {
            let sentence = "is known to others; make one: openssl rand -base64 32";
            return Err(ConfigError::invalid("ledger.key", sentence));
        }
        if !key.is_empty() && file {
            return Err(ConfigError::invalid("ledger", "takes one of key and key_file, not both"));
        }
        if self.origin.is_empty() && !dev && (!key.is_empty() || file) {
            let sentence = "has to be set where checkpoints are signed: the name of this installation, such as safar.example.org";
            return Err(ConfigError::invalid("ledger.origin", sentence));
        }
        if Signer::new(&self.origin_of("log"), Kind::Log, NO_SEED).is_err() {
            let sentence = "has to be a name without spaces and without `+`, such as safar.example.org";
            return Err(ConfigError::invalid("ledger.origin", sentence));
        }
        if !self.copy_folder.as_os_str().is_empty()
            && !dev
            && resolved(&self.copy_folder).starts_with(resolved(data_folder))
        {
            let sentence = "is inside store.data_folder, and who puts an older copy of that in its place would put back the \
                            checkpoints too; name a folder on another machine or medium";
            return Err(ConfigError::invalid("ledger.copy_folder", sentence));
        }
        self.check_witness()
    }

    fn check_witness(&self) -> Result<(), ConfigError> {
        if self.witness_url.is_empty() != self.witness_key.is_empty() {
            return Err(ConfigError::invalid("ledger", "takes witness_url and witness_key together"));
        }
        if !self.witness_url.is_empty() && !is_safe_address(&self.witness_url) {
            return Err(ConfigError::invalid("ledger.witness_url", "has to begin with https://"));
        }
        if !self.witness_key.is_empty() && self.witness().is_none() {
            let sentence = "is no key of a witness; `safar witness` prints it when it starts";
            return Err(ConfigError::invalid("ledger.witness_key", sentence));
        }
        Ok(())
    }
}

/// Whatever signs, the name is judged alike.
const NO_SEED: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
