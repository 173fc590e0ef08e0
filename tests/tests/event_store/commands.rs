//! Commands are done at most once.

use anyhow::{Result, ensure};
use safar_event_store::{AppendError, Appended, CommandKey};

use crate::{
    checks::{assert_history, whole_log},
    fixture::Fixture,
    given::{append, append_of, case, command, write},
};

fn again(first: &Appended) -> Appended {
    Appended { duplicate: true, ..first.clone() }
}

pub(crate) async fn the_same_command_gets_its_first_answer(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let twice = append_of(1, vec![write(&case(2), 0, 2), write(&case(1), 0, 3)]);
    let first = store.append(twice.clone()).await?;
    store.append(append(2, &case(1), 3)).await?;
    assert_eq!(store.append(twice.clone()).await?, again(&first));
    // The client decided anew on what it reads now; it is the same command all the same.
    let decided_anew = append_of(1, vec![write(&case(1), 4, 1)]);
    assert_eq!(store.append(decided_anew).await?, again(&first));
    assert_eq!(store.head().await?, 6.into());
    Ok(())
}

pub(crate) async fn the_first_answer_survives_a_restart(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let first = store.append(append(1, &case(1), 0)).await?;
    store.close().await;
    let store = log.open().await?;
    assert_eq!(store.append(append(1, &case(1), 0)).await?, again(&first));
    let mut other = append(1, &case(1), 0);
    other.fingerprint = [9; 32];
    assert_eq!(store.append(other).await, Err(AppendError::CommandReused));
    assert_eq!(store.head().await?, 1.into());
    Ok(())
}

pub(crate) async fn a_command_id_with_other_content_is_refused(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    let mut other = append(1, &case(2), 0);
    other.fingerprint = [9; 32];
    assert_eq!(store.append(other).await, Err(AppendError::CommandReused));
    assert_eq!(store.head().await?, 1.into());
    Ok(())
}

pub(crate) async fn a_command_sent_many_times_at_once_is_stored_once(log: &Fixture) -> Result<()> {
    let nodes = log.nodes(3).await?;
    let mut tasks = tokio::task::JoinSet::new();
    for sender in 0..24 {
        let store = nodes[sender % nodes.len()].clone();
        tasks.spawn(async move { store.append(append_of(1, vec![write(&case(1), 0, 2)])).await });
    }
    let answers: Vec<_> = tasks.join_all().await.into_iter().collect::<Result<_, _>>()?;
    assert_eq!(answers.iter().filter(|answer| !answer.duplicate).count(), 1);
    for answer in &answers {
        assert_eq!(again(answer), again(&answers[0]));
    }
    let events = whole_log(&nodes[0]).await?;
    assert_eq!(events.len(), 2);
    assert_history(&events)
}

pub(crate) async fn the_same_id_of_another_actor_is_another_command(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    store.append(append(1, &case(1), 0)).await?;
    let mut other = append(1, &case(1), 1);
    other.command.actor = "worker-2".into();
    other.fingerprint = [9; 32];
    ensure!(!store.append(other).await?.duplicate);
    assert_eq!(store.head().await?, 2.into());
    Ok(())
}

pub(crate) async fn what_a_command_stored_can_be_looked_up(log: &Fixture) -> Result<()> {
    let store = log.open().await?;
    let first = store.append(append_of(1, vec![write(&case(1), 0, 2), write(&case(2), 0, 1)])).await?;
    let found = store.find_command(&command(1)).await?;
    let found = found.ok_or_else(|| anyhow::anyhow!("the command is not found"))?;
    assert_eq!(found.appended, again(&first));
    assert_eq!(found.fingerprint, [7; 32]);
    assert_eq!(found.events, store.read_all(0.into(), 10).await?);
    let unknown = CommandKey { actor: "worker-2".to_owned(), ..command(1) };
    assert_eq!(store.find_command(&unknown).await?, None);
    Ok(())
}
