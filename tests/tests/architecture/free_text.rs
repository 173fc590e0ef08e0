//! What a worker can write in their own words is `FreeText`, which is sealed. Every other text of a case, a conflict, a pull
//! request or a contact notice is a code, a hash, or the name of a thing, and stands in this list with what it is.

use std::collections::BTreeSet;

use crate::repository::rust_files;

const TEXTS: [(&str, &str); 19] = [
    ("code", "a code of a vocabulary"),
    ("command", "the name of a command"),
    ("definitions", "the name of a set of definitions"),
    ("digest", "a hash"),
    ("document", "a packet, made of the other fields"),
    ("form_version", "the version of a form"),
    ("from", "the code of a regimen"),
    ("name", "of a facility, never of a person"),
    ("reason", "the code of a reason; in words it is FreeText"),
    ("refusal", "the code of a refusal"),
    ("regimen", "the code of a regimen"),
    ("register_number", "a number in a register"),
    ("sha256", "a hash"),
    ("software", "the name of a program"),
    ("source", "the key of a source"),
    ("table", "the version of a table"),
    ("telephone", "of a facility or an organisation"),
    ("version", "the version of a program"),
    ("warnings", "codes"),
];

/// The fields of structures in this source that hold text.
fn texts(source: &str) -> BTreeSet<String> {
    let field = |line: &str| {
        let (name, kind) = line.trim().strip_prefix("pub ")?.split_once(": ")?;
        let text = ["String", "Option<String>", "Vec<String>"].contains(&kind.trim_end_matches(','));
        text.then(|| name.to_owned())
    };
    source.lines().filter_map(field).collect()
}

fn of_events() -> BTreeSet<String> {
    let files = ["case", "conflict", "pull_request", "contact_notice", "emergency", "export"]
        .map(|name| format!("domain/src/{name}"));
    let about = |path: &str| files.iter().any(|start| path.starts_with(start.as_str()));
    let sources = rust_files("domain/src").into_iter().filter(|file| about(&file.path));
    sources.flat_map(|file| texts(&file.text)).collect()
}

#[test]
fn a_text_of_an_event_is_a_code_or_it_is_sealed() {
    let known: BTreeSet<String> = TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found = of_events();
    let strange: Vec<_> = found.difference(&known).collect();
    assert!(
        strange.is_empty(),
        "make these FreeText, or say in this list what keeps a person out: {strange:?}"
    );
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "nothing has these any more: {gone:?}");
}

#[test]
fn a_text_that_nobody_knows_would_be_found() {
    let source =
        "pub struct NoteAdded {\n    pub text: String,\n    pub why: Option<String>,\n    pub late: bool,\n}";
    assert_eq!(texts(source), ["text".to_owned(), "why".to_owned()].into());
}
