//! When something happened, as precisely as the worker knows it.

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How exactly a moment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "time-precisions"))]
pub enum Precision {
    /// Only the civil day is known; the instant is its first moment.
    Day,
    /// The instant itself is known.
    Instant,
}

/// The moment at which a fact happened: the worker's claim, with its precision and the offset of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccurredAt {
    /// The instant, or the first instant of the day.
    pub instant: Timestamp,
    /// How exactly it is known.
    pub precision: Precision,
    /// Seconds east of UTC where it happened.
    pub offset_seconds: i32,
}

impl OccurredAt {
    /// A known instant, read in the time zone of the place.
    pub fn at(instant: Timestamp, zone: &TimeZone) -> Self {
        let offset_seconds = zone.to_offset(instant).seconds();
        Self { instant, precision: Precision::Instant, offset_seconds }
    }

    /// A known day, read in the time zone of the place; `None` when the calendar of the zone cannot hold it.
    pub fn on(date: Date, zone: &TimeZone) -> Option<Self> {
        let instant = date.to_zoned(zone.clone()).ok()?.timestamp();
        Some(Self { precision: Precision::Day, ..Self::at(instant, zone) })
    }

    /// The civil date at the place where it happened.
    pub fn date(&self) -> Date {
        let offset = Offset::from_seconds(self.offset_seconds).unwrap_or(Offset::UTC);
        offset.to_datetime(self.instant).date()
    }
}
