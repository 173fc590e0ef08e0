//! Which sealed events wait for a key, and what do the records say that could be opened?
//!
//! A sealed event first waits, exactly as the log has it; in a second transaction the vault opens what waits, folds it and
//! seals the record again. So whoever has no key keeps up with everything else, and catches up on the day it gets one.

mod fold;

use safar_domain::decider::Decider;
use safar_event_store::{Position, RecordedEvent, Revision, StreamId};
use safar_vault::{Compartment, Place, Vault, VaultError};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::SqliteConnection;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    columns::{hex, json, micros, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) use fold::{Left, take_in};

pub(crate) const TABLES: &str = "
CREATE TABLE sealed_waiting (
    position INTEGER PRIMARY KEY,
    category TEXT NOT NULL, -- of the stream
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    payload BLOB NOT NULL -- sealed
) STRICT;
CREATE INDEX sealed_waiting_by_category ON sealed_waiting (category, position);
CREATE TABLE sealed_records (
    stream TEXT PRIMARY KEY, -- named by a keyed hash
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the last event
    state BLOB NOT NULL -- sealed
) STRICT, WITHOUT ROWID;
";

const KEEP: &str = "
INSERT INTO sealed_waiting (position, category, stream, revision, id, event_type, recorded_at, payload)
SELECT v->>0, v->>1, v->>2, v->>3, unhex(v->>4), v->>5, v->>6, unhex(v->>7)
  FROM (SELECT value AS v FROM json_each(?1))";
const WAITING: &str = "SELECT count(*) FROM sealed_waiting";
const ONE: &str = "SELECT stream, revision, position, state FROM sealed_records WHERE stream = ?1";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [ONE, fold::NEXT];

/// A record whose stream is sealed, and by what its row is found.
pub(crate) trait SealedRecord:
    Decider<Event: DeserializeOwned + Send + Sync> + Clone + Serialize + DeserializeOwned + Send + Sync
{
    /// Under whose keys.
    const COMPARTMENT: Compartment;
    /// What takes everything away by which the row of the stream ?1 is found.
    const FORGET: &'static [&'static str];

    /// What is written beside the row; none of it can be read without the key.
    fn found_by(&self, vault: &Vault) -> Result<Vec<FoundBy>, VaultError>;
}

/// A row by which a record is found: `statement` takes `key` as ?1, the stream as ?2 and the position as ?3, if it has one.
pub(crate) struct FoundBy {
    pub(crate) statement: &'static str,
    pub(crate) key: Vec<u8>,
}

/// A record as it stands after its last event.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedRow<R> {
    /// Its opaque name; what it is about is named inside.
    pub stream: StreamId,
    /// Of the stream.
    pub revision: Revision,
    /// Of its last event.
    pub position: Position,
    /// The folded record.
    pub record: R,
}

/// As in every statement that reads records: stream, revision, position, state.
pub(crate) type Row = (String, i64, i64, Vec<u8>);

impl ReadModels {
    /// How many sealed events wait for a key.
    pub async fn sealed_waiting(&self) -> Result<u64, ProjectionError> {
        let waiting: i64 = sqlx::query_scalar(WAITING).fetch_one(self.reader()).await?;
        Ok(u64::try_from(waiting).unwrap_or_default())
    }

    /// A record by the name of its stream.
    pub(crate) async fn sealed_record<R: SealedRecord>(
        &self,
        stream: &StreamId,
    ) -> Result<Option<SealedRow<R>>, ProjectionError> {
        let query = sqlx::query_as(ONE).bind(stream.as_str());
        let row: Option<Row> = query.fetch_optional(self.reader()).await?;
        match row {
            None => Ok(None),
            Some(row) => Ok(Some(opened(self.vault(), row).await?)),
        }
    }

    /// Records as a statement found them, without those whose keys were destroyed since.
    pub(crate) async fn opened<R: SealedRecord>(
        &self,
        rows: Vec<Row>,
    ) -> Result<Vec<SealedRow<R>>, ProjectionError> {
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            match opened(self.vault(), row).await {
                Err(ProjectionError::Sealed(VaultError::Erased)) => (),
                record => records.push(record?),
            }
        }
        Ok(records)
    }
}

/// Puts sealed events down as they are.
pub(crate) async fn keep(
    connection: &mut SqliteConnection,
    events: &[&RecordedEvent],
) -> Result<(), ProjectionError> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = events.iter().map(|event| {
        let RecordedEvent { position, stream, revision, event_id, event_type, recorded_at, payload, .. } =
            *event;
        let payload = payload.iter().fold(String::with_capacity(2 * payload.len()), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        });
        let (at, moment) = (number(*position), micros(*recorded_at));
        let (revision, id) = (revision.get(), hex(*event_id));
        (at, stream.category(), stream.as_str(), revision, id, event_type, moment, payload)
    });
    sqlx::query(KEEP).bind(json(&rows.collect::<Vec<_>>())).execute(connection).await?;
    Ok(())
}

/// Where the state of a record lies sealed.
fn at(stream: &str, revision: u64) -> Place<'_> {
    Place { stream, revision, id: Uuid::nil(), event_type: "sealed_records" }
}

async fn opened<R: SealedRecord>(
    vault: &Vault,
    (stream, at_revision, at_position, state): Row,
) -> Result<SealedRow<R>, ProjectionError> {
    const WRONG: ProjectionError = ProjectionError::Damaged("sealed_records");
    let revision = revision(at_revision);
    let text: Zeroizing<Vec<u8>> = vault.unseal(R::COMPARTMENT, &at(&stream, revision.get()), &state).await?;
    let record = serde_json::from_slice(&text).map_err(|_| WRONG)?;
    let stream = stream.parse().map_err(|_| WRONG)?;
    Ok(SealedRow { stream, revision, position: position(at_position), record })
}
