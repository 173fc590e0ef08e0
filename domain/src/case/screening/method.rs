//! What is looked at in a screening, and what an algorithm makes of it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChestXray, FourSymptoms, ScreeningResult};

/// Further symptoms and signs (WHO TB DAK, symptom list). Each of them decides: in the groups at risk that do not live with HIV
/// any symptom is a reason to examine (WHO TB DAK, B4 decision table).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "further-symptoms"))]
pub enum FurtherSymptom {
    /// A child that does not gain weight.
    PoorWeightGain,
    /// A child that plays less.
    ReducedPlayfulness,
    /// Fever of 39 °C or more.
    HighFever,
    /// Chest pain.
    ChestPain,
    /// Blood in what is coughed up.
    Haemoptysis,
}

/// A chest X-ray as a program read it: none of the four says anything without the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cad {
    /// The score, 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub score: u8,
    /// The score from which on it is positive, 0 to 100; it is set for each place and program.
    #[schemars(range(min = 0, max = 100))]
    pub threshold: u8,
    /// The program.
    #[schemars(length(min = 1, max = 40))]
    pub software: String,
    /// Its version.
    #[schemars(length(min = 1, max = 20))]
    pub version: String,
}

impl Cad {
    pub(super) fn plausible(&self) -> bool {
        let named = |text: &str, longest: usize| {
            let length = text.trim().chars().count();
            (1..=longest).contains(&length)
        };
        self.score <= 100 && self.threshold <= 100 && named(&self.software, 40) && named(&self.version, 20)
    }
}

/// How several looks are put together (WHO TB DAK, B4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "screening-algorithms"))]
pub enum ScreeningAlgorithm {
    /// One look alone.
    Single,
    /// Several at once, of which one positive is enough.
    Parallel,
    /// The second only after a positive first; both must be positive.
    SequentialPositive,
    /// The second only after a negative first; one positive is enough.
    SequentialNegative,
}

/// Everything that may be looked at.
pub(super) struct Looked<'a> {
    pub(super) symptoms: Option<FourSymptoms>,
    pub(super) further: &'a BTreeSet<FurtherSymptom>,
    pub(super) chest_xray: Option<ChestXray>,
    pub(super) cad: Option<&'a Cad>,
    /// Tenths of milligrams per litre.
    pub(super) crp: Option<u16>,
}

impl Looked<'_> {
    /// What each look says: any of the four symptoms or of the further ones, an abnormal X-ray, a score at its
    /// threshold or above, C-reactive protein above 5 mg/L (WHO TB DAK, B7.34, B7.36–47).
    pub(super) fn each(&self) -> Vec<ScreeningResult> {
        use ScreeningResult::{Inconclusive, Negative, Positive};
        let found = |positive: bool| if positive { Positive } else { Negative };
        let further = !self.further.is_empty();
        let asked = self.symptoms.is_some() || further;
        let symptoms = asked.then(|| found(further || self.symptoms.is_some_and(FourSymptoms::any)));
        let xray = self.chest_xray.map(|read| match read {
            ChestXray::Normal => Negative,
            ChestXray::Abnormal => Positive,
            ChestXray::Unreadable => Inconclusive,
        });
        let cad = self.cad.map(|cad| found(cad.score >= cad.threshold));
        let crp = self.crp.map(|tenths| found(tenths > 50));
        [symptoms, xray, cad, crp].into_iter().flatten().collect()
    }
}

/// What an algorithm makes of the looks; `None` where it does not fit their number.
pub(super) fn put_together(
    algorithm: Option<ScreeningAlgorithm>,
    looks: &[ScreeningResult],
) -> Option<ScreeningResult> {
    use ScreeningAlgorithm::{Parallel, SequentialNegative, SequentialPositive, Single};
    use ScreeningResult::{Inconclusive, Negative, Positive};
    let positive = looks.iter().filter(|look| **look == Positive).count();
    let unclear = looks.contains(&Inconclusive);
    let any = if positive > 0 {
        Positive
    } else if unclear {
        Inconclusive
    } else {
        Negative
    };
    match (algorithm, looks.len()) {
        (Some(Single), 2..) | (Some(Parallel), ..=1) => None,
        (Some(SequentialPositive), number) => Some(if looks.contains(&Negative) {
            Negative
        } else if number > 1 && positive == number {
            Positive
        } else {
            Inconclusive
        }),
        (Some(SequentialNegative), 1) if any == Negative => Some(Inconclusive),
        (None | Some(Single | Parallel | SequentialNegative), _) => Some(any),
    }
}
