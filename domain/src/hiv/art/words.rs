//! The words of ART: medicines, lines, reasons.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An antiretroviral, by its usual abbreviation; protease inhibitors with their booster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-antiretrovirals"))]
#[expect(missing_docs, reason = "the abbreviations are the names in use")]
pub enum Antiretroviral {
    Tdf,
    Taf,
    Abc,
    Azt,
    #[serde(rename = "3tc")]
    Lamivudine,
    Ftc,
    Dtg,
    Ral,
    Efv,
    Nvp,
    LpvR,
    AtvR,
    DrvR,
}

impl Antiretroviral {
    /// A protease inhibitor.
    pub const fn protease_inhibitor(self) -> bool {
        matches!(self, Self::LpvR | Self::AtvR | Self::DrvR)
    }
}

/// One medicine of a regimen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtDose {
    /// Which.
    pub drug: Antiretroviral,
    /// Milligrams of one dose, where they are written down.
    #[schemars(range(min = 1, max = 2000))]
    pub milligrams: Option<u16>,
    /// How often a day.
    #[schemars(range(min = 1, max = 3))]
    pub times_daily: u8,
}

/// The line of a regimen (WHO SMART HIV, D.DE83–89).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-art-lines"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ArtLine {
    First,
    Second,
    Third,
}

/// Why ART began later than the day of diagnosis (WHO SMART HIV, D.DE375–376 and what programmes add).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-art-delay-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ArtDelayReason {
    InitiatedOnTbTreatment,
    TbMeningitis,
    PatientDecision,
    MedicineUnavailable,
    Other,
}

/// Why medicines are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-art-change-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ArtChangeReason {
    Toxicity,
    TbTreatment,
    Pregnancy,
    MedicineUnavailable,
    TreatmentFailure,
    Other,
}

/// Why ART ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-art-stop-reasons"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum ArtStopReason {
    Refused,
    Toxicity,
    MedicineUnavailable,
    Other,
}
