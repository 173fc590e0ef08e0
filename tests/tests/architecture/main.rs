//! The house rules, held by tests.
//!
//! Each rule is a function from text to a list of breaches, so that it can be shown a bad example (its negative
//! control) as well as this repository.

mod clinical_rules;
mod code;
mod free_text;
mod imports;
mod layout;
mod lockfile;
mod permissions;
mod repository;
mod sources;
mod threats;
