//! Damage is found: by `verify`, and by whoever reads the event.

use anyhow::{Result, ensure};
use safar_event_store::{EventStore, Finding, StoreError, verify};

use crate::{
    fixture::Fixture,
    given::{append, append_of, case, write},
};

async fn with_events(log: &Fixture) -> Result<EventStore> {
    let store = log.open().await?;
    for number in 0..3 {
        store
            .append(append_of(number, vec![write(&case(1), number * 2, 2), write(&case(number + 2), 0, 1)]))
            .await?;
    }
    Ok(store)
}

pub(crate) async fn a_sound_log_verifies(log: &Fixture) -> Result<()> {
    let store = with_events(log).await?;
    let mut seen = vec![];
    let report = verify(&store, |progress| seen.push((progress.position.get(), progress.head.get()))).await?;
    ensure!(report.is_sound(), "{report:?}");
    assert_eq!((report.events, report.streams, report.head), (9, 4, 9.into()));
    assert_eq!(seen, [(9, 9)]);
    Ok(())
}

/// One small change of each column of the event at position 5.
fn changes(log: &Fixture) -> Vec<String> {
    let mut changes: Vec<String> = [
        "stream = 'case-1x'",
        "event_type = event_type || '2'",
        "occurred_at = occurred_at + 1",
        "recorded_at = recorded_at + 1",
        "actor = 'worker-2'",
        "ordinal = 7",
        "metadata = '{ }'",
        "revision = 77",
        "position = 77",
    ]
    .map(str::to_owned)
    .to_vec();
    for column in ["payload", "fingerprint", "leaf_hash"] {
        // The first byte is another one; on both engines the length stays.
        changes.push(log.choose(
            format!(
                "{column} = CAST(iif(substr({column}, 1, 1) = x'00', x'01', x'00') || substr({column}, 2) AS BLOB)"
            ),
            format!("{column} = set_byte({column}, 0, get_byte({column}, 0) # 1)"),
        ));
    }
    for column in ["event_id", "command_id"] {
        changes.push(log.choose(
            format!("{column} = x'000102030405060708090a0b0c0d0e0f'"),
            format!("{column} = '00010203-0405-0607-0809-0a0b0c0d0e0f'"),
        ));
    }
    changes
}

pub(crate) async fn a_change_of_any_column_is_found(log: &Fixture) -> Result<()> {
    let store = with_events(log).await?;
    let mut raw = log.drop_guards().await?;
    raw.run("CREATE TABLE kept AS SELECT * FROM event").await?;
    for change in changes(log) {
        let changed = raw.run(&format!("UPDATE event SET {change} WHERE position = 5")).await?;
        assert_eq!(changed, 1, "{change}");
        let report = verify(&store, |_| {}).await?;
        ensure!(!report.is_sound(), "not found: {change}");
        let position = if change.starts_with("position") { 77 } else { 5 };
        ensure!(report.findings.contains(&Finding::LeafMismatch(position.into())), "{change}: {report:?}");
        raw.run("DELETE FROM event").await?;
        raw.run("INSERT INTO event SELECT * FROM kept").await?;
        ensure!(verify(&store, |_| {}).await?.is_sound());
    }
    Ok(())
}

pub(crate) async fn a_damaged_event_is_never_handed_out(log: &Fixture) -> Result<()> {
    let store = with_events(log).await?;
    log.drop_guards().await?.run("UPDATE event SET metadata = '{ }' WHERE position = 5").await?;
    let damaged = Err(StoreError::Damaged(5.into()));
    assert_eq!(store.read_all(0.into(), 100).await, damaged);
    assert_eq!(store.read_stream(&case(1), 0.into(), 100).await, damaged);
    assert_eq!(store.read_stream_backwards(&case(1), None, 100).await, damaged);
    ensure!(store.find_command(&crate::given::command(1)).await == Err(StoreError::Damaged(5.into())));
    assert_eq!(store.read_all(5.into(), 100).await?.len(), 4);
    assert_eq!(store.read_all(0.into(), 4).await?.len(), 4);
    Ok(())
}

pub(crate) async fn a_removed_a_swapped_and_a_reinserted_event_are_found(log: &Fixture) -> Result<()> {
    let store = with_events(log).await?;
    let mut raw = log.drop_guards().await?;
    raw.run("CREATE TABLE kept AS SELECT * FROM event").await?;
    let removed = "DELETE FROM event WHERE position = 5";
    // The stream's later events move up, so that its revisions and the positions stay without a gap.
    let closed = "DELETE FROM event WHERE position = 5; \
                  UPDATE event SET revision = revision - 1 WHERE stream = 'case-1' AND position > 5; \
                  UPDATE event SET position = -position WHERE position > 5; \
                  UPDATE event SET position = -position - 1 WHERE position < 0";
    let swapped = "UPDATE event SET position = -4 WHERE position = 4; UPDATE event SET position = 4 WHERE position = 5; \
                   UPDATE event SET position = 5 WHERE position = -4";
    let reinserted = "DELETE FROM event WHERE stream = 'case-2'; \
                      INSERT INTO event SELECT * FROM kept WHERE stream = 'case-2'; \
                      UPDATE event SET position = 10 WHERE stream = 'case-2'";
    if let crate::fixture::Raw::Postgres(_) = raw {
        raw.run("ALTER TABLE event DROP CONSTRAINT event_shape").await?;
    }
    for attack in [removed, closed, swapped, reinserted] {
        raw.run(attack).await?;
        let report = verify(&store, |_| {}).await?;
        ensure!(!report.is_sound(), "not found: {attack}");
        raw.run("DELETE FROM event").await?;
        raw.run("INSERT INTO event SELECT * FROM kept").await?;
    }
    store.append(append(99, &case(99), 0)).await.err();
    Ok(())
}
