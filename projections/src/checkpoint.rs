//! How far the read models have come: one row, moved in the transaction of the effects, by compare-and-set.

use safar_event_store::{DamagedEvent, Position, RecordedEvent};
use sqlx::SqliteConnection;

use crate::{
    columns::{number, position},
    error::ProjectionError,
};

pub(crate) const TABLES: &str = "
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    leaf BLOB NOT NULL -- of the event at that position: another log has another one
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');
";

const READ: &str = "SELECT position, leaf FROM checkpoint WHERE one = 1";
const ADVANCE: &str = "UPDATE checkpoint SET position = ?1, leaf = ?2 WHERE one = 1 AND position = ?3";

/// The position, and the ledger leaf of the event there.
pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<(Position, Vec<u8>), ProjectionError> {
    let (at, leaf): (i64, Vec<u8>) = sqlx::query_as(READ).fetch_one(connection).await?;
    Ok((position(at), leaf))
}

/// Moves behind these events, if they are the ones that come next.
pub(crate) async fn advance(
    connection: &mut SqliteConnection,
    events: &[RecordedEvent],
) -> Result<(), ProjectionError> {
    advance_past(connection, events, &[]).await
}

/// Moves behind these events and those among them that are damaged.
pub(crate) async fn advance_past(
    connection: &mut SqliteConnection,
    events: &[RecordedEvent],
    damaged: &[DamagedEvent],
) -> Result<(), ProjectionError> {
    let sound = events.iter().map(|event| (event.position, event.leaf_hash));
    let marked = damaged.iter().map(|event| (event.position, event.leaf_hash.unwrap_or_default()));
    let mut places: Vec<_> = sound.chain(marked).collect();
    // In the order in which they came where nothing is damaged: one out of its place is refused.
    if !damaged.is_empty() {
        places.sort_unstable();
    }
    let (Some((first, _)), Some((last, leaf))) = (places.first(), places.last()) else { return Ok(()) };
    for ((found, _), expected) in places.iter().zip(first.get()..) {
        in_order(expected.into(), *found)?;
    }
    let moved = sqlx::query(ADVANCE)
        .bind(number(*last))
        .bind(leaf.as_slice())
        .bind(number(*first) - 1)
        .execute(&mut *connection)
        .await?;
    if moved.rows_affected() == 1 {
        return Ok(());
    }
    let (at, _) = read(connection).await?;
    Err(ProjectionError::OutOfOrder { expected: at.next(), found: *first })
}

fn in_order(expected: Position, found: Position) -> Result<(), ProjectionError> {
    if expected == found { Ok(()) } else { Err(ProjectionError::OutOfOrder { expected, found }) }
}
