//! `Idempotency-Key`: what makes a command safe to repeat.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use uuid::Uuid;

use super::header;
use crate::problem::{FieldError, Problem, catalogue};

const HEADER: &str = "Idempotency-Key";

/// The key of a command: required, once, a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyKey(pub Uuid);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request))
    }
}

fn parse(request: &HttpRequest) -> Result<IdempotencyKey, Problem> {
    let text = header::single(request.headers(), HEADER)?.ok_or_else(|| {
        let error = FieldError::header(HEADER, "missing", "This header is required.");
        Problem::of(catalogue::IDEMPOTENCY_KEY_MISSING).error(error)
    })?;
    let hyphenated = text.len() == uuid::fmt::Hyphenated::LENGTH;
    Uuid::try_parse(text).ok().filter(|_| hyphenated).map(IdempotencyKey).ok_or_else(|| {
        let error = FieldError::header(HEADER, "not_a_uuid", "This must be a UUID with hyphens.");
        Problem::of(catalogue::IDEMPOTENCY_KEY_INVALID).error(error)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_hyphenated_uuid_passes_and_nothing_else_does() {
        let key = |text: &str| parse(&TestRequest::post().insert_header((HEADER, text)).to_http_request());
        let good = "0190a000-0000-7000-8000-00000000000a";
        assert_eq!(key(good).unwrap().0.to_string(), good);
        for bad in ["1", "", "0190a000000070008000000000000000", "{0190a000-0000-7000-8000-000000000000}"] {
            assert_eq!(key(bad).unwrap_err().code(), "idempotency_key_invalid", "{bad}");
        }
    }

    #[test]
    fn the_key_is_there_exactly_once() {
        let none = TestRequest::post().to_http_request();
        assert_eq!(parse(&none).unwrap_err().code(), "idempotency_key_missing");
        let two =
            TestRequest::post().append_header((HEADER, "a")).append_header((HEADER, "a")).to_http_request();
        assert_eq!(parse(&two).unwrap_err().code(), "duplicate_header");
    }
}
