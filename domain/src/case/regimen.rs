//! Treatment regimens: what they are called, how long they last, who may have them.

use crate::case::laboratory::Susceptibility;

/// A regimen as national programmes write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regimen {
    /// The code on the card (`2HRZE/4HR`).
    pub code: &'static str,
    /// Standard duration in months.
    pub months: u8,
    /// Contains rifampicin-sparing second-line drugs: followed by culture alone.
    pub drug_resistant: bool,
    /// Youngest age in years.
    pub minimum_age: u8,
    /// Lowest weight in kilograms.
    pub minimum_weight_kg: u8,
    /// Not given in pregnancy and while breastfeeding.
    pub not_in_pregnancy: bool,
    /// Fluoroquinolone susceptibility must be known, or merely must not be refuted.
    pub fluoroquinolone: FluoroquinoloneRule,
    /// The drugs must be listed at the start.
    pub composition_required: bool,
}

/// What must be known of fluoroquinolone susceptibility before a regimen starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FluoroquinoloneRule {
    /// Nothing.
    Any,
    /// Not known to be resistant.
    NotResistant,
    /// Known to be susceptible.
    Susceptible,
}

impl FluoroquinoloneRule {
    /// Whether the known susceptibility satisfies the rule.
    pub fn allows(self, known: Option<Susceptibility>) -> bool {
        match self {
            Self::Any => true,
            Self::NotResistant => known != Some(Susceptibility::Resistant),
            Self::Susceptible => known == Some(Susceptibility::Susceptible),
        }
    }
}

const STANDARD: Regimen = Regimen {
    code: "2HRZE/4HR",
    months: 6,
    drug_resistant: false,
    minimum_age: 0,
    minimum_weight_kg: 0,
    not_in_pregnancy: false,
    fluoroquinolone: FluoroquinoloneRule::Any,
    composition_required: false,
};

const RESISTANT: Regimen =
    Regimen { drug_resistant: true, fluoroquinolone: FluoroquinoloneRule::NotResistant, ..STANDARD };

/// The regimens of the WHO TB digital adaptation kit (D9, D10) and of the WHO update of 2025 (module 4).
pub const REGIMENS: &[Regimen] = &[
    STANDARD,
    Regimen { code: "2HRZ/4HR", ..STANDARD },
    Regimen {
        code: "2HPMZ/2HPM",
        months: 4,
        minimum_age: 12,
        minimum_weight_kg: 40,
        not_in_pregnancy: true,
        ..STANDARD
    },
    Regimen { code: "2HRZE/2HR", months: 4, ..STANDARD },
    Regimen { code: "2HRZ/2HR", months: 4, ..STANDARD },
    Regimen { code: "2HRZE/10HR", months: 12, ..STANDARD },
    Regimen { code: "6HRZEto", ..STANDARD },
    Regimen { code: "6REZ-Lfx", ..STANDARD },
    Regimen { code: "6HREZ-Lfx", ..STANDARD },
    Regimen { code: "6HREZ", ..STANDARD },
    Regimen { code: "6REZ", ..STANDARD },
    Regimen { code: "BPaLM", minimum_age: 14, not_in_pregnancy: true, ..RESISTANT },
    Regimen {
        code: "BPaL",
        minimum_age: 14,
        not_in_pregnancy: true,
        fluoroquinolone: FluoroquinoloneRule::Any,
        ..RESISTANT
    },
    Regimen { code: "BDLLfxC", fluoroquinolone: FluoroquinoloneRule::Any, ..RESISTANT },
    Regimen { code: "BLMZ", months: 9, ..RESISTANT },
    Regimen {
        code: "9-month-all-oral",
        months: 9,
        fluoroquinolone: FluoroquinoloneRule::Susceptible,
        ..RESISTANT
    },
    Regimen {
        code: "longer",
        months: 18,
        fluoroquinolone: FluoroquinoloneRule::Any,
        composition_required: true,
        ..RESISTANT
    },
];

/// Months of the intensive phase of a regimen that has two phases (`2HRZE/4HR`: 2).
pub fn intensive_months(code: &str) -> Option<u8> {
    let (intensive, _) = code.split_once('/')?;
    let digits = intensive.find(|letter: char| !letter.is_ascii_digit())?;
    intensive[..digits].parse().ok()
}

/// The regimen of this code.
pub fn find(code: &str) -> Option<&'static Regimen> {
    REGIMENS.iter().find(|regimen| regimen.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{REGIMENS, intensive_months};

    #[test]
    fn a_regimen_with_two_phases_says_how_long_the_first_one_is() {
        let months = ["2HRZE/4HR", "2HRZE/10HR", "BPaLM", "9-month-all-oral"].map(intensive_months);
        assert_eq!(months, [Some(2), Some(2), None, None]);
    }

    #[test]
    fn every_regimen_has_a_code_of_its_own_and_lasts_4_to_24_months() {
        let codes: BTreeSet<_> = REGIMENS.iter().map(|regimen| regimen.code).collect();
        assert_eq!(codes.len(), REGIMENS.len());
        assert!(REGIMENS.iter().all(|regimen| (4..=24).contains(&regimen.months)));
    }
}
