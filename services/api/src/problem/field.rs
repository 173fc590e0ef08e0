//! One place of a request and what is wrong there.

use std::borrow::Cow;

use serde::Serialize;

/// Where in the request: serialised as the member that names its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A JSON pointer (RFC 6901) into the body; empty for the whole body.
    Pointer(String),
    /// The name of a query parameter, one that this route knows.
    Parameter(String),
    /// The name of a header.
    Header(&'static str),
}

/// An item of a problem's `errors`; neither its code nor its detail repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong, for programs.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: Cow<'static, str>,
}

impl FieldError {
    /// Something wrong in the body.
    pub fn pointer(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { place: Place::Pointer(pointer.into()), code, detail: detail.into() }
    }

    /// Something wrong in the query.
    pub fn parameter(
        name: impl Into<String>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { place: Place::Parameter(name.into()), code, detail: detail.into() }
    }

    /// Something wrong in a header.
    pub fn header(name: &'static str, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { place: Place::Header(name), code, detail: detail.into() }
    }
}
