//! Reading: the same statements on both engines.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{ColumnIndex, Decode, PgPool, Postgres, Row, SqlitePool, Type, pool::PoolConnection};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::{
    append::CommandKey,
    error::StoreError,
    event::{DamagedEvent, FirstResult, RecordedEvent},
    numbers::{Position, Revision},
    stream::StreamId,
    tally::Tally,
};

macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "SELECT position, stream, revision, event_id, event_type, occurred_at, recorded_at, actor, command_id, ",
            "ordinal, fingerprint, metadata, payload, leaf_hash FROM event ",
            $rest
        )
    };
}

const ALL: &str = select_events!("WHERE position > $1 ORDER BY position LIMIT $2");
const FORWARDS: &str = select_events!("WHERE stream = $1 AND revision > $2 ORDER BY revision LIMIT $3");
const BACKWARDS: &str = select_events!("WHERE stream = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3");
pub(crate) const COMMAND: &str = select_events!("WHERE actor = $1 AND command_id = $2 ORDER BY ordinal");
const LEAVES: &str = "SELECT position, leaf_hash FROM event WHERE position > $1 ORDER BY position LIMIT $2";
const HEAD: &str = "SELECT coalesce(max(position), 0) FROM event";
const RECORDED: &str = "SELECT recorded_at FROM event WHERE position = $1";
const REVISION: &str = "SELECT coalesce(max(revision), 0) FROM event WHERE stream = $1";

macro_rules! tally {
    ($category:literal) => {
        concat!(
            "SELECT ",
            $category,
            " AS category, event_type, count(*), count(*) FILTER (WHERE revision = 1) FROM event ",
            "WHERE position > $1 AND position <= $2 GROUP BY 1, 2 ORDER BY 1, 2"
        )
    };
}

const TALLY_SQLITE: &str = tally!("substr(stream, 1, instr(stream, '-') - 1)");
const TALLY_POSTGRES: &str = tally!("split_part(stream, '-', 1)");
const FILE: &str = "SELECT file FROM pragma_database_list WHERE name = 'main'";
const RELATION: &str = "SELECT pg_total_relation_size('event'::regclass)";

/// Connections that only read.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    Sqlite(SqlitePool),
    Postgres(PgPool, Home),
}

/// The runtime in which the log was opened. A connection belongs to the runtime that made it and dies with it, and a
/// caller may live in a shorter one, such as a thread of a web server.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    runtime: Handle,
    patience: Duration,
}

impl Home {
    pub(crate) fn here(patience: Duration) -> Self {
        Self { runtime: Handle::current(), patience }
    }

    /// A server that has taken a question and does not answer is not waited for: nothing else would end a connection whose
    /// other side has gone without a word.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let silent = || StoreError::Unavailable("the database does not answer".into());
        tokio::time::timeout(self.patience * 4, work).await.unwrap_or_else(|_| Err(silent()))
    }

    async fn connection(&self, pool: &PgPool) -> Result<PoolConnection<Postgres>, StoreError> {
        let pool = pool.clone();
        let acquired = self.runtime.spawn(async move { pool.acquire().await }).await;
        Ok(acquired.map_err(|_| StoreError::Closed)??)
    }
}

/// Runs the same words on whichever pool there is.
macro_rules! on_pool {
    ($reader:expr, $pool:ident => $body:expr) => {
        match $reader {
            Reader::Sqlite($pool) => $body,
            Reader::Postgres(pool, home) => {
                let mut connection = home.connection(pool).await?;
                home.in_time(async {
                    let $pool = &mut *connection;
                    $body
                })
                .await
            }
        }
    };
}

/// A row, or the position of one that cannot be an event.
pub(crate) type Decoded = Result<RecordedEvent, Position>;

impl Reader {
    pub(crate) async fn all(&self, after: Position, limit: u32) -> Result<Vec<RecordedEvent>, StoreError> {
        let events = intact(self.all_unchecked(after, limit).await?)?;
        match events
            .iter()
            .zip(after.get().saturating_add(1)..)
            .find(|(event, expected)| event.position.get() != *expected)
        {
            Some((_, missing)) => Err(StoreError::Damaged(missing.into())),
            None => Ok(events),
        }
    }

    /// For `verify`, which wants to see the damaged ones too.
    pub(crate) async fn all_unchecked(
        &self,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Decoded>, StoreError> {
        on_pool!(self, pool => {
            let rows = sqlx::query(ALL).bind(after.as_i64()).bind(i64::from(limit)).fetch_all(pool).await?;
            Ok(rows.iter().map(decode).collect())
        })
    }

    pub(crate) async fn all_marked(
        &self,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Result<RecordedEvent, DamagedEvent>>, StoreError> {
        on_pool!(self, pool => {
            let rows = sqlx::query(ALL).bind(after.as_i64()).bind(i64::from(limit)).fetch_all(pool).await?;
            Ok(rows.iter().map(|row| match decode(row) {
                Ok(event) if event.is_intact() => Ok(event),
                decoded => Err(damaged(row, decoded)),
            }).collect())
        })
    }

    pub(crate) async fn stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let events = self.stream_rows(FORWARDS, stream, after.as_i64(), limit).await?;
        // One that an index has lost is not passed over.
        match events
            .iter()
            .zip(after.get().saturating_add(1)..)
            .find(|(event, expected)| event.revision.get() != *expected)
        {
            Some((behind, _)) => Err(StoreError::Damaged(behind.position)),
            None => Ok(events),
        }
    }

    pub(crate) async fn stream_backwards(
        &self,
        stream: &StreamId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.stream_rows(BACKWARDS, stream, before.map_or(i64::MAX, Revision::as_i64), limit).await
    }

    async fn stream_rows(
        &self,
        statement: &'static str,
        stream: &StreamId,
        bound: i64,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        on_pool!(self, pool => {
            let query = sqlx::query(statement).bind(stream.as_str()).bind(bound).bind(i64::from(limit));
            intact(query.fetch_all(pool).await?.iter().map(decode))
        })
    }

    /// What the database finds between its pages: indexes that do not fit the table, rows that break a rule. PostgreSQL has no
    /// such question that everybody may ask; its pages carry checksums.
    pub(crate) async fn damaged_pages(&self) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Postgres(..) => Ok(Vec::new()),
            Self::Sqlite(pool) => {
                let said: Vec<String> =
                    sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(pool).await?;
                Ok(said.into_iter().filter(|said| said != "ok").collect())
            }
        }
    }

    pub(crate) async fn command(&self, key: &CommandKey) -> Result<Option<FirstResult>, StoreError> {
        on_pool!(self, pool => {
            let rows = sqlx::query(COMMAND).bind(key.actor.as_str()).bind(key.id).fetch_all(pool).await?;
            Ok(FirstResult::of(intact(rows.iter().map(decode))?))
        })
    }

    pub(crate) async fn leaves(
        &self,
        after: Position,
        limit: u32,
    ) -> Result<Vec<(Position, [u8; 32])>, StoreError> {
        let rows: Result<Vec<(i64, Vec<u8>)>, StoreError> = on_pool!(self, pool => {
            Ok(sqlx::query_as(LEAVES).bind(after.as_i64()).bind(i64::from(limit)).fetch_all(pool).await?)
        });
        let rows = rows?;
        let leaf = |(position, leaf): (i64, Vec<u8>)| {
            let position = u64::try_from(position).unwrap_or_default().into();
            Ok((position, leaf.try_into().map_err(|_| StoreError::Damaged(position))?))
        };
        rows.into_iter().map(leaf).collect()
    }

    pub(crate) async fn head(&self) -> Result<Position, StoreError> {
        let head: Result<i64, StoreError> =
            on_pool!(self, pool => Ok(sqlx::query_scalar(HEAD).fetch_one(pool).await?));
        let head = head?;
        Ok(u64::try_from(head).unwrap_or_default().into())
    }

    /// When the event at a position was taken in.
    pub(crate) async fn recorded_at(&self, position: Position) -> Result<Timestamp, StoreError> {
        let at: Result<Option<i64>, StoreError> = on_pool!(self, pool => {
            Ok(sqlx::query_scalar(RECORDED).bind(position.as_i64()).fetch_optional(pool).await?)
        });
        let at = at?.and_then(|at| Timestamp::from_microsecond(at).ok());
        at.ok_or(StoreError::Damaged(position))
    }

    pub(crate) async fn revision(&self, stream: &StreamId) -> Result<Revision, StoreError> {
        let last: Result<i64, StoreError> = on_pool!(self, pool => {
            Ok(sqlx::query_scalar(REVISION).bind(stream.as_str()).fetch_one(pool).await?)
        });
        let last = last?;
        Ok(u64::try_from(last).unwrap_or_default().into())
    }

    /// What there is behind a position, up to another one.
    pub(crate) async fn tally(&self, after: Position, up_to: Position) -> Result<Vec<Tally>, StoreError> {
        let statement = match self {
            Self::Sqlite(_) => TALLY_SQLITE,
            Self::Postgres(..) => TALLY_POSTGRES,
        };
        let rows: Result<Vec<(String, String, i64, i64)>, StoreError> = on_pool!(self, pool => {
            Ok(sqlx::query_as(statement).bind(after.as_i64()).bind(up_to.as_i64()).fetch_all(pool).await?)
        });
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let tally = |(category, event_type, events, streams)| Tally {
            category,
            event_type,
            events: count(events),
            streams: count(streams),
        };
        Ok(rows?.into_iter().map(tally).collect())
    }

    /// What the log takes on disk: the file and its journal, or the table with its indexes.
    pub(crate) async fn bytes(&self) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(pool) => {
                let file: String = sqlx::query_scalar(FILE).fetch_one(pool).await?;
                let length = |path: String| std::fs::metadata(path).map_or(0, |file| file.len());
                Ok(length(format!("{file}-wal")) + length(file))
            }
            Self::Postgres(..) => {
                let bytes: Result<i64, StoreError> =
                    on_pool!(self, pool => Ok(sqlx::query_scalar(RELATION).fetch_one(pool).await?));
                Ok(u64::try_from(bytes?).unwrap_or_default())
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool, _) => pool.close().await,
        }
    }
}

/// Nobody gets an event that is not what was stored, nor the ones behind it as if nothing were missing.
pub(crate) fn intact(rows: impl IntoIterator<Item = Decoded>) -> Result<Vec<RecordedEvent>, StoreError> {
    rows.into_iter()
        .map(|row| match row {
            Ok(event) if event.is_intact() => Ok(event),
            Ok(event) => Err(StoreError::Damaged(event.position)),
            Err(position) => Err(StoreError::Damaged(position)),
        })
        .collect()
}

/// What is left of a row that is not what was stored.
fn damaged<R: Row>(row: &R, decoded: Decoded) -> DamagedEvent
where
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let text = |column: usize| row.try_get::<String, _>(column).ok();
    DamagedEvent {
        position: decoded.map_or_else(|position| position, |event| event.position),
        stream: text(1).and_then(|stream| StreamId::parse(&stream).ok()),
        revision: row
            .try_get::<i64, _>(2)
            .ok()
            .and_then(|at| u64::try_from(at).ok())
            .unwrap_or_default()
            .into(),
        event_type: text(4).unwrap_or_default(),
        leaf_hash: row.try_get::<Vec<u8>, _>(13).ok().and_then(|leaf| leaf.try_into().ok()),
    }
}

/// Reads a row of [`select_events`]; one that cannot be an event answers its position.
pub(crate) fn decode<R: Row>(row: &R) -> Decoded
where
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i32: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Uuid: Decode<'r, R::Database> + Type<R::Database>,
{
    let position =
        row.try_get::<i64, _>(0).ok().and_then(|p| u64::try_from(p).ok()).unwrap_or_default().into();
    let event = || -> Option<RecordedEvent> {
        let time = |column: usize| Timestamp::from_microsecond(row.try_get(column).ok()?).ok();
        let hash = |column: usize| row.try_get::<Vec<u8>, _>(column).ok()?.try_into().ok();
        Some(RecordedEvent {
            position,
            stream: StreamId::parse(&row.try_get::<String, _>(1).ok()?).ok()?,
            revision: u64::try_from(row.try_get::<i64, _>(2).ok()?).ok()?.into(),
            event_id: row.try_get(3).ok()?,
            event_type: row.try_get(4).ok()?,
            occurred_at: time(5)?,
            recorded_at: time(6)?,
            command: CommandKey { actor: row.try_get(7).ok()?, id: row.try_get(8).ok()? },
            ordinal: row.try_get::<i32, _>(9).ok()?.try_into().ok()?,
            fingerprint: hash(10)?,
            metadata: row.try_get::<String, _>(11).ok()?.into_bytes(),
            payload: row.try_get(12).ok()?,
            leaf_hash: hash(13)?,
        })
    };
    event().ok_or(position)
}
