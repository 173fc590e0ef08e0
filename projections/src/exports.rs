//! Which exports were asked for, and which of them wait for a second person?

use std::collections::BTreeMap;

use jiff::Timestamp;
use safar_domain::{
    decider::Fact,
    export::{Export, ExportEvent},
    ids::{ExportId, OrganisationId},
};
use safar_event_store::{Position, RecordedEvent, Revision, StreamId};
use sqlx::SqliteConnection;

use crate::{
    columns::{from_json, hex, json, micros, number, position, revision},
    error::ProjectionError,
    models::ReadModels,
    notices::Notices,
};

pub(crate) const TABLES: &str = "
CREATE TABLE exports (
    asked INTEGER PRIMARY KEY, -- position of the request: the order of every list
    id BLOB NOT NULL UNIQUE,
    organisation TEXT NOT NULL, -- whose records leave
    asked_revision INTEGER NOT NULL, -- of the worker's stream: where the words of the request were sealed
    waits_until INTEGER, -- while a second person has to agree
    export TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX exports_by_organisation ON exports (organisation, asked);
";

const LOAD: &str = "
SELECT asked, asked_revision, export FROM exports WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO exports (asked, id, organisation, asked_revision, waits_until, export)
SELECT v->>0, unhex(v->>1), v->>2, v->>3, v->>4, v->>5 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (asked) DO UPDATE SET waits_until = excluded.waits_until, export = excluded.export";
const ONE: &str = "SELECT asked, asked_revision, export FROM exports WHERE id = ?1";
const ALL: &str = "
SELECT asked, asked_revision, export FROM exports
 WHERE asked < coalesce((SELECT asked FROM exports WHERE id = ?1), iif(?1 IS NULL, 9223372036854775807, 0))
   AND (?2 IS NULL OR ?2 = (waits_until IS NOT NULL AND waits_until > ?3))
 ORDER BY asked DESC LIMIT ?4";
const OF_ORGANISATION: &str = "
SELECT asked, asked_revision, export FROM exports
 WHERE organisation = ?5
   AND asked < coalesce((SELECT asked FROM exports WHERE id = ?1), iif(?1 IS NULL, 9223372036854775807, 0))
   AND (?2 IS NULL OR ?2 = (waits_until IS NOT NULL AND waits_until > ?3))
 ORDER BY asked DESC LIMIT ?4";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [LOAD, ONE, ALL, OF_ORGANISATION];

/// An export as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRecord {
    /// As it stands; its words are sealed.
    pub export: Export,
    /// The stream that it is in: its worker's.
    pub stream: StreamId,
    /// The revision of its request.
    pub asked_revision: Revision,
}

/// Which exports to list; newest first.
#[derive(Debug, Clone)]
pub struct ExportsQuery {
    /// Of this organisation; of all where none is named.
    pub organisation: Option<OrganisationId>,
    /// Only those that wait for a second person at this moment, or only the others.
    pub waiting: Option<bool>,
    /// The moment.
    pub now: Timestamp,
    /// The last one of the page before; an unknown one ends the list.
    pub after: Option<ExportId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// An export, if it is known by now.
    pub async fn export(&self, id: ExportId) -> Result<Option<ExportRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        Ok(row.map(Folded::read).transpose()?.map(Folded::record))
    }

    /// Exports that a reader may know of, newest first.
    pub async fn exports(&self, query: ExportsQuery) -> Result<Vec<ExportRecord>, ProjectionError> {
        let ExportsQuery { organisation, waiting, now, after, limit } = query;
        let asked = sqlx::query_as(if organisation.is_some() { OF_ORGANISATION } else { ALL });
        let asked = asked.bind(after.map(|id| id.0)).bind(waiting).bind(micros(now)).bind(limit);
        let asked = match &organisation {
            Some(organisation) => asked.bind(organisation.as_str()),
            None => asked,
        };
        let rows: Vec<Row> = asked.fetch_all(self.reader()).await?;
        rows.into_iter().map(|row| Folded::read(row).map(Folded::record)).collect()
    }
}

type Row = (i64, i64, String);

/// An export while events are folded into it.
#[derive(Debug, Clone)]
struct Folded {
    asked: Position,
    asked_revision: Revision,
    export: Export,
}

impl Folded {
    fn read((asked, asked_at, export): Row) -> Result<Self, ProjectionError> {
        let export = from_json("exports", &export)?;
        Ok(Self { asked: position(asked), asked_revision: revision(asked_at), export })
    }

    fn record(self) -> ExportRecord {
        let Self { asked_revision, export, .. } = self;
        let stream = StreamId::new("export", &export.by.worker);
        ExportRecord { export, stream, asked_revision }
    }

    fn row(&self) -> impl serde::Serialize + use<> {
        let Self { asked, asked_revision, export } = self;
        let waits = export.until().filter(|_| export.approved.is_none()).map(micros);
        let id = hex(export.asked.export.0);
        let organisation = export.by.organisation.clone();
        (number(*asked), id, organisation, asked_revision.get(), waits, json(export))
    }
}

/// An event of a worker's stream.
pub(crate) type Happened<'a> = (&'a RecordedEvent, Box<Fact<ExportEvent>>);

/// Writes what a batch says of exports, and who is told of it.
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
        let id = fact.event.export();
        if let ExportEvent::Requested(asked) = &fact.event {
            let export = Export::new(asked, fact);
            let first = Folded { asked: event.position, asked_revision: event.revision, export };
            all.entry(id).or_insert(first);
        }
        let Some(folded) = all.get_mut(&id) else { continue };
        folded.export.take_in(fact);
        notices.of_export(event, fact, &folded.export);
    }
    let rows: Vec<_> = all.values().map(Folded::row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(connection).await?;
    Ok(())
}

/// Those that these events touch and that are there already.
async fn load(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
) -> Result<BTreeMap<ExportId, Folded>, ProjectionError> {
    let ids: Vec<_> = happened.iter().map(|(_, fact)| hex(fact.event.export().0)).collect();
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&ids)).fetch_all(connection).await?;
    let known = rows.into_iter().map(Folded::read);
    known.map(|read| read.map(|folded| (folded.export.asked.export, folded))).collect()
}
