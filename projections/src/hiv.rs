//! Which HIV records concern an organisation, and how do they stand? Nothing here can be read without the key.
//!
//! A sealed event first waits, exactly as the log has it; in a second transaction the vault opens what waits, folds it and
//! seals the record again. So whoever has no key keeps up with everything else, and catches up on the day it gets one.

mod fold;

use safar_domain::{hiv::HivRecord, ids::OrganisationId};
use safar_event_store::{Position, RecordedEvent, Revision, StreamId};
use safar_vault::{Compartment, Place, Vault};
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
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    payload BLOB NOT NULL -- sealed
) STRICT;
CREATE TABLE hiv_records (
    stream TEXT PRIMARY KEY, -- a keyed hash of the case
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the last event
    state BLOB NOT NULL -- sealed
) STRICT, WITHOUT ROWID;
CREATE TABLE hiv_ties (
    organisation BLOB NOT NULL, -- a keyed hash
    stream TEXT NOT NULL,
    PRIMARY KEY (organisation, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX hiv_ties_by_stream ON hiv_ties (stream);
";

const COMPARTMENT: Compartment = Compartment::Hiv;

const KEEP: &str = "
INSERT INTO sealed_waiting (position, stream, revision, id, event_type, recorded_at, payload)
SELECT v->>0, v->>1, v->>2, unhex(v->>3), v->>4, v->>5, unhex(v->>6) FROM (SELECT value AS v FROM json_each(?1))";
const WAITING: &str = "SELECT count(*) FROM sealed_waiting";
const ONE: &str = "SELECT stream, revision, position, state FROM hiv_records WHERE stream = ?1";
const OF_ORGANISATION: &str = "
SELECT r.stream, r.revision, r.position, r.state
  FROM hiv_ties AS t CROSS JOIN hiv_records AS r ON r.stream = t.stream
 WHERE t.organisation = ?1 AND t.stream > ?2 ORDER BY t.stream LIMIT ?3";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [ONE, OF_ORGANISATION];

/// An HIV record as it stands after its last event.
#[derive(Clone, PartialEq, Eq)]
pub struct HivRow {
    /// Its opaque name; the case is named inside.
    pub stream: StreamId,
    /// Of the stream.
    pub revision: Revision,
    /// Of its last event.
    pub position: Position,
    /// The folded record.
    pub record: HivRecord,
}

type Row = (String, i64, i64, Vec<u8>);

impl ReadModels {
    /// A record by the name of its stream.
    pub async fn hiv_record(&self, stream: &StreamId) -> Result<Option<HivRow>, ProjectionError> {
        let query = sqlx::query_as(ONE).bind(stream.as_str());
        let row: Option<Row> = query.fetch_optional(self.reader()).await?;
        match row {
            None => Ok(None),
            Some(row) => Ok(Some(opened(self.vault(), row).await?)),
        }
    }

    /// The records to which an organisation has a tie, after the stream of the last one that was seen; their order tells
    /// nothing.
    pub async fn hiv_records(
        &self,
        organisation: &OrganisationId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<HivRow>, ProjectionError> {
        let index = self.vault().index(COMPARTMENT, organisation.as_str())?;
        let query = sqlx::query_as(OF_ORGANISATION).bind(index.as_slice()).bind(after.unwrap_or_default());
        let rows: Vec<Row> = query.bind(limit).fetch_all(self.reader()).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            records.push(opened(self.vault(), row).await?);
        }
        Ok(records)
    }

    /// How many sealed events wait for a key.
    pub async fn sealed_waiting(&self) -> Result<u64, ProjectionError> {
        let waiting: i64 = sqlx::query_scalar(WAITING).fetch_one(self.reader()).await?;
        Ok(u64::try_from(waiting).unwrap_or_default())
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
    let row = |event: &&RecordedEvent| {
        let RecordedEvent { position, stream, revision, event_id, event_type, recorded_at, payload, .. } =
            event;
        let payload = payload.iter().fold(String::with_capacity(2 * payload.len()), |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        });
        let (at, moment) = (number(*position), micros(*recorded_at));
        (at, stream.clone(), revision.get(), hex(*event_id), event_type.clone(), moment, payload)
    };
    let rows: Vec<_> = events.iter().map(row).collect();
    sqlx::query(KEEP).bind(json(&rows)).execute(connection).await?;
    Ok(())
}

/// Where the state of a record lies sealed.
fn at(stream: &str, revision: u64) -> Place<'_> {
    Place { stream, revision, id: Uuid::nil(), event_type: "hiv_records" }
}

async fn opened(
    vault: &Vault,
    (stream, at_revision, at_position, state): Row,
) -> Result<HivRow, ProjectionError> {
    const WRONG: ProjectionError = ProjectionError::Damaged("hiv_records");
    let revision = revision(at_revision);
    let text: Zeroizing<Vec<u8>> = vault.unseal(COMPARTMENT, &at(&stream, revision.get()), &state).await?;
    let record = serde_json::from_slice(&text).map_err(|_| WRONG)?;
    let stream = stream.parse().map_err(|_| WRONG)?;
    Ok(HivRow { stream, revision, position: position(at_position), record })
}
