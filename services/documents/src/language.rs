//! The languages of the corridor, and where their words are.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language that papers are printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
    /// Tajik.
    Tg,
    /// Kazakh.
    Kk,
}

/// The text names no language that papers are printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("papers are printed in en, ru, tg and kk")]
pub struct UnknownLanguage;

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::En, Self::Ru, Self::Tg, Self::Kk];

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
            Self::Tg => "tg",
            Self::Kk => "kk",
        }
    }

    /// The words of its papers, as TOML; the same keys in each language.
    pub(crate) const fn labels(self) -> &'static str {
        match self {
            Self::En => include_str!("../labels/en.toml"),
            Self::Ru => include_str!("../labels/ru.toml"),
            Self::Tg => include_str!("../labels/tg.toml"),
            Self::Kk => include_str!("../labels/kk.toml"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.code() == text).ok_or(UnknownLanguage)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::Language;
    use crate::fonts::printable;

    type Labels = BTreeMap<String, BTreeMap<String, String>>;

    fn labels(text: &str) -> Labels {
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
        let english = labels(Language::En.labels());
        for language in Language::ALL {
            assert_eq!(differences(&english, &labels(language.labels())), Vec::<String>::new(), "{language}");
        }
    }

    #[test]
    fn a_word_that_one_language_lacks_would_be_found() {
        let (one, other) = (labels("[page]\na = 'x'\nb = 'y'"), labels("[page]\na = 'x'"));
        assert_eq!(differences(&one, &other), ["page.b"]);
        assert_eq!(differences(&other, &one), ["page.b"]);
    }

    #[test]
    fn every_word_is_there_and_can_be_printed() {
        for language in Language::ALL {
            for (section, texts) in labels(language.labels()) {
                for (key, text) in texts {
                    assert!(
                        !text.trim().is_empty() && text.chars().all(printable),
                        "{language} {section}.{key}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_language_has_one_code() {
        for language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(language));
        }
        for other in ["", "EN", "uz", "ru-RU"] {
            assert!(other.parse::<Language>().is_err(), "{other}");
        }
    }
}
