//! Conflicts: steps taken offline that did not count, for the people of both sides to settle.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use jiff::Timestamp;
use safar_domain::{
    access::Reading,
    actor::Actor,
    case::handoff::HandoffState,
    conflict::{Attempt, Conflict, ConflictCommand, Raised, Resolution, ResolutionReason, ResolveConflict},
    ids::{CaseId, ConflictId, HandoffId, OrganisationId, WorkerId},
    policy::Action,
    time::Precision,
};
use safar_projections::{ConflictRecord, ConflictsQuery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Endpoint, Precondition,
    answers::{self, Page},
    case_commands::circumstances,
    reading::{One, Reader, limit, listing, part, reader},
};
use crate::{
    app::{App, Caller, model_problem},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Listing, Page<ConflictView>>(
            "/v1/conflicts",
            ("conflicts.list", "Lists the steps taken offline that did not count, newest first."),
            Action::ReadConflicts,
            || web::route().to(list),
        ),
        Endpoint::read::<One, ConflictView>(
            "/v1/conflicts/{conflict}",
            ("conflicts.read", "Reads a conflict: what was asked, what it met, and how it was settled."),
            Action::ReadConflicts,
            || web::route().to(read),
        ),
        Endpoint::command::<ResolveConflict>(
            "/v1/conflicts/{conflict}/resolve",
            ("conflicts.resolve", "Settles a conflict: the step is given up, or was taken anew."),
            Action::ResolveConflict,
            Precondition::Revision,
            || web::route().to(resolve),
        ),
    ]
}

/// Whether somebody still has to settle it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "conflict-states"))]
enum State {
    /// Nobody has settled it.
    Open,
    /// Settled.
    Resolved,
}

listing!(Listing {
    /// Only conflicts in this state.
    state: Option<State>,
});

/// A step that was taken offline and did not count.
#[derive(Debug, Serialize, JsonSchema)]
struct ConflictView {
    /// The conflict.
    id: ConflictId,
    /// Its revision; send it as `If-Match` to settle it.
    revision: u64,
    /// Whether somebody still has to settle it.
    state: State,
    /// On which case.
    case: CaseId,
    /// On which handoff.
    handoff: HandoffId,
    /// What was asked, in codes and dates.
    attempt: Attempt,
    /// When the step was taken, as the worker said.
    #[schemars(with = "String", extend("format" = "date-time"))]
    occurred_at: Timestamp,
    /// `day` when only the day is known.
    occurred_precision: Precision,
    /// When it came in and was refused.
    #[schemars(with = "String", extend("format" = "date-time"))]
    raised_at: Timestamp,
    /// Whose step it was.
    worker: WorkerId,
    /// For whom.
    organisation: OrganisationId,
    /// The code it was refused with.
    refusal: String,
    /// What it met.
    winner: WinnerView,
    /// How it was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<SettledView>,
    /// What the reader may do about it now.
    commands: Vec<&'static str>,
}

/// How the handoff stood when the step came in.
#[derive(Debug, Serialize, JsonSchema)]
struct WinnerView {
    /// Its state.
    state: HandoffState,
    /// Who had moved it last.
    by: OrganisationId,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

/// How a conflict was settled.
#[derive(Debug, Serialize, JsonSchema)]
struct SettledView {
    /// Given up, or done anew.
    resolution: Resolution,
    /// Why.
    reason: ResolutionReason,
    /// By whom.
    worker: WorkerId,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

impl ConflictView {
    fn of(ConflictRecord { id, revision, raised }: ConflictRecord, reader: &Actor) -> Self {
        let Raised { about, by, occurred_at, raised_at, resolved } = raised;
        let open = resolved.is_none();
        let mine = by.organisation == reader.organisation;
        let settled = resolved.map(|(how, by, at)| SettledView {
            resolution: how.resolution,
            reason: how.reason,
            worker: by.worker,
            at,
        });
        Self {
            id,
            revision: revision.get(),
            state: if open { State::Open } else { State::Resolved },
            case: about.case,
            handoff: about.handoff,
            attempt: about.attempt,
            occurred_at: occurred_at.instant,
            occurred_precision: occurred_at.precision,
            raised_at,
            worker: by.worker,
            organisation: by.organisation,
            refusal: about.refusal,
            winner: WinnerView { state: about.winner.state, by: about.winner.by, at: about.winner.at },
            settled,
            commands: (open && mine).then_some("resolve_conflict").into_iter().collect(),
        }
    }
}

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadConflicts).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let query = ConflictsQuery {
        organisation: reader.caller.actor.organisation.clone(),
        resolved: reader.query.state.map(|state| state == State::Resolved),
        after,
        limit,
    };
    let found = app.models.conflicts(query).await.map_err(|error| model_problem(&error))?;
    // A row shows all that the conflict's own address shows.
    let opened = Reading::opened_in_list(Action::ReadConflicts);
    let opened = opened.cases(found.iter().map(|found| found.raised.about.case));
    let items = found.into_iter().map(|found| ConflictView::of(found, &reader.caller.actor)).collect();
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |conflict: &ConflictView| conflict.id.to_string())
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadConflicts).await?;
    let id: ConflictId = part(&request, "conflict")?;
    let found = app.models.conflict(id).await.map_err(|error| model_problem(&error))?;
    let found = found.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    heard_of(&reader.caller, &found.raised)?;
    let view = ConflictView::of(found, &reader.caller.actor);
    let opened = Reading::opened_in_list(Action::ReadConflicts).cases([view.case]);
    let shown = reader.discloses((&app, &request), opened).await?;
    Ok(reader.one(&app, shown, Some(view.revision), &view))
}

async fn resolve(request: HttpRequest, payload: Payload, app: Data<App>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app).await?;
    caller.may(Action::ResolveConflict)?;
    let mut payload = payload.into_inner();
    let (how, circumstances) =
        circumstances::<ResolveConflict>(&request, &mut payload, (&app, &caller), Precondition::Revision)
            .await?;
    let id: ConflictId = part(&request, "conflict")?;
    let command = ConflictCommand::Resolve(how);
    let heard_of = |conflict: &Conflict| match &conflict.0 {
        Some(raised) => heard_of(&caller, raised),
        None => Err(Problem::of(catalogue::NOT_FOUND)),
    };
    let outcome = app.execute::<Conflict>(&id, &command, (&caller, &circumstances), heard_of).await?;
    Ok(answers::recorded(&app, &caller, outcome, None))
}

/// The organisation that raised it and those of the handoff know of it; for others it does not exist.
fn heard_of(caller: &Caller, raised: &Raised) -> Result<(), Problem> {
    let known = raised.organisations().contains(&caller.actor.organisation);
    if known { Ok(()) } else { Err(Problem::of(catalogue::NOT_FOUND)) }
}
