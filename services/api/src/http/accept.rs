//! `Accept`: whether the caller takes JSON, or the paper that is asked for.

use actix_web::{
    Error, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ACCEPT, HeaderMap},
    middleware::Next,
};

use crate::problem::{Problem, catalogue};

/// Middleware for a scope that answers JSON, a paper or a pack where the address ends in `.pdf` or `.zip`, and a table where it ends in
/// `/content`: 406 when the caller does not take it.
pub async fn require_json<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let file = match request.path().rsplit('.').next() {
        Some("pdf") => accepts(request.headers(), &["application/pdf"]),
        Some("zip") => accepts(request.headers(), &["application/zip"]),
        _ => false,
    };
    let table = request.path().ends_with("/content") && accepts(request.headers(), &["text/csv"]);
    if !file && !table && !accepts_json(request.headers()) {
        return Ok(request.into_response(Problem::of(catalogue::NOT_ACCEPTABLE).error_response()));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// Whether `Accept` allows `application/json` or `application/problem+json`; without a preference it does.
pub fn accepts_json(headers: &HeaderMap) -> bool {
    accepts(headers, &["application/json", "application/problem+json"])
}

/// Whether `Accept` allows one of these media types; without a preference it does.
pub fn accepts(headers: &HeaderMap, media: &[&str]) -> bool {
    let accepted: Vec<&str> = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    let accepted = accepted.join(",");
    if accepted.trim().is_empty() {
        return true;
    }
    media.iter().any(|media| quality(&accepted, media) > 0.0)
}

/// The quality that the most exact matching range gives to this media type.
fn quality(accepted: &str, media: &str) -> f32 {
    let mut best = (0, 0.0);
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let exactness = match parts.next().unwrap_or_default().to_ascii_lowercase() {
            name if name == media => 3,
            name if name == "application/*" => 2,
            name if name == "*/*" => 1,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        if exactness > best.0 {
            best = (exactness, weight);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn accepted(text: &str) -> bool {
        accepts_json(TestRequest::get().insert_header((ACCEPT, text)).to_http_request().headers())
    }

    #[test]
    fn json_is_answered_to_those_who_take_it() {
        for good in [
            "",
            "application/json",
            "*/*",
            "application/*;q=0.1",
            "text/html, */*;q=0.5",
            "APPLICATION/JSON",
            "application/problem+json",
            "application/json; charset=utf-8",
        ] {
            assert!(accepted(good), "{good}");
        }
        assert!(accepts_json(TestRequest::get().to_http_request().headers()));
    }

    #[test]
    fn a_paper_is_answered_to_those_who_take_it_and_json_is_not() {
        let request = TestRequest::get().insert_header((ACCEPT, "application/pdf")).to_http_request();
        assert!(accepts(request.headers(), &["application/pdf"]) && !accepts_json(request.headers()));
    }

    #[test]
    fn nothing_is_answered_to_those_who_do_not() {
        for bad in [
            "application/xml",
            "text/html",
            "application/json;q=0",
            "*/*;q=0",
            "application/jsonx",
            "application/json;q=0, application/problem+json;q=0, */*",
        ] {
            assert!(!accepted(bad), "{bad}");
        }
    }
}
