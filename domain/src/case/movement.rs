//! Movements: departures, crossings and arrivals of the person on the road.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    opening::{Phase, known},
};
use crate::{decider::Context, ids::PlaceId, refusal::refusals};

/// What kind of movement it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "movement-kinds"))]
pub enum MovementKind {
    /// Left a place.
    Departed,
    /// Crossed a border.
    CrossedBorder,
    /// Came to a place.
    Arrived,
}

/// How the person travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "means-of-travel"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Means {
    Train,
    Bus,
    Car,
    Aeroplane,
    OnFoot,
}

/// Records that the person moved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordMovement {
    /// Departure, crossing or arrival.
    pub kind: MovementKind,
    /// The place left, crossed or reached.
    pub place: PlaceId,
    /// How, if known.
    pub means: Option<Means>,
    /// On which day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// The person moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovementRecorded {
    /// Departure, crossing or arrival.
    pub kind: MovementKind,
    /// Where.
    pub place: PlaceId,
    /// How, if known.
    pub means: Option<Means>,
    /// On which day.
    pub on: Date,
    /// Where on the road the person is from then on.
    pub phase: Phase,
}

/// Where the person is, as far as anybody recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// Where on the road; absent before the opening.
    pub phase: Option<Phase>,
    /// The place last reached or left, and the day.
    pub last: Option<(PlaceId, Date)>,
}

refusals! {
    /// Why a movement is refused.
    MovementRefusal {
        InTheFuture = Invalid "movement_in_the_future", "A movement is recorded when it has happened, not before.";
    }
}

impl RecordMovement {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        if self.on > context.today {
            return Err(MovementRefusal::InTheFuture.into());
        }
        known(std::iter::once(&self.place), context)?;
        Ok(vec![CaseEvent::MovementRecorded(MovementRecorded {
            kind: self.kind,
            place: self.place.clone(),
            means: self.means,
            on: self.on,
            phase: self.phase_after(case),
        })])
    }

    /// Arrival in the country of destination or of origin ends the transit; anything else is the way.
    fn phase_after(&self, case: &Case) -> Phase {
        let Some(opening) = &case.opening else { return Phase::Transit };
        let here = self.place.country();
        let reached = |place: &PlaceId| self.kind == MovementKind::Arrived && here == place.country();
        if reached(&opening.route.destination) {
            Phase::Destination
        } else if reached(&opening.route.origin) {
            Phase::Return
        } else {
            Phase::Transit
        }
    }
}

impl Journey {
    pub(super) fn moved(&mut self, event: &MovementRecorded) {
        let newest = self.last.as_ref().is_none_or(|(_, on)| *on <= event.on);
        if newest {
            self.phase = Some(event.phase);
            self.last = Some((event.place.clone(), event.on));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{case::fixtures::*, case::opening::Phase, testing::given};

    #[test]
    fn an_arrival_in_the_country_of_destination_ends_the_transit() {
        given(&a_case()).when(arrive_at("KZ-79", TODAY)).as_(&galaba()).then(&[arrived_at(
            "KZ-79",
            TODAY,
            Phase::Destination,
        )]);
        given(&a_case()).when(arrive_at("UZ-TK", TODAY)).as_(&galaba()).then(&[arrived_at(
            "UZ-TK",
            TODAY,
            Phase::Transit,
        )]);
    }

    #[test]
    fn a_movement_of_tomorrow_is_refused() {
        let tomorrow = TODAY.tomorrow().unwrap();
        given(&a_case()).when(arrive_at("KZ-79", tomorrow)).as_(&galaba()).refused("movement_in_the_future");
    }

    #[test]
    fn a_movement_recorded_late_does_not_move_the_person_back() {
        let earlier = TODAY.yesterday().unwrap();
        let history = a_case_and([
            arrived_at("KZ-79", TODAY, Phase::Destination),
            arrived_at("UZ-TK", earlier, Phase::Transit),
        ]);
        assert_eq!(given(&history).state().journey.phase, Some(Phase::Destination));
    }
}
