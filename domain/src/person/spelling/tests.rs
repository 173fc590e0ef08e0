use serde::Deserialize;

use super::{Birth, NamePart, PersonName, Personal, VERSION, alike, keys, plain};

/// The pairs of `pairs.toml`: what is one name, and what is not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairs {
    version: u32,
    family: Kind,
    given: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    alike: Vec<[String; 2]>,
    different: Vec<[String; 2]>,
}

fn pairs() -> [(NamePart, Kind); 2] {
    let Pairs { version, family, given } = toml::from_str(include_str!("pairs.toml")).unwrap();
    assert_eq!(version, VERSION, "other rules are another version");
    [(NamePart::Family, family), (NamePart::Given, given)]
}

fn same([one, other]: &[String; 2], part: NamePart) -> bool {
    let (one, other) = (Personal::new(one), Personal::new(other));
    assert_eq!(alike(&one, &other, part), alike(&other, &one, part), "it depends on who is asked first");
    alike(&one, &other, part)
}

/// The keys of a person with this text as one of the two names, born in 1991.
fn keys_of(text: &str, part: NamePart) -> Vec<String> {
    let (text, beside) = (Personal::new(text), Personal::new("Сафар"));
    let name = match part {
        NamePart::Family => PersonName { family: text, given: Some(beside), patronymic: None },
        NamePart::Given => PersonName { family: beside, given: Some(text), patronymic: None },
    };
    let all = keys(&[name], (part == NamePart::Family).then_some(Birth::Year { year: 1991 }));
    all.into_iter().collect()
}

#[test]
fn names_that_are_one_are_alike_and_have_the_same_keys() {
    let mut wrong = Vec::new();
    for (part, kind) in pairs() {
        for pair in &kind.alike {
            let found = keys_of(&pair[0], part) == keys_of(&pair[1], part);
            if !same(pair, part) || !found {
                wrong.push((pair.clone(), plain(&pair[0], part), plain(&pair[1], part), found));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_that_are_two_are_not_alike() {
    let mut wrong = Vec::new();
    for (part, kind) in pairs() {
        wrong.extend(kind.different.into_iter().filter(|pair| same(pair, part)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn there_are_pairs_enough_of_both_kinds() {
    let [(_, family), (_, given)] = pairs();
    assert!(family.alike.len() + given.alike.len() >= 60);
    assert!(family.different.len() + given.different.len() >= 20);
}

#[test]
fn a_name_composed_of_letters_and_marks_is_the_same_name() {
    for (composed, decomposed) in
        [("Зӯйев", "Зу\u{304}и\u{306}ев"), ("Ӣсоев", "И\u{304}соев"), ("Şen", "S\u{327}en")]
    {
        assert_eq!(plain(composed, NamePart::Family), plain(decomposed, NamePart::Family), "{composed}");
    }
}

#[test]
fn no_key_is_made_of_one_thing_that_many_share() {
    let name = |given: Option<&str>| PersonName {
        family: Personal::new("Раҳимов"),
        given: given.map(Personal::new),
        patronymic: None,
    };
    assert!(keys(&[name(None)], None).is_empty());
    assert_eq!(keys(&[name(Some("Далер"))], None).len(), 1);
    assert_eq!(keys(&[name(Some("Далер"))], Some(Birth::Year { year: 1991 })).len(), 2);
    let nothing = PersonName { family: Personal::new("123"), given: None, patronymic: None };
    assert!(keys(&[nothing], Some(Birth::Year { year: 1991 })).is_empty());
}

#[test]
fn nothing_but_marks_is_like_nothing() {
    for text in ["", "-", "123", "李"] {
        assert!(!alike(&Personal::new(text), &Personal::new(text), NamePart::Family), "{text}");
    }
}
