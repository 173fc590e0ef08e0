//! What a patient says about themselves, held against the record: spellings differ, letters change at the border.

use any_ascii::any_ascii;
use safar_domain::person::{Birth, DescribePerson, PersonName, Personal, Sex};
use schemars::JsonSchema;
use serde::Serialize;

/// Endings that a border or a passport office adds, drops or turns: Назаров, Назарзода, Nazarova.
const ENDINGS: [&str; 12] =
    ["zoda", "zade", "ovich", "evich", "ovna", "evna", "ova", "eva", "ov", "ev", "in", "ina"];

/// How alike two spellings of a name must be (Jaro–Winkler).
const ALIKE: f64 = 0.92;

/// Whether the family name and the birth year that a patient gives are those of the record, in any of its spellings.
pub fn confirms(description: &DescribePerson, family: &Personal, birth_year: i16) -> bool {
    description.birth.year() == birth_year && description.names.iter().any(|name| alike(&name.family, family))
}

/// Whether two spellings can be those of one name.
fn alike(one: &Personal, other: &Personal) -> bool {
    let (one, other) = (plain(one.reveal()), plain(other.reveal()));
    !other.is_empty() && (one == other || strsim::jaro_winkler(&one, &other) >= ALIKE)
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

/// How far two descriptions agree, if they can be of one person at all: born in one year, with alike family names.
pub fn likeness(own: &DescribePerson, other: &DescribePerson) -> Option<Likeness> {
    let same = |name: &PersonName| confirms(own, &name.family, other.birth.year());
    if !other.names.iter().any(same) {
        return None;
    }
    let sex = |person: &DescribePerson| Some(person.sex).filter(|sex| *sex != Sex::Unknown);
    let told = [
        (Part::FamilyName, Some(true)),
        (Part::BirthYear, Some(true)),
        (Part::GivenName, any_alike(own, other, |name| name.given.as_ref())),
        (Part::Patronymic, any_alike(own, other, |name| name.patronymic.as_ref())),
        (Part::BirthDate, equal(day(own.birth), day(other.birth))),
        (Part::Sex, equal(sex(own), sex(other))),
        (Part::Citizenship, equal(own.citizenship, other.citizenship)),
        (Part::Telephone, number_in_common(own, other).then_some(true)),
    ];
    let parts = |agrees| told.iter().filter(move |(_, said)| *said == Some(agrees)).map(|(part, _)| *part);
    let (agree, differ): (Vec<_>, Vec<_>) = (parts(true).collect(), parts(false).collect());
    let score = u8::try_from(100 * agree.len() / (agree.len() + differ.len())).unwrap_or(100);
    Some(Likeness { score, agree, differ })
}

/// Whether a part of the names agrees in any spelling; nothing where one of the two has none.
fn any_alike(
    own: &DescribePerson,
    other: &DescribePerson,
    part: fn(&PersonName) -> Option<&Personal>,
) -> Option<bool> {
    let (own, other): (Vec<_>, Vec<_>) =
        (own.names.iter().filter_map(part).collect(), other.names.iter().filter_map(part).collect());
    let found = own.iter().any(|one| other.iter().any(|another| alike(one, another)));
    (!own.is_empty() && !other.is_empty()).then_some(found)
}

fn equal<T: PartialEq>(own: Option<T>, other: Option<T>) -> Option<bool> {
    Some(own? == other?)
}

fn day(birth: Birth) -> Option<jiff::civil::Date> {
    if let Birth::Day { date } = birth { Some(date) } else { None }
}

/// The last seven digits are the line; what stands before is written in many ways.
fn number_in_common(own: &DescribePerson, other: &DescribePerson) -> bool {
    let line = |number: &Personal| {
        let digits: Vec<char> = number.reveal().chars().filter(char::is_ascii_digit).collect();
        digits.len().checked_sub(7).map(|from| digits[from..].to_vec())
    };
    let lines: Vec<_> = own.telephones.iter().filter_map(line).collect();
    other.telephones.iter().filter_map(line).any(|number| lines.contains(&number))
}

/// Letters that passports write in more than one way: Қурбонов is Qurbonov and Kurbonov, Ҷӯраев is Juraev and Dzhuraev.
const SPELLINGS: [(&str, &str); 10] = [
    ("dzh", "j"),
    ("zh", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("sh", "s"),
    ("ch", "c"),
    ("q", "k"),
    ("x", "h"),
    ("y", "i"),
    ("w", "v"),
];

/// Small Latin letters alone, in one spelling and without the ending.
fn plain(name: &str) -> String {
    let latin = any_ascii(name).to_ascii_lowercase();
    let letters: String = latin.chars().filter(char::is_ascii_lowercase).collect();
    let letters = SPELLINGS.iter().fold(letters, |letters, (written, plain)| letters.replace(written, plain));
    let stem = ENDINGS.iter().find_map(|ending| letters.strip_suffix(ending)).filter(|stem| stem.len() >= 3);
    stem.unwrap_or(&letters).to_owned()
}

#[cfg(test)]
mod tests {
    use safar_domain::person::{Birth, DescribePerson, PersonName, Personal, Sex};

    use super::{Part, confirms, likeness};

    fn person(family: &str) -> DescribePerson {
        let name = PersonName { family: Personal::new(family), given: None, patronymic: None };
        let birth = Birth::Year { year: 1991 };
        DescribePerson { names: vec![name], birth, sex: Sex::Male, citizenship: None, telephones: vec![] }
    }

    #[test]
    fn a_name_is_recognised_across_scripts_and_endings() {
        for (written, said) in [
            ("Назаров", "Nazarov"),
            ("Назаров", "Назарзода"),
            ("Қурбонов", "Kurbonov"),
            ("Қурбонова", "Қурбонов"),
            ("Ҷӯраев", "Dzhuraev"),
            ("Әбдіқадыров", "Abdiqadyrov"),
        ] {
            assert!(confirms(&person(written), &Personal::new(said), 1991), "{written} {said}");
        }
    }

    #[test]
    fn another_name_another_year_and_nothing_at_all_confirm_nothing() {
        let record = person("Назаров");
        for (said, year) in [("Раҳимов", 1991), ("Назаров", 1992), ("", 1991), ("Н", 1991), ("123", 1991)]
        {
            assert!(!confirms(&record, &Personal::new(said), year), "{said} {year}");
        }
    }

    fn described(family: &str, given: Option<&str>, telephones: &[&str]) -> DescribePerson {
        let mut person = person(family);
        person.names[0].given = given.map(Personal::new);
        person.telephones = telephones.iter().copied().map(Personal::new).collect();
        person
    }

    #[test]
    fn a_likeness_says_which_parts_agree_and_which_do_not() {
        let own = described("Назаров", Some("Далер"), &["+992 900 00 00 01"]);
        let found = likeness(&own, &described("Nazarzoda", Some("Daler"), &["900000001"])).unwrap();
        let agree = [Part::FamilyName, Part::BirthYear, Part::GivenName, Part::Sex, Part::Telephone];
        assert_eq!((found.score, found.agree.as_slice(), found.differ.len()), (100, &agree[..], 0));
        let brother = likeness(&own, &described("Назаров", Some("Фируз"), &[])).unwrap();
        assert_eq!((brother.score, brother.differ), (75, vec![Part::GivenName]));
    }

    #[test]
    fn who_has_another_name_or_was_born_in_another_year_is_not_alike() {
        let own = person("Назаров");
        assert_eq!(likeness(&own, &person("Раҳимов")), None);
        let younger = DescribePerson { birth: Birth::Year { year: 1992 }, ..person("Назаров") };
        assert_eq!(likeness(&own, &younger), None);
    }
}
