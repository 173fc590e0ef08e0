//! The sentences of the HTTP face itself, found in its sources.

use std::path::{Path, PathBuf};

use safar_domain::language::Language;

use crate::text;

/// Where a sentence about a place of a request begins.
const MARKS: [&str; 6] =
    ["FieldError::", "let sentence =", ".detail(", "invalid(", "refused(", "let (code, sentence)"];

/// The sentences among the texts of a statement.
fn sentences(statement: &str) -> Vec<String> {
    let texts = statement.replace("\\\"", "\u{1}");
    let texts = texts.split('"').skip(1).step_by(2).map(|text| text.replace('\u{1}', "\""));
    let sentence =
        |text: &String| text.starts_with(|first: char| first.is_ascii_uppercase()) && text.ends_with('.');
    texts.filter(sentence).collect()
}

/// What a file of Rust says of the places of a request, without its comments and its tests.
fn said(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let starts = MARKS.iter().flat_map(|mark| code.match_indices(mark)).map(|(at, _)| at);
    starts.flat_map(|at| sentences(code[at..].split(";\n").next().unwrap_or_default())).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the sources are there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let inside = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    paths.filter(|path| !path.to_string_lossy().contains("tests")).flat_map(inside).collect()
}

/// Whether the English file says it, up to what is filled in.
fn known(sentence: &str, english: &str) -> bool {
    let fixed = sentence.split('{').next().unwrap_or_default();
    let whole = fixed == sentence;
    let says = |line: &str| {
        let pattern = line.split_once(" = ").map_or("", |(_, pattern)| pattern);
        if whole { pattern == sentence } else { pattern.starts_with(fixed) }
    };
    english.lines().any(says)
}

#[test]
fn every_sentence_about_a_place_of_a_request_has_its_message() {
    let english = text(Language::En, "problems");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/src");
    let read = |file: PathBuf| std::fs::read_to_string(file).expect("a source can be read");
    let all: Vec<String> = sources(&folder).into_iter().flat_map(|file| said(&read(file))).collect();
    let missing: Vec<&String> = all.iter().filter(|sentence| !known(sentence, &english)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "write them as error-… into all four locales/*/problems.ftl");
    assert!(all.len() > 30, "{}", all.len());
}

#[test]
fn a_sentence_without_a_message_would_be_found() {
    let source = "let error = FieldError::header(NAME, \"missing\", \"This \\\"header\\\" is new.\");\n";
    assert_eq!(said(source), ["This \"header\" is new."]);
    assert!(!known("This \"header\" is new.", "error-missing = This header is required."));
    assert!(known(
        "This must not be null; expected {wanted}.",
        "  .a = This must not be null; expected { $expected }."
    ));
}
