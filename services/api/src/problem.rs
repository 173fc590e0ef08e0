//! Every answer that says no: RFC 9457 `application/problem+json`, with one shape for the whole service.
//!
//! A problem never repeats what the caller sent and never shows what happened inside. Its `type` resolves to a page
//! under `/problems/`, kept by the [`catalogue`]; [`framework`] turns the framework's own errors into problems.

mod answer;
pub mod catalogue;
mod field;
pub mod framework;
pub mod pages;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt};

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use answer::PROBLEM_JSON;
pub use catalogue::Kind;
pub use field::{FieldError, Place};

/// What stands in the way of a request, for people (`detail`) and for programs (`code`).
#[derive(Clone)]
pub struct Problem(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: Kind,
    detail: Cow<'static, str>,
    named: Vec<(&'static str, String)>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    retry_after: Option<u32>,
    closes: bool,
}

impl Problem {
    /// A problem of this kind; its explanation is the detail until [`Problem::detail`] says something more exact.
    pub fn of(kind: Kind) -> Self {
        let detail = Cow::Borrowed(kind.explanation);
        Self(Box::new(Parts {
            kind,
            detail,
            named: vec![],
            errors: vec![],
            members: Map::new(),
            retry_after: None,
            closes: false,
        }))
    }

    /// A refusal of the rulebooks: its own stable code, 409 or 422, and the sentence the worker reads.
    pub fn refused(code: &'static str, status: u16, sentence: impl Into<Cow<'static, str>>) -> Self {
        let kind = catalogue::find(code).unwrap_or(Kind { code, status, ..catalogue::REFUSED });
        Self::of(Kind { status, ..kind }).detail(sentence)
    }

    /// A failure of ours: logged here with its cause, told to the caller only as "our fault".
    pub fn internal(what: &'static str, cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %cause, what, "a request failed on our side");
        Self::of(catalogue::INTERNAL_ERROR)
    }

    /// Replaces the detail by a more exact sentence, which must not contain anything the caller sent.
    #[must_use]
    pub fn detail(mut self, sentence: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = sentence.into();
        self
    }

    /// Says what the detail names, so that other languages can name it too.
    #[must_use]
    pub fn naming(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.named.push((name, value.into()));
        self
    }

    /// Adds one place of the request and what is wrong there.
    #[must_use]
    pub fn error(mut self, error: FieldError) -> Self {
        self.0.errors.push(error);
        self
    }

    /// Says of each place where it is, when the request was a part of a larger one.
    #[must_use]
    pub fn placed(mut self, place: impl Fn(Place) -> Place) -> Self {
        for error in &mut self.0.errors {
            error.place = place(error.place.clone());
        }
        self
    }

    /// Adds an extension member, such as `state` or `event`. A member that cannot be written as JSON is left out.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.members.insert(name.to_owned(), value);
        }
        self
    }

    /// Says which commands would be accepted now, so that nobody has to guess.
    #[must_use]
    pub fn allowed(self, commands: &[impl AsRef<str>]) -> Self {
        let commands: Vec<&str> = commands.iter().map(AsRef::as_ref).collect();
        self.with("allowed", commands)
    }

    /// Says after how many seconds another try is worth while (`Retry-After` and `retry_after`).
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Closes the connection after the answer, for a body that was not read to its end.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.0.closes = true;
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.kind.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The places of the request that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }
}

/// Only the code and the status: a problem must be safe to log.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({} {})", self.0.kind.status, self.0.kind.code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.code, self.0.detail)
    }
}

impl std::error::Error for Problem {}
