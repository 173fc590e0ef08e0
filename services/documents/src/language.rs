//! Where the words of the papers are, in each language.

pub use safar_domain::language::{Language, UnknownLanguage};

/// The words of the papers in a language, as TOML; the same keys in each.
pub(crate) const fn labels(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../labels/en.toml"),
        Language::Ru => include_str!("../labels/ru.toml"),
        Language::Tg => include_str!("../labels/tg.toml"),
        Language::Kk => include_str!("../labels/kk.toml"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Language, labels};
    use crate::fonts::printable;

    type Labels = BTreeMap<String, BTreeMap<String, String>>;

    fn parsed(text: &str) -> Labels {
        toml::from_str(text).expect("labels are sections of texts")
    }

    /// What one file has and the other has not.
    fn differences(one: &Labels, other: &Labels) -> Vec<String> {
        let keys = |labels: &Labels| -> BTreeSet<String> {
            let of = |(section, texts): (&String, &BTreeMap<String, String>)| {
                texts.keys().map(|key| format!("{section}.{key}")).collect::<Vec<_>>()
            };
            labels.iter().flat_map(of).collect()
        };
        keys(one).symmetric_difference(&keys(other)).cloned().collect()
    }

    #[test]
    fn every_language_has_the_same_words() {
        let english = parsed(labels(Language::En));
        for language in Language::ALL {
            assert_eq!(differences(&english, &parsed(labels(language))), Vec::<String>::new(), "{language}");
        }
    }

    #[test]
    fn a_word_that_one_language_lacks_would_be_found() {
        let (one, other) = (parsed("[page]\na = 'x'\nb = 'y'"), parsed("[page]\na = 'x'"));
        assert_eq!(differences(&one, &other), ["page.b"]);
        assert_eq!(differences(&other, &one), ["page.b"]);
    }

    #[test]
    fn every_word_is_there_and_can_be_printed() {
        for language in Language::ALL {
            for (section, texts) in parsed(labels(language)) {
                for (key, text) in texts {
                    assert!(
                        !text.trim().is_empty() && text.chars().all(printable),
                        "{language} {section}.{key}"
                    );
                }
            }
        }
    }

    /// Letters of old Tajik fonts, and the spelling of муҳр and муҳлат that was given up.
    fn outdated(text: &str) -> bool {
        text.to_lowercase().contains("мӯҳ") || text.chars().any(|letter| "ЊњЌќЉљЎўЃѓЇї".contains(letter))
    }

    #[test]
    fn tajik_is_printed_in_its_own_letters_and_as_it_is_spelt_today() {
        assert!(outdated("Мӯҳр ва имзо") && outdated("муњољир") && !outdated("муҳоҷир, рӯҳӣ"), "the control");
        for (section, texts) in parsed(labels(Language::Tg)) {
            for (key, text) in texts {
                assert!(!outdated(&text), "{section}.{key}: {text}");
            }
        }
    }
}
