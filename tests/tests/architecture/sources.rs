//! What no source file may hold.

use crate::{
    code,
    repository::{File, all_rust_files},
};

/// A file this long is several files; 400 lines are a reason to split.
const LONGEST: usize = 600;

/// Unfinished work, and ways to hide it.
const UNFINISHED: [&str; 5] = ["todo!(", "unimplemented!(", "#[ignore", "#[allow(", "#![allow("];

#[test]
fn no_file_is_longer_than_600_lines() {
    assert_eq!(overlong(&all_rust_files()), Vec::<String>::new());
}

#[test]
fn a_longer_file_would_be_found() {
    assert_eq!(overlong(&[file(&"\n".repeat(LONGEST))]), Vec::<String>::new());
    assert_eq!(overlong(&[file(&"\n".repeat(LONGEST + 1))]), ["x.rs has 601 lines"]);
}

#[test]
fn nothing_is_left_unfinished_ignored_or_allowed() {
    assert_eq!(unfinished(&all_rust_files()), Vec::<String>::new());
}

#[test]
fn unfinished_work_would_be_found() {
    assert_eq!(unfinished(&[file("fn f() {\n    todo!()\n}")]), ["x.rs:2 has `todo!(`"]);
    assert_eq!(unfinished(&[file("#[ignore = \"later\"]")]), ["x.rs:1 has `#[ignore`"]);
    assert_eq!(unfinished(&[file("#[allow(dead_code)]")]), ["x.rs:1 has `#[allow(`"]);
    assert_eq!(unfinished(&[file("// todo!() is not allowed")]), Vec::<String>::new());
}

#[test]
fn every_expected_lint_has_its_reason() {
    assert_eq!(unreasoned(&all_rust_files()), Vec::<String>::new());
}

#[test]
fn an_expected_lint_without_a_reason_would_be_found() {
    assert_eq!(
        unreasoned(&[file("#[expect(dead_code)]\nfn f() {}")]),
        ["x.rs:1 expects a lint without a reason"]
    );
    assert_eq!(
        unreasoned(&[file("\n#![expect(\n    dead_code\n)]")]),
        ["x.rs:2 expects a lint without a reason"]
    );
    assert_eq!(
        unreasoned(&[file("#[expect(dead_code, reason = \"\")]")]),
        ["x.rs:1 expects a lint without a reason"]
    );
    assert_eq!(unreasoned(&[file("#[expect(dead_code, reason = \"a (good) one\")]")]), Vec::<String>::new());
}

fn file(text: &str) -> File {
    File { path: "x.rs".to_owned(), text: text.to_owned() }
}

fn overlong(files: &[File]) -> Vec<String> {
    let long =
        files.iter().map(|file| (file, file.text.lines().count())).filter(|(_, lines)| *lines > LONGEST);
    long.map(|(file, lines)| format!("{} has {lines} lines", file.path)).collect()
}

fn unfinished(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for File { path, text } in files {
        for (number, line) in code::only(text).lines().enumerate() {
            let found = UNFINISHED.iter().filter(|mark| line.contains(**mark));
            breaches.extend(found.map(|mark| format!("{path}:{} has `{mark}`", number + 1)));
        }
    }
    breaches
}

fn unreasoned(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for File { path, text } in files {
        // Blanking keeps the number of characters, so a place in one text is the same place in the other.
        let code: Vec<char> = code::only(text).chars().collect();
        let original: Vec<char> = text.chars().collect();
        for at in 0..code.len() {
            let (here, before) = (&code[at..], &code[..at]);
            if before.ends_with(&['[']) && here.starts_with(&['e', 'x', 'p', 'e', 'c', 't', '(']) {
                let end = here.iter().position(|&c| c == ']').map_or(code.len(), |length| at + length);
                if !gives_reason(&original[at..end]) {
                    let line = before.iter().filter(|&&c| c == '\n').count() + 1;
                    breaches.push(format!("{path}:{line} expects a lint without a reason"));
                }
            }
        }
    }
    breaches
}

/// `reason = "…"` with something in it.
fn gives_reason(attribute: &[char]) -> bool {
    let attribute: String = attribute.iter().collect();
    let reason = attribute.split_once("reason").and_then(|(_, rest)| rest.split_once('"'));
    reason.is_some_and(|(_, text)| !text.starts_with('"'))
}
