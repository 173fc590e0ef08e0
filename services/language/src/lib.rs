//! What Safar says to people, in English, Russian, Tajik and Kazakh.
//!
//! The words are in `locales/`, one folder for each language and one file for each [`Book`]; they are compiled in. Rules and
//! handlers go on speaking English and codes: the edge says the same in the reader's language, so a code, a status and a
//! shape never depend on a language. What a file lacks is said in English, and a test finds it.

mod accept;
mod book;
pub mod evidence;
pub mod notices;
pub mod problems;
pub mod timeline;
pub mod worklist;

pub use accept::accepted;
pub use book::Book;
