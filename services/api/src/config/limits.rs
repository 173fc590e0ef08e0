//! `[limits]`: how much is taken on at once.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The section `[limits]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Limits {
    pub connections: usize,
    pub in_flight: usize,
    pub head_seconds: u64,
    pub body_seconds: u64,
    pub keep_alive_seconds: u64,
    pub burst: NonZeroU32,
    pub requests_per_second: NonZeroU32,
    pub person_searches_per_hour: usize,
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (key, value) in [
            ("limits.connections", self.connections as u64),
            ("limits.in_flight", self.in_flight as u64),
            ("limits.head_seconds", self.head_seconds),
            ("limits.body_seconds", self.body_seconds),
        ] {
            if value == 0 {
                return Err(ConfigError::invalid(key, "must not be 0: nothing would be answered"));
            }
        }
        Ok(())
    }
}
