//! One header, once.

use actix_web::http::header::HeaderMap;

use crate::problem::{FieldError, Problem, catalogue};

/// The value of a header that may be there once, as text; `None` when it is absent.
pub fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        let error = FieldError::header(name, "duplicate", "This header is there more than once.");
        return Err(Problem::of(catalogue::DUPLICATE_HEADER).error(error));
    }
    value.to_str().map(|text| Some(text.trim())).map_err(|_| {
        let error = FieldError::header(name, "not_ascii", "This header has to be plain ASCII.");
        Problem::of(catalogue::BAD_REQUEST).error(error)
    })
}
