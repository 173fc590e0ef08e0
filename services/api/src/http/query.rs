//! The query of a request, with nothing in it that the route does not know.

use std::{
    future::{Ready, ready},
    ops::Deref,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::shape::choices;
use crate::problem::{FieldError, Problem, catalogue};

/// The query, read as `T`; `T` has to deny unknown fields.
#[derive(Debug)]
pub struct StrictQuery<T>(pub T);

impl<T> Deref for StrictQuery<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for StrictQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if query.to_ascii_lowercase().contains("%00") || query.contains('\0') {
        return Err(Problem::of(catalogue::INVALID_QUERY).detail("The query contains the character U+0000."));
    }
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let message = error.inner().to_string();
        let problem = Problem::of(catalogue::INVALID_QUERY);
        if message.starts_with("unknown field") {
            let none = || ("there are none here".to_owned(), String::new());
            let (said, known) = choices(&message).unwrap_or_else(none);
            let sentence = format!("The query has a parameter that is not known here; {said}.");
            return problem.detail(sentence).naming("known", known);
        }
        if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            return problem.error(FieldError::parameter(name, "missing", "This parameter is required."));
        }
        if let Some(name) = message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`'))
        {
            return problem.error(FieldError::parameter(
                name,
                "duplicate",
                "This parameter is there more than once.",
            ));
        }
        match error.path().iter().next_back() {
            Some(Segment::Map { key }) => {
                let error =
                    FieldError::parameter(key.clone(), "invalid", "This value is not acceptable here.");
                problem.error(error)
            }
            _ => problem,
        }
    })
}

#[cfg(test)]
mod tests {
    use safar_domain::language::Language;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Page {
        list: String,
        limit: Option<u16>,
    }

    #[test]
    fn a_query_that_the_route_knows_passes() {
        let page: Page = parse("list=over%20due&limit=20").unwrap();
        assert_eq!(page, Page { list: "over due".to_owned(), limit: Some(20) });
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        for bad in [
            "list=a&MARKER=1",
            "list=a&limit=MARKER",
            "list=a&limit=-1",
            "list=a&list=b",
            "limit=1",
            "",
            "list=a%00",
            "list=a&limit=1000000000",
        ] {
            let problem = parse::<Page>(bad).unwrap_err();
            assert_eq!((problem.code(), problem.status().as_u16()), ("invalid_query", 400), "{bad}");
            assert!(!problem.body(None, Language::En).contains("MARKER"), "{bad}");
        }
    }

    #[test]
    fn the_parameter_that_is_wrong_is_named() {
        let problem = parse::<Page>("list=a&limit=many").unwrap_err();
        assert_eq!(
            problem.errors(),
            [FieldError::parameter("limit", "invalid", "This value is not acceptable here.")]
        );
    }
}
