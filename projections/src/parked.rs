//! Which streams could not be read? From its first unreadable event on, a stream stands still; all others go on.

use std::collections::BTreeSet;

use safar_event_store::{DamagedEvent, Position, RecordedEvent, Revision, StreamId};
use sqlx::SqliteConnection;

use crate::{
    columns::{json, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE parked (
    position INTEGER PRIMARY KEY, -- what a damaged row says of its stream and revision may be anything
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    reason TEXT -- of the first event; the others wait behind it
) STRICT;
CREATE INDEX parked_by_stream ON parked (stream, position);
";

const AMONG: &str = "
SELECT DISTINCT p.stream FROM json_each(?1) AS s CROSS JOIN parked AS p ON p.stream = s.value";
const WRITE: &str = "
INSERT INTO parked (stream, revision, position, event_type, reason)
SELECT v->>0, v->>1, v->>2, v->>3, v->>4 FROM (SELECT value AS v FROM json_each(?1))";
/// The bare columns are those of the row with the smallest position.
const STREAMS: &str = "
SELECT stream, revision, min(position), event_type, coalesce(reason, ''), count(*)
  FROM parked GROUP BY stream ORDER BY stream";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 1] = [AMONG];

/// A stream that stands still in the read models. A rebuild with a version that can read it sets it going again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedStream {
    /// Which one.
    pub stream: StreamId,
    /// Where it stopped.
    pub position: Position,
    /// The first revision that is missing from the read models.
    pub revision: Revision,
    /// The name of the event that could not be read.
    pub event_type: String,
    /// Why; it names shapes and never values.
    pub reason: String,
    /// How many events are missing by now.
    pub events: u64,
}

impl ReadModels {
    /// Every stream that stands still.
    pub async fn parked(&self) -> Result<Vec<ParkedStream>, ProjectionError> {
        type Row = (String, i64, i64, String, String, i64);
        let rows: Vec<Row> = sqlx::query_as(STREAMS).fetch_all(self.reader()).await?;
        let stream = |(stream, at_revision, at, event_type, reason, events): Row| {
            Ok(ParkedStream {
                stream: stream.parse().map_err(|_| ProjectionError::Damaged("parked"))?,
                position: position(at),
                revision: revision(at_revision),
                event_type,
                reason,
                events: u64::try_from(events).unwrap_or_default(),
            })
        };
        rows.into_iter().map(stream).collect()
    }
}

/// An event that is not taken in, with the reason if it is the first of its stream.
pub(crate) type Parked<'a> = (&'a RecordedEvent, Option<String>);

/// Which streams of these events stand still already.
pub(crate) async fn among(
    connection: &mut SqliteConnection,
    events: &[RecordedEvent],
) -> Result<BTreeSet<StreamId>, ProjectionError> {
    let streams: BTreeSet<_> = events.iter().map(|event| event.stream.as_str()).collect();
    let rows: Vec<String> = sqlx::query_scalar(AMONG).bind(json(&streams)).fetch_all(connection).await?;
    rows.into_iter().map(|stream| stream.parse().map_err(|_| ProjectionError::Damaged("parked"))).collect()
}

/// Stream, revision, position, name and reason of an event that is not taken in.
pub(crate) type Row = (String, i64, i64, String, Option<String>);

pub(crate) async fn insert(connection: &mut SqliteConnection, rows: &[Row]) -> Result<(), ProjectionError> {
    if !rows.is_empty() {
        sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    }
    Ok(())
}

/// What is said of an event that is not what was stored.
const DAMAGED: &str =
    "what is stored is not what was stored: run `safar verify`, restore the log from a copy, and rebuild";

/// Keeps the streams of damaged events where they are. One whose row names no stream is kept under its position alone.
pub(crate) async fn damaged(
    connection: &mut SqliteConnection,
    events: &[DamagedEvent],
) -> Result<(), ProjectionError> {
    let row = |event: &DamagedEvent| {
        let unknown = || StreamId::new("unreadable", event.position.get());
        let stream = event.stream.clone().unwrap_or_else(unknown).as_str().to_owned();
        let (revision, position) =
            (i64::try_from(event.revision.get()).unwrap_or_default(), number(event.position));
        (stream, revision, position, event.event_type.clone(), Some(DAMAGED.to_owned()))
    };
    insert(connection, &events.iter().map(row).collect::<Vec<_>>()).await
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    parked: &[Parked<'_>],
) -> Result<(), ProjectionError> {
    if parked.is_empty() {
        return Ok(());
    }
    let row = |(event, reason): &Parked<'_>| {
        let RecordedEvent { stream, revision, position, event_type, .. } = event;
        (stream.clone(), revision.get(), number(*position), event_type.clone(), reason.clone())
    };
    let rows: Vec<_> = parked.iter().map(row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}
