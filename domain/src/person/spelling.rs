//! One name in many spellings: Cyrillic of four alphabets, Latin of passports, endings that a border adds or drops.
//!
//! A name is brought into plain Latin letters first. Two names are compared letter by letter, where letters that are
//! exchanged for each other (a vowel for a vowel, г for ҳ, ф for п) weigh little. For an index, which can only ask whether
//! two texts are the same, a name becomes a skeleton of its consonants, in which such letters are one.
//!
//! What stands in an index was made by one version of these rules, so each change of them raises [`VERSION`].

use std::collections::BTreeSet;

use super::{Birth, PersonName, Personal};

/// The version of the rules by which names become plain and get their keys.
pub const VERSION: u32 = 1;

/// From this on two names are taken for one; of ten letters, one other consonant or five other vowels.
const ALIKE: f64 = 0.84;
/// What is exchanged for each other at every border.
const NEAR: f64 = 0.3;
/// A vowel that is there or not.
const VOWEL: f64 = 0.4;

/// Letters that passports write in more than one way, in this order: Ҷӯраев is Juraev and Dzhuraev, Алексей is Alexey.
const DIGRAPHS: [(&str, &str); 22] = [
    ("alex", "aleks"),
    ("maxim", "maksim"),
    ("oxana", "oksana"),
    ("shch", "s"),
    ("sch", "s"),
    ("dzh", "j"),
    ("dj", "j"),
    ("zh", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("sh", "s"),
    ("ch", "c"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("ng", "n"),
    ("ou", "u"),
    ("q", "k"),
    ("x", "h"),
    ("w", "v"),
    ("y", "i"),
    ("tz", "ts"),
];

/// Endings of family names and patronymics: Назаров, Назарова, Назарзода, Раҳимӣ, Саидович.
const ENDINGS: [&str; 24] = [
    "ovic", "evic", "ovna", "evna", "zoda", "zade", "zada", "ogli", "ugli", "ulu", "kizi", "gizi", "ova",
    "eva", "ov", "ev", "of", "ef", "skii", "skaia", "ski", "ina", "in", "i",
];

/// What is added to a given name out of courtesy: Далерҷон.
const COURTESIES: [&str; 2] = ["jon", "jan"];

/// Iotated vowels, which are written as one letter or as two.
const IOTATED: [(&str, &str); 4] = [("ia", "a"), ("ie", "e"), ("io", "o"), ("iu", "u")];

/// Which part of a name a text is: only family names and patronymics have endings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamePart {
    /// The name of the family, or what the father is called.
    Family,
    /// One's own name.
    Given,
}

/// Whether two spellings can be those of one name.
pub fn alike(one: &Personal, other: &Personal, part: NamePart) -> bool {
    let (one, other) = (plain(one.reveal(), part), plain(other.reveal(), part));
    let longer = one.len().max(other.len());
    let length = f64::from(u32::try_from(longer).unwrap_or(u32::MAX));
    !one.is_empty() && !other.is_empty() && 1.0 - distance(&one, &other) / length >= ALIKE
}

/// The keys under which a person can be looked up: the family name with the year of birth, and with the given name. None of
/// them is a name alone, which many share.
pub fn keys(names: &[PersonName], birth: Option<Birth>) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for name in names {
        let family = skeleton(&name.family, NamePart::Family);
        let given = name.given.as_ref().map(|given| skeleton(given, NamePart::Given));
        if family.is_empty() {
            continue;
        }
        keys.extend(birth.map(|birth| format!("{VERSION} family {family} born {}", birth.year())));
        let given = given.filter(|given| !given.is_empty());
        keys.extend(given.map(|given| format!("{VERSION} family {family} given {given}")));
    }
    keys
}

/// Small Latin letters alone, in one spelling and without what comes and goes at the end.
fn plain(name: &str, part: NamePart) -> String {
    let letters: String = name.chars().flat_map(char::to_lowercase).map(latin).collect();
    let letters = replaced(letters, &DIGRAPHS);
    let letters = single(&letters);
    let endings: &[&str] = if part == NamePart::Family { &ENDINGS } else { &COURTESIES };
    let stem = endings.iter().find_map(|ending| letters.strip_suffix(ending));
    let stem = stem.filter(|stem| stem.len() >= 3).unwrap_or(&letters).to_owned();
    single(&replaced(stem, &IOTATED))
}

fn replaced(text: String, table: &[(&str, &str)]) -> String {
    table.iter().fold(text, |text, (written, plain)| text.replace(written, plain))
}

/// Each letter once where it stands twice.
fn single(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}

/// The first letter and the consonants; letters that are exchanged for each other are one.
fn skeleton(name: &Personal, part: NamePart) -> String {
    let plain = plain(name.reveal(), part);
    let first = plain.chars().take(1).map(class);
    let rest = plain.chars().skip(1).filter(|letter| !vowel(*letter)).map(class);
    let skeleton: String = first.chain(rest).collect();
    // Абдуллоҳ is Абдулла.
    if skeleton.len() > 2 { skeleton.trim_end_matches('h').to_owned() } else { skeleton }
}

fn vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn class(letter: char) -> char {
    match letter {
        'e' | 'i' | 'o' | 'u' => 'a',
        'g' => 'h',
        'f' | 'b' => 'p',
        'd' => 't',
        'z' => 's',
        other => other,
    }
}

/// How far two plain names are apart, in letters (Levenshtein's distance, with weights).
fn distance(one: &str, other: &str) -> f64 {
    let other: Vec<char> = other.chars().collect();
    let alone = |letter: char| if vowel(letter) { VOWEL } else { 1.0 };
    let mut row = vec![0.0];
    for letter in &other {
        row.push(row[row.len() - 1] + alone(*letter));
    }
    for letter in one.chars() {
        let mut next = vec![row[0] + alone(letter)];
        for (at, against) in other.iter().enumerate() {
            let exchanged = row[at] + exchange(letter, *against);
            let dropped = row[at + 1] + alone(letter);
            let added = next[at] + alone(*against);
            next.push(exchanged.min(dropped).min(added));
        }
        row = next;
    }
    row[other.len()]
}

fn exchange(letter: char, against: char) -> f64 {
    if letter == against {
        0.0
    } else if class(letter) == class(against) {
        NEAR
    } else {
        1.0
    }
}

/// A small letter in Latin; what is no letter is nothing.
fn latin(letter: char) -> &'static str {
    match letter {
        'a'..='z' => {
            const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";
            let at = (letter as usize) - ('a' as usize);
            &ALPHABET[at..=at]
        }
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'æ' | 'ə' | 'а' | 'ә' => "a",
        'б' => "b",
        'ç' | 'ć' | 'č' | 'ч' => "c",
        'ð' | 'đ' | 'д' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'е' | 'ё' | 'э' | 'є' => "e",
        'ф' => "f",
        'ğ' | 'ģ' | 'ǧ' | 'г' | 'ғ' | 'ґ' => "g",
        'х' | 'ҳ' | 'һ' | 'ḥ' => "h",
        'ì'..='ï' | 'ī' | 'į' | 'ı' | 'и' | 'й' | 'ӣ' | 'ы' | 'і' | 'ї' => "i",
        'ж' | 'җ' | 'ҷ' => "j",
        'к' | 'қ' => "k",
        'ł' | 'л' => "l",
        'м' => "m",
        'ñ' | 'ń' | 'ň' | 'ŋ' | 'н' | 'ң' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'о' | 'ө' => "o",
        'п' => "p",
        'ř' | 'р' => "r",
        'ş' | 'š' | 'ś' | 'с' | 'ш' | 'щ' => "s",
        'ţ' | 'ť' | 'т' => "t",
        'ц' => "ts",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ŭ' | 'у' | 'ү' | 'ұ' | 'ӯ' | 'ў' => "u",
        'в' => "v",
        'ý' | 'ÿ' => "y",
        'ž' | 'ź' | 'ż' | 'з' => "z",
        'ю' => "iu",
        'я' => "ia",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
