//! The numbers that programmes set differently, as data: a record is judged by the set that was pinned when it was opened,
//! and an outcome that rests on the numbers pins it too. Which set holds where is in `domain/reference/definitions.toml`.

use jiff::civil::Date;

use crate::{ids::Country, in_force};

/// The boundaries by which an HIV record is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HivDefinitions {
    /// The name that a record pins.
    pub code: &'static str,
    /// Copies per millilitre up to which a detected viral load counts as suppressed.
    pub suppressed_copies: u32,
    /// Whether exactly that many copies are suppressed still.
    pub boundary_is_suppressed: bool,
    /// Days since the last missed visit after which a patient is lost.
    pub lost_after_days: i32,
    /// Whether exactly that many days are enough.
    pub boundary_is_lost: bool,
    /// Days between two viral loads that together show failure: about three months (WHO SMART HIV, D.DE228).
    pub failure_interval_days: i32,
    /// Whether exactly six months of medicine belong to the upper class (WHO SMART HIV, DSD.1 leaves it open).
    pub six_months_are_many: bool,
    /// Days after which an inconclusive test is repeated (WHO HTS).
    pub retest_after_days: i32,
    /// Days within which a result should have been told. A reminder and never a rule: no source gives it.
    pub result_told_within_days: i32,
    /// Months from the start of ART to the first viral load, and between later ones. A reminder: no source gives them.
    pub viral_load_months: (i32, i32),
}

/// The set by which a name is judged that is known no longer.
pub const CURRENT: &str = "who-vl-2023";

/// Every set: the WHO brief on viral suppression of 2023 counts 1000 copies as suppressed; the WHO SMART HIV content does
/// not (D.DE388), and there a patient is lost after more than 28 days (D.DE652) instead of from the 28th (H.DE42).
pub const ALL: &[HivDefinitions] = &[
    WHO_VL_2023,
    HivDefinitions {
        code: "who-smart-hiv",
        boundary_is_suppressed: false,
        boundary_is_lost: false,
        ..WHO_VL_2023
    },
];

const WHO_VL_2023: HivDefinitions = HivDefinitions {
    code: CURRENT,
    suppressed_copies: 1000,
    boundary_is_suppressed: true,
    lost_after_days: 28,
    boundary_is_lost: true,
    failure_interval_days: 84,
    six_months_are_many: true,
    retest_after_days: 14,
    result_told_within_days: 7,
    viral_load_months: (6, 12),
};

/// The set that a record pins which begins in a country on a day.
pub fn of(country: Country, on: Date) -> &'static HivDefinitions {
    in_force::at(&in_force::tables().hiv, country, on).map_or(&WHO_VL_2023, |row| named(&row.set))
}

/// The set of this name; one that is no longer known is judged by the present one.
pub fn named(code: &str) -> &'static HivDefinitions {
    ALL.iter().find(|set| set.code == code).unwrap_or(&WHO_VL_2023)
}

/// Days from one day to another.
pub fn days_between(from: Date, until: Date) -> i32 {
    from.until(until).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{ALL, CURRENT, named, of};
    use crate::{ids::Country, in_force};

    #[test]
    fn a_record_pins_the_set_of_its_day() {
        assert_eq!(of(Country::KZ, date(2023, 6, 30)).code, "who-smart-hiv");
        assert_eq!(of(Country::KZ, date(2023, 7, 1)).code, "who-vl-2023");
    }

    #[test]
    fn every_set_that_is_named_for_a_country_has_its_numbers() {
        for row in &in_force::tables().hiv {
            assert_eq!(named(&row.holds().set).code, row.holds().set);
        }
    }

    #[test]
    fn every_set_has_a_name_of_its_own_and_the_current_one_is_among_them() {
        assert_eq!(named(CURRENT).code, CURRENT);
        for set in ALL {
            assert_eq!(named(set.code), set);
        }
    }
}
