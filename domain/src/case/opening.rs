//! Opening: where the journey leads, and who begins to accompany it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Case, CaseEvent, CaseRefusal,
    programme::{Programme, ResponsibilityOpened},
};
use crate::{
    decider::{Context, Fact},
    ids::{OrganisationId, PersonId, PlaceId},
    refusal::refusals,
    time::OccurredAt,
};

/// Where on the road the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "phases"))]
pub enum Phase {
    /// At home, about to leave.
    PreDeparture,
    /// On the way.
    Transit,
    /// Where the work is.
    Destination,
    /// Home again, or on the way back.
    Return,
}

/// Where the person was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "settings"))]
pub enum Setting {
    /// An information session before departure.
    PreDepartureSession,
    /// A border crossing.
    BorderPost,
    /// A bus or railway station.
    Station,
    /// A place of work.
    Workplace,
    /// The person's home.
    HomeVisit,
    /// A clinic or a TB centre.
    Clinic,
    /// After coming home.
    ReturnSession,
}

/// The road: origin, transit and destination, as places of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Where the person comes from.
    pub origin: PlaceId,
    /// What is crossed on the way, in order; at most 8 places.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub transit: Vec<PlaceId>,
    /// Where the person means to work.
    pub destination: PlaceId,
}

/// Opens the care record of a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    /// Whose care this is; identity stays in the person's own record.
    pub person: PersonId,
    /// The road.
    pub route: Route,
    /// Where on the road the person is now.
    pub phase: Phase,
    /// Where the person was met.
    pub setting: Setting,
}

/// A case began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseOpened {
    /// Whose care this is.
    pub person: PersonId,
    /// The road.
    pub route: Route,
    /// Where on the road.
    pub phase: Phase,
    /// Where met.
    pub setting: Setting,
    /// Who opened it.
    pub organisation: OrganisationId,
}

/// What stays known of the opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Whose care this is.
    pub person: PersonId,
    /// The road.
    pub route: Route,
    /// Who opened it.
    pub organisation: OrganisationId,
    /// When.
    pub opened_at: OccurredAt,
}

/// Why something of more than 5 years ago is entered now, so that nobody does it by a slip of the pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "late-entries"))]
pub enum LateEntry {
    /// An old register is being entered.
    OldRegister,
    /// The patient has brought a paper about it.
    PaperOfPatient,
    /// It comes from another system.
    OtherSystem,
}

refusals! {
    /// Why a case is not opened.
    OpeningRefusal {
        AlreadyOpened = Conflict "case_already_opened", "This case has been opened already.";
        PlaceUnknown = Invalid "place_unknown", "A place of the road is not known; look it up in the directory of places.";
        TooManyTransits = Invalid "too_many_transits", "A route has at most 8 places of transit.";
        HappensLater = Invalid "occurs_in_the_future", "This is dated in the future; give the time at which it happened.";
        TooLongAgo = Invalid "occurs_too_long_ago", "This is dated more than 5 years ago; check the date, or give the reason of the late entry where the command takes one.";
    }
}

impl OpenCase {
    pub(super) fn decide(&self, case: &Case, context: &Context<'_>) -> Result<Vec<CaseEvent>, CaseRefusal> {
        if case.opening.is_some() {
            return Err(OpeningRefusal::AlreadyOpened.into());
        }
        if self.route.transit.len() > 8 {
            return Err(OpeningRefusal::TooManyTransits.into());
        }
        let route = [&self.route.origin, &self.route.destination];
        known(route.into_iter().chain(&self.route.transit), context)?;
        let organisation = context.actor.organisation.clone();
        Ok(vec![
            CaseEvent::Opened(CaseOpened {
                person: self.person,
                route: self.route.clone(),
                phase: self.phase,
                setting: self.setting,
                organisation: organisation.clone(),
            }),
            CaseEvent::ResponsibilityOpened(ResponsibilityOpened {
                programme: Programme::Support,
                organisation,
            }),
        ])
    }
}

/// Every place of the road is one of the directory, so that reports can count it.
pub(super) fn known<'a>(
    mut places: impl Iterator<Item = &'a PlaceId>,
    context: &Context<'_>,
) -> Result<(), OpeningRefusal> {
    if places.all(|place| context.places.knows(place)) { Ok(()) } else { Err(OpeningRefusal::PlaceUnknown) }
}

impl Opening {
    pub(super) fn from_fact(event: &CaseOpened, fact: &Fact<CaseEvent>) -> Self {
        Self {
            person: event.person,
            route: event.route.clone(),
            organisation: event.organisation.clone(),
            opened_at: fact.occurred_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{case::fixtures::*, testing::given};

    #[test]
    fn opening_a_case_opens_the_support_programme_for_the_opener() {
        given(&[]).when(open_case()).as_(&galaba()).then(&[opened(), support_opened("ngo-galaba")]);
    }

    #[test]
    fn a_road_leads_through_known_places() {
        let mut unknown = open_case();
        if let crate::case::CaseCommand::Open(open) = &mut unknown {
            open.route.destination = "kz-atlantis".parse().unwrap();
        }
        given(&[]).when(unknown).as_(&galaba()).refused("place_unknown");
    }

    #[test]
    fn a_case_is_opened_once() {
        given(&a_case()).when(open_case()).as_(&galaba()).refused("case_already_opened");
    }

    #[test]
    fn nothing_can_be_recorded_on_a_case_that_does_not_exist() {
        given(&[]).when(note("hello")).as_(&galaba()).refused("not_found");
    }
}
