//! What an organisation was told.

use safar_domain::language::Language;

use crate::book::{Book, id};

/// One notice, by what it is about.
pub fn notice(language: Language, about: &str) -> String {
    Book::Notices.say(language, &id(about), &vec![])
}

/// The sentence that may leave the house, the same whatever came.
pub fn bell(language: Language) -> String {
    Book::Notices.say(language, "bell", &vec![])
}
