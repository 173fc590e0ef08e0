//! Sets of definitions: which one a country used on a day. A decision pins the set it was made under, so that an old case
//! is judged by the rules of its day.

use jiff::civil::{Date, date};

use crate::ids::Country;

/// A set of case and outcome definitions, from old to new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefinitionSet {
    /// The reporting framework of 2013: registration groups, and outcomes apart for drug-resistant disease (OLD13, W13).
    Who2013,
    /// The outcome definitions of 2021, the same for susceptible and resistant disease (LINH, KSP-1973).
    Who2021,
    /// The framework as issued again in 2024: recurrent and re-registered; outcomes as in 2021 (WHO TB DAK).
    Who2024,
}

/// From which day a country, or every country that has no row of its own, uses a set; the later row wins. The outcome
/// definitions of 2021 were announced on 8 April 2021 (TBON). When a country took a set up by order is [unverified]: it
/// gets its row here when its order is known.
const IN_FORCE: &[(Option<Country>, Date, DefinitionSet)] = &[
    (None, date(2013, 3, 1), DefinitionSet::Who2013),
    (None, date(2021, 4, 8), DefinitionSet::Who2021),
    (None, date(2024, 1, 1), DefinitionSet::Who2024),
];

impl DefinitionSet {
    /// Every set.
    pub const ALL: [Self; 3] = [Self::Who2013, Self::Who2021, Self::Who2024];

    /// The set that a country uses on a day.
    pub fn of(country: Country, on: Date) -> Self {
        in_force(IN_FORCE, country, on)
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

/// A day before every row is judged by the oldest set.
fn in_force(rows: &[(Option<Country>, Date, DefinitionSet)], country: Country, on: Date) -> DefinitionSet {
    let of = |whose: Option<Country>| {
        let begun = rows.iter().filter(move |(who, from, _)| *who == whose && *from <= on);
        begun.max_by_key(|(_, from, _)| *from).map(|(.., set)| *set)
    };
    of(Some(country)).or_else(|| of(None)).unwrap_or(DefinitionSet::Who2013)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{DefinitionSet, in_force};
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
    fn a_country_with_a_row_of_its_own_goes_by_it_and_the_others_do_not() {
        let rows = [
            (None, date(2021, 4, 8), DefinitionSet::Who2021),
            (Some(Country::TJ), date(2014, 1, 1), DefinitionSet::Who2013),
            (Some(Country::TJ), date(2023, 1, 1), DefinitionSet::Who2021),
        ];
        let on = |country, day| in_force(&rows, country, day);
        assert_eq!(on(Country::TJ, date(2022, 1, 1)), DefinitionSet::Who2013);
        assert_eq!(on(Country::KZ, date(2022, 1, 1)), DefinitionSet::Who2021);
        assert_eq!(on(Country::TJ, date(2023, 1, 1)), DefinitionSet::Who2021);
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
