//! Which rule holds where, and since when: the rows of `domain/reference/definitions.toml`, compiled in.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    case::definitions::{DefinitionSet, ResistanceFound},
    ids::Country,
};

const FILE: &str = include_str!("../reference/definitions.toml");

/// What holds in a country, or in every country without a row of its own, from a day on; its source is for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Row<T> {
    country: Option<Country>,
    since: Date,
    #[serde(flatten)]
    holds: T,
}

/// A set of definitions of tuberculosis.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Definitions {
    pub(crate) set: DefinitionSet,
}

/// How rifampicin resistance under first-line drugs counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Counting {
    pub(crate) counts: ResistanceFound,
}

/// The name of a set of boundaries in HIV care.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct HivSet {
    pub(crate) set: String,
}

/// Days for which something stays fresh.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Days {
    pub(crate) days: i32,
}

#[cfg(test)]
impl<T> Row<T> {
    pub(crate) fn holds(&self) -> &T {
        &self.holds
    }
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tables {
    pub(crate) definitions: Vec<Row<Definitions>>,
    pub(crate) rifampicin_resistance: Vec<Row<Counting>>,
    pub(crate) hiv: Vec<Row<HivSet>>,
    pub(crate) screening_age: Vec<Row<Days>>,
}

/// The file, read once; one that cannot be read fails every test and never a request.
pub(crate) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> =
        LazyLock::new(|| toml::from_str(FILE).unwrap_or_else(|fault| panic!("definitions.toml: {fault}")));
    &TABLES
}

/// What holds in a country on a day: its own latest row that has begun, else the latest of every country.
pub(crate) fn at<T>(rows: &[Row<T>], country: Country, on: Date) -> Option<&T> {
    let of = |whose: Option<Country>| {
        let begun = rows.iter().filter(move |row| row.country == whose && row.since <= on);
        begun.max_by_key(|row| row.since).map(|row| &row.holds)
    };
    of(Some(country)).or_else(|| of(None))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Days, FILE, Row, at};
    use crate::ids::Country;

    fn row(country: Option<Country>, since: Date, days: i32) -> Row<Days> {
        Row { country, since, holds: Days { days } }
    }

    #[test]
    fn a_country_with_a_row_of_its_own_goes_by_it_and_the_others_do_not() {
        let rows = [
            row(None, date(2021, 4, 8), 1),
            row(Some(Country::TJ), date(2014, 1, 1), 2),
            row(Some(Country::TJ), date(2023, 1, 1), 3),
        ];
        let on = |country, day| at(&rows, country, day).map(|found| found.days);
        assert_eq!(on(Country::TJ, date(2022, 1, 1)), Some(2));
        assert_eq!(on(Country::KZ, date(2022, 1, 1)), Some(1));
        assert_eq!(on(Country::TJ, date(2023, 1, 1)), Some(3));
        assert_eq!(on(Country::KZ, date(2020, 1, 1)), None, "before every row");
    }

    /// The rows without a source, and words that no row has.
    fn faults(text: &str) -> Vec<String> {
        const KNOWN: [&str; 7] = ["country", "since", "source", "unverified", "set", "counts", "days"];
        let file: toml::Table = text.parse().expect("a file of tables");
        let rows =
            file.values().filter_map(toml::Value::as_array).flatten().filter_map(toml::Value::as_table);
        let said = |row: &toml::Table| {
            row.get("source").and_then(toml::Value::as_str).is_some_and(|said| !said.trim().is_empty())
        };
        let sound = |row: &&toml::Table| said(row) && row.keys().all(|key| KNOWN.contains(&key.as_str()));
        rows.filter(|row| !sound(row)).map(ToString::to_string).collect()
    }

    #[test]
    fn every_row_names_its_source_and_nothing_that_no_rule_reads() {
        assert_eq!(faults(FILE), Vec::<String>::new());
        let row = "[[hiv]]\nset = \"a\"\nsince = \"2020-01-01\"\n";
        assert_eq!(faults(row).len(), 1, "without a source");
        assert_eq!(faults(&format!("{row}source = \"VL23\"\ncounty = \"TJ\"")).len(), 1, "mistyped");
    }
}
