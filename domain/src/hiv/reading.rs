//! Readings: who looked into the record, on which ground. They stand in the record itself, where nobody else can see that
//! there was something to read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use super::{HivEvent, HivRecord, HivRefusal, consent::Ground, opening::HivOpeningRefusal};
use crate::{
    decider::{Context, Fact},
    ids::WorkerId,
    organisation::OrganisationKind,
};

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-readings"))]
pub enum Shown {
    /// The record.
    Record,
    /// Everything that happened.
    Timeline,
    /// What is due, as a line of the worklist: written down once a day for each reader, who may look at the list every hour.
    Worklist,
}

/// Looks into the record.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadRecord {
    /// What of it.
    pub shown: Shown,
}

/// Somebody looked into the record; who and when is with every event.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HivRecordRead {
    /// What was shown.
    pub shown: Shown,
    /// On which ground.
    pub ground: Ground,
}

/// How often the record was read, and its last change: a reading overtakes nobody who decides on what was read.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readings {
    /// How often.
    pub count: u64,
    /// The facts so far, readings among them: the revision of the stream.
    pub facts: u64,
    /// The revision of the last fact that is not a reading.
    pub changed: u64,
    /// When each worker last saw a line of it in a worklist.
    #[schemars(with = "BTreeMap<String, String>")]
    pub listed: BTreeMap<WorkerId, Timestamp>,
}

impl ReadRecord {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        let listed = record.readings.listed.get(&context.actor.worker).copied().map(day);
        if self.shown == Shown::Worklist && listed == Some(day(context.now)) {
            return Ok(vec![]);
        }
        let own = context.directory.active(&context.actor.organisation);
        let kind = own.map_or(OrganisationKind::Government, |own| own.kind);
        let ground = record.ground(&context.actor, kind, context.today).ok_or(HivOpeningRefusal::NotFound)?;
        Ok(vec![HivEvent::Read(HivRecordRead { shown: self.shown, ground })])
    }
}

/// The day of a moment, the same for every reader.
fn day(moment: Timestamp) -> Date {
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl Readings {
    pub(super) fn counted(&mut self, fact: &Fact<HivEvent>) {
        self.facts += 1;
        let HivEvent::Read(read) = &fact.event else {
            self.changed = self.facts;
            return;
        };
        self.count += 1;
        if read.shown == Shown::Worklist {
            self.listed.insert(fact.actor.worker.clone(), fact.recorded_at);
        }
    }
}

impl HivRecord {
    /// Whether a worker who decided on this revision has missed nothing but readings.
    pub fn unchanged_since(&self, revision: u64) -> bool {
        (self.readings.changed..=self.readings.facts).contains(&revision)
    }
}
