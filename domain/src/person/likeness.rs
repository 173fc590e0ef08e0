//! How far two descriptions agree, part by part, so that a worker can see why two records may be of one person.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Birth, DescribePerson, PersonName, Personal, Sex,
    spelling::{NamePart, alike},
};
use crate::ids::Country;

/// Years by which the year of birth of one person may differ between two records.
const YEARS_APART: i16 = 2;

/// Whether the family name and the birth year that a patient gives are those of the record, in any of its spellings.
pub fn confirms(description: &DescribePerson, family: &Personal, birth_year: i16) -> bool {
    let same = |name: &PersonName| alike(&name.family, family, NamePart::Family);
    description.birth.year() == birth_year && description.names.iter().any(same)
}

/// A part of a description that two records may have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DescriptionPart", extend("x-vocabulary" = "description-parts"))]
pub enum Part {
    /// Alike in one of the spellings.
    FamilyName,
    /// Alike in one of the spellings.
    GivenName,
    /// Alike in one of the spellings.
    Patronymic,
    /// The same year.
    BirthYear,
    /// The same day, where both know it.
    BirthDate,
    /// The same day, where one of the two has written day and month the other way round.
    BirthDateSwapped,
    /// The same, where both know it.
    Sex,
    /// The same, where both know it.
    Citizenship,
    /// A number in common; that there is none says nothing.
    Telephone,
}

/// How far two descriptions agree, part by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Likeness {
    /// Of the parts that both have, so many in a hundred agree.
    pub score: u8,
    /// The parts that agree.
    pub agree: Vec<Part>,
    /// The parts that do not.
    pub differ: Vec<Part>,
}

/// What is known of somebody who may have a record.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    /// Names in any spelling.
    pub names: &'a [PersonName],
    /// When born, if that is known.
    pub birth: Option<Birth>,
    /// Female, male or unknown.
    pub sex: Sex,
    /// Citizenship.
    pub citizenship: Option<Country>,
    /// Telephone numbers.
    pub telephones: &'a [Personal],
}

impl<'a> From<&'a DescribePerson> for Sought<'a> {
    fn from(person: &'a DescribePerson) -> Self {
        let DescribePerson { names, birth, sex, citizenship, telephones } = person;
        Self { names, birth: Some(*birth), sex: *sex, citizenship: *citizenship, telephones }
    }
}

/// How far a record agrees with what is known of somebody, if it can be of one person at all: the family names are alike,
/// and the year of birth is the same, or the given names are alike and no year speaks against it.
pub fn likeness(own: &DescribePerson, sought: Sought<'_>) -> Option<Likeness> {
    let family = any_alike(own, sought, NamePart::Family, |name| Some(&name.family));
    let given = any_alike(own, sought, NamePart::Given, |name| name.given.as_ref());
    let years = sought.birth.map(|birth| birth.year().abs_diff(own.birth.year()));
    let near = years.is_none_or(|years| years <= YEARS_APART.unsigned_abs());
    if family != Some(true) || (years != Some(0) && !(near && given == Some(true))) {
        return None;
    }
    let sex = |sex: Sex| Some(sex).filter(|sex| *sex != Sex::Unknown);
    let (date, swapped) = (day(own.birth), sought.birth.and_then(day));
    let turned = date.zip(swapped).is_some_and(|(own, other)| turned(own) == Some(other) && own != other);
    let told = [
        (Part::FamilyName, family),
        (Part::BirthYear, years.map(|years| years == 0)),
        (Part::GivenName, given),
        (Part::Patronymic, any_alike(own, sought, NamePart::Family, |name| name.patronymic.as_ref())),
        (Part::BirthDate, equal(date, swapped).filter(|_| !turned)),
        (Part::BirthDateSwapped, turned.then_some(true)),
        (Part::Sex, equal(sex(own.sex), sex(sought.sex))),
        (Part::Citizenship, equal(own.citizenship, sought.citizenship)),
        (Part::Telephone, number_in_common(own, sought).then_some(true)),
    ];
    let parts = |agrees| told.iter().filter(move |(_, said)| *said == Some(agrees)).map(|(part, _)| *part);
    let (agree, differ): (Vec<_>, Vec<_>) = (parts(true).collect(), parts(false).collect());
    let score = u8::try_from(100 * agree.len() / (agree.len() + differ.len())).unwrap_or(100);
    Some(Likeness { score, agree, differ })
}

/// Whether a part of the names agrees in any spelling; nothing where one of the two has none.
fn any_alike(
    own: &DescribePerson,
    sought: Sought<'_>,
    kind: NamePart,
    part: fn(&PersonName) -> Option<&Personal>,
) -> Option<bool> {
    let (own, other): (Vec<_>, Vec<_>) =
        (own.names.iter().filter_map(part).collect(), sought.names.iter().filter_map(part).collect());
    let found = own.iter().any(|one| other.iter().any(|another| alike(one, another, kind)));
    (!own.is_empty() && !other.is_empty()).then_some(found)
}

fn equal<T: PartialEq>(own: Option<T>, other: Option<T>) -> Option<bool> {
    Some(own? == other?)
}

fn day(birth: Birth) -> Option<Date> {
    if let Birth::Day { date } = birth { Some(date) } else { None }
}

/// The date whose day and month were taken for each other, if there is one.
fn turned(date: Date) -> Option<Date> {
    Date::new(date.year(), date.day(), date.month()).ok()
}

/// The last seven digits are the line; what stands before is written in many ways.
fn number_in_common(own: &DescribePerson, sought: Sought<'_>) -> bool {
    let line = |number: &Personal| {
        let digits: Vec<char> = number.reveal().chars().filter(char::is_ascii_digit).collect();
        digits.len().checked_sub(7).map(|from| digits[from..].to_vec())
    };
    let lines: Vec<_> = own.telephones.iter().filter_map(line).collect();
    sought.telephones.iter().filter_map(line).any(|number| lines.contains(&number))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Birth, DescribePerson, Part, PersonName, Personal, Sex, Sought, confirms, likeness};

    fn person(family: &str) -> DescribePerson {
        let name = PersonName { family: Personal::new(family), given: None, patronymic: None };
        let birth = Birth::Year { year: 1991 };
        DescribePerson { names: vec![name], birth, sex: Sex::Male, citizenship: None, telephones: vec![] }
    }

    fn described(family: &str, given: Option<&str>, telephones: &[&str]) -> DescribePerson {
        let mut person = person(family);
        person.names[0].given = given.map(Personal::new);
        person.telephones = telephones.iter().copied().map(Personal::new).collect();
        person
    }

    #[test]
    fn another_name_another_year_and_nothing_at_all_confirm_nothing() {
        let record = person("Назаров");
        assert!(confirms(&record, &Personal::new("Назарзода"), 1991));
        for (said, year) in [("Раҳимов", 1991), ("Назаров", 1992), ("", 1991), ("Н", 1991), ("123", 1991)]
        {
            assert!(!confirms(&record, &Personal::new(said), year), "{said} {year}");
        }
    }

    #[test]
    fn a_likeness_says_which_parts_agree_and_which_do_not() {
        let own = described("Назаров", Some("Далер"), &["+992 900 00 00 01"]);
        let other = described("Nazarzoda", Some("Daler"), &["900000001"]);
        let found = likeness(&own, Sought::from(&other)).unwrap();
        let agree = [Part::FamilyName, Part::BirthYear, Part::GivenName, Part::Sex, Part::Telephone];
        assert_eq!((found.score, found.agree.as_slice(), found.differ.len()), (100, &agree[..], 0));
        let brother = described("Назаров", Some("Фируз"), &[]);
        let brother = likeness(&own, Sought::from(&brother)).unwrap();
        assert_eq!((brother.score, brother.differ), (75, vec![Part::GivenName]));
    }

    #[test]
    fn who_has_another_name_or_was_born_in_another_year_is_not_alike() {
        let own = person("Назаров");
        assert_eq!(likeness(&own, Sought::from(&person("Раҳимов"))), None);
        let younger = DescribePerson { birth: Birth::Year { year: 1992 }, ..person("Назаров") };
        assert_eq!(likeness(&own, Sought::from(&younger)), None);
    }

    #[test]
    fn a_year_may_be_unknown_or_a_little_off_where_the_given_name_agrees() {
        let own = described("Назаров", Some("Далер"), &[]);
        let unknown = Sought { birth: None, ..Sought::from(&own) };
        assert_eq!(likeness(&own, unknown).unwrap().score, 100);
        let off = |year| Sought { birth: Some(Birth::Year { year }), ..Sought::from(&own) };
        assert_eq!(likeness(&own, off(1993)).unwrap().differ, [Part::BirthYear]);
        assert_eq!(likeness(&own, off(1994)), None);
        let nameless = person("Назаров");
        assert_eq!(likeness(&nameless, Sought { birth: None, ..Sought::from(&nameless) }), None);
    }

    #[test]
    fn day_and_month_may_be_taken_for_each_other() {
        let born = |date| DescribePerson { birth: Birth::Day { date }, ..person("Назаров") };
        let own = born(date(1991, 3, 4));
        let agree = |date| likeness(&own, Sought::from(&born(date))).unwrap().agree;
        assert!(agree(date(1991, 4, 3)).contains(&Part::BirthDateSwapped));
        assert!(agree(date(1991, 3, 4)).contains(&Part::BirthDate));
        let other = agree(date(1991, 5, 3));
        assert!(!other.contains(&Part::BirthDate) && !other.contains(&Part::BirthDateSwapped));
        // The thirteenth month is nobody's.
        assert!(!agree(date(1991, 3, 13)).contains(&Part::BirthDateSwapped));
    }
}
