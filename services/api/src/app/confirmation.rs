//! What a patient says about themselves, held against the record: spellings differ, letters change at the border.

use any_ascii::any_ascii;
use safar_domain::person::{DescribePerson, Personal};

/// Endings that a border or a passport office adds, drops or turns: Назаров, Назарзода, Nazarova.
const ENDINGS: [&str; 12] =
    ["zoda", "zade", "ovich", "evich", "ovna", "evna", "ova", "eva", "ov", "ev", "in", "ina"];

/// How alike two spellings of a name must be (Jaro–Winkler).
const ALIKE: f64 = 0.92;

/// Whether the family name and the birth year that a patient gives are those of the record, in any of its spellings.
pub fn confirms(description: &DescribePerson, family: &Personal, birth_year: i16) -> bool {
    let said = plain(family.reveal());
    let alike = |written: &Personal| {
        let written = plain(written.reveal());
        written == said || strsim::jaro_winkler(&written, &said) >= ALIKE
    };
    !said.is_empty()
        && description.birth.year() == birth_year
        && description.names.iter().any(|name| alike(&name.family))
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

    use super::confirms;

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
}
