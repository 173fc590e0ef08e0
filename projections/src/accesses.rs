//! Which readings concern this record? An index over the access log, in a file of its own: positions and nothing else, for
//! what was read, by whom and why is shown from the access log itself.

use std::{path::Path, sync::Arc, time::Duration};

use safar_domain::{access::AccessEvent, decider::Fact};
use safar_event_store::{EventStore, Position, RecordedEvent};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool, sqlite::SqlitePoolOptions};
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::{
    checkpoint,
    columns::{hex, json, number, position},
    error::ProjectionError,
    file, recorded,
};

const TABLES: &str = "
CREATE TABLE access (
    record BLOB NOT NULL, -- a case or a person
    position INTEGER NOT NULL,
    PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert (position INTEGER PRIMARY KEY) STRICT;
CREATE TABLE canary (
    record BLOB NOT NULL, -- the case
    position INTEGER NOT NULL, -- of the last word on it
    watched INTEGER NOT NULL,
    PRIMARY KEY (record)
) STRICT, WITHOUT ROWID;
";

/// Raise it whenever the fold gives other rows than before, or a table changes.
const VERSION: i32 = 1;

const READINGS: &str = "INSERT INTO access SELECT unhex(value->>0), value->>1 FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING";
const ALERTS: &str = "INSERT INTO alert SELECT value FROM json_each(?1)";
const CANARY: &str = "INSERT INTO canary VALUES (?1, ?2, ?3)
    ON CONFLICT (record) DO UPDATE SET position = excluded.position, watched = excluded.watched";
const OF_RECORD: &str =
    "SELECT position FROM access WHERE record = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3";
const OF_ALERTS: &str = "SELECT position FROM alert WHERE position < ?1 ORDER BY position DESC LIMIT ?2";
const WATCHED: &str = "SELECT position FROM canary WHERE watched = 1 ORDER BY position";

/// The questions, for the test that looks at their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [OF_RECORD, OF_ALERTS];

const READERS: u32 = 2;

/// The index of this node; cheap to clone.
#[derive(Clone)]
pub struct Accesses {
    readers: SqlitePool,
    writer: Arc<Mutex<SqliteConnection>>,
    position: watch::Sender<Position>,
}

impl Accesses {
    /// Opens the index of a log; one of another version or of another log is thrown away and begun anew.
    pub async fn open(path: &Path, log: &EventStore) -> Result<Self, ProjectionError> {
        let mut writer = connect(path).await?;
        if !is_of(&mut writer, log).await? {
            tracing::info!(
                "the index of the access log is of another version or another log and is made anew"
            );
            writer.close().await?;
            for suffix in ["", "-wal", "-shm"] {
                let _absent = std::fs::remove_file(file::beside(path, suffix));
            }
            writer = connect(path).await?;
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(file::options(path).read_only(true).pragma("query_only", "ON"))
            .await?;
        let (at, _) = checkpoint::read(&mut writer).await?;
        let (writer, position) = (Arc::new(Mutex::new(writer)), watch::Sender::new(at));
        Ok(Self { readers, writer, position })
    }

    /// How far the index has come.
    pub fn position(&self) -> Position {
        *self.position.borrow()
    }

    /// Resolves with how far the index has come, at the latest after the timeout.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> Position {
        let mut moved = self.position.subscribe();
        let _late = tokio::time::timeout(timeout, moved.wait_for(|at| *at >= position)).await;
        self.position()
    }

    /// Takes in the events that come next, whole or not at all, and tells what they say before anybody hears that the
    /// index has come so far.
    pub async fn apply(
        &self,
        events: &[RecordedEvent],
        tell: impl FnOnce(&[Fact<AccessEvent>]),
    ) -> Result<(), ProjectionError> {
        let mut rows = Rows::default();
        let mut facts = Vec::with_capacity(events.len());
        for event in events {
            let fact = recorded::decode::<AccessEvent>(event).map_err(|error| ProjectionError::Poison {
                position: event.position,
                reason: error.into(),
            })?;
            rows.take(event.position, &fact.event);
            facts.push(fact);
        }
        let Some(last) = events.last() else { return Ok(()) };
        let mut writer = self.writer.lock().await;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(READINGS).bind(json(&rows.readings)).execute(&mut *transaction).await?;
        sqlx::query(ALERTS).bind(json(&rows.alerts)).execute(&mut *transaction).await?;
        for (record, at, watched) in rows.canaries {
            let canary = sqlx::query(CANARY).bind(record).bind(at).bind(watched);
            canary.execute(&mut *transaction).await?;
        }
        checkpoint::advance(&mut transaction, events).await?;
        transaction.commit().await?;
        tell(&facts);
        self.position.send_replace(last.position);
        Ok(())
    }

    /// Where readings of any of these records are, the latest first, before a position.
    pub async fn of(
        &self,
        records: &[Uuid],
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<Position>, ProjectionError> {
        let mut found = Vec::new();
        for record in records {
            let of_record = sqlx::query_scalar::<_, i64>(OF_RECORD);
            let of_record = of_record.bind(record.as_bytes().as_slice()).bind(end(before)).bind(limit);
            found.extend(of_record.fetch_all(&self.readers).await?);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        found.truncate(limit as usize);
        Ok(positions(found))
    }

    /// Where alerts are, the latest first, before a position.
    pub async fn alerts(
        &self,
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<Position>, ProjectionError> {
        let found = sqlx::query_scalar(OF_ALERTS).bind(end(before)).bind(limit);
        Ok(positions(found.fetch_all(&self.readers).await?))
    }

    /// Where it is said of each watched case that it is watched.
    pub async fn watched(&self) -> Result<Vec<Position>, ProjectionError> {
        Ok(positions(sqlx::query_scalar(WATCHED).fetch_all(&self.readers).await?))
    }

    /// Lets go of the file.
    pub async fn close(&self) {
        self.readers.close().await;
    }
}

impl std::fmt::Debug for Accesses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accesses")
    }
}

/// What a batch adds to the tables.
#[derive(Default)]
struct Rows {
    readings: Vec<(String, i64)>,
    alerts: Vec<i64>,
    canaries: Vec<(Vec<u8>, i64, bool)>,
}

impl Rows {
    fn take(&mut self, at: Position, event: &AccessEvent) {
        let at = number(at);
        match event {
            AccessEvent::Read(reading) => {
                self.readings.extend(reading.records().map(|record| (hex(record), at)));
            }
            AccessEvent::CanarySet(set) => {
                self.canaries.push((set.case.0.as_bytes().to_vec(), at, set.watched));
            }
            AccessEvent::Alerted(_) => self.alerts.push(at),
        }
    }
}

fn end(before: Option<Position>) -> i64 {
    before.map_or(i64::MAX, number)
}

fn positions(found: Vec<i64>) -> Vec<Position> {
    found.into_iter().map(position).collect()
}

pub(crate) async fn connect(path: &Path) -> Result<SqliteConnection, ProjectionError> {
    use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    file::create_private(path)?;
    let options =
        file::options(path).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
    let mut connection = options.connect().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *transaction).await?;
    if tables == 0 {
        sqlx::raw_sql(checkpoint::TABLES).execute(&mut *transaction).await?;
        sqlx::raw_sql(TABLES).execute(&mut *transaction).await?;
        let version = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {VERSION}"));
        sqlx::raw_sql(version).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(connection)
}

/// Whether the file is of this version, and stands where this log has the event that was seen there.
async fn is_of(connection: &mut SqliteConnection, log: &EventStore) -> Result<bool, ProjectionError> {
    let version: i32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    if version != VERSION {
        return Ok(false);
    }
    let (at, leaf) = checkpoint::read(connection).await?;
    let Some(before) = at.get().checked_sub(1) else { return Ok(true) };
    let seen = log.read_all(before.into(), 1).await?;
    Ok(seen.first().is_some_and(|event| event.position == at && event.leaf_hash.as_slice() == leaf))
}
