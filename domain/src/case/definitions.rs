//! Sets of definitions: which one a country used on a day. A decision pins the set it was made under, so that an old case
//! is judged by the rules of its day. Which country uses what since when is data: `domain/reference/definitions.toml`.

use jiff::civil::Date;
use serde::Deserialize;

use crate::{ids::Country, in_force};

/// A set of case and outcome definitions, from old to new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum DefinitionSet {
    /// The reporting framework of 2013: registration groups, and outcomes apart for drug-resistant disease (OLD13, W13).
    #[serde(rename = "who-2013")]
    Who2013,
    /// The outcome definitions of 2021, the same for susceptible and resistant disease (LINH, KSP-1973).
    #[serde(rename = "who-2021")]
    Who2021,
    /// The framework as issued again in 2024: recurrent and re-registered; outcomes as in 2021 (WHO TB DAK).
    #[serde(rename = "who-2024")]
    Who2024,
}

impl DefinitionSet {
    /// Every set.
    pub const ALL: [Self; 3] = [Self::Who2013, Self::Who2021, Self::Who2024];

    /// The set that a country uses on a day; a day before every row is judged by the oldest set.
    pub fn of(country: Country, on: Date) -> Self {
        in_force::at(&in_force::tables().definitions, country, on).map_or(Self::Who2013, |row| row.set)
    }

    /// The name under which it is pinned into events; it is on disk.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Who2013 => "who-2013",
            Self::Who2021 => "who-2021",
            Self::Who2024 => "who-2024",
        }
    }

    /// The set of this name; the revision of 2020 left the definitions of 2013 as they were.
    pub fn parse(code: &str) -> Option<Self> {
        if code == "who-2013-rev-2020" {
            return Some(Self::Who2013);
        }
        Self::ALL.into_iter().find(|set| set.code() == code)
    }
}

/// How a country counts an episode on first-line drugs in which rifampicin resistance is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResistanceFound {
    /// As failed (WHO 2021).
    Failed,
    /// Under a column of its own, "started Regimen II", outside the eligible cohort (TJ-WEB, TB08; TJ-API).
    RegimenTwo,
}

impl ResistanceFound {
    /// As the country counts on a day.
    pub(crate) fn counted(country: Country, on: Date) -> Self {
        let row = in_force::at(&in_force::tables().rifampicin_resistance, country, on);
        row.map_or(Self::Failed, |row| row.counts)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{DefinitionSet, ResistanceFound};
    use crate::ids::Country;

    #[test]
    fn each_day_has_the_set_that_was_in_force() {
        for (on, set) in [
            (date(1999, 1, 1), DefinitionSet::Who2013),
            (date(2021, 4, 7), DefinitionSet::Who2013),
            (date(2021, 4, 8), DefinitionSet::Who2021),
            (date(2023, 12, 31), DefinitionSet::Who2021),
            (date(2026, 11, 22), DefinitionSet::Who2024),
        ] {
            assert_eq!(DefinitionSet::of(Country::TJ, on), set, "{on}");
        }
    }

    #[test]
    fn the_tajik_register_counts_regimen_two_and_the_others_count_failed() {
        let counted = |country| ResistanceFound::counted(country, date(2026, 11, 22));
        assert_eq!(counted(Country::TJ), ResistanceFound::RegimenTwo);
        assert_eq!(counted(Country::KZ), ResistanceFound::Failed);
    }

    #[test]
    fn a_pinned_name_is_read_as_the_set_that_wrote_it() {
        for set in DefinitionSet::ALL {
            assert_eq!(DefinitionSet::parse(set.code()), Some(set));
        }
        assert_eq!(DefinitionSet::parse("who-2013-rev-2020"), Some(DefinitionSet::Who2013));
        assert_eq!(DefinitionSet::parse("who-1999"), None);
    }
}
