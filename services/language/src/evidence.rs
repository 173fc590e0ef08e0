//! The page of an evidence pack, in the words of those who read it.

use safar_domain::language::Language;

use crate::book::Book;

/// A sentence or heading of the page.
pub fn word(language: Language, id: &str) -> String {
    Book::Evidence.say(language, id, &vec![])
}

/// A sentence that is filled in.
pub fn sentence(language: Language, id: &str, filling: &[(&'static str, String)]) -> String {
    Book::Evidence.say(language, id, &filling.to_vec())
}
