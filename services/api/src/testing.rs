//! Small words for this crate's unit tests.

use actix_web::http::header::HeaderMap;

/// The text of a header, empty when it is absent.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}
