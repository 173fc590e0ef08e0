//! The `OpenAPI` 3.1 document, assembled from the table of routes and the types of bodies and answers.
//!
//! JSON Schema 2020-12 is the schema language of `OpenAPI` 3.1, so what `schemars` derives from a type is used as it is.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Endpoint, Kind, Precondition, all, case_commands::CaseRow};

/// The whole document, the same on every call.
pub fn document() -> Value {
    let mut generator = generator();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in all() {
        let operation = operation(&endpoint, &mut generator);
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation;
    }
    let mut schemas = Map::new();
    schemas.insert("Problem".to_owned(), problem_schema());
    schemas.extend(generator.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Safar",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Keeps a migrant's TB care whole from origin to destination and back.",
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT (RFC 9068, at+jwt)" },
            },
            "schemas": schemas,
            "responses": { "Problem": problem_response() },
            "headers": headers(),
        },
    })
}

const DESCRIPTION: &str = "Every command names an `Idempotency-Key` and may be repeated: it counts once. A command on \
something that exists names the revision it was decided on in `If-Match`. Every answer carries a `Safar-Position`; send \
it as `min_position` to read your own write. Every error is a problem (RFC 9457) with a stable code, explained under \
`/problems/<code>`. Sentences are in the language of `Accept-Language` (en, ru, tg, kk); codes, statuses and shapes do \
not depend on it. What lies outside the caller's reach answers exactly like what does not exist.";

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator()
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let output = json!((endpoint.output)(generator));
    let mut parameters = path_parameters(endpoint.path);
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.path.split('/').nth(2).unwrap_or("safar")],
        "x-roles": endpoint.action.roles().iter().map(|role| role.code()).collect::<Vec<_>>(),
        "responses": {
            endpoint.success.to_string(): {
                "description": if endpoint.success == 201 { "Created." } else { "Done." },
                "headers": answer_headers(endpoint),
                "content": content(endpoint, &output),
            },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    });
    if endpoint.tagged {
        operation["responses"]["304"] = json!({ "description": "Nothing has changed since that `ETag`." });
    }
    for status in statuses(endpoint) {
        operation["responses"][status] = json!({ "$ref": "#/components/responses/Problem" });
    }
    match endpoint.kind {
        Kind::Read => parameters.extend(query_parameters(endpoint)),
        kind @ (Kind::Command(_) | Kind::Batch | Kind::Search) => {
            if let Kind::Command(precondition) = kind {
                parameters.extend(command_headers(precondition));
            }
            operation["x-label"] = json!(label(endpoint));
            let schema = (endpoint.input)(generator);
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
    }
    operation["parameters"] = Value::Array(parameters);
    operation
}

/// What people call an operation that changes something: a set of the vocabulary, and a code in it.
fn label(endpoint: &Endpoint) -> String {
    let row = CaseRow::at(endpoint.path).map(|row| row.command);
    let command = row.or(match endpoint.name {
        "persons.register" => Some("register_person"),
        "cases.open" => Some("open_case"),
        "handoffs.claim" => Some("claim_patient"),
        "handoffs.issue_claim_code" => Some("issue_claim_code"),
        _ => None,
    });
    command.map_or_else(|| format!("operations/{}", endpoint.name), |command| format!("commands/{command}"))
}

/// The problems that a caller should be ready for.
fn statuses(endpoint: &Endpoint) -> Vec<&'static str> {
    let mut statuses = vec!["400", "401", "403", "404", "406", "429", "503"];
    statuses.retain(|status| *status != "403" || !endpoint.action.hidden());
    match endpoint.kind {
        Kind::Read if endpoint.tabular => statuses.push("409"),
        Kind::Read => (),
        Kind::Batch | Kind::Search => statuses.extend(["413", "415", "422"]),
        Kind::Command(Precondition::None) => statuses.extend(["409", "413", "415", "422"]),
        Kind::Command(_) => statuses.extend(["409", "413", "415", "422", "412", "428"]),
    }
    statuses
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let schema = |name: &str| match name {
        "organisation" | "worker" => json!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$" }),
        "set" => json!({ "type": "string", "pattern": "^[a-z0-9-]+$" }),
        _ => json!({ "type": "string", "format": "uuid" }),
    };
    names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": schema(name) }))
        .collect()
}

/// The fields of the query type, one parameter each.
fn query_parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut own =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let schema = (endpoint.input)(&mut own);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties
        .iter()
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({ "name": name, "in": "query", "schema": present(schema) });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameter
        })
        .collect()
}

/// A query has no null: an absent parameter is left out.
fn present(mut schema: Value) -> Value {
    let kinds = schema.get("type").and_then(Value::as_array);
    if let Some(kind) = kinds.and_then(|kinds| kinds.iter().find(|kind| *kind != "null")).cloned() {
        schema["type"] = kind;
    }
    let any = schema.get("anyOf").and_then(Value::as_array);
    if let Some(one) = any.and_then(|any| any.iter().find(|one| one.get("type") != Some(&json!("null")))) {
        return one.clone();
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.retain(|value| !value.is_null());
    }
    schema
}

fn command_headers(precondition: Precondition) -> Vec<Value> {
    let mut headers = vec![
        json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "A new UUID for each command; the same one when the command is sent again.",
            "schema": { "type": "string", "format": "uuid" },
        }),
        json!({
            "name": "Safar-Occurred-At", "in": "header",
            "description": "When it happened, if not now: a day, or a moment with its offset.",
            "schema": { "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] },
        }),
    ];
    let tag = match precondition {
        Precondition::None => return headers,
        Precondition::Revision => json!({ "type": "string", "pattern": "^\"(0|[1-9][0-9]{0,17})\"$" }),
        Precondition::RevisionOrAny => {
            json!({ "type": "string", "pattern": "^(\"(0|[1-9][0-9]{0,17})\"|any)$" })
        }
    };
    headers.push(json!({
        "name": "If-Match", "in": "header", "required": true, "schema": tag,
        "description": "The revision the command was decided on, as the ETag gave it; `any` where facts commute.",
    }));
    headers
}

/// The media types of a success, each with its schema.
fn content(endpoint: &Endpoint, output: &Value) -> Value {
    let mut content = json!({ endpoint.media: { "schema": output } });
    if endpoint.tabular {
        content["text/csv"] = json!({ "schema": { "type": "string" } });
    }
    content
}

fn answer_headers(endpoint: &Endpoint) -> Value {
    let mut headers = json!({ "Safar-Position": { "$ref": "#/components/headers/Safar-Position" } });
    if endpoint.tagged || matches!(endpoint.kind, Kind::Command(_)) {
        headers["ETag"] = json!({ "$ref": "#/components/headers/ETag" });
    }
    if endpoint.success == 201 {
        headers["Location"] = json!({ "$ref": "#/components/headers/Location" });
    }
    headers
}

fn headers() -> Value {
    json!({
        "Safar-Position": {
            "description": "Where in the log this answer stands; send it as `min_position` to read your own write.",
            "schema": { "type": "string" },
        },
        "ETag": { "description": "The revision after the command, or the tag of the content.", "schema": { "type": "string" } },
        "Location": { "description": "The address of the created thing.", "schema": { "type": "string" } },
    })
}

fn problem_response() -> Value {
    json!({
        "description": "What stands in the way, with a stable code.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": { "type": "string", "description": "The page that explains the code." },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "Stable; programs may rely on it." },
            "detail": { "type": "string", "description": "A sentence for the worker." },
            "instance": { "type": "string", "description": "The id of the request." },
            "allowed": {
                "type": "array", "items": { "type": "string" },
                "description": "The commands that would be accepted now.",
            },
            "errors": { "type": "array", "items": { "type": "object" } },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use safar_domain::case::CaseCommand;

    use super::{all, document};

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let names: BTreeSet<_> = all().into_iter().map(|endpoint| endpoint.name).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn every_command_on_a_case_has_exactly_one_row() {
        let posts = all()
            .into_iter()
            .filter(|endpoint| endpoint.path.starts_with("/v1/cases") || endpoint.path == "/v1/claims")
            .filter(|endpoint| {
                !endpoint.action.hidden() && endpoint.action != safar_domain::policy::Action::WatchCase
            });
        let rows = posts.filter(|endpoint| endpoint.method == "POST").count();
        assert_eq!(rows, CaseCommand::NAMES.len());
    }

    #[test]
    fn the_document_says_the_same_each_time() {
        assert_eq!(document(), document());
    }
}
