//! Steps that change custody and are refused: they are kept as conflicts, and settled when the same step counts after all.

use safar_domain::{
    case::CaseCommand,
    conflict::{Conflict, ConflictCommand, ConflictRaised, Resolution, ResolutionReason, ResolveConflict},
    decider::Decider as _,
    ids::{CaseId, ConflictId},
};
use safar_event_store::{Position, Revision, StreamId};
use uuid::Uuid;

use crate::{
    app::{App, Caller, Request, store_problem},
    ids::Ids,
    problem::Problem,
};

/// A command on a case as the batch gave it.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) case: CaseId,
    pub(super) command: &'a CaseCommand,
    pub(super) request: &'a Request,
}

impl Step<'_> {
    /// The conflict of this step: the same each time it is sent, and another when it asks for something else.
    fn conflict(&self) -> ConflictId {
        let asked = Uuid::new_v5(&self.request.key, &self.request.fingerprint);
        ConflictId(Ids::derive(self.caller.actor.worker.as_str(), asked, "conflict"))
    }

    /// Keeps the step if the world has moved on since it was taken; answers the conflict and where in the log it is.
    pub(super) async fn keep(&self, problem: &Problem) -> Result<Option<(ConflictId, Position)>, Problem> {
        if !matches!(problem.status().as_u16(), 409 | 412) {
            return Ok(None);
        }
        let case = self.app.case(self.case).await?;
        let whose = (problem.code(), &self.caller.actor.organisation);
        let Some(about) = ConflictRaised::of((self.case, &case), self.command, whose) else {
            return Ok(None);
        };
        let id = self.conflict();
        let command = ConflictCommand::Raise(Box::new(about));
        let request = self.by_itself(id, "raised");
        let raised = self.app.execute::<Conflict>(&id, &command, (self.caller, &request), |_| Ok(())).await?;
        Ok(Some((id, raised.position)))
    }

    /// The step has counted: if it had been refused before, that is settled.
    pub(super) async fn settle(&self) -> Result<(), Problem> {
        let id = self.conflict();
        let stream = StreamId::new(Conflict::CATEGORY, id);
        let revision = self.app.store.revision(&stream).await.map_err(|error| store_problem(&error))?;
        if revision == Revision::ABSENT {
            return Ok(());
        }
        let (resolution, reason) = (Resolution::Redone, ResolutionReason::CarriedOut);
        let command = ConflictCommand::Resolve(ResolveConflict { resolution, reason });
        let request = self.by_itself(id, "carried-out");
        match self.app.execute::<Conflict>(&id, &command, (self.caller, &request), |_| Ok(())).await {
            // Somebody has settled it in another way: that stands.
            Err(problem) if problem.code() != "conflict_settled" => Err(problem),
            _ => Ok(()),
        }
    }

    /// A command that follows from the step, under a key that follows from it too.
    fn by_itself(&self, id: ConflictId, label: &str) -> Request {
        let key = Ids::derive(self.caller.actor.worker.as_str(), id.0, label);
        Request { key, expected: None, birth: None, ..self.request.clone() }
    }
}
