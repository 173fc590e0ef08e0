//! What Safar says: nothing is missing in any language, and every word is written in its own letters.

mod events;
mod files;
mod letters;
mod plurals;
mod refusals;
mod sentences;

use std::{collections::BTreeMap, path::Path};

use fluent_syntax::{ast, parser};
use safar_domain::language::Language;

const BOOKS: [&str; 5] = ["problems", "worklist", "timeline", "notices", "evidence"];

/// The text of a file, from the disk and not from the crate under test.
fn text(language: Language, book: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("locales/{language}/{book}.ftl"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A message with its attributes: the id, with the attribute after a dot, and the pattern.
type Patterns = BTreeMap<String, ast::Pattern<String>>;

/// Everything that a file says; a file that is not well formed, or says something twice, fails here.
fn patterns(source: &str) -> Patterns {
    let resource = parser::parse(source.to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut patterns = Patterns::new();
    let mut put = |id: String, pattern: ast::Pattern<String>| {
        assert!(patterns.insert(id.clone(), pattern).is_none(), "{id} is there twice");
    };
    for entry in resource.body {
        let ast::Entry::Message(message) = entry else { continue };
        let id = message.id.name;
        put(id.clone(), message.value.unwrap_or_else(|| panic!("{id} has no value")));
        for attribute in message.attributes {
            put(format!("{id}.{}", attribute.id.name), attribute.value);
        }
    }
    patterns
}
