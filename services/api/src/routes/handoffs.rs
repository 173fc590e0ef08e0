//! Reading handoffs: those of the reader's organisation, and one of them.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use safar_domain::{
    access::Reading,
    case::{handoff::HandoffState, reading::Part},
    ids::HandoffId,
    policy::Action,
};
use safar_projections::{Direction, HandoffRecord, HandoffsQuery};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Endpoint,
    answers::Page,
    reading::{One, Reader, limit, listing, part, reader},
    views::HandoffView,
};
use crate::{
    app::{App, model_problem},
    problem::{Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::read::<Listing, Page<HandoffView>>(
            "/v1/handoffs",
            ("handoffs.list", "Lists the handoffs of the reader's organisation, newest first."),
            Action::ReadHandoffs,
            || web::route().to(list),
        ),
        Endpoint::read::<One, HandoffView>(
            "/v1/handoffs/{handoff}",
            ("handoffs.read", "Reads a handoff, with the commands that the reader may give on it now."),
            Action::ReadHandoffs,
            || web::route().to(read),
        ),
    ]
}

/// Which side of a handoff the organisation is on.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-vocabulary" = "directions"))]
enum Side {
    /// Offered to it.
    Incoming,
    /// Offered by it.
    Outgoing,
    /// Either.
    #[default]
    Both,
}

listing!(Listing {
    /// Offered to the organisation, by it, or both.
    #[serde(default)]
    direction: Side,
    /// Only handoffs in this state.
    state: Option<HandoffState>,
    /// Only handoffs whose answer or arrival is overdue.
    #[serde(default)]
    overdue: bool,
});

async fn list(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<Listing> = reader(&request, &app, Action::ReadHandoffs).await?;
    let limit = limit(reader.query.limit)?;
    let after = reader.after((&app, &request), reader.query.cursor.as_deref()).await?;
    let now = app.clock.now();
    let query = HandoffsQuery {
        organisation: reader.caller.actor.organisation.clone(),
        direction: match reader.query.direction {
            Side::Incoming => Direction::Incoming,
            Side::Outgoing => Direction::Outgoing,
            Side::Both => Direction::Both,
        },
        state: reader.query.state,
        overdue_at: reader.query.overdue.then_some(now),
        after,
        limit,
    };
    let found = app.models.handoffs(query).await.map_err(|error| model_problem(&error))?;
    let actor = &reader.caller.actor;
    let view = |found: &HandoffRecord| HandoffView::of(found.id, found.case, &found.handoff, actor);
    let items = found.iter().map(view).collect();
    // A row shows all that the handoff's own address shows.
    let opened = Reading::opened_in_list(Action::ReadHandoffs).cases(found.iter().map(|found| found.case));
    let shown = reader.discloses((&app, &request), opened).await?;
    reader.page((&app, &request), (shown, items), limit, |handoff: &HandoffView| handoff.id.to_string())
}

async fn read(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let reader: Reader<One> = reader(&request, &app, Action::ReadHandoffs).await?;
    let id: HandoffId = part(&request, "handoff")?;
    let absent = || Problem::of(catalogue::NOT_FOUND);
    let found = app.models.handoff(id).await.map_err(|error| model_problem(&error))?;
    let (case_id, record) = found.ok_or_else(absent)?;
    let (case, revision) = app.case_and_revision(case_id).await?;
    let (organisation, now) = (&reader.caller.actor.organisation, app.clock.now());
    reader.caller.reaches(Action::ReadHandoffs, case.standing(organisation))?;
    let opened = case.opened_to(&reader.caller.actor, (now, reader.caller.date_of(now)));
    if !case.shows(&opened, Part::Handoff(id), &record.handoff.from) {
        return Err(absent());
    }
    let view = HandoffView::of(id, case_id, &record.handoff, &reader.caller.actor);
    // The revision tells how much happens on the case: it is for those who can still do something on the handoff.
    let revision = (!view.commands.is_empty()).then_some(revision.get());
    let ground = reader.ground(case.standing(organisation));
    let opened = Reading::opened(Action::ReadHandoffs, ground).cases([case_id]);
    let shown = reader.discloses((&app, &request), opened).await?;
    Ok(reader.one(&app, shown, revision, &view))
}
