//! Reactions to the medicine, recorded when they are seen (WHO active drug-safety monitoring, aDSM).

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Treatment, TreatmentRefusal};
use crate::{
    case::{Case, CaseEvent, CaseRefusal, laboratory::Drug},
    decider::Context,
    ids::EpisodeId,
};

/// What kind of reaction: the events of interest of aDSM, and those that send patients away from treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "adverse-event-kinds"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum AdverseEventKind {
    Hepatotoxicity,
    PeripheralNeuropathy,
    OpticNeuritis,
    QtProlongation,
    Myelosuppression,
    HearingLoss,
    Nephrotoxicity,
    Hypothyroidism,
    Psychiatric,
    SkinReaction,
    Gastrointestinal,
    Arthralgia,
    Other,
}

/// What was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "adverse-actions"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum AdverseAction {
    None,
    DoseChanged,
    DrugStopped,
    TreatmentStopped,
    Hospitalised,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "adverse-courses"))]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum AdverseCourse {
    Recovered,
    Recovering,
    NotRecovered,
    Lasting,
    Died,
    Unknown,
}

/// Records a reaction to the medicine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordAdverseEvent {
    /// The day it was seen.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// What kind.
    pub kind: AdverseEventKind,
    /// How grave: 1 mild, 2 moderate, 3 severe, 4 life-threatening, 5 death.
    #[schemars(range(min = 1, max = 5))]
    pub grade: u8,
    /// The drugs that are suspected.
    #[serde(default)]
    pub suspected: Vec<Drug>,
    /// What was done about it.
    pub action: Option<AdverseAction>,
    /// What came of it.
    pub course: Option<AdverseCourse>,
}

/// A reaction to the medicine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `RecordAdverseEvent`")]
pub struct AdverseEvent {
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    pub kind: AdverseEventKind,
    pub grade: u8,
    pub suspected: Vec<Drug>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<AdverseAction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<AdverseCourse>,
}

/// A reaction was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdverseEventRecorded {
    /// In which episode.
    pub episode: EpisodeId,
    /// What was seen.
    pub adverse_event: AdverseEvent,
}

impl RecordAdverseEvent {
    pub(in crate::case) fn decide(
        &self,
        case: &Case,
        context: &Context<'_>,
    ) -> Result<Vec<CaseEvent>, CaseRefusal> {
        case.cares(&context.actor)?;
        let (episode, open) = case.treatment.open_episode().ok_or(TreatmentRefusal::NotOnTreatment)?;
        if self.on > context.today {
            return Err(TreatmentRefusal::TreatmentLater.into());
        }
        if self.on < open.started_on {
            return Err(TreatmentRefusal::BeforeStart { started: open.started_on }.into());
        }
        if !(1..=5).contains(&self.grade) {
            return Err(TreatmentRefusal::GradeOutOfRange.into());
        }
        let adverse_event = AdverseEvent {
            on: self.on,
            kind: self.kind,
            grade: self.grade,
            suspected: self.suspected.clone(),
            action: self.action,
            course: self.course,
        };
        if open.adverse_events.contains(&adverse_event) {
            return Ok(vec![]);
        }
        Ok(vec![CaseEvent::AdverseEventRecorded(AdverseEventRecorded { episode, adverse_event })])
    }
}

impl Treatment {
    pub(in crate::case) fn reacted(&mut self, event: &AdverseEventRecorded) {
        if let Some(episode) = self.episodes.get_mut(&event.episode) {
            episode.adverse_events.push(event.adverse_event.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AdverseEventKind, RecordAdverseEvent};
    use crate::{
        case::{CaseCommand, fixtures::*},
        testing::given,
    };

    fn reaction(grade: u8) -> CaseCommand {
        let kind = AdverseEventKind::Hepatotoxicity;
        CaseCommand::RecordAdverseEvent(RecordAdverseEvent {
            on: TODAY,
            kind,
            grade,
            suspected: vec![],
            action: None,
            course: None,
        })
    }

    #[test]
    fn a_reaction_is_kept_with_the_episode_and_counts_once() {
        let history = treated_case();
        given(&history).when(reaction(3)).as_(&shymkent()).accepted();
        let mut again = history;
        again.push(adverse_event(3));
        assert_eq!(given(&again).state().treatment.open_episode().unwrap().1.adverse_events.len(), 1);
        given(&again).when(reaction(3)).as_(&shymkent()).nothing();
    }

    #[test]
    fn a_reaction_needs_a_treatment_and_a_grade_from_one_to_five() {
        given(&a_case()).when(reaction(3)).as_(&galaba()).refused("not_on_treatment");
        for grade in [0, 6] {
            given(&treated_case()).when(reaction(grade)).as_(&shymkent()).refused("adverse_event_grade");
        }
    }
}
