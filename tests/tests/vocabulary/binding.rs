//! Each code that a client can send or read is in a set of the vocabulary, and each code of that set can be sent or read.

use std::collections::BTreeSet;

use safar_domain::vocabulary;
use serde_json::{Value, json};

use crate::schema::{Place, places};

/// The one word that is no code of the field: `If-Match` may say `any`.
const ANY_REVISION: &str = "/components/schemas/Item/properties/if_match";

fn document() -> Value {
    safar_api::routes::openapi::document()
}

/// What is wrong with one place; nothing where its codes are those of its set.
fn fault(place: &Place) -> Option<String> {
    let Place { at, set, part, codes } = place;
    let Some(name) = set else {
        let known = at.starts_with(ANY_REVISION);
        return (!known).then(|| format!("{at} names {codes:?} without a set: extend it with x-vocabulary"));
    };
    let Some(set) = vocabulary::set(name) else {
        return Some(format!("{at} names the set {name}, which is not there"));
    };
    let known: BTreeSet<String> = set.entries.iter().map(|entry| entry.code.clone()).collect();
    let live = set.entries.iter().filter(|entry| entry.until.is_none());
    let live: BTreeSet<String> = live.map(|entry| entry.code.clone()).collect();
    let missing: Vec<_> = codes.difference(&known).collect();
    let idle: Vec<_> = live.difference(codes).collect();
    if !missing.is_empty() {
        return Some(format!("{name} lacks {missing:?} of {at}"));
    }
    (!codes.is_empty() && !part && !idle.is_empty())
        .then(|| format!("{name} has {idle:?}, and {at} does not"))
}

fn faults(document: &Value) -> Vec<String> {
    places(document).iter().filter_map(fault).collect()
}

#[test]
fn every_code_of_the_api_is_in_its_set_and_every_code_of_a_set_is_one_of_the_api() {
    let document = document();
    let sets: BTreeSet<_> = places(&document).into_iter().filter_map(|place| place.set).collect();
    assert!(sets.len() > 60, "{sets:?}");
    assert_eq!(faults(&document), Vec::<String>::new());
}

#[test]
fn a_code_without_words_a_word_without_a_code_and_an_unknown_set_would_be_found() {
    let schema = |set: &str, codes: &[&str]| json!({ "x-vocabulary": set, "enum": codes });
    let whole = ["female", "male", "unknown"];
    assert_eq!(faults(&schema("sexes", &whole)), Vec::<String>::new());
    let more = schema("sexes", &["female", "male", "unknown", "elbow"]);
    assert_eq!(faults(&more), [r#"sexes lacks ["elbow"] of "#]);
    let fewer = schema("sexes", &["female", "male"]);
    assert_eq!(faults(&fewer), [r#"sexes has ["unknown"], and  does not"#]);
    assert_eq!(faults(&schema("sexez", &whole)), [" names the set sexez, which is not there"]);
    assert!(faults(&json!({ "enum": whole }))[0].contains("without a set"));
}

#[test]
fn tags_of_variants_and_what_their_fields_hold_are_seen() {
    let variants = |inner: Value| {
        json!({
            "x-vocabulary": "tests",
            "oneOf": [
                { "properties": { "test": { "const": "smear" }, "grade": inner } },
                { "properties": { "test": { "const": "culture" } } },
                { "properties": { "test": { "const": "molecular" } } },
                { "properties": { "test": { "const": "drug_susceptibility" } } },
            ],
        })
    };
    assert_eq!(faults(&variants(json!({ "type": "string" }))), Vec::<String>::new());
    let found = faults(&variants(json!({ "enum": ["one_plus"] })));
    assert!(found.len() == 1 && found[0].contains("/grade names"), "{found:?}");
}
