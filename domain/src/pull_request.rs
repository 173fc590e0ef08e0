//! Pull requests: an organisation that has a patient asks another one, by name, to hand the patient over.
//!
//! The request names the asker's own record of the person, which the asked organisation may read while the request is
//! open; so identity stays in the person's stream. Whether the asked organisation knows the person shows in nothing but
//! its answer: an offer of a handoff to the asker, a decline with a reason, or silence until the request lapses.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    case::{
        handoff::{Handoff, HandoffState},
        programme::Programme,
        standing::Standing,
    },
    decider::{Context, Decider, Fact},
    ids::{CaseId, HandoffId, OrganisationId, PersonId, PullRequestId},
    refusal::refusals,
};

mod words;

pub use words::*;

/// How long a request waits for its answer.
const LAPSES_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How far a pull request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "pull-request-states"))]
pub enum PullRequestState {
    /// Waits for its answer.
    Open,
    /// A handoff was offered to the asker.
    Answered,
    /// The patient is not handed over.
    Declined,
    /// Taken back.
    Withdrawn,
    /// Nobody answered in time.
    Lapsed,
}

impl PullRequestState {
    /// The word in sentences and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
        }
    }
}

/// A pull request as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in `MakePullRequest`")]
pub struct Asked {
    pub request: PullRequestId,
    pub person: PersonId,
    /// Who asks.
    pub from: OrganisationId,
    pub of: OrganisationId,
    pub programmes: BTreeSet<Programme>,
    pub reason: PullReason,
    pub asked_at: Timestamp,
    /// When an unanswered request ends.
    pub lapses_at: Timestamp,
    pub state: PullRequestState,
    /// Who settled it, and when.
    pub settled: Option<(OrganisationId, Timestamp)>,
    /// The handoff that answers it.
    pub answer: Option<(CaseId, HandoffId)>,
    /// Why it was declined.
    pub declined: Option<PullDeclineReason>,
}

/// The record of one pull request; absent until it is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullRequest(pub Option<Asked>);

refusals! {
    /// Why a pull request, or a step of one, is refused.
    PullRequestRefusal {
        Unknown = Absent "not_found", "There is no such pull request, or it is outside your organisation's reach.";
        MadeAlready = Conflict "pull_request_made", "This pull request has been made already.";
        PatientMustAgree = Invalid "patient_agreement_missing",
            "Another organisation is asked only when the patient has agreed to it.";
        ProgrammesMissing = Invalid "pull_request_without_programme", "Name at least one programme to ask for.";
        OfItself = Invalid "pull_request_to_itself", "A patient is asked for from another organisation.";
        OrganisationUnknown = Invalid "organisation_unknown", "There is no such active organisation in the directory.";
        NotTakenHere { programme: Programme } = Conflict "programme_not_taken_here",
            "Your organisation does not take the {programme} programme, so it cannot be handed over to you.";
        OpenAlready { request: PullRequestId } = Conflict "pull_request_open",
            "You have asked that organisation for this person already, in pull request {request}.";
        NotYours { side: &'static str } = Conflict "pull_request_not_yours", "This step belongs to the {side} organisation.";
        Settled { state: &'static str, by: OrganisationId, at: Timestamp } = Conflict "pull_request_settled",
            "This pull request was {state} by {by} at {at}.";
        NothingOffered = Conflict "pull_request_needs_offer",
            "Offer the asking organisation a handoff of a programme it asks for, then answer with it.";
    }
}

impl MakePullRequest {
    fn decide(
        &self,
        open: Option<PullRequestId>,
        context: &Context<'_>,
    ) -> Result<PullRequestEvent, PullRequestRefusal> {
        let from = context.actor.organisation.clone();
        if !self.patient_agreed {
            return Err(PullRequestRefusal::PatientMustAgree);
        }
        if self.of == from {
            return Err(PullRequestRefusal::OfItself);
        }
        if self.programmes.is_empty() {
            return Err(PullRequestRefusal::ProgrammesMissing);
        }
        context.directory.active(&self.of).ok_or(PullRequestRefusal::OrganisationUnknown)?;
        let own = context.directory.active(&from);
        let not_taken = |programme: &&Programme| !own.is_some_and(|own| own.takes(**programme));
        if let Some(programme) = self.programmes.iter().find(not_taken) {
            return Err(PullRequestRefusal::NotTakenHere { programme: *programme });
        }
        if let Some(request) = open {
            return Err(PullRequestRefusal::OpenAlready { request });
        }
        Ok(PullRequestEvent::Made {
            request: PullRequestId(context.new_id),
            person: self.person,
            from,
            of: self.of.clone(),
            programmes: self.programmes.clone(),
            patient_agreed: self.patient_agreed,
            reason: self.reason,
            lapses_at: context.now.saturating_add(LAPSES_AFTER).unwrap_or(Timestamp::MAX),
        })
    }
}

impl Asked {
    /// The step belongs to this side, and the request still waits for one.
    fn step(
        &self,
        (side, owner): (&'static str, &OrganisationId),
        actor: &Actor,
    ) -> Result<(), PullRequestRefusal> {
        if *owner != actor.organisation {
            return Err(PullRequestRefusal::NotYours { side });
        }
        match self.settled.clone() {
            None => Ok(()),
            Some((by, at)) => Err(PullRequestRefusal::Settled { state: self.state.code(), by, at }),
        }
    }

    /// Takes in what settles it.
    fn take_in(&mut self, event: &PullRequestEvent) {
        self.state = match event {
            PullRequestEvent::Made { .. } => PullRequestState::Open,
            PullRequestEvent::Answered { case, handoff, .. } => {
                self.answer = Some((*case, *handoff));
                PullRequestState::Answered
            }
            PullRequestEvent::Declined { reason, .. } => {
                self.declined = Some(*reason);
                PullRequestState::Declined
            }
            PullRequestEvent::Withdrawn { .. } => PullRequestState::Withdrawn,
            PullRequestEvent::Lapsed { .. } => PullRequestState::Lapsed,
        };
    }

    /// Whether a handoff gives the asker what it asks for.
    fn answered_by(&self, handoff: &Handoff) -> bool {
        let stands =
            handoff.state.live() || matches!(handoff.state, HandoffState::Arrived | HandoffState::Completed);
        let between_them = handoff.from == self.of && handoff.to == self.from;
        stands && between_them && !handoff.programmes.is_disjoint(&self.programmes)
    }
}

impl PullRequest {
    /// The tie of an organisation to it: both sides see the request, and no case by it.
    pub fn standing(&self, organisation: &OrganisationId) -> Option<Standing> {
        let asked = self.0.as_ref()?;
        [&asked.from, &asked.of].contains(&organisation).then_some(Standing::Offered)
    }

    /// The commands that an organisation may give now.
    pub fn commands(&self, organisation: &OrganisationId) -> Vec<&'static str> {
        match &self.0 {
            Some(asked) if asked.state == PullRequestState::Open => {
                if asked.of == *organisation {
                    vec!["answer_pull_request", "decline_pull_request"]
                } else if asked.from == *organisation {
                    vec!["withdraw_pull_request"]
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        }
    }

    /// What time alone has brought about by now.
    pub fn due(&self, now: Timestamp) -> Option<(PullRequestId, PullRequestEvent)> {
        let asked = self.0.as_ref()?;
        let lapsed = asked.state == PullRequestState::Open && now >= asked.lapses_at;
        lapsed.then_some((asked.request, PullRequestEvent::Lapsed { request: asked.request }))
    }
}

impl Decider for PullRequest {
    const CATEGORY: &'static str = "pull_request";

    type Command = PullRequestCommand;
    type Event = PullRequestEvent;
    type Refusal = PullRequestRefusal;

    fn decide(
        &self,
        command: &PullRequestCommand,
        context: &Context<'_>,
    ) -> Result<Vec<PullRequestEvent>, PullRequestRefusal> {
        let event = match (&self.0, command) {
            (None, PullRequestCommand::Make(body, open)) => body.decide(*open, context)?,
            (None, _) => return Err(PullRequestRefusal::Unknown),
            (Some(_), PullRequestCommand::Make(..)) => return Err(PullRequestRefusal::MadeAlready),
            (Some(asked), PullRequestCommand::Answer(body, found)) => {
                asked.step(("asked", &asked.of), &context.actor)?;
                if !found.as_ref().is_some_and(|found| asked.answered_by(found)) {
                    return Err(PullRequestRefusal::NothingOffered);
                }
                let (request, case, handoff) = (asked.request, body.case, body.handoff);
                PullRequestEvent::Answered { request, case, handoff }
            }
            (Some(asked), PullRequestCommand::Decline(body)) => {
                asked.step(("asked", &asked.of), &context.actor)?;
                PullRequestEvent::Declined { request: asked.request, reason: body.reason }
            }
            (Some(asked), PullRequestCommand::Withdraw(_)) => {
                asked.step(("asking", &asked.from), &context.actor)?;
                PullRequestEvent::Withdrawn { request: asked.request }
            }
        };
        Ok(vec![event])
    }

    fn evolve(mut self, fact: &Fact<PullRequestEvent>) -> Self {
        match (&mut self.0, &fact.event) {
            (
                state,
                PullRequestEvent::Made { request, person, from, of, programmes, reason, lapses_at, .. },
            ) => {
                *state = Some(Asked {
                    request: *request,
                    person: *person,
                    from: from.clone(),
                    of: of.clone(),
                    programmes: programmes.clone(),
                    reason: *reason,
                    asked_at: fact.recorded_at,
                    lapses_at: *lapses_at,
                    state: PullRequestState::Open,
                    settled: None,
                    answer: None,
                    declined: None,
                });
            }
            (None, _) => (),
            (Some(asked), event) => {
                asked.settled = Some((fact.actor.organisation.clone(), fact.recorded_at));
                asked.take_in(event);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
