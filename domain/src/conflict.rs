//! Conflicts: a step that changes custody, taken offline, that the log refused because the world had moved on.
//!
//! Whoever is offline acts on what they last saw. A note or a dose commutes with what others did meanwhile; a step of a
//! handoff does not, and the log keeps to its order. Such a step is not carried out and not lost either: it is kept here,
//! beside the case, for the people of both sides to settle. What is kept is codes and dates; free text never enters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    case::{
        Case, CaseCommand,
        handoff::{
            HandoffState,
            event::{CareContinued, ClaimBasis, DeclineReason, ExternalStep, IdentityCheck},
        },
        programme::Programme,
    },
    decider::{Context, Decider, Fact},
    ids::{CaseId, HandoffId, OrganisationId},
    refusal::refusals,
    time::OccurredAt,
};

/// Refusals that would have met the command on the day it was given as well: there is nothing to settle.
const NEVER_POSSIBLE: [&str; 4] =
    ["handoff_not_yours", "care_not_continued", "external_step_order", "command_running"];

/// What was asked, in codes and dates alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The name of the command.
    pub command: String,
    /// The day of the departure, the arrival or the first care.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub on: Option<Date>,
    /// The day on which the patient should arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expected_arrival: Option<Date>,
    /// Days of medicine in hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medicine_days: Option<u16>,
    /// How the patient was recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_check: Option<IdentityCheck>,
    /// What said that it is this patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<ClaimBasis>,
    /// A dose or a visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care: Option<CareContinued>,
    /// What a facility outside the network has let the sender know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<ExternalStep>,
    /// The coded reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who might take the patient instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<OrganisationId>,
    /// The programmes that were not to be taken, each with its reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<Programme, DeclineReason>,
}

/// How the handoff stood when the command came in: who was first, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the words say what they are")]
pub struct Winner {
    pub state: HandoffState,
    pub by: OrganisationId,
    pub at: Timestamp,
}

/// A step that was not carried out. Who took it and when it happened stand beside the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictRaised {
    /// On which case.
    pub case: CaseId,
    /// On which handoff.
    pub handoff: HandoffId,
    /// What was asked.
    pub attempt: Attempt,
    /// The code it was refused with.
    pub refusal: String,
    /// The organisations of the handoff, which must hear of it beside the one that raised it.
    pub sides: BTreeSet<OrganisationId>,
    /// What it met.
    pub winner: Winner,
}

/// How a conflict ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "conflict-resolutions"))]
pub enum Resolution {
    /// What others did stands, and the step is given up.
    Dismissed,
    /// The step was taken anew by a command of its own.
    Redone,
}

/// Why it ended so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "conflict-resolution-reasons"))]
pub enum ResolutionReason {
    /// What others did meanwhile is right.
    Overtaken,
    /// Both sides have spoken and agreed.
    Agreed,
    /// The step had been recorded by mistake.
    RecordedInError,
    /// The patient's own wish.
    PatientChoice,
    /// The same step was sent again later and counted.
    CarriedOut,
}

/// Settles a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveConflict {
    /// Given up, or done anew.
    pub resolution: Resolution,
    /// Why.
    pub reason: ResolutionReason,
}

/// What may be asked of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictCommand {
    /// Keep a step that was refused.
    Raise(Box<ConflictRaised>),
    /// Settle it.
    Resolve(ResolveConflict),
}

/// What happened to a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum ConflictEvent {
    /// A step taken offline was refused and kept.
    #[serde(rename = "conflict.raised.v1")]
    Raised(Box<ConflictRaised>),
    /// The conflict was settled.
    #[serde(rename = "conflict.resolved.v1")]
    Resolved(ResolveConflict),
}

/// A conflict that was raised, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What it is about.
    pub about: ConflictRaised,
    /// Whose step it was.
    pub by: Actor,
    /// When the step was taken.
    pub occurred_at: OccurredAt,
    /// When it was refused.
    pub raised_at: Timestamp,
    /// How it was settled, by whom and when.
    pub resolved: Option<(ResolveConflict, Actor, Timestamp)>,
}

/// The record of one conflict; absent until raised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict(pub Option<Raised>);

refusals! {
    /// Why a conflict is not settled so.
    ConflictRefusal {
        Unknown = Absent "not_found", "There is no such conflict.";
        NotYours = Conflict "conflict_not_yours",
            "A conflict is settled by the organisation whose step did not count; speak with it.";
        Settled = Conflict "conflict_settled", "This conflict has been settled already, in another way.";
    }
}

impl Decider for Conflict {
    const CATEGORY: &'static str = "conflict";

    type Command = ConflictCommand;
    type Event = ConflictEvent;
    type Refusal = ConflictRefusal;

    fn decide(
        &self,
        command: &ConflictCommand,
        context: &Context<'_>,
    ) -> Result<Vec<ConflictEvent>, ConflictRefusal> {
        match (command, &self.0) {
            (ConflictCommand::Raise(about), None) => Ok(vec![ConflictEvent::Raised(about.clone())]),
            (ConflictCommand::Raise(_), Some(_)) => Ok(vec![]),
            (ConflictCommand::Resolve(_), None) => Err(ConflictRefusal::Unknown),
            (ConflictCommand::Resolve(how), Some(raised)) => {
                if raised.by.organisation != context.actor.organisation {
                    return Err(ConflictRefusal::NotYours);
                }
                match &raised.resolved {
                    None => Ok(vec![ConflictEvent::Resolved(*how)]),
                    Some((before, ..)) if before == how => Ok(vec![]),
                    Some(_) => Err(ConflictRefusal::Settled),
                }
            }
        }
    }

    fn evolve(mut self, fact: &Fact<ConflictEvent>) -> Self {
        match (&fact.event, &mut self.0) {
            (ConflictEvent::Raised(about), state @ None) => {
                *state = Some(Raised {
                    about: (**about).clone(),
                    by: fact.actor.clone(),
                    occurred_at: fact.occurred_at,
                    raised_at: fact.recorded_at,
                    resolved: None,
                });
            }
            (ConflictEvent::Resolved(how), Some(raised)) => {
                raised.resolved = Some((*how, fact.actor.clone(), fact.recorded_at));
            }
            (ConflictEvent::Raised(_), Some(_)) | (ConflictEvent::Resolved(_), None) => (),
        }
        self
    }
}

impl Raised {
    /// Every organisation that must hear of it.
    pub fn organisations(&self) -> BTreeSet<&OrganisationId> {
        self.about.sides.iter().chain([&self.by.organisation]).collect()
    }
}

impl ConflictRaised {
    /// The conflict that a refused command on a case makes: `None` when the command leaves custody as it is, when it could
    /// never have been carried out, or when the organisation has no tie to the case and must not learn of it.
    pub fn of(
        (id, case): (CaseId, &Case),
        command: &CaseCommand,
        (refusal, organisation): (&str, &OrganisationId),
    ) -> Option<Self> {
        let (handoff, attempt) = Attempt::of(command)?;
        let found = case.handoffs.all.get(&handoff)?;
        case.standing(organisation)?;
        if NEVER_POSSIBLE.contains(&refusal) {
            return None;
        }
        let winner = Winner { state: found.state, by: found.moved_by.clone(), at: found.moved_at };
        let claimant = found.claim.iter().map(|claim| claim.organisation.clone());
        let sides = [found.from.clone(), found.to.clone()].into_iter().chain(claimant).collect();
        Some(Self { case: id, handoff, attempt, refusal: refusal.to_owned(), sides, winner })
    }
}

impl Attempt {
    /// What a command that changes custody asks, and of which handoff; `None` when it leaves custody as it is.
    pub fn of(command: &CaseCommand) -> Option<(HandoffId, Self)> {
        let named = Self { command: command.name().to_owned(), ..Self::default() };
        Some(match command {
            CaseCommand::AcceptHandoff(id, body) => (*id, Self { refused: body.refused.clone(), ..named }),
            CaseCommand::DeclineHandoff(id, body) => {
                (*id, Self { reason: code(body.reason), suggestion: body.suggestion.clone(), ..named })
            }
            CaseCommand::WithdrawHandoff(id, body) => (*id, Self { reason: code(body.reason), ..named }),
            CaseCommand::RescindAcceptance(id, body) => (*id, Self { reason: code(body.reason), ..named }),
            CaseCommand::DepartPatient(id, body) => {
                let (on, medicine_days) = (Some(body.on), Some(body.medicine_days));
                (*id, Self { on, medicine_days, expected_arrival: body.expected_arrival, ..named })
            }
            CaseCommand::ArrivePatient(id, body) => {
                (*id, Self { on: Some(body.on), identity_check: Some(body.identity_check), ..named })
            }
            CaseCommand::ClaimPatient(id, body) => {
                (*id, Self { on: Some(body.on), basis: Some(body.basis), ..named })
            }
            CaseCommand::CompleteHandoff(id, body) => {
                (*id, Self { on: Some(body.on), care: Some(body.care), ..named })
            }
            CaseCommand::ConfirmExternal(id, body) => {
                let reason = body.reason.and_then(code);
                (*id, Self { on: Some(body.on), step: Some(body.step), reason, ..named })
            }
            CaseCommand::RecordDidNotTravel(id, _)
            | CaseCommand::ConfirmClaim(id, _)
            | CaseCommand::RefuseClaim(id, _) => (*id, named),
            _ => return None,
        })
    }
}

/// The code of a reason; one that is more than a code says nothing here.
fn code(reason: impl Serialize) -> Option<String> {
    serde_json::to_value(reason).ok()?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
