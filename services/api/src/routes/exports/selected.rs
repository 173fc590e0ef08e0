//! The cases that a selection means at this moment, each as far as it is open to the one who asks.

use jiff::Timestamp;
use safar_domain::{
    case::{Case, reading::Opened},
    erasure::{Erasure, ErasureState},
    export::ExportSelection,
    ids::{CaseId, PersonId},
    policy::Action,
};
use safar_projections::CasesQuery;

use crate::{
    app::{App, Caller, model_problem, store_problem},
    problem::Problem,
};

/// Cases of one page of the list that is gone through.
const PAGE: u32 = 200;

/// A case that is meant.
pub(super) struct Selected {
    pub(super) id: CaseId,
    pub(super) revision: u64,
    pub(super) case: Case,
    pub(super) opened: Opened,
}

/// The cases that are meant, newest first, and no more of them than show that they are too many. Which there are is asked of
/// the read models as of now, how each stands and what of it is open of the log.
pub(super) async fn cases(
    app: &App,
    caller: &Caller,
    (selection, asked_at): (&ExportSelection, Timestamp),
) -> Result<Vec<Selected>, Problem> {
    app.reached(app.store.head().await.map_err(|error| store_problem(&error))?).await?;
    let enough = app.exports.cases as usize + 1;
    let mut selected = Vec::new();
    let mut query = CasesQuery {
        organisation: caller.actor.organisation.clone(),
        responsible_only: selection.responsible,
        closed: selection.closed,
        phase: None,
        after: None,
        limit: PAGE,
    };
    loop {
        let page = app.models.cases(query.clone()).await.map_err(|error| model_problem(&error))?;
        query.after = page.last().map(|record| record.id);
        let last = page.len() < PAGE as usize;
        for record in page {
            selected.extend(meant(app, caller, record.id, (selection, asked_at)).await?);
            if selected.len() >= enough {
                return Ok(selected);
            }
        }
        if last {
            return Ok(selected);
        }
    }
}

/// A case, if it is meant and its person is not erased, or about to be.
async fn meant(
    app: &App,
    caller: &Caller,
    id: CaseId,
    (selection, asked_at): (&ExportSelection, Timestamp),
) -> Result<Option<Selected>, Problem> {
    let (case, revision) = app.case_and_revision(id).await?;
    let Some(standing) = case.standing(&caller.actor.organisation) else { return Ok(None) };
    if caller.reaches(Action::ReadCase, Some(standing)).is_err() {
        return Ok(None);
    }
    let now = app.clock.now();
    let opened = case.opened_to(&caller.actor, (now, caller.date_of(now)));
    let person = case.opening.as_ref().map(|opening| opening.person);
    if !selection.takes(&case, &opened, (standing, asked_at)) || erased(app, person).await? {
        return Ok(None);
    }
    Ok(Some(Selected { id, revision: revision.get(), case, opened }))
}

async fn erased(app: &App, person: Option<PersonId>) -> Result<bool, Problem> {
    let Some(person) = person else { return Ok(false) };
    let gone = [Some(ErasureState::Approved), Some(ErasureState::Erased)];
    Ok(gone.contains(&app.record::<Erasure>(person).await?.state()))
}
