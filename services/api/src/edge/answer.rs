//! The last hand on every answer.

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    },
};

use safar_domain::language::Language;

use crate::{
    http::{RequestId, request_id::REQUEST_ID, speak},
    problem::{PROBLEM_JSON, Problem, framework},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// On every answer, unless the route has set its own.
const DEFAULTS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) fn of_problem(problem: &Problem) -> HttpResponse<BoxBody> {
    problem.error_response()
}

/// Makes a problem of every refusal, in the language of the caller, names the request in it, and sets the headers.
pub(super) fn finish(
    response: HttpResponse<BoxBody>,
    (id, language): (RequestId, Language),
    traceparent: Option<&HeaderValue>,
) -> HttpResponse<BoxBody> {
    let mut response = as_problem(response, (id, language));
    let headers = response.headers_mut();
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(id) = HeaderValue::from_str(&id.0.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(traceparent) = traceparent {
        headers.insert(TRACEPARENT, traceparent.clone());
    }
    response
}

fn as_problem(
    mut response: HttpResponse<BoxBody>,
    (id, language): (RequestId, Language),
) -> HttpResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    // Taken out, so that the answer is finished once however many hands it goes through.
    let known = response.extensions_mut().remove::<Problem>();
    let finished = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    let problem = match known {
        Some(problem) => problem,
        None if finished => return response,
        None => framework::from_status(status),
    };
    speak(&mut response, language);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.remove(CONTENT_ENCODING);
    response.set_body(BoxBody::new(problem.body(Some(&id.0.to_string()), language)))
}
