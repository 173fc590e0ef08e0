//! CD4, viral load and clinical stage.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, definitions::HivDefinitions, opening::in_order};
use crate::{decider::Context, refusal::refusals};

/// In what CD4 cells are counted; a count and a percentage are not the same measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-cd4-units"))]
pub enum Cd4Unit {
    /// Cells per cubic millimetre.
    CellsPerMm3,
    /// Per cent of the lymphocytes.
    Percent,
}

/// Records a CD4 measurement.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordCd4 {
    /// The day the blood was taken.
    #[schemars(with = "String", extend("format" = "date"))]
    pub collected_on: Date,
    /// The day of the result.
    #[schemars(with = "String", extend("format" = "date"))]
    pub resulted_on: Date,
    /// The number: up to 10000 cells, up to 100 per cent.
    #[schemars(range(min = 0, max = 10000))]
    pub value: u16,
    /// Of what.
    pub unit: Cd4Unit,
}

/// CD4 was measured.
pub type Cd4Recorded = RecordCd4;

/// In what a viral load is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-viral-load-units"))]
pub enum ViralLoadUnit {
    /// Copies of RNA per millilitre.
    CopiesPerMl,
}

/// Records a viral load: a number, or that the test detected nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordViralLoad {
    /// The day the blood was taken.
    #[schemars(with = "String", extend("format" = "date"))]
    pub collected_on: Date,
    /// The day of the result.
    #[schemars(with = "String", extend("format" = "date"))]
    pub resulted_on: Date,
    /// The test detected nothing.
    pub not_detected: bool,
    /// The number, where something was detected.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub value: Option<u32>,
    /// Of what.
    pub unit: ViralLoadUnit,
    /// The lowest number that the test can tell.
    #[schemars(range(min = 1, max = 10000))]
    pub assay_limit: u32,
}

/// The viral load was measured.
pub type ViralLoadRecorded = RecordViralLoad;

/// What a viral load means (WHO brief of 2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-suppression"))]
pub enum Suppression {
    /// Not detected by the test used.
    Undetectable,
    /// Detected, and low.
    Suppressed,
    /// High.
    Unsuppressed,
}

/// Records the clinical stage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordWhoStage {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// WHO clinical stage 1 to 4.
    #[schemars(range(min = 1, max = 4))]
    pub stage: u8,
}

/// The stage was judged.
pub type WhoStageRecorded = RecordWhoStage;

/// Every measurement, in the order of recording.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say what they are")]
pub struct Monitoring {
    pub cd4: Vec<Cd4Recorded>,
    pub viral_loads: Vec<ViralLoadRecorded>,
    pub stages: Vec<WhoStageRecorded>,
}

refusals! {
    /// Why a measurement is not recorded so.
    MonitoringRefusal {
        Cd4OutOfRange = Invalid "cd4_out_of_range", "CD4 lies between 0 and 10000 cells, or between 0 and 100 per cent.";
        ViralLoadUnclear = Invalid "viral_load_unclear", "A viral load is a number of copies, or not detected: one of the two.";
        ViralLoadOutOfRange = Invalid "viral_load_out_of_range",
            "A viral load lies between 1 and 100000000 copies, and the limit of the test between 1 and 10000.";
        StageOutOfRange = Invalid "who_stage_out_of_range", "The WHO clinical stage is 1, 2, 3 or 4.";
    }
}

impl RecordCd4 {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.may_add_late(&context.actor)?;
        in_order(&[self.collected_on, self.resulted_on], context.today)?;
        let most = if self.unit == Cd4Unit::Percent { 100 } else { 10000 };
        if self.value > most {
            return Err(MonitoringRefusal::Cd4OutOfRange.into());
        }
        Ok(vec![HivEvent::Cd4Recorded(self.clone())])
    }
}

impl RecordViralLoad {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.may_add_late(&context.actor)?;
        in_order(&[self.collected_on, self.resulted_on], context.today)?;
        if self.not_detected == self.value.is_some() {
            return Err(MonitoringRefusal::ViralLoadUnclear.into());
        }
        let sound = self.value.is_none_or(|value| (1..=100_000_000).contains(&value));
        if !sound || !(1..=10000).contains(&self.assay_limit) {
            return Err(MonitoringRefusal::ViralLoadOutOfRange.into());
        }
        Ok(vec![HivEvent::ViralLoadRecorded(self.clone())])
    }

    /// What it means by these definitions.
    pub fn suppression(&self, definitions: &HivDefinitions) -> Suppression {
        let limit = definitions.suppressed_copies;
        match self.value {
            None => Suppression::Undetectable,
            Some(value) if value < limit || value == limit && definitions.boundary_is_suppressed => {
                Suppression::Suppressed
            }
            Some(_) => Suppression::Unsuppressed,
        }
    }
}

impl RecordWhoStage {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        in_order(&[self.on], context.today)?;
        if !(1..=4).contains(&self.stage) {
            return Err(MonitoringRefusal::StageOutOfRange.into());
        }
        Ok(vec![HivEvent::WhoStageRecorded(self.clone())])
    }
}

impl Monitoring {
    pub(super) fn counted(&mut self, event: &Cd4Recorded) {
        self.cd4.push(event.clone());
    }

    pub(super) fn measured(&mut self, event: &ViralLoadRecorded) {
        self.viral_loads.push(event.clone());
    }

    pub(super) fn staged(&mut self, event: &WhoStageRecorded) {
        self.stages.push(event.clone());
    }

    /// The viral loads in the order of collection, which dates them.
    pub fn viral_loads_in_order(&self) -> Vec<&ViralLoadRecorded> {
        let mut loads: Vec<_> = self.viral_loads.iter().collect();
        loads.sort_by_key(|load| load.collected_on);
        loads
    }

    fn cells_below_200(&self) -> bool {
        let counts = self.cd4.iter().filter(|cd4| cd4.unit == Cd4Unit::CellsPerMm3);
        counts.max_by_key(|cd4| cd4.collected_on).is_some_and(|cd4| cd4.value < 200)
    }
}

impl HivRecord {
    /// Advanced HIV disease: CD4 below 200, stage 3 or 4, or a child below five (WHO TB DAK, C2.DE.7); absent where the
    /// status is not positive.
    pub fn advanced(&self, age_years: Option<u8>) -> Option<bool> {
        let stage = self.monitoring.stages.iter().max_by_key(|stage| stage.on);
        let late = stage.is_some_and(|stage| stage.stage >= 3);
        let small = age_years.is_some_and(|age| age < 5);
        self.testing.positive().then(|| small || late || self.monitoring.cells_below_200())
    }

    /// Virological failure: two consecutive high viral loads about three months apart, with adherence supported between
    /// them (WHO SMART HIV, D.DE228); answers the day of the second.
    pub fn virological_failure(&self) -> Option<Date> {
        let definitions = self.definitions();
        let loads = self.monitoring.viral_loads_in_order();
        let high = |load: &ViralLoadRecorded| load.suppression(definitions) == Suppression::Unsuppressed;
        let [.., first, second] = loads.as_slice() else { return None };
        let apart = super::definitions::days_between(first.collected_on, second.collected_on);
        let supported = self.counselling.adherence_between(first.collected_on, second.collected_on);
        let on_art = self.art.running().is_some_and(|running| running.since <= first.collected_on);
        let failed =
            on_art && high(first) && high(second) && apart >= definitions.failure_interval_days && supported;
        failed.then_some(second.collected_on)
    }
}
