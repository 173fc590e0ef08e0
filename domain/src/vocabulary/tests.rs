use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Entry, Set, set, sets};
use crate::{case::regimen, language::Language};

/// Letters of the old Tajik fonts, which stand for ҳ ӣ ӯ қ ҷ ғ and are none of the language.
const LEGACY: &str = "ЊњЌќЉљЎўЃѓЇї";

fn legacy(text: &str) -> bool {
    text.chars().any(|letter| LEGACY.contains(letter))
}

mod codes;

fn entries() -> impl Iterator<Item = (&'static Set, &'static Entry)> {
    sets().values().flat_map(|set| set.entries.iter().map(move |entry| (set, entry)))
}

#[test]
fn every_file_of_the_folder_is_read_and_every_code_is_there_once() {
    for set in sets().values() {
        let codes: BTreeSet<_> = set.entries.iter().map(|entry| &entry.code).collect();
        assert!(!codes.is_empty() && codes.len() == set.entries.len(), "{}", set.name);
    }
    assert!(set("no-such-set").is_none());
}

#[test]
fn every_code_has_a_label_in_every_language() {
    for (set, entry) in entries() {
        for language in Language::ALL {
            let label = entry.label(language);
            assert!(!label.trim().is_empty() && label.trim() == label, "{} {}", set.name, entry.code);
            assert!(entry.hint(language).is_none_or(|hint| !hint.trim().is_empty()));
        }
    }
}

#[test]
fn no_tajik_label_is_written_in_the_old_font() {
    assert!(legacy("муњољир") && !legacy("муҳоҷир"), "the control");
    for (set, entry) in entries() {
        let hint = entry.hint(Language::Tg).unwrap_or_default();
        assert!(!legacy(entry.label(Language::Tg)) && !legacy(hint), "{} {}", set.name, entry.code);
    }
}

#[test]
fn a_version_is_a_day() {
    for set in sets().values() {
        assert!(set.version.parse::<Date>().is_ok(), "{}", set.name);
    }
}

#[test]
fn a_warning_of_a_regimen_is_a_code_of_its_own_set() {
    let known = set("regimen-warnings").expect("the set");
    let warnings = regimen::regimens().iter().flat_map(|regimen| &regimen.warnings);
    let preventive = regimen::preventive_regimens().iter().flat_map(|regimen| &regimen.warnings);
    for warning in warnings.chain(preventive) {
        assert!(known.entry(warning).is_some(), "{warning}");
    }
}

#[test]
fn a_wrong_translation_of_the_register_is_not_taken_over() {
    for (set, entry) in entries() {
        let label = entry.label(Language::Ru);
        assert!(!label.contains("компакт-диск") && !label.contains("2013 г."), "{} {}", set.name, entry.code);
    }
}

#[test]
fn what_a_national_register_calls_a_regimen_is_a_code_of_its_own_set() {
    let known = set("register-regimens").expect("the set");
    let named = regimen::regimens().iter().flat_map(|regimen| regimen.national.values().flatten());
    for name in named {
        assert!(known.entry(name).is_some(), "{name}");
    }
}
