//! One log, one answer: whatever the pages, the node and the way there.

use anyhow::Result;
use safar_projections::{ReadModels, follow, rebuild};
use tokio::sync::watch;

use crate::{
    applying::SEALED,
    dump::{NONE, differences, dump, meddle},
    fixture::Log,
    history::{case_event, varied},
    samples,
};

#[tokio::test]
async fn rebuilt_read_models_equal_the_live_ones() -> Result<()> {
    for seed in 1..=5 {
        let log = Log::with_history(seed).await?;
        log.models("live", 7).await?;
        rebuild(&log.store, &log.path("rebuilt"), |_, _| ()).await?;
        let live = dump(&log.path("live")).await?;
        assert_eq!(differences(&live, &dump(&log.path("rebuilt")).await?), NONE, "seed {seed}");
        assert!(
            live.iter().all(|(table, rows)| {
                table == "parked" || SEALED.contains(&table.as_str()) || !rows.is_empty()
            }),
            "seed {seed}: a table is empty"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_difference_in_any_table_would_be_found() -> Result<()> {
    let log = Log::with_history(1).await?;
    log.models("live", 7).await?;
    let before = dump(&log.path("live")).await?;
    for (table, _) in before.iter().filter(|(_, rows)| !rows.is_empty()) {
        meddle(
            &log.path("live"),
            &format!("CREATE TABLE kept AS SELECT * FROM {table}; DELETE FROM {table}"),
        )
        .await?;
        meddle(
            &log.path("live"),
            &format!("INSERT INTO {table} SELECT * FROM kept LIMIT -1 OFFSET 1; DROP TABLE kept"),
        )
        .await?;
        let after = dump(&log.path("live")).await?;
        assert_eq!(after[table].len() + 1, before[table].len(), "{table}");
        assert_ne!(differences(&before, &after), NONE, "{table}");
    }
    Ok(())
}

#[tokio::test]
async fn read_models_of_another_history_differ() -> Result<()> {
    let mut log = Log::with_history(1).await?;
    log.models("before", 50).await?;
    log.record(&[case_event(3, "case.support-given.v1")]).await?;
    log.models("after", 50).await?;
    assert_ne!(differences(&dump(&log.path("before")).await?, &dump(&log.path("after")).await?), NONE);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_follow_one_log_end_equal() -> Result<()> {
    let mut log = Log::empty().await?;
    let (stop, stopped) = watch::channel(false);
    let mut nodes = Vec::new();
    for name in ["one", "two"] {
        let models = ReadModels::open(&log.path(name)).await?;
        let task = tokio::spawn(follow(log.store.clone(), models.clone(), || (), stopped.clone()));
        nodes.push((models, task));
    }
    let last = log.record(&varied(9, 12, 400)).await?;
    for (models, _) in &nodes {
        assert_eq!(models.wait_for(last, crate::following::LONG).await, last);
    }
    stop.send(true)?;
    for (_, task) in nodes {
        task.await??;
    }
    assert_eq!(differences(&dump(&log.path("one")).await?, &dump(&log.path("two")).await?), NONE);
    Ok(())
}

#[test]
fn the_samples_hold_every_event_of_a_case() {
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/src/case.rs")).unwrap();
    let names: Vec<_> =
        source.split("rename = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let sampled = |name: &&str| samples::CASE.iter().any(|(sample, _)| sample == name);
    let missing: Vec<_> = names.iter().filter(|name| !sampled(name)).collect();
    assert!(names.len() > 40 && missing.is_empty(), "without a sample: {missing:?}");
}

#[tokio::test]
async fn every_sample_is_readable() -> Result<()> {
    let mut log = Log::empty().await?;
    let one_of_each: Vec<_> = samples::CASE.iter().map(|(name, _)| case_event(1, name)).collect();
    log.record(&one_of_each).await?;
    let models = log.models("live", 100).await?;
    assert_eq!(models.parked().await?, []);
    let log = Log::with_history(1).await?;
    assert_eq!(log.models("live", 100).await?.parked().await?, []);
    Ok(())
}
