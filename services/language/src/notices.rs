//! What an organisation was told.

use safar_domain::{language::Language, notice::About};

use crate::book::{Book, id};

/// One notice, by what it is about.
pub fn notice(language: Language, about: About) -> String {
    let code = serde_json::to_value(about).unwrap_or_default();
    Book::Notices.say(language, &id(code.as_str().unwrap_or_default()), &vec![])
}

/// The sentence that may leave the house, the same whatever came.
pub fn bell(language: Language) -> String {
    Book::Notices.say(language, "bell", &vec![])
}
