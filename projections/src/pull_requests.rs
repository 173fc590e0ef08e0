//! Which pull requests concern an organisation, and which of them are open?

use std::collections::BTreeMap;

use jiff::Timestamp;
use safar_domain::{
    decider::{Decider as _, Fact},
    ids::{OrganisationId, PersonId, PullRequestId},
    pull_request::{Asked, PullRequest, PullRequestEvent, PullRequestState},
};
use safar_event_store::{Position, RecordedEvent, Revision};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    columns::{from_json, hex, json, micros, number, position, revision},
    error::ProjectionError,
    handoffs::Direction,
    models::ReadModels,
    notices::Notices,
};

pub(crate) const TABLES: &str = "
CREATE TABLE pull_requests (
    made INTEGER PRIMARY KEY, -- position of the first event: the order of every list
    id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    person BLOB NOT NULL,
    asker TEXT NOT NULL,
    asked TEXT NOT NULL,
    state TEXT NOT NULL,
    lapses_at INTEGER NOT NULL,
    request TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX pull_requests_by_person ON pull_requests (person, asked) WHERE state = 'open';
CREATE INDEX pull_requests_by_lapse ON pull_requests (lapses_at) WHERE state = 'open';
CREATE TABLE pull_request_sides (
    organisation TEXT NOT NULL,
    made INTEGER NOT NULL,
    incoming INTEGER NOT NULL,
    PRIMARY KEY (organisation, made)
) STRICT, WITHOUT ROWID;
CREATE INDEX pull_request_sides_by_request ON pull_request_sides (made);
";

const LOAD: &str = "
SELECT id, made, revision, request FROM pull_requests WHERE id IN (SELECT unhex(value) FROM json_each(?1))";
const WRITE: &str = "
INSERT INTO pull_requests (made, id, revision, person, asker, asked, state, lapses_at, request)
SELECT v->>0, unhex(v->>1), v->>2, unhex(v->>3), v->>4, v->>5, v->>6, v->>7, v->>8
  FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (made) DO UPDATE SET
       revision = excluded.revision, person = excluded.person, asker = excluded.asker, asked = excluded.asked,
       state = excluded.state, lapses_at = excluded.lapses_at, request = excluded.request";
const CLEAR_SIDES: &str =
    "DELETE FROM pull_request_sides WHERE made IN (SELECT value->>1 FROM json_each(?1))";
const WRITE_SIDES: &str = "
INSERT INTO pull_request_sides (organisation, made, incoming)
SELECT v->>0, v->>1, v->>2 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (organisation, made) DO UPDATE SET incoming = excluded.incoming";

const ONE: &str = "SELECT id, made, revision, request FROM pull_requests WHERE id = ?1";
const OF_ORGANISATION: &str = "
SELECT r.id, r.made, r.revision, r.request
  FROM pull_request_sides AS s CROSS JOIN pull_requests AS r ON r.made = s.made
 WHERE s.organisation = ?1
   AND s.made < coalesce((SELECT made FROM pull_requests WHERE id = ?2), iif(?2 IS NULL, 9223372036854775807, 0))
   AND (?3 IS NULL OR s.incoming = ?3)
   AND (?4 IS NULL OR r.state = ?4)
 ORDER BY s.made DESC LIMIT ?5";
const OPEN: &str = "
SELECT id FROM pull_requests
 WHERE state = 'open' AND person = ?1 AND asked = ?2 AND lapses_at > ?3 AND (?4 IS NULL OR asker = ?4) LIMIT 1";
const DUE: &str =
    "SELECT id FROM pull_requests WHERE state = 'open' AND lapses_at <= ?1 ORDER BY lapses_at LIMIT ?2";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 6] = [LOAD, CLEAR_SIDES, ONE, OF_ORGANISATION, OPEN, DUE];

/// A pull request as it stands, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestRecord {
    /// Of its stream.
    pub revision: Revision,
    /// As it stands.
    pub asked: Asked,
}

/// Which pull requests to list; newest first.
#[derive(Debug, Clone)]
pub struct PullRequestsQuery {
    /// From or to this organisation.
    pub organisation: OrganisationId,
    /// Only those it was asked, or only those it made.
    pub direction: Direction,
    /// Only in this state.
    pub state: Option<PullRequestState>,
    /// The last one of the page before; an unknown one ends the list.
    pub after: Option<PullRequestId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// A pull request, if it is known by now.
    pub async fn pull_request(
        &self,
        id: PullRequestId,
    ) -> Result<Option<PullRequestRecord>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        row.map(record).transpose()
    }

    /// The pull requests that an organisation has made or was asked, newest first.
    pub async fn pull_requests(
        &self,
        query: PullRequestsQuery,
    ) -> Result<Vec<PullRequestRecord>, ProjectionError> {
        let incoming = match query.direction {
            Direction::Incoming => Some(true),
            Direction::Outgoing => Some(false),
            Direction::Both => None,
        };
        let rows: Vec<Row> = sqlx::query_as(OF_ORGANISATION)
            .bind(query.organisation.as_str())
            .bind(query.after.map(|id| id.0))
            .bind(incoming)
            .bind(query.state.map(PullRequestState::code))
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(record).collect()
    }

    /// The open request by which an organisation is asked for a person now, by anybody or by this asker.
    pub async fn open_pull_request(
        &self,
        person: PersonId,
        (of, from): (&OrganisationId, Option<&OrganisationId>),
        now: Timestamp,
    ) -> Result<Option<PullRequestId>, ProjectionError> {
        let query = sqlx::query_scalar(OPEN)
            .bind(person.0)
            .bind(of.as_str())
            .bind(micros(now))
            .bind(from.map(OrganisationId::as_str));
        let id: Option<Uuid> = query.fetch_optional(self.reader()).await?;
        Ok(id.map(PullRequestId))
    }

    /// The open requests that nobody has answered in time, longest due first.
    pub async fn lapsing_pull_requests(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<PullRequestId>, ProjectionError> {
        let query = sqlx::query_scalar(DUE).bind(micros(now)).bind(limit);
        let ids: Vec<Uuid> = query.fetch_all(self.reader()).await?;
        Ok(ids.into_iter().map(PullRequestId).collect())
    }
}

type Row = (Uuid, i64, i64, String);

fn record((_, _, at_revision, request): Row) -> Result<PullRequestRecord, ProjectionError> {
    let asked = from_json("pull_requests", &request)?;
    Ok(PullRequestRecord { revision: revision(at_revision), asked })
}

/// A fact of a pull request, with the event it came in.
pub(crate) type Happened<'a> = (PullRequestId, &'a RecordedEvent, Box<Fact<PullRequestEvent>>);

/// A request while events are folded into it.
struct Folded {
    made: Position,
    revision: Revision,
    request: PullRequest,
}

/// Folds the facts of a batch, notes what they tell, and writes the requests they touch.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
    notices: &mut Notices,
) -> Result<(), ProjectionError> {
    if happened.is_empty() {
        return Ok(());
    }
    let mut folded = load(connection, happened).await?;
    for (id, event, fact) in happened {
        let (made, revision) = (event.position, event.revision);
        let known =
            folded.entry(*id).or_insert_with(|| Folded { made, revision, request: PullRequest::default() });
        known.request = std::mem::take(&mut known.request).evolve(fact);
        known.revision = revision;
        notices.of_request(event, fact, &known.request);
    }
    let asked =
        |known: &Folded| known.request.0.clone().map(|asked| (number(known.made), known.revision, asked));
    let asked: Vec<_> = folded.values().filter_map(asked).collect();
    let rows: Vec<_> = asked.iter().map(row).collect();
    sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
    let sides =
        asked.iter().flat_map(|(made, _, asked)| [(&asked.from, made, false), (&asked.of, made, true)]);
    let sides = json(&sides.collect::<Vec<_>>());
    sqlx::query(CLEAR_SIDES).bind(&sides).execute(&mut *connection).await?;
    sqlx::query(WRITE_SIDES).bind(&sides).execute(connection).await?;
    Ok(())
}

fn row(
    (made, at_revision, asked): &(i64, Revision, Asked),
) -> (i64, String, u64, String, &OrganisationId, &OrganisationId, &'static str, i64, String) {
    let (id, person) = (hex(asked.request.0), hex(asked.person.0));
    let (state, lapses_at) = (asked.state.code(), micros(asked.lapses_at));
    (*made, id, at_revision.get(), person, &asked.from, &asked.of, state, lapses_at, json(asked))
}

async fn load(
    connection: &mut SqliteConnection,
    happened: &[Happened<'_>],
) -> Result<BTreeMap<PullRequestId, Folded>, ProjectionError> {
    let ids: Vec<_> = happened.iter().map(|(id, ..)| hex(id.0)).collect();
    let rows: Vec<Row> = sqlx::query_as(LOAD).bind(json(&ids)).fetch_all(connection).await?;
    let folded = |(id, made, at_revision, request): Row| {
        let request = PullRequest(Some(from_json("pull_requests", &request)?));
        let folded = Folded { made: position(made), revision: revision(at_revision), request };
        Ok((PullRequestId(id), folded))
    };
    rows.into_iter().map(folded).collect()
}
