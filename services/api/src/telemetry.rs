//! What the service says about itself: logs, traces and metrics.
//!
//! Nothing here may carry a value of a request: no path parameter, no query, no header, no body. Logs go to standard
//! error; traces, metrics and logs also go to a collector when one is configured; metrics can always be scraped.

mod otlp;
mod output;
mod propagation;

use std::io::IsTerminal;

use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use prometheus::Registry;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, registry::LookupSpan,
};

pub use propagation::{parent_of, trace_id_of, traceparent_of};

use crate::config::{LogFormat, Telemetry};
use output::OneLine;

/// Why the service cannot speak.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it means")]
pub enum TelemetryError {
    #[error("telemetry.log is not a filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("telemetry.otlp_headers has to be name=value,name=value")]
    Headers,
    #[error("the exporter to telemetry.otlp_endpoint cannot be built: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("the metrics page cannot be built: {0}")]
    Metrics(#[from] opentelemetry_sdk::error::OTelSdkError),
    #[error("telemetry was started twice in one process")]
    StartedTwice,
}

/// Keeps telemetry going; when it is dropped, what is left is sent and the exporters stop.
pub struct TelemetryGuard {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    logs: Option<SdkLoggerProvider>,
    registry: Registry,
}

impl TelemetryGuard {
    /// Where `/metrics` reads from.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        // Nobody is left to be told when the collector is away at the end.
        let _ = self.traces.shutdown();
        let _ = self.metrics.shutdown();
        let _ = self.logs.as_ref().map(SdkLoggerProvider::shutdown);
    }
}

/// Starts logs, traces and metrics for this process; `dev` allows log lines for people. Call it before any runtime
/// starts: the exporters have threads and clients of their own.
pub fn start(config: &Telemetry, dev: bool) -> Result<TelemetryGuard, TelemetryError> {
    let guard = providers(config)?;
    let filter = || EnvFilter::builder().parse(&config.log);
    let tracer = guard.traces.tracer("safar");
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_filter(filter_fn(|metadata| metadata.target().starts_with("safar")));
    let bridge = guard.logs.as_ref().map(OpenTelemetryTracingBridge::new);
    let bridge =
        bridge.map(|bridge| bridge.with_filter(filter_fn(|metadata| !output::is_exporter(metadata))));
    let subscriber = tracing_subscriber::registry()
        .with(log_lines(config.log_format, dev).with_filter(output::quiet_noise()).with_filter(filter()?))
        .with(spans)
        .with(bridge.with_filter(filter()?));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::StartedTwice)?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(guard.traces.clone());
    global::set_meter_provider(guard.metrics.clone());
    Ok(guard)
}

/// The log lines themselves: JSON for machines, plain text for a developer at a terminal.
fn log_lines<S>(format: LogFormat, dev: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => dev && std::io::stderr().is_terminal(),
    };
    let lines = fmt::layer().with_ansi(false).with_writer(|| OneLine(std::io::stderr()));
    if human {
        lines.with_target(false).boxed()
    } else {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    }
}

/// Without a collector traces are still numbered, so that a request can be followed by its logs.
fn providers(config: &Telemetry) -> Result<TelemetryGuard, TelemetryError> {
    let resource = Resource::builder()
        .with_service_name(config.service_name.clone())
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", config.instance.clone()),
        ])
        .build();
    let registry = Registry::new();
    let scraped =
        opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(false);
    let mut metrics =
        SdkMeterProvider::builder().with_resource(resource.clone()).with_reader(scraped.build()?);
    let mut traces = SdkTracerProvider::builder().with_resource(resource.clone());
    let mut logs = None;
    if config.exports() {
        let exporters = otlp::Exporters::new(config)?;
        let kept = Sampler::TraceIdRatioBased(config.sample_ratio);
        traces =
            traces.with_sampler(Sampler::ParentBased(Box::new(kept))).with_batch_exporter(exporters.spans);
        metrics = metrics.with_reader(exporters.metrics);
        logs = Some(
            SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporters.logs).build(),
        );
    } else {
        traces = traces.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    }
    Ok(TelemetryGuard { traces: traces.build(), metrics: metrics.build(), logs, registry })
}

#[cfg(test)]
mod tests;
