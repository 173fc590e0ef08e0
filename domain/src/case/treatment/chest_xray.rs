//! Chest X-rays in the course of a treatment and after it (WHO TB DAK, scheduling logic: months 0 and 2, the end, and 6 and 12
//! months later where the regimen asks for it); one that looks for tuberculosis is part of a screening.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Episode, Treatment, TreatmentRefusal};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, screening::ChestXray},
    decider::Context,
    ids::EpisodeId,
};

/// Days before the first dose within which an X-ray is that of month 0; our sources set no number.
const DAYS_BEFORE: i32 = 14;

/// Records a chest X-ray that was made to follow a treatment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordChestXray {
    /// The day on which it was made.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What it showed.
    pub result: ChestXray,
}

/// A chest X-ray was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordChestXray`")]
pub struct ChestXrayRecorded {
    pub episode: EpisodeId,
    pub on: Date,
    pub result: ChestXray,
}

/// A chest X-ray of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordChestXray`")]
pub struct ChestXrayTaken {
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    pub result: ChestXray,
}

impl RecordChestXray {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.on > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        let (episode, followed) = case.treatment.x_rayed_on(self.on)?;
        if followed.chest_xrays.contains(&ChestXrayTaken { on: self.on, result: self.result }) {
            return Ok(vec![]);
        }
        let made = ChestXrayRecorded { episode, on: self.on, result: self.result };
        Ok(vec![CaseEvent::ChestXrayRecorded(made)])
    }
}

impl Treatment {
    /// The episode that an X-ray of that day follows: the one that ran, else the last that had begun or was about to.
    fn x_rayed_on(&self, on: Date) -> Result<(EpisodeId, &Episode), TreatmentRefusal> {
        let by = on.saturating_add(Span::new().days(DAYS_BEFORE));
        let ran = |episode: &Episode| {
            episode.started_on <= on && episode.ended_on().is_none_or(|ended| on <= ended)
        };
        let begun = self.episodes.iter().filter(|(_, episode)| episode.started_on <= by);
        let followed = begun.max_by_key(|(_, episode)| (ran(episode), episode.started_on));
        let first = self.episodes.values().map(|episode| episode.started_on).min();
        let early = first.map(|started| TreatmentRefusal::XrayBeforeTreatment { started });
        followed
            .map(|(id, episode)| (*id, episode))
            .ok_or_else(|| early.unwrap_or(TreatmentRefusal::NeverTreated))
    }

    pub(in crate::case) fn x_rayed(&mut self, event: &ChestXrayRecorded) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.chest_xrays.push(ChestXrayTaken { on: event.on, result: event.result });
            episode.chest_xrays.sort_by_key(|taken| taken.on);
        }
    }

    /// The day of the last chest X-ray that followed a treatment and could be read.
    pub fn last_chest_xray_on(&self) -> Option<Date> {
        let all = self.episodes.values().flat_map(|episode| &episode.chest_xrays);
        all.filter(|taken| taken.result != ChestXray::Unreadable).map(|taken| taken.on).max()
    }
}

#[cfg(test)]
mod tests;
