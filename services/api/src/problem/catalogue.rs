//! Every code that a problem can carry, with what it means and what to do about it.

use std::sync::LazyLock;

use safar_domain::language::Language;
use safar_language::problems;
use serde::Serialize;

mod edge;
mod refusals;

pub use edge::*;
pub use refusals::REFUSED;

/// One kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// The stable code, in `snake_case`; programs may rely on it.
    pub code: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// A short name, the same each time.
    pub title: &'static str,
    /// What happened.
    pub explanation: &'static str,
    /// What the caller can do.
    pub remedy: &'static str,
}

/// A kind of problem as a language says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as in `Kind`")]
pub struct Said {
    pub code: &'static str,
    pub status: u16,
    pub title: String,
    pub explanation: String,
    pub remedy: String,
}

impl Kind {
    /// The kind in this language; refusals share their title and their remedy.
    pub fn said(self, language: Language) -> Said {
        let shared = refusals::shared(self).unwrap_or(self.code);
        Said {
            code: self.code,
            status: self.status,
            title: problems::sentence(language, shared, self.title, &[]),
            explanation: problems::template(language, self.code, self.explanation),
            remedy: problems::sentence(language, shared, self.remedy, &[]),
        }
    }
}

static ALL: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut all: Vec<Kind> = EDGE.iter().copied().chain(refusals::all()).collect();
    all.sort_by_key(|kind| kind.code);
    all.dedup_by_key(|kind| kind.code);
    all
});

/// Every kind, sorted by code; a code that several rulebooks share is there once.
pub fn all() -> &'static [Kind] {
    &ALL
}

/// The kind with this code.
pub fn find(code: &str) -> Option<Kind> {
    ALL.binary_search_by_key(&code, |kind| kind.code).ok().map(|at| ALL[at])
}

/// Whether this code has a page; tests hold every refusal of the rulebooks against it.
pub fn is_registered(code: &str) -> bool {
    find(code).is_some()
}
