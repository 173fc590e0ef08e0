//! One order for everybody, however many write.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use anyhow::{Result, ensure};
use jiff::Timestamp;
use safar_event_store::{AppendError, EventStore, Position};
use safar_tests::load;
use tokio::task::JoinSet;

use crate::{
    checks::{Follower, assert_history, whole_log},
    fixture::Fixture,
    given::{append, append_of, case, write},
};

pub(crate) async fn of_many_writers_on_one_stream_exactly_one_wins(log: &Fixture) -> Result<()> {
    let nodes = log.nodes(3).await?;
    for round in 0..10 {
        let mut tasks = JoinSet::new();
        for writer in 0..12_u64 {
            let store = nodes[usize::try_from(writer)? % nodes.len()].clone();
            tasks.spawn(async move { store.append(append(round * 100 + writer, &case(1), round)).await });
        }
        let answers = tasks.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for answer in answers.into_iter().filter_map(Result::err) {
            let stale = AppendError::StaleRevision {
                stream: case(1),
                expected: round.into(),
                actual: (round + 1).into(),
            };
            assert_eq!(answer, stale);
        }
    }
    assert_history(&whole_log(&nodes[0]).await?)
}

pub(crate) async fn writers_on_distinct_streams_never_conflict(log: &Fixture) -> Result<()> {
    let nodes = log.nodes(2).await?;
    let mut tasks = JoinSet::new();
    for writer in 0..16 {
        tasks.spawn(steps(nodes[usize::try_from(writer)? % 2].clone(), writer, 20));
    }
    for answer in tasks.join_all().await {
        answer?;
    }
    let events = whole_log(&nodes[0]).await?;
    assert_eq!(events.len(), 16 * 20);
    assert_history(&events)
}

/// Appends to the stream of a writer, one event after the other.
async fn steps(store: EventStore, writer: u64, count: u64) -> Result<Position, AppendError> {
    let mut last = Position::START;
    for revision in 0..count {
        last = store.append(load::append(writer, revision.into())).await?.last;
    }
    Ok(last)
}

pub(crate) async fn a_reader_beside_two_writers_never_sees_a_gap_or_a_late_position(
    log: &Fixture,
) -> Result<()> {
    const EACH: u64 = 300;
    let nodes = log.nodes(2).await?;
    let mut writers = JoinSet::new();
    writers.spawn(steps(nodes[0].clone(), 1, EACH));
    writers.spawn(steps(nodes[1].clone(), 2, EACH));
    let mut follower = Follower::default();
    follower.follow(&nodes[1], (2 * EACH).into()).await?;
    for answer in writers.join_all().await {
        answer?;
    }
    assert_history(&whole_log(&nodes[0]).await?)
}

pub(crate) async fn several_nodes_share_one_order(log: &Fixture) -> Result<()> {
    let nodes = log.nodes(4).await?;
    let mut tasks = JoinSet::new();
    for (node, store) in (0..).zip(&nodes) {
        for task in 0..8 {
            tasks.spawn(steps(store.clone(), node * 8 + task, 15));
        }
    }
    for answer in tasks.join_all().await {
        answer?;
    }
    let seen_by_one = whole_log(&nodes[0]).await?;
    assert_eq!(seen_by_one.len(), 4 * 8 * 15);
    assert_history(&seen_by_one)?;
    ensure!(seen_by_one == whole_log(&nodes[3]).await?, "two nodes see two histories");
    Ok(())
}

pub(crate) async fn recorded_time_never_runs_backwards(log: &Fixture) -> Result<()> {
    let clock = Arc::new(AtomicI64::new(1_000_000_000));
    let reading = clock.clone();
    let clock_of_log =
        Arc::new(move || Timestamp::from_microsecond(reading.load(Relaxed)).unwrap_or_default());
    let store = EventStore::open(log.options().clock(clock_of_log.clone())).await?;
    let mut recorded = vec![];
    for (number, now) in (0..).zip([1_000, 5_000, 2_000, -7, 5_001]) {
        clock.store(now, Relaxed);
        recorded.push(store.append(append(number, &case(number), 0)).await?.recorded_at.as_microsecond());
    }
    assert_eq!(recorded, [1_000, 5_000, 5_000, 5_000, 5_001]);
    store.close().await;
    clock.store(3, Relaxed);
    let store = EventStore::open(log.options().clock(clock_of_log)).await?;
    assert_eq!(store.append(append(9, &case(9), 0)).await?.recorded_at.as_microsecond(), 5_001);
    assert_history(&whole_log(&store).await?)
}

pub(crate) async fn ten_thousand_events_are_in_order(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let mut tasks = JoinSet::new();
    for writer in 0..20_u64 {
        let store = store.clone();
        tasks.spawn(async move {
            for step in 0..50 {
                store
                    .append(append_of(writer * 1000 + step, vec![write(&case(writer), step * 10, 10)]))
                    .await?;
            }
            Ok::<_, AppendError>(())
        });
    }
    for answer in tasks.join_all().await {
        answer?;
    }
    let events = whole_log(&store).await?;
    assert_eq!(events.len(), 10_000);
    assert_history(&events)
}
