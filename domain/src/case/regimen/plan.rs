//! What of the table of regimens is kept with a decision, so that an old case is judged by the table of its day.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Phase, PhaseName, Regimen, find, table_version};
use crate::case::laboratory::Drug;

/// The length and the parts of a regimen, as the table had them on the day of the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of the table.
    pub table: String,
    /// Standard duration in months.
    pub months: u8,
    /// How long it may become.
    pub longest_months: u8,
    /// Its parts in order.
    pub phases: Vec<Phase>,
    /// Months of the drugs that are not given as long as its parts last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub drug_months: BTreeMap<Drug, u8>,
}

/// From which to which month of treatment a drug is given, in months completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct DrugMonths {
    pub drug: Drug,
    pub from: u8,
    pub until: u8,
}

impl Plan {
    /// As the table has it today.
    pub fn of(regimen: &Regimen) -> Self {
        Self {
            table: table_version().to_owned(),
            months: regimen.months,
            longest_months: regimen.longest(),
            phases: regimen.phases.clone(),
            drug_months: regimen.drug_months.clone(),
        }
    }

    /// For an event of before plans were kept: as the table has it today, and six months for a code that nobody knows any more.
    pub fn assumed(code: &str) -> Self {
        find(code).map_or_else(Self::unknown, Self::of)
    }

    fn unknown() -> Self {
        Self {
            table: String::new(),
            months: 6,
            longest_months: 6,
            phases: vec![],
            drug_months: BTreeMap::new(),
        }
    }

    /// Months of its intensive phase, where it has two phases.
    pub fn intensive_months(&self) -> Option<u8> {
        self.phases.iter().find(|phase| phase.name == PhaseName::Intensive).map(|phase| phase.months)
    }

    /// When each drug is given, where the first part lasts so much longer and the last one so much; a drug with a length of its
    /// own is given as long as that from its first day, whatever becomes of the parts (WHO TB DAK, D10).
    pub fn drugs(&self, (intensive, last): (u8, u8)) -> Vec<DrugMonths> {
        let mut given: BTreeMap<Drug, (u8, u8)> = BTreeMap::new();
        let mut from = 0;
        for (at, phase) in self.phases.iter().enumerate() {
            let more = if phase.name == PhaseName::Intensive { intensive } else { 0 };
            let more = if at + 1 == self.phases.len() { more + last } else { more };
            let until = from + phase.months + more;
            for drug in phase.drugs.iter().collect::<BTreeSet<_>>() {
                given.entry(*drug).or_insert((from, until)).1 = until;
            }
            from = until;
        }
        let own = |drug: Drug, (from, until)| DrugMonths {
            drug,
            from,
            until: self.drug_months.get(&drug).map_or(until, |months| from + months),
        };
        given.into_iter().map(|(drug, span)| own(drug, span)).collect()
    }
}
