//! The thin runner: reads the log on after the checkpoint, page by page, and waits for more.

use std::time::Duration;

use safar_event_store::{EventStore, StoreError};
use tokio::sync::watch;

use crate::{error::ProjectionError, models::ReadModels};

/// Events of one page, and so of one transaction.
const PAGE: u32 = 500;
/// A wake-up that gets lost delays by no more than this.
const IDLE: Duration = Duration::from_secs(5);
/// Between two tries to reach a database that does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps the read models up with the log until `stop` turns true (or its sender is gone). A log that cannot be reached
/// is tried again for ever; a damaged event holds up its stream, raises the alarm and no more; everything else that goes
/// wrong ends it.
pub async fn follow(
    store: EventStore,
    models: ReadModels,
    alarm: fn(),
    mut stop: watch::Receiver<bool>,
) -> Result<(), ProjectionError> {
    let (mut same_log, mut damaged) = (false, false);
    while !*stop.borrow() {
        let stepped = async {
            if !same_log {
                models.check_log(&store).await?;
            }
            step(&store, &models, alarm).await
        };
        let pause = match stepped.await {
            Ok(Step::Moved) => None,
            Ok(Step::AtHead) => Some(Pause::ForEvents),
            Err(ProjectionError::Store(
                error @ (StoreError::Unavailable(_) | StoreError::Database { .. }),
            )) => {
                if error.is_damage() && !damaged {
                    alarm();
                }
                damaged = error.is_damage();
                tracing::warn!(%error, "the log cannot be read; the read models wait");
                Some(Pause::ForDatabase)
            }
            Err(error) => return Err(error),
        };
        same_log = pause != Some(Pause::ForDatabase) || same_log;
        let next = models.position().await.next();
        let paused = async {
            match pause {
                None => (),
                Some(Pause::ForDatabase) => tokio::time::sleep(PAUSE).await,
                // The next read will say what is wrong, if anything is.
                Some(Pause::ForEvents) => drop(store.wait_for(next, IDLE).await),
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = paused => (),
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Pause {
    ForEvents,
    ForDatabase,
}

enum Step {
    Moved,
    AtHead,
}

async fn step(store: &EventStore, models: &ReadModels, alarm: fn()) -> Result<Step, ProjectionError> {
    let page = store.read_all_marked(models.position().await, PAGE).await?;
    if page.is_empty() {
        models.retry_sealed().await?;
        return Ok(Step::AtHead);
    }
    let (mut events, mut damaged) = (Vec::with_capacity(page.len()), Vec::new());
    for event in page {
        match event {
            Ok(event) => events.push(event),
            Err(event) => damaged.push(event),
        }
    }
    models.apply_past(&events, &damaged).await?;
    for event in damaged {
        alarm();
        tracing::error!(
            event.position = event.position.get(),
            "a stored event is damaged; its stream stands still in the read models"
        );
    }
    Ok(Step::Moved)
}
