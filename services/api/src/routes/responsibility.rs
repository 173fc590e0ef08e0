//! Who answered for which programme, and when: as it stands, or as it was known at an earlier moment.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data},
};
use jiff::Timestamp;
use safar_domain::{
    case::{Case, CaseEvent},
    decider::{Decider as _, Fact},
    ids::CaseId,
    policy::Action,
};
use safar_event_store::{Position, RecordedEvent, Revision, StreamId};
use safar_projections::recorded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Endpoint,
    cases::{shown, shows},
    reading::{Query, Reader},
    views::ResponsibilityView,
};
use crate::{
    app::{App, store_problem},
    problem::{FieldError, Problem, catalogue},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::read::<Wanted, ResponsibilityView>(
        "/v1/cases/{case}/responsibility",
        (
            "cases.responsibility",
            "Says who answered for which programme, and when; with `as_of`, as it was known then.",
        ),
        Action::ReadCase,
        || web::route().to(responsibility),
    )]
}

/// As of when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// As it was known then: a moment with its offset, or the `Safar-Position` of an earlier answer.
    as_of: Option<String>,
    /// Wait until this node has read at least so far: the `Safar-Position` of an earlier answer.
    min_position: Option<String>,
}

impl Query for Wanted {
    fn min_position(&self) -> Option<&str> {
        self.min_position.as_deref()
    }
}

/// How much of the log was there.
#[derive(Debug, Clone, Copy)]
enum AsOf {
    /// What was recorded by this moment.
    Moment(Timestamp),
    /// What was recorded up to this position.
    Position(Position),
}

async fn responsibility(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (reader, record, opened) = shown::<Wanted>(&request, &app, Action::ReadCase).await?;
    // A case of the past has no revision to build a command on.
    let (case, revision) = match as_of(&reader, &app).await? {
        None => (record.case.clone(), Some(record.revision.get())),
        Some(as_of) => (past(&app, record.id, as_of).await?, None),
    };
    let programmes = case.as_opened(&opened).responsibility.intervals().clone();
    let shown = shows((&app, &request), &reader, (&record, &opened), Action::ReadCase).await?;
    Ok(reader.one(&app, shown, revision, &ResponsibilityView { programmes }))
}

async fn as_of(reader: &Reader<Wanted>, app: &App) -> Result<Option<AsOf>, Problem> {
    let Some(text) = &reader.query.as_of else { return Ok(None) };
    let (as_of, future) = if let Ok(moment) = text.parse::<Timestamp>() {
        (AsOf::Moment(moment), moment > app.clock.now())
    } else {
        let position = app.sealer.read_position(text, reader.caller.sees_numbers(), "as_of");
        let position = Position::from(position.map_err(|_| {
            let sentence = "This must be a moment with its offset such as 2026-11-03T09:30:00%2B05:00, or a Safar-Position as you got it.";
            refused("invalid", sentence)
        })?);
        let head = app.store.head().await.map_err(|error| store_problem(&error))?;
        (AsOf::Position(position), position > head)
    };
    if future {
        return Err(refused(
            "in_the_future",
            "What will be known later cannot be said; give a moment that has passed.",
        ));
    }
    Ok(Some(as_of))
}

fn refused(code: &'static str, sentence: &'static str) -> Problem {
    Problem::of(catalogue::INVALID_QUERY).error(FieldError::parameter("as_of", code, sentence))
}

/// The case as its stream had it then; before its first event there is none.
async fn past(app: &App, id: CaseId, as_of: AsOf) -> Result<Case, Problem> {
    let events = app.history(&StreamId::new(Case::CATEGORY, id), Revision::ABSENT).await?;
    let mut known = events.iter().take_while(|event| as_of.holds(event)).peekable();
    known.peek().ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    known.try_fold(Case::default(), |case, event| {
        let fact: Fact<CaseEvent> =
            recorded::decode(event).map_err(|error| Problem::internal("folding a stream", &error))?;
        Ok(case.evolve(&fact))
    })
}

impl AsOf {
    fn holds(self, event: &RecordedEvent) -> bool {
        match self {
            Self::Moment(moment) => event.recorded_at <= moment,
            Self::Position(position) => event.position <= position,
        }
    }
}
