//! From a problem to the bytes of its answer.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use safar_domain::language::Language;
use safar_language::problems;
use serde_json::{Map, Value, json};

use super::{Problem, catalogue};

/// The media type of every answer that says no.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// The problem also rides along in the response's extensions, so that the edge can add the request's id and say it in the
    /// caller's language.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponseBuilder::new(self.status());
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        if let Some(seconds) = self.0.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        match self.code() {
            code if code == catalogue::TOKEN_MISSING.code => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer"));
            }
            code if code == catalogue::TOKEN_REFUSED.code => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
            }
            // RFC 9470: the client is to come back with a token of a user who has just signed in.
            code if code == catalogue::STEP_UP_REQUIRED.code => {
                let again = "Bearer error=\"insufficient_user_authentication\", max_age=900";
                response.insert_header((WWW_AUTHENTICATE, again));
            }
            _ => (),
        }
        if self.0.closes {
            response.insert_header((CONNECTION, "close"));
        }
        let mut response = response.body(self.body(None, Language::En));
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl Problem {
    /// The text of the problem; `instance` is the id of the request.
    pub fn body(&self, instance: Option<&str>, language: Language) -> String {
        self.json(instance, language).to_string()
    }

    /// The problem as JSON, for an answer that holds several; only its sentences depend on the language.
    pub fn json(&self, instance: Option<&str>, language: Language) -> Value {
        let detail = problems::sentence(language, self.code(), &self.0.detail, &self.0.named);
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("/problems/{}", self.code()).into());
        body.insert("title".to_owned(), self.0.kind.said(language).title.into());
        body.insert("status".to_owned(), self.0.kind.status.into());
        body.insert("code".to_owned(), self.code().into());
        body.insert("detail".to_owned(), detail.into());
        if let Some(instance) = instance {
            body.insert("instance".to_owned(), format!("urn:uuid:{instance}").into());
        }
        if !self.0.errors.is_empty() {
            let errors: Vec<_> = self.0.errors.iter().map(|error| error.said(language)).collect();
            body.insert("errors".to_owned(), json!(errors));
        }
        if let Some(seconds) = self.0.retry_after {
            body.insert("retry_after".to_owned(), seconds.into());
        }
        for (name, value) in &self.0.members {
            body.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Value::Object(body)
    }
}
