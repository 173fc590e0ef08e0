//! One span, one log line and one measurement per request; of the request only its method and its route's template.

use std::{collections::BTreeSet, sync::LazyLock, time::Instant};

use actix_web::{
    dev::ServiceRequest,
    http::{Method, StatusCode, header::HeaderValue},
};
use opentelemetry::{
    KeyValue, global,
    metrics::{Histogram, UpDownCounter},
};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{http::RequestId, routes, telemetry};

/// Seconds, as the semantic conventions for HTTP advise.
const BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

pub(super) struct Observer {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

pub(super) struct Observation {
    pub(super) span: Span,
    method: &'static str,
    began: Instant,
    duration: Histogram<f64>,
    _active: Active,
}

/// Counts down also when the caller goes away in the middle.
struct Active(UpDownCounter<i64>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}

impl Observer {
    pub(super) fn new() -> Self {
        let meter = global::meter("safar");
        let duration = meter.f64_histogram("http.server.request.duration").with_unit("s");
        let duration =
            duration.with_description("How long requests took.").with_boundaries(BOUNDARIES.to_vec()).build();
        let active = meter.i64_up_down_counter("http.server.active_requests");
        let active = active.with_description("Requests that are being worked on.").build();
        Self { duration, active }
    }

    pub(super) fn begin(&self, request: &ServiceRequest, id: RequestId) -> Observation {
        let method = known_method(request.method());
        let span = tracing::info_span!(
            "http.request",
            otel.name = method,
            otel.kind = "server",
            http.request.method = method,
            http.route = Empty,
            http.response.status_code = Empty,
            request.id = %id.0,
            trace.id = Empty,
        );
        // It fails only where telemetry is not started, and then there is no trace to continue.
        let _ = span.set_parent(telemetry::parent_of(request.headers()));
        if let Some(trace) = telemetry::trace_id_of(&span) {
            span.record("trace.id", trace);
        }
        self.active.add(1, &[]);
        let active = Active(self.active.clone());
        Observation { span, method, began: Instant::now(), duration: self.duration.clone(), _active: active }
    }
}

impl Observation {
    /// Writes down how it ended; gives the `traceparent` for the answer.
    pub(super) fn end(self, status: StatusCode, route: Option<String>) -> Option<HeaderValue> {
        let (elapsed, route) = (self.began.elapsed(), shown(route));
        let code = i64::from(status.as_u16());
        self.span.record("otel.name", format!("{} {route}", self.method));
        self.span.record("http.route", &route);
        self.span.record("http.response.status_code", code);
        let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| {
            if status.is_server_error() {
                tracing::warn!(status = code, duration_ms = milliseconds, "answered with an error of ours");
            } else {
                tracing::info!(status = code, duration_ms = milliseconds, "answered");
            }
        });
        let attributes = [
            KeyValue::new("http.request.method", self.method),
            KeyValue::new("http.route", route),
            KeyValue::new("http.response.status_code", code),
        ];
        self.duration.record(elapsed.as_secs_f64(), &attributes);
        HeaderValue::from_str(&telemetry::traceparent_of(&self.span)?).ok()
    }
}

/// The route as logs, spans and metrics may name it. One that the policy hides is as unknown here as it is to strangers: beside
/// the time of a request its name would tell what was recorded of whom.
fn shown(route: Option<String>) -> String {
    static HIDDEN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let hidden = routes::all().into_iter().filter(|row| row.action.hidden());
        hidden.map(|row| row.path).collect()
    });
    let named = route.filter(|route| !HIDDEN.contains(route.as_str()));
    named.unwrap_or_else(|| "unmatched".to_owned())
}

/// A method that nobody knows is the caller's own text, and would make a time series of its own.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_route_of_the_hiv_record_is_named_like_none_at_all() {
        for hidden in ["/v1/cases/{case}/hiv", "/v1/cases/{case}/hiv/art", "/v1/hiv/worklist"] {
            assert_eq!(shown(Some(hidden.to_owned())), shown(None), "{hidden}");
        }
        assert_eq!(shown(Some("/v1/cases/{case}".to_owned())), "/v1/cases/{case}");
    }
}
