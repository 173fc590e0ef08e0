//! The body of a command: one JSON document, small, whole, and of exactly the expected shape.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    rt::time::timeout,
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{
    document::{self, DocumentError},
    header, shape,
};
use crate::problem::{FieldError, Problem, catalogue};

/// A command may have this many bytes.
pub const COMMAND_LIMIT: usize = 64 * 1024;
/// A batch may have this many bytes.
pub const BATCH_LIMIT: usize = 1024 * 1024;

/// How long a whole body may take to arrive; ten seconds unless the app's data says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct BodyDeadline(pub Duration);

impl Default for BodyDeadline {
    fn default() -> Self {
        Self(Duration::from_secs(10))
    }
}

/// SHA-256 over method, path and canonical body: the same for the same command, however its JSON is laid out.
pub type Fingerprint = [u8; 32];

/// A body of at most `LIMIT` bytes, read as `T`; `T` has to deny unknown fields.
#[derive(Debug)]
pub struct StrictJson<T, const LIMIT: usize = COMMAND_LIMIT> {
    /// What was sent.
    pub value: T,
    /// What makes this command the same command when it is sent again.
    pub fingerprint: Fingerprint,
}

impl<T: DeserializeOwned + 'static, const LIMIT: usize> FromRequest for StrictJson<T, LIMIT> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            is_json(request.headers())?;
            let declared = declared_length(request.headers());
            if declared.is_some_and(|length| length > LIMIT as u64) {
                return Err(Problem::of(catalogue::BODY_TOO_LARGE).closing());
            }
            let deadline = request.app_data::<BodyDeadline>().copied().unwrap_or_default();
            let body = timeout(deadline.0, collect(payload, LIMIT))
                .await
                .map_err(|_| Problem::of(catalogue::REQUEST_TIMEOUT).closing())??;
            let document = document::parse(&body).map_err(malformed)?;
            let fingerprint =
                fingerprint(request.method().as_str(), request.path(), &document::canonical(&document));
            Ok(Self { value: shape::read(document)?, fingerprint })
        })
    }
}

/// The fingerprint of a command that did not come by HTTP (`method` and `path` name it all the same).
pub fn fingerprint(method: &str, path: &str, canonical_body: &[u8]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), canonical_body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::of(catalogue::BAD_REQUEST).closing())?;
        if body.len() + chunk.len() > limit {
            return Err(Problem::of(catalogue::BODY_TOO_LARGE).closing());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/json`, with no charset but UTF-8 and no content coding.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported = || Problem::of(catalogue::UNSUPPORTED_MEDIA_TYPE).closing();
    let declared = header::single(headers, CONTENT_TYPE.as_str())?.ok_or_else(unsupported)?;
    let mut parts = declared.split(';').map(str::trim);
    let json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let plain = match header::single(headers, CONTENT_ENCODING.as_str())? {
        None => true,
        Some(coding) => coding.eq_ignore_ascii_case("identity"),
    };
    if json && utf8 && plain { Ok(()) } else { Err(unsupported()) }
}

fn malformed(error: DocumentError) -> Problem {
    let sentence = {
        let text = error.to_string();
        let mut letters = text.chars();
        letters
            .next()
            .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
    };
    if error == DocumentError::NulCharacter {
        let place = FieldError::pointer("", "nul_character", sentence.clone());
        return Problem::of(catalogue::INVALID_VALUES).detail(sentence).error(place);
    }
    let problem = Problem::of(catalogue::MALFORMED_BODY).detail(sentence);
    match error.place() {
        None => problem,
        Some((line, column)) => problem.naming("line", line.to_string()).naming("column", column.to_string()),
    }
}

#[cfg(test)]
mod tests;
