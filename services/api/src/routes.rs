//! Every route of the HTTP face, in one table.
//!
//! A row says method, path, who may use it, what goes in and what comes out. The server registers the rows, `OpenAPI` is
//! assembled from them, the anonymous sweep and the permission matrix walk over them: there is no second truth.

mod accesses;
pub mod answers;
mod bulk;
mod candidates;
mod case_commands;
mod cases;
mod claims;
mod conflicts;
mod contact_notices;
mod corrections;
mod directory;
mod emergencies;
mod erasures;
mod evidence;
mod exports;
mod handoffs;
mod hiv;
mod ledger;
mod me;
mod notices;
pub mod openapi;
mod packets;
#[cfg(feature = "documents")]
mod papers;
mod past;
mod persons;
mod places;
mod pull_requests;
mod reading;
mod replay;
mod reports;
mod responsibility;
mod seen_by;
mod sync;
mod views;
mod vocabulary;
mod worklist;

use actix_web::{
    HttpResponse, Route,
    http::Method,
    web::{self, ServiceConfig},
};
use safar_domain::policy::Action;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::problem::{Problem, catalogue};

/// The media type of most answers.
const JSON: &str = "application/json";

/// How a JSON Schema is made for a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a command must say about the revision it was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing: it creates, reads, or concerns no stream.
    None,
    /// `If-Match: "<revision>"`.
    Revision,
    /// `If-Match: "<revision>"` or `any`: the fact commutes with others.
    RevisionOrAny,
}

/// What kind of request a row takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reads; takes query parameters.
    Read,
    /// Reads; what it looks for is in its body, for it must not stand in an address.
    Search,
    /// Changes many things; each command in its body has its own key, and revision where it needs one.
    Batch,
    /// Changes something; takes a body, an idempotency key and, as the precondition says, `If-Match`.
    Command(Precondition),
}

/// One row of the table.
#[derive(Clone)]
pub struct Endpoint {
    /// `GET`, `POST` or `PUT`.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The operation's name: resource and verb.
    pub name: &'static str,
    /// One sentence for the reader of the documentation.
    pub summary: &'static str,
    /// Who may use it.
    pub action: Action,
    /// What kind of request it is.
    pub kind: Kind,
    /// The query parameters of a reading row, the body of a command.
    pub input: SchemaOf,
    /// What a success answers.
    pub output: SchemaOf,
    /// The media type of a success.
    pub media: &'static str,
    /// The status of a success.
    pub success: u16,
    /// Answers with a tag of its content, and 304 to those who have it.
    pub tagged: bool,
    /// Answers a table too, where that was asked for.
    pub tabular: bool,
    /// The handler.
    pub handler: fn() -> Route,
}

impl Endpoint {
    /// A row that reads: `Q` is its query, `A` its answer.
    fn read<Q: JsonSchema, A: JsonSchema>(
        path: &'static str,
        (name, summary): (&'static str, &'static str),
        action: Action,
        handler: fn() -> Route,
    ) -> Self {
        let (input, output): (SchemaOf, SchemaOf) = (schema::<Q>, schema::<A>);
        let method = Method::GET;
        let (kind, media) = (Kind::Read, JSON);
        let (success, tagged, tabular) = (200, false, false);
        Self {
            method,
            path,
            name,
            summary,
            action,
            kind,
            input,
            output,
            media,
            success,
            tagged,
            tabular,
            handler,
        }
    }

    /// A row that changes something: `B` is its body.
    fn command<B: JsonSchema>(
        path: &'static str,
        (name, summary): (&'static str, &'static str),
        action: Action,
        precondition: Precondition,
        handler: fn() -> Route,
    ) -> Self {
        let (input, output): (SchemaOf, SchemaOf) = (schema::<B>, schema::<answers::Recorded>);
        let (method, kind, media) = (Method::POST, Kind::Command(precondition), JSON);
        let (success, tagged, tabular) = (200, false, false);
        Self {
            method,
            path,
            name,
            summary,
            action,
            kind,
            input,
            output,
            media,
            success,
            tagged,
            tabular,
            handler,
        }
    }

    /// A row that takes many commands at once: `B` is its body, `A` its answer.
    fn batch<B: JsonSchema, A: JsonSchema>(
        path: &'static str,
        named: (&'static str, &'static str),
        action: Action,
        handler: fn() -> Route,
    ) -> Self {
        let row = Self::command::<B>(path, named, action, Precondition::None, handler);
        Self { kind: Kind::Batch, output: schema::<A>, ..row }
    }

    /// A row that looks for something: `B` is what it looks for, `A` its answer.
    fn search<B: JsonSchema, A: JsonSchema>(
        path: &'static str,
        named: (&'static str, &'static str),
        action: Action,
        handler: fn() -> Route,
    ) -> Self {
        let row = Self::command::<B>(path, named, action, Precondition::None, handler);
        Self { kind: Kind::Search, output: schema::<A>, ..row }
    }

    /// The row answers a command with something of its own.
    fn answers<A: JsonSchema>(self) -> Self {
        Self { output: schema::<A>, ..self }
    }

    /// The row answers with a tag of its content, and not at all to those who have it.
    fn tagged(self) -> Self {
        Self { tagged: true, ..self }
    }

    /// The row answers a table where that was asked for.
    fn tabular(self) -> Self {
        Self { tabular: true, ..self }
    }

    /// The row creates something, and says where it is.
    fn creates(self) -> Self {
        Self { success: 201, ..self }
    }
}

/// The whole table.
pub fn all() -> Vec<Endpoint> {
    let rows = [
        me::endpoints(),
        persons::endpoints(),
        erasures::endpoints(),
        cases::endpoints(),
        case_commands::endpoints(),
        claims::endpoints(),
        handoffs::endpoints(),
        hiv::endpoints(),
        bulk::endpoints(),
        sync::endpoints(),
        contact_notices::endpoints(),
        pull_requests::endpoints(),
        packets::endpoints(),
        candidates::endpoints(),
        accesses::endpoints(),
        ledger::endpoints(),
        evidence::endpoints(),
        emergencies::endpoints(),
        exports::endpoints(),
        conflicts::endpoints(),
        worklist::endpoints(),
        notices::endpoints(),
        replay::endpoints(),
        corrections::endpoints(),
        seen_by::endpoints(),
        reports::endpoints(),
        responsibility::endpoints(),
        directory::endpoints(),
        places::endpoints(),
        vocabulary::endpoints(),
    ]
    .concat();
    #[cfg(feature = "documents")]
    let rows = [rows, papers::endpoints()].concat();
    rows
}

/// Registers every row; a path answers 405 with `Allow` to any other method.
pub fn configure(services: &mut ServiceConfig) {
    let mut endpoints = all();
    endpoints.sort_by_key(|endpoint| endpoint.path);
    for same_path in endpoints.chunk_by(|a, b| a.path == b.path) {
        // The name of a tile has slashes of its own.
        let mut resource = web::resource(same_path[0].path.replace("{tile}", "{tile:.+}"));
        let mut allowed = Vec::new();
        for endpoint in same_path {
            allowed.push(endpoint.method.clone());
            resource = resource.route((endpoint.handler)().method(endpoint.method.clone()));
            if endpoint.method == Method::GET {
                allowed.push(Method::HEAD);
                resource = resource.route((endpoint.handler)().method(Method::HEAD));
            }
        }
        let allowed = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        services
            .service(resource.default_service(web::to(move || std::future::ready(not_allowed(&allowed)))));
    }
}

fn not_allowed(allowed: &str) -> HttpResponse {
    let problem = Problem::of(catalogue::METHOD_NOT_ALLOWED);
    let mut response = actix_web::ResponseError::error_response(&problem);
    if let Ok(value) = actix_web::http::header::HeaderValue::from_str(allowed) {
        response.headers_mut().insert(actix_web::http::header::ALLOW, value);
    }
    response
}

/// The schema of a type, by reference where it has a name.
fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn papers_are_printed_exactly_where_they_are_built_in() {
        let papers = all().iter().filter(|row| row.media == "application/pdf").count();
        assert_eq!(papers, if cfg!(feature = "documents") { 2 } else { 0 });
    }
}
