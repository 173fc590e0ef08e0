//! Which steps taken offline were refused, and what became of them?

use std::collections::BTreeMap;

use safar_domain::{
    conflict::{Conflict, ConflictEvent, Raised},
    decider::{Decider as _, Fact},
    ids::{ConflictId, OrganisationId},
};
use safar_event_store::{Position, RecordedEvent, Revision};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{from_json, hex, json, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE conflicts (
    raised INTEGER PRIMARY KEY, -- position of the first event: the order of every list
    id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    resolved INTEGER NOT NULL,
    conflict TEXT NOT NULL -- JSON
) STRICT;
CREATE TABLE conflict_sides (
    organisation TEXT NOT NULL,
    raised INTEGER NOT NULL,
    PRIMARY KEY (organisation, raised)
) STRICT, WITHOUT ROWID;
";

const LOAD: &str = "
SELECT raised, id, revision, conflict FROM conflicts WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO conflicts (raised, id, revision, resolved, conflict)
SELECT v->>0, unhex(v->>1), v->>2, v->>3, v->>4 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (raised) DO UPDATE SET
       revision = excluded.revision, resolved = excluded.resolved, conflict = excluded.conflict";
const WRITE_SIDES: &str = "
INSERT INTO conflict_sides (organisation, raised)
SELECT v->>0, v->>1 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (organisation, raised) DO NOTHING";
const ONE: &str = "SELECT raised, id, revision, conflict FROM conflicts WHERE id = ?1";
const OF_ORGANISATION: &str = "
SELECT c.raised, c.id, c.revision, c.conflict
  FROM conflict_sides AS s CROSS JOIN conflicts AS c ON c.raised = s.raised
 WHERE s.organisation = ?1
   AND s.raised < coalesce((SELECT raised FROM conflicts WHERE id = ?2), iif(?2 IS NULL, 9223372036854775807, 0))
   AND (?3 IS NULL OR c.resolved = ?3)
 ORDER BY s.raised DESC LIMIT ?4";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 3] = [LOAD, ONE, OF_ORGANISATION];

/// A conflict as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRecord {
    /// Which one.
    pub id: ConflictId,
    /// Of its stream.
    pub revision: Revision,
    /// As it stands.
    pub raised: Raised,
}

/// Which conflicts to list; newest first.
#[derive(Debug, Clone)]
pub struct ConflictsQuery {
    /// Those that this organisation must hear of.
    pub organisation: OrganisationId,
    /// Only settled or only open ones.
    pub resolved: Option<bool>,
    /// The last conflict of the page before; an unknown one ends the list.
    pub after: Option<ConflictId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// A conflict, if it is known by now.
    pub async fn conflict(&self, id: ConflictId) -> Result<Option<ConflictRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        Ok(row.map(Folded::read).transpose()?.and_then(Folded::record))
    }

    /// The conflicts that an organisation must hear of, newest first.
    pub async fn conflicts(&self, query: ConflictsQuery) -> Result<Vec<ConflictRecord>, ProjectionError> {
        let rows: Vec<Row> = sqlx::query_as(OF_ORGANISATION)
            .bind(query.organisation.as_str())
            .bind(query.after.map(|id| id.0))
            .bind(query.resolved)
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        let folded = rows.into_iter().map(Folded::read).collect::<Result<Vec<_>, _>>()?;
        Ok(folded.into_iter().filter_map(Folded::record).collect())
    }
}

type Row = (i64, Uuid, i64, String);

/// A conflict while events are folded into it.
#[derive(Debug, Clone)]
struct Folded {
    id: ConflictId,
    raised: Position,
    revision: Revision,
    conflict: Conflict,
}

impl Folded {
    fn read((raised, id, at_revision, conflict): Row) -> Result<Self, ProjectionError> {
        Ok(Self {
            id: ConflictId(id),
            raised: position(raised),
            revision: revision(at_revision),
            conflict: from_json("conflicts", &conflict)?,
        })
    }

    fn record(self) -> Option<ConflictRecord> {
        let Self { id, revision, conflict, .. } = self;
        Some(ConflictRecord { id, revision, raised: conflict.0? })
    }
}

/// What a batch says of conflicts.
#[derive(Debug, Default)]
pub(crate) struct Conflicts<'a>(Vec<(ConflictId, &'a RecordedEvent, Box<Fact<ConflictEvent>>)>);

impl<'a> Conflicts<'a> {
    pub(crate) fn take_in(
        &mut self,
        id: ConflictId,
        event: &'a RecordedEvent,
        fact: Box<Fact<ConflictEvent>>,
    ) {
        self.0.push((id, event, fact));
    }

    pub(crate) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), ProjectionError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let folded = self.fold(connection).await?;
        let row = |one: &Folded| {
            let resolved = one.conflict.0.as_ref().is_some_and(|raised| raised.resolved.is_some());
            (number(one.raised), hex(one.id.0), one.revision.get(), resolved, json(&one.conflict))
        };
        let rows: Vec<_> = folded.values().map(row).collect();
        sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
        let sides = |one: &Folded| {
            let organisations = one.conflict.0.iter().flat_map(Raised::organisations);
            organisations.map(|id| (id.clone(), number(one.raised))).collect::<Vec<_>>()
        };
        let sides: Vec<_> = folded.values().flat_map(sides).collect();
        sqlx::query(WRITE_SIDES).bind(json(&sides)).execute(connection).await?;
        Ok(())
    }

    /// The conflicts that these events touch, as they stand behind them.
    async fn fold(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<BTreeMap<ConflictId, Folded>, ProjectionError> {
        let ids: Vec<_> = self.0.iter().map(|(id, ..)| hex(id.0)).collect();
        let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&ids)).fetch_all(connection).await?;
        let known = rows.into_iter().map(|row| Folded::read(row).map(|folded| (folded.id, folded)));
        let mut all: BTreeMap<_, _> = known.collect::<Result<_, _>>()?;
        for (id, event, fact) in &self.0 {
            let absent = || Folded {
                id: *id,
                raised: event.position,
                revision: Revision::ABSENT,
                conflict: Conflict::default(),
            };
            let folded = all.entry(*id).or_insert_with(absent);
            folded.conflict = std::mem::take(&mut folded.conflict).evolve(fact);
            folded.revision = event.revision;
        }
        Ok(all)
    }
}
