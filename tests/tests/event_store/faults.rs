//! Faults below the log: a wire that is silent or slow, a node that stands still, a disk that has lost its last pages.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use safar_event_store::{AppendError, EventStore, StoreOptions, verify};
use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::{
    checks::{assert_history, whole_log},
    durability::{Journal, open_when_free, spawn_appender},
    fixture::Fixture,
    given::{append, case},
    proxy::Proxy,
};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A log on `PostgreSQL` behind a wire of our own.
async fn detour(log: &Fixture) -> Result<(Proxy, StoreOptions)> {
    let address: PgConnectOptions = log.address().parse()?;
    let proxy = Proxy::to(address.get_port()).await?;
    let detour = log.address().replace(&format!(":{}", address.get_port()), &format!(":{}", proxy.port));
    Ok((proxy, StoreOptions::new(detour).poll_interval(Duration::from_hours(1))))
}

/// Sends a command until it is answered with a position.
async fn insist(store: &EventStore, number: u64) -> Result<u64> {
    let began = Instant::now();
    loop {
        match store.append(append(number, &case(number), 0)).await {
            Ok(appended) => return Ok(appended.first.get()),
            Err(error) => ensure!(began.elapsed() < PATIENCE, "{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_questions_and_answers_none_is_not_waited_for() -> Result<()> {
    let log = Fixture::postgres().await?;
    let (proxy, options) = detour(&log).await?;
    let options = options.patience(Duration::from_millis(200)).read_connections(2);
    let store = EventStore::open(options).await?;
    store.append(append(1, &case(1), 0)).await?;
    proxy.delay(PATIENCE);
    let began = Instant::now();
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.head().await })
        })
        .collect();
    for answer in asked {
        ensure!(answer.await?.is_err(), "nothing was answered");
    }
    ensure!(store.append(append(2, &case(2), 0)).await.is_err());
    ensure!(began.elapsed() < Duration::from_secs(10), "told only after {:?}", began.elapsed());
    proxy.delay(Duration::ZERO);
    ensure!(insist(&store, 2).await? == 2);
    let began = Instant::now();
    while store.head().await.is_err() {
        ensure!(began.elapsed() < PATIENCE, "it does not recover");
    }
    assert_history(&whole_log(&log.open().await?).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_gets_no_longer_queue_than_it_can_take() -> Result<()> {
    let log = Fixture::postgres().await?;
    let (proxy, options) = detour(&log).await?;
    let store = EventStore::open(options.patience(Duration::from_secs(1)).queue_appends(8)).await?;
    proxy.delay(Duration::from_secs(2));
    let began = Instant::now();
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        asked.spawn(async move { store.append(append(number, &case(number), 0)).await });
    }
    let answers = asked.join_all().await;
    ensure!(began.elapsed() < PATIENCE, "told only after {:?}", began.elapsed());
    let shed = answers.iter().filter(|answer| matches!(answer, Err(AppendError::Overloaded))).count();
    ensure!(shed >= 20, "{shed} were turned away at once");
    proxy.delay(Duration::ZERO);
    for number in 0..40 {
        insist(&store, number).await?;
    }
    let events = whole_log(&log.open().await?).await?;
    assert_eq!(events.len(), 40, "each once");
    assert_history(&events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stands_still_for_a_while_interleaves_nothing() -> Result<()> {
    let log = Fixture::postgres().await?;
    let store = EventStore::open(log.options().patience(Duration::from_millis(300))).await?;
    let mut child = spawn_appender(&log.address(), &[])?;
    let mut lines = BufReader::new(child.stdout.take().context("it has an output")?).lines();
    let process = child.id().context("it runs")?.to_string();
    for round in 0..8 {
        for _ in 0..7 {
            lines.next_line().await?.context("it goes on")?;
        }
        ensure!(Command::new("kill").args(["-STOP", &process]).status().await?.success());
        // It may stand still with the lock in its hand; then this one is told so in time.
        let told = store.append(append(round, &case(round), 0)).await;
        ensure!(Command::new("kill").args(["-CONT", &process]).status().await?.success());
        if told.is_err() {
            insist(&store, round).await?;
        }
    }
    child.start_kill()?;
    child.wait().await?;
    assert_history(&whole_log(&store).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_torn_journal_of_the_file_is_a_beginning_of_the_log() -> Result<()> {
    let log = Fixture::sqlite()?;
    log.open().await?.close().await;
    Journal::default().run_and_kill(&log, 60, &[]).await?;
    let (file, wal) = (log.file(), format!("{}-wal", log.file().display()));
    let (pages, frames) = (std::fs::read(&file)?, std::fs::read(&wal)?);
    let after = async |frames: &[u8]| {
        // As it would be after a restore: no index of the journal, no lock.
        let copy = Fixture::sqlite()?;
        std::fs::write(copy.file(), &pages)?;
        std::fs::write(format!("{}-wal", copy.file().display()), frames)?;
        let store = copy.open().await?;
        let events = whole_log(&store).await?;
        ensure!(verify(&store, |_| {}).await?.is_sound());
        store.close().await;
        anyhow::Ok(events)
    };
    let whole = after(&frames).await?;
    assert_eq!(whole, whole_log(&open_when_free(&log).await?).await?, "nothing that was written is lost");
    ensure!(whole.len() > 60);
    let mut lengths = std::collections::BTreeSet::new();
    for part in 0..24 {
        let events = after(&frames[..frames.len() * part / 24]).await?;
        assert_history(&events)?;
        assert_eq!(events[..], whole[..events.len()]);
        lengths.insert(events.len());
    }
    ensure!(lengths.len() > 5, "the cuts make a difference: {lengths:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_byte_anywhere_in_the_file_is_found_or_changes_no_event() -> Result<()> {
    let log = Fixture::sqlite()?;
    log.open().await?.close().await;
    Journal::default().run_and_kill(&log, 40, &[]).await?;
    let store = open_when_free(&log).await?;
    let whole = whole_log(&store).await?;
    store.close().await;
    log.owner().await?.run("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    let bytes = std::fs::read(log.file())?;
    ensure!(bytes.len() > 20_000, "{} bytes: the file holds the log", bytes.len());
    let (mut found, step) = (0, bytes.len() / 97);
    for at in (0..bytes.len()).step_by(step) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x11;
        let copy = Fixture::sqlite()?;
        std::fs::write(copy.file(), &damaged)?;
        let Ok(store) = copy.open().await else {
            found += 1;
            continue;
        };
        let sound = verify(&store, |_| {}).await.is_ok_and(|report| report.is_sound());
        let same = whole_log(&store).await.is_ok_and(|events| events == whole);
        ensure!(!sound || same, "byte {at} changes the log and nothing notices");
        found += usize::from(!sound);
        store.close().await;
    }
    ensure!(found > 20, "only {found} changes were found");
    Ok(())
}
