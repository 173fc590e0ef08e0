//! Which handoffs concern an organisation, and how far have they come?

use jiff::Timestamp;
use safar_domain::{
    case::{
        handoff::{Handoff, HandoffState},
        worklist::worklist,
    },
    ids::{CaseId, HandoffId, OrganisationId},
};
use safar_event_store::Position;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    cases::Folded,
    columns::{from_json, hex, json, micros, number, position},
    error::ProjectionError,
    models::ReadModels,
};

pub(crate) const TABLES: &str = "
CREATE TABLE handoffs (
    offered INTEGER PRIMARY KEY, -- position of the offer: the order of every list
    id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    changed INTEGER NOT NULL, -- position of the last change
    state TEXT NOT NULL,
    due INTEGER, -- by when somebody should take the next step
    claim_code TEXT, -- digest of the code that can be used
    open_claim INTEGER NOT NULL,
    handoff TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX handoffs_by_id ON handoffs (id);
CREATE INDEX handoffs_by_claim_code ON handoffs (claim_code) WHERE claim_code IS NOT NULL;
CREATE INDEX handoffs_by_open_claim ON handoffs (offered) WHERE open_claim;
CREATE TABLE handoff_sides (
    organisation TEXT NOT NULL,
    offered INTEGER NOT NULL,
    incoming INTEGER NOT NULL,
    PRIMARY KEY (organisation, offered)
) STRICT, WITHOUT ROWID;
CREATE INDEX handoff_sides_by_handoff ON handoff_sides (offered);
";

const WRITE: &str = "
INSERT INTO handoffs (offered, id, case_id, changed, state, due, handoff, claim_code, open_claim)
SELECT v->>0, unhex(v->>1), unhex(v->>2), v->>3, v->>4, v->>5, v->>6, v->>7, v->>8
  FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (offered) DO UPDATE SET
       changed = excluded.changed, state = excluded.state, due = excluded.due, handoff = excluded.handoff,
       claim_code = excluded.claim_code, open_claim = excluded.open_claim";
const CLEAR_SIDES: &str = "DELETE FROM handoff_sides WHERE offered IN (SELECT value->>1 FROM json_each(?1))";
const WRITE_SIDES: &str = "
INSERT INTO handoff_sides (organisation, offered, incoming)
SELECT v->>0, v->>1, v->>2 FROM (SELECT value AS v FROM json_each(?1)) WHERE true
    ON CONFLICT (organisation, offered) DO UPDATE SET incoming = excluded.incoming";

const ONE: &str = "SELECT id, case_id, changed, handoff FROM handoffs WHERE id = ?1";
const OF_ORGANISATION: &str = "
SELECT h.id, h.case_id, h.changed, h.handoff
  FROM handoff_sides AS s CROSS JOIN handoffs AS h ON h.offered = s.offered
 WHERE s.organisation = ?1
   AND s.offered < coalesce((SELECT offered FROM handoffs WHERE id = ?2), iif(?2 IS NULL, 9223372036854775807, 0))
   AND (?3 IS NULL OR s.incoming = ?3)
   AND (?4 IS NULL OR h.state = ?4)
   AND (?5 IS NULL OR h.due <= ?5)
 ORDER BY s.offered DESC LIMIT ?6";

const BY_CODE: &str = "SELECT case_id, id FROM handoffs WHERE claim_code = ?1";
const OPEN_CLAIMS: &str = "
SELECT h.id, h.case_id, h.changed, h.handoff FROM handoffs AS h INDEXED BY handoffs_by_open_claim
 WHERE h.open_claim
   AND h.offered < coalesce((SELECT offered FROM handoffs WHERE id = ?2), iif(?2 IS NULL, 9223372036854775807, 0))
   AND h.handoff->>'from' IN (SELECT value FROM json_each(?1))
 ORDER BY h.offered DESC LIMIT ?3";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 5] = [CLEAR_SIDES, ONE, OF_ORGANISATION, BY_CODE, OPEN_CLAIMS];

/// A handoff as it stands, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffRecord {
    /// Which one.
    pub id: HandoffId,
    /// Of which case.
    pub case: CaseId,
    /// Of its last change.
    pub position: Position,
    /// As it stands.
    pub handoff: Handoff,
}

/// Seen from an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say what they are")]
pub enum Direction {
    Incoming,
    Outgoing,
    Both,
}

/// Which handoffs to list; newest offer first.
#[derive(Debug, Clone)]
pub struct HandoffsQuery {
    /// From or to this organisation.
    pub organisation: OrganisationId,
    /// Only to it, or only from it.
    pub direction: Direction,
    /// Only in this state.
    pub state: Option<HandoffState>,
    /// Only those whose next step (answer, arrival, confirmation, tracing) should have been taken by this moment.
    pub overdue_at: Option<Timestamp>,
    /// The last handoff of the page before; an unknown one ends the list.
    pub after: Option<HandoffId>,
    /// At most this many.
    pub limit: u32,
}

impl ReadModels {
    /// A handoff and its case, if it is known by now.
    pub async fn handoff(&self, id: HandoffId) -> Result<Option<(CaseId, HandoffRecord)>, ProjectionError> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.reader()).await?;
        row.map(|row| record(row).map(|record| (record.case, record))).transpose()
    }

    /// The case and the handoff for which a claim code was issued that nobody has used.
    pub async fn claim_code(&self, digest: &str) -> Result<Option<(CaseId, HandoffId)>, ProjectionError> {
        let row: Option<(Uuid, Uuid)> =
            sqlx::query_as(BY_CODE).bind(digest).fetch_optional(self.reader()).await?;
        Ok(row.map(|(case, handoff)| (CaseId(case), HandoffId(handoff))))
    }

    /// The claims on patients of these senders that nobody has settled, newest offer first.
    pub async fn open_claims(
        &self,
        senders: &[OrganisationId],
        after: Option<HandoffId>,
        limit: u32,
    ) -> Result<Vec<HandoffRecord>, ProjectionError> {
        let query = sqlx::query_as(OPEN_CLAIMS).bind(json(&senders)).bind(after.map(|id| id.0)).bind(limit);
        let rows: Vec<Row> = query.fetch_all(self.reader()).await?;
        rows.into_iter().map(record).collect()
    }

    /// The handoffs from or to an organisation, newest offer first.
    pub async fn handoffs(&self, query: HandoffsQuery) -> Result<Vec<HandoffRecord>, ProjectionError> {
        let incoming = match query.direction {
            Direction::Incoming => Some(true),
            Direction::Outgoing => Some(false),
            Direction::Both => None,
        };
        let rows: Vec<Row> = sqlx::query_as(OF_ORGANISATION)
            .bind(query.organisation.as_str())
            .bind(query.after.map(|id| id.0))
            .bind(incoming)
            .bind(query.state.map(HandoffState::code))
            .bind(query.overdue_at.map(micros))
            .bind(query.limit)
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(record).collect()
    }
}

type Row = (Uuid, Uuid, i64, String);

fn record((id, case, changed, handoff): Row) -> Result<HandoffRecord, ProjectionError> {
    Ok(HandoffRecord {
        id: HandoffId(id),
        case: CaseId(case),
        position: position(changed),
        handoff: from_json("handoffs", &handoff)?,
    })
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    cases: &[Folded],
) -> Result<(), ProjectionError> {
    let all = || cases.iter().flat_map(handoffs_of);
    let rows: Vec<_> = all().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(WRITE).bind(json(&rows)).execute(&mut *connection).await?;
    let sides = |(_, _, handoff, (offered, _)): Moved<'_>| {
        [(handoff.from.clone(), number(offered), false), (handoff.to.clone(), number(offered), true)]
    };
    let sides = json(&all().flat_map(sides).collect::<Vec<_>>());
    sqlx::query(CLEAR_SIDES).bind(&sides).execute(&mut *connection).await?;
    sqlx::query(WRITE_SIDES).bind(&sides).execute(connection).await?;
    Ok(())
}

/// A handoff of a case, with the positions of its offer and of its last change.
pub(crate) type Moved<'a> = (&'a Folded, HandoffId, &'a Handoff, (Position, Position));

pub(crate) fn handoffs_of(folded: &Folded) -> impl Iterator<Item = Moved<'_>> {
    let all = folded.case.handoffs.all.iter();
    all.filter_map(move |(id, handoff)| Some((folded, *id, handoff, *folded.handoff_moves.get(id)?)))
}

type Columns = (i64, String, String, i64, &'static str, Option<i64>, String, Option<String>, bool);

fn row((folded, id, handoff, (offered, changed)): Moved<'_>) -> Columns {
    let waits = worklist(&folded.case).into_iter().filter(|item| item.subject == id.0);
    let due = waits.map(|item| micros(item.due)).min();
    let (offered, changed) = (number(offered), number(changed));
    let code = handoff.claim_code.as_ref().filter(|code| !code.used).map(|code| code.digest.clone());
    let open_claim = handoff.claim.as_ref().is_some_and(|claim| !claim.confirmed);
    let state = handoff.state.code();
    (offered, hex(id.0), hex(folded.id.0), changed, state, due, json(handoff), code, open_claim)
}
