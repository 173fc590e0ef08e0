//! Problems for what the framework itself refuses.

use std::future::{Ready, ready};

use actix_web::{
    HttpResponse,
    error::{JsonPayloadError, UrlencodedError},
    http::StatusCode,
    web::{FormConfig, JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig},
};

use super::{
    Problem,
    catalogue::{self, Kind},
};

/// The framework reads bodies only where a handler forgot `StrictJson`; keep that small.
const BODY_LIMIT: usize = 64 * 1024;

/// Sets the error handlers of the framework's own extractors; call it once per `App`.
pub fn configure(services: &mut ServiceConfig) {
    services
        .app_data(PayloadConfig::new(BODY_LIMIT))
        .app_data(JsonConfig::default().limit(BODY_LIMIT).error_handler(|error, _| {
            let kind = match error {
                JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
                    catalogue::BODY_TOO_LARGE
                }
                JsonPayloadError::ContentType => catalogue::UNSUPPORTED_MEDIA_TYPE,
                _ => catalogue::INVALID_BODY,
            };
            Problem::of(kind).into()
        }))
        .app_data(FormConfig::default().limit(BODY_LIMIT).error_handler(|error, _| {
            let kind = match error {
                UrlencodedError::Overflow { .. } => catalogue::BODY_TOO_LARGE,
                _ => catalogue::UNSUPPORTED_MEDIA_TYPE,
            };
            Problem::of(kind).into()
        }))
        // An id that is no id names nothing: the same answer as for an id that nothing has.
        .app_data(PathConfig::default().error_handler(|_, _| Problem::of(catalogue::NOT_FOUND).into()))
        .app_data(QueryConfig::default().error_handler(|_, _| Problem::of(catalogue::INVALID_QUERY).into()));
}

/// The default service: nothing lives at this address.
pub fn not_found() -> Ready<Result<HttpResponse, Problem>> {
    ready(Err(Problem::of(catalogue::NOT_FOUND)))
}

/// The problem that stands for a bare status of the framework.
pub fn from_status(status: StatusCode) -> Problem {
    Problem::of(kind_of(status))
}

fn kind_of(status: StatusCode) -> Kind {
    match status.as_u16() {
        401 => catalogue::TOKEN_MISSING,
        403 => catalogue::FORBIDDEN,
        404 => catalogue::NOT_FOUND,
        405 => catalogue::METHOD_NOT_ALLOWED,
        406 => catalogue::NOT_ACCEPTABLE,
        408 => catalogue::REQUEST_TIMEOUT,
        413 => catalogue::BODY_TOO_LARGE,
        414 => catalogue::URI_TOO_LONG,
        415 => catalogue::UNSUPPORTED_MEDIA_TYPE,
        422 => catalogue::INVALID_VALUES,
        429 => catalogue::TOO_MANY_REQUESTS,
        431 => catalogue::HEADERS_TOO_LARGE,
        503 => catalogue::BUSY,
        400..=499 => catalogue::BAD_REQUEST,
        _ => catalogue::INTERNAL_ERROR,
    }
}
