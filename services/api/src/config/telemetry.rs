//! `[telemetry]`: what is said about the service, and to whom.

use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret};

/// The section `[telemetry]`; its keys are explained in `deploy/safar.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained in deploy/safar.toml")]
pub struct Telemetry {
    pub log: String,
    pub log_format: LogFormat,
    pub otlp_endpoint: String,
    pub otlp_headers: Secret,
    pub service_name: String,
    pub instance: String,
    pub sample_ratio: f64,
    pub metrics_interval_seconds: u64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human where a developer looks on, JSON otherwise.
    Auto,
    /// One JSON object per line.
    Json,
    /// For reading.
    Human,
}

impl Telemetry {
    /// Whether anything is sent to a collector.
    pub fn exports(&self) -> bool {
        !self.otlp_endpoint.is_empty()
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            return Err(ConfigError::invalid("telemetry.sample_ratio", "has to be from 0.0 to 1.0"));
        }
        let http = self.otlp_endpoint.starts_with("http://") || self.otlp_endpoint.starts_with("https://");
        if self.exports() && !http {
            return Err(ConfigError::invalid(
                "telemetry.otlp_endpoint",
                "has to begin with http:// or https://",
            ));
        }
        if self.metrics_interval_seconds == 0 {
            return Err(ConfigError::invalid("telemetry.metrics_interval_seconds", "must not be 0"));
        }
        Ok(())
    }
}
