//! The configuration: typed, layered, and refused when it contains a key that nobody reads.
//!
//! `deploy/safar.toml` is the manual and, compiled in, the first layer; one file here per section of it.

mod auth;
mod known;
mod layers;
mod ledger;
mod limits;
mod read_models;
mod secret;
mod server;
mod store;
mod telemetry;
mod vault;

use serde::{Deserialize, Serialize};

pub(crate) use auth::is_safe_address;
pub use auth::{Auth, IssuerConfig, KeySource, SigningAlgorithm};
pub use layers::{ConfigError, Sources};
pub use ledger::Ledger;
pub use limits::{DailyRecords, Limits};
pub use read_models::ReadModels;
pub use secret::Secret;
pub use server::Server;
pub use store::Store;
pub use telemetry::{LogFormat, Telemetry};
pub use vault::Vault;

/// The defaults, which are the manual.
pub const DEFAULTS: &str = include_str!("../../../deploy/safar.toml");

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each section is documented where it is declared, each key in deploy/safar.toml"
)]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub vault: Vault,
    pub ledger: Ledger,
    pub read_models: ReadModels,
    pub auth: Auth,
    pub telemetry: Telemetry,
    pub limits: Limits,
}

impl Config {
    /// Lays the sources over the defaults. Enough for commands that serve nobody, such as `config` and `migrate`.
    pub fn read(sources: &Sources) -> Result<Self, ConfigError> {
        layers::merge(sources)
    }

    /// Reads the configuration and checks that a server can run with it; `dev` is the flag, which no file can set.
    pub fn load(sources: &Sources, dev: bool) -> Result<Self, ConfigError> {
        let config = Self::read(sources)?;
        config.server.check(dev)?;
        config.auth.check(dev)?;
        config.telemetry.check()?;
        config.limits.check()?;
        config.vault.check(dev, &config.store.data_folder)?;
        config.ledger.check(dev, &config.store.data_folder)?;
        Ok(config)
    }

    /// The defaults alone, for development and tests.
    pub fn development() -> Self {
        Self::load(&Sources::default(), true).expect("the defaults are checked by a test")
    }

    /// What is in force, as TOML, with every secret redacted.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a configuration that was read can be written")
    }
}

#[cfg(test)]
mod tests;
