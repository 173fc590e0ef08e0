//! The other side of the suite: each check, fed with what it must refuse.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use safar_event_store::{CommandKey, RecordedEvent, StreamId};
use uuid::Uuid;

use crate::{
    checks::{
        Follower, assert_commands_once, assert_gapless, assert_history, assert_revisions, assert_time,
        whole_log,
    },
    durability::Journal,
    fixture::Fixture,
    given::{append, case},
    guards::{attacks, first_success},
};

fn recorded(position: u64, stream: u64, revision: u64) -> RecordedEvent {
    RecordedEvent {
        position: position.into(),
        stream: StreamId::new("case", stream),
        revision: revision.into(),
        event_id: Uuid::nil(),
        event_type: "t".to_owned(),
        occurred_at: Timestamp::UNIX_EPOCH,
        recorded_at: Timestamp::UNIX_EPOCH,
        command: CommandKey { actor: "a".to_owned(), id: Uuid::from_u128(position.into()) },
        ordinal: 0,
        fingerprint: [0; 32],
        metadata: vec![],
        payload: vec![],
        leaf_hash: [0; 32],
    }
}

fn sound() -> Vec<RecordedEvent> {
    vec![recorded(1, 1, 1), recorded(2, 1, 2), recorded(3, 2, 1), recorded(4, 1, 3)]
}

#[test]
fn the_checks_accept_a_sound_history() -> Result<()> {
    assert_history(&sound())
}

#[test]
fn the_check_of_positions_notices_a_hole_a_swap_and_a_double() {
    let mut hole = sound();
    hole.remove(1);
    let mut swap = sound();
    swap.swap(1, 2);
    let mut double = sound();
    double.insert(1, recorded(1, 1, 1));
    for broken in [hole, swap, double] {
        assert!(assert_gapless(&broken).is_err());
    }
}

#[test]
fn the_check_of_revisions_notices_a_hole_and_a_double() {
    assert!(assert_revisions(&[recorded(1, 1, 1), recorded(2, 1, 3)]).is_err());
    assert!(assert_revisions(&[recorded(1, 1, 1), recorded(2, 1, 1)]).is_err());
    assert!(assert_revisions(&[recorded(1, 1, 0)]).is_err());
}

#[test]
fn the_check_of_time_notices_a_step_back() {
    let mut events = sound();
    events[2].recorded_at = Timestamp::from_microsecond(-1).unwrap();
    assert!(assert_time(&events).is_err());
}

#[test]
fn the_check_of_commands_notices_a_repeated_and_a_torn_command() {
    let mut repeated = sound();
    repeated[3].command = repeated[0].command.clone();
    assert!(assert_commands_once(&repeated).is_err());
    repeated[3].ordinal = 1;
    assert!(assert_commands_once(&repeated).is_err());
}

/// What a sequence drawn before the commit does: 2 is visible while 1 is still on its way.
#[test]
fn a_follower_notices_a_position_that_comes_late() {
    let mut follower = Follower::default();
    assert!(follower.take(&[recorded(2, 2, 1)]).is_err());
    let mut follower = Follower::default();
    assert!(follower.take(&[recorded(1, 1, 1), recorded(3, 2, 1)]).is_err());
}

pub(crate) async fn the_tamper_check_notices_a_missing_trigger(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    store.append(append(2, &case(1), 1)).await?;
    let mut raw = log.drop_guards().await?;
    for attack in attacks(log) {
        let unique_keys_hold = attack.starts_with("INSERT INTO") && log.choose(false, true);
        let succeeded = first_success(&mut raw, std::slice::from_ref(&attack)).await?.is_some();
        ensure!(succeeded != unique_keys_hold, "without triggers: {attack}");
    }
    Ok(())
}

pub(crate) async fn the_check_of_acknowledgements_notices_a_liar(log: &Fixture) -> Result<()> {
    log.open().await?.close().await;
    let mut journal = Journal::default();
    journal.run_and_kill(log, u64::MAX - 1, &["lie"]).await?;
    let store = crate::durability::open_when_free(log).await?;
    let Err(error) = journal.check(&store).await else { anyhow::bail!("the lie was believed") };
    ensure!(error.to_string().contains("is lost"), "{error}");
    Ok(())
}

pub(crate) async fn the_check_of_commands_notices_a_double(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    let mut raw = log.drop_guards().await?;
    // Without its unique key, a table takes the same command twice.
    let double = log.choose(
        "CREATE TABLE loose AS SELECT * FROM event; DROP TABLE event; ALTER TABLE loose RENAME TO event; \
         INSERT INTO event SELECT * FROM event; UPDATE event SET position = 2, revision = 2 WHERE rowid = 2",
        "ALTER TABLE event DROP CONSTRAINT event_command; \
         INSERT INTO event SELECT 2, 2, occurred_at, recorded_at, ordinal, event_id, command_id, stream, event_type, \
         actor, fingerprint, leaf_hash, metadata, payload FROM event",
    );
    raw.run(double).await?;
    let count = raw.number("SELECT count(*) FROM event").await?;
    assert_eq!(count, 2);
    // The second one has no leaf of its own, which is another way to be found out.
    ensure!(!safar_event_store::verify(&store, |_| {}).await?.is_sound());
    ensure!(whole_log(&store).await.is_err());
    let mut events = store.read_all(0.into(), 1).await?;
    let mut second = events[0].clone();
    (second.position, second.revision) = (2.into(), 2.into());
    events.push(second);
    ensure!(assert_commands_once(&events).is_err());
    Ok(())
}
