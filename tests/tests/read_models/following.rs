//! The runner: it catches up, waits, stops when told, and knows its log.

use std::time::Duration;

use anyhow::Result;
use safar_projections::{ProjectionError, ReadModels, follow, rebuild};
use tokio::sync::watch;

use crate::{
    dump::{NONE, differences, dump},
    fixture::Log,
    history::{case_event, varied},
};

/// Longer than anything takes that works.
pub(crate) const LONG: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_catches_up_and_waits_for_more() -> Result<()> {
    let mut log = Log::with_history(5).await?;
    let models = ReadModels::open(&log.path("live")).await?;
    let (stop, stopped) = watch::channel(false);
    let follower = tokio::spawn(follow(log.store.clone(), models.clone(), || (), stopped));
    let head = log.store.head().await?;
    assert_eq!(models.wait_for(head, LONG).await, head);
    for number in 0..5 {
        let last = log.record(&[case_event(number, "case.support-given.v1")]).await?;
        assert_eq!(models.wait_for(last, LONG).await, last);
    }
    stop.send(true)?;
    follower.await??;
    let last = log.record(&[case_event(1, "case.closed.v1")]).await?;
    assert_eq!(models.wait_for(last, Duration::from_millis(1)).await.next(), last, "nobody follows any more");
    Ok(())
}

#[tokio::test]
async fn waiting_for_what_does_not_come_ends_with_where_it_is() -> Result<()> {
    let log = Log::with_history(5).await?;
    let models = log.models("live", 100).await?;
    let at = models.position().await;
    assert_eq!(models.wait_for(at.plus(9), Duration::from_millis(1)).await, at);
    Ok(())
}

#[tokio::test]
async fn a_restart_goes_on_at_the_checkpoint_with_the_same_directory() -> Result<()> {
    let mut log = Log::with_history(5).await?;
    let models = log.models("live", 100).await?;
    let (at, directory) = (models.position().await, models.directory());
    assert!(!directory.organisations.is_empty() && !directory.workers.is_empty());
    models.close().await?;
    let models = ReadModels::open(&log.path("live")).await?;
    assert_eq!((models.position().await, models.directory()), (at, directory));
    log.record(&varied(6, 12, 100)).await?;
    log.catch_up(&models, 100).await?;
    log.models("in-one-go", 1000).await?;
    assert_eq!(differences(&dump(&log.path("live")).await?, &dump(&log.path("in-one-go")).await?), NONE);
    Ok(())
}

#[tokio::test]
async fn another_log_is_not_followed() -> Result<()> {
    let mut log = Log::with_history(5).await?;
    log.record(&[case_event(1, "case.closed.v1")]).await?;
    let models = log.models("live", 100).await?;
    let mut similar = Log::with_history(5).await?;
    similar.record(&[case_event(1, "case.reopened.v1")]).await?;
    let (_stop, stopped) = watch::channel(false);
    for other in [similar, Log::empty().await?] {
        let refused = follow(other.store.clone(), models.clone(), || (), stopped.clone()).await;
        assert!(matches!(refused, Err(ProjectionError::OtherLog { .. })), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_follower_ends_when_its_file_was_rebuilt() -> Result<()> {
    let mut log = Log::with_history(5).await?;
    let models = log.models("live", 100).await?;
    rebuild(&log.store, &log.path("live"), |_, _| ()).await?;
    log.record(&[case_event(1, "case.closed.v1")]).await?;
    let (_stop, stopped) = watch::channel(false);
    let ended = follow(log.store.clone(), models, || (), stopped.clone()).await;
    assert!(matches!(ended, Err(ProjectionError::Replaced { .. })), "{ended:?}");
    Ok(())
}
