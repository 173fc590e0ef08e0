//! What was acknowledged stays, whatever happens to the process.

use std::{
    collections::BTreeMap,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use safar_event_store::{AppendError, EventStore, Position, Revision, StoreError, verify};
use safar_tests::load;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    checks::{assert_history, whole_log},
    fixture::Fixture,
    given::{append, case, occupy, queue},
};

pub(crate) async fn a_restart_goes_on_where_the_log_ended(log: &Fixture) -> Result<()> {
    for round in 0..4 {
        let store = log.open().await?;
        assert_eq!(store.head().await?, (round * 2).into());
        store.append(append(round, &case(1), round)).await?;
        store.append(append(round + 100, &case(round + 2), 0)).await?;
        store.close().await;
    }
    assert_history(&whole_log(&log.open().await?).await?)
}

pub(crate) async fn closing_commits_what_waits_and_refuses_what_comes(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let held = log.hold().await?;
    let mut waiting = vec![occupy(&store, append(0, &case(0), 0)).await];
    for number in 1..20 {
        waiting.push(queue(&store, append(number, &case(number), 0)).await);
    }
    let closing = store.clone();
    let closing = tokio::spawn(async move { closing.close().await });
    held.release().await?;
    for answer in waiting {
        answer.await??;
    }
    closing.await?;
    let late = store.append(append(99, &case(99), 0)).await;
    assert_eq!(late, Err(AppendError::Store(StoreError::Closed)));
    assert_eq!(log.open().await?.head().await?, 20.into());
    Ok(())
}

pub(crate) async fn a_full_queue_refuses_at_once_and_recovers(log: &Fixture) -> Result<()> {
    let store = EventStore::open(log.options().queue_appends(8)).await?;
    let held = log.hold().await?;
    let mut waiting = vec![occupy(&store, append(0, &case(0), 0)).await];
    for number in 1..=8 {
        waiting.push(queue(&store, append(number, &case(number), 0)).await);
    }
    let started = Instant::now();
    assert_eq!(store.append(append(9, &case(9), 0)).await, Err(AppendError::Overloaded));
    ensure!(started.elapsed() < Duration::from_millis(50), "refused after {:?}", started.elapsed());
    held.release().await?;
    for answer in waiting {
        answer.await??;
    }
    store.append(append(9, &case(9), 0)).await?;
    assert_eq!(store.head().await?, 10.into());
    Ok(())
}

pub(crate) async fn counters_add_up(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    store.append(append(1, &case(1), 0)).await?;
    store.append(append(2, &case(2), 0)).await?;
    let mut other = append(2, &case(2), 0);
    other.fingerprint = [9; 32];
    let mut invalid = append(3, &case(2), 0);
    invalid.writes.clear();
    for refused in [append(4, &case(1), 0), other, invalid] {
        ensure!(store.append(refused).await.is_err());
    }
    let metrics = store.metrics();
    let counts = metrics.appends;
    assert_eq!((counts.stored, counts.duplicate, counts.stale), (2, 1, 1));
    assert_eq!((counts.reused, counts.invalid), (1, 1));
    assert_eq!((counts.overloaded, counts.unknown, counts.failed), (0, 0, 0));
    assert_eq!((metrics.events, metrics.batched_appends, metrics.queue_depth), (2, 5, 0));
    ensure!(metrics.commit_time > Duration::ZERO);
    Ok(())
}

pub(crate) async fn kill_minus_nine_under_load_loses_nothing_acknowledged(log: &Fixture) -> Result<()> {
    let seed = std::env::var("SAFAR_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut random = seed.unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761);
    eprintln!("SAFAR_SEED={random}");
    log.open().await?.close().await;
    let mut journal = Journal::default();
    for round in 0..12 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines = random >> 33 & 0x7f;
        journal.run_and_kill(log, lines, &[]).await.with_context(|| format!("round {round}"))?;
        let store = open_when_free(log).await?;
        journal.check(&store).await.with_context(|| format!("round {round}, after {lines} lines"))?;
        store.close().await;
    }
    Ok(())
}

/// The lock of a killed process goes with it, a moment after the process itself.
pub(crate) async fn open_when_free(log: &Fixture) -> Result<EventStore> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match EventStore::open(log.options()).await {
            Err(StoreError::InUse { .. }) if Instant::now() < deadline => tokio::task::yield_now().await,
            other => return Ok(other?),
        }
    }
}

/// Starts the program that appends until it is killed.
pub(crate) fn spawn_appender(address: &str, words: &[&str]) -> Result<Child> {
    Command::new(env!("CARGO_BIN_EXE_append_forever"))
        .args([address, "8"])
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("append_forever")
}

/// What another process was told is stored.
#[derive(Default)]
pub(crate) struct Journal {
    acknowledged: BTreeMap<(u64, u64), u64>,
}

impl Journal {
    /// Lets the program run until it has acknowledged some appends, kills it, and takes in all that it still said.
    pub(crate) async fn run_and_kill(&mut self, log: &Fixture, lines: u64, words: &[&str]) -> Result<()> {
        let mut child = spawn_appender(&log.address(), words)?;
        let mut output = BufReader::new(child.stdout.take().context("it has an output")?).lines();
        for _ in 0..=lines {
            match output.next_line().await? {
                Some(line) => self.take(&line)?,
                None => break,
            }
        }
        child.start_kill()?;
        while let Some(line) = output.next_line().await? {
            self.take(&line)?;
        }
        let ended = child.wait_with_output().await?;
        ensure!(
            !self.acknowledged.is_empty(),
            "it stored nothing: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
        Ok(())
    }

    fn take(&mut self, line: &str) -> Result<()> {
        let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [writer, revision, position] = numbers[..] else { anyhow::bail!("not a line: {line}") };
        self.acknowledged.insert((writer, revision), position);
        Ok(())
    }

    /// All that was acknowledged is there, once, where it was said to be; and what hung in the air can be sent again.
    pub(crate) async fn check(&mut self, store: &EventStore) -> Result<()> {
        for ((writer, revision), position) in &self.acknowledged {
            let key = load::command(*writer, (*revision - 1).into());
            let found = store.find_command(&key).await?;
            let found = found.with_context(|| format!("position {position} was acknowledged and is lost"))?;
            assert_eq!(found.appended.first.get(), *position, "stored elsewhere than acknowledged");
        }
        for writer in 0..8 {
            let last = self.acknowledged.range((writer, 0)..=(writer, u64::MAX)).next_back();
            let last = Revision::from(last.map_or(0, |((_, revision), _)| *revision));
            let again = store.append(load::append(writer, last)).await?;
            self.acknowledged.insert((writer, last.next().get()), again.first.get());
            assert_eq!(store.revision(&load::stream(writer)).await?, last.next(), "sent again, stored twice");
        }
        let events = whole_log(store).await?;
        assert_history(&events)?;
        let report = verify(store, |_| {}).await?;
        ensure!(report.is_sound() && report.head == Position::from(events.len() as u64), "{report:?}");
        Ok(())
    }
}
