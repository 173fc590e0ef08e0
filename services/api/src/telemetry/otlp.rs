//! OTLP over HTTP, to one collector.

use std::{collections::HashMap, time::Duration};

use opentelemetry_otlp::{
    LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::metrics::PeriodicReader;

use super::TelemetryError;
use crate::config::Telemetry;

/// A slow collector must not hold up the end of the process.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Exporters {
    pub(super) spans: SpanExporter,
    pub(super) metrics: PeriodicReader<MetricExporter>,
    pub(super) logs: LogExporter,
}

impl Exporters {
    pub(super) fn new(config: &Telemetry) -> Result<Self, TelemetryError> {
        let headers = headers(config.otlp_headers.expose()).ok_or(TelemetryError::Headers)?;
        let address = |signal: &str| format!("{}/v1/{signal}", config.otlp_endpoint.trim_end_matches('/'));
        let spans = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(address("traces"))
            .with_headers(headers.clone())
            .with_timeout(TIMEOUT)
            .build()?;
        let metrics = MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(address("metrics"))
            .with_headers(headers.clone())
            .with_timeout(TIMEOUT)
            .build()?;
        let logs = LogExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(address("logs"))
            .with_headers(headers)
            .with_timeout(TIMEOUT)
            .build()?;
        let interval = Duration::from_secs(config.metrics_interval_seconds);
        Ok(Self { spans, metrics: PeriodicReader::builder(metrics).with_interval(interval).build(), logs })
    }
}

/// `name=value,name=value`.
pub(super) fn headers(text: &str) -> Option<HashMap<String, String>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            pair.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}
