//! Missed visits, looking for the patient, and the outcomes of HIV care.

use jiff::{Span, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    HivEvent, HivRecord, HivRefusal,
    definitions::{HivDefinitions, days_between},
    opening::in_order,
};
use crate::{decider::Context, ids::PlaceId, refusal::refusals};

/// Records that the patient did not come to a visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordVisitMissed {
    /// The day of the visit.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// The patient did not come.
pub type VisitMissed = RecordVisitMissed;

/// What came of looking for the patient (WHO SMART HIV, H.DE23–32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-outreach-outcomes"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum OutreachOutcome {
    Returning,
    SelfTransferred,
    Hospitalised,
    Refused,
    NotLocated,
    Died,
    MovedAway,
}

/// Records that the patient was looked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordOutreach {
    /// The day; for a death or a move, the day it happened.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What came of it.
    pub outcome: OutreachOutcome,
    /// Where a patient who moved away lives now.
    pub area: Option<PlaceId>,
}

/// The patient was looked for.
pub type OutreachRecorded = RecordOutreach;

/// An outcome of HIV care (WHO SMART HIV, H.DE41–45).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "hiv-outcomes"))]
pub enum HivOutcome {
    /// Not seen for 28 days after a missed visit; far shorter than in tuberculosis.
    LostToFollowUp,
    /// Cared for elsewhere.
    TransferredOut,
    /// Died, of whatever cause.
    Died,
    /// Refused or stopped treatment.
    RefusedOrStopped,
}

/// Records an outcome of HIV care.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordHivOutcome {
    /// Which.
    pub outcome: HivOutcome,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
}

/// HIV care came to an outcome.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordHivOutcome`")]
pub struct HivOutcomeRecorded {
    pub outcome: HivOutcome,
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// The set of definitions by which it was judged; absent in what was recorded before it was pinned here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definitions: Option<String>,
}

/// How the patient comes to visits.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attendance {
    /// The last day on which the patient came.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub last_visit_on: Option<Date>,
    /// The last missed visit since then.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub missed_on: Option<Date>,
    /// Each time the patient was looked for.
    pub outreach: Vec<OutreachRecorded>,
    /// The outcome, until the patient comes back.
    pub outcome: Option<HivOutcomeRecorded>,
}

refusals! {
    /// Why a visit or an outcome is not recorded so.
    HivOutcomeRefusal {
        NoMissedVisit = Conflict "hiv_no_missed_visit", "Lost to follow-up is counted from a missed visit: record the missed visit first.";
        NotLostYet { missed: Date, from: Date } = Conflict "hiv_not_lost_yet",
            "The last missed visit was on {missed}; in HIV care the patient counts as lost from {from} on. Go on looking for them.";
        AreaMissing = Invalid "hiv_area_missing", "For a patient who moved away, and for no other, name the new place.";
        AreaUnknown = Invalid "hiv_area_unknown", "There is no such place; choose one from the list of places.";
        CameSince { on: Date } = Conflict "hiv_came_since", "The patient was here on {on}, later than this visit.";
        HandoffLive = Conflict "hiv_outcome_while_handed_off",
            "A handoff is under way; transferred out follows from the arrival there, not from sending.";
    }
}

impl RecordVisitMissed {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        if let Some(on) = record.attendance.last_visit_on.filter(|on| *on >= self.on) {
            return Err(HivOutcomeRefusal::CameSince { on }.into());
        }
        if record.attendance.missed_on == Some(self.on) {
            return Ok(vec![]);
        }
        Ok(vec![HivEvent::VisitMissed(self.clone())])
    }
}

impl RecordOutreach {
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.cares(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        match (&self.area, self.outcome) {
            (Some(area), OutreachOutcome::MovedAway) => {
                known(area, context)?;
            }
            (None, outcome) if outcome != OutreachOutcome::MovedAway => (),
            _ => return Err(HivOutcomeRefusal::AreaMissing.into()),
        }
        Ok(vec![HivEvent::OutreachRecorded(self.clone())])
    }
}

fn known(area: &PlaceId, context: &Context<'_>) -> Result<(), HivOutcomeRefusal> {
    if context.places.knows(area) { Ok(()) } else { Err(HivOutcomeRefusal::AreaUnknown) }
}

impl RecordHivOutcome {
    /// Lost from 28 days after the missed visit on (WHO SMART HIV, H.DE42; D.DE652 says more than 28).
    pub(super) fn decide(
        &self,
        record: &HivRecord,
        context: &Context<'_>,
    ) -> Result<Vec<HivEvent>, HivRefusal> {
        record.answers(&context.actor)?;
        record.alive()?;
        in_order(&[self.on], context.today)?;
        if self.outcome == HivOutcome::LostToFollowUp {
            let missed = record.attendance.missed_on.ok_or(HivOutcomeRefusal::NoMissedVisit)?;
            let from = lost_from(missed, record.definitions());
            if self.on < from {
                return Err(HivOutcomeRefusal::NotLostYet { missed, from }.into());
            }
        }
        if self.outcome == HivOutcome::TransferredOut && record.handoffs.live().is_some() {
            return Err(HivOutcomeRefusal::HandoffLive.into());
        }
        Ok(vec![HivEvent::OutcomeRecorded(HivOutcomeRecorded {
            outcome: self.outcome,
            on: self.on,
            definitions: Some(record.definitions().code.to_owned()),
        })])
    }
}

/// The first day on which a patient who missed a visit counts as lost.
pub fn lost_from(missed: Date, definitions: &HivDefinitions) -> Date {
    let days = definitions.lost_after_days + i32::from(!definitions.boundary_is_lost);
    missed.saturating_add(Span::new().days(days))
}

impl Attendance {
    pub(super) fn came(&mut self, on: Date) {
        if self.last_visit_on.is_none_or(|last| last <= on) {
            self.last_visit_on = Some(on);
        }
        if self.missed_on.is_some_and(|missed| missed <= on) {
            self.missed_on = None;
        }
        if self
            .outcome
            .as_ref()
            .is_some_and(|outcome| outcome.outcome != HivOutcome::Died && outcome.on <= on)
        {
            self.outcome = None;
        }
    }

    pub(super) fn missed(&mut self, event: &VisitMissed) {
        if self.missed_on.is_none_or(|missed| days_between(missed, event.on) > 0) {
            self.missed_on = Some(event.on);
        }
    }

    pub(super) fn reached(&mut self, event: &OutreachRecorded) {
        self.outreach.push(event.clone());
        if event.outcome == OutreachOutcome::Died {
            self.outcome =
                Some(HivOutcomeRecorded { outcome: HivOutcome::Died, on: event.on, definitions: None });
        }
    }

    pub(super) fn ended(&mut self, event: &HivOutcomeRecorded) {
        self.outcome = Some(event.clone());
    }

    /// Whether the patient has died, as far as this record knows.
    pub fn died(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.outcome == HivOutcome::Died)
    }
}
