//! The id of a request: the caller's when it is a UUID, ours otherwise.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderName},
};
use uuid::Uuid;

use crate::problem::Problem;

/// `X-Request-Id`, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What ties an answer, its log lines and its trace together. Only a UUID is taken over from the caller: any other text
/// could carry a name into the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The caller's id, if it is one UUID with hyphens.
    pub fn from_caller(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(&REQUEST_ID);
        let text = values.next()?.to_str().ok()?;
        let once = values.next().is_none() && text.len() == uuid::fmt::Hyphenated::LENGTH;
        Uuid::try_parse(text).ok().filter(|_| once).map(Self)
    }
}

impl FromRequest for RequestId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    /// The nil id where the edge's middleware does not run, as in unit tests.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.extensions().get::<Self>().copied();
        ready(Ok(id.unwrap_or(Self(Uuid::nil()))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_uuid_is_taken_over() {
        let id = |text: &str| {
            RequestId::from_caller(
                TestRequest::get().insert_header((REQUEST_ID, text)).to_http_request().headers(),
            )
        };
        assert!(id("0190a000-0000-7000-8000-000000000000").is_some());
        for bad in ["Anna Petrova", "", "1", "0190a000000070008000000000000000"] {
            assert!(id(bad).is_none(), "{bad}");
        }
    }
}
