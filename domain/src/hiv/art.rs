//! Antiretroviral treatment: its start, its changes and what is handed out.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HivEvent, HivRecord, HivRefusal, opening::in_order};
use crate::{decider::Context, refusal::refusals};

mod words;

pub use words::*;

/// Starts ART, or records that it runs already.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartArt {
    /// The day of the first dose.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// It was begun elsewhere, with known medicines and a known day (WHO SMART HIV, D.DE50): no retest then.
    pub begun_elsewhere: bool,
    /// The line.
    pub line: ArtLine,
    /// The medicines.
    #[schemars(length(min = 1, max = 6))]
    pub medicines: Vec<ArtDose>,
    /// Why it began late, if it did.
    pub delay: Option<ArtDelayReason>,
}

/// ART began.
pub type ArtStarted = StartArt;

/// Changes medicines within the line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubstituteArt {
    /// From this day on.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// All medicines from then on.
    #[schemars(length(min = 1, max = 6))]
    pub medicines: Vec<ArtDose>,
    /// Why.
    pub reason: ArtChangeReason,
}

/// Medicines were changed within the line.
pub type ArtSubstituted = SubstituteArt;

/// Changes to another line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchArt {
    /// From this day on.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// The new line.
    pub line: ArtLine,
    /// All medicines from then on.
    #[schemars(length(min = 1, max = 6))]
    pub medicines: Vec<ArtDose>,
    /// Why.
    pub reason: ArtChangeReason,
}

/// The line was changed.
pub type ArtSwitched = SwitchArt;

/// Ends ART.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopArt {
    /// The last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Why.
    pub reason: ArtStopReason,
}

/// ART ended.
pub type ArtStopped = StopArt;

/// Hands out medicine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DispenseArt {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// For how many months.
    #[schemars(range(min = 1, max = 12))]
    pub months: u8,
    /// The day of the next visit.
    #[schemars(with = "String", extend("format" = "date"))]
    pub next_visit: Date,
}

/// Medicine was handed out.
pub type ArtDispensed = DispenseArt;

/// For how long medicine was handed out at the last visit (WHO indicator DSD.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-supply-classes"))]
pub enum SupplyClass {
    /// Less than three months.
    UnderThreeMonths,
    /// Three to five months.
    ThreeToFiveMonths,
    /// Six months or more.
    SixMonthsOrMore,
}

/// The regimen that runs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtRegimen {
    /// The line.
    pub line: ArtLine,
    /// The medicines.
    pub medicines: Vec<ArtDose>,
    /// Since when these are taken.
    #[schemars(with = "String", extend("format" = "date"))]
    pub since: Date,
}

/// The treatment as it stands.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Art {
    /// The day of the first dose ever.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub started_on: Option<Date>,
    /// It was begun elsewhere, so that whoever began it has tested again.
    pub begun_elsewhere: bool,
    /// Every regimen, in order.
    pub regimens: Vec<ArtRegimen>,
    /// The day on which it ended, while it is stopped.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub stopped_on: Option<Date>,
    /// What was handed out, in order.
    pub dispensed: Vec<ArtDispensed>,
}

refusals! {
    /// Why a step of ART is refused.
    ArtRefusal {
        NotPositive = Conflict "hiv_status_not_positive",
            "ART needs a positive status: three reactive assays, or the paper of an AIDS centre.";
        RunsAlready = Conflict "art_running", "ART runs already; record a substitution, a switch or its end.";
        NotRunning = Conflict "art_not_running", "ART does not run; record its start first.";
        NoMedicine = Invalid "art_medicines_out_of_range",
            "A regimen has one to six different medicines, each one to three times a day, of 1 to 2000 mg.";
        BeforeProof = Invalid "art_before_proof", "ART that was begun here cannot be older than the positive status; check the date.";
        SameLine = Conflict "art_switch_same_line", "A switch leads to a higher line; within the line, record a substitution.";
        BeforeStart { since: Date } = Invalid "art_before_start", "The regimen that runs began on {since}; nothing follows it earlier.";
        SupplyOutOfRange = Invalid "art_supply_out_of_range",
            "Medicine is handed out for 1 to 12 months, and the next visit is after that day.";
    }
}

fn sound(medicines: &[ArtDose]) -> Result<(), ArtRefusal> {
    let each = medicines.iter().all(|dose| {
        (1..=3).contains(&dose.times_daily) && dose.milligrams.is_none_or(|mg| (1..=2000).contains(&mg))
    });
    let different = medicines
        .iter()
        .enumerate()
        .all(|(at, dose)| medicines[..at].iter().all(|other| other.drug != dose.drug));
    if (1..=6).contains(&medicines.len()) && each && different { Ok(()) } else { Err(ArtRefusal::NoMedicine) }
}

impl StartArt {
    /// That the status was not tested again before (WHO HTS) is a warning among the tasks and no refusal: treatment that is
    /// needed does not wait for it.
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        sound(&self.medicines)?;
        if record.art.running().is_some() {
            return Err(ArtRefusal::RunsAlready.into());
        }
        if !record.testing.positive() {
            return Err(ArtRefusal::NotPositive.into());
        }
        let first = !self.begun_elsewhere && record.art.started_on.is_none();
        if first && record.testing.positive_since().is_some_and(|since| self.on < since) {
            return Err(ArtRefusal::BeforeProof.into());
        }
        Ok(vec![HivEvent::ArtStarted(self.clone())])
    }
}

impl HivRecord {
    /// The regimen that runs, for a step that follows it.
    fn followed(&self, on: Date, context: &Context<'_>) -> Result<&ArtRegimen, HivRefusal> {
        self.cares(&context.actor)?;
        in_order(&[on], context.today)?;
        let running = self.art.running().ok_or(ArtRefusal::NotRunning)?;
        if on < running.since {
            return Err(ArtRefusal::BeforeStart { since: running.since }.into());
        }
        Ok(running)
    }
}

impl SubstituteArt {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.followed(self.on, context)?;
        record.alive()?;
        sound(&self.medicines)?;
        Ok(vec![HivEvent::ArtSubstituted(self.clone())])
    }
}

impl SwitchArt {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let running = record.followed(self.on, context)?;
        record.alive()?;
        sound(&self.medicines)?;
        if self.line <= running.line {
            return Err(ArtRefusal::SameLine.into());
        }
        Ok(vec![HivEvent::ArtSwitched(self.clone())])
    }
}

impl StopArt {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.followed(self.on, context)?;
        Ok(vec![HivEvent::ArtStopped(self.clone())])
    }
}

impl DispenseArt {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.followed(self.on, context)?;
        record.alive()?;
        if !(1..=12).contains(&self.months) || self.next_visit <= self.on {
            return Err(ArtRefusal::SupplyOutOfRange.into());
        }
        Ok(vec![HivEvent::ArtDispensed(self.clone())])
    }

    /// Its class; to which side exactly six months belong is set by the definitions.
    pub fn class(&self, six_months_are_many: bool) -> SupplyClass {
        match self.months {
            0..=2 => SupplyClass::UnderThreeMonths,
            6 if !six_months_are_many => SupplyClass::ThreeToFiveMonths,
            3..=5 => SupplyClass::ThreeToFiveMonths,
            _ => SupplyClass::SixMonthsOrMore,
        }
    }
}

impl Art {
    /// The regimen that is taken now.
    pub fn running(&self) -> Option<&ArtRegimen> {
        self.regimens.last().filter(|_| self.stopped_on.is_none())
    }

    /// Days from the positive status to the first dose: within 7, 30 or 90 days is what programmes count (WHO SMART HIV,
    /// D.DE384–386).
    pub fn days_to_start(&self, positive_since: Option<Date>) -> Option<i32> {
        Some(super::definitions::days_between(positive_since?, self.started_on?).max(0))
    }

    pub(super) fn started(&mut self, event: &ArtStarted) {
        self.started_on = Some(self.started_on.map_or(event.on, |first| first.min(event.on)));
        self.begun_elsewhere |= event.begun_elsewhere;
        self.follow(event.line, &event.medicines, event.on);
    }

    pub(super) fn substituted(&mut self, event: &ArtSubstituted) {
        let line = self.regimens.last().map_or(ArtLine::First, |regimen| regimen.line);
        self.follow(line, &event.medicines, event.on);
    }

    pub(super) fn switched(&mut self, event: &ArtSwitched) {
        self.follow(event.line, &event.medicines, event.on);
    }

    fn follow(&mut self, line: ArtLine, medicines: &[ArtDose], since: Date) {
        self.stopped_on = None;
        self.regimens.push(ArtRegimen { line, medicines: medicines.to_vec(), since });
    }

    pub(super) fn stopped(&mut self, event: &ArtStopped) {
        self.stopped_on = Some(event.on);
    }

    pub(super) fn dispensed(&mut self, event: &ArtDispensed) {
        self.dispensed.push(event.clone());
    }

    /// What was handed out last.
    pub fn last_dispensed(&self) -> Option<&ArtDispensed> {
        self.dispensed.iter().max_by_key(|dispensed| dispensed.on)
    }
}
