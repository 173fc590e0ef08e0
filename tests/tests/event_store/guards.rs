//! History cannot be changed: not with the rights of the application, and not by accident with all rights.

use anyhow::{Result, ensure};
use safar_event_store::{EventStore, StoreError};

use crate::{
    fixture::{Fixture, Raw},
    given::{append, case},
};

/// Ways to change history. The last ones replace a row by inserting another.
pub(crate) fn attacks(log: &Fixture) -> Vec<String> {
    let copy = |verb: &str, position: &str, revision: &str, ordinal: &str| {
        format!(
            "{verb} INTO event (position, stream, revision, event_id, event_type, occurred_at, recorded_at, actor, \
             command_id, ordinal, fingerprint, metadata, payload, leaf_hash) \
             SELECT {position}, stream, {revision}, event_id, 'case.forged.v1', occurred_at, recorded_at, actor, \
             command_id, {ordinal}, fingerprint, metadata, payload, leaf_hash FROM event WHERE position = 1"
        )
    };
    let mut attacks = vec![
        "UPDATE event SET event_type = 'case.forged.v1'".to_owned(),
        "UPDATE event SET event_type = 'case.forged.v1' WHERE position = 1".to_owned(),
        "DELETE FROM event WHERE position = 2".to_owned(),
        "DELETE FROM event".to_owned(),
    ];
    attacks.extend(log.choose(
        vec![
            copy("INSERT OR REPLACE", "position", "revision", "ordinal"),
            copy("REPLACE", "3", "revision", "ordinal + 1"),
            copy("INSERT OR REPLACE", "3", "3", "ordinal"),
            copy("INSERT", "7", "3", "ordinal + 1"),
            copy("INSERT", "3", "9", "ordinal + 1"),
            "UPDATE OR REPLACE event SET position = 1 WHERE position = 2".to_owned(),
        ],
        vec![
            "TRUNCATE event".to_owned(),
            "SET session_replication_role = replica; DELETE FROM event".to_owned(),
            copy("INSERT", "1", "3", "ordinal + 1"),
            copy("INSERT", "3", "1", "ordinal + 1"),
            copy("INSERT", "3", "3", "ordinal"),
        ],
    ));
    attacks
}

/// What only the owner of the tables may do; a file has no such person.
pub(crate) fn beyond_rights(log: &Fixture) -> Vec<String> {
    let postgres = [
        "DROP TABLE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "ALTER TABLE event DROP CONSTRAINT event_command",
        "CREATE TABLE safar_log.mine (x int)",
        "DROP FUNCTION append",
        "SET ROLE safar_log_owner",
    ];
    log.choose(&[][..], &postgres[..]).iter().map(|&attack| attack.to_owned()).collect()
}

/// Tries each attack in a fresh transaction; answers the first that was not refused.
pub(crate) async fn first_success(raw: &mut Raw, attacks: &[String]) -> Result<Option<String>> {
    for attack in attacks {
        raw.run("BEGIN").await?;
        let refused = raw.run(attack).await.is_err();
        raw.run("ROLLBACK").await?;
        if !refused {
            return Ok(Some(attack.clone()));
        }
    }
    Ok(None)
}

async fn with_two_events(log: &Fixture) -> Result<EventStore> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    store.append(append(2, &case(1), 1)).await?;
    Ok(store)
}

pub(crate) async fn update_delete_and_truncate_are_refused_with_the_rights_of_the_application(
    log: &Fixture,
) -> Result<()> {
    let store = with_two_events(log).await?;
    let before = store.read_all(0.into(), 10).await?;
    let mut tries = attacks(log);
    tries.extend(beyond_rights(log));
    assert_eq!(first_success(&mut log.app().await?, &tries).await?, None);
    ensure!(before == store.read_all(0.into(), 10).await?);
    store.append(append(3, &case(1), 2)).await?;
    Ok(())
}

pub(crate) async fn update_delete_and_truncate_are_refused_by_triggers_with_all_rights(
    log: &Fixture,
) -> Result<()> {
    let store = with_two_events(log).await?;
    let before = store.read_all(0.into(), 10).await?;
    assert_eq!(first_success(&mut log.owner().await?, &attacks(log)).await?, None);
    ensure!(before == store.read_all(0.into(), 10).await?);
    Ok(())
}

pub(crate) async fn a_log_without_its_guards_is_not_opened(log: &Fixture) -> Result<()> {
    with_two_events(log).await?.close().await;
    log.open().await?.close().await;
    log.drop_guards().await?;
    for read_only in [false, true] {
        let refused = EventStore::open(log.options().read_only(read_only)).await;
        ensure!(matches!(refused, Err(StoreError::Unsafe(_))), "{refused:?}");
    }
    Ok(())
}
