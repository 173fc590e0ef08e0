use opentelemetry::{KeyValue, metrics::MeterProvider as _, trace::TraceContextExt};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

use super::{otlp, parent_of, providers, trace_id_of, traceparent_of};
use crate::config::Config;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn headers(value: &str) -> actix_web::http::header::HeaderMap {
    let request = actix_web::test::TestRequest::get().insert_header(("traceparent", value));
    request.to_http_request().headers().clone()
}

#[test]
fn a_callers_trace_is_continued() {
    use opentelemetry::trace::TracerProvider as _;
    let guard = providers(&Config::development().telemetry).unwrap();
    let layer = tracing_opentelemetry::layer().with_tracer(guard.traces.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let span = tracing::info_span!("request");
        span.set_parent(parent_of(&headers(PARENT))).unwrap();
        let traceparent = traceparent_of(&span).unwrap();
        assert_eq!(trace_id_of(&span).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        assert!(
            traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && traceparent.ends_with("-01")
        );
        assert_ne!(traceparent, PARENT);
    });
}

#[test]
fn a_malformed_trace_is_not_continued() {
    for bad in [
        "",
        "x",
        "00-0-0-01",
        &PARENT.replace("00-0af", "ff-0af"),
        &PARENT.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
    ] {
        assert!(!parent_of(&headers(bad)).span().span_context().is_valid(), "{bad}");
    }
    assert!(parent_of(&headers(PARENT)).span().span_context().is_valid());
    assert_eq!(traceparent_of(&Span::none()), None);
}

#[test]
fn metrics_can_be_scraped_without_a_collector() {
    let guard = providers(&Config::development().telemetry).unwrap();
    let counter = guard.metrics.meter("safar").u64_counter("safar.test").build();
    counter.add(3, &[KeyValue::new("kind", "a")]);
    let page = prometheus::TextEncoder::new().encode_to_string(&guard.registry().gather()).unwrap();
    assert!(page.contains("safar_test_total{kind=\"a\"} 3"), "{page}");
}

#[test]
fn exporters_are_built_only_when_a_collector_is_named() {
    let mut config = Config::development().telemetry;
    assert!(providers(&config).unwrap().logs.is_none());
    config.otlp_endpoint = "http://127.0.0.1:1".to_owned();
    assert!(providers(&config).unwrap().logs.is_some());
}

#[test]
fn the_collectors_headers_are_pairs() {
    let pairs = otlp::headers("authorization=Bearer a=b, x=1").unwrap();
    assert_eq!((pairs["authorization"].as_str(), pairs["x"].as_str()), ("Bearer a=b", "1"));
    assert!(otlp::headers("").unwrap().is_empty());
    assert!(otlp::headers("x").is_none());
}
