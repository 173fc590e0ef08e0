//! Around every request: its id, its span, its place in the queue, and the headers of its answer.
//!
//! One middleware, outermost in the app ([`around`]); [`harden`] sets the limits of the connections. There is no CORS,
//! no method override, and no belief in `X-Forwarded-*`.

mod answer;
mod load;
mod observe;

use std::time::Duration;

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header::HeaderValue},
    middleware::Next,
    web::{self, Data, ServiceConfig},
};
use tracing::Instrument;

pub use load::harden;

use crate::{
    config::Limits,
    http::{BodyDeadline, RequestId, language},
    ids::Ids,
    problem::{Problem, catalogue, framework},
};
use load::InFlight;
use observe::Observer;

/// A longer path and query is not looked at.
const ADDRESS_LIMIT: usize = 8 * 1024;

/// What [`around`] needs; one per process, as `Data<Edge>` in each app.
pub struct Edge {
    ids: Ids,
    in_flight: InFlight,
    observer: Observer,
}

impl Edge {
    /// Make it after telemetry has started, or its metrics go nowhere.
    pub fn new(ids: Ids, limits: &Limits) -> Self {
        Self { ids, in_flight: InFlight::new(limits.in_flight), observer: Observer::new() }
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Edge")
    }
}

/// The outermost middleware: `App::new().app_data(Data<Edge>).wrap(from_fn(edge::around))`.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let edge = request.app_data::<Data<Edge>>().cloned();
    let Some(edge) = edge else {
        tracing::error!("no Edge is wired into this app, so nothing is answered");
        return Ok(request.into_response(answer::of_problem(&Problem::of(catalogue::INTERNAL_ERROR))));
    };
    let id = RequestId::from_caller(request.headers()).unwrap_or_else(|| RequestId(edge.ids.mint()));
    let language = language(request.headers());
    request.extensions_mut().insert(id);
    let observation = edge.observer.begin(&request, id);
    let span = observation.span.clone();
    let answered = admit(&edge, request, next).instrument(span).await;
    match answered {
        Ok(answered) => {
            let route = answered.request().match_pattern();
            let traceparent = observation.end(answered.status(), route);
            let (request, response) = answered.into_parts();
            Ok(ServiceResponse::new(request, answer::finish(response, (id, language), traceparent.as_ref())))
        }
        Err(mut error) => {
            let traceparent = observation.end(error.as_response_error().status_code(), None);
            error.add_response_mapper(move |response| {
                answer::finish(response, (id, language), traceparent.as_ref())
            });
            Err(error)
        }
    }
}

/// What every app needs beside its routes: the deadline for bodies, the framework's errors as problems, and "not found"
/// for the rest. Use it as `App::new().configure(edge::services(&limits))`.
pub fn services(limits: &Limits) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let deadline = BodyDeadline(Duration::from_secs(limits.body_seconds));
    move |services| {
        services
            .app_data(deadline)
            .configure(framework::configure)
            .default_service(web::to(framework::not_found));
    }
}

/// Lets the request in, or answers at once.
async fn admit<B: MessageBody + 'static>(
    edge: &Edge,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        let mut response = answer::of_problem(&Problem::of(catalogue::METHOD_NOT_ALLOWED));
        response
            .headers_mut()
            .insert(actix_web::http::header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT"));
        return Ok(request.into_response(response));
    }
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > ADDRESS_LIMIT) {
        return Ok(request.into_response(answer::of_problem(&Problem::of(catalogue::URI_TOO_LONG))));
    }
    let Some(_place) = edge.in_flight.enter() else {
        return Ok(request.into_response(answer::of_problem(&Problem::of(catalogue::BUSY).retry_after(1))));
    };
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

#[cfg(test)]
mod tests;
