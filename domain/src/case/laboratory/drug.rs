//! The drugs whose susceptibility is tested, and which test tells of which.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The drugs whose susceptibility is tested (WHO TB DAK, C16/C20; the Tajik register for the older ones).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "drugs"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Drug {
    Rifampicin,
    Isoniazid,
    /// Levofloxacin or moxifloxacin, where the test does not tell them apart.
    Fluoroquinolone,
    Bedaquiline,
    Linezolid,
    Amikacin,
    Pyrazinamide,
    Clofazimine,
    Delamanid,
    Pretomanid,
    Ethambutol,
    Ethionamide,
    Prothionamide,
    Levofloxacin,
    Moxifloxacin,
    Kanamycin,
    Capreomycin,
    Streptomycin,
    /// Amikacin, kanamycin or capreomycin, where the test does not tell them apart; a column of older registers.
    SecondLineInjectable,
    Cycloserine,
    Terizidone,
    ParaAminosalicylicAcid,
    Rifabutin,
    Rifapentine,
    ImipenemCilastatin,
    Meropenem,
    AmoxicillinClavulanate,
}

impl Drug {
    /// The drugs that a name stands for: the members of a class, of which any resistant one makes the class resistant.
    pub(super) const fn members(self) -> &'static [Self] {
        match self {
            Self::Fluoroquinolone => &[Self::Fluoroquinolone, Self::Levofloxacin, Self::Moxifloxacin],
            Self::SecondLineInjectable => {
                &[Self::SecondLineInjectable, Self::Amikacin, Self::Kanamycin, Self::Capreomycin]
            }
            _ => &[],
        }
    }

    /// The class under which a test that does not tell its members apart speaks for this drug.
    pub(in crate::case) const fn class(self) -> Option<Self> {
        match self {
            Self::Levofloxacin | Self::Moxifloxacin => Some(Self::Fluoroquinolone),
            Self::Amikacin | Self::Kanamycin | Self::Capreomycin => Some(Self::SecondLineInjectable),
            _ => None,
        }
    }
}

impl fmt::Display for Drug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A rapid molecular test by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "molecular-kits"))]
pub enum MolecularKit {
    /// Xpert MTB/RIF.
    XpertMtbRif,
    /// Xpert MTB/RIF Ultra, which alone tells of a trace.
    XpertUltra,
    /// Xpert MTB/XDR: isoniazid, fluoroquinolones, ethionamide, amikacin.
    XpertXdr,
    /// Truenat MTB or MTB Plus.
    TruenatMtb,
    /// Truenat MTB-RIF Dx.
    TruenatRif,
    /// Loop-mediated amplification.
    TbLamp,
    /// Another one.
    Other,
}

impl MolecularKit {
    /// The drugs it tells of; `None` where that is not known here.
    pub(super) const fn panel(self) -> Option<&'static [Drug]> {
        match self {
            Self::XpertMtbRif | Self::XpertUltra | Self::TruenatRif => Some(&[Drug::Rifampicin]),
            Self::XpertXdr => Some(&[
                Drug::Isoniazid,
                Drug::Fluoroquinolone,
                Drug::Ethionamide,
                Drug::Amikacin,
                Drug::Kanamycin,
                Drug::Capreomycin,
                Drug::SecondLineInjectable,
            ]),
            Self::TruenatMtb | Self::TbLamp => Some(&[]),
            Self::Other => None,
        }
    }
}

/// How susceptibility was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "susceptibility-methods"))]
pub enum SusceptibilityMethod {
    /// Growth in the presence of the drug.
    Phenotypic,
    /// Line-probe assay for first-line drugs (HAIN: H, R; TJ-WEB).
    LpaFirstLine,
    /// Line-probe assay for second-line drugs (HAIN2: Fq, Inj; TJ-WEB).
    LpaSecondLine,
    /// Sequencing.
    Sequencing,
    /// Another one.
    Other,
}

impl SusceptibilityMethod {
    /// The drugs it tells of; `None` where it may be any.
    pub(super) const fn panel(self) -> Option<&'static [Drug]> {
        match self {
            Self::LpaFirstLine => Some(&[Drug::Rifampicin, Drug::Isoniazid, Drug::Ethionamide]),
            Self::LpaSecondLine => Some(&[
                Drug::Fluoroquinolone,
                Drug::Levofloxacin,
                Drug::Moxifloxacin,
                Drug::Amikacin,
                Drug::Kanamycin,
                Drug::Capreomycin,
                Drug::SecondLineInjectable,
                Drug::Ethambutol,
            ]),
            Self::Phenotypic | Self::Sequencing | Self::Other => None,
        }
    }
}
