//! The time zone of a worker: that of the capital of the organisation's country.

use jiff::tz::TimeZone;
use safar_domain::ids::Country;

/// The zone by which a worker's days are counted. The database of zones is compiled in, for Kazakhstan changed its
/// clocks on 1 March 2024 and a machine may not know it.
pub(super) fn of(country: Country) -> TimeZone {
    let name = match country.as_str() {
        "KZ" => "Asia/Almaty",
        "KG" => "Asia/Bishkek",
        "RU" => "Europe/Moscow",
        "UZ" => "Asia/Tashkent",
        _ => "Asia/Dushanbe",
    };
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn kazakhstan_has_counted_its_hours_from_utc_plus_five_since_march_2024() {
        let offset = |day: jiff::civil::Date| {
            let noon = day.at(12, 0, 0, 0).to_zoned(of(Country::KZ)).unwrap();
            noon.offset().seconds() / 3600
        };
        assert_eq!(offset(date(2024, 2, 1)), 6);
        assert_eq!(offset(date(2024, 4, 1)), 5);
    }
}
