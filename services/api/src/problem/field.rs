//! One place of a request and what is wrong there.

use std::borrow::Cow;

use safar_domain::language::Language;
use safar_language::problems;
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
    /// What the detail names, for other languages.
    #[serde(skip)]
    named: Vec<(&'static str, String)>,
}

impl FieldError {
    /// Something wrong in the body.
    pub fn pointer(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Place::Pointer(pointer.into()), code, detail.into())
    }

    /// Something wrong in the query.
    pub fn parameter(
        name: impl Into<String>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Place::Parameter(name.into()), code, detail.into())
    }

    /// Something wrong in a header.
    pub fn header(name: &'static str, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Place::Header(name), code, detail.into())
    }

    const fn new(place: Place, code: &'static str, detail: Cow<'static, str>) -> Self {
        Self { place, code, detail, named: vec![] }
    }

    /// Says what the detail names, so that other languages can name it too.
    #[must_use]
    pub fn naming(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.named.push((name, value.into()));
        self
    }

    /// The same in another language.
    #[must_use]
    pub(super) fn said(&self, language: Language) -> Self {
        let detail = problems::place(language, self.code, &self.detail, &self.named);
        Self { detail: detail.into(), ..self.clone() }
    }
}
