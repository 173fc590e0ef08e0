//! Commits batches into the file: one statement to look up, one to insert.

use jiff::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

use super::lock::OwnerLock;
use crate::{
    backend::{Answer, BatchError, Committed, Known, Request},
    error::StoreError,
    event::FirstResult,
    ledger,
    numbers::{Position, Revision},
    options::Clock,
    read::{COMMAND, decode, intact},
};

/// Known commands (0, place in the batch, fingerprint) and revisions (1, place among the writes, revision).
const LOOK_UP: &str = "
SELECT 0, c.key, e.fingerprint, 0
  FROM json_each(?1) AS c CROSS JOIN event AS e
 WHERE e.actor = c.value->>0 AND e.command_id = unhex(c.value->>1) AND e.ordinal = 0
UNION ALL
SELECT 1, w.key, NULL, coalesce((SELECT max(revision) FROM event WHERE stream = w.value), 0)
  FROM json_each(?2) AS w";

/// One statement whatever the size of the batch, so that it is prepared once and is its own transaction. All bytes travel
/// in one blob (?2) and are cut out of it: event id, command id, fingerprint, leaf, metadata, payload.
const INSERT: &str = "
INSERT INTO event (position, stream, revision, event_id, event_type, occurred_at, recorded_at, actor, command_id,
                   ordinal, fingerprint, metadata, payload, leaf_hash)
SELECT v->>0, v->>1, v->>2, substr(?2, o, 16), v->>3, v->>4, v->>5, v->>6, substr(?2, o + 16, 16),
       v->>7, substr(?2, o + 32, 32), CAST(substr(?2, o + 96, m) AS TEXT), substr(?2, o + 96 + m, v->>10),
       substr(?2, o + 64, 32)
  FROM (SELECT value AS v, value->>8 AS o, value->>9 AS m FROM json_each(?1))";

/// The one connection that writes, and what it knows for sure since nobody else writes.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: SqliteConnection,
    clock: ClockHolder,
    last: Last,
    _lock: OwnerLock,
}

/// Where the log ends.
#[derive(Debug, Clone, Copy)]
struct Last {
    position: Position,
    recorded_at: Timestamp,
}

impl Writer {
    pub(super) async fn start(
        mut connection: SqliteConnection,
        lock: OwnerLock,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let last = read_last(&mut connection).await?;
        Ok(Self { connection, clock: ClockHolder(clock), last, _lock: lock })
    }

    pub(crate) async fn commit(&mut self, batch: &[Request]) -> Result<Committed, BatchError> {
        let known = self.look_up(batch).await.map_err(batch_error)?;
        let mut committed = known.answers(batch);
        let mut rows = Rows::default();
        for (request, answer) in batch.iter().zip(&committed.answers) {
            if let Ok(appended) = answer
                && !appended.duplicate
            {
                rows.push(request, appended.first, known.recorded_at);
            }
        }
        if committed.head > known.head {
            self.insert(rows).await?;
            self.last = Last { position: committed.head, recorded_at: known.recorded_at };
        }
        for (request, answer) in batch.iter().zip(&mut committed.answers) {
            if answer.as_ref().is_ok_and(|appended| appended.duplicate) {
                *answer = self.first_answer(request).await?;
            }
        }
        Ok(committed)
    }

    pub(crate) async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(error = %StoreError::from(error), "the log was not closed cleanly; nothing is lost");
        }
    }

    /// Microseconds, as they are stored; never before the last event.
    fn now(&self) -> Timestamp {
        let now = (self.clock.0)().as_microsecond();
        Timestamp::from_microsecond(now).unwrap_or(self.last.recorded_at).max(self.last.recorded_at)
    }

    async fn look_up(&mut self, batch: &[Request]) -> Result<Known, sqlx::Error> {
        let commands: Vec<_> = batch
            .iter()
            .map(|request| (&request.command.actor, request.command.id.simple().to_string()))
            .collect();
        let streams: Vec<&str> = batch
            .iter()
            .flat_map(|request| request.writes.iter().map(|write| write.stream.as_str()))
            .collect();
        let rows = sqlx::query(LOOK_UP)
            .bind(json(&commands))
            .bind(json(&streams))
            .fetch_all(&mut self.connection)
            .await?;
        let mut known = Known {
            head: self.last.position,
            recorded_at: self.now(),
            fingerprints: vec![None; batch.len()],
            revisions: vec![Revision::ABSENT; streams.len()],
        };
        for row in rows {
            let place = usize::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
            if row.try_get::<i64, _>(0)? == 0 {
                known.fingerprints[place] = row.try_get(2)?;
            } else {
                known.revisions[place] = u64::try_from(row.try_get::<i64, _>(3)?).unwrap_or_default().into();
            }
        }
        Ok(known)
    }

    async fn first_answer(&mut self, request: &Request) -> Result<Answer, BatchError> {
        let rows = sqlx::query(COMMAND)
            .bind(request.command.actor.as_str())
            .bind(request.command.id)
            .fetch_all(&mut self.connection)
            .await
            .map_err(batch_error)?;
        Ok(FirstResult::answer(intact(rows.iter().map(decode))))
    }

    async fn insert(&mut self, rows: Rows<'_>) -> Result<(), BatchError> {
        let inserted =
            sqlx::query(INSERT).bind(json(&rows.rows)).bind(rows.bytes).execute(&mut self.connection).await;
        match inserted {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = batch_error(error);
                // Somebody with another program may have written: look again where the log ends.
                if matches!(error, BatchError::Rejected(_)) {
                    self.last = read_last(&mut self.connection).await.map_err(BatchError::Fatal)?;
                }
                Err(error)
            }
        }
    }
}

/// Position, stream, revision, type, occurred, recorded, actor, ordinal; offset of the bytes, lengths of metadata, payload.
type RowJson<'a> = (u64, &'a str, u64, &'a str, i64, i64, &'a str, u32, usize, usize, usize);

#[derive(Default)]
struct Rows<'a> {
    rows: Vec<RowJson<'a>>,
    bytes: Vec<u8>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, request: &'a Request, first: Position, recorded_at: Timestamp) {
        for (place, prepared) in (0..).zip(&request.events) {
            let event = &prepared.event;
            let position = first.plus(place);
            self.rows.push((
                position.get(),
                prepared.stream.as_str(),
                prepared.revision.get(),
                &event.event_type,
                event.occurred_at.as_microsecond(),
                recorded_at.as_microsecond(),
                &request.command.actor,
                prepared.ordinal,
                self.bytes.len() + 1,
                event.metadata.len(),
                event.payload.len(),
            ));
            let leaf = ledger::leaf_hash(&ledger::entry(position, recorded_at, &prepared.digest));
            let fixed: [&[u8]; 4] =
                [event.event_id.as_bytes(), request.command.id.as_bytes(), &request.fingerprint, &leaf];
            for bytes in fixed.into_iter().chain([event.metadata.as_slice(), &event.payload]) {
                self.bytes.extend_from_slice(bytes);
            }
        }
    }
}

/// A clock has no `Debug`.
struct ClockHolder(Clock);

impl std::fmt::Debug for ClockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers and strings always have a JSON form")
}

async fn read_last(connection: &mut SqliteConnection) -> Result<Last, StoreError> {
    let row: Option<(i64, i64)> =
        sqlx::query_as("SELECT position, recorded_at FROM event ORDER BY position DESC LIMIT 1")
            .fetch_optional(connection)
            .await?;
    let (position, micros) = row.unwrap_or((0, Timestamp::MIN.as_microsecond()));
    let position = u64::try_from(position).unwrap_or_default().into();
    let recorded_at = Timestamp::from_microsecond(micros).map_err(|_| StoreError::Damaged(position))?;
    Ok(Last { position, recorded_at })
}

/// Tells a refusal of the request from a failure of the disk, by the primary result code.
fn batch_error(error: sqlx::Error) -> BatchError {
    const REFUSED: [i64; 9] = [1, 5, 6, 9, 12, 13, 18, 19, 20]; // ERROR BUSY LOCKED INTERRUPT NOTFOUND FULL TOOBIG CONSTRAINT MISMATCH
    let code = match &error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i64>().ok()),
        _ => None,
    };
    match code {
        Some(code) if REFUSED.contains(&(code & 0xff)) => BatchError::Rejected(error.into()),
        _ => BatchError::Fatal(error.into()),
    }
}
