//! A rebuild takes the place of the live file in one step; who reads the old one goes on reading it.

use anyhow::Result;
use safar_domain::ids::CaseId;
use safar_projections::{ProjectionError, ReadModels, rebuild};
use tokio::sync::watch;

use crate::{
    dump::{NONE, differences, dump, meddle},
    fixture::Log,
    history::{case_event, case_id, varied},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_during_a_rebuild_sees_the_old_view_whole() -> Result<()> {
    let mut log = Log::with_history(6).await?;
    let models = log.models("live", 50).await?;
    let old = models.case(CaseId(case_id(1))).await?.unwrap();
    let last = log.record(&[case_event(1, "case.closed.v1")]).await?;

    let (stop, stopped) = watch::channel(false);
    let reader = tokio::spawn({
        let (models, old) = (models.clone(), old.clone());
        async move {
            let mut reads = 0;
            while reads == 0 || !*stopped.borrow() {
                assert_eq!(models.case(old.id).await.unwrap().as_ref(), Some(&old));
                reads += 1;
            }
        }
    });
    let mut progress = Vec::new();
    assert_eq!(rebuild(&log.store, &log.path("live"), |at, head| progress.push((at, head))).await?, last);
    stop.send(true)?;
    reader.await?;
    assert_eq!(progress, [(last, last)]);

    assert_eq!(models.case(old.id).await?.as_ref(), Some(&old), "the old file is still the old one");
    let reopened = ReadModels::open(&log.path("live")).await?;
    let new = reopened.case(old.id).await?.unwrap();
    assert_eq!((reopened.position().await, new.revision), (last, old.revision.next()));
    log.models("fresh", 50).await?;
    assert_eq!(differences(&dump(&log.path("live")).await?, &dump(&log.path("fresh")).await?), NONE);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_and_the_new_file_never_mix() -> Result<()> {
    let mut log = Log::with_history(6).await?;
    let old = log.models("live", 50).await?;
    let before = old.case(CaseId(case_id(1))).await?.unwrap();
    rebuild(&log.store, &log.path("live"), |_, _| ()).await?;
    let new = ReadModels::open(&log.path("live")).await?;
    log.record(&varied(7, 12, 200)).await?;
    log.catch_up(&new, 20).await?;

    let many = (0..32).map(|_| {
        let old = old.clone();
        tokio::spawn(async move { old.case(CaseId(case_id(1))).await })
    });
    for read in many.collect::<Vec<_>>() {
        assert_eq!(
            read.await??.as_ref(),
            Some(&before),
            "each connection of the old file reads the old file"
        );
    }
    old.close().await?;
    drop(old);
    log.models("fresh", 50).await?;
    assert_eq!(differences(&dump(&log.path("live")).await?, &dump(&log.path("fresh")).await?), NONE);
    new.close().await?;
    assert_eq!(differences(&dump(&log.path("live")).await?, &dump(&log.path("fresh")).await?), NONE);
    Ok(())
}

#[tokio::test]
async fn what_a_killed_writer_left_beside_the_file_is_not_taken_for_a_part_of_the_new_one() -> Result<()> {
    let mut log = Log::with_history(6).await?;
    let models = log.models("live", 50).await?;
    let waiting = log.path("live-wal");
    assert!(waiting.metadata()?.len() > 0, "nothing waits beside the file, so this test shows nothing");
    let left = std::fs::read(&waiting)?;
    drop(models);
    log.record(&[case_event(1, "case.closed.v1")]).await?;
    std::fs::write(&waiting, left)?;
    rebuild(&log.store, &log.path("live"), |_, _| ()).await?;
    assert!(!waiting.exists());
    log.models("fresh", 50).await?;
    assert_eq!(differences(&dump(&log.path("live")).await?, &dump(&log.path("fresh")).await?), NONE);
    Ok(())
}

#[tokio::test]
async fn a_file_of_another_version_is_refused_until_it_is_rebuilt() -> Result<()> {
    let log = Log::with_history(6).await?;
    log.models("live", 50).await?.close().await?;
    assert!(ReadModels::open(&log.path("live")).await.is_ok());
    for other in ["PRAGMA user_version = 1", "PRAGMA user_version = 0"] {
        meddle(&log.path("live"), other).await?;
        let refused = ReadModels::open(&log.path("live")).await;
        assert!(matches!(refused, Err(ProjectionError::SchemaChanged { .. })), "{other}: {refused:?}");
        rebuild(&log.store, &log.path("live"), |_, _| ()).await?;
        assert!(ReadModels::open(&log.path("live")).await.is_ok());
    }
    Ok(())
}

#[tokio::test]
async fn the_rest_of_an_interrupted_rebuild_does_not_hinder_the_next() -> Result<()> {
    let log = Log::with_history(6).await?;
    std::fs::write(log.path("live.building"), "half a file")?;
    rebuild(&log.store, &log.path("live"), |_, _| ()).await?;
    assert!(!log.path("live.building").exists());
    assert_eq!(ReadModels::open(&log.path("live")).await?.position().await, log.store.head().await?);
    Ok(())
}
