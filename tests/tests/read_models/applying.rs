//! Effects and checkpoint are one; nothing counts twice and nothing is passed over.

use anyhow::Result;
use safar_event_store::Position;
use safar_projections::{ProjectionError, ReadModels};

use crate::{
    dump::{NONE, differences, dump, meddle},
    fixture::Log,
    history::{Happening, case_event, linked, new_conflict, varied},
};

/// Fails at the first change of a table.
fn obstacle(table: &str) -> String {
    let refuse = |what| {
        format!(
            "CREATE TRIGGER obstacle_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END;"
        )
    };
    refuse("INSERT") + &refuse("UPDATE")
}

/// The tables of sealed records, which a history in clear leaves empty; the tests of sealed streams fill them.
pub(crate) const SEALED: [&str; 6] =
    ["sealed_waiting", "sealed_records", "hiv_ties", "person_registrars", "person_ids", "person_keys"];

const CLEAR: &str = "DROP TRIGGER obstacle_INSERT; DROP TRIGGER obstacle_UPDATE";

#[tokio::test]
async fn a_batch_that_fails_at_any_table_changes_nothing() -> Result<()> {
    let mut log = Log::with_history(2).await?;
    let models = log.models("live", 100).await?;
    let path = log.path("live");
    let before = dump(&path).await?;
    let at = models.position().await;
    let directory = models.directory();
    let unreadable = Happening { event_type: "case.unheard-of.v1", ..case_event(2, "case.closed.v1") };
    log.record(&varied(3, 12, 300)).await?;
    log.record(&linked(3, 12)).await?;
    log.record(&[unreadable, new_conflict(99)]).await?;
    let events = log.events_after(at).await?;
    let written = before.keys().filter(|table| !SEALED.contains(&table.as_str()));
    for table in written.clone() {
        meddle(&path, &obstacle(table)).await?;
        let failed = models.apply(&events).await;
        assert!(matches!(failed, Err(ProjectionError::Database { .. })), "{table}: {failed:?}");
        meddle(&path, CLEAR).await?;
        assert_eq!(differences(&dump(&path).await?, &before), NONE, "{table}");
        assert_eq!((models.position().await, models.directory()), (at, directory.clone()), "{table}");
    }
    models.apply(&events).await?;
    let after = dump(&path).await?;
    for table in written {
        assert_ne!(
            before[table], after[table],
            "the batch has nothing for {table}, so the obstacle proved nothing"
        );
    }
    Ok(())
}

#[tokio::test]
async fn events_applied_twice_are_refused() -> Result<()> {
    let log = Log::with_history(2).await?;
    let models = log.models("live", 100).await?;
    let before = dump(&log.path("live")).await?;
    let events = log.events_after(Position::START).await?;
    let last = events.len() - 1;
    for again in [&events[..], &events[last..], &events[..1]] {
        let refused = models.apply(again).await;
        assert!(matches!(refused, Err(ProjectionError::OutOfOrder { .. })), "{refused:?}");
    }
    assert_eq!(differences(&dump(&log.path("live")).await?, &before), NONE);
    Ok(())
}

#[tokio::test]
async fn a_hole_is_refused_and_what_comes_next_is_taken() -> Result<()> {
    let log = Log::with_history(2).await?;
    let models = ReadModels::open(&log.path("live")).await?;
    let events = log.events_after(Position::START).await?;
    let refused = models.apply(&events[1..5]).await;
    assert!(
        matches!(refused, Err(ProjectionError::OutOfOrder { expected, .. }) if expected.get() == 1),
        "{refused:?}"
    );
    let with_a_hole = [&events[..2], &events[3..5]].concat();
    let refused = models.apply(&with_a_hole).await;
    assert!(
        matches!(refused, Err(ProjectionError::OutOfOrder { expected, .. }) if expected.get() == 3),
        "{refused:?}"
    );
    assert_eq!(models.apply(&events[..5]).await?.get(), 5);
    assert_eq!(models.apply(&[]).await?.get(), 5);
    Ok(())
}

#[tokio::test]
async fn of_two_writers_of_one_file_only_one_moves_the_checkpoint() -> Result<()> {
    let log = Log::with_history(2).await?;
    let one = ReadModels::open(&log.path("live")).await?;
    let two = ReadModels::open(&log.path("live")).await?;
    let events = log.events_after(Position::START).await?;
    one.apply(&events[..10]).await?;
    let refused = two.apply(&events[..10]).await;
    assert!(
        matches!(refused, Err(ProjectionError::OutOfOrder { expected, .. }) if expected.get() == 11),
        "{refused:?}"
    );
    Ok(())
}
