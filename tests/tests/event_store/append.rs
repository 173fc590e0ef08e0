//! Appending: revisions, all or nothing, batches, limits, bytes.

use anyhow::{Result, bail, ensure};
use jiff::Timestamp;
use safar_event_store::{AppendError, InvalidAppend, NewEvent, Position, Revision, StreamId, limits};
use uuid::Uuid;

use crate::{
    checks::{assert_history, whole_log},
    fixture::Fixture,
    given::{append, append_of, case, event, occupy, queue, write},
};

pub(crate) async fn a_stream_begins_at_revision_one_and_has_no_holes(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    for revision in 0..5 {
        let appended = store.append(append(revision, &case(1), revision)).await?;
        assert_eq!(appended.revisions, [(case(1), Revision::from(revision + 1))]);
        assert_eq!((appended.first, appended.last), ((revision + 1).into(), (revision + 1).into()));
        ensure!(!appended.duplicate);
    }
    assert_eq!(store.revision(&case(1)).await?, 5.into());
    assert_history(&whole_log(&store).await?)
}

pub(crate) async fn a_stale_revision_names_what_was_expected_and_what_is_there(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append_of(0, vec![write(&case(1), 0, 3)])).await?;
    for (number, stream, expected, actual) in
        [(1, 1, 2, 3), (2, 1, 4, 3), (3, 1, 0, 3), (4, 2, 1, 0), (5, 1, u64::from(u32::MAX), 3)]
    {
        let answer = store.append(append(number, &case(stream), expected)).await;
        let stale = AppendError::StaleRevision {
            stream: case(stream),
            expected: expected.into(),
            actual: actual.into(),
        };
        assert_eq!(answer, Err(stale));
    }
    assert_eq!(store.head().await?, 3.into());
    Ok(())
}

pub(crate) async fn the_events_of_an_append_are_contiguous(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(0, &case(9), 0)).await?;
    let appended = store.append(append_of(1, vec![write(&case(1), 0, 40)])).await?;
    assert_eq!((appended.first, appended.last), (2.into(), 41.into()));
    let events = store.read_stream(&case(1), Revision::ABSENT, 100).await?;
    for (place, event) in (0..).zip(&events) {
        assert_eq!(event.position, (2 + place).into());
        assert_eq!(event.revision, (1 + place).into());
        assert_eq!(u64::from(event.ordinal), place);
        assert_eq!(event.recorded_at, appended.recorded_at);
    }
    assert_eq!(events.len(), 40);
    Ok(())
}

pub(crate) async fn an_append_over_several_streams_is_stored_whole_or_not_at_all(
    log: &Fixture,
) -> Result<()> {
    let store = log.open().await?;
    store.append(append(0, &case(3), 0)).await?;
    let writes = vec![write(&case(1), 0, 2), write(&case(2), 0, 2), write(&case(3), 0, 1)];
    let answer = store.append(append_of(1, writes.clone())).await;
    ensure!(
        matches!(answer, Err(AppendError::StaleRevision { ref stream, .. }) if *stream == case(3)),
        "{answer:?}"
    );
    assert_eq!(store.head().await?, 1.into());

    let writes = vec![writes[0].clone(), writes[1].clone(), write(&case(3), 1, 1)];
    let appended = store.append(append_of(1, writes)).await?;
    assert_eq!((appended.first, appended.last), (2.into(), 6.into()));
    assert_eq!(appended.revisions, [(case(1), 2.into()), (case(2), 2.into()), (case(3), 2.into())]);
    assert_history(&whole_log(&store).await?)
}

pub(crate) async fn neighbours_in_a_batch_each_get_their_own_answer(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(0, &case(1), 0)).await?;
    store.append(append(10, &case(8), 0)).await?;
    let batches = store.metrics().batches;
    let held = log.hold().await?;
    let first = occupy(&store, append(1, &case(2), 0)).await;
    let mut other = append(10, &case(6), 0);
    other.fingerprint = [8; 32];
    let stale = queue(&store, append(2, &case(8), 0)).await;
    let duplicate = queue(&store, append(0, &case(1), 0)).await;
    let good = queue(&store, append_of(3, vec![write(&case(4), 0, 2), write(&case(5), 0, 1)])).await;
    let reused = queue(&store, other).await;
    let mut invalid = append(4, &case(7), 0);
    invalid.writes[0].events.clear();
    let invalid = queue(&store, invalid).await;
    held.release().await?;

    assert_eq!(first.await??.first, 3.into());
    let stale = stale.await?;
    ensure!(
        matches!(stale, Err(AppendError::StaleRevision { actual, .. }) if actual == 1.into()),
        "{stale:?}"
    );
    let duplicate = duplicate.await??;
    ensure!(duplicate.duplicate && duplicate.first == 1.into(), "{duplicate:?}");
    let good = good.await??;
    assert_eq!((good.first, good.last), (4.into(), 6.into()));
    assert_eq!(reused.await?, Err(AppendError::CommandReused));
    assert_eq!(invalid.await?, Err(InvalidAppend::NoEvents.into()));
    assert_eq!(store.metrics().batches, batches + 2, "they were not committed together");
    assert_eq!(store.head().await?, 6.into());
    assert_history(&whole_log(&store).await?)
}

pub(crate) async fn a_poisonous_append_hurts_only_itself(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(0, &case(1), 0)).await?;
    let poison = log.choose(
        "CREATE TRIGGER poison BEFORE INSERT ON event WHEN NEW.event_type = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END",
        "ALTER TABLE event ADD CONSTRAINT poison CHECK (event_type <> 'poison')",
    );
    log.owner().await?.run(poison).await?;
    let held = log.hold().await?;
    let first = occupy(&store, append(1, &case(2), 0)).await;
    let before = queue(&store, append(2, &case(3), 0)).await;
    let mut bad = append(3, &case(4), 0);
    bad.writes[0].events.push(event("poison"));
    let bad = queue(&store, bad).await;
    let after = queue(&store, append(4, &case(5), 0)).await;
    held.release().await?;

    assert_eq!(first.await??.first, 2.into());
    assert_eq!(before.await??.first, 3.into());
    let bad = bad.await?;
    ensure!(matches!(bad, Err(AppendError::Store(_))), "{bad:?}");
    assert_eq!(after.await??.first, 4.into());
    assert_history(&whole_log(&store).await?)
}

pub(crate) async fn appends_on_one_stream_that_wait_together_follow_each_other(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let held = log.hold().await?;
    let mut waiting = vec![occupy(&store, append(0, &case(1), 0)).await];
    for revision in 1..6 {
        waiting.push(queue(&store, append(revision, &case(1), revision)).await);
    }
    held.release().await?;
    for (position, answer) in (1..).zip(waiting) {
        assert_eq!(answer.await??.first, Position::from(position));
    }
    Ok(())
}

pub(crate) async fn of_two_equal_expectations_that_wait_together_the_first_wins(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let held = log.hold().await?;
    let blocker = occupy(&store, append(0, &case(9), 0)).await;
    let first = queue(&store, append(1, &case(1), 0)).await;
    let second = queue(&store, append(2, &case(1), 0)).await;
    held.release().await?;
    blocker.await??;
    assert_eq!(first.await??.revisions, [(case(1), 1.into())]);
    let second = second.await?;
    ensure!(
        matches!(second, Err(AppendError::StaleRevision { actual, .. }) if actual == 1.into()),
        "{second:?}"
    );
    assert_eq!(store.head().await?, 2.into());
    Ok(())
}

pub(crate) async fn what_can_never_be_stored_is_refused_by_name(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    for (change, expected) in impossible() {
        let mut wrong = append(1, &case(1), 0);
        change(&mut wrong);
        assert_eq!(store.append(wrong).await, Err(expected.into()));
    }
    assert_eq!(store.head().await?, Position::START);
    store.append(append(1, &case(1), 0)).await?;
    Ok(())
}

type Change = fn(&mut safar_event_store::Append);

fn first(append: &mut safar_event_store::Append) -> &mut NewEvent {
    &mut append.writes[0].events[0]
}

fn impossible() -> Vec<(Change, InvalidAppend)> {
    vec![
        (|a| a.writes.clear(), InvalidAppend::NoEvents),
        (|a| a.writes[0].events.clear(), InvalidAppend::NoEvents),
        (
            |a| a.writes = vec![write(&case(1), 0, limits::EVENTS + 1)],
            InvalidAppend::TooManyEvents(limits::EVENTS + 1),
        ),
        (
            |a| first(a).payload = vec![0; limits::PAYLOAD_BYTES + 1],
            InvalidAppend::PayloadTooLarge(limits::PAYLOAD_BYTES + 1),
        ),
        (
            |a| {
                first(a).payload = vec![0; limits::PAYLOAD_BYTES - 2];
                a.writes[0].events = vec![a.writes[0].events[0].clone(); 9];
            },
            InvalidAppend::TooLarge(9 * limits::PAYLOAD_BYTES),
        ),
        (
            |a| {
                first(a).metadata =
                    format!("{:width$}", "{}", width = limits::METADATA_BYTES + 1).into_bytes();
            },
            InvalidAppend::MetadataTooLarge(limits::METADATA_BYTES + 1),
        ),
        (|a| first(a).metadata = b"[]".to_vec(), InvalidAppend::Metadata),
        (|a| first(a).metadata = b"{\"a\":}".to_vec(), InvalidAppend::Metadata),
        (|a| first(a).metadata = b"{} {}".to_vec(), InvalidAppend::Metadata),
        (|a| first(a).metadata = b"{\"a\":\"\xff\"}".to_vec(), InvalidAppend::Metadata),
        (|a| first(a).metadata = b"{\"a\":\"\0\"}".to_vec(), InvalidAppend::Metadata),
        (|a| first(a).metadata = vec![], InvalidAppend::Metadata),
        (|a| first(a).event_type.clear(), InvalidAppend::EventType),
        (|a| first(a).event_type = "x".repeat(129), InvalidAppend::EventType),
        (|a| first(a).event_type = "case\0opened".into(), InvalidAppend::EventType),
        (|a| first(a).occurred_at = Timestamp::MAX, InvalidAppend::OccurredAt),
        (|a| a.command.actor.clear(), InvalidAppend::Actor),
        (|a| a.command.actor = "a\0b".into(), InvalidAppend::Actor),
        (|a| a.command.actor = "x".repeat(129), InvalidAppend::Actor),
        (|a| a.writes.push(a.writes[0].clone()), InvalidAppend::StreamTwice(case(1))),
        (|a| a.writes[0].expected = u64::MAX.into(), InvalidAppend::RevisionOutOfRange(case(1))),
    ]
}

pub(crate) async fn every_byte_comes_back_as_it_was(log: &Fixture) -> Result<()> {
    let payloads: [Vec<u8>; 5] = [
        vec![],
        vec![0],
        (0..=255).collect(),
        br#"{ "b":1.0, "a":9007199254740993, "a":1 ,"z":"\ud83d\ude00" }"#.to_vec(),
        (0..=255).cycle().take(limits::PAYLOAD_BYTES).collect(),
    ];
    let metadata: [&[u8]; 5] = [
        b"{}",
        br#"{ "b":1.0, "a":9007199254740993, "a":1, "c":1E400 }"#,
        " \n{\"имя\":\"Ғ😀\",\"nul\":\"\\u0000\"}\n".as_bytes(),
        br#"{"quote":"\" ' $1 ?1 {} \\"}"#,
        b"{\"x\":null}",
    ];
    let times = [0, -1, 1_772_366_400_123_457, -62_135_596_800_000_000, 253_402_207_200_000_000];
    let mut events = vec![];
    for place in 0..5 {
        events.push(NewEvent {
            event_id: Uuid::from_u128(u128::MAX - place as u128),
            event_type: ["a.v1", "тип.v1", "a'b\"c", "x", "😀"][place].to_owned(),
            occurred_at: Timestamp::from_microsecond(times[place])?,
            payload: payloads[place].clone(),
            metadata: metadata[place].to_vec(),
        });
    }
    let stream = StreamId::parse("case-'\"%$1?/~")?;
    let mut given = append(1, &stream, 0);
    given.command.actor = "работник 'x' \"y\"".into();
    given.writes[0].events.clone_from(&events);
    let store = log.open().await?;
    store.append(given.clone()).await?;
    store.close().await;
    let stored = log.open().await?.read_stream(&stream, Revision::ABSENT, 10).await?;
    if stored.len() != events.len() {
        bail!("{} events came back", stored.len());
    }
    for (given_event, event) in events.iter().zip(&stored) {
        assert_eq!(event.event_id, given_event.event_id);
        assert_eq!(event.event_type, given_event.event_type);
        assert_eq!(event.occurred_at, given_event.occurred_at);
        assert_eq!(event.metadata, given_event.metadata);
        ensure!(event.payload == given_event.payload, "a payload changed");
        assert_eq!((&event.command, event.fingerprint), (&given.command, given.fingerprint));
        assert_eq!(event.stream, stream);
    }
    Ok(())
}
