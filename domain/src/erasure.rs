//! The erasure of a person: asked for by one, agreed to by another, carried out by the machine, and never undone.
//!
//! The stream stands beside the person's and outlives it: it says that somebody was erased, on which ground and by whose
//! hand, and of whom it tells nothing that the cases do not. Of the two who agree one is an auditor, so that nobody who cares
//! for a patient can make the traces of it disappear alone, nor two of one team. A legal hold stops it at every step, also
//! between the agreement and its execution.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    actor::{Actor, Role},
    decider::{Context, Decider, Fact},
    ids::OrganisationId,
    refusal::refusals,
};

mod words;

pub use words::*;

/// A request as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRequest {
    /// On which ground.
    pub ground: ErasureGround,
    /// What was to be thought of when it was made.
    pub warnings: BTreeSet<ErasureWarning>,
    /// Who asked.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// How far it has come.
    pub state: ErasureState,
    /// Who agreed or refused, and when.
    pub settled: Option<(Actor, Timestamp)>,
    /// Why it was refused.
    pub refused: Option<ErasureRefusalReason>,
}

/// A legal hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why the record is kept.
    pub ground: HoldGround,
    /// The last day of it.
    pub until: Option<Date>,
}

impl Hold {
    /// Whether it keeps the record on a day.
    pub fn in_force(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }
}

/// What became of one person's record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The last request.
    pub request: Option<ErasureRequest>,
    /// The hold, while it is not released.
    pub hold: Option<Hold>,
    /// What was erased, and when.
    pub erased: Option<(PersonErased, Timestamp)>,
}

refusals! {
    /// Why a person is not erased, or not yet.
    ErasureRefusal {
        Unknown = Absent "not_found", "There is no such person, or they are outside your organisation's reach.";
        NotRequested = Conflict "erasure_not_requested", "Nobody has asked to erase this person, or the request was refused; make one first.";
        ApprovedAlready = Conflict "erasure_approved", "The erasure is agreed on and cannot be taken back; a legal hold stops it as long as it is not done.";
        LegalHold = Conflict "legal_hold", "This record is under a legal hold and must be kept; ask an auditor.";
        OnTreatment = Conflict "erasure_during_treatment",
            "The person is being treated for tuberculosis; end the treatment or close the case first, or name a court order.";
        SecondPerson = Forbidden "second_person_needed", "You have asked for this yourself; another person has to agree.";
        AuditorNeeded = Forbidden "auditor_needed", "One of the two who agree to an erasure is an auditor; ask one.";
        NoHold = Conflict "no_legal_hold", "There is no legal hold on this record.";
        HoldOver = Invalid "legal_hold_over", "A legal hold ends today or later; check the date.";
        ErasedAlready = Conflict "person_erased", "The person was erased; there is nothing left to keep.";
    }
}

impl Erasure {
    /// Whether the record has to be kept on a day.
    pub fn held(&self, today: Date) -> bool {
        self.hold.is_some_and(|hold| hold.in_force(today))
    }

    /// Whether everything is agreed and nothing is done yet.
    pub fn due(&self, today: Date) -> bool {
        self.state() == Some(ErasureState::Approved) && !self.held(today)
    }

    /// How far it has come, if anybody has asked for it.
    pub fn state(&self) -> Option<ErasureState> {
        self.request.as_ref().map(|request| request.state)
    }

    /// The commands that this actor may give now.
    pub fn commands(&self, actor: &Actor) -> Vec<&'static str> {
        let auditor = actor.role == Role::Auditor;
        let hold = if self.hold.is_some() { "release_legal_hold" } else { "set_legal_hold" };
        let hold = (auditor && self.erased.is_none()).then_some(hold);
        let steps: &[&str] = match &self.request {
            None => &["request_erasure"],
            Some(request) => match request.state {
                ErasureState::Refused => &["request_erasure"],
                ErasureState::Requested if self.second(actor).is_ok() => {
                    &["approve_erasure", "refuse_erasure"]
                }
                ErasureState::Requested => &["refuse_erasure"],
                ErasureState::Approved | ErasureState::Erased => &[],
            },
        };
        steps.iter().copied().chain(hold).collect()
    }

    /// Whether this actor can be the second of the two.
    fn second(&self, actor: &Actor) -> Result<(), ErasureRefusal> {
        let first = &self.request.as_ref().ok_or(ErasureRefusal::NotRequested)?.by;
        if first.worker == actor.worker {
            return Err(ErasureRefusal::SecondPerson);
        }
        let audited = [first, actor].iter().any(|one| one.role == Role::Auditor);
        if audited { Ok(()) } else { Err(ErasureRefusal::AuditorNeeded) }
    }

    /// Nothing keeps the record today.
    fn free(&self, (ground, cases): (ErasureGround, PersonCases), today: Date) -> Result<(), ErasureRefusal> {
        if self.held(today) {
            return Err(ErasureRefusal::LegalHold);
        }
        if cases.on_treatment && ground != ErasureGround::CourtOrder {
            return Err(ErasureRefusal::OnTreatment);
        }
        Ok(())
    }

    fn request(
        &self,
        body: &RequestErasure,
        cases: PersonCases,
        today: Date,
    ) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        if self.state().is_some_and(|state| state != ErasureState::Refused) {
            return Ok(vec![]);
        }
        self.free((body.ground, cases), today)?;
        Ok(vec![ErasureEvent::Requested { ground: body.ground, warnings: cases.warnings() }])
    }

    fn approve(
        &self,
        cases: PersonCases,
        context: &Context<'_>,
    ) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        let Some(request) = &self.request else { return Err(ErasureRefusal::NotRequested) };
        match request.state {
            ErasureState::Approved | ErasureState::Erased => Ok(vec![]),
            ErasureState::Refused => Err(ErasureRefusal::NotRequested),
            ErasureState::Requested => {
                self.second(&context.actor)?;
                self.free((request.ground, cases), context.today)?;
                Ok(vec![ErasureEvent::Approved {}])
            }
        }
    }

    fn refuse(&self, reason: ErasureRefusalReason) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        match self.state() {
            None => Err(ErasureRefusal::NotRequested),
            Some(ErasureState::Requested) => Ok(vec![ErasureEvent::Refused { reason }]),
            Some(ErasureState::Approved | ErasureState::Erased) => Err(ErasureRefusal::ApprovedAlready),
            Some(ErasureState::Refused) => Ok(vec![]),
        }
    }

    fn hold(&self, body: &SetLegalHold, today: Date) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        if self.erased.is_some() {
            return Err(ErasureRefusal::ErasedAlready);
        }
        let asked = Hold { ground: body.ground, until: body.until };
        if !asked.in_force(today) {
            return Err(ErasureRefusal::HoldOver);
        }
        let held = ErasureEvent::Held { ground: body.ground, until: body.until };
        Ok((self.hold != Some(asked)).then_some(held).into_iter().collect())
    }

    /// A hold that came after the first key was destroyed keeps nothing any more: what is done is said.
    fn finish(&self, done: &PersonErased) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        match self.state() {
            Some(ErasureState::Erased) => Ok(vec![]),
            Some(ErasureState::Approved) => Ok(vec![ErasureEvent::Erased(done.clone())]),
            _ => Err(ErasureRefusal::NotRequested),
        }
    }

    /// How a request goes on; an event without one says nothing.
    fn settled(&mut self, state: ErasureState, fact: &Fact<ErasureEvent>) {
        if let Some(request) = &mut self.request {
            request.state = state;
            request.settled = Some((fact.actor.clone(), fact.recorded_at));
        }
    }

    /// What was to be thought of, as codes.
    pub fn warnings(&self) -> Vec<String> {
        let of = |request: &ErasureRequest| {
            request.warnings.iter().map(|warning| warning.code().to_owned()).collect()
        };
        self.request.as_ref().map(of).unwrap_or_default()
    }

    /// Whose erasure it is: the organisation that has asked for it is told when it is done.
    pub fn asked_by(&self) -> Option<&OrganisationId> {
        self.request.as_ref().map(|request| &request.by.organisation)
    }
}

impl Decider for Erasure {
    const CATEGORY: &'static str = "erasure";

    type Command = ErasureCommand;
    type Event = ErasureEvent;
    type Refusal = ErasureRefusal;

    fn decide(
        &self,
        command: &ErasureCommand,
        context: &Context<'_>,
    ) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        match command {
            ErasureCommand::Request(body, cases) => self.request(body, *cases, context.today),
            ErasureCommand::Approve(cases) => self.approve(*cases, context),
            ErasureCommand::Refuse(body) => self.refuse(body.reason),
            ErasureCommand::Hold(body) => self.hold(body, context.today),
            ErasureCommand::Release if self.hold.is_none() => Err(ErasureRefusal::NoHold),
            ErasureCommand::Release => Ok(vec![ErasureEvent::Released {}]),
            ErasureCommand::Finish(done) => self.finish(done),
        }
    }

    fn evolve(mut self, fact: &Fact<ErasureEvent>) -> Self {
        match &fact.event {
            ErasureEvent::Requested { ground, warnings } => {
                self.request = Some(ErasureRequest {
                    ground: *ground,
                    warnings: warnings.clone(),
                    by: fact.actor.clone(),
                    at: fact.recorded_at,
                    state: ErasureState::Requested,
                    settled: None,
                    refused: None,
                });
            }
            ErasureEvent::Approved {} => self.settled(ErasureState::Approved, fact),
            ErasureEvent::Refused { reason } => {
                self.settled(ErasureState::Refused, fact);
                if let Some(request) = &mut self.request {
                    request.refused = Some(*reason);
                }
            }
            ErasureEvent::Held { ground, until } => {
                self.hold = Some(Hold { ground: *ground, until: *until });
            }
            ErasureEvent::Released {} => self.hold = None,
            ErasureEvent::Erased(done) => {
                // Who agreed stands with the request; the machine has only done it.
                if let Some(request) = &mut self.request {
                    request.state = ErasureState::Erased;
                }
                self.erased = Some((done.clone(), fact.recorded_at));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
