//! `[vault]`: where the keys are.

use std::path::{Path, PathBuf};

use safar_vault::Compartment;
use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret, known::is_known};

/// The section `[vault]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Vault {
    pub identity_key: Secret,
    pub identity_key_file: PathBuf,
    pub care_notes_key: Secret,
    pub care_notes_key_file: PathBuf,
    pub hiv_key: Secret,
    pub hiv_key_file: PathBuf,
    pub pkcs11_module: PathBuf,
    pub pkcs11_token: String,
    pub pkcs11_pin: Secret,
    pub pkcs11_pin_file: PathBuf,
    pub epoch_folder: PathBuf,
    /// A secret as a whole, for it may contain a password.
    pub key_store: Secret,
}

impl Vault {
    /// The root key of a compartment as it was set, and the file that was named for it; empty where there is none.
    pub fn root(&self, compartment: Compartment) -> (&Secret, &Path) {
        match compartment {
            Compartment::Identity => (&self.identity_key, &self.identity_key_file),
            Compartment::CareNotes => (&self.care_notes_key, &self.care_notes_key_file),
            Compartment::Hiv => (&self.hiv_key, &self.hiv_key_file),
        }
    }

    pub(super) fn check(&self, dev: bool, data_folder: &Path) -> Result<(), ConfigError> {
        for compartment in Compartment::ALL {
            let (key, file) = self.root(compartment);
            let name = compartment.code().replace('-', "_");
            if !dev && !key.is_empty() && is_known(key.expose()) {
                let sentence = "is known to others; make one: openssl rand -base64 32";
                return Err(ConfigError::invalid(&format!("vault.{name}_key"), sentence));
            }
            if !key.is_empty() && !file.as_os_str().is_empty() {
                let sentence = format!("takes one of {name}_key and {name}_key_file, not both");
                return Err(ConfigError::invalid("vault", &sentence));
            }
        }
        self.check_token()?;
        if !dev {
            self.check_epoch_folder(data_folder)?;
        }
        let store = self.key_store.expose();
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !store.is_empty() && !known.iter().any(|start| store.starts_with(start)) {
            return Err(ConfigError::invalid("vault.key_store", "has to begin with sqlite: or postgres://"));
        }
        Ok(())
    }

    /// Whoever backs up the data folder must not take with it what a rotation destroys.
    fn check_epoch_folder(&self, data_folder: &Path) -> Result<(), ConfigError> {
        let folder = &self.epoch_folder;
        if !folder.as_os_str().is_empty() && resolved(folder).starts_with(resolved(data_folder)) {
            let sentence = "is inside store.data_folder, and every backup of that would hold what a rotation has to \
                            destroy; move it to a folder that no backup takes in";
            return Err(ConfigError::invalid("vault.epoch_folder", sentence));
        }
        Ok(())
    }

    fn check_token(&self) -> Result<(), ConfigError> {
        let (pin, file) = (!self.pkcs11_pin.is_empty(), !self.pkcs11_pin_file.as_os_str().is_empty());
        if pin && file {
            return Err(ConfigError::invalid(
                "vault",
                "takes one of pkcs11_pin and pkcs11_pin_file, not both",
            ));
        }
        if !self.pkcs11_module.as_os_str().is_empty() && !pin && !file {
            let sentence = "has to be set, or pkcs11_pin_file, for a token is asked with its PIN";
            return Err(ConfigError::invalid("vault.pkcs11_pin", sentence));
        }
        Ok(())
    }
}

/// Where a path leads, by whichever links and dots; the part of it that is not there yet is taken as it is written.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.canonicalize().unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path,
    })
}
