//! The timer: what time alone brings about is recorded even when nobody touches the case, and erasures are carried out.

use std::time::Duration;

use safar_domain::{case::Case, decider::Decider as _, pull_request::PullRequest};
use safar_event_store::StreamId;
use tokio::sync::watch;

use super::App;

const EVERY: Duration = Duration::from_secs(15);
const AT_ONCE: u32 = 100;

/// Looks for cases and pull requests with something due, again and again until told to stop. Several nodes may do so at the same time:
/// each event has an id of its own, and the first node to record it is the only one.
pub async fn bring_about_what_is_due(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(problem) = once(&app).await {
            tracing::warn!(?problem, "what is due could not be recorded; it will be tried again");
        }
        if let Err(problem) = app.carry_out_erasures().await {
            tracing::warn!(?problem, "an erasure could not be carried out; it will be tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => (),
            () = app.erasing.notified() => (),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn once(app: &App) -> Result<(), crate::problem::Problem> {
    let now = app.clock.now();
    let cases = app.models.due(now, AT_ONCE).await.map_err(|error| super::model_problem(&error))?;
    for case in cases {
        if let Err(problem) = app.up_to_date::<Case>(&StreamId::new(Case::CATEGORY, case), now).await {
            tracing::warn!(case.id = %case, ?problem, "what is due on a case could not be recorded");
        }
    }
    let lapsing = app.models.lapsing_pull_requests(now, AT_ONCE).await;
    for request in lapsing.map_err(|error| super::model_problem(&error))? {
        let stream = StreamId::new(PullRequest::CATEGORY, request);
        if let Err(problem) = app.up_to_date::<PullRequest>(&stream, now).await {
            tracing::warn!(pull_request.id = %request, ?problem, "the end of a pull request could not be recorded");
        }
    }
    Ok(())
}
