//! Which cases were opened in an emergency, by whom, and who has looked at it?

use std::collections::BTreeMap;

use safar_domain::{
    decider::Fact,
    emergency::{Emergency, EmergencyEvent},
    ids::{EmergencyId, OrganisationId, WorkerId},
};
use safar_event_store::{Position, RecordedEvent, Revision, StreamId};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{from_json, hex, json, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
    notices::Notices,
};

pub(crate) const TABLES: &str = "
CREATE TABLE emergencies (
    opened INTEGER PRIMARY KEY, -- position of its opening: the order of every list
    id BLOB NOT NULL UNIQUE,
    opened_revision INTEGER NOT NULL, -- of the worker's stream: where the words of the opening were sealed
    reviewed_revision INTEGER, -- and those of the review
    emergency TEXT NOT NULL -- JSON
) STRICT;
CREATE TABLE emergency_sides (
    side TEXT NOT NULL, -- an organisation that was told, or the worker with an @ before
    opened INTEGER NOT NULL,
    PRIMARY KEY (side, opened)
) STRICT, WITHOUT ROWID;
";

const LOAD: &str = "
SELECT opened, id, opened_revision, reviewed_revision, emergency FROM emergencies
 WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO emergencies (opened, id, opened_revision, reviewed_revision, emergency)
SELECT v->>0, unhex(v->>1), v->>2, v->>3, v->>4 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (opened) DO UPDATE SET
       reviewed_revision = excluded.reviewed_revision, emergency = excluded.emergency";
const WRITE_SIDES: &str = "
INSERT INTO emergency_sides (side, opened)
SELECT v->>0, v->>1 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (side, opened) DO NOTHING";
const ONE: &str =
    "SELECT opened, id, opened_revision, reviewed_revision, emergency FROM emergencies WHERE id = ?1";
const ALL: &str = "
SELECT opened, id, opened_revision, reviewed_revision, emergency FROM emergencies
 WHERE opened < coalesce((SELECT opened FROM emergencies WHERE id = ?1), iif(?1 IS NULL, 9223372036854775807, 0))
   AND (?2 IS NULL OR ?2 = (reviewed_revision IS NOT NULL))
 ORDER BY opened DESC LIMIT ?3";
const OF_SIDE: &str = "
SELECT e.opened, e.id, e.opened_revision, e.reviewed_revision, e.emergency
  FROM emergency_sides AS s CROSS JOIN emergencies AS e ON e.opened = s.opened
 WHERE s.side = ?4
   AND s.opened < coalesce((SELECT opened FROM emergencies WHERE id = ?1), iif(?1 IS NULL, 9223372036854775807, 0))
   AND (?2 IS NULL OR ?2 = (e.reviewed_revision IS NOT NULL))
 ORDER BY s.opened DESC LIMIT ?3";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [LOAD, ONE, ALL, OF_SIDE];

/// An emergency access as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyRecord {
    /// As it stands; its words are sealed.
    pub emergency: Emergency,
    /// The stream that it is in: its worker's.
    pub stream: StreamId,
    /// The revision of its opening.
    pub opened_revision: Revision,
    /// The revision of its review.
    pub reviewed_revision: Option<Revision>,
}

/// Who asks for emergency accesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmergencyReader {
    /// An auditor, who sees each.
    Auditor,
    /// A worker, who sees their own and those of which their organisation was told.
    Worker(WorkerId, OrganisationId),
}

/// Which emergency accesses to list; newest first.
#[derive(Debug, Clone)]
pub struct EmergenciesQuery {
    /// For whom.
    pub reader: EmergencyReader,
    /// Only those that somebody has looked at, or only the others.
    pub reviewed: Option<bool>,
    /// The last one of the page before; an unknown one ends the list.
    pub after: Option<EmergencyId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// An emergency access, if it is known by now.
    pub async fn emergency(&self, id: EmergencyId) -> Result<Option<EmergencyRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        Ok(row.map(Folded::read).transpose()?.map(Folded::record))
    }

    /// Emergency accesses that a reader may know of, newest first.
    pub async fn emergencies(
        &self,
        query: EmergenciesQuery,
    ) -> Result<Vec<EmergencyRecord>, ProjectionError> {
        let mut rows = match &query.reader {
            EmergencyReader::Auditor => self.of_side(ALL, None, &query).await?,
            EmergencyReader::Worker(worker, organisation) => {
                let mut rows = self.of_side(OF_SIDE, Some(own(worker)), &query).await?;
                rows.extend(self.of_side(OF_SIDE, Some(organisation.to_string()), &query).await?);
                rows
            }
        };
        rows.sort_unstable_by_key(|(opened, ..)| std::cmp::Reverse(*opened));
        rows.dedup_by_key(|(opened, ..)| *opened);
        rows.truncate(query.limit as usize);
        rows.into_iter().map(|row| Folded::read(row).map(Folded::record)).collect()
    }

    async fn of_side(
        &self,
        statement: &'static str,
        side: Option<String>,
        query: &EmergenciesQuery,
    ) -> Result<Vec<Row>, ProjectionError> {
        let asked = sqlx::query_as(statement);
        let asked = asked.bind(query.after.map(|id| id.0)).bind(query.reviewed).bind(query.limit);
        let asked = if let Some(side) = side { asked.bind(side) } else { asked };
        Ok(asked.fetch_all(self.reader()).await?)
    }
}

/// The side of the worker who opened it; no organisation is called so.
fn own(worker: &WorkerId) -> String {
    format!("@{worker}")
}

type Row = (i64, Uuid, i64, Option<i64>, String);

/// An emergency access while events are folded into it.
#[derive(Debug, Clone)]
struct Folded {
    opened: Position,
    opened_revision: Revision,
    reviewed_revision: Option<Revision>,
    emergency: Emergency,
}

impl Folded {
    fn read((opened, _, opened_at, reviewed_at, emergency): Row) -> Result<Self, ProjectionError> {
        Ok(Self {
            opened: position(opened),
            opened_revision: revision(opened_at),
            reviewed_revision: reviewed_at.map(revision),
            emergency: from_json("emergencies", &emergency)?,
        })
    }

    fn record(self) -> EmergencyRecord {
        let Self { opened_revision, reviewed_revision, emergency, .. } = self;
        let stream = StreamId::new("emergency", &emergency.by.worker);
        EmergencyRecord { emergency, stream, opened_revision, reviewed_revision }
    }

    fn id(&self) -> Uuid {
        self.emergency.opened.emergency.0
    }

    fn row(&self) -> impl serde::Serialize + use<> {
        let reviewed = self.reviewed_revision.map(Revision::get);
        let opened = (number(self.opened), hex(self.id()), self.opened_revision.get());
        (opened.0, opened.1, opened.2, reviewed, json(&self.emergency))
    }

    fn sides(&self) -> impl Iterator<Item = (String, i64)> + '_ {
        let told = self.emergency.opened.told.iter().map(ToString::to_string);
        told.chain([own(&self.emergency.by.worker)]).map(|side| (side, number(self.opened)))
    }
}

/// An event of a worker's stream.
pub(crate) type Happened<'a> = (&'a RecordedEvent, Box<Fact<EmergencyEvent>>);

/// Writes what a batch says of emergency accesses, and who is told of it.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
    notices: &mut Notices,
) -> Result<(), ProjectionError> {
    if happened.is_empty() {
        return Ok(());
    }
    let mut all = load(connection, happened).await?;
    for (event, fact) in happened {
        let Some(id) = id(&fact.event) else { continue };
        match &fact.event {
            EmergencyEvent::Opened(opened) => {
                let emergency = Emergency::new(opened, fact);
                let (opened, opened_revision) = (event.position, event.revision);
                let first = Folded { opened, opened_revision, reviewed_revision: None, emergency };
                all.entry(id).or_insert(first);
            }
            EmergencyEvent::Reviewed(reviewed) => {
                let Some(folded) = all.get_mut(&id) else { continue };
                folded.reviewed_revision = Some(event.revision);
                let found = (reviewed.clone(), fact.actor.clone(), fact.recorded_at);
                folded.emergency.reviewed = Some(found);
            }
            EmergencyEvent::Missed { .. } => continue,
        }
        notices.of_emergency(event, fact, &all[&id].emergency);
    }
    let rows: Vec<_> = all.values().map(Folded::row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
    let sides: Vec<_> = all.values().flat_map(Folded::sides).collect();
    sqlx::query(WRITE_SIDES).bind(json(&sides)).execute(connection).await?;
    Ok(())
}

fn id(event: &EmergencyEvent) -> Option<EmergencyId> {
    match event {
        EmergencyEvent::Opened(opened) => Some(opened.emergency),
        EmergencyEvent::Reviewed(reviewed) => Some(reviewed.emergency),
        EmergencyEvent::Missed { .. } => None,
    }
}

/// Those that these events touch and that are there already.
async fn load(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
) -> Result<BTreeMap<EmergencyId, Folded>, ProjectionError> {
    let ids: Vec<_> = happened.iter().filter_map(|(_, fact)| id(&fact.event)).map(|id| hex(id.0)).collect();
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&ids)).fetch_all(connection).await?;
    let known = rows.into_iter().map(Folded::read);
    known.map(|read| read.map(|folded| (folded.emergency.opened.emergency, folded))).collect()
}
