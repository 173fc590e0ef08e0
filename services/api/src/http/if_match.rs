//! `If-Match`: the revision that a decision was made on.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::IF_MATCH};

use super::header;
use crate::problem::{FieldError, Problem, catalogue};

/// The revision in `If-Match`, required; `*`, lists and weak tags are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub u64);

/// As [`IfMatch`], on routes whose facts commute: `If-Match: any` leaves the order to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatchOrAny {
    /// Only on this revision.
    Revision(u64),
    /// On whatever revision it meets.
    Any,
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(required(request).and_then(revision).map(Self))
    }
}

impl FromRequest for IfMatchOrAny {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(required(request).and_then(|text| match text {
            "any" => Ok(Self::Any),
            text => revision(text).map(Self::Revision),
        }))
    }
}

/// What a command without a revision is told.
pub(crate) fn missing() -> Problem {
    let error = FieldError::header("If-Match", "missing", "This header is required.");
    Problem::of(catalogue::IF_MATCH_MISSING).error(error)
}

fn required(request: &HttpRequest) -> Result<&str, Problem> {
    header::single(request.headers(), IF_MATCH.as_str())?.ok_or_else(missing)
}

/// Revisions fit into the signed 64 bits of the stores.
fn revision(text: &str) -> Result<u64, Problem> {
    let digits = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    digits.parse::<i64>().ok().filter(|_| plain).and_then(|revision| u64::try_from(revision).ok()).ok_or_else(
        || {
            let error = FieldError::header(
                "If-Match",
                "not_a_revision",
                "This must be one entity tag such as \"3\".",
            );
            Problem::of(catalogue::IF_MATCH_INVALID).error(error)
        },
    )
}

#[cfg(test)]
mod tests {
    use actix_web::{FromRequest, test::TestRequest};

    use super::*;

    async fn strict(text: &str) -> Result<IfMatch, &'static str> {
        let request = TestRequest::post().insert_header((IF_MATCH, text)).to_http_request();
        IfMatch::extract(&request).await.map_err(|problem| problem.code())
    }

    #[actix_web::test]
    async fn one_strong_revision_passes() {
        assert_eq!(strict("\"3\"").await, Ok(IfMatch(3)));
        assert_eq!(strict("\"0\"").await, Ok(IfMatch(0)));
    }

    #[actix_web::test]
    async fn wildcards_weak_tags_lists_and_garbage_are_refused() {
        for bad in [
            "*",
            "W/\"3\"",
            "3",
            "\"3",
            "\"\"",
            "\"-1\"",
            "\"+1\"",
            "\"03\"",
            "\"1\", \"2\"",
            "any",
            "\"18446744073709551615\"",
        ] {
            assert_eq!(strict(bad).await, Err("if_match_invalid"), "{bad}");
        }
    }

    #[actix_web::test]
    async fn a_missing_revision_is_asked_for() {
        let request = TestRequest::post().to_http_request();
        assert_eq!(IfMatch::extract(&request).await.unwrap_err().status(), 428);
    }

    #[actix_web::test]
    async fn any_is_taken_only_where_facts_commute() {
        let request = TestRequest::post().insert_header((IF_MATCH, "any")).to_http_request();
        assert_eq!(IfMatchOrAny::extract(&request).await.unwrap(), IfMatchOrAny::Any);
        assert_eq!(IfMatch::extract(&request).await.unwrap_err().code(), "if_match_invalid");
    }
}
