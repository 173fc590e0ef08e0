//! The languages of the corridor: what workers and patients read.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language that Safar speaks.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "interface-languages"))]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
    /// Tajik.
    Tg,
    /// Kazakh.
    Kk,
}

/// The text names no language that Safar speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Safar speaks en, ru, tg and kk")]
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
    use super::Language;

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
