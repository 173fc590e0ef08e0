//! What happened to a case, event by event?

use jiff::Timestamp;
use safar_domain::{
    actor::Actor,
    case::{CaseEvent, reading::Part},
    decider::Fact,
    ids::CaseId,
    time::{OccurredAt, Precision},
};
use safar_event_store::{Position, RecordedEvent, Revision};
use serde_json::Value;
use sqlx::SqliteConnection;

use crate::{
    columns::{from_code, from_json, hex, json, micros, number, position, revision, timestamp},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE timeline (
    case_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    precision TEXT NOT NULL,
    offset_seconds INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL, -- JSON
    part TEXT NOT NULL, -- JSON
    data TEXT NOT NULL, -- JSON
    PRIMARY KEY (case_id, revision)
) STRICT, WITHOUT ROWID;
";

const WRITE: &str = "
INSERT INTO timeline (case_id, revision, position, event_type, occurred_at, precision, offset_seconds, recorded_at,
                      actor, part, data)
SELECT unhex(v->>0), v->>1, v->>2, v->>3, v->>4, v->>5, v->>6, v->>7, v->>8, v->>9, v->>10
  FROM (SELECT value AS v FROM json_each(?1))";

const OF_CASE: &str = "
SELECT revision, position, event_type, occurred_at, precision, offset_seconds, recorded_at, actor, part, data
  FROM timeline WHERE case_id = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 1] = [OF_CASE];

/// One event of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// Its place in the case.
    pub revision: Revision,
    /// Its place in the log.
    pub position: Position,
    /// Its literal name.
    pub event_type: String,
    /// When it happened, as the worker says.
    pub occurred_at: OccurredAt,
    /// When the log took it in.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
    /// The part of the case that it belongs to.
    pub part: Part,
    /// The payload, as it is stored.
    pub data: Value,
}

impl ReadModels {
    /// The events of a case after a revision, oldest first.
    pub async fn timeline(
        &self,
        case: CaseId,
        after: Revision,
        limit: u32,
    ) -> Result<Vec<TimelineEntry>, ProjectionError> {
        let after = i64::try_from(after.get()).unwrap_or(i64::MAX);
        let query = sqlx::query_as(OF_CASE).bind(case.0).bind(after).bind(limit);
        let rows: Vec<Row> = query.fetch_all(self.reader()).await?;
        rows.into_iter().map(entry).collect()
    }
}

type Row = (i64, i64, String, i64, String, i32, i64, String, String, String);

fn entry(row: Row) -> Result<TimelineEntry, ProjectionError> {
    const TABLE: &str = "timeline";
    let (at_revision, at, event_type, occurred_at, precision, offset_seconds, recorded_at, actor, part, data) =
        row;
    let precision: Precision = from_code(TABLE, precision)?;
    Ok(TimelineEntry {
        revision: revision(at_revision),
        position: position(at),
        event_type,
        occurred_at: OccurredAt { instant: timestamp(TABLE, occurred_at)?, precision, offset_seconds },
        recorded_at: timestamp(TABLE, recorded_at)?,
        actor: from_json(TABLE, &actor)?,
        part: from_json(TABLE, &part)?,
        data: from_json(TABLE, &data)?,
    })
}

/// What the story tells of an event: the payload as stored, without what is read under rules of its own. A packet is asked
/// for consent each time, the digest of a code and the reason of an override are nobody's reading.
fn told(event: &RecordedEvent, fact: &Fact<CaseEvent>) -> String {
    let whole = || String::from_utf8_lossy(&event.payload).into_owned();
    let hidden: &[&str] = match fact.event {
        CaseEvent::HandoffOffered(_) => &["/packet/document", "/consent_override/reason"],
        CaseEvent::ClaimCodeIssued(_) => &["/digest"],
        _ => return whole(),
    };
    let Ok(mut data) = serde_json::from_slice::<Value>(&event.payload) else { return whole() };
    for pointer in hidden {
        let (parent, member) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(object) = data.pointer_mut(parent).and_then(Value::as_object_mut) {
            object.remove(member);
        }
    }
    data.to_string()
}

/// An event with the case it belongs to.
pub(crate) type Happened<'a> = (CaseId, &'a RecordedEvent, Box<Fact<CaseEvent>>);

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
) -> Result<(), ProjectionError> {
    let row = |(id, event, fact): &Happened<'_>| {
        (
            hex(id.0),
            event.revision.get(),
            number(event.position),
            event.event_type.clone(),
            micros(fact.occurred_at.instant),
            fact.occurred_at.precision,
            fact.occurred_at.offset_seconds,
            micros(fact.recorded_at),
            json(&fact.actor),
            json(&Part::of(&fact.event)),
            told(event, fact),
        )
    };
    let rows: Vec<_> = happened.iter().map(row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}
