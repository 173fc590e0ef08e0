//! What the answers name: whatever can be put into another address.

use std::collections::{BTreeMap, BTreeSet};

use safar_api::routes::{Endpoint, all};
use serde_json::Value;

use super::alike::{Both, is_id};

/// The kind of an id of which nothing more is known.
pub(crate) const ANY: &str = "part";

/// Ids by the parts of addresses that they fit.
#[derive(Default)]
pub(crate) struct Found {
    by_kind: BTreeMap<String, BTreeSet<Both>>,
}

/// The parts in braces of a path.
pub(crate) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// What the rows of this collection are called in addresses: `cases` are each a `case`.
fn kind_of_items(row: &Endpoint) -> &'static str {
    let collection = |path: &'static str| path.split("/{").next().unwrap_or(path);
    let own = parts(row.path).last();
    let of_list = || {
        let rows = all().into_iter().filter(|other| other.method == "GET");
        rows.filter(|other| collection(other.path) == row.path).find_map(|other| parts(other.path).next())
    };
    own.or_else(of_list).unwrap_or(ANY)
}

impl Found {
    /// Takes an id.
    pub(crate) fn add(&mut self, kind: &str, both: Both) {
        self.by_kind.entry(kind.to_owned()).or_default().insert(both);
    }

    /// The ids that fit a part of an address.
    pub(crate) fn of(&self, kind: &str) -> Vec<Both> {
        self.by_kind.get(kind).map(|ids| ids.iter().cloned().collect()).unwrap_or_default()
    }

    /// Every id, of whatever kind.
    pub(crate) fn everything(&self) -> BTreeSet<Both> {
        let ids = self.by_kind.values().flatten().filter(|both| is_id(&both[0]));
        ids.cloned().collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_kind.values().map(BTreeSet::len).sum()
    }

    /// Reads what two equal answers of this row name.
    pub(crate) fn learn(&mut self, row: &Endpoint, [with, without]: [&Value; 2]) {
        self.walk((row, "", true), [with, without]);
    }

    /// `own` says whether an `id` here is that of a thing of the row, and not of a part of it.
    fn walk(&mut self, (row, name, own): (&Endpoint, &str, bool), values: [&Value; 2]) {
        match values {
            [Value::Object(with), Value::Object(without)] => {
                for ((name, with), without) in with.iter().zip(without.values()) {
                    self.walk((row, name, own && matches!(name.as_str(), "id" | "items")), [with, without]);
                }
            }
            [Value::Array(with), Value::Array(without)] => {
                for (with, without) in with.iter().zip(without) {
                    self.walk((row, name, own), [with, without]);
                }
            }
            [Value::String(with), Value::String(without)] => {
                if let Some(kind) = kind((row, own), name, with) {
                    self.add(kind, [with.clone(), without.clone()]);
                }
            }
            _ => (),
        }
    }
}

/// What an id under this name is, if it is one.
fn kind<'a>((row, own): (&Endpoint, bool), name: &'a str, value: &str) -> Option<&'a str> {
    const NAMED: [&str; 9] = [
        "case",
        "person",
        "handoff",
        "pull_request",
        "contact_notice",
        "conflict",
        "organisation",
        "worker",
        "set",
    ];
    let singular = name.strip_suffix('s').unwrap_or(name);
    let named = NAMED.contains(&singular).then_some(singular);
    match (named, name) {
        (Some(kind), _) => Some(kind),
        (None, "id") if own => Some(kind_of_items(row)),
        (None, _) => is_id(value).then_some(ANY),
    }
}
