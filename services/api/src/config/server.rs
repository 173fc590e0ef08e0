//! `[server]`: where it listens.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret, known::is_known};

/// A shorter secret could be guessed.
const SECRET_LENGTH: usize = 32;

/// The section `[server]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Server {
    pub listen: SocketAddr,
    pub operations_listen: SocketAddr,
    pub workers: usize,
    pub drain_seconds: u64,
    pub token_secret: Secret,
}

impl Server {
    pub(super) fn check(&self, dev: bool) -> Result<(), ConfigError> {
        if self.token_secret.is_empty() {
            return if dev {
                Ok(())
            } else {
                Err(ConfigError::invalid(
                    "server.token_secret",
                    "has to be set; make one: openssl rand -base64 32",
                ))
            };
        }
        if self.token_secret.expose().len() < SECRET_LENGTH {
            return Err(ConfigError::invalid("server.token_secret", "has to be 32 characters or more"));
        }
        if !dev && is_known(self.token_secret.expose()) {
            let sentence = "is known to others; make one: openssl rand -base64 32";
            return Err(ConfigError::invalid("server.token_secret", sentence));
        }
        Ok(())
    }
}
