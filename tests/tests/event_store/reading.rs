//! Reading and waiting.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use safar_event_store::{AppendError, EventStore, Position, Revision, StoreError, Tally};

use crate::{
    fixture::Fixture,
    given::{append, append_of, case, write},
};

const LONG: Duration = Duration::from_secs(30);

pub(crate) async fn a_write_is_read_back_at_once(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    for revision in 0..50 {
        let appended = store.append(append(revision, &case(1), revision)).await?;
        let read = store.read_stream(&case(1), revision.into(), 10).await?;
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].position, read[0].recorded_at), (appended.first, appended.recorded_at));
        ensure!(store.head().await? >= appended.last);
        ensure!(store.wait_for(appended.last, Duration::ZERO).await? >= appended.last);
    }
    Ok(())
}

pub(crate) async fn streams_and_the_log_are_read_in_pages_both_ways(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append_of(1, vec![write(&case(1), 0, 5), write(&case(2), 0, 3)])).await?;
    let revisions = |events: Vec<safar_event_store::RecordedEvent>| -> Vec<u64> {
        events.iter().map(|event| event.revision.get()).collect()
    };
    let one = case(1);
    assert_eq!(revisions(store.read_stream(&one, Revision::ABSENT, 3).await?), [1, 2, 3]);
    assert_eq!(revisions(store.read_stream(&one, 3.into(), 3).await?), [4, 5]);
    assert_eq!(revisions(store.read_stream(&one, 5.into(), 3).await?), [] as [u64; 0]);
    assert_eq!(revisions(store.read_stream(&one, u64::MAX.into(), 3).await?), [] as [u64; 0]);
    assert_eq!(revisions(store.read_stream_backwards(&one, None, 2).await?), [5, 4]);
    assert_eq!(revisions(store.read_stream_backwards(&one, Some(4.into()), 9).await?), [3, 2, 1]);
    assert_eq!(revisions(store.read_stream_backwards(&one, Some(1.into()), 9).await?), [] as [u64; 0]);
    assert_eq!(revisions(store.read_stream(&case(3), Revision::ABSENT, 9).await?), [] as [u64; 0]);
    assert_eq!(revisions(store.read_all(4.into(), 2).await?), [5, 1]);
    assert_eq!(revisions(store.read_all(8.into(), 2).await?), [] as [u64; 0]);
    assert_eq!(revisions(store.read_all(Position::START, 0).await?), [] as [u64; 0]);
    Ok(())
}

pub(crate) async fn what_there_is_is_counted_by_kind_up_to_a_position(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    assert_eq!(store.tally(Position::START, store.head().await?).await?, []);
    store.append(append_of(1, vec![write(&case(1), 0, 5), write(&case(2), 0, 3)])).await?;
    let counted = |after: u64, up_to: u64| {
        let store = &store;
        async move {
            let tallies = store.tally(after.into(), up_to.into()).await?;
            ensure!(tallies.iter().all(|tally| tally.category == case(1).category()), "{tallies:?}");
            let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
            anyhow::Ok((sum(|tally| tally.events), sum(|tally| tally.streams)))
        }
    };
    assert_eq!(counted(0, 8).await?, (8, 2));
    assert_eq!(counted(0, 5).await?, (5, 1));
    assert_eq!(counted(5, 7).await?, (2, 1));
    assert_eq!(counted(6, 8).await?, (2, 0));
    ensure!(store.bytes().await? > 0);
    Ok(())
}

pub(crate) async fn waiting_ends_when_the_position_is_there(log: &Fixture) -> Result<()> {
    // No polling: what ends the wait is the append itself, on PostgreSQL by way of the other node's notification.
    let mut nodes = vec![];
    for _ in 0..2 {
        match nodes.first() {
            Some(EventStore { .. }) if log.choose(true, false) => nodes.push(nodes[0].clone()),
            _ => nodes.push(EventStore::open(log.options().poll_interval(LONG * 100)).await?),
        }
    }
    for round in 0..20 {
        let reader = nodes[1].clone();
        let waiter = tokio::spawn(async move { reader.wait_for((round + 1).into(), LONG).await });
        let started = Instant::now();
        nodes[0].append(append(round, &case(round), 0)).await?;
        ensure!(waiter.await?? >= Position::from(round + 1));
        ensure!(started.elapsed() < LONG, "woken by the timeout only");
    }
    Ok(())
}

pub(crate) async fn waiting_ends_with_the_timeout_otherwise(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    assert_eq!(store.wait_for(2.into(), Duration::from_millis(20)).await?, 1.into());
    assert_eq!(store.wait_for(Position::START, Duration::ZERO).await?, 1.into());
    Ok(())
}

pub(crate) async fn a_reader_beside_the_owner_follows_and_cannot_append(log: &Fixture) -> Result<()> {
    let owner = log.open().await?;
    let reader =
        EventStore::open(log.options().read_only(true).poll_interval(Duration::from_millis(5))).await?;
    let waiting = reader.clone();
    let waiter = tokio::spawn(async move { waiting.wait_for(1.into(), LONG).await });
    owner.append(append(1, &case(1), 0)).await?;
    assert_eq!(waiter.await??, 1.into());
    assert_eq!(reader.read_all(Position::START, 10).await?.len(), 1);
    let answer = reader.append(append(2, &case(2), 0)).await;
    assert_eq!(answer, Err(AppendError::Store(StoreError::ReadOnly)));
    ensure!(safar_event_store::verify(&reader, |_| {}).await?.is_sound());
    Ok(())
}
