//! What every handler leans on: the log, the read models, the clock, and the one way to carry out a command.

mod access;
mod attempts;
mod caller;
mod emergency;
mod erasing;
mod execute;
mod ledgers;
mod overdue;
pub(crate) mod past;
pub(crate) mod places;
mod rulebook;
mod sealing;
mod turns;
mod zone;

use std::{sync::Arc, time::Duration};

use actix_web::HttpResponse;
use moka::sync::Cache;
use safar_domain::{case::Case, export::ExportLimits};
use safar_event_store::{EventStore, Position, Revision, StoreError, StreamId};
use safar_projections::{ProjectionError, ReadModels};
use tokio::sync::{Notify, Semaphore};

pub use access::Access;
pub use attempts::Attempts;
pub use caller::{Caller, OCCURRED_AT, date_in};
pub use execute::{Outcome, Request};
pub use ledgers::Ledgers;
pub(crate) use ledgers::alarm;
pub use overdue::bring_about_what_is_due;
pub use past::{Moment, Then};
pub use rulebook::Rulebook;

use crate::{
    clock::Clock,
    ids::Ids,
    problem::{Problem, catalogue},
    sealed::Sealer,
};

/// How many folded cases a node keeps at hand; a case is a few kilobytes.
const CASES_AT_HAND: u64 = 2_000;

/// The application as handlers see it; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The log.
    pub store: EventStore,
    /// The access log of this node.
    pub access: Access,
    /// What is signed of both logs.
    pub ledgers: Ledgers,
    /// The read models of this node.
    pub models: ReadModels,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub ids: Ids,
    /// Positions and cursors for the outside.
    pub sealer: Sealer,
    /// Claim codes that were wrong, and searches.
    pub attempts: Attempts,
    /// How often one worker may look persons up in an hour.
    pub searches_per_hour: usize,
    /// How often one worker may open a record in an emergency within 30 days.
    pub emergencies_per_month: u32,
    /// How much one worker may take out in exports.
    pub exports: ExportLimits,
    cases: Cache<StreamId, Arc<Loaded<Case>>>,
    turns: turns::Turns,
    erasing: Arc<Notify>,
    past: Arc<Semaphore>,
    read_wait: Duration,
}

/// A rulebook's state, folded up to a revision of its stream.
#[derive(Clone, Default)]
pub struct Loaded<D> {
    revision: Revision,
    state: D,
}

impl App {
    /// Puts the parts together; `read_wait` is how long a reader with `min_position` waits.
    pub fn new(
        (store, access, ledgers): (EventStore, Access, Ledgers),
        models: ReadModels,
        clock: Clock,
        sealer: Sealer,
        read_wait: Duration,
    ) -> Self {
        let ids = Ids::new(clock.clone());
        Self {
            store,
            access,
            ledgers,
            models,
            clock,
            ids,
            sealer,
            attempts: Attempts::default(),
            searches_per_hour: usize::MAX,
            emergencies_per_month: 0,
            exports: ExportLimits { cases: 0, cases_per_month: 0 },
            cases: Cache::new(CASES_AT_HAND),
            turns: turns::Turns::default(),
            erasing: Arc::default(),
            past: Arc::new(Semaphore::new(past::AT_ONCE)),
            read_wait,
        }
    }

    /// Waits until the read models have reached the position that the reader asks for; answers where they are.
    pub async fn caught_up(&self, wanted: Option<&str>, numbers: bool) -> Result<Position, Problem> {
        let Some(text) = wanted else { return Ok(self.models.position().await) };
        let wanted = Position::from(self.sealer.read_position(text, numbers, "min_position")?);
        self.reached(wanted).await
    }

    /// Waits until the read models have reached a position, or says that they have not.
    pub async fn reached(&self, wanted: Position) -> Result<Position, Problem> {
        let reached = self.models.wait_for(wanted, self.read_wait).await;
        if reached < wanted {
            return Err(Problem::of(catalogue::POSITION_NOT_REACHED).retry_after(1));
        }
        Ok(reached)
    }

    /// The whole stream, in pages.
    pub(crate) async fn history(
        &self,
        stream: &StreamId,
        after: Revision,
    ) -> Result<Vec<safar_event_store::RecordedEvent>, Problem> {
        const PAGE: u32 = 500;
        let mut events = Vec::new();
        let mut from = after;
        loop {
            let page =
                self.store.read_stream(stream, from, PAGE).await.map_err(|error| store_problem(&error))?;
            let full = page.len() == PAGE as usize;
            from = page.last().map_or(from, |event| event.revision);
            events.extend(page);
            if !full {
                return Ok(events);
            }
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// What a caller is told when the store cannot.
pub(crate) fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Damaged(position) => {
            alarm();
            tracing::error!(event.position = position.get(), "a stored event is damaged");
            Problem::of(catalogue::INTEGRITY_ERROR)
        }
        error if error.is_damage() => {
            alarm();
            tracing::error!(%error, "the pages of the log are damaged");
            Problem::of(catalogue::INTEGRITY_ERROR)
        }
        StoreError::Unavailable(_) | StoreError::Stopped(_) | StoreError::Closed => {
            tracing::error!(%error, "the log cannot be reached");
            Problem::of(catalogue::STORE_UNAVAILABLE).retry_after(2)
        }
        other => Problem::internal("reading the log", other),
    }
}

/// What a caller is told when the read models cannot.
pub(crate) fn model_problem(error: &ProjectionError) -> Problem {
    match error {
        ProjectionError::Sealed(error) => sealing::vault_problem(error),
        ProjectionError::Store(error) => store_problem(error),
        other => Problem::internal("reading the read models", other),
    }
}

/// An answer about people: JSON, with the position it was made at, never stored on the way.
pub(crate) fn answer(
    app: &App,
    mut response: actix_web::HttpResponseBuilder,
    position: Position,
    numbers: bool,
) -> actix_web::HttpResponseBuilder {
    response.insert_header(("Safar-Position", app.sealer.show_position(position.get(), numbers)));
    response
}

/// A `200 OK` that nobody stores.
pub(crate) fn ok() -> actix_web::HttpResponseBuilder {
    HttpResponse::Ok()
}
