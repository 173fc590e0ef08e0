//! `docs/clinical-rules.md` names the tests that hold each rule of the field; here each of them is looked up.

use std::{collections::BTreeSet, fs};

use crate::repository::{all_rust_files, rust_files};

/// Rules of law and of reports, which no test of a case can hold.
const WITHOUT_A_TEST: [&str; 7] = ["38", "39", "40", "41", "2", "17", "18"];

/// The rows of a table: their number and the cell that names the tests.
pub(crate) fn rows(text: &str, heading: &str) -> Vec<(String, String)> {
    let (_, section) = text.split_once(heading).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = section.lines().filter(|line| line.starts_with('|')).map(cells).skip(2);
    rows.map(|cells| (cells[0].clone(), cells.last().cloned().unwrap_or_default())).collect()
}

/// The names in a cell.
pub(crate) fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The name of every function of this repository.
pub(crate) fn functions() -> BTreeSet<String> {
    let all = all_rust_files().into_iter().chain(rust_files("services/language/tests")).collect::<Vec<_>>();
    let lines = all.iter().flat_map(|file| file.text.lines());
    let name = |line: &str| Some(line.trim().split_once("fn ")?.1.split(['(', '<']).next()?.to_owned());
    lines.filter_map(name).collect()
}

fn missing(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    for (number, cell) in [rows(text, "## Rules"), rows(text, "## Mistakes")].concat() {
        let names = named(&cell);
        if names.is_empty() && !WITHOUT_A_TEST.contains(&number.as_str()) {
            missing.push(format!("{number}: no test"));
        }
        missing.extend(
            names.iter().filter(|name| !known.contains(**name)).map(|name| format!("{number}: {name}")),
        );
    }
    missing
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/clinical-rules.md");
    fs::read_to_string(path).expect("the page is there")
}

#[test]
fn every_rule_of_the_field_and_every_mistake_is_held_by_tests_that_exist() {
    let text = page();
    let numbers = |heading, last: u32| {
        let found: Vec<_> = rows(&text, heading).into_iter().map(|(number, _)| number).collect();
        assert_eq!(found, (1..=last).map(|number| number.to_string()).collect::<Vec<_>>(), "{heading}");
    };
    numbers("## Rules", 42);
    numbers("## Mistakes", 22);
    assert_eq!(missing(&text, &functions()), Vec::<String>::new());
}

#[test]
fn a_rule_whose_test_is_gone_would_be_found() {
    let mut known = functions();
    assert!(known.remove("a_positive_screening_is_no_diagnosis"));
    assert_eq!(missing(&page(), &known), ["3: a_positive_screening_is_no_diagnosis"]);
}
