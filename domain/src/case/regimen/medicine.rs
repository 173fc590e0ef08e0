//! The medicines of tuberculosis: what is taken, where [`Drug`] is what is tested.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::laboratory::Drug;

/// A medicine of a regimen; it is stored under the same word as the drug that is tested, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "medicines"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Medicine {
    Rifampicin,
    Isoniazid,
    HighDoseIsoniazid,
    Pyrazinamide,
    Ethambutol,
    Rifapentine,
    Rifabutin,
    /// Levofloxacin or moxifloxacin, whichever is at hand.
    Fluoroquinolone,
    Levofloxacin,
    Moxifloxacin,
    Bedaquiline,
    Linezolid,
    Clofazimine,
    Cycloserine,
    Terizidone,
    Delamanid,
    Pretomanid,
    Ethionamide,
    Prothionamide,
    ParaAminosalicylicAcid,
    Amikacin,
    Streptomycin,
    ImipenemCilastatin,
    Meropenem,
    AmoxicillinClavulanate,
}

impl Medicine {
    /// The drug whose susceptibility test speaks for this medicine; a high dose of isoniazid is given against resistance.
    pub const fn tested_as(self) -> Option<Drug> {
        Some(match self {
            Self::Rifampicin | Self::Rifapentine | Self::Rifabutin => Drug::Rifampicin,
            Self::Isoniazid => Drug::Isoniazid,
            Self::Pyrazinamide => Drug::Pyrazinamide,
            Self::Fluoroquinolone | Self::Levofloxacin | Self::Moxifloxacin => Drug::Fluoroquinolone,
            Self::Bedaquiline => Drug::Bedaquiline,
            Self::Linezolid => Drug::Linezolid,
            Self::Clofazimine => Drug::Clofazimine,
            Self::Delamanid => Drug::Delamanid,
            Self::Pretomanid => Drug::Pretomanid,
            Self::Amikacin => Drug::Amikacin,
            Self::Ethambutol
            | Self::HighDoseIsoniazid
            | Self::Cycloserine
            | Self::Terizidone
            | Self::Ethionamide
            | Self::Prothionamide
            | Self::ParaAminosalicylicAcid
            | Self::Streptomycin
            | Self::ImipenemCilastatin
            | Self::Meropenem
            | Self::AmoxicillinClavulanate => return None,
        })
    }
}
