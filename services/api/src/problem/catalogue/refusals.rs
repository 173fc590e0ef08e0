//! The refusals of the rulebooks, as kinds of problems.

use super::Kind;

/// What is said of a refusal beside its own code and sentence.
pub const REFUSED: Kind = Kind {
    code: "refused",
    status: 409,
    title: "The rules refuse this",
    explanation: "The state of the record does not allow this command now.",
    remedy: "Read the detail, look at the current state and at the commands that are allowed now, and decide again.",
};

/// One table of a rulebook: code, status, sentence.
pub(super) type Table = &'static [(&'static str, u16, &'static str)];

/// The tables of all rulebooks.
const TABLES: &[Table] = &[];

pub(super) fn all() -> impl Iterator<Item = Kind> {
    let named = TABLES.iter().flat_map(|table| table.iter());
    std::iter::once(REFUSED).chain(named.map(|&(code, status, explanation)| Kind {
        code,
        status,
        explanation,
        ..REFUSED
    }))
}
