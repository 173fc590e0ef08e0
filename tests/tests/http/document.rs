//! `proto/openapi.json`: checked in, equal to what the server says, and sound in itself.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/openapi.json");

fn document() -> Value {
    safar_api::routes::openapi::document()
}

/// Each operation with its path.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().expect("there are paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().expect("a path is an object");
            item.values().map(move |operation| (path.clone(), operation.clone()))
        })
        .collect()
}

/// Every `$ref` below this value.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_checked_in_document_is_the_one_that_is_served() {
    let checked_in = fs::read_to_string(FILE).unwrap_or_default();
    let now = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    let first = checked_in.lines().zip(now.lines()).position(|(a, b)| a != b).map_or(0, |line| line + 1);
    assert!(
        checked_in == now,
        "proto/openapi.json differs from line {first} on; make it anew by `safar openapi > proto/openapi.json`, and look \
         at the difference before you commit it"
    );
}

#[test]
fn every_reference_resolves() {
    let document = document();
    let references = references(&document);
    assert!(references.len() > 100);
    for reference in references {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leaves the document"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn no_schema_is_left_over() {
    let document = document();
    let used: BTreeSet<_> = references(&document).into_iter().collect();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(used.contains(&format!("#/components/schemas/{name}")), "nothing refers to {name}");
    }
}

#[test]
fn every_operation_may_answer_a_problem() {
    for (path, operation) in operations(&document()) {
        let default = &operation["responses"]["default"]["$ref"];
        assert_eq!(default, "#/components/responses/Problem", "{path}");
    }
}

#[test]
fn every_path_parameter_is_declared_once_and_required() {
    for (path, operation) in operations(&document()) {
        let in_path: Vec<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let declared: Vec<&Value> =
            operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "path").collect();
        let names: Vec<&str> = declared.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, in_path, "{path}");
        assert!(declared.iter().all(|one| one["required"] == true), "{path}");
    }
}

#[test]
fn every_operation_says_what_it_takes_and_gives() {
    for (path, operation) in operations(&document()) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{name}");
        let success =
            operation["responses"].as_object().unwrap().iter().find(|(status, _)| status.starts_with('2'));
        let row = safar_api::routes::all().into_iter().find(|row| row.name == name);
        let media = row.expect("every operation is a row").media;
        let schema = &success.unwrap().1["content"][media]["schema"];
        assert!(schema.is_object(), "{name} at {path} does not say what it answers");
        assert!(!operation["x-roles"].as_array().unwrap().is_empty(), "{name} is for nobody");
    }
}
