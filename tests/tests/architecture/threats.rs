//! `docs/threats.md` names the tests that hold each row; here each of them is looked up.

use std::{collections::BTreeSet, fs};

use crate::clinical_rules::{functions, named, rows};

const HEADINGS: [&str; 6] = [
    "## Tokens",
    "## Edge",
    "## Bad inputs",
    "## Faults of keys and of the provider",
    "## Faults of the log",
    "## What is written",
];

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/threats.md");
    fs::read_to_string(path).expect("the page is there")
}

fn missing(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    for heading in HEADINGS {
        for (number, cell) in rows(text, &format!("{heading}\n")) {
            let names = named(&cell);
            if names.is_empty() {
                missing.push(format!("{heading} {number}: no test"));
            }
            missing.extend(
                names.iter().filter(|name| !known.contains(**name)).map(|name| format!("{number}: {name}")),
            );
        }
    }
    missing
}

#[test]
fn every_threat_is_held_by_tests_that_exist() {
    let text = page();
    assert!(rows(&text, "## Bad inputs\n").len() > 50);
    assert_eq!(missing(&text, &functions()), Vec::<String>::new());
}

#[test]
fn a_threat_whose_test_is_gone_would_be_found() {
    let mut known = functions();
    assert!(known.remove("the_audience_is_us"));
    assert_eq!(missing(&page(), &known), ["34: the_audience_is_us"]);
}
